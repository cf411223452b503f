//! Finds out whether the clock of a live source runs at another speed than its packets arrive.
//! It reads no clock; times and arrivals are passed in, in nanoseconds.

use super::NANOS;

/// What a source has stored comes faster than it was taken, at the beginning.
const SETTLED: i64 = 2 * NANOS;
/// How long arrivals and times are compared at once: more than a network usually stalls.
const COMPARED: i64 = 3 * NANOS;
/// The number of such comparisons that must agree.
const AGREE: usize = 3;
/// The part of an arrival by which times may be off without being wrong.
const TOLERANCE: f64 = 0.05;

/// Compares the times of one stream with their arrival.
#[derive(Debug, Default)]
pub(crate) struct Drift {
    first: Option<i64>,
    /// Where the comparison began: time and arrival.
    from: Option<(i64, i64)>,
    /// The speeds of the clock that were off, in a row.
    off: Vec<f64>,
    reported: bool,
}

impl Drift {
    /// A packet arrived. Returns the speed of the clock, 1 being right, once it is known to be wrong.
    pub fn see(&mut self, time: i64, arrived: i64) -> Option<f64> {
        let first = *self.first.get_or_insert(arrived);
        if self.reported || arrived - first < SETTLED {
            return None;
        }
        let (from_time, from) = *self.from.get_or_insert((time, arrived));
        if arrived - from < COMPARED {
            return None;
        }
        self.from = Some((time, arrived));
        let speed = (time - from_time) as f64 / (arrived - from) as f64;
        let error = speed - 1.0;
        let agrees = |other: &f64| ((other - 1.0) - error).abs() <= error.abs() / 4.0;
        if error.abs() <= TOLERANCE || !self.off.iter().all(agrees) {
            self.off.clear();
        }
        if error.abs() > TOLERANCE {
            self.off.push(speed);
        }
        self.reported = self.off.len() >= AGREE;
        self.reported.then(|| self.off.iter().sum::<f64>() / self.off.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    /// The speed that was found, and after how many frames of 40 ms.
    fn found(times: impl Iterator<Item = (i64, i64)>) -> Option<(i64, usize)> {
        let mut drift = Drift::default();
        let mut reported = times.enumerate().filter_map(|(n, (time, arrived))| {
            drift.see(time, arrived).map(|speed| ((speed * 100.0).round() as i64, n))
        });
        let first = reported.next();
        assert_eq!(reported.next(), None, "it is reported once");
        first
    }

    #[test]
    fn a_wrong_frame_rate_is_detected_within_seconds() {
        // 7 frames a second that are stamped as 25, and 10 as 9.
        let slow = found((0..200).map(|n| (n * 40 * MS, n * 143 * MS)));
        assert_eq!(slow.map(|found| found.0), Some(28));
        assert!(slow.is_some_and(|(_, n)| n * 143 < 13_000), "{slow:?}");
        let fast = found((0..200).map(|n| (n * 111 * MS, n * 100 * MS)));
        assert_eq!(fast.map(|found| found.0), Some(111));
    }

    #[test]
    fn bursts_stalls_and_small_differences_are_no_drift() {
        // A second of stored frames at once, then a stall of two seconds, then what was stored meanwhile.
        let arrived = |n: i64| match n {
            0..25 => 0,
            200..250 => 250 * 40 * MS,
            _ => n * 40 * MS,
        };
        assert_eq!(found((0..1000).map(|n| (n * 40 * MS, arrived(n)))), None);
        assert_eq!(found((0..1000).map(|n| (n * 40 * MS, n * 41 * MS))), None);
    }
}
