//! How long a file is, by the times of its last packets rather than by its header.
//! It decodes nothing.

use crate::error::Result;
use crate::event::Cancel;
use crate::input::demux::Demux;
use crate::input::parts::Part;
use crate::input::probe::SelectedStream;
use crate::time::{TimeBase, rescale};

/// A file is read from this long before its stated end, in microseconds.
const TAIL: i64 = 10_000_000;

/// How long it is, by the times of its last frames. `None` if only decoding tells.
pub(super) fn measure(part: &Part, cancel: &Cancel) -> Result<Option<i64>> {
    let mut open = part.open(cancel)?;
    if open.counts_frames() {
        return Ok(None);
    }
    let start = open.input.start_time().unwrap_or(0);
    // Where the clock may jump, only reading all of it tells.
    let tail = open.input.duration().filter(|_| open.input.can_seek() && !open.input.may_jump());
    if let Some(tail) = tail.map(|length| length - TAIL).filter(|&tail| tail > 0)
        && open.input.seek(start.saturating_add(tail)).is_err()
    {
        open = part.open(cancel)?;
    }
    let mut ends: Vec<End> = part.streams.iter().map(End::of).collect();
    let videos: Vec<usize> = part.streams.iter().map(|taken| taken.stream.index).collect();
    let demux = Demux::looking_through(open.input, &part.spec.display, videos, cancel);
    for packet in demux {
        let packet = packet?;
        let own = |end: &&mut End| end.stream == packet.stream();
        if let (Some(end), Some(time)) = (ends.iter_mut().find(own), packet.time()) {
            end.see(time);
        }
    }
    let zero = rescale(start, TimeBase::MICROSECONDS, TimeBase::NANOSECONDS);
    Ok(ends.iter().filter_map(End::nanos).max().map(|end| end.saturating_sub(zero)))
}

/// The two latest times of a stream, in its ticks: its last frame lasts as long as the one before it.
struct End {
    stream: usize,
    time_base: TimeBase,
    last: Option<i64>,
    before: Option<i64>,
}

impl End {
    fn of(taken: &SelectedStream) -> Self {
        let stream = &taken.stream;
        Self { stream: stream.index, time_base: stream.time_base, last: None, before: None }
    }

    fn see(&mut self, time: i64) {
        if self.last.is_none_or(|last| time > last) {
            self.before = self.last.replace(time);
        } else if self.last != Some(time) && self.before.is_none_or(|before| time > before) {
            self.before = Some(time);
        }
    }

    fn nanos(&self) -> Option<i64> {
        let (last, before) = (self.last?, self.before);
        let end = before.map_or(last, |before| last + (last - before));
        Some(rescale(end, self.time_base, TimeBase::NANOSECONDS))
    }
}
