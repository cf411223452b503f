//! The error of an input that has nothing in the part of it that was asked for.
//! Whether it has is found by those that read it.

use std::ops::Range;

use crate::error::{Error, ErrorKind, Remedy};
use crate::sample::StreamInfo;
use crate::time::NANOS;

/// An input without a picture, or without sound if that is all it has, in a range of times in nanoseconds.
pub(crate) fn nothing_in(part: &Range<i64>, info: &StreamInfo) -> Error {
    let (kind, one) = match info.sound_only {
        true => (ErrorKind::NoSound, "no sound"),
        false => (ErrorKind::NoPictureLeft, "none"),
    };
    let cause = format!("{} in {}, and {one}{}", info.codec, info.container, words(part));
    let error = Error::new(kind, &info.source, cause);
    match part.start {
        0 => error,
        _ => error.with_remedy(Remedy::StartEarlier),
    }
}

/// " from 1.000 s on", " before 2.000 s", " from 1.000 s to 2.000 s"; nothing for all of an input.
pub(crate) fn words(part: &Range<i64>) -> String {
    let seconds = |nanos: i64| format!("{:.3} s", nanos as f64 / NANOS as f64);
    match (part.start, part.end) {
        (0, i64::MAX) => String::new(),
        (0, end) => format!(" before {}", seconds(end)),
        (start, i64::MAX) => format!(" from {} on", seconds(start)),
        (start, end) => format!(" from {} to {}", seconds(start), seconds(end)),
    }
}
