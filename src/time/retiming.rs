//! Maps times on an input's own clock to the times that were given for its pictures, for its sound and its texts.
//! Pure.

use std::sync::Arc;

use super::NANOS;
use super::base::median;

/// The offset of a picture is the median of those of the pictures around it, so far away at most: the given times of a
/// camera jitter, and sound does not.
const AROUND: i64 = NANOS / 8;
/// Offsets that differ by no more are the same.
const ROUNDING: i64 = 1_000_000;
/// Speeds are measured over this time, and judged by their median over `JUDGED`, so that a single jump is no speed.
const MEASURED: i64 = NANOS;
const JUDGED: i64 = 10 * NANOS;
/// Sound can follow pictures whose speed differs by at most this fraction (1/100); beyond it, sound is cut in pieces.
const FOLLOWED: i64 = 100;
/// The length of such a piece.
const PIECE: i64 = NANOS;
/// Pieces that overlap by no more are heard to their ends.
const OVERLAP: i64 = 10_000_000;

/// What to add to times on the input's own clock. All times are in nanoseconds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Retiming {
    /// For sound, by the time on the input's clock.
    steps: Vec<Step>,
    /// When each picture is shown, by the input's clock and as it was given.
    pictures: Vec<(i64, i64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    from: i64,
    by: i64,
}

/// Those of the files of an input; `None` where no times were given.
pub(crate) type Retimings = Vec<Option<Arc<Retiming>>>;

/// Pictures whose given times run at another speed than the input's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Stretched {
    /// How long they take by the input's clock.
    pub own: i64,
    /// The same by the given times.
    pub given: i64,
}

impl Retiming {
    /// `own` and `given` say when each picture is shown, by the input's clock and as it was given; both grow.
    pub fn new(own: &[i64], given: &[i64]) -> (Self, Option<Stretched>) {
        let pictures: Vec<(i64, i64)> = own.iter().copied().zip(given.iter().copied()).collect();
        let mut stretched = Stretched::default();
        let mut steps: Vec<Step> = Vec::new();
        let mut rest = pictures.as_slice();
        let mut at = 0;
        while let Some(first) = rest.first() {
            let end = rest.partition_point(|picture| picture.0 - first.0 < JUDGED).max(1);
            let block = at..at + end;
            let follows = follows(&pictures, block.clone());
            if !follows {
                let last = pictures[block.end.min(pictures.len() - 1)];
                stretched.own += last.0 - first.0;
                stretched.given += last.1 - first.1;
            }
            for nth in block.clone() {
                let (from, by) = (pictures[nth].0, smoothed(&pictures, nth));
                let due = steps.last().is_none_or(|last| match follows {
                    true => by.abs_diff(last.by) > ROUNDING.unsigned_abs(),
                    false => from - last.from >= PIECE,
                });
                if due {
                    steps.push(Step { from, by });
                }
            }
            (at, rest) = (block.end, &pictures[block.end..]);
        }
        (Self { steps, pictures }, (stretched.own > 0).then_some(stretched))
    }

    /// The time that corresponds to this one on the input's clock.
    pub fn of(&self, time: i64) -> i64 {
        let next = self.steps.partition_point(|step| step.from <= time);
        let step = self.steps.get(next.saturating_sub(1));
        time.saturating_add(step.map_or(0, |step| step.by))
    }

    /// The time that corresponds to this one for what has no speed of its own, such as a text: where it lies between
    /// the pictures around it.
    pub fn between(&self, time: i64) -> i64 {
        interpolated(&self.pictures, time, |picture| picture)
    }

    /// The time on the input's clock that corresponds to this one.
    pub fn own(&self, time: i64) -> i64 {
        interpolated(&self.pictures, time, |(own, given)| (given, own))
    }

    /// Whether sound at this time on the input's clock is heard, and not what follows it a step later.
    pub fn is_heard(&self, time: i64) -> bool {
        let next = self.steps.partition_point(|step| step.from <= time);
        let steps =
            next.checked_sub(1).and_then(|nth| self.steps.get(nth)).zip(self.steps.get(next));
        steps.is_none_or(|(own, next)| {
            own.by - next.by <= OVERLAP || time + own.by < next.from + next.by
        })
    }
}

/// Whether the given times of these pictures run about as fast as the input's clock.
fn follows(pictures: &[(i64, i64)], block: std::ops::Range<usize>) -> bool {
    let speed = |nth: usize| {
        let first = pictures[nth];
        let behind = pictures[nth..].iter().find(|picture| picture.0 - first.0 >= MEASURED);
        let last = behind.or(pictures.last())?;
        let (own, given) = (last.0 - first.0, last.1 - first.1);
        // A few pictures tell nothing.
        (own >= MEASURED / 4).then(|| i128::from(given) * 1_000_000 / i128::from(own))
    };
    let usual = median(block.filter_map(speed)).unwrap_or(1_000_000);
    (usual - 1_000_000).abs() <= i128::from(1_000_000 / FOLLOWED)
}

/// The second time of `pair` for the first one, between the pictures around it.
fn interpolated(
    pictures: &[(i64, i64)],
    time: i64,
    pair: impl Fn((i64, i64)) -> (i64, i64),
) -> i64 {
    let next = pictures.partition_point(|&picture| pair(picture).0 <= time);
    let before = next.checked_sub(1).and_then(|nth| pictures.get(nth)).map(|&it| pair(it));
    match (before, pictures.get(next).map(|&it| pair(it))) {
        (None, None) => time,
        (Some(only), None) | (None, Some(only)) => time.saturating_add(only.1 - only.0),
        (Some(before), Some(behind)) => {
            let (part, whole) = (time - before.0, (behind.0 - before.0).max(1));
            let part = i128::from(part) * i128::from(behind.1 - before.1) / i128::from(whole);
            before.1.saturating_add(i64::try_from(part).unwrap_or(0))
        }
    }
}

/// What to add at a picture.
fn smoothed(pictures: &[(i64, i64)], nth: usize) -> i64 {
    let here = pictures[nth].0;
    let near = |picture: &&(i64, i64)| (picture.0 - here).abs() <= AROUND;
    let before = pictures[..nth].iter().rev().take_while(near);
    let behind = pictures[nth..].iter().take_while(near);
    // As many on both sides, so that a step stays where it is.
    let count = before.clone().count().min(behind.clone().count() - 1);
    let around = before.take(count).chain(behind.take(count + 1));
    let mut offsets: Vec<i64> = around.map(|(own, given)| given - own).collect();
    offsets.sort_unstable();
    offsets[offsets.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    /// 25 pictures a second, and what is given for them.
    fn retimed(count: i64, given: impl Fn(i64) -> i64) -> (Retiming, Option<Stretched>) {
        let own: Vec<i64> = (0..count).map(|n| n * 40 * MS).collect();
        let given: Vec<i64> = (0..count).map(given).collect();
        Retiming::new(&own, &given)
    }

    #[test]
    fn steps_are_kept_and_jitter_is_removed() {
        let jitter = |n: i64| if n % 3 == 1 { 9 * MS } else { 0 };
        let (retiming, stretched) = retimed(1000, |n| {
            let gap = if n >= 500 { 3000 * MS } else { 0 };
            n * 40 * MS + gap + jitter(n)
        });
        assert_eq!(stretched, None);
        for (own, given) in [(0, 0), (7000, 7000), (19_700, 19_700), (20_300, 23_300)] {
            assert_eq!(retiming.of(own * MS), given * MS);
        }
        // Near the step, as far as the jitter goes.
        for (own, given) in [(19_999, 19_999), (20_000, 23_000)] {
            let off = retiming.of(own * MS) - given * MS;
            assert!((0..=9 * MS).contains(&off), "{off} at {own}");
        }
        assert_eq!(retiming.of(-5), -5);
    }

    #[test]
    fn a_small_drift_is_followed() {
        // 5 in a thousand.
        let (retiming, stretched) = retimed(1500, |n| n * 40_200_000);
        assert_eq!(stretched, None);
        for second in 0..60 {
            let off = retiming.of(second * NANOS) - second * 1005 * MS;
            assert!(off.abs() <= ROUNDING, "{off} at {second}");
        }
    }

    #[test]
    fn sound_of_another_speed_is_placed_second_by_second() {
        let (retiming, stretched) = retimed(250, |n| n * 80 * MS);
        assert_eq!(stretched, Some(Stretched { own: 9960 * MS, given: 19_920 * MS }));
        assert_eq!(retiming.of(500 * MS), 500 * MS);
        assert_eq!(retiming.of(3000 * MS), 6000 * MS);
        assert_eq!(retiming.of(3999 * MS), 6999 * MS);
        assert!(retiming.is_heard(3999 * MS));
        // A text is at the picture that it belongs to.
        for own in [-30, 0, 500, 3990, 9960] {
            let given = if own < 0 { own } else { 2 * own };
            assert_eq!(retiming.between(own * MS), given * MS);
            assert_eq!(retiming.own(given * MS), own * MS);
        }
        // Faster, pieces overlap.
        let (retiming, _) = retimed(250, |n| n * 30 * MS);
        assert_eq!(retiming.of(1000 * MS), 750 * MS);
        assert!(retiming.is_heard(749 * MS) && !retiming.is_heard(750 * MS));
        assert!(retiming.is_heard(1000 * MS) && retiming.is_heard(9999 * MS));
    }

    #[test]
    fn retiming_works_with_none_or_two_pictures() {
        let none = Retiming::new(&[], &[]).0;
        assert_eq!((none.of(7), none.between(7), none.own(7)), (7, 7, 7));
        let (retiming, stretched) = Retiming::new(&[40, 80], &[0, 9000]);
        assert_eq!((retiming.of(40), stretched), (0, None));
    }
}
