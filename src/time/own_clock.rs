//! Keeps the intervals of a stream's own timestamps where frames are timed by their arrival, as long as both clocks
//! run at the same speed: jitter of the arrival is removed, a lasting delay is kept.
//! It reads no clock; times and arrivals are passed in, in nanoseconds.

use std::collections::VecDeque;

use super::NANOS;
use super::base::median;
use super::drift::Drift;

/// Packets that arrive closer together than this had been queued.
pub(super) const AT_ONCE: i64 = 3_000_000;
/// The speeds of both clocks are compared over at least this time.
const COMPARED: i64 = NANOS / 2;
/// Speeds that differ by no more than this factor count as equal: over so short a time, jitter may make as much.
const ABOUT: f64 = 1.5;
/// A packet that is late by no more than this may have been delayed.
pub(super) const DELAY: i64 = NANOS / 4;
/// A packet that is later than that may be the first of a burst, unless those after it stay as late for this long.
const DOUBT: i64 = NANOS / 2;
/// Packets that are all late, or all early, by more than `NEAR` for as long as `LASTING` do not just jitter.
const NEAR: i64 = 10_000_000;
const LASTING: i64 = NANOS;
/// Fewer packets prove nothing.
const FEWEST: usize = 4;

/// From a stream's own times to those of its arrival.
#[derive(Debug, Default)]
pub(super) struct OwnClock {
    offset: Option<i64>,
    /// The last packets: their own times and their arrivals.
    recent: VecDeque<(i64, i64)>,
    /// When the first packet arrived of those that are very late, and the least that they are late.
    doubt: Option<(i64, i64)>,
    drift: Drift,
    /// It runs at another speed than packets arrive.
    wrong: bool,
}

/// What is known when a packet has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnTime {
    /// This added to its own time, and to those of packets in doubt before it, is the time of its arrival.
    Offset(i64),
    /// Packets behind it will tell.
    InDoubt,
    /// Whether it follows its own clock is not known, or it does not.
    Unknown,
}

impl OwnClock {
    /// One that is known to run at another speed.
    pub fn wrong() -> Self {
        Self { wrong: true, ..Self::default() }
    }

    /// A packet arrived.
    pub fn see(&mut self, own: i64, arrived: i64) -> OwnTime {
        self.wrong |= self.drift.see(own, arrived).is_some();
        if self.wrong {
            return OwnTime::Unknown;
        }
        self.recent.push_back((own, arrived));
        while self.recent.get(1).is_some_and(|second| arrived - second.1 >= LASTING) {
            self.recent.pop_front();
        }
        let Some(offset) = self.offset else {
            self.offset = self.first_offset();
            return self.offset.map_or(OwnTime::Unknown, OwnTime::Offset);
        };
        let late = late(&(own, arrived));
        let changed = match differs(late, offset) {
            off if off > DELAY => {
                let (since, least) = self.doubt.unwrap_or((arrived, late));
                let least = late.min(least);
                self.doubt = Some((since, least));
                if arrived - since < DOUBT {
                    return OwnTime::InDoubt;
                }
                Some(least)
            }
            off if off < -DELAY => Some(late),
            _ => self.lasting(offset),
        };
        self.doubt = None;
        if changed.is_some() {
            self.offset = changed;
            self.recent.clear();
        }
        OwnTime::Offset(changed.unwrap_or(offset))
    }

    /// Do not wait for what packets behind the last one will tell.
    pub fn decide(&mut self) -> OwnTime {
        if let Some((_, least)) = self.doubt.take() {
            self.offset = Some(least);
            self.recent.clear();
        }
        self.offset.filter(|_| !self.wrong).map_or(OwnTime::Unknown, OwnTime::Offset)
    }

    /// Where the packets of the last second belong, if all of them are off to the same side.
    fn lasting(&self, offset: i64) -> Option<i64> {
        let (first, last) = (self.recent.front()?, self.recent.back()?);
        if self.recent.len() < FEWEST || last.1 - first.1 < LASTING {
            return None;
        }
        let off = || self.recent.iter().map(|packet| differs(late(packet), offset));
        let lasts = off().all(|off| off > NEAR) || off().all(|off| off < -NEAR);
        lasts.then(|| median(self.ends().iter().map(late))).flatten()
    }

    /// By the packets seen so far, if their own times run about as fast as they arrive.
    fn first_offset(&self) -> Option<i64> {
        let ends = self.ends();
        let (from, to) = (ends.first()?, ends.last()?);
        let (content, waited) = (to.0.saturating_sub(from.0) as f64, to.1 - from.1);
        let speed = content / waited as f64;
        let alike = waited >= COMPARED && (1.0 / ABOUT..=ABOUT).contains(&speed);
        // Nothing tells how long the first ones had been waiting.
        alike.then(|| median(ends[1..].iter().map(late))).flatten()
    }

    /// The last packet of each burst, which came when it was sent.
    fn ends(&self) -> Vec<(i64, i64)> {
        let pairs = self.recent.iter().zip(self.recent.iter().skip(1));
        let ends = pairs.filter(|(packet, next)| next.1 - packet.1 >= AT_ONCE);
        ends.map(|(packet, _)| *packet).collect()
    }
}

fn late((own, arrived): &(i64, i64)) -> i64 {
    arrived.saturating_sub(*own)
}

fn differs(late: i64, offset: i64) -> i64 {
    late.saturating_sub(offset)
}

#[cfg(test)]
mod tests {
    use super::OwnTime::{InDoubt, Offset, Unknown};
    use super::*;

    const MS: i64 = 1_000_000;
    const STEP: i64 = 40 * MS;

    /// What is known of packets `STEP` apart by their own clock that arrive then.
    fn known(arrivals: impl IntoIterator<Item = i64>) -> Vec<OwnTime> {
        let mut clock = OwnClock::default();
        let own = |n: usize| n as i64 * STEP;
        arrivals.into_iter().enumerate().map(|(n, at)| clock.see(own(n), at)).collect()
    }

    #[test]
    fn jitter_does_not_change_the_offset() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut jitter = || random.i64(-20 * MS..20 * MS);
        let found = known((0..500).map(|n| 7 * NANOS + n * STEP + jitter()));
        let settled = &found[30..];
        assert!(settled.iter().all(|known| *known == settled[0]), "{settled:?}");
        let Offset(offset) = settled[0] else { panic!("{settled:?}") };
        assert!((offset - 7 * NANOS).abs() <= 20 * MS, "{offset}");
    }

    #[test]
    fn delayed_frames_are_put_before_the_first_prompt_one() {
        // A second of packets at once.
        let found = known((0..60).map(|n: i64| 7 * NANOS + (n - 25).max(0) * STEP));
        assert_eq!(found.last(), Some(&Offset(6 * NANOS)));
    }

    #[test]
    fn bursts_do_not_change_the_offset() {
        // The last of each comes when it is sent, as it does where all come singly.
        for size in [5, 9, 20] {
            let found = known((0..400).map(|n| (n / size * size + size - 1) * STEP));
            let moved = found[80..].iter().find(|known| !matches!(known, Offset(0) | InDoubt));
            assert_eq!(moved, None, "{size}");
            assert!(found[80..].contains(&Offset(0)), "{size}");
        }
    }

    #[test]
    fn a_stall_shows_at_once_and_a_small_delay_once_it_lasts() {
        let late = |by: i64| known((0..100).map(|n| n * STEP + if n < 50 { 0 } else { by }));
        let stalled = late(NANOS);
        // The packets in doubt have the time of the first one that is not.
        assert_eq!(stalled[49..63], [vec![Offset(0)], vec![InDoubt; 13]].concat());
        assert_eq!(stalled[63], Offset(NANOS));
        let delayed = late(50 * MS);
        assert_eq!((delayed[60], delayed[99]), (Offset(0), Offset(50 * MS)));
        // What had waited meanwhile comes at once, and then as before.
        let once = known((0..100).map(|n| if (50..70).contains(&n) { 70 } else { n } * STEP));
        assert!(once[20..].iter().all(|known| matches!(known, Offset(0) | InDoubt)), "{once:?}");
        assert_eq!(once[70..], vec![Offset(0); 30]);
    }

    #[test]
    fn a_clock_of_another_speed_is_not_followed() {
        // 7 frames a second that are stamped as 25, and 10 as 11.
        assert_eq!(known((0..200).map(|n| n * NANOS / 7)), vec![Unknown; 200]);
        let found = known((0..400).map(|n| n * STEP * 11 / 10));
        assert_ne!(found[20], Unknown);
        assert_eq!(found[399], Unknown);
    }
}
