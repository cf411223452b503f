//! Corrects the time of the first packet of sound if it overlaps the next one: some servers state the time from which
//! they would have cut the packet, but send all of it.
//! Other times are left as they are.

use super::packet::AudioPacket;
use crate::time::{TimeBase, rescale};

/// Times that are off by no more than this are rounded.
const ROUNDING: i64 = 2_000_000;

/// Corrects the time of the first packet.
pub(crate) struct FirstPacket<I> {
    packets: I,
    rounding: i64,
    begun: bool,
    second: Option<AudioPacket>,
}

impl<I: Iterator<Item = AudioPacket>> FirstPacket<I> {
    /// `time_base` is that of the input's timestamps.
    pub fn new(packets: I, time_base: TimeBase) -> Self {
        let rounding = rescale(1, time_base, TimeBase::NANOSECONDS).max(ROUNDING);
        Self { packets, rounding, begun: false, second: None }
    }
}

impl<I: Iterator<Item = AudioPacket>> Iterator for FirstPacket<I> {
    type Item = AudioPacket;

    fn next(&mut self) -> Option<AudioPacket> {
        if self.begun {
            return self.second.take().or_else(|| self.packets.next());
        }
        self.begun = true;
        let mut first = self.packets.next()?;
        self.second = self.packets.next();
        if let Some(second) = &self.second {
            let begins = begin(first.time, first.duration(), second.time, self.rounding);
            first.time = begins.unwrap_or(first.time);
        }
        Some(first)
    }
}

/// Where the first of two packets begins, if the second one is right and they overlap.
fn begin(time: i64, duration: i64, next: i64, rounding: i64) -> Option<i64> {
    let overlap = time.saturating_add(duration).saturating_sub(next);
    (overlap > rounding && overlap < duration).then(|| next.saturating_sub(duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_packet_that_overlaps_the_next_ends_where_that_begins() {
        const MS: i64 = 1_000_000;
        let begin = |time, next| begin(time, 24 * MS, next, ROUNDING);
        assert_eq!(begin(11 * MS, 24 * MS), Some(0));
        // Rounded, a gap, and a clock that leaps back.
        assert_eq!(begin(0, 23 * MS), None);
        assert_eq!(begin(0, 60 * MS), None);
        assert_eq!(begin(11 * MS, 5 * MS), None);
    }
}
