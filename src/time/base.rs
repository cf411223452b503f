//! Integer time: time bases, rescaling, and a trait for timed items.
//! It reads no clock and does not depend on FFmpeg or Rerun.

use crate::error::{Error, ErrorKind};

/// Nanoseconds in a second.
pub const NANOS: i64 = 1_000_000_000;

/// The unit of a timestamp: `num / den` seconds per tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeBase {
    /// Numerator of the tick, in seconds.
    pub num: i32,
    /// Denominator of the tick, in seconds.
    pub den: i32,
}

impl TimeBase {
    /// One nanosecond per tick.
    pub const NANOSECONDS: Self = Self { num: 1, den: 1_000_000_000 };
    /// One microsecond per tick: FFmpeg's `AV_TIME_BASE`.
    pub const MICROSECONDS: Self = Self { num: 1, den: 1_000_000 };

    /// A time base, or microseconds if the declared one is invalid.
    pub fn new(num: i32, den: i32) -> Self {
        if num > 0 && den > 0 { Self { num, den } } else { Self::MICROSECONDS }
    }
}

/// An item with a presentation time: a frame, a sample.
pub(crate) trait Timed {
    /// Its time in nanoseconds.
    fn time(&self) -> i64;
    /// Sets its time in nanoseconds.
    fn set_time(&mut self, nanos: i64);
    /// Its duration in nanoseconds, where that is known without the next item.
    fn duration(&self) -> Option<i64> {
        None
    }
    /// For live sources: when it was captured.
    fn capture(&self) -> Option<Capture>;
}

/// `value` ticks of `from` in ticks of `to`, rounded to the nearest, halves away from zero (as `av_rescale_q`).
pub fn rescale(value: i64, from: TimeBase, to: TimeBase) -> i64 {
    rescale_small(value, from, to).unwrap_or_else(|| rescale_any(value, from, to))
}

/// In 64 bits, which hold most times and take a fraction of the time.
fn rescale_small(value: i64, from: TimeBase, to: TimeBase) -> Option<i64> {
    let num = value.checked_mul(i64::from(from.num))?.checked_mul(i64::from(to.den))?;
    let den = i64::from(from.den) * i64::from(to.num);
    let half = den / 2;
    num.checked_add(if num >= 0 { half } else { -half })?.checked_div(den)
}

fn rescale_any(value: i64, from: TimeBase, to: TimeBase) -> i64 {
    let num = i128::from(value) * i128::from(from.num) * i128::from(to.den);
    let den = i128::from(from.den) * i128::from(to.num);
    let half = den / 2;
    let rounded = if num >= 0 { (num + half) / den } else { (num - half) / den };
    rounded.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

/// The clocks of this machine, read at the same time, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Since the Unix epoch.
    pub wall: i64,
    /// The monotonic clock, which drivers use for timestamps.
    pub monotonic: i64,
    /// The one that also counts while the machine sleeps. Nobody sets it.
    pub steady: i64,
}

/// When a live frame was captured, and when its data arrived, in nanoseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Capture {
    pub captured: i64,
    pub arrived: i64,
    /// How far the wall clock was ahead of the steady one when the source was opened: another number after it was set.
    pub ahead: i64,
    /// Its time on the input's own clock, where it has one.
    pub own: Option<i64>,
}

/// The middle one of some values, the greater of two; `None` of none.
pub(super) fn median<T: Ord + Copy>(values: impl IntoIterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

/// The error of a time at or behind the end of what is recorded, if that is where nanoseconds end.
pub(crate) fn uncountable(subject: &str, time: i64, end: i64) -> Option<Error> {
    (time == i64::MAX && end == i64::MAX).then(|| {
        Error::new(ErrorKind::Read, subject, "its times go on for more than 292 years")
            .with_remedy("give it a frame rate, or a duration to end it before")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::always;

    #[test]
    fn rescale_rounds_half_away_from_zero_like_ffmpeg() {
        let ms = TimeBase::new(1, 1000);
        let s = TimeBase::new(1, 1);
        assert_eq!(rescale(1500, ms, s), 2);
        assert_eq!(rescale(-1500, ms, s), -2);
        assert_eq!(rescale(1499, ms, s), 1);
        assert_eq!(
            rescale(129_003, TimeBase::new(1, 90_000), TimeBase::NANOSECONDS),
            1_433_366_667
        );
        assert_eq!(rescale(i64::MAX, TimeBase::new(1, 1), TimeBase::NANOSECONDS), i64::MAX);
    }

    #[test]
    fn the_fast_path_of_rescale_equals_the_exact_one() {
        always(|random| {
            let mut base = || TimeBase { num: random.i32(1..2000), den: random.i32(1..) };
            let (from, to) = (base(), base());
            let value = random.i64(..) >> random.u32(..64);
            if let Some(small) = rescale_small(value, from, to) {
                assert_eq!(small, rescale_any(value, from, to), "{value} from {from:?} to {to:?}");
            }
        });
    }
}
