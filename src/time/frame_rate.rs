//! A frame rate: an exact fraction, never 0.
//! It does not determine when a frame is shown; a stream's frames need not keep to its rate.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;

/// Frames per second, as an exact fraction above 0 in its lowest terms.
///
/// ```
/// use vstream::FrameRate;
///
/// let ntsc: FrameRate = "30000/1001".parse()?;
/// assert_eq!((ntsc.numerator(), ntsc.denominator()), (30_000, 1001));
/// assert_eq!(format!("{:.2}", ntsc.as_f64()), "29.97");
///
/// assert_eq!(FrameRate::try_from(25)?, "25".parse()?);
/// assert_eq!(FrameRate::try_from((60, 2))?.to_string(), "30");
/// assert!(FrameRate::try_from(0).is_err());
///
/// const FILM: FrameRate = FrameRate::new(24, 1).unwrap();
/// # Ok::<(), vstream::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameRate {
    /// Both are 1 to `i32::MAX`, which is what FFmpeg's fractions hold.
    numerator: u32,
    denominator: u32,
}

/// FFmpeg's names for some rates.
const NAMES: [(&str, FrameRate); 4] = [
    ("ntsc", FrameRate { numerator: 30_000, denominator: 1001 }),
    ("pal", FrameRate { numerator: 25, denominator: 1 }),
    ("film", FrameRate { numerator: 24, denominator: 1 }),
    ("ntsc-film", FrameRate { numerator: 24_000, denominator: 1001 }),
];

impl FrameRate {
    /// FFmpeg's default for a stream without a rate: 25.
    pub(crate) const ASSUMED: Self = Self { numerator: 25, denominator: 1 };
    /// The default if nothing states a plausible one: 30.
    pub(crate) const DEFAULT: Self = Self { numerator: 30, denominator: 1 };

    /// `numerator / denominator` frames a second. `None` if one of them is 0, or does not fit an `i32` in lowest terms.
    pub const fn new(numerator: u32, denominator: u32) -> Option<Self> {
        if numerator == 0 || denominator == 0 {
            return None;
        }
        let (mut divisor, mut rest) = (numerator, denominator);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        let (numerator, denominator) = (numerator / divisor, denominator / divisor);
        const MOST: u32 = i32::MAX as u32;
        if numerator > MOST || denominator > MOST {
            return None;
        }
        Some(Self { numerator, denominator })
    }

    /// The numerator in lowest terms.
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// The denominator in lowest terms.
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// The nearest floating-point number.
    pub fn as_f64(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }

    /// Whether the rate is plausible. Headers state 90000 or 1000000 frames per second if it is unknown.
    pub(crate) fn is_believable(self) -> bool {
        /// High-speed cameras record at this rate; videos of faster ones are played slower.
        const MOST: u64 = 1000;
        u64::from(self.numerator) <= MOST * u64::from(self.denominator)
    }

    /// From one of FFmpeg's fractions, which is 0 where a rate is not known.
    pub(crate) fn from_ffmpeg(numerator: i32, denominator: i32) -> Option<Self> {
        Self::new(u32::try_from(numerator).ok()?, u32::try_from(denominator).ok()?)
    }

    /// Numerator and denominator as FFmpeg takes them.
    pub(crate) fn to_ffmpeg(self) -> (i32, i32) {
        (self.numerator.cast_signed(), self.denominator.cast_signed())
    }

    /// `30000/1001`, and also `30/1`.
    pub(crate) fn fraction(self) -> String {
        format!("{}/{}", self.numerator, self.denominator)
    }
}

fn error(text: impl fmt::Display) -> ParseError {
    ParseError::new(text, "a frame rate", "write it as 30, 29.97 or 30000/1001")
}

impl Ord for FrameRate {
    fn cmp(&self, other: &Self) -> Ordering {
        let product = |one: u32, other: u32| u64::from(one) * u64::from(other);
        product(self.numerator, other.denominator).cmp(&product(other.numerator, self.denominator))
    }
}

impl PartialOrd for FrameRate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A whole number of frames a second, above 0.
impl TryFrom<u32> for FrameRate {
    type Error = ParseError;

    fn try_from(whole: u32) -> Result<Self, ParseError> {
        Self::new(whole, 1).ok_or_else(|| error(whole))
    }
}

/// Numerator and denominator, both above 0.
impl TryFrom<(u32, u32)> for FrameRate {
    type Error = ParseError;

    fn try_from((numerator, denominator): (u32, u32)) -> Result<Self, ParseError> {
        let text = || format!("{numerator}/{denominator}");
        Self::new(numerator, denominator).ok_or_else(|| error(text()))
    }
}

/// To a thousandth of a frame.
impl TryFrom<f64> for FrameRate {
    type Error = ParseError;

    fn try_from(rate: f64) -> Result<Self, ParseError> {
        let thousandths = (rate * 1000.0).round();
        let fits = (1.0..=f64::from(i32::MAX)).contains(&thousandths);
        let found = fits.then(|| Self::new(thousandths as u32, 1000)).flatten();
        found.ok_or_else(|| error(rate))
    }
}

/// `30`, `30000/1001`.
impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

/// As FFmpeg writes it: `30`, `29.97`, `30000/1001`, or one of the names `ntsc`, `pal`, `film` and `ntsc-film`.
impl FromStr for FrameRate {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let named = || NAMES.iter().find(|(name, _)| *name == text).map(|(_, rate)| *rate);
        let fraction = || {
            let (numerator, denominator) = text.split_once('/')?;
            Self::new(numerator.parse().ok()?, denominator.parse().ok()?)
        };
        let whole = || Self::new(text.parse().ok()?, 1);
        let decimal = || Self::try_from(text.parse::<f64>().ok()?).ok();
        named().or_else(fraction).or_else(whole).or_else(decimal).ok_or_else(|| error(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_ffmpeg_writes_them() {
        let rate = |text: &str| text.parse::<FrameRate>().map(FrameRate::to_ffmpeg);
        assert_eq!(rate("30"), Ok((30, 1)));
        assert_eq!(rate("30000/1001"), Ok((30_000, 1001)));
        assert_eq!(rate("12.5"), Ok((25, 2)));
        assert_eq!(rate("60/2"), Ok((30, 1)));
        assert_eq!(rate("ntsc"), rate("30000/1001"));
        for bad in ["", "0", "-1", "x", "1/0", "0/1", "inf", "nan", "1e300", "0.0001"] {
            let error = bad.parse::<FrameRate>().expect_err(bad);
            assert!(error.to_string().contains("30000/1001"), "{error}");
        }
    }

    #[test]
    fn a_frame_rate_survives_text_and_back() {
        for (numerator, denominator) in [(30, 1), (30_000, 1001), (1, 3), (i32::MAX as u32, 1)] {
            let rate = FrameRate::new(numerator, denominator).unwrap();
            assert_eq!(rate.to_string().parse(), Ok(rate));
            assert_eq!(rate.fraction().parse(), Ok(rate));
        }
        assert_eq!(FrameRate::new(u32::MAX, 2), None);
    }

    #[test]
    fn a_rate_that_ffmpeg_does_not_know_is_none() {
        assert_eq!(FrameRate::from_ffmpeg(0, 1), None);
        assert_eq!(FrameRate::from_ffmpeg(-25, 1), None);
        assert_eq!(FrameRate::from_ffmpeg(25, 1), FrameRate::new(25, 1));
    }
}
