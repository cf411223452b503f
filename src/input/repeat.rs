//! Plays an input again after its end, with continuing times.
//! The caller reopens it.

use crate::error::Result;
use crate::event::Cancel;
use crate::time::Timed;

/// Frames or samples of an input, boxed because each round is a new chain.
pub(crate) type Items<T> = Box<dyn Iterator<Item = Result<T>> + Send>;

/// The requested number of rounds; `u32::MAX` repeats forever.
pub(crate) struct Repeat<T, F> {
    round: Items<T>,
    open: F,
    left: u32,
    cancel: Cancel,
    /// Added to the times of this round.
    offset: i64,
    last: Option<(i64, i64)>,
}

impl<T: Timed, F: FnMut() -> Result<Items<T>>> Repeat<T, F> {
    pub fn new(first: Items<T>, open: F, times: u32, cancel: Cancel) -> Self {
        Self { round: first, open, left: times, cancel, offset: 0, last: None }
    }
}

impl<T: Timed, F: FnMut() -> Result<Items<T>>> Iterator for Repeat<T, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.round.next() {
                return Some(item.map(|mut item| {
                    let time = item.time() + self.offset;
                    item.set_time(time);
                    let step = self.last.map_or(0, |(last, _)| time - last);
                    self.last = Some((time, step));
                    item
                }));
            }
            // Repeating a round without frames would never end.
            let (last, step) = self.last.filter(|&(t, _)| self.left > 0 && t >= self.offset)?;
            if self.cancel.is_cancelled() {
                return None;
            }
            if self.left < u32::MAX {
                self.left -= 1;
            }
            // The last frame lasts as long as the one before it; a single picture lasts a second.
            self.offset = last + if step > 0 { step } else { crate::time::NANOS };
            match (self.open)() {
                Ok(round) => self.round = round,
                Err(error) => {
                    self.left = 0;
                    self.last = None;
                    return Some(Err(error));
                }
            }
        }
    }
}
