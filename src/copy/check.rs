//! Whether a stream is what Rerun shows right as it is: the verdict over its packets, one by one.
//! Pure: it is given facts, reads nothing, and knows no codec.

use crate::bitstream::access_unit::{AccessUnit, Chroma, Defect, PictureFormat};
use crate::config::{Deinterlace, Scale, VideoConfig};
use crate::copy::reason::{Caveat, Reason};
use crate::ffi::Geometry;
use crate::picture::colours::{foreign_matrix, is_wide};
use crate::picture::filters::ContainerHints;
use crate::picture::orientation::upright;
use crate::time::NANOS;

/// Longer without a keyframe, and every step back in the Viewer takes seconds.
const RARE: i64 = 11 * NANOS;

/// What would be done to the picture if it were encoded.
pub(crate) fn caveats(
    g: &Geometry,
    hints: ContainerHints,
    metadata: &[(String, String)],
    config: &VideoConfig,
) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    let rotated = hints.rotation.is_some_and(|matrix| !upright(&matrix).0.is_empty());
    if rotated && config.autorotate {
        caveats.push(Caveat::Rotated);
    }
    if g.interlaced && config.deinterlace != Deinterlace::Off {
        caveats.push(Caveat::Interlaced);
    }
    let (num, den) = if hints.aspect.0 > 0 { hints.aspect } else { g.aspect };
    if num > 0 && den > 0 && num != den {
        caveats.push(Caveat::Stretched(num, den));
    }
    if is_wide(g) {
        caveats.push(Caveat::Hdr);
    } else if let Some(name) = foreign_matrix(g) {
        caveats.push(Caveat::Matrix(name));
    }
    if metadata.iter().any(|(k, v)| k.eq_ignore_ascii_case("alpha_mode") && v == "1") {
        caveats.push(Caveat::Transparent);
    }
    caveats
}

/// A setting that a copy cannot follow.
pub(crate) fn setting_that_needs_encoding(config: &VideoConfig) -> Option<&'static str> {
    let asked = [
        (matches!(config.scale, Some(Scale::Exact(_))), "a size"),
        (matches!(config.scale, Some(Scale::Within(_))), "a largest size"),
        (config.frame_rate.is_some(), "a frame rate"),
        (config.filter.is_some(), "a filter"),
        (config.range.is_some(), "a range of values"),
        (config.deinterlace == Deinterlace::On, "deinterlacing"),
    ];
    asked.into_iter().find_map(|(is, name)| is.then_some(name))
}

/// One packet, as its container and its bytes have it.
#[derive(Debug)]
pub(crate) struct PacketFacts<'a> {
    /// Its time in the recording.
    pub time: i64,
    /// The container's presentation time in ticks.
    pub pts: Option<i64>,
    /// The container marks it as a keyframe.
    pub marked: bool,
    pub discarded: bool,
    /// It brings headers that the stream did not begin with.
    pub new_headers: bool,
    /// The stream's headers are known, from this packet or elsewhere.
    pub headers_known: bool,
    pub unit: &'a AccessUnit<'a>,
}

/// The verdict so far.
#[derive(Debug, Default)]
pub(crate) struct Check {
    first: Option<PictureFormat>,
    in_order: bool,
    last: Option<Last>,
    longest_gap: i64,
    keyframe: i64,
    rotated: bool,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    pts: Option<i64>,
    time: i64,
}

impl Check {
    /// Before the first packet, from the headers alone: for inputs that cannot be read twice.
    pub fn check_headers(shape: Option<PictureFormat>) -> Result<(), Reason> {
        let shape = shape.filter(|s| s.in_order).ok_or(Reason::MayReorder)?;
        showable(&shape)
    }

    /// Take the next packet, or say why the stream cannot be copied.
    pub fn take(&mut self, facts: &PacketFacts<'_>) -> Result<(), Reason> {
        let (unit, at) = (facts.unit, facts.time);
        if facts.discarded {
            return Err(Reason::EditList);
        }
        match unit.defect {
            Some(Defect::BSlice) => return Err(Reason::BFrames { at }),
            Some(Defect::Leading | Defect::HiddenKeyframe) => return Err(Reason::OpenGop { at }),
            Some(Defect::OwnSize) => return Err(Reason::OwnSize { at }),
            Some(Defect::Unreadable) => return Err(Reason::Unreadable { at }),
            None => {}
        }
        if unit.pictures != 1 {
            return Err(Reason::Pictures { at, count: unit.pictures });
        }
        self.shape(facts)?;
        if (facts.marked || unit.recovers) && !unit.starts_gop {
            return Err(Reason::OpenGop { at });
        }
        self.order(facts)?;
        self.rotated |= unit.rotated;
        if unit.starts_gop {
            self.keyframe = at;
        }
        self.longest_gap = self.longest_gap.max(at - self.keyframe);
        self.last = Some(Last { pts: facts.pts, time: at });
        Ok(())
    }

    fn shape(&mut self, facts: &PacketFacts<'_>) -> Result<(), Reason> {
        let (unit, at) = (facts.unit, facts.time);
        let Some(first) = self.first else {
            if !unit.starts_gop {
                return Err(Reason::NoKeyframeFirst);
            }
            if !facts.headers_known {
                return Err(Reason::NoHeaders);
            }
            let shape = unit.format.ok_or(Reason::Unreadable { at })?;
            self.first = Some(shape);
            self.in_order = shape.in_order;
            return showable(&shape);
        };
        let size = |s: PictureFormat| (s.width, s.height);
        match unit.format {
            Some(now) if size(now) != size(first) => {
                Err(Reason::SizeChanged { at, from: size(first), to: size(now) })
            }
            _ if facts.new_headers => Err(Reason::HeadersChanged { at }),
            _ => Ok(()),
        }
    }

    fn order(&self, facts: &PacketFacts<'_>) -> Result<(), Reason> {
        let at = facts.time;
        if facts.pts.is_none() && !self.in_order {
            return Err(Reason::MayReorder);
        }
        let Some(last) = self.last else {
            return Ok(());
        };
        match (last.pts, facts.pts) {
            (Some(before), Some(now)) if now < before => Err(Reason::Reordered { at }),
            (Some(before), Some(now)) if now == before => Err(Reason::SameTime { at }),
            _ if at <= last.time + 1 => Err(Reason::SameTime { at }),
            _ => Ok(()),
        }
    }

    /// The stream has ended: its caveats.
    pub fn end(&self) -> Result<Vec<Caveat>, Reason> {
        if self.last.is_none() {
            return Err(Reason::Empty);
        }
        let mut caveats = Vec::new();
        if self.rotated {
            caveats.push(Caveat::Rotated);
        }
        if self.longest_gap > RARE {
            caveats.push(Caveat::RareKeyframes(self.longest_gap));
        }
        Ok(caveats)
    }
}

fn showable(shape: &PictureFormat) -> Result<(), Reason> {
    if shape.depth != 8 {
        return Err(Reason::Depth(shape.depth));
    }
    if shape.chroma != Chroma::C420 {
        return Err(Reason::Chroma(shape.chroma));
    }
    if shape.width % 2 + shape.height % 2 != 0 {
        return Err(Reason::OddSize(shape.width, shape.height));
    }
    if shape.fields {
        return Err(Reason::Fields);
    }
    Ok(())
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
