//! Wall-clock times from text: the start time that a user gives, and the creation time that containers hold.
//! It reads no clock.

use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{Error, ErrorKind, ParseError, Remedy, Result};
use crate::sample::StreamInfo;

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
}

impl StartTime {
    /// The wall-clock time of a video's beginning.
    pub(crate) fn of(self, info: &StreamInfo) -> Result<i64> {
        let wrong = |cause: &str| Error::new(ErrorKind::Config, "start time", cause);
        match self {
            _ if info.live => {
                Err(wrong(&format!("{} is live, and has a clock of its own", info.name))
                    .with_remedy("leave it out: live sources get `capture_time` anyway"))
            }
            Self::At(time) => Ok(since_epoch(time)),
            Self::Creation => {
                let found = |key: &&str| info.metadata.iter().find(|(k, _)| k == key);
                let (_, text) = CREATION.iter().find_map(found).ok_or_else(|| {
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

impl From<SystemTime> for StartTime {
    fn from(time: SystemTime) -> Self {
        Self::At(time)
    }
}

/// An RFC 3339 date and time with its offset from UTC, or `creation`.
impl FromStr for StartTime {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text == "creation" {
            return Ok(Self::Creation);
        }
        nanos_since_epoch(text).map(from_epoch).map(Self::At).ok_or_else(|| {
            ParseError::new(
                text,
                "a date and time",
                "write it with its offset from UTC, such as 2024-05-01T12:00:00Z or \
                 2024-05-01T14:00:00.25+02:00, or write creation",
            )
        })
    }
}

/// The time so many nanoseconds after the Unix epoch, or before it.
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
        assert_eq!("creation".parse(), Ok(StartTime::Creation));
        // As QuickTime writes it.
        assert_eq!(nanos_since_epoch("2024-05-01T14:00:00+0200"), Some(at));
    }

    #[test]
    fn anything_else_is_explained() {
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
}
