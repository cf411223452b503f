//! Derives times from arrival for live streams without timestamps: smoothed, but never more than half a frame from the
//! arrival.
//! It reads no clock; arrivals are passed in, in nanoseconds on a monotonic clock.

use std::collections::VecDeque;

use super::{NANOS, TimeBase, rescale};

/// Packets that arrive closer together than this had been queued.
const AT_ONCE: i64 = 3_000_000;
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
/// So many pictures are remembered, and so many of them tell where a packet beside them belongs, as long as their own
/// times do not leap by more than `CLOCK_LEAPS`.
const REMEMBERED: usize = 60;
const COMPARED: usize = 9;
const CLOCK_LEAPS: i64 = NANOS;
/// A packet beside pictures waits so long for those around it.
const LONGEST_WAIT: i64 = NANOS;

/// The times of one stream.
///
/// Data that came while the source was opened and probed arrives all at once. So the first frames are held back until
/// the frame interval is known, and are then spread over the time before.
#[derive(Debug)]
pub(crate) struct Arrivals {
    /// The smallest distance of two times.
    least: i64,
    /// Arrivals of the frames that are held back.
    held: Vec<i64>,
    usual: Option<Usual>,
}

/// At least one tick of a time base, in nanoseconds.
fn least_step(time_base: TimeBase) -> i64 {
    // Rescaling rounds to the nearest, which may be less than a tick.
    rescale(1, time_base, TimeBase::NANOSECONDS).saturating_add(1)
}

/// The regular interval between frames of a source.
#[derive(Debug, Clone, Copy)]
struct Usual {
    step: i64,
    arrived: i64,
    time: i64,
}

impl Arrivals {
    /// The clock of a stream whose times are kept in this base. Times of frames that arrive at once differ by at least
    /// one tick, so that they still differ in it.
    pub fn new(time_base: TimeBase) -> Self {
        Self { least: least_step(time_base), held: Vec::new(), usual: None }
    }

    /// A frame has arrived. Returns the times of all held frames, ending with this one; empty while the frame interval
    /// is unknown.
    pub fn push(&mut self, arrived: i64) -> Vec<i64> {
        if let Some(usual) = &mut self.usual {
            return vec![usual.next(arrived, self.least)];
        }
        self.held.push(arrived);
        let steps: Vec<i64> = self.held.windows(2).rev().map(|pair| pair[1] - pair[0]).collect();
        let waited = steps.iter().take_while(|&&step| step >= AT_ONCE).count();
        let held_for = arrived - self.held.first().copied().unwrap_or(arrived);
        let long = held_for >= LONGEST_HOLD && !steps.is_empty();
        if waited >= STEPS || long || self.held.len() >= MOST_HELD {
            return self.release();
        }
        Vec::new()
    }

    /// The times of a stream whose frames have had other times so far: the last frame arrived at `arrived`, has the
    /// time `time`, and came `step` after the one before it.
    pub fn continuing(time_base: TimeBase, arrived: i64, time: i64, step: i64) -> Self {
        let least = least_step(time_base);
        // Times are those of the arrival plus what they are ahead of it.
        Self {
            least,
            held: Vec::new(),
            usual: Some(Usual { step: step.max(least), arrived, time }),
        }
    }

    /// The stream has ended: returns the times of the held frames.
    pub fn release(&mut self) -> Vec<i64> {
        let held = std::mem::take(&mut self.held);
        let Some(&last) = held.last() else {
            return Vec::new();
        };
        let mut steps: Vec<i64> =
            held.windows(2).rev().take(STEPS).map(|pair| pair[1] - pair[0]).collect();
        steps.sort_unstable();
        // The upper median: some of the packets may have been queued.
        let step = steps.get(steps.len() / 2).copied().unwrap_or(0).max(self.least);
        self.usual = Some(Usual { step, arrived: last, time: last });
        let before = |frames: usize| last - step * i64::try_from(frames).unwrap_or(0);
        (0..held.len()).rev().map(before).collect()
    }
}

impl Usual {
    fn next(&mut self, arrived: i64, least: i64) -> i64 {
        let step = arrived - self.arrived;
        let expected = self.time + self.step;
        let limit = (self.step / 2).min(MOST_JITTER);
        let smooth = expected + (arrived - expected) / MENDED;
        self.time = smooth.clamp(arrived - limit, arrived + limit).max(self.time + least);
        if step < self.step.saturating_mul(GAP) {
            self.step = (self.step + (step - self.step) / LEARNT).max(1);
        } else {
            // If the source slows down, the interval adapts within a few frames.
            self.step += (step - self.step) / MENDED;
        }
        self.arrived = arrived;
        self.time
    }
}

/// What to add to the times of packets beside pictures that are timed by their arrival: sound arrives in bursts,
/// earlier or later than the pictures that it belongs to.
#[derive(Debug, Default)]
pub(crate) struct Companions {
    /// The own times of the last pictures, and from them to those of their arrival.
    pictures: VecDeque<(i64, i64)>,
}

impl Companions {
    /// A picture has its own time and that of its arrival, in nanoseconds.
    pub fn picture(&mut self, own: i64, time: i64) {
        let offset = time.saturating_sub(own);
        if self.pictures.back().is_some_and(|last| (last.1 - offset).abs() > CLOCK_LEAPS) {
            self.pictures.clear();
        }
        self.pictures.push_back((own, offset));
        if self.pictures.len() > REMEMBERED {
            self.pictures.pop_front();
        }
    }

    /// Whether the pictures around this time have come, or it has waited long enough for them: what it belongs to
    /// arrived at `arrived`, and it is `now`.
    pub fn is_known(&self, own: i64, arrived: i64, now: i64) -> bool {
        let behind = self.pictures.iter().filter(|picture| picture.0 > own).count();
        behind > COMPARED / 2 || now.saturating_sub(arrived) >= LONGEST_WAIT
    }

    /// What to add to a time: the median of the pictures around it. `None` before the first picture.
    pub fn offset(&self, own: i64) -> Option<i64> {
        let mut pictures: Vec<(i64, i64)> = self.pictures.iter().copied().collect();
        pictures.sort_by_key(|picture| picture.0.saturating_sub(own).saturating_abs());
        let around = pictures.iter().take(COMPARED);
        let mut offsets: Vec<i64> = around.map(|picture| picture.1).collect();
        offsets.sort_unstable();
        offsets.get(offsets.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    fn times(arrivals: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut clock = Arrivals::new(TimeBase::MICROSECONDS);
        let mut times: Vec<i64> = arrivals.into_iter().flat_map(|at| clock.push(at)).collect();
        times.extend(clock.release());
        times
    }

    /// A repeatable number from 0 to `most`.
    fn jitter(n: i64, most: i64) -> i64 {
        (n * 7919 + n * n * 104_729).rem_euclid(most + 1)
    }

    #[test]
    fn what_waited_is_spread_over_the_time_before() {
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
    fn a_gap_stays_a_gap_and_another_rate_is_learnt() {
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
    fn companions_follow_the_pictures() {
        let mut companions = Companions::default();
        assert_eq!(companions.offset(0), None);
        for n in 0..100 {
            companions.picture(n * 40 * MS, 7 * NANOS + n * 40 * MS + jitter(n, 8 * MS));
        }
        let offset = companions.offset(3 * NANOS).unwrap_or(0) - 7 * NANOS;
        assert!((0..=8 * MS).contains(&offset), "{offset}");
        // Known once pictures have come on both sides, or it has waited.
        assert!(companions.is_known(3700 * MS, 0, 0) && !companions.is_known(3900 * MS, 0, 0));
        assert!(companions.is_known(3900 * MS, 0, NANOS));
        // The clock of the pictures begins anew.
        companions.picture(0, 11 * NANOS);
        assert_eq!(companions.offset(MS), Some(11 * NANOS));
    }

    /// Packets of sound that come before their pictures, which arrive in bursts.
    #[test]
    fn sound_read_ahead_of_its_pictures_is_where_these_are() {
        const STEP: i64 = 40 * MS;
        // Pictures of 0.4 s at a time, and then nothing for as long; each burst is later than the one before.
        let arrival = |n: i64| (n / 10) * 11 * STEP + jitter(n, 2 * MS);
        let mut companions = Companions::default();
        let mut waiting: VecDeque<(i64, i64)> = VecDeque::new();
        let mut heard = Vec::new();
        for n in 0..200 {
            let now = arrival(n);
            // Half a second ahead.
            waiting.push_back((n * STEP + 500 * MS, now));
            companions.picture(n * STEP, now);
            while waiting.front().is_some_and(|&(own, at)| companions.is_known(own, at, now)) {
                let own = waiting.pop_front().map_or(0, |(own, _)| own);
                heard.push((own, own + companions.offset(own).unwrap_or(0)));
            }
        }
        assert!(heard.len() > 150);
        for (own, time) in heard {
            let n = own / STEP;
            let (before, behind) = (arrival(n - 5), arrival(n + 5));
            let around = before - STEP..=behind + STEP;
            assert!(around.contains(&time), "{own}: {time}, {before} to {behind}");
        }
    }

    #[test]
    fn a_stream_that_ends_at_once_loses_nothing() {
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
