//! A number as people write it, kept to the last digit: nanoseconds since 1970 do not fit a float.
//! What it counts is decided by its reader.

use super::TimeUnit;

/// `digits / 10^decimals`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    digits: i128,
    decimals: i32,
}

impl Number {
    pub fn whole(value: i64) -> Self {
        Self { digits: value.into(), decimals: 0 }
    }

    /// The shortest number that is this float.
    pub fn float(value: f64) -> Option<Self> {
        value.is_finite().then(|| Self::parse(&format!("{value:e}"))).flatten()
    }

    /// `12`, `-0.5`, `1.403636579763555584e+18`.
    pub fn parse(text: &str) -> Option<Self> {
        let (text, exponent) = match text.split_once(['e', 'E']) {
            Some((text, exponent)) => (text, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let bare = whole.trim_start_matches(['-', '+']);
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = whole.len() - bare.len() <= 1
            && digits(bare)
            && digits(fraction)
            && !(bare.is_empty() && fraction.is_empty());
        if !is_number || bare.len() + fraction.len() > 36 || exponent.unsigned_abs() > 40 {
            return None;
        }
        let size: i128 = format!("{bare}{fraction}").parse().ok()?;
        let decimals = i32::try_from(fraction.len()).ok()? - exponent;
        Some(Self { digits: if whole.starts_with('-') { -size } else { size }, decimals })
    }

    pub fn as_f64(self) -> f64 {
        self.digits as f64 / 10_f64.powi(self.decimals)
    }

    /// Rounded to the nanosecond.
    pub fn nanos(self, unit: TimeUnit) -> Option<i64> {
        let nanos = self.digits.checked_mul(unit.nanos().into())?;
        let power = |exponent: i32| 10_i128.checked_pow(exponent.unsigned_abs());
        let nanos = if self.decimals > 0 {
            let by = power(self.decimals)?;
            nanos.checked_add(by / 2)?.div_euclid(by)
        } else {
            nanos.checked_mul(power(self.decimals)?)?
        };
        i64::try_from(nanos).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::{always, damaged_text};

    #[test]
    fn numbers_are_read_to_the_last_digit() {
        let nanos = |text: &str, unit| Number::parse(text).and_then(|n| n.nanos(unit));
        assert_eq!(nanos("0.1", TimeUnit::Seconds), Some(100_000_000));
        assert_eq!(nanos("-2.5", TimeUnit::Millis), Some(-2_500_000));
        assert_eq!(
            nanos("1.403636579763555584e+18", TimeUnit::Nanos),
            Some(1_403_636_579_763_555_584)
        );
        assert_eq!(nanos("33.3333333333", TimeUnit::Millis), Some(33_333_333));
        assert_eq!(nanos("9223372036854775808", TimeUnit::Nanos), None);
        assert_eq!(Number::float(0.04).and_then(|n| n.nanos(TimeUnit::Seconds)), Some(40_000_000));
        for bad in ["", ".", "-", "1.2.3", "0x10", "nan", "inf", "1e999", "--1", "1 2"] {
            assert_eq!(Number::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn arbitrary_text_does_not_panic() {
        for text in ["1e-2147483648", "1e2147483647", "160000000000000000000000000000000000e-38"] {
            for unit in TimeUnit::ALL {
                let _ = Number::parse(text).and_then(|number| number.nanos(unit));
            }
        }
        damaged_text(&["1.403636579763555584e+18", "-0.5", "12", "0.000000001e-9"], |text| {
            let Some(number) = Number::parse(text) else { return };
            for unit in TimeUnit::ALL {
                let Some(nanos) = number.nanos(unit) else { continue };
                let float = number.as_f64() * unit.nanos() as f64;
                assert!((float - nanos as f64).abs() <= 1.0 + float.abs() * 1e-9, "{text} {nanos}");
            }
        });
    }

    #[test]
    fn every_number_is_read_as_it_was_written() {
        always(|random| {
            let (whole, decimals) = (random.i64(..), random.usize(0..=9));
            let power = 10_i64.pow(decimals as u32);
            let sign = if whole < 0 { "-" } else { "" };
            let (front, behind) = ((whole / power).unsigned_abs(), (whole % power).unsigned_abs());
            let text = match decimals {
                0 => whole.to_string(),
                _ => format!("{sign}{front}.{behind:0decimals$}"),
            };
            let number = Number::parse(&text).expect("a number");
            let exact = i128::from(whole) * i128::from(10_i64.pow(9 - decimals as u32));
            assert_eq!(number.nanos(TimeUnit::Seconds), i64::try_from(exact).ok(), "{text}");
        });
    }
}
