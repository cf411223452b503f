//! Plays an input again when it has ended, its times going on, for `--loop`.
//! Opening it again is the caller's.

use crate::error::Result;
use crate::event::Cancel;
use crate::ffi::Frame;

/// Frames from an input, boxed because each round is a chain of its own.
pub(crate) type Frames = Box<dyn Iterator<Item = Result<Frame>> + Send>;

/// As many rounds as are asked for; after `u32::MAX` none is counted.
pub(crate) struct Repeat<F> {
    round: Frames,
    open: F,
    left: u32,
    cancel: Cancel,
    /// Added to the times of this round.
    offset: i64,
    last: Option<(i64, i64)>,
}

impl<F: FnMut() -> Result<Frames>> Repeat<F> {
    pub fn new(first: Frames, open: F, times: u32, cancel: Cancel) -> Self {
        Self { round: first, open, left: times, cancel, offset: 0, last: None }
    }
}

impl<F: FnMut() -> Result<Frames>> Iterator for Repeat<F> {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.round.next() {
                return Some(item.map(|mut frame| {
                    let time = frame.time() + self.offset;
                    frame.set_time(time);
                    let step = self.last.map_or(0, |(last, _)| time - last);
                    self.last = Some((time, step));
                    frame
                }));
            }
            // A round without a frame would repeat for ever.
            let (last, step) = self.last.filter(|&(t, _)| self.left > 0 && t >= self.offset)?;
            if self.cancel.is_cancelled() {
                return None;
            }
            if self.left < u32::MAX {
                self.left -= 1;
            }
            // The last frame is shown as long as the one before it; a single picture, for a second.
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
