//! Where the times of frames come from, and the unit of their numbers, as settings.
//! The times are read in the files beside it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::ParseError;
use crate::time::NANOS;

/// Times that replace the stream's own.
///
/// ```
/// use vstream::{TimeUnit, Timestamps};
///
/// assert_eq!("names".parse(), Ok(Timestamps::Names));
/// let file = Timestamps::File { path: "times.csv".into(), unit: Some(TimeUnit::Micros) };
/// assert_eq!("times.csv:us".parse(), Ok(file));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Timestamps {
    /// One time for each frame, in the order in which they are shown: a number or a date in each line, a CSV file with
    /// a header, mkvmerge's formats v2 and v4, JSON in lines or as a list, or a NumPy array (`.npy`).
    File {
        /// The file.
        path: PathBuf,
        /// The unit of the numbers. `None`: the header's, or else a guess, with a warning.
        unit: Option<TimeUnit>,
    },
    /// The names of the pictures of a sequence, such as `1403636579763555584.png` or `1305031102.175304.jpg`.
    Names,
    /// The time at which each packet arrives, for a pipe from a camera. If the stream's own clock runs at the speed of
    /// arrival, its intervals are kept, and only a lasting delay shifts the times.
    Arrival,
}

/// `names`, `arrival`, or a file's name, followed by `:ns`, `:us`, `:ms` or `:s` if the file does not state its unit.
impl FromStr for Timestamps {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "names" => return Ok(Self::Names),
            "arrival" => return Ok(Self::Arrival),
            "" => return Err(ParseError::new(text, "a file", "write FILE, names or arrival")),
            _ => {}
        }
        let named =
            text.rsplit_once(':').and_then(|(path, unit)| Some((path, TimeUnit::named(unit)?)));
        Ok(match named {
            Some((path, unit)) => Self::File { path: path.into(), unit: Some(unit) },
            None => Self::File { path: text.into(), unit: None },
        })
    }
}

/// The unit of a number.
///
/// ```
/// use vstream::{InputConfig, TimeUnit, Timestamps};
///
/// // One time a line, in microseconds, for each frame.
/// let times = Timestamps::File { path: "times.txt".into(), unit: Some(TimeUnit::Micros) };
/// let input = InputConfig::new("drive.mkv").with_timestamps(times);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TimeUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
}

impl TimeUnit {
    pub(super) const ALL: [Self; 4] = [Self::Seconds, Self::Millis, Self::Micros, Self::Nanos];

    pub(super) fn nanos(self) -> i64 {
        match self {
            Self::Seconds => NANOS,
            Self::Millis => 1_000_000,
            Self::Micros => 1000,
            Self::Nanos => 1,
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "s" | "sec" | "secs" | "seconds" => Self::Seconds,
            "ms" | "msec" | "millis" | "milliseconds" => Self::Millis,
            "us" | "µs" | "usec" | "micros" | "microseconds" => Self::Micros,
            "ns" | "nsec" | "nanos" | "nanoseconds" => Self::Nanos,
            _ => return None,
        })
    }
}

/// `ns`, `µs`, `ms` or `s`.
impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seconds => "s",
            Self::Millis => "ms",
            Self::Micros => "µs",
            Self::Nanos => "ns",
        })
    }
}
