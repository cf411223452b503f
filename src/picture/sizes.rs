//! The sizes that a picture goes through: the part that is kept, its scaled size, and the frame that it is centred in.
//! Pure arithmetic; the filters are in `fit`.

use crate::config::{MOST_PIXELS, Scale, Size, VideoConfig};
use crate::ffi::Geometry;

/// The steps of scaling.
pub(super) struct Sizes {
    /// The part of the picture that is kept. An odd last column or row is cropped rather than scaled, so that pixel
    /// coordinates stay valid.
    pub crop: (u32, u32),
    /// The part is scaled to this size.
    pub scaled: Size,
    /// The size of the pictures in the recording; what the scaled picture does not fill is black.
    pub canvas: Size,
    /// The kept part is not scaled.
    pub is_crop_only: bool,
    /// The aspect ratio is implausible and ignored.
    pub wrong_aspect: Option<(i32, i32)>,
}

impl Sizes {
    /// `first` is the size that the entity already has.
    pub fn of(g: &Geometry, config: &VideoConfig, first: Option<Size>) -> Self {
        let aspect = match g.aspect {
            (num, den) if num > 0 && den > 0 => (num, den),
            _ => (1, 1),
        };
        let stored = (g.width, g.height);
        let found = display_size(g.width, g.height, aspect);
        let display = found.unwrap_or(stored);

        let even = Size { width: to_even(display.0), height: to_even(display.1) };
        let wanted = wanted_size(even, config);
        let scaled = match first {
            Some(first) if first != wanted => fit_into(display, first),
            _ => wanted,
        };
        let even = (g.width.max(2) & !1, g.height.max(2) & !1);
        let crop = (even.0.min(g.width), even.1.min(g.height));
        Self {
            crop,
            scaled,
            canvas: first.unwrap_or(wanted),
            is_crop_only: display == stored && (scaled.width, scaled.height) == crop,
            wrong_aspect: found.is_none().then_some(aspect),
        }
    }

    /// A picture of this size is neither scaled nor padded.
    pub fn are_those_of(&self, at: (u32, u32)) -> bool {
        (self.scaled.width, self.scaled.height) == at && self.canvas == self.scaled
    }
}

fn to_even(side: u32) -> u32 {
    side.clamp(2, MOST_PIXELS) & !1
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
    let sensible = (2..=MOST_PIXELS).contains(&stretched) && num < den * 20 && den < num * 20;
    sensible.then_some((stretched, height))
}

fn wanted_size(display: Size, config: &VideoConfig) -> Size {
    let most = Size { width: MOST_PIXELS, height: MOST_PIXELS };
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
