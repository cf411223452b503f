//! Parsers for option values: times, bitrates, pairs.
//! Their meaning is up to the groups of options.

use std::num::NonZeroUsize;
use std::time::Duration;

use anyhow::{Context as _, bail};

/// `rtsp_transport=udp`.
pub fn key_value(text: &str) -> anyhow::Result<(String, String)> {
    let (key, value) =
        text.split_once('=').context("write it as KEY=VALUE, such as rtsp_transport=udp")?;
    if key.is_empty() {
        bail!("write it as KEY=VALUE; the key is missing");
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// `90`, `1.5`, `1:30`, `0:01:30.25`.
pub fn time(text: &str) -> anyhow::Result<Duration> {
    let wrong =
        || format!("`{text}` is not a time; write seconds such as 2.5, or [HH:]MM:SS such as 1:30");
    let mut seconds = 0.0_f64;
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 3 {
        bail!(wrong());
    }
    for part in parts {
        let value: f64 = part.trim_end_matches('s').parse().ok().with_context(wrong)?;
        // Also of each part: 1:-30 is no time.
        if value.is_sign_negative() {
            bail!(wrong());
        }
        seconds = seconds * 60.0 + value;
    }
    // In whole nanoseconds, so that 0.1 is exact.
    Duration::try_from_secs_f64(seconds).ok().with_context(wrong)
}

/// A constant quality; its upper limit is the encoder's.
pub fn crf(text: &str) -> anyhow::Result<u8> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.with_context(|| format!("`{text}` is not a quality; write a whole number from 1 (best)"))
}

/// A number of things, at least one.
pub fn count(text: &str) -> anyhow::Result<NonZeroUsize> {
    let number = text.parse().ok();
    number.with_context(|| format!("`{text}` is not a number of files; write 1 or more"))
}

/// `4000000`, `4000k`, `4M`.
pub fn bits(text: &str) -> anyhow::Result<u64> {
    let wrong = || format!("`{text}` is not a bitrate; write bits a second, such as 800k or 4M");
    let (number, unit) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 1e3),
        Some((at, 'M')) => (&text[..at], 1e6),
        Some((at, 'G')) => (&text[..at], 1e9),
        _ => (text, 1.0),
    };
    let bits = number.parse::<f64>().ok().with_context(wrong)? * unit;
    if !(1000.0..=1e10).contains(&bits) {
        bail!("{text} is out of range; give 1k to 10G bits a second");
    }
    Ok(bits as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged_text;

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(time("2.5").unwrap(), Duration::from_millis(2500));
        assert_eq!(time("1:30").unwrap(), Duration::from_secs(90));
        assert_eq!(time("1:00:00.1").unwrap(), Duration::from_millis(3_600_100));
        for bad in ["", "x", "-1", "-0", "1:-30", "-1:90", "1:2:3:4", "nan", "inf", "1:"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_that_cannot_be_used_are_rejected() {
        assert_eq!((crf("1").unwrap(), crf("63").unwrap()), (1, 63));
        assert_eq!(count("2").unwrap().get(), 2);
        for bad in ["", "x", "0", "-1", "1.5"] {
            assert!(crf(bad).is_err() && count(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn bitrates_take_units() {
        assert_eq!(bits("4M").unwrap(), 4_000_000);
        assert_eq!(bits("800k").unwrap(), 800_000);
        for bad in ["", "M", "x", "-4M", "1"] {
            assert!(bits(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn parsed_values_are_always_in_range() {
        let seeds =
            ["90", "1.5s", "0:01:30.25", "1e3", "4000k", "4M", "rtsp_transport=udp", "a==b"];
        damaged_text(&seeds, |text| {
            if let Ok(read) = time(text) {
                let parts: Vec<&str> = text.split(':').collect();
                assert!(parts.len() <= 3 && !text.contains("inf"), "{text}");
                let again = format!("{}.{:09}", read.as_secs(), read.subsec_nanos());
                // A float holds a day to the nanosecond.
                if read.as_secs() < 86_400 {
                    assert_eq!(time(&again).unwrap(), read, "{text}");
                }
            }
            if let Ok(read) = bits(text) {
                assert!((1000..=10_000_000_000).contains(&read), "{text}");
                assert_eq!(bits(&read.to_string()).unwrap(), read, "{text}");
            }
            if let Ok((key, value)) = key_value(text) {
                assert!(!key.contains('=') && format!("{key}={value}") == text, "{text}");
            }
        });
    }
}
