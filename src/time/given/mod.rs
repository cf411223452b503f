//! Times from outside the video, one for each frame: from a file, or from the names of pictures. Each format has its own
//! file; the frame clock assigns the times to frames.

mod lines;
mod names;
mod npy;
mod number;
mod timestamps;

use std::fmt;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::time::NANOS;
pub(crate) use names::date_in_name;
use number::Number;
pub use timestamps::{TimeUnit, Timestamps};

/// The longest list of times that is read: 256 MiB.
const MOST_BYTES: u64 = 256 << 20;
/// Plausible seconds since 1970: 1973 to 2286.
const UNIX: std::ops::Range<i64> = 100_000_000..9_223_372_036;

/// Times as they were found.
pub(super) struct Found {
    /// Each with its line or index, for messages.
    numbers: Vec<(Number, usize)>,
    unit: Option<TimeUnit>,
}

/// One time for each frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TimeList {
    /// In nanoseconds, increasing.
    pub times: Arc<[i64]>,
    /// They are since 1970.
    pub unix: bool,
    /// The unit that was guessed, where none is stated.
    pub guessed: Option<TimeUnit>,
}

/// Read the times in a file. `unit` is the user's and overrides the file's.
pub(crate) fn read(path: &Path, unit: Option<TimeUnit>) -> Result<TimeList> {
    let subject = path.display().to_string();
    let failed = |kind, cause: &dyn fmt::Display| Error::new(kind, &subject, cause);
    let mut bytes = Vec::new();
    let unread = |error| {
        Error::io(ErrorKind::Open, &subject, error).with_remedy("check the path of the timestamps")
    };
    fs::File::open(path)
        .and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes))
        .map_err(unread)?;
    of_bytes(bytes, unit).map_err(|cause| {
        failed(ErrorKind::Config, &cause).with_remedy(
            "give one increasing time for each frame: a number or a date in each line, CSV with a header, JSON lines \
             or .npy",
        )
    })
}

fn of_bytes(bytes: Vec<u8>, unit: Option<TimeUnit>) -> Result<TimeList, String> {
    let found = if bytes.starts_with(npy::MAGIC) {
        npy::read(&bytes)
    } else {
        String::from_utf8(bytes)
            .map_err(|_| "it is neither text nor a NumPy array".to_owned())
            .and_then(|text| lines::read(&text))
    };
    found.and_then(|found| settle(found, unit))
}

/// A number of seconds since 1970, with or without a fraction, or of milli-, micro- or nanoseconds: the magnitude tells
/// which.
pub(crate) fn since_1970(text: &str) -> Option<i64> {
    let number = Number::parse(text.trim())?;
    let times = TimeUnit::ALL.into_iter().filter_map(|unit| number.nanos(unit));
    times.into_iter().find(|nanos| UNIX.contains(&(nanos / NANOS)))
}

/// The times in the names of pictures.
pub(crate) fn from_names(pictures: &[PathBuf], subject: &str) -> Result<TimeList> {
    names::read(pictures).and_then(|found| settle(found, None)).map_err(|cause| {
        let cause = cause.replace("in line", "of picture");
        Error::new(ErrorKind::Config, subject, cause)
            .with_remedy("give the times in a file instead, one for each picture")
    })
}

/// The error of a list of times that has not one for each frame.
pub(crate) fn wrong_count(subject: &str, (frames, times): (u64, usize)) -> Error {
    let cause = format!("it has {frames} frames, and there are {times} timestamps");
    Error::new(ErrorKind::Config, subject, cause)
        .with_remedy("give one timestamp for each frame, in the order in which they are shown")
}

fn settle(found: Found, unit: Option<TimeUnit>) -> Result<TimeList, String> {
    let known = unit.or(found.unit);
    let Some(unit) = known.or_else(|| guess(&found.numbers)) else {
        return Err("there is no time in it".to_owned());
    };
    let mut times = Vec::with_capacity(found.numbers.len());
    for &(number, place) in &found.numbers {
        let time =
            number.nanos(unit).ok_or_else(|| format!("the time in line {place} is too large"))?;
        if times.last().is_some_and(|&last| time <= last) {
            return Err(format!("the time in line {place} is not after the one before"));
        }
        times.push(time);
    }
    let Some(&first) = times.first() else {
        return Err("there is no time in it".to_owned());
    };
    let unix = UNIX.contains(&(first / NANOS));
    // Dates say what they are; a single time that is not one of day is anybody's guess.
    let guessed = known.is_none().then_some(unit);
    Ok(TimeList { times: times.into(), unix, guessed })
}

/// The unit in which the times are those of a camera: since 1970, or else as far apart as frames are.
fn guess(numbers: &[(Number, usize)]) -> Option<TimeUnit> {
    let first = numbers.first()?.0;
    let mut steps: Vec<f64> =
        numbers.windows(2).map(|pair| pair[1].0.as_f64() - pair[0].0.as_f64()).collect();
    steps.sort_by(f64::total_cmp);
    let step = steps.get(steps.len() / 2).copied().filter(|step| *step > 0.0);
    let seconds = |value: f64, unit: TimeUnit| value * unit.nanos() as f64 / NANOS as f64;
    let since_1970 = |unit: &TimeUnit| {
        let plausible = step.is_none_or(|step| (1e-4..1e4).contains(&seconds(step, *unit)));
        plausible && (UNIX.start as f64..UNIX.end as f64).contains(&seconds(first.as_f64(), *unit))
    };
    if let Some(unit) = TimeUnit::ALL.into_iter().find(since_1970) {
        return Some(unit);
    }
    let Some(step) = step else {
        return Some(TimeUnit::Seconds);
    };
    // The units are a thousandth of each other, so only one is near the step of a film.
    let far = |unit: &TimeUnit| (seconds(step, *unit) * 30.0).ln().abs();
    TimeUnit::ALL.into_iter().min_by(|one, other| far(one).total_cmp(&far(other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;

    fn listed(text: &str) -> Result<TimeList, String> {
        lines::read(text).and_then(|found| settle(found, None))
    }

    #[test]
    fn units_are_guessed_by_the_year_or_by_the_step() {
        let unit = |text: &str| listed(text).unwrap().guessed.unwrap();
        assert_eq!(unit("0\n40\n80\n"), TimeUnit::Millis);
        assert_eq!(unit("0\n0.04\n0.08\n"), TimeUnit::Seconds);
        assert_eq!(unit("0\n33333\n66667\n"), TimeUnit::Micros);
        assert_eq!(unit("0\n33333333\n66666667\n"), TimeUnit::Nanos);
        assert_eq!(unit("1403636579763555584\n1403636579813555584\n"), TimeUnit::Nanos);
        assert_eq!(unit("1305031102.175304\n1305031102.211214\n"), TimeUnit::Seconds);
        assert_eq!(unit("1403636579763\n1403636579813\n"), TimeUnit::Millis);
        // 140 s after the start in nanoseconds, and no year in milliseconds.
        assert_eq!(unit("140000000000\n140033333333\n"), TimeUnit::Nanos);
    }

    #[test]
    fn nanoseconds_since_1970_keep_every_digit() {
        let ns = listed("1403636579763555584\n1403636579813555585\n").unwrap();
        assert_eq!(ns.times[..], [1_403_636_579_763_555_584, 1_403_636_579_813_555_585]);
        assert!(ns.unix);
        let s = listed("1305031102.175304001\n1305031102.211214\n").unwrap();
        assert_eq!(s.times[..], [1_305_031_102_175_304_001, 1_305_031_102_211_214_000]);
    }

    #[test]
    fn times_that_do_not_increase_are_reported_with_their_line() {
        assert!(listed("0\n40\n40\n").unwrap_err().contains("line 3"));
        assert!(listed("").unwrap_err().contains("no time"));
    }

    #[test]
    fn timestamps_are_parsed_from_a_source_or_a_file() {
        let file = |path: &str, unit| Timestamps::File { path: path.into(), unit };
        assert_eq!("a.txt".parse(), Ok(file("a.txt", None)));
        assert_eq!("c:\\a.txt:ns".parse(), Ok(file("c:\\a.txt", Some(TimeUnit::Nanos))));
        assert_eq!("arrival".parse(), Ok(Timestamps::Arrival));
        assert!("".parse::<Timestamps>().is_err());
    }

    #[test]
    fn accepted_times_always_increase() {
        let seeds: [&[u8]; 4] = [
            b"# timestamp format v2\n0\n40.5\n80\n",
            b"frame;timestamp [ns]\n0;1403636579763555584\n1;1403636579813555584\n",
            b"{\"time_ms\": 0}\n{\"time_ms\": 40}\n",
            b"\x93NUMPY\x01\0\x36\0{'descr': '<i8', 'fortran_order': False, 'shape': (2,)}\x05\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0",
        ];
        assert!(seeds.iter().all(|seed| of_bytes(seed.to_vec(), None).is_ok()));
        damaged(&seeds, |bytes| {
            for unit in [None, Some(TimeUnit::Seconds), Some(TimeUnit::Nanos)] {
                if let Ok(listed) = of_bytes(bytes.to_vec(), unit) {
                    assert!(listed.times.is_sorted_by(|one, next| one < next));
                    assert!(!listed.times.is_empty());
                    assert_eq!(listed.guessed.filter(|_| unit.is_some()), None);
                }
            }
        });
    }
}
