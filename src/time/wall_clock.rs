//! Wall-clock times from text: the start time that a user gives, and the creation time that containers hold.
//! It reads no clock.

use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{Error, ErrorKind, ParseError, Remedy, Result};
use crate::sample::StreamInfo;
use crate::time::NANOS;
use crate::time::given::since_1970;

/// The keys under which containers hold the time of their recording.
const CREATION: [&str; 2] = ["creation_time", "com.apple.quicktime.creationdate"];

/// The wall-clock time at which an input begins.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use vstream::{RecordingConfig, StartTime};
///
/// // From text: RFC 3339 with an offset from UTC, or `creation`.
/// let start: StartTime = "2024-05-01T12:00:00Z".parse()?;
/// assert_eq!(start, StartTime::At(UNIX_EPOCH + Duration::from_secs(1_714_564_800)));
/// let recording = RecordingConfig::default().with_start_time(start);
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StartTime {
    /// This time.
    At(SystemTime),
    /// The creation time that the container holds.
    Creation,
    /// The timecode that the container holds, as a time of day in UTC on the date of the creation time, or if there is
    /// none on 1 January 1970.
    Timecode,
}

impl StartTime {
    /// The wall-clock time of a video's beginning.
    pub(crate) fn of(self, info: &StreamInfo) -> Result<i64> {
        let wrong = |cause: &str| Error::new(ErrorKind::Config, "start time", cause);
        match self {
            _ if info.live => Err(wrong(&format!("{} is live, and has its own clock", info.name))
                .with_remedy("leave it out: live sources get `capture_time` anyway")),
            Self::At(time) => Ok(since_epoch(time)),
            Self::Timecode => {
                let text = info.metadata.iter().find(|(key, _)| key == "timecode");
                let time = text
                    .zip(info.frame_rate)
                    .and_then(|((_, text), rate)| time_of_day(text, rate.as_f64()));
                let time = time.ok_or_else(|| {
                    wrong(&format!("{} holds no timecode", info.source))
                        .with_remedy(Remedy::GiveStartTime)
                })?;
                let day = created(info).unwrap_or(0);
                Ok(day.saturating_sub(day.rem_euclid(DAY)).saturating_add(time))
            }
            Self::Creation => {
                let text = creation(info).ok_or_else(|| {
                    wrong(&format!("{} holds no creation time", info.source))
                        .with_remedy(Remedy::GiveStartTime)
                })?;
                nanos_since_epoch(text).ok_or_else(|| {
                    let cause = format!("the creation time of {} is `{text}`", info.source);
                    wrong(&cause).with_remedy(Remedy::GiveStartTime)
                })
            }
        }
    }
}

/// Whether it is a time since 1970, from 2000 on: no other clock counts that far yet.
pub(crate) fn is_this_century(nanos: i64) -> bool {
    const BEGIN: i64 = 946_684_800 * NANOS;
    const END: i64 = 4_102_444_800 * NANOS;
    (BEGIN..END).contains(&nanos)
}

/// Nanoseconds since 1970 as date and time in UTC.
pub(crate) fn date(nanos: i64) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default();
    time.to_string()
}

/// When a video was recorded, in nanoseconds since the Unix epoch, if its container says so.
pub(crate) fn created(info: &StreamInfo) -> Option<i64> {
    creation(info).and_then(nanos_since_epoch)
}

impl From<SystemTime> for StartTime {
    fn from(time: SystemTime) -> Self {
        Self::At(time)
    }
}

/// Nanoseconds in a day.
const DAY: i64 = 86_400 * NANOS;

fn creation(info: &StreamInfo) -> Option<&str> {
    let found = |key: &&str| info.metadata.iter().find(|(k, _)| k == key);
    CREATION.iter().find_map(found).map(|(_, text)| text.as_str())
}

/// The time of day of a timecode such as `10:00:00:12`, or `10:00:00;12` where numbers are left out to keep in time.
fn time_of_day(timecode: &str, rate: f64) -> Option<i64> {
    let parts: Option<Vec<i64>> =
        timecode.split([':', ';', '.']).map(|part| part.parse().ok()).collect();
    let [hours, minutes, seconds, frames] = parts?[..] else {
        return None;
    };
    // Timecodes count whole frames: 30 of 29.97.
    let whole = rate.ceil().max(1.0) as i64;
    let valid = (0..24).contains(&hours)
        && (0..60).contains(&minutes)
        && (0..60).contains(&seconds)
        && (0..whole).contains(&frames);
    valid.then(|| ((hours * 60 + minutes) * 60 + seconds) * NANOS + frames * NANOS / whole)
}

/// An RFC 3339 date and time with its offset from UTC; a number of seconds since 1970, or of milli-, micro- or
/// nanoseconds; `creation` or `timecode`.
impl FromStr for StartTime {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "creation" => return Ok(Self::Creation),
            "timecode" => return Ok(Self::Timecode),
            _ => {}
        }
        nanos_since_epoch(text).or_else(|| since_1970(text)).map(from_epoch).map(Self::At).ok_or_else(|| {
            ParseError::new(
                text,
                "a date and time",
                "write it with its offset from UTC, such as 2024-05-01T12:00:00Z or \
                 2024-05-01T14:00:00.25+02:00, as seconds since 1970, or write creation or timecode",
            )
        })
    }
}

/// The time this many nanoseconds after the Unix epoch; negative ones are before it.
pub(crate) fn from_epoch(nanos: i64) -> SystemTime {
    let distance = Duration::from_nanos(nanos.unsigned_abs());
    if nanos < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance }
}

/// Nanoseconds since the Unix epoch, as far as they can be counted.
pub(crate) fn since_epoch(time: SystemTime) -> i64 {
    let nanos = |distance: Duration| i64::try_from(distance.as_nanos());
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => nanos(after).unwrap_or(i64::MAX),
        Err(before) => nanos(before.duration()).map_or(i64::MIN, |nanos| -nanos),
    }
}

/// A date and time with its offset from UTC, or in UTC where it has none.
pub(crate) fn nanos_of_civil(text: &str) -> Option<i64> {
    let in_utc = || {
        let time: jiff::civil::DateTime = text.trim().parse().ok()?;
        let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        i64::try_from(zoned.timestamp().as_nanosecond()).ok()
    };
    nanos_since_epoch(text).or_else(in_utc)
}

/// An RFC 3339 date and time.
pub(crate) fn nanos_since_epoch(text: &str) -> Option<i64> {
    let time: jiff::Timestamp = text.trim().parse().ok()?;
    i64::try_from(time.as_nanosecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged_text;

    #[test]
    fn dates_are_read_with_their_offset() {
        let at = 1_714_564_800_000_000_000;
        let read = |text: &str| match text.parse() {
            Ok(StartTime::At(time)) => Some(since_epoch(time)),
            _ => None,
        };
        assert_eq!(read("2024-05-01T12:00:00Z"), Some(at));
        assert_eq!(read("2024-05-01 14:00:00+02:00"), Some(at));
        assert_eq!(read("2024-05-01T12:00:00.25Z"), Some(at + 250_000_000));
        assert_eq!(read("1969-12-31T23:59:59Z"), Some(-1_000_000_000));
        for number in ["1714564800", "1714564800000", "1714564800000000", "1714564800000000000"] {
            assert_eq!(read(number), Some(at), "{number}");
        }
        assert_eq!(read("1714564800.25"), Some(at + 250_000_000));
        assert_eq!("creation".parse(), Ok(StartTime::Creation));
        assert_eq!("timecode".parse(), Ok(StartTime::Timecode));
        // As QuickTime writes it.
        assert_eq!(nanos_since_epoch("2024-05-01T14:00:00+0200"), Some(at));
    }

    #[test]
    fn a_timecode_is_a_time_of_day() {
        let seconds = |text, rate| time_of_day(text, rate).map(|nanos| nanos as f64 / 1e9);
        assert_eq!(seconds("10:00:00:12", 25.0), Some(36_000.48));
        assert_eq!(seconds("00:01:00;15", 29.97), Some(60.5));
        for bad in ["", "10:00", "24:00:00:00", "10:00:00:25", "a:b:c:d"] {
            assert_eq!(seconds(bad, 25.0), None, "{bad}");
        }
    }

    #[test]
    fn a_timecode_needs_a_rate_and_takes_the_day_of_the_creation() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let metadata = vec![pair("timecode", "12:00:00:00")];
        let mut info = StreamInfo { metadata, ..StreamInfo::default() };
        assert!(StartTime::Timecode.of(&info).is_err());
        info.frame_rate = crate::time::FrameRate::new(25, 1);
        assert_eq!(StartTime::Timecode.of(&info), Ok(DAY / 2));
        info.metadata.push(pair("creation_time", "2024-05-01T09:30:00Z"));
        assert_eq!(StartTime::Timecode.of(&info), Ok(1_714_564_800 * NANOS));
    }

    #[test]
    fn invalid_dates_are_explained() {
        for text in
            ["", "now", "12:00", "2024-05-01", "2024-05-01T12:00:00", "2024-13-01T00:00:00Z"]
        {
            let error = text.parse::<StartTime>().expect_err(text);
            assert!(error.to_string().contains("2024-05-01T12:00:00Z"), "{error}");
        }
        assert_eq!(
            nanos_since_epoch("9999-01-01T00:00:00Z"),
            None,
            "beyond what nanoseconds can count"
        );
    }

    #[test]
    fn parsed_times_are_always_in_range() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let mut info =
            StreamInfo { frame_rate: crate::time::FrameRate::new(25, 1), ..StreamInfo::default() };
        let seeds = [
            "1677-09-21T00:12:44Z",
            "2024-05-01T14:00:00.25+02:00",
            "1714564800.25",
            "23:59:59;24",
        ];
        damaged_text(&seeds, |text| {
            let _ = text.parse::<StartTime>();
        });
        for day in ["1677-09-21T00:12:44Z", "2262-04-11T23:47:16Z"] {
            for time in ["00:00:00:00", "23:59:59:24"] {
                info.metadata = vec![pair("timecode", time), pair("creation_time", day)];
                let _ = StartTime::Timecode.of(&info);
            }
        }
    }
}
