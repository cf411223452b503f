//! Corrects times of sound packets in an input that FFmpeg probed only briefly: it does not know the duration of the
//! first packet, and places those after it too early by that much, until the container states a time again.
//! Other times are left as they are.

use crate::ffi::Packet;

/// Corrects times.
pub(crate) struct CatchUp<I> {
    packets: I,
    /// The time and the length of the packet before, in ticks.
    before: Option<(i64, i64)>,
    /// Added to times.
    late: i64,
}

impl<I> CatchUp<I> {
    pub fn new(packets: I) -> Self {
        Self { packets, before: None, late: 0 }
    }
}

impl<I: Iterator<Item = Packet>> Iterator for CatchUp<I> {
    type Item = Packet;

    fn next(&mut self) -> Option<Packet> {
        let mut packet = self.packets.next()?;
        let Some(time) = packet.time() else { return Some(packet) };
        let length = packet.duration();
        self.late = match self.before {
            Some((before, 0)) if time == before => length.max(0),
            // It is later than the end of the one before.
            Some((before, length)) if time - before - length >= self.late / 2 => 0,
            _ => self.late,
        };
        self.before = Some((time, length));
        packet.shift(self.late);
        Some(packet)
    }
}
