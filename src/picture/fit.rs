//! The filter chain, as text, that gives an upright picture the size and the colours of a recording: BT.709 4:2:0.
//! Pure: it decides from a frame's geometry and the settings, and runs nothing.

use crate::config::{Size, VideoConfig};
use crate::ffi::Geometry;
use crate::picture::colours::{self, Colours, is_wide, to_sdr, unknown_matrix};
use crate::picture::deep::{stretch, to_integers};
use crate::picture::filters::{Chain, Note};
use crate::picture::finish::Finish;
use crate::picture::rgb_layout::RgbLayout;
use crate::picture::sizes::Sizes;

/// The chain for pictures of this geometry. `first` is the size that the entity already has. `finish` says whether a
/// chain may end in a step of our own, whose pictures are `yuv420p`.
pub(crate) fn fit(
    g: &Geometry,
    config: &VideoConfig,
    first: Option<Size>,
    has_zscale: bool,
    finish: bool,
) -> Chain {
    let sizes = Sizes::of(g, config, first);
    let mut steps = Steps::begin(g, &sizes);
    steps.filters.extend(config.frame_rate.map(|rate| format!("fps={rate}")));
    steps.crop(&sizes);
    steps.stretch(config);
    if !(finish && steps.finish(&sizes)) {
        steps.convert_to_sdr(has_zscale);
    }
    if steps.finish.is_none() {
        steps.convert_to_bt709();
    }
    steps.scale_and_pad(&sizes);
    let Size { width, height } = sizes.canvas;
    Chain { filters: steps.filters, width, height, finish: steps.finish, note: steps.note }
}

/// A chain in the making, and the size and the colours of the picture at its end.
struct Steps<'a> {
    g: &'a Geometry,
    filters: Vec<String>,
    at: (u32, u32),
    now: Colours,
    finish: Option<Finish>,
    note: Option<Note>,
}

impl<'a> Steps<'a> {
    fn begin(g: &'a Geometry, sizes: &Sizes) -> Self {
        let note = sizes.wrong_aspect.map(|(num, den)| Note::AspectIgnored(num, den));
        let (at, now) = ((g.width, g.height), Colours::of(g));
        Self { g, filters: Vec::new(), at, now, finish: None, note }
    }

    fn crop(&mut self, sizes: &Sizes) {
        if sizes.crop != self.at && (sizes.is_crop_only || is_wide(self.g)) {
            self.filters.push(format!("crop={}:{}:0:0", sizes.crop.0, sizes.crop.1));
            self.at = sizes.crop;
        }
    }

    /// Bring the requested range of deep grey, and floats, to the full range of integers.
    fn stretch(&mut self, config: &VideoConfig) {
        match config.range.map(|range| stretch(self.g.format_name, range)) {
            None => {}
            Some(None) => self.note = self.note.take().or(Some(Note::RangeIgnored)),
            Some(Some(filter)) => {
                if filter.contains("rgb48") {
                    self.now = Colours::RGB;
                }
                self.filters.push(filter);
            }
        }
        self.filters.extend(to_integers(self.g.format_name).map(str::to_owned));
    }

    /// Leave the conversion to a step of our own behind the chain, if one does it. Returns whether that is so.
    fn finish(&mut self, sizes: &Sizes) -> bool {
        let g = self.g;
        // The conversion from RGB does not scale.
        let is_sized = sizes.are_those_of(self.at);
        let layout = RgbLayout::of(g.format_name).filter(|_| g.alpha || !is_wide(g));
        if let Some(layout) = layout.filter(|_| is_sized) {
            self.finish = Some(Finish::FromRgb(layout));
        } else if g.alpha && is_sized {
            self.filters.push(format!("scale={}", self.now.input_options()));
            self.finish = Some(Finish::FromRgb(RgbLayout::Gbrap));
        } else if let Some(tone_map) = colours::tone_map(g).filter(|_| !g.alpha) {
            self.finish = Some(Finish::ToneMap(tone_map));
            // Scaled first, so that only the pixels that are wanted are mapped.
            let Size { width, height } = sizes.scaled;
            if (width, height) != self.at || g.full_range || g.format_name != "yuv420p10le" {
                let range = if g.full_range { "pc" } else { "tv" };
                self.filters.push(format!(
                    "scale={width}:{height}:flags=bicubic:in_range={range}:out_range=tv,format=yuv420p10"
                ));
                self.at = (width, height);
            }
        } else {
            return false;
        }
        self.now = Colours::BT709;
        true
    }

    /// Alpha over black, HDR to SDR.
    fn convert_to_sdr(&mut self, has_zscale: bool) {
        if self.g.alpha {
            self.filters.push(format!("scale={}", self.now.input_options()));
            self.filters.push("format=gbrap,premultiply=inplace=1,format=gbrp".to_owned());
            self.now = Colours::RGB;
        } else if is_wide(self.g) && has_zscale {
            self.filters.extend(to_sdr(self.g));
            self.now = Colours::BT709;
        } else if is_wide(self.g) {
            self.note = Some(Note::NoToneMapping);
        }
    }

    /// Convert the matrix or the range, if that takes more than the scaler.
    fn convert_to_bt709(&mut self) {
        if let Some(filter) = self.now.to_bt709(self.g.format_name, self.at) {
            self.filters.push(filter);
            self.now = Colours::BT709;
        } else if self.now == Colours::of(self.g)
            && let Some(name) = unknown_matrix(self.g)
        {
            self.note = Some(Note::MatrixIgnored(name));
        }
    }

    fn scale_and_pad(&mut self, sizes: &Sizes) {
        let Sizes { scaled, canvas, .. } = *sizes;
        if (scaled.width, scaled.height) != self.at || self.now != Colours::BT709 {
            self.filters.push(format!(
                "scale={}:{}:flags={}:{}:out_color_matrix=bt709:out_range=tv,format=yuv420p",
                scaled.width,
                scaled.height,
                match self.now {
                    // Otherwise BGR is off by up to 3 levels, and the chroma of grey is 127.
                    Colours::Rgb | Colours::Grey => "bicubic+accurate_rnd",
                    Colours::Yuv { .. } => "bicubic",
                },
                self.now.input_options()
            ));
        }
        if canvas != scaled {
            let middle = |outer: u32, inner: u32| ((outer - inner) / 2) & !1;
            let x = middle(canvas.width, scaled.width);
            let y = middle(canvas.height, scaled.height);
            self.filters.push(format!("pad={}:{}:{x}:{y}", canvas.width, canvas.height));
        }
    }
}

#[cfg(test)]
#[path = "fit_tests.rs"]
mod tests;
