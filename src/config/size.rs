//! Sizes of pictures, and how pictures are scaled to one.
//! Scaling itself is done in `picture`.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;

/// The largest side of a picture, in pixels: the limit of H.264 encoders.
pub(crate) const MOST_PIXELS: u32 = 16384;

/// A picture size in pixels.
///
/// ```
/// use vstream::Size;
///
/// let size: Size = "1280x720".parse().unwrap();
/// assert_eq!(size, Size::new(1280, 720));
/// assert_eq!(size.to_string(), "1280x720");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Size {
    /// A size of this many columns and rows.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// From `WIDTHxHEIGHT`, each 1 to 16384.
impl FromStr for Size {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error =
            || ParseError::new(text, "a size", "write it as WIDTHxHEIGHT, such as 1280x720");
        let (width, height) = text.split_once(['x', 'X']).ok_or_else(error)?;
        let side = |s: &str| s.parse().ok().filter(|n| (1..=MOST_PIXELS).contains(n));
        Ok(Self { width: side(width).ok_or_else(error)?, height: side(height).ok_or_else(error)? })
    }
}

/// A size to scale pictures to, in pixels.
///
/// ```
/// use vstream::{Scale, Size, VideoConfig};
///
/// let video = VideoConfig::default().with_scale(Scale::Within(Size::new(1280, 720)));
/// assert_eq!(video, VideoConfig::default().with_max_size(Size::new(1280, 720)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scale {
    /// Exactly this size, rounded to even numbers, whatever the aspect ratio of the source.
    Exact(Size),
    /// Scaled down if needed to fit into this size, keeping the aspect ratio of the source.
    Within(Size),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_parsed_or_explained() {
        assert_eq!("640x480".parse(), Ok(Size { width: 640, height: 480 }));
        for bad in ["640", "x", "0x4", "640x", "-1x2", "99999x2", "4x4x4"] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }
}
