//! The range of a deep grey picture's values that is shown.
//! How it is mapped is decided in `picture`.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;

/// A range of values in grey pictures of more than 8 bits: the lowest is shown black and the highest white, the same in
/// all frames.
///
/// ```
/// use vstream::{PixelRange, VideoConfig};
///
/// // A depth camera in millimetres, from half a metre to four metres.
/// let video = VideoConfig::default().with_range(PixelRange::new(500, 4000));
/// assert_eq!("500:4000".parse(), Ok(PixelRange::new(500, 4000)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PixelRange {
    /// Shown black, as are values beyond it.
    pub low: u16,
    /// Shown white, as are values beyond it.
    pub high: u16,
}

impl PixelRange {
    /// From `low` to `high`. If `low` is the larger one, the range is inverted: near is bright.
    pub const fn new(low: u16, high: u16) -> Self {
        Self { low, high }
    }
}

impl fmt::Display for PixelRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.low, self.high)
    }
}

/// From `LOW:HIGH`, two different numbers from 0 to 65535.
impl FromStr for PixelRange {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let error = || ParseError::new(text, "a range", "write it as LOW:HIGH, such as 500:4000");
        let (low, high) = text.split_once(':').ok_or_else(error)?;
        let number = |text: &str| text.parse::<u16>().map_err(|_| error());
        let range = Self { low: number(low)?, high: number(high)? };
        if range.low == range.high { Err(error()) } else { Ok(range) }
    }
}
