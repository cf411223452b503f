//! Grey pictures of more than 8 bits: depth, thermal and Bayer data, which usually span a small part of the value
//! range.
//! It measures the first frames and builds the filter for a range; filters are run elsewhere.

use std::sync::Arc;

use crate::config::PixelRange;
use crate::event::{Tally, Warning};
use crate::ffi::Frame;

/// Number of frames to measure.
const FRAMES: u32 = 10;

/// The largest value of a deep grey format, by FFmpeg's name of the format.
fn most(format: &str) -> Option<u16> {
    if format.starts_with("bayer_") {
        return format.contains("16").then_some(u16::MAX);
    }
    let grey = format.strip_prefix("gray")?;
    // Pictures in PNG are big-endian.
    let bits = grey.strip_suffix("le").or_else(|| grey.strip_suffix("be"))?;
    let bits: u32 = bits.parse().ok().filter(|bits| (9..=16).contains(bits))?;
    u16::try_from((1_u32 << bits) - 1).ok()
}

/// Values are floats, of which 0 is shown black and 1 white.
fn is_float(format: &str) -> bool {
    format == "grayf32le"
}

/// Filters that stretch a range of a deep grey picture to the full range.
pub(crate) fn stretch(format: &str, range: PixelRange) -> Option<String> {
    if is_float(format) {
        let span = i32::from(range.high) - i32::from(range.low);
        return Some(format!("geq=lum='clip((p(X,Y)-{})/({span}),0,1)'", range.low));
    }
    let most = most(format)?;
    let (low, span) = (i32::from(range.low), i32::from(range.high) - i32::from(range.low));
    let map = format!("'clip((val-{low})*{most}/({span}),0,{most})'");
    Some(match format.starts_with("bayer_") {
        true => format!("scale,format=rgb48le,lutrgb=r={map}:g={map}:b={map}"),
        // The `lutyuv` filter would produce three planes.
        false => format!("lut=c0={map}"),
    })
}

/// Filters that turn floats into 8 bits of full range. The scaler of FFmpeg 9 takes floats for limited range, whatever
/// `in_range` says; this conversion ignores ranges.
pub(crate) fn to_integers(format: &str) -> Option<&'static str> {
    is_float(format).then_some("scale=in_range=pc:out_range=pc,format=gray")
}

/// Warns if the first frames use a small part of the value range.
pub(crate) struct RangeWatch {
    seen: u32,
    range: Option<(u16, u16)>,
    floats: Option<(f32, f32)>,
    most: u16,
    tally: Arc<Tally>,
}

impl RangeWatch {
    pub fn new(tally: Arc<Tally>) -> Self {
        Self { seen: 0, range: None, floats: None, most: 0, tally }
    }

    pub fn see(&mut self, frame: &Frame) {
        if self.seen >= FRAMES {
            return;
        }
        let format = frame.geometry().format_name;
        if is_float(format) {
            if let Some((low, high)) = frame.float_extremes() {
                let (lowest, highest) = self.floats.unwrap_or((low, high));
                self.floats = Some((lowest.min(low), highest.max(high)));
            }
        } else if let Some(most) = most(format) {
            self.most = most;
            if let Some((low, high)) = frame.extremes(format.ends_with("be")) {
                let (lowest, highest) = self.range.unwrap_or((low, high));
                self.range = Some((lowest.min(low), highest.max(high)));
            }
        } else {
            self.seen = FRAMES;
            return;
        }
        self.seen += 1;
        if self.seen == FRAMES {
            self.tell();
        }
    }

    fn tell(&self) {
        if let Some((low, high)) = self.floats
            && (low < 0.0 || high > 1.0 || high - low < 0.75)
        {
            self.tally.warn(Warning::FloatGrey(format!("{low} to {high}")));
        }
        if let Some((low, high)) = self.range
            && u32::from(high - low) < u32::from(self.most) / 4 * 3
        {
            self.tally.warn(Warning::DeepGrey { low, high, most: self.most });
        }
    }
}

impl Drop for RangeWatch {
    fn drop(&mut self) {
        if self.seen < FRAMES {
            self.tell();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_formats_are_recognised_by_name() {
        let rows = [
            ("gray16le", Some(65535)),
            ("gray12le", Some(4095)),
            ("gray16be", Some(65535)),
            ("gray", None),
        ];
        for (format, wanted) in rows {
            assert_eq!(most(format), wanted, "{format}");
        }
        assert_eq!(most("bayer_rggb16le"), Some(65535));
        assert_eq!(most("bayer_rggb8"), None);
        assert_eq!(
            stretch("gray12le", PixelRange::new(100, 300)).unwrap(),
            "lut=c0='clip((val-100)*4095/(200),0,4095)'"
        );
        assert_eq!(
            stretch("grayf32le", PixelRange::new(0, 10)).unwrap(),
            "geq=lum='clip((p(X,Y)-0)/(10),0,1)'"
        );
        assert_eq!(stretch("yuv420p", PixelRange::new(100, 300)), None);
    }
}
