//! A frame rate as people and FFmpeg write it.
//! Pure.

use crate::error::{Error, ErrorKind, Result};
use crate::time::NANOS;

/// A frame rate as FFmpeg writes it: `30`, `29.97`, `30000/1001`.
pub(crate) fn parse_rate(text: &str) -> Result<(i32, i32)> {
    let fraction = || {
        if let Some((num, den)) = text.split_once('/') {
            return Some((num.parse().ok()?, den.parse().ok()?));
        }
        if let Ok(whole) = text.parse() {
            return Some((whole, 1));
        }
        let rate: f64 = text.parse().ok()?;
        (rate.is_finite() && rate < 1e6).then_some(((rate * 1000.0).round() as i32, 1000))
    };
    fraction().filter(|&(num, den)| num > 0 && den > 0 && i64::from(num) < NANOS).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("frame rate `{text}`"), "it is not a rate")
            .with_remedy("write it as 30, 29.97 or 30000/1001")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_ffmpeg_writes_them() {
        assert_eq!(parse_rate("30"), Ok((30, 1)));
        assert_eq!(parse_rate("30000/1001"), Ok((30_000, 1001)));
        assert_eq!(parse_rate("12.5"), Ok((12_500, 1000)));
        for bad in ["", "0", "-1", "x", "1/0", "inf", "nan"] {
            assert!(parse_rate(bad).is_err(), "{bad}");
        }
    }
}
