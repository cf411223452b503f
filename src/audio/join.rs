//! Whether the sound of a packet follows that of the one before, or a gap lies between them.
//! Pure.

use crate::time::{TimeBase, rescale};

/// Times off by no more than this are rounded, or jitter.
const ROUNDING: i64 = 10_000_000;
/// A packet that is off by more than this begins after a gap.
const CERTAIN: i64 = 100_000_000;
/// Smaller gaps are believed once the times have been off for as long as this.
const LASTING: i64 = 250_000_000;

/// Judges the packets of one stream in their order. All times are in nanoseconds.
#[derive(Debug)]
pub(super) struct Junctions {
    /// Times are rounded by no more than this.
    rounding: i64,
    /// When the next packet should begin, by the number of samples since the last gap.
    expected: Option<i64>,
    /// Packets whose times are off, and how long they last.
    shifted: Option<(usize, i64)>,
    /// Times are believed at once.
    exact: bool,
}

/// What precedes a packet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Junction {
    /// The end of the one before it.
    Continues,
    /// A gap, in front of the packet that came this many packets before.
    Gap(usize),
}

impl Junctions {
    /// For times on this clock, of which some count fields or pictures.
    pub fn new(time_base: TimeBase) -> Self {
        let tick = rescale(1, time_base, TimeBase::NANOSECONDS);
        Self { rounding: tick.max(ROUNDING), expected: None, shifted: None, exact: false }
    }

    /// The same for times that are known not to jitter.
    pub fn exact(self) -> Self {
        Self { exact: true, ..self }
    }

    /// Begin anew.
    pub fn reset(&mut self) {
        (self.expected, self.shifted) = (None, None);
    }

    /// Whether the packets that were seen follow one another beyond doubt.
    pub fn is_sure(&self) -> bool {
        self.shifted.is_none()
    }

    pub fn see(&mut self, time: i64, duration: i64) -> Junction {
        let Some(expected) = self.expected else {
            self.expected = Some(time.saturating_add(duration));
            return Junction::Continues;
        };
        self.expected = Some(expected.saturating_add(duration));
        let difference = time.saturating_sub(expected).saturating_abs();
        if difference <= self.rounding {
            self.shifted = None;
            return Junction::Continues;
        }
        let (before, lasted) = self.shifted.unwrap_or((0, 0));
        let lasted = lasted.saturating_add(duration);
        if !self.exact && difference <= CERTAIN && lasted < LASTING {
            self.shifted = Some((before + 1, lasted));
            return Junction::Continues;
        }
        (self.expected, self.shifted) = (Some(time.saturating_add(duration)), None);
        Junction::Gap(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;
    /// 1024 samples at 48 kHz.
    const PACKET: i64 = 21_333_333;

    /// For each packet that is found to lie behind a gap: its number.
    fn gaps(times: impl IntoIterator<Item = i64>) -> Vec<usize> {
        let mut junctions = Junctions::new(TimeBase::MICROSECONDS);
        let seen = times.into_iter().enumerate();
        let gap = |(nth, time)| match junctions.see(time, PACKET) {
            Junction::Continues => None,
            Junction::Gap(before) => Some(nth - before),
        };
        seen.filter_map(gap).collect()
    }

    fn even(n: i64) -> i64 {
        n * PACKET
    }

    #[test]
    fn rounded_times_are_no_gaps() {
        assert!(gaps((0..10_000).map(|n| even(n) / MS * MS)).is_empty());
        // A packet that comes late now and then.
        assert!(gaps((0..1000).map(|n| even(n) + if n % 9 == 0 { 30 * MS } else { 0 })).is_empty());
    }

    #[test]
    fn a_coarse_clock_yields_to_the_sample_count() {
        let fields = TimeBase::new(1, 50);
        // Packets of 32768 samples at 48 kHz.
        let (tick, packet) = (20 * MS, 682_666_667);
        let gaps = |late: i64| {
            let mut junctions = Junctions::new(fields);
            let times = (0..100).map(|n: i64| n * packet + if n >= 40 { late } else { 0 });
            let ceil = |time: i64| (time + tick - 1) / tick * tick;
            times.filter(|time| junctions.see(ceil(*time), packet) != Junction::Continues).count()
        };
        assert_eq!((gaps(0), gaps(packet)), (0, 1));
    }

    #[test]
    fn a_gap_is_reported_at_its_first_packet() {
        for gap in [PACKET, 50 * MS, 3000 * MS, -PACKET] {
            let times = (0..100).map(|n| even(n) + if n >= 40 { gap } else { 0 });
            assert_eq!(gaps(times), [40], "{gap}");
        }
    }

    #[test]
    fn exact_times_are_trusted_at_once() {
        let mut junctions = Junctions::new(TimeBase::MICROSECONDS).exact();
        let seen =
            (0..9).map(|n| junctions.see(even(n) + if n >= 4 { 33 * MS } else { 0 }, PACKET));
        let gaps: Vec<_> = seen.map(|junction| junction != Junction::Continues).collect();
        assert_eq!(gaps.iter().position(|gap| *gap), Some(4));
        assert_eq!(gaps.iter().filter(|gap| **gap).count(), 1);
    }

    #[test]
    fn a_clock_that_drifts_is_followed() {
        // One in a thousand: 10 ms after 10 s.
        let found = gaps((0..2000).map(|n| even(n) + even(n) / 1000));
        assert_eq!(found.len(), 4, "{found:?}");
    }
}
