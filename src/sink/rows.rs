//! A queue of rows for one output, bounded by bytes. For files the producer waits for room; in live mode a slow output
//! drops whole GOPs.
//! It logs nothing.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::Ending;
use crate::record::Entry;
use crate::sync::{Condvar, Mutex, MutexGuard};

/// What to do when the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenFull {
    /// Wait for the output; nothing is dropped.
    Wait,
    /// Drop queued rows before the newest keyframe.
    LoseGops,
}

/// The output of a file is woken for as many entries at once, or after the time that it waits at most: to wake it for
/// each costs more than what it does with most of them.
const TOGETHER: usize = 8;

/// A queue from the run to one output.
pub(super) struct Rows {
    state: Mutex<State>,
    changed: Condvar,
    most_bytes: usize,
    when_full: WhenFull,
}

/// What the output takes from the queue.
pub(super) enum QueueItem {
    Entry(Entry),
    End(Ending),
    /// Nothing came within the time limit.
    Nothing,
}

/// What of a track was dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Lost {
    pub samples: u64,
    /// Clips or packets of sound.
    pub sounds: u64,
}

#[derive(Default)]
struct State {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// For each track: whether samples are dropped until the next keyframe.
    broken: Vec<bool>,
    /// For each track: what was dropped since the last call.
    lost: Vec<Lost>,
    ending: Option<Ending>,
    /// The output takes no more rows.
    closed: bool,
    /// Threads that wait for a change: to tell nobody costs a system call, too.
    waiting: usize,
}

impl Rows {
    pub fn new(tracks: usize, most_bytes: usize, when_full: WhenFull) -> Self {
        let (broken, lost) = (vec![false; tracks], vec![Lost::default(); tracks]);
        let state = Mutex::new(State { broken, lost, ..State::default() });
        Self { state, changed: Condvar::new(), most_bytes, when_full }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wait until `deadline` for room for one more entry. Returns whether there is room, or the output has ended.
    pub fn wait_for_room(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        loop {
            let is_full = self.when_full == WhenFull::Wait && state.bytes >= self.most_bytes;
            if !is_full || state.closed {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            // The output may wait for more.
            self.changed.notify_all();
            state = self.wait(state, left);
        }
    }

    fn wait<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        limit: Duration,
    ) -> MutexGuard<'a, State> {
        state.waiting += 1;
        let waited = self.changed.wait_timeout(state, limit);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.waiting -= 1;
        state
    }

    /// Unlock, and wake whoever waits.
    fn wake(&self, state: MutexGuard<'_, State>) {
        let is_awaited = state.waiting > 0;
        drop(state);
        if is_awaited {
            self.changed.notify_all();
        }
    }

    /// Queue an entry without waiting.
    pub fn push(&self, entry: Entry) {
        let mut state = self.lock();
        if state.closed || state.is_lost(&entry) {
            return;
        }
        state.bytes += entry.bytes();
        state.entries.push_back(entry);
        if self.when_full == WhenFull::LoseGops && state.bytes > self.most_bytes {
            state.lose_gops(self.most_bytes);
        }
        if self.when_full == WhenFull::LoseGops || state.entries.len() >= TOGETHER {
            self.wake(state);
        }
    }

    /// No more entries follow.
    pub fn end(&self, ending: Ending) {
        let mut state = self.lock();
        state.ending = Some(ending);
        self.wake(state);
    }

    /// Whether no more entries follow.
    pub fn is_ending(&self) -> bool {
        self.lock().ending.is_some()
    }

    /// The next entry, in order; the end once all are taken.
    pub fn take(&self, limit: Duration) -> QueueItem {
        let mut state = self.lock();
        if state.entries.is_empty() && state.ending.is_none() {
            state = self.wait(state, limit);
        }
        let Some(entry) = state.entries.pop_front() else {
            return state.ending.map_or(QueueItem::Nothing, QueueItem::End);
        };
        state.bytes -= entry.bytes();
        // A full queue is filled again from its half on, not entry by entry.
        if state.bytes <= self.most_bytes / 2 {
            self.wake(state);
        }
        QueueItem::Entry(entry)
    }

    /// Close the queue at the consumer's side.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.entries.clear();
        state.bytes = 0;
        self.wake(state);
    }

    /// For each track of which something was dropped since the last call: how much.
    pub fn take_lost(&self) -> Vec<(usize, Lost)> {
        let mut state = self.lock();
        let lost = state.lost.iter_mut().map(std::mem::take).enumerate();
        lost.filter(|(_, lost)| *lost != Lost::default()).collect()
    }
}

impl State {
    /// Whether to drop it, because a frame that it refers to was dropped.
    fn is_lost(&mut self, entry: &Entry) -> bool {
        let Entry::Sample(row) = entry else { return false };
        let Some(broken) = self.broken.get_mut(row.track) else { return false };
        *broken &= !row.keyframe;
        let lost = *broken;
        self.lost[row.track].samples += u64::from(lost);
        lost
    }

    /// For each track, keep the rows from its newest keyframe on. If that is still too much, keep nothing.
    fn lose_gops(&mut self, most_bytes: usize) {
        let mut begins = vec![usize::MAX; self.broken.len()];
        for (at, entry) in self.entries.iter().enumerate() {
            if let Entry::Sample(row) = entry
                && row.keyframe
                && let Some(begin) = begins.get_mut(row.track)
            {
                *begin = at;
            }
        }
        let before = self.lost.clone();
        self.retain(|at, track| begins.get(track).is_some_and(|begin| at >= *begin));
        for (track, begin) in begins.iter().enumerate() {
            // The following samples refer to dropped frames.
            self.broken[track] |=
                *begin == usize::MAX && self.lost[track].samples > before[track].samples;
        }
        if self.bytes > most_bytes {
            self.retain(|_, _| false);
            self.broken.fill(true);
        }
    }

    fn retain(&mut self, keep: impl Fn(usize, usize) -> bool) {
        let (mut at, mut bytes) = (0, 0);
        let lost = &mut self.lost;
        self.entries.retain(|entry| {
            let kept = matches!(entry, Entry::End { .. }) || keep(at, entry.track());
            at += 1;
            match (entry, lost.get_mut(entry.track())) {
                _ if kept => bytes += entry.bytes(),
                (Entry::Sample(_), Some(lost)) => lost.samples += 1,
                (Entry::Clip(_) | Entry::Sound(_), Some(lost)) => lost.sounds += 1,
                _ => {}
            }
            kept
        });
        self.bytes = bytes;
    }
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
