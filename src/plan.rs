//! What is done with a stream, decided once before its first frame: from what was probed, what is asked, and what
//! this FFmpeg can do. Pure; it opens nothing.

use std::time::Duration;

use crate::codec::encode::EncodePlan;
use crate::codec::encoders;
use crate::config::{InputConfig, VideoConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::sample::{SampleCodec, StreamInfo};
use crate::time::NANOS;

/// The decision for one stream.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub encode: EncodePlan,
    /// Times to show, in nanoseconds.
    pub window: std::ops::Range<i64>,
}

impl Plan {
    /// Decide. `available` says whether an encoder of that name is there.
    pub fn new(
        stream: &StreamInfo,
        average_rate: Option<(i32, i32)>,
        input: &InputConfig,
        video: &VideoConfig,
        available: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let row = encoders::choose(video.codec, available)?;
        let asked = video.fps.as_deref().map(parse_rate).transpose()?;
        let rates = match asked {
            Some(rate) => [Some(rate), None],
            None => [stream.frame_rate, average_rate],
        };
        Ok(Self {
            encode: EncodePlan::new(row, video, rates, stream.live)?,
            window: window(input)?,
        })
    }

    pub fn codec(&self) -> SampleCodec {
        self.encode.row.codec
    }

    /// Encoder and settings in a line: "libx264 veryfast crf 23".
    pub fn describe(&self) -> String {
        let value = |key: &str| {
            let found = self.encode.options.iter().rev().find(|(k, _)| k == key);
            found.map(|(_, v)| v.as_str())
        };
        let mut words = vec![self.encode.row.name.to_owned()];
        for (key, shown) in [("preset", ""), ("tune", "tune "), ("crf", "crf "), ("b", "bitrate ")]
        {
            if let Some(value) = value(key) {
                words.push(format!("{shown}{value}"));
            }
        }
        words.join(" ")
    }
}

/// The times of `--start` and `--duration`.
fn window(input: &InputConfig) -> Result<std::ops::Range<i64>> {
    let nanos = |d: Duration| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX);
    let start = input.start.map_or(0, nanos);
    let end = match input.duration.map(nanos) {
        Some(0) => {
            return Err(Error::new(ErrorKind::Config, "duration", "it must not be 0")
                .with_hint("give seconds, such as 2.5, or a time such as 1:30"));
        }
        Some(length) => start.saturating_add(length),
        None => i64::MAX,
    };
    Ok(start..end)
}

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
            .with_hint("write it as 30, 29.97 or 30000/1001")
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

    #[test]
    fn no_encoder_is_an_error_with_a_remedy() {
        let none = |_: &str| false;
        let error = Plan::new(
            &StreamInfo::default(),
            None,
            &InputConfig::default(),
            &VideoConfig::default(),
            none,
        )
        .unwrap_err();
        assert!(error.hint().is_some_and(|h| h.contains("libx264")));
    }

    #[test]
    fn the_plan_says_how_it_encodes() {
        let plan = Plan::new(
            &StreamInfo::default(),
            None,
            &InputConfig::default(),
            &VideoConfig::default(),
            |name| name == "libx264",
        )
        .unwrap();
        assert_eq!(plan.describe(), "libx264 veryfast crf 23");
    }
}
