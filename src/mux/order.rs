//! Sorts the packets of all streams of a file by time: those of a video wait for the other videos, which may be read
//! later, and everything else waits for the videos.
//! It writes nothing.

use std::collections::VecDeque;
use std::io::Result;

use super::spool::{Spool, Storage};

/// A packet for a stream, apart from its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// When it is shown or heard, in nanoseconds.
    pub at: i64,
    /// The same, in ticks of its stream.
    pub ticks: i64,
    /// In ticks of its stream.
    pub duration: i64,
    pub keyframe: bool,
}

/// What is known of a video.
#[derive(Debug, Clone, Copy, Default)]
struct Gate {
    ended: bool,
    /// The time of its last packet so far, in nanoseconds.
    last: Option<i64>,
}

/// Packets that wait.
pub(super) struct Order {
    /// For each stream, the videos first.
    waiting: Vec<VecDeque<(Slot, Storage)>>,
    videos: Vec<Gate>,
    /// How far a video may be behind the others until these no longer wait for it, in nanoseconds.
    patience: i64,
    /// The time of the last packet of a video that was handed out.
    front: i64,
    spool: Spool,
}

impl Order {
    pub fn new(videos: usize, others: usize, patience: i64, spool: Spool) -> Self {
        Self {
            waiting: (0..videos + others).map(|_| VecDeque::new()).collect(),
            videos: vec![Gate::default(); videos],
            patience,
            front: i64::MIN,
            spool,
        }
    }

    pub fn push(&mut self, stream: usize, slot: Slot, data: Vec<u8>) -> Result<()> {
        let kept = self.spool.keep(data)?;
        if let Some(gate) = self.videos.get_mut(stream) {
            gate.last = Some(slot.at);
        }
        if let Some(waiting) = self.waiting.get_mut(stream) {
            waiting.push_back((slot, kept));
        }
        Ok(())
    }

    /// No more packets of this video follow.
    pub fn end(&mut self, video: usize) {
        if let Some(gate) = self.videos.get_mut(video) {
            gate.ended = true;
        }
    }

    /// The next packet of all and its stream, if none before it can come.
    pub fn next(&mut self) -> Result<Option<(usize, Slot, Vec<u8>)>> {
        let videos = self.videos.len();
        let head = |stream: &usize| self.waiting[*stream].front().map(|(slot, _)| slot.at);
        let first = |streams: std::ops::Range<usize>| {
            streams.filter_map(|stream| Some((head(&stream)?, stream))).min()
        };
        let video = first(0..videos).filter(|_| !self.is_blocked());
        let until = match video {
            // Nothing waits for a video that is the only one.
            _ if videos == 1 => i64::MAX,
            Some((at, _)) => at,
            None if self.is_blocked() => self.front,
            None => i64::MAX,
        };
        let other = first(videos..self.waiting.len()).filter(|(at, _)| *at <= until);
        let Some((at, stream)) = other.into_iter().chain(video).min() else { return Ok(None) };
        if stream < videos {
            self.front = at;
        }
        let Some((slot, kept)) = self.waiting[stream].pop_front() else { return Ok(None) };
        Ok(Some((stream, slot, self.spool.take(kept)?)))
    }

    /// A packet of another video may come before those that wait.
    fn is_blocked(&self) -> bool {
        let newest = self.videos.iter().filter_map(|gate| gate.last).max();
        let is_late = |gate: &Gate| {
            let behind = newest.zip(gate.last).map(|(newest, last)| newest.saturating_sub(last));
            behind.is_some_and(|behind| behind > self.patience)
        };
        let mut gates = self.videos.iter().zip(&self.waiting);
        gates.any(|(gate, waiting)| !gate.ended && waiting.is_empty() && !is_late(gate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(videos: usize, others: usize, patience: i64) -> Order {
        Order::new(videos, others, patience, Spool::new(std::env::temp_dir()))
    }

    fn push(order: &mut Order, stream: usize, times: impl IntoIterator<Item = i64>) {
        for at in times {
            let slot = Slot { at, ticks: at, duration: 1, keyframe: true };
            order.push(stream, slot, at.to_le_bytes().to_vec()).unwrap();
        }
    }

    fn all(order: &mut Order) -> Vec<(usize, i64)> {
        let next = || {
            let (stream, slot, data) = order.next().unwrap()?;
            assert_eq!(data, slot.at.to_le_bytes());
            Some((stream, slot.at))
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn videos_wait_for_each_other_and_sound_for_them() {
        let mut order = order(2, 1, i64::MAX);
        push(&mut order, 2, [0, 4, 9]);
        push(&mut order, 0, [1, 3, 5]);
        assert_eq!(all(&mut order), []);
        push(&mut order, 1, [2, 4]);
        assert_eq!(all(&mut order), [(2, 0), (0, 1), (1, 2), (0, 3), (1, 4), (2, 4)]);
        push(&mut order, 1, [8]);
        assert_eq!(all(&mut order), [(0, 5)]);
        order.end(0);
        assert_eq!(all(&mut order), [(1, 8)]);
        order.end(1);
        assert_eq!(all(&mut order), [(2, 9)]);
    }

    #[test]
    fn packets_of_a_single_video_do_not_wait() {
        let mut order = order(1, 1, i64::MAX);
        push(&mut order, 1, [7]);
        assert_eq!(all(&mut order), [(1, 7)]);
        push(&mut order, 0, [1, 2]);
        assert_eq!(all(&mut order), [(0, 1), (0, 2)]);
    }

    #[test]
    fn a_video_that_stalls_is_not_waited_for_any_longer() {
        let mut order = order(2, 0, 10);
        push(&mut order, 0, [0, 5, 10, 12]);
        push(&mut order, 1, [1]);
        assert_eq!(all(&mut order), [(0, 0), (1, 1), (0, 5), (0, 10), (0, 12)]);
        push(&mut order, 1, [13]);
        assert_eq!(all(&mut order), []);
    }
}
