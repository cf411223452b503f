//! Puts the frames or samples of a live source on the run's timeline, across reconnects.
//! The caller opens the source; frame contents are not inspected.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::{Cancel, Tally, Warning};
use crate::input::play::Items;
use crate::time::capture_clock::{Captures, Epoch};
use crate::time::{Capture, Placement, Placements, Timed};

/// The pause before the first attempt to reopen a source; it doubles with each further attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Extra time after the requested duration, for frames that are still in the decoder.
const GRACE: Duration = Duration::from_millis(250);

/// Settings for the frames of one source.
pub(crate) struct LiveRules {
    pub subject: String,
    pub reconnect: bool,
    /// Its end is no failure.
    pub may_end: bool,
    /// Keep the source's own timestamps instead of starting at the first frame.
    pub keep_timestamps: bool,
    /// The range of times to record.
    pub window: Range<i64>,
    pub epoch: Epoch,
    /// Where the source's own times are in the recording, for its side tracks.
    pub places: Placements,
}

/// Assigns times to the frames of one source.
pub(crate) struct Live<T, F> {
    session: Items<T>,
    open: F,
    rules: LiveRules,
    captures: Captures,
    tally: Arc<Tally>,
    /// This source's own switch: the source ends after its duration, while the run may go on.
    cancel: Cancel,
    /// Added to the times of this session; `None` until its first frame.
    base: Option<i64>,
    last: Option<i64>,
    /// After a reconnect the sender's clock may differ; capture times still increase.
    last_captured: Option<i64>,
    behind: i64,
    pause: Duration,
    done: bool,
}

impl<T: Timed, F: FnMut() -> Result<Items<T>>> Live<T, F> {
    pub fn new(
        first: Items<T>,
        open: F,
        rules: LiveRules,
        captures: Captures,
        tally: Arc<Tally>,
        cancel: Cancel,
    ) -> Self {
        Self {
            session: first,
            open,
            rules,
            captures,
            tally,
            cancel,
            base: None,
            last: None,
            last_captured: None,
            behind: 0,
            pause: FIRST_PAUSE,
            done: false,
        }
    }

    /// The offset that places the session's first frame.
    fn base(&self, time: i64, capture: Capture) -> i64 {
        let since = self.rules.epoch.since(capture);
        match self.last {
            None if self.rules.keep_timestamps => 0,
            None => since.max(0) - time,
            // The gap is measured with the wall clock, unless the sender's went back.
            Some(last) => since.max(last + 1) - time,
        }
    }

    /// What to add to the capture times of a session. They go on by the timeline where its clock is set back.
    fn behind(&self, capture: Capture, gap: i64) -> i64 {
        let last = self.last_captured.filter(|last| capture.captured < *last);
        last.map_or(0, |last| last.saturating_add(gap).saturating_sub(capture.captured))
    }

    /// The frame with its time on the run's timeline.
    fn place(&mut self, mut frame: T) -> T {
        let time = frame.time();
        let capture = frame.capture().unwrap_or_default();
        let base = match self.base {
            Some(base) => base,
            None => {
                let base = self.base(time, capture);
                match self.last {
                    Some(last) => {
                        self.behind = self.behind(capture, base + time - last);
                        self.captures.begin(base + time);
                        self.tally.warn(Warning::Reconnected);
                    }
                    None => self.end_in_time(),
                }
                self.pause = FIRST_PAUSE;
                *self.base.insert(base)
            }
        };
        let time = self.last.map_or(base + time, |last| (base + time).max(last + 1));
        self.last = Some(time);
        frame.set_time(time);
        let captured = capture.captured.saturating_add(self.behind);
        let captured = self.last_captured.map_or(captured, |last| captured.max(last + 1));
        self.last_captured = Some(captured);
        self.captures.push(time, captured);
        if let Some(own) = capture.own {
            let (to_time, to_capture) = (time - own, Some(captured - own));
            self.rules.places.put(Placement { to_time, to_capture, round: 0 });
        }
        frame
    }

    /// The duration also limits a source that sends nothing.
    fn end_in_time(&self) {
        let end = u64::try_from(self.rules.window.end).unwrap_or(0);
        if self.rules.window.end < i64::MAX && !self.rules.keep_timestamps {
            self.cancel.cancel_at(Instant::now() + Duration::from_nanos(end) + GRACE);
        }
    }

    /// Retry until the source is back. `None` if the run was cancelled first.
    fn reopen(&mut self, cause: &Error) -> Option<()> {
        self.tally.warn(Warning::BrokeOff(cause.cause().to_owned()));
        self.base = None;
        loop {
            self.cancel.wait_until(Instant::now() + self.pause);
            if self.cancel.is_cancelled() {
                return None;
            }
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            if let Ok(session) = (self.open)() {
                self.session = session;
                return Some(());
            }
        }
    }

    fn step(&mut self) -> Option<Result<T>> {
        loop {
            let error = match self.session.next() {
                Some(Ok(frame)) => {
                    let frame = self.place(frame);
                    if frame.time() >= self.rules.window.end {
                        // Drop the old session first, which stops its reader thread.
                        self.cancel.cancel();
                        Tally::take_back(&self.tally.read, 1);
                        return None;
                    }
                    if frame.time() < self.rules.window.start {
                        Tally::take_back(&self.tally.read, 1);
                        continue;
                    }
                    return Some(Ok(frame));
                }
                _ if self.cancel.is_cancelled() => return None,
                Some(Err(error)) => error,
                None if self.rules.may_end => return None,
                None => Error::new(ErrorKind::Read, &self.rules.subject, "the stream ended")
                    .with_remedy(Remedy::Reconnect),
            };
            let lasting = matches!(error.kind(), ErrorKind::Internal | ErrorKind::Copy);
            if !self.rules.reconnect || lasting {
                return Some(Err(error));
            }
            self.reopen(&error)?;
        }
    }
}

impl<T: Timed, F: FnMut() -> Result<Items<T>>> Iterator for Live<T, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = if self.done { None } else { self.step() };
        self.done = !matches!(item, Some(Ok(_)));
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::{Frame, Plane};
    use crate::time::NANOS;

    const MS: i64 = 1_000_000;

    fn frame(time: i64, wall: i64) -> Frame {
        let pixel = Plane { data: &[0], stride: 1 };
        let mut frame = Frame::from_planes("gray", 1, 1, &[pixel]).unwrap();
        frame.set_time(time);
        frame.set_capture(Capture { captured: wall, arrived: wall, ahead: 0, own: Some(time) });
        frame
    }

    fn broken() -> Error {
        Error::new(ErrorKind::Read, "x", "unplugged")
    }

    fn rules(reconnect: bool, end: i64) -> LiveRules {
        let (subject, epoch) = ("x".to_owned(), Epoch::default());
        let (may_end, keep_timestamps, window) = (false, false, 0..end);
        let places = Placements::default();
        LiveRules { subject, reconnect, may_end, keep_timestamps, window, epoch, places }
    }

    fn session(items: Vec<Result<Frame>>) -> Items<Frame> {
        Box::new(items.into_iter())
    }

    fn run(
        mut sessions: Vec<Vec<Result<Frame>>>,
        rules: LiveRules,
    ) -> (Vec<Result<i64>>, Captures, Arc<Tally>) {
        let (captures, tally, cancel) =
            (Captures::default(), Arc::<Tally>::default(), Cancel::new());
        let first = session(sessions.remove(0));
        let stop = cancel.clone();
        let open = move || {
            if sessions.is_empty() {
                stop.cancel();
                return Err(broken());
            }
            Ok(session(sessions.remove(0)))
        };
        let live = Live::new(first, open, rules, captures.clone(), tally.clone(), cancel);
        let got = live.map(|f| f.map(|f| f.time())).collect();
        (got, captures, tally)
    }

    #[test]
    fn a_broken_source_is_an_error_and_nothing_after() {
        let items = vec![Ok(frame(0, 0)), Err(broken()), Ok(frame(1, 1))];
        let (got, ..) = run(vec![items], rules(false, i64::MAX));
        assert_eq!(got, [Ok(0), Err(broken())]);
    }

    #[test]
    fn a_live_source_that_ends_is_an_error() {
        let (got, ..) = run(vec![vec![Ok(frame(0, 0))]], rules(false, i64::MAX));
        assert_eq!(got.len(), 2);
        assert_eq!(got[1].as_ref().unwrap_err().cause(), "the stream ended");
    }

    #[test]
    fn the_gap_is_the_wall_clock_s_and_a_keyframe_follows() {
        let wall = 1000 * NANOS;
        let before = vec![Ok(frame(0, wall)), Ok(frame(40 * MS, wall + 40 * MS)), Err(broken())];
        let later = wall + 3 * NANOS;
        let after = vec![Ok(frame(0, later)), Ok(frame(40 * MS, later + 40 * MS))];
        let (got, captures, tally) = run(vec![before, after], rules(true, i64::MAX));
        let times = [0, 40 * MS, 3 * NANOS, 3 * NANOS + 40 * MS].map(Ok);
        assert_eq!(got, times);
        assert!(captures.begins(3 * NANOS));
        assert_eq!(captures.at(3 * NANOS), Some(later));
        assert_eq!(tally.warnings().get(&Warning::Reconnected), Some(&1));
    }

    #[test]
    fn a_clock_that_is_set_back_opens_no_gap() {
        let (wall, back) = (10_000 * NANOS, -3600 * NANOS);
        let before = vec![Ok(frame(0, wall)), Err(broken())];
        let set = |time, at: i64| {
            let mut frame = frame(time, wall + back + at);
            let capture = frame.capture().unwrap();
            frame.set_capture(Capture { ahead: back, ..capture });
            Ok(frame)
        };
        let after = vec![set(0, 3 * NANOS), set(40 * MS, 3 * NANOS + 40 * MS)];
        let (got, captures, _) = run(vec![before, after], rules(true, i64::MAX));
        assert_eq!(got, [Ok(0), Ok(3 * NANOS), Ok(3 * NANOS + 40 * MS)]);
        assert_eq!(captures.at(3 * NANOS), Some(wall + 3 * NANOS));
        assert_eq!(captures.at(3 * NANOS + 40 * MS), Some(wall + 3 * NANOS + 40 * MS));
    }

    #[test]
    fn times_end_with_the_duration_over_all_sessions() {
        let before = vec![Ok(frame(0, NANOS)), Err(broken())];
        let after = vec![Ok(frame(0, 2 * NANOS)), Ok(frame(NANOS, 3 * NANOS))];
        let (got, ..) = run(vec![before, after], rules(true, 2 * NANOS));
        assert_eq!(got, [Ok(0), Ok(NANOS)]);
    }
}
