//! Derives times from arrival for live streams whose timestamps are missing or not believed: at the intervals of their own
//! clock, if that runs as fast as they arrive, else smoothed, but never more than half a frame from the arrival.
//! It reads no clock; arrivals are passed in, in nanoseconds on a monotonic clock.

use super::base::median;
use super::own_clock::{AT_ONCE, DELAY, OwnClock, OwnTime};
use super::{NANOS, TimeBase, rescale};

/// Number of consecutive real-time intervals needed to determine the frame interval.
const STEPS: usize = 4;
/// The longest time that the first frames are held back.
const LONGEST_HOLD: i64 = NANOS;
/// The largest number of frames held back.
const MOST_HELD: usize = 64;
/// Maximum correction for network jitter.
const MOST_JITTER: i64 = 40_000_000;
/// One frame corrects `1 / MENDED` of the error.
const MENDED: i64 = 8;
/// One interval changes the average by `1 / LEARNT` of the difference.
const LEARNT: i64 = 32;
/// An interval of this many times the average is a gap, and does not change the average.
const GAP: i64 = 3;

/// The times of one stream.
///
/// Data that came while the source was opened and probed arrives all at once. So the first frames are held back until
/// the frame interval is known, and are then spread over the time before.
#[derive(Debug)]
pub(crate) struct Arrivals {
    /// The smallest distance of two times.
    least: i64,
    /// The frames that are held back.
    held: Vec<Arrival>,
    usual: Option<Interval>,
    own: OwnClock,
}

/// When a frame arrived, and its own time if it has one.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    at: i64,
    own: Option<i64>,
}

/// What becomes of the timestamps of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArrivalTime {
    /// It has this time instead.
    At(i64),
    /// This is added to them.
    Moved(i64),
}

/// At least one tick of a time base, in nanoseconds.
fn least_step(time_base: TimeBase) -> i64 {
    // Rescaling rounds to the nearest, which may be less than a tick.
    rescale(1, time_base, TimeBase::NANOSECONDS).saturating_add(1)
}

/// The regular interval between frames of a source.
#[derive(Debug, Clone, Copy)]
struct Interval {
    step: i64,
    arrived: i64,
    time: i64,
}

impl Arrivals {
    /// The clock of a stream whose times are kept in this base. Times of frames that arrive at once differ by at least
    /// one tick, so that they still differ in it.
    pub fn new(time_base: TimeBase) -> Self {
        let (least, own) = (least_step(time_base), OwnClock::default());
        Self { least, held: Vec::new(), usual: None, own }
    }

    /// A frame has arrived; `own` is when it is decoded by its timestamps. Returns the times of all held frames, ending
    /// with this one; empty while they are unknown.
    pub fn push(&mut self, arrived: i64, own: Option<i64>) -> Vec<ArrivalTime> {
        let known = own.map_or(OwnTime::Unknown, |own| self.own.see(own, arrived));
        self.held.push(Arrival { at: arrived, own });
        let held_for = arrived - self.held.first().map_or(arrived, |first| first.at);
        let too_long = self.held.len() >= MOST_HELD || held_for >= LONGEST_HOLD;
        match known {
            OwnTime::InDoubt if too_long => {
                let known = self.own.decide();
                self.release_by(known)
            }
            OwnTime::InDoubt => Vec::new(),
            OwnTime::Unknown if self.usual.is_none() && !too_long => {
                let waits = self.held.windows(2).rev().map(|pair| pair[1].at - pair[0].at);
                let waits = waits.take_while(|&wait| wait >= AT_ONCE).count();
                match own.is_none() && waits >= STEPS {
                    true => self.release_by(known),
                    false => Vec::new(),
                }
            }
            _ => self.release_by(known),
        }
    }

    /// The times of a stream whose frames have had other times so far: the last frame arrived at `arrived`, has the
    /// time `time`, and came `step` after the one before it.
    pub fn continuing(time_base: TimeBase, arrived: i64, time: i64, step: i64) -> Self {
        let least = least_step(time_base);
        // Times are those of the arrival plus what they are ahead of it.
        let usual = Interval { step: step.max(least), arrived, time };
        Self { least, held: Vec::new(), usual: Some(usual), own: OwnClock::wrong() }
    }

    /// The stream has ended: returns the times of the held frames.
    pub fn release(&mut self) -> Vec<ArrivalTime> {
        let known = self.own.decide();
        self.release_by(known)
    }

    fn release_by(&mut self, known: OwnTime) -> Vec<ArrivalTime> {
        let held = std::mem::take(&mut self.held);
        let Some(&last) = held.last() else {
            return Vec::new();
        };
        let offset = match known {
            OwnTime::Offset(offset) => Some(offset),
            OwnTime::InDoubt | OwnTime::Unknown => None,
        };
        let least = self.least;
        if let Some(usual) = &mut self.usual {
            let timed = held.iter().map(|arrival| usual.next(*arrival, offset, least));
            return timed.collect();
        }
        let steps = held.windows(2).rev().take(STEPS).map(|pair| pair[1].at - pair[0].at);
        // The upper median: some of the packets may have been queued.
        let step = median(steps).unwrap_or(0).max(least);
        let before = |frames: usize| last.at - step * i64::try_from(frames).unwrap_or(0);
        let smooth = (0..held.len()).rev().map(before);
        let usual = self.usual.insert(Interval { step, arrived: last.at, time: i64::MIN });
        let timed = held.iter().zip(smooth);
        let times = timed.map(|(arrival, smooth)| match usual.by_own(*arrival, offset, least) {
            Some(time) => time,
            None => usual.at(smooth, least),
        });
        times.collect()
    }
}

impl Interval {
    fn next(&mut self, arrival: Arrival, offset: Option<i64>, least: i64) -> ArrivalTime {
        let at = arrival.at;
        let expected = self.time + self.step;
        let limit = (self.step / 2).min(MOST_JITTER);
        self.learn(at);
        if let Some(time) = self.by_own(arrival, offset, least) {
            return time;
        }
        let smooth = expected + (at - expected) / MENDED;
        self.at(smooth.clamp(at - limit, at + limit), least)
    }

    fn at(&mut self, time: i64, least: i64) -> ArrivalTime {
        self.time = time.max(self.time.saturating_add(least));
        ArrivalTime::At(self.time)
    }

    /// The time by the frame's own clock, if that is known. Frames that waited belong before their arrival.
    fn by_own(&mut self, arrival: Arrival, offset: Option<i64>, least: i64) -> Option<ArrivalTime> {
        let own = arrival.own?;
        let time = own.saturating_add(offset?).min(arrival.at + DELAY);
        self.time = time.max(self.time.saturating_add(least));
        Some(ArrivalTime::Moved(self.time.saturating_sub(own)))
    }

    fn learn(&mut self, arrived: i64) {
        let step = arrived - self.arrived;
        if step < self.step.saturating_mul(GAP) {
            self.step = (self.step + (step - self.step) / LEARNT).max(1);
        } else {
            // If the source slows down, the interval adapts within a few frames.
            self.step += (step - self.step) / MENDED;
        }
        self.arrived = arrived;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::companions::tests::jitter;

    const MS: i64 = 1_000_000;

    fn times(arrivals: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut clock = Arrivals::new(TimeBase::MICROSECONDS);
        let mut times: Vec<ArrivalTime> =
            arrivals.into_iter().flat_map(|at| clock.push(at, None)).collect();
        times.extend(clock.release());
        let time = |time: ArrivalTime| match time {
            ArrivalTime::At(time) => time,
            ArrivalTime::Moved(_) => panic!("these frames have no times of their own"),
        };
        times.into_iter().map(time).collect()
    }

    #[test]
    fn intervals_are_the_stream_s_own_where_it_has_a_clock() {
        const STEP: i64 = 40 * MS;
        let mut clock = Arrivals::new(TimeBase::MICROSECONDS);
        // Half a second was waiting; then they jitter, and once they are late by a second for good.
        let arrived = |n: i64| {
            let late = if n < 200 { 0 } else { NANOS };
            9 * NANOS + (n - 12).max(0) * STEP + jitter(n, 30 * MS) + late
        };
        let times = (0..300).flat_map(|n| clock.push(arrived(n), Some(n * STEP))).enumerate();
        let moved: Vec<i64> = times
            .map(|(n, time)| match time {
                ArrivalTime::Moved(by) => by,
                ArrivalTime::At(_) => panic!("frame {n} has a time of its own"),
            })
            .collect();
        assert_eq!(moved.len(), 300);
        assert!(moved[..200].iter().all(|by| *by == moved[0]), "{moved:?}");
        assert!((moved[0] - 9 * NANOS + 12 * STEP).abs() <= 30 * MS, "{}", moved[0]);
        let late = |n: i64| moved[n as usize] + n * STEP - arrived(n);
        assert!((200..300).all(|n| late(n).abs() <= 30 * MS), "{moved:?}");
    }

    #[test]
    fn frames_that_were_delayed_are_spread_over_the_time_before() {
        // Ten frames of 7 a second were waiting when the source was read first.
        let step = NANOS / 7;
        let arrivals =
            (0..10).map(|n| 10 * NANOS + n * 1000).chain((1..20).map(|n| 10 * NANOS + n * step));
        let times = times(arrivals);
        assert_eq!(times.len(), 29);
        let length = times[28] - times[0];
        assert!((length - 28 * step).abs() < step / 2, "{length}");
    }

    #[test]
    fn jitter_is_smoothed_and_the_length_is_kept() {
        let (step, count) = (NANOS / 30, 900);
        let at: Vec<i64> = (0..count).map(|n| n * step + jitter(n, 10 * MS)).collect();
        let times = times(at.iter().copied());
        let span = |times: &[i64]| {
            let steps = times.windows(2).map(|pair| pair[1] - pair[0]);
            (steps.clone().max().unwrap_or(0), steps.min().unwrap_or(0))
        };
        let ((most, least), (rough, _)) = (span(&times[30..]), span(&at[30..]));
        assert!(least > 0 && most < rough, "{least} {most} {rough}");
        for (time, at) in times.iter().zip(&at).skip(30) {
            assert!((time - at).abs() <= step / 2 + MS, "{time} {at}");
        }
    }

    #[test]
    fn a_gap_is_kept_and_a_new_rate_is_learnt() {
        let (fast, slow) = (40 * MS, 200 * MS);
        let mut at: Vec<i64> = (0..50).map(|n| n * fast).collect();
        at.extend((0..50).map(|n| 5 * NANOS + n * slow));
        let times = times(at.iter().copied());
        for (time, at) in times.iter().zip(&at) {
            assert!((time - at).abs() <= MOST_JITTER, "{time} {at}");
        }
        assert!(times.windows(2).all(|pair| pair[1] > pair[0]));
    }

    #[test]
    fn short_streams_lose_nothing_and_their_times_increase() {
        assert!(times([]).is_empty());
        assert_eq!(times([5]), [5]);
        assert_eq!(times([0, 100 * MS]), [0, 100 * MS]);
        // Everything at once: times still increase.
        let times = times((0..200).map(|_| 7));
        assert_eq!(times.len(), 200);
        let ticks =
            times.iter().map(|&t| rescale(t, TimeBase::NANOSECONDS, TimeBase::MICROSECONDS));
        assert!(ticks.clone().zip(ticks.skip(1)).all(|(before, now)| now > before));
    }
}
