//! Places sound next to pictures that are timed by their arrival: sound arrives earlier or later than its pictures.
//! It reads no clock; times are passed in, in nanoseconds.

use std::collections::VecDeque;

use super::NANOS;
use super::base::median;

/// Number of pictures that are remembered.
const REMEMBERED: usize = 60;
/// Number of pictures around a packet that decide its place.
const COMPARED: usize = 9;
/// Pictures before a larger jump of their own times are forgotten.
const CLOCK_LEAPS: i64 = NANOS;
/// The longest time that a packet waits for the pictures around it.
const LONGEST_WAIT: i64 = NANOS;

/// What to add to the times of packets that accompany pictures.
#[derive(Debug, Default)]
pub(crate) struct Companions {
    /// The own times of the last pictures, and from them to those of their arrival.
    pictures: VecDeque<(i64, i64)>,
}

impl Companions {
    /// A picture has its own time and that of its arrival, in nanoseconds.
    pub fn picture(&mut self, own: i64, time: i64) {
        let offset = time.saturating_sub(own);
        if self
            .pictures
            .back()
            .is_some_and(|last| last.1.saturating_sub(offset).saturating_abs() > CLOCK_LEAPS)
        {
            self.pictures.clear();
        }
        self.pictures.push_back((own, offset));
        if self.pictures.len() > REMEMBERED {
            self.pictures.pop_front();
        }
    }

    /// Whether the pictures around this time have come, or it has waited long enough for them: what it belongs to
    /// arrived at `arrived`, and it is `now`.
    pub fn is_known(&self, own: i64, arrived: i64, now: i64) -> bool {
        let behind = self.pictures.iter().filter(|picture| picture.0 > own).count();
        behind > COMPARED / 2 || now.saturating_sub(arrived) >= LONGEST_WAIT
    }

    /// What to add to a time: the median of the pictures around it. `None` before the first picture.
    pub fn offset(&self, own: i64) -> Option<i64> {
        let mut pictures: Vec<(i64, i64)> = self.pictures.iter().copied().collect();
        pictures.sort_by_key(|picture| picture.0.saturating_sub(own).saturating_abs());
        median(pictures.iter().take(COMPARED).map(|picture| picture.1))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    /// A repeatable number from 0 to `most`.
    pub fn jitter(n: i64, most: i64) -> i64 {
        (n * 7919 + n * n * 104_729).rem_euclid(most + 1)
    }

    #[test]
    fn companions_follow_the_pictures() {
        let mut companions = Companions::default();
        assert_eq!(companions.offset(0), None);
        for n in 0..100 {
            companions.picture(n * 40 * MS, 7 * NANOS + n * 40 * MS + jitter(n, 8 * MS));
        }
        let offset = companions.offset(3 * NANOS).unwrap_or(0) - 7 * NANOS;
        assert!((0..=8 * MS).contains(&offset), "{offset}");
        // Known once pictures have come on both sides, or it has waited.
        assert!(companions.is_known(3700 * MS, 0, 0) && !companions.is_known(3900 * MS, 0, 0));
        assert!(companions.is_known(3900 * MS, 0, NANOS));
        // The clock of the pictures begins anew.
        companions.picture(0, 11 * NANOS);
        assert_eq!(companions.offset(MS), Some(11 * NANOS));
    }

    /// Packets of sound that come before their pictures, which arrive in bursts.
    #[test]
    fn audio_read_ahead_of_its_pictures_is_placed_by_them() {
        const STEP: i64 = 40 * MS;
        // Pictures of 0.4 s at a time, and then nothing for as long; each burst is later than the one before.
        let arrival = |n: i64| (n / 10) * 11 * STEP + jitter(n, 2 * MS);
        let mut companions = Companions::default();
        let mut waiting: VecDeque<(i64, i64)> = VecDeque::new();
        let mut heard = Vec::new();
        for n in 0..200 {
            let now = arrival(n);
            // Half a second ahead.
            waiting.push_back((n * STEP + 500 * MS, now));
            companions.picture(n * STEP, now);
            while waiting.front().is_some_and(|&(own, at)| companions.is_known(own, at, now)) {
                let own = waiting.pop_front().map_or(0, |(own, _)| own);
                heard.push((own, own + companions.offset(own).unwrap_or(0)));
            }
        }
        assert!(heard.len() > 150);
        for (own, time) in heard {
            let n = own / STEP;
            let (before, behind) = (arrival(n - 5), arrival(n + 5));
            let around = before - STEP..=behind + STEP;
            assert!(around.contains(&time), "{own}: {time}, {before} to {behind}");
        }
    }
}
