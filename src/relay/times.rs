//! The times of the pictures of one entity, on all its timelines: which timeline orders them, and how fast they come.
//! It knows nothing of the pictures themselves.

use rerun::time::TimeType;
use rerun::{Timeline, TimelineName};

use super::pictures::RowKey;

/// The times of all rows of an entity, with a column for each timeline.
#[derive(Default)]
pub(crate) struct Times {
    rows: usize,
    columns: Vec<(Timeline, Vec<i64>)>,
}

/// When the pictures of an entity begin, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Wall-clock time since 1970.
    SinceEpoch(i64),
    /// On a timeline that starts at a time of its own.
    OnItsOwn(i64),
}

/// No time.
const NONE: i64 = i64::MIN;

impl Times {
    pub fn push(&mut self, key: &RowKey) {
        for &(timeline, time) in &key.times {
            let index = match self.columns.iter().position(|(t, _)| *t == timeline) {
                Some(index) => index,
                None => {
                    self.columns.push((timeline, Vec::new()));
                    self.columns.len() - 1
                }
            };
            let column = &mut self.columns[index].1;
            column.resize(self.rows, NONE);
            column.push(time);
        }
        self.rows += 1;
    }

    pub fn timelines(&self) -> impl Iterator<Item = &Timeline> {
        self.columns.iter().map(|(timeline, _)| timeline)
    }

    /// The times on a timeline, without the rows that have none.
    pub fn on(&self, timeline: &Timeline) -> impl Iterator<Item = i64> {
        let column = self.columns.iter().find(|(t, _)| t == timeline).map(|(_, c)| c.as_slice());
        column.unwrap_or_default().iter().copied().filter(|&time| time != NONE)
    }

    /// The time of each row on a timeline.
    pub fn column(&self, timeline: &Timeline) -> Vec<Option<i64>> {
        let column = self.columns.iter().find(|(t, _)| t == timeline).map(|(_, c)| c.as_slice());
        let mut all: Vec<Option<i64>> = column
            .unwrap_or_default()
            .iter()
            .map(|&time| Some(time).filter(|&time| time != NONE))
            .collect();
        all.resize(self.rows, None);
        all
    }

    /// Whether the rows are stored in the order of their times on a timeline.
    pub fn in_order(&self, timeline: &Timeline) -> bool {
        self.on(timeline).is_sorted()
    }

    /// The timeline that orders the pictures. Preferred is one that has all rows, then the one asked for, then the user's
    /// rather than Rerun's own, then times rather than counters.
    pub fn main(&self, asked: Option<&str>) -> Option<Timeline> {
        let rank = |(timeline, column): &&(Timeline, Vec<i64>)| {
            let name = timeline.name();
            let own = *name == TimelineName::log_time() || *name == TimelineName::log_tick();
            let missing = self.rows - column.iter().filter(|&&time| time != NONE).count();
            let numbers = timeline.typ() == TimeType::Sequence;
            (missing > 0, asked != Some(name.as_str()), own, numbers, name.as_str().to_owned())
        };
        self.columns.iter().min_by_key(rank).map(|(timeline, _)| *timeline)
    }

    /// The timeline that tells how long pictures are shown: the main one unless it is a counter, or else one with times
    /// for all rows.
    pub fn pace(&self, main: &Timeline) -> Option<Timeline> {
        let is_time = |timeline: &&Timeline| timeline.typ() != TimeType::Sequence;
        let complete = |timeline: &&Timeline| self.on(timeline).count() == self.rows;
        Some(main)
            .filter(is_time)
            .or_else(|| self.timelines().filter(is_time).find(complete))
            .copied()
    }

    /// The rank of each row by its time on `timeline`. A row without a time stays after the row before it.
    pub fn ranks(&self, timeline: &Timeline) -> Vec<u32> {
        let column = self.columns.iter().find(|(t, _)| t == timeline).map(|(_, c)| c.as_slice());
        let mut last = NONE;
        let mut order: Vec<(i64, u32)> = (0..self.rows)
            .map(|row| {
                let time = column.and_then(|c| c.get(row)).copied().filter(|&time| time != NONE);
                last = time.unwrap_or(last);
                (last, u32::try_from(row).unwrap_or(u32::MAX))
            })
            .collect();
        order.sort();
        let mut ranks = vec![0; self.rows];
        for (rank, (_, row)) in order.into_iter().enumerate() {
            if let Some(slot) = ranks.get_mut(row as usize) {
                *slot = u32::try_from(rank).unwrap_or(u32::MAX);
            }
        }
        ranks
    }

    /// Pictures a second, from the median distance between two.
    pub fn rate(&self, timeline: &Timeline) -> Option<f64> {
        let mut times: Vec<i64> = self.on(timeline).collect();
        times.sort_unstable();
        let mut steps: Vec<i64> = times
            .windows(2)
            .map(|pair| pair[1].saturating_sub(pair[0]))
            .filter(|&s| s > 0)
            .collect();
        let middle = steps.len() / 2;
        if steps.is_empty() {
            return None;
        }
        let (_, median, _) = steps.select_nth_unstable(middle);
        Some(1e9 / *median as f64)
    }

    /// The first time on a timeline.
    pub fn start(&self, timeline: &Timeline) -> Option<Start> {
        let first = self.on(timeline).min()?;
        Some(match timeline.typ() {
            TimeType::TimestampNs => Start::SinceEpoch(first),
            _ => Start::OnItsOwn(first),
        })
    }

    /// Nanoseconds from the first time to the last.
    pub fn span(&self, timeline: &Timeline) -> Option<u64> {
        let (first, last) = (self.on(timeline).min()?, self.on(timeline).max()?);
        Some(last.abs_diff(first))
    }
}
