//! The filter chains, as text, that make a picture look right to a viewer that expects BT.709 4:2:0.
//! Pure: it decides from a frame's geometry and the settings, and runs nothing.

use crate::config::{Deinterlace, Scale, Size, VideoConfig};
use crate::ffi::{Geometry, Stream};
use crate::picture::colours::{self, Colours, is_wide, to_sdr, unknown_matrix};
use crate::picture::deep::{stretch, to_integers};
use crate::picture::finish::Finish;
use crate::picture::orientation::upright;
use crate::picture::rgb_layout::RgbLayout;

/// The largest side an H.264 encoder takes.
const MOST: u32 = 16384;

/// A chain of filters and the picture size at its end.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Chain {
    /// Empty if the picture needs no filter.
    pub filters: Vec<String>,
    pub width: u32,
    pub height: u32,
    /// What comes after the filters.
    pub finish: Option<Finish>,
    pub note: Option<Note>,
}

impl Chain {
    /// The filters as FFmpeg takes them; empty if the picture needs none.
    pub fn text(&self) -> String {
        let last = self.finish.filter(|_| !self.filters.is_empty());
        let format = last.map(|finish| format!("format={}", finish.takes()));
        let filters: Vec<_> = self.filters.iter().cloned().chain(format).collect();
        filters.join(",")
    }
}

/// A warning about a chain.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Note {
    NoToneMapping,
    AspectIgnored(i32, i32),
    /// A range of values was requested, and the picture is not deep grey.
    RangeIgnored,
    /// The picture is shown as if it had another matrix.
    MatrixIgnored(&'static str),
}

/// Properties that the container states and frames may lack.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ContainerHints {
    pub rotation: Option<[i32; 9]>,
    /// Sample aspect ratio; overrides the frame's own, as in the ffmpeg command.
    pub aspect: (i32, i32),
}

impl ContainerHints {
    pub fn of(stream: &Stream) -> Self {
        Self { rotation: stream.rotation, aspect: stream.aspect }
    }

    /// Of pictures that are given one by one: their pixels are square, whatever their own headers say.
    pub fn of_pictures() -> Self {
        Self { rotation: None, aspect: (1, 1) }
    }
}

/// Deinterlaced and upright frames, before the user's own filters.
pub(crate) fn orient(g: &Geometry, hints: ContainerHints, config: &VideoConfig) -> Chain {
    let mut filters = Vec::new();
    if g.format_name.starts_with("bayer_") {
        // FFmpeg converts Bayer mosaics correctly only to RGB.
        filters.push("format=rgb24".to_owned());
    }
    match config.deinterlace {
        // One output frame per input frame, so times do not change; frames without the interlaced flag pass unchanged.
        Deinterlace::Auto if g.interlaced => {
            filters.push("bwdif=mode=send_frame:parity=auto:deint=interlaced".to_owned());
        }
        Deinterlace::On => filters.push("bwdif=mode=send_frame:parity=auto:deint=all".to_owned()),
        _ => {}
    }
    let (mut width, mut height) = (g.width, g.height);
    if let Some(matrix) = g.rotation.or(hints.rotation).filter(|_| config.autorotate) {
        let (turn, swapped) = upright(&matrix);
        filters.extend(turn);
        if swapped {
            std::mem::swap(&mut width, &mut height);
        }
    }
    Chain { filters, width, height, ..Chain::default() }
}

/// Size and colours, for an upright picture. `first` is the size that the entity already has. `finish` says whether
/// a chain may end in a step of our own, whose pictures are `yuv420p`.
pub(crate) fn fit(
    g: &Geometry,
    config: &VideoConfig,
    first: Option<Size>,
    has_zscale: bool,
    finish: bool,
) -> Chain {
    let mut filters = Vec::new();
    let mut note = None;
    if let Some(rate) = config.frame_rate {
        filters.push(format!("fps={rate}"));
    }

    let aspect = match g.aspect {
        (num, den) if num > 0 && den > 0 => (num, den),
        _ => (1, 1),
    };
    let display = display_size(g.width, g.height, aspect);
    if display.is_none() {
        note = Some(Note::AspectIgnored(aspect.0, aspect.1));
    }
    let display = display.unwrap_or((g.width, g.height));
    let square = display == (g.width, g.height);

    // The steps of scaling: the part of the picture that is kept, its scaled size, and the frame that it is centred in.
    let even = Size { width: to_even(display.0), height: to_even(display.1) };
    let wanted = wanted_size(even, config);
    let scaled = match first {
        Some(first) if first != wanted => fit_into(display, first),
        _ => wanted,
    };
    let canvas = first.unwrap_or(wanted);

    // An odd last column or row is cropped rather than scaled, so that pixel coordinates stay valid.
    let source = (g.width.max(2) & !1, g.height.max(2) & !1);
    let crop = (source.0.min(g.width), source.1.min(g.height));
    let is_crop_only = square && (scaled.width, scaled.height) == crop;
    let mut at = (g.width, g.height);
    let wide = is_wide(g);
    if crop != at && (is_crop_only || wide) {
        filters.push(format!("crop={}:{}:0:0", crop.0, crop.1));
        at = crop;
    }

    let tone_map = colours::tone_map(g).filter(|_| finish);
    let mut now = Colours::of(g);
    match config.range.map(|range| stretch(g.format_name, range)) {
        None => {}
        Some(None) => note = note.or(Some(Note::RangeIgnored)),
        Some(Some(filter)) => {
            if filter.contains("rgb48") {
                now = Colours::RGB;
            }
            filters.push(filter);
        }
    }
    filters.extend(to_integers(g.format_name).map(str::to_owned));
    // The conversion from RGB does not scale.
    let is_sized = finish && (scaled.width, scaled.height) == at && canvas == scaled;
    let layout = RgbLayout::of(g.format_name).filter(|_| is_sized && (g.alpha || !wide));
    let mut finish = layout.map(Finish::FromRgb);
    if finish.is_some() {
        now = Colours::BT709;
    } else if g.alpha {
        filters.push(format!("scale={}", now.input_options()));
        if is_sized {
            // In the layout of the last step.
            finish = Some(Finish::FromRgb(RgbLayout::Gbrap));
            now = Colours::BT709;
        } else {
            filters.push("format=gbrap,premultiply=inplace=1,format=gbrp".to_owned());
            now = Colours::RGB;
        }
    } else if let Some(tone_map) = tone_map {
        // Scaled first, so that only the pixels that are wanted are mapped.
        finish = Some(Finish::ToneMap(tone_map));
        now = Colours::BT709;
        if (scaled.width, scaled.height) != at || g.full_range || g.format_name != "yuv420p10le" {
            let range = if g.full_range { "pc" } else { "tv" };
            filters.push(format!(
                "scale={}:{}:flags=bicubic:in_range={range}:out_range=tv,format=yuv420p10",
                scaled.width, scaled.height
            ));
            at = (scaled.width, scaled.height);
        }
    } else if wide && has_zscale {
        filters.extend(to_sdr(g));
        now = Colours::BT709;
    } else if wide {
        note = Some(Note::NoToneMapping);
    }

    if finish.is_some() {
        // It gives BT.709 in limited range.
    } else if let Some(filter) = now.to_bt709(g.format_name, at) {
        filters.push(filter);
        now = Colours::BT709;
    } else if now == Colours::of(g)
        && let Some(name) = unknown_matrix(g)
    {
        note = Some(Note::MatrixIgnored(name));
    }
    let resize = (scaled.width, scaled.height) != at;
    if resize || now != Colours::BT709 {
        filters.push(format!(
            "scale={}:{}:flags={}:{}:out_color_matrix=bt709:out_range=tv,format=yuv420p",
            scaled.width,
            scaled.height,
            match now {
                // Otherwise BGR is off by up to 3 levels, and the chroma of grey is 127.
                Colours::Rgb | Colours::Grey => "bicubic+accurate_rnd",
                Colours::Yuv { .. } => "bicubic",
            },
            now.input_options()
        ));
    }
    if canvas != scaled {
        let middle = |outer: u32, inner: u32| ((outer - inner) / 2) & !1;
        let x = middle(canvas.width, scaled.width);
        let y = middle(canvas.height, scaled.height);
        filters.push(format!("pad={}:{}:{x}:{y}", canvas.width, canvas.height));
    }
    Chain { filters, width: canvas.width, height: canvas.height, finish, note }
}

fn to_even(side: u32) -> u32 {
    side.clamp(2, MOST) & !1
}

/// The size with square pixels at the same height; `None` for an implausible aspect ratio.
fn display_size(width: u32, height: u32, (num, den): (i32, i32)) -> Option<(u32, u32)> {
    if num == den {
        return Some((width, height));
    }
    let (num, den) = (u64::try_from(num).ok()?, u64::try_from(den).ok()?);
    // Round to the nearest even width, so that nothing is cropped from a scaled picture.
    let stretched = (u64::from(width) * num + den) / (2 * den) * 2;
    let stretched = u32::try_from(stretched).ok()?;
    let sensible = (2..=MOST).contains(&stretched) && num < den * 20 && den < num * 20;
    sensible.then_some((stretched, height))
}

fn wanted_size(display: Size, config: &VideoConfig) -> Size {
    let most = Size { width: MOST, height: MOST };
    let limit = match config.scale {
        Some(Scale::Exact(size)) => {
            return Size { width: to_even(size.width), height: to_even(size.height) };
        }
        Some(Scale::Within(size)) => size,
        None => most,
    };
    if display.width <= limit.width && display.height <= limit.height {
        return display;
    }
    fit_into((display.width, display.height), limit)
}

/// The largest even size with the same aspect ratio that fits into `frame`.
fn fit_into((width, height): (u32, u32), frame: Size) -> Size {
    let (w, h) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (fw, fh) = (u64::from(frame.width), u64::from(frame.height));
    let (width, height) = if w * fh >= h * fw { (fw, h * fw / w) } else { (w * fh / h, fh) };
    let side = |s: u64, most: u32| to_even(u32::try_from(s).unwrap_or(most)).min(to_even(most));
    Size { width: side(width, frame.width), height: side(height, frame.height) }
}

#[cfg(test)]
#[path = "filters_tests.rs"]
mod tests;
