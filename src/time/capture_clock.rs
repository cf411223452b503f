//! When a live frame was captured, by the wall clock, and the matching time on the timeline.
//! It reads no clock: every reading is passed in, in nanoseconds.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::time::{Capture, NANOS, Reading, TimeBase, rescale};

/// A device uses one of this machine's clocks if the two are this close.
const SAME_CLOCK: i64 = 10 * NANOS;
/// If a source's times and the arrivals differ by this much, it was suspended: jumps of its clock have been
/// corrected upstream.
const LATE: i64 = 30 * NANOS;
/// If a sender's clock becomes known late, times move towards it by `1 / SLEW` of each interval.
const SLEW: i64 = 20;
/// A clock that is off by more than this is wrong, not late.
const WRONG: i64 = 5 * NANOS;
/// A wall clock that differs from the steady one by this much more than before was set. By less it may not seem so: a
/// sender's clock may be right both before and after.
const SET: i64 = 2 * WRONG;
/// Number of entries kept for frames that are still in the decoder or encoder.
const MOST: usize = 512;

/// The wall clock of one source, for one session.
///
/// Times come from the best source available: the sender's clock, else the driver's, else the arrival. In each case the
/// interval between two frames is exactly the source's.
#[derive(Debug)]
pub(crate) struct CaptureClock {
    time_base: TimeBase,
    /// Read once: two readings would differ by some nanoseconds.
    device: Option<Reading>,
    ahead: i64,
    /// Added to the source's own times.
    offset: Option<i64>,
    /// The sender's wall-clock times, by packet time.
    sender: VecDeque<(i64, i64)>,
    /// Arrival of packets, by packet time.
    arrivals: VecDeque<(i64, i64)>,
    last: Option<i64>,
    /// Arrival of the last packet, including packets without a time.
    latest: Option<i64>,
    /// The source's time of the last frame.
    last_own: Option<i64>,
    /// How far the sender's clock is ahead of this machine's, if that is too much; reported once.
    error: ClockError,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum ClockError {
    None,
    Found(i64),
    Reported,
}

impl CaptureClock {
    /// A clock for a stream; `opened` are this machine's clocks when the source was, and its times are `local` if they
    /// are of one of them.
    pub fn new(time_base: TimeBase, opened: Reading, local: bool) -> Self {
        let (device, ahead) = (local.then_some(opened), opened.wall - opened.steady);
        let (sender, arrivals) = Default::default();
        let (last, latest, last_own) = (None, None, None);
        let error = ClockError::None;
        Self {
            time_base,
            device,
            ahead,
            offset: None,
            sender,
            arrivals,
            last,
            latest,
            last_own,
            error,
        }
    }

    /// A packet arrived at `arrived`, with the sender's wall-clock time if known.
    pub fn packet(&mut self, pts: Option<i64>, sender: Option<i64>, arrived: i64) {
        self.latest = Some(arrived);
        let Some(pts) = pts else { return };
        remember(&mut self.arrivals, (pts, arrived));
        if let Some(sender) = sender {
            remember(&mut self.sender, (pts, sender));
        }
    }

    /// The capture time of the frame at `pts`; `now` replaces an unknown arrival.
    pub fn frame(&mut self, pts: Option<i64>, now: i64) -> Capture {
        let found = self.arrivals.iter().rfind(|(p, _)| Some(*p) == pts);
        let arrived = found.map(|&(_, arrived)| arrived).or(self.latest).unwrap_or(now);
        let own = match pts {
            Some(pts) => self.captured(pts, arrived),
            None => arrived,
        };
        // When the sender's clock becomes known, it may be slightly behind the arrival; times must not go back.
        let captured = self.last.map_or(own, |last| own.max(last + 1));
        self.last = Some(captured);
        let own = pts.map(|pts| self.nanos(pts));
        Capture { captured, arrived, ahead: self.ahead, own }
    }

    /// How far the sender's clock is ahead of this machine's, reported once, if that is too much.
    pub fn take_error(&mut self) -> Option<i64> {
        let ClockError::Found(ahead) = self.error else {
            return None;
        };
        self.error = ClockError::Reported;
        Some(ahead)
    }

    fn captured(&mut self, pts: i64, arrived: i64) -> i64 {
        let own = self.nanos(pts);
        let sent = self.sent(pts, arrived);
        let offset = match (self.offset, self.device, sent) {
            (None, _, Some(sent)) => sent.saturating_sub(own),
            (Some(offset), _, Some(sent)) => self.nearer(offset, own, sent),
            (Some(offset), Some(_), None) => offset,
            (Some(offset), None, None) if (own + offset).abs_diff(arrived) < LATE as u64 => offset,
            (None, Some(reading), None) => device_offset(own, arrived, reading),
            _ => arrived.saturating_sub(own),
        };
        self.offset = Some(offset);
        self.last_own = Some(own);
        own + offset
    }

    /// The sender's capture time of the frame, if plausible.
    fn sent(&mut self, pts: i64, arrived: i64) -> Option<i64> {
        let exact = self.sender.iter().rfind(|(p, _)| *p == pts);
        let &(at, wall) = exact.or(self.sender.back())?;
        let sent = wall.saturating_add(self.nanos(pts.saturating_sub(at)));
        let ahead = sent.saturating_sub(arrived);
        if ahead.saturating_abs() <= WRONG {
            return Some(sent);
        }
        if self.error == ClockError::None {
            self.error = ClockError::Found(ahead);
        }
        None
    }

    /// Move the offset towards the sender's clock, slowly enough that intervals stay smooth.
    fn nearer(&self, offset: i64, own: i64, sent: i64) -> i64 {
        let step = self.last_own.map_or(0, |last| own.saturating_sub(last).max(0)) / SLEW;
        let error = sent.saturating_sub(own).saturating_sub(offset);
        offset.saturating_add(error.clamp(-step, step))
    }

    fn nanos(&self, ticks: i64) -> i64 {
        rescale(ticks, self.time_base, TimeBase::NANOSECONDS)
    }
}

/// Drivers use the monotonic clock, some old ones and screen grabbers the wall clock; the value shows which.
fn device_offset(own: i64, arrived: i64, reading: Reading) -> i64 {
    let offset = reading.wall - reading.monotonic;
    let nearest = [offset, 0].into_iter().min_by_key(|o| (own + o).abs_diff(arrived));
    nearest
        .filter(|o| own.saturating_add(*o).abs_diff(arrived) < SAME_CLOCK as u64)
        .unwrap_or(arrived.saturating_sub(own))
}

fn remember(pairs: &mut VecDeque<(i64, i64)>, pair: (i64, i64)) {
    if pairs.len() >= MOST {
        pairs.pop_front();
    }
    pairs.push_back(pair);
}

/// The common time 0 of all live sources of a run, which keeps them in sync.
#[derive(Debug, Clone, Default)]
pub(crate) struct Epoch(Arc<Mutex<Option<(i64, i64)>>>);

impl Epoch {
    /// The time of `capture` since the first frame of the run. If the sender's clock is wrong, the arrival is used.
    /// What the wall clock was set by in between has not passed.
    pub fn since(&self, capture: Capture) -> i64 {
        let Capture { captured, arrived, ahead, .. } = capture;
        let wrong = captured.abs_diff(arrived) > WRONG as u64;
        let at = if wrong { arrived } else { captured };
        let mut epoch = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (first, ahead_then) = *epoch.get_or_insert((at, ahead));
        let set = ahead.saturating_sub(ahead_then);
        at.saturating_sub(first).saturating_sub(if set.saturating_abs() > SET { set } else { 0 })
    }
}

/// Carries capture times past the filters and the encoder, which handle only the main timeline.
#[derive(Debug, Clone, Default)]
pub(crate) struct Captures(Arc<Mutex<Queues>>);

#[derive(Debug, Default)]
struct Queues {
    /// Time on the timeline, and capture time.
    frames: VecDeque<(i64, i64)>,
    /// Times at which the source was reopened: later frames must not refer to earlier ones.
    fresh: VecDeque<i64>,
}

impl Captures {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn push(&self, time: i64, captured: i64) {
        remember(&mut self.queues().frames, (time, captured));
    }

    /// The source was reopened, and its frames start at `time`.
    pub fn begin(&self, time: i64) {
        self.queues().fresh.push_back(time);
    }

    /// Whether the frame at `time` is the first one encoded since the source was reopened.
    pub fn begins(&self, time: i64) -> bool {
        let mut queues = self.queues();
        let waiting = queues.fresh.len();
        queues.fresh.retain(|&at| at > time);
        queues.fresh.len() < waiting
    }

    /// The capture time of the frame at `time`; `time` may not go back between calls.
    pub fn at(&self, time: i64) -> Option<i64> {
        let mut queues = self.queues();
        while queues.frames.get(1).is_some_and(|&(next, _)| next <= time) {
            queues.frames.pop_front();
        }
        queues
            .frames
            .front()
            .map(|&(at, captured)| captured.saturating_add(time.saturating_sub(at)))
    }
}

#[cfg(test)]
#[path = "capture_clock_tests.rs"]
mod tests;
