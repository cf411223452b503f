//! Whether a stream is what Rerun shows right as it is: the verdict over its packets, one by one.
//! Pure: it is told facts, reads nothing, and knows no codec.

use crate::bitstream::unit::{Chroma, Flaw, Shape, Unit};
use crate::config::{Deinterlace, Scale, VideoConfig};
use crate::copy::refusal::{Look, Refusal};
use crate::ffi::Geometry;
use crate::picture::colours::{foreign_matrix, is_wide};
use crate::picture::filters::ContainerHints;
use crate::picture::orientation::upright;
use crate::time::NANOS;

/// Longer without a keyframe, and every step back in the Viewer takes seconds.
const SELDOM: i64 = 11 * NANOS;

/// What would have to be done to the picture, were it encoded.
pub(crate) fn looks(
    g: &Geometry,
    hints: ContainerHints,
    metadata: &[(String, String)],
    config: &VideoConfig,
) -> Vec<Look> {
    let mut looks = Vec::new();
    let turned = hints.rotation.is_some_and(|matrix| !upright(&matrix).0.is_empty());
    if turned && config.autorotate {
        looks.push(Look::Turned);
    }
    if g.interlaced && config.deinterlace != Deinterlace::Off {
        looks.push(Look::Interlaced);
    }
    let (num, den) = if hints.aspect.0 > 0 { hints.aspect } else { g.aspect };
    if num > 0 && den > 0 && num != den {
        looks.push(Look::Stretched(num, den));
    }
    if is_wide(g) {
        looks.push(Look::Hdr);
    } else if let Some(name) = foreign_matrix(g) {
        looks.push(Look::Matrix(name));
    }
    if metadata.iter().any(|(k, v)| k.eq_ignore_ascii_case("alpha_mode") && v == "1") {
        looks.push(Look::Transparent);
    }
    looks
}

/// A setting that a copy cannot follow.
pub(crate) fn asked(config: &VideoConfig) -> Option<&'static str> {
    let asked = [
        (matches!(config.scale, Some(Scale::Exact(_))), "a size"),
        (matches!(config.scale, Some(Scale::Within(_))), "a largest size"),
        (config.frame_rate.is_some(), "a frame rate"),
        (config.filter.is_some(), "a filter"),
        (config.deinterlace == Deinterlace::On, "deinterlacing"),
    ];
    asked.into_iter().find_map(|(is, name)| is.then_some(name))
}

/// One packet, as its container and its bytes have it.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    /// Its time in the recording.
    pub time: i64,
    /// The container's presentation time in ticks.
    pub pts: Option<i64>,
    /// The container takes it for a keyframe.
    pub marked: bool,
    pub discarded: bool,
    /// It brings headers that the stream did not begin with.
    pub new_headers: bool,
    /// The stream's headers are known, from this packet or elsewhere.
    pub headers_known: bool,
    pub unit: &'a Unit<'a>,
}

/// The verdict so far.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    first: Option<Shape>,
    in_order: bool,
    last: Option<Last>,
    longest_gap: i64,
    keyframe: i64,
    turned: bool,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    pts: Option<i64>,
    time: i64,
}

impl Scan {
    /// Before the first packet, from the headers alone: for what cannot be read twice.
    pub fn promise(shape: Option<Shape>) -> Result<(), Refusal> {
        let shape = shape.filter(|s| s.in_order).ok_or(Refusal::MayReorder)?;
        showable(&shape)
    }

    /// Take the next packet, or say why the stream cannot be copied.
    pub fn take(&mut self, facts: &Facts<'_>) -> Result<(), Refusal> {
        let (unit, at) = (facts.unit, facts.time);
        if facts.discarded {
            return Err(Refusal::EditList);
        }
        match unit.flaw {
            Some(Flaw::BSlice) => return Err(Refusal::BFrames { at }),
            Some(Flaw::Leading | Flaw::HiddenKeyframe) => return Err(Refusal::OpenGop { at }),
            Some(Flaw::OwnSize) => return Err(Refusal::OwnSize { at }),
            Some(Flaw::Unreadable) => return Err(Refusal::Unreadable { at }),
            None => {}
        }
        if unit.pictures != 1 {
            return Err(Refusal::Pictures { at, count: unit.pictures });
        }
        self.shape(facts)?;
        if facts.marked && !unit.start {
            return Err(Refusal::OpenGop { at });
        }
        self.order(facts)?;
        self.turned |= unit.turned;
        if unit.start {
            self.keyframe = at;
        }
        self.longest_gap = self.longest_gap.max(at - self.keyframe);
        self.last = Some(Last { pts: facts.pts, time: at });
        Ok(())
    }

    fn shape(&mut self, facts: &Facts<'_>) -> Result<(), Refusal> {
        let (unit, at) = (facts.unit, facts.time);
        let Some(first) = self.first else {
            if !unit.start {
                return Err(Refusal::NoKeyframeFirst);
            }
            if !facts.headers_known {
                return Err(Refusal::NoHeaders);
            }
            let shape = unit.shape.ok_or(Refusal::Unreadable { at })?;
            self.first = Some(shape);
            self.in_order = shape.in_order;
            return showable(&shape);
        };
        let size = |s: Shape| (s.width, s.height);
        match unit.shape {
            Some(now) if size(now) != size(first) => {
                Err(Refusal::SizeChanged { at, from: size(first), to: size(now) })
            }
            _ if facts.new_headers => Err(Refusal::HeadersChanged { at }),
            _ => Ok(()),
        }
    }

    fn order(&self, facts: &Facts<'_>) -> Result<(), Refusal> {
        let at = facts.time;
        if facts.pts.is_none() && !self.in_order {
            return Err(Refusal::MayReorder);
        }
        let Some(last) = self.last else {
            return Ok(());
        };
        match (last.pts, facts.pts) {
            (Some(before), Some(now)) if now < before => Err(Refusal::Reordered { at }),
            (Some(before), Some(now)) if now == before => Err(Refusal::SameTime { at }),
            _ if at <= last.time + 1 => Err(Refusal::SameTime { at }),
            _ => Ok(()),
        }
    }

    /// The stream has ended: what is to be said of it, though it can be copied.
    pub fn end(&self) -> Result<Vec<Look>, Refusal> {
        if self.last.is_none() {
            return Err(Refusal::Empty);
        }
        let mut looks = Vec::new();
        if self.turned {
            looks.push(Look::Turned);
        }
        if self.longest_gap > SELDOM {
            looks.push(Look::SeldomKeyframes(self.longest_gap));
        }
        Ok(looks)
    }
}

fn showable(shape: &Shape) -> Result<(), Refusal> {
    if shape.depth != 8 {
        return Err(Refusal::Depth(shape.depth));
    }
    if shape.chroma != Chroma::C420 {
        return Err(Refusal::Chroma(shape.chroma));
    }
    if shape.width % 2 + shape.height % 2 != 0 {
        return Err(Refusal::OddSize(shape.width, shape.height));
    }
    if shape.fields {
        return Err(Refusal::Fields);
    }
    Ok(())
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
