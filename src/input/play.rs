//! Plays the files of an input one after another, and all of them again as often as asked, with continuing times.
//! The caller opens each file; frames are not looked into.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Result;
use crate::event::{Cancel, Tally};
use crate::input::parts::Joined;
use crate::time::{NANOS, Timed};

/// Frames or samples of an input, boxed because each file is a new chain.
pub(crate) type Items<T> = Box<dyn Iterator<Item = Result<T>> + Send>;

/// A file of an input, and where it begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Number of the file.
    pub part: usize,
    /// Where the file begins in the input, in nanoseconds.
    pub begin: i64,
    /// Where all of the input begins in this round, in nanoseconds.
    pub round: i64,
}

impl Place {
    /// The part of the window `whole` that lies in this file, on the file's own timeline.
    pub fn window(self, whole: &Range<i64>) -> Range<i64> {
        let own = |time: i64| if time == i64::MAX { time } else { time - self.begin };
        own(whole.start).max(0)..own(whole.end)
    }
}

/// How an input is played.
pub(crate) struct PlayRules {
    pub joined: Joined,
    /// How often all of it is played again; `u32::MAX` for ever.
    pub again: u32,
    /// The range of times to play.
    pub window: Range<i64>,
}

/// The frames of all files and rounds.
pub(crate) struct Play<T, F> {
    items: Items<T>,
    open: F,
    rules: PlayRules,
    tally: Arc<Tally>,
    cancel: Cancel,
    place: Place,
    /// Added to the times of this round.
    round: i64,
    last: Option<i64>,
    /// Where each round begins, without what is added to its times.
    first: Option<i64>,
    /// How long the last frame lasts: as long as from the one before it to it, if it does not say so.
    step: i64,
    /// This file, or this round, had a frame.
    seen: Seen,
    done: bool,
}

#[derive(Default)]
struct Seen {
    in_file: bool,
    in_round: bool,
}

impl<T: Timed, F: FnMut(Place) -> Result<Items<T>>> Play<T, F> {
    pub fn new(
        first: Items<T>,
        open: F,
        rules: PlayRules,
        tally: Arc<Tally>,
        cancel: Cancel,
    ) -> Self {
        Self {
            items: first,
            open,
            rules,
            tally,
            cancel,
            place: Place::default(),
            round: 0,
            last: None,
            first: None,
            step: 0,
            seen: Seen::default(),
            done: false,
        }
    }

    /// The frame at its time in the whole. `None` if it is before the window.
    fn placed(&mut self, mut item: T) -> Option<T> {
        let time = item.time().saturating_add(self.place.begin);
        self.step = match (item.duration(), self.last) {
            (Some(duration), _) => duration,
            (None, Some(last)) if self.seen.in_file => (time + self.round - last).max(1),
            _ => self.step,
        };
        let time = (time + self.round).max(self.last.map_or(i64::MIN, |last| last + 1));
        self.last = Some(time);
        self.seen.in_file = true;
        if self.rules.joined.untimed && time - self.round < self.rules.window.start {
            Tally::take_back(&self.tally.read, 1);
            return None;
        }
        self.seen.in_round = true;
        // Whole rounds keep what is before their first frame, since other streams may begin there.
        let first = if self.rules.window.start > 0 { time - self.round } else { 0 };
        self.first.get_or_insert(first);
        item.set_time(time);
        Some(item)
    }

    /// Where the last frame ends. A single picture lasts a second.
    fn end(&self) -> Option<i64> {
        self.last.map(|last| last + if self.step > 0 { self.step } else { NANOS })
    }

    /// What to play at the end of a file.
    fn next_place(&mut self) -> Option<Place> {
        if self.cancel.is_cancelled() {
            return None;
        }
        let Place { part, begin, round } = self.place;
        if part + 1 < self.rules.joined.count() {
            let end = self.end().filter(|_| self.seen.in_file).map(|end| end - self.round);
            let begin = self.rules.joined.next_begin(part, begin, end);
            if begin < self.rules.window.end {
                return Some(Place { part: part + 1, begin, round });
            }
        }
        // Repeating a round without frames would never end.
        if self.rules.again == 0 || !std::mem::take(&mut self.seen.in_round) {
            return None;
        }
        if self.rules.again < u32::MAX {
            self.rules.again -= 1;
        }
        self.round = self.end()? - self.first?;
        Some(Place { round: self.round, ..Place::default() })
    }
}

impl<T: Timed, F: FnMut(Place) -> Result<Items<T>>> Iterator for Play<T, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            match self.items.next() {
                Some(Ok(item)) => {
                    if let Some(item) = self.placed(item) {
                        return Some(Ok(item));
                    }
                    continue;
                }
                Some(Err(error)) => {
                    self.done = true;
                    return Some(Err(error));
                }
                None => {}
            }
            let Some(place) = self.next_place() else {
                break;
            };
            (self.place, self.seen.in_file) = (place, false);
            match (self.open)(place) {
                Ok(items) => self.items = items,
                // It was being opened when the run was cancelled.
                Err(_) if self.cancel.is_cancelled() => break,
                Err(error) => {
                    self.done = true;
                    return Some(Err(error));
                }
            }
        }
        self.done = true;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};
    use crate::time::Capture;

    /// A picture, by its time.
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Picture(i64);

    impl Timed for Picture {
        fn time(&self) -> i64 {
            self.0
        }

        fn set_time(&mut self, time: i64) {
            self.0 = time;
        }

        fn capture(&self) -> Option<Capture> {
            None
        }
    }

    fn file() -> Items<Picture> {
        Box::new([Picture(0), Picture(40)].map(Ok).into_iter())
    }

    fn played(
        again: u32,
        cancel: &Cancel,
        open: impl FnMut(Place) -> Result<Items<Picture>>,
    ) -> Vec<Result<i64>> {
        let joined = Joined::default();
        let rules = PlayRules { joined, again, window: 0..i64::MAX };
        let play = Play::new(file(), open, rules, Arc::default(), cancel.clone());
        play.map(|item| item.map(|picture| picture.0)).collect()
    }

    #[test]
    fn rounds_follow_each_other() {
        let got = played(2, &Cancel::new(), |_| Ok(file()));
        assert_eq!(got, [0, 40, 80, 120, 160, 200].map(Ok));
    }

    #[test]
    fn a_file_that_cannot_be_opened_again_is_an_error_unless_the_run_was_cancelled() {
        let cancel = Cancel::new();
        let gone = || Error::new(ErrorKind::Open, "x", "gone");
        assert_eq!(played(1, &cancel, |_| Err(gone())), [Ok(0), Ok(40), Err(gone())]);
        let interrupted = |_| {
            cancel.cancel();
            Err(gone())
        };
        assert_eq!(played(u32::MAX, &cancel, interrupted), [Ok(0), Ok(40)]);
    }
}
