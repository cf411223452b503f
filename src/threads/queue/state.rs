//! What the queues hold, and who waits for them: all under one lock.
//! It never waits itself.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::sync::thread::Thread;

/// The memory that an item takes.
pub(crate) trait Weight {
    fn bytes(&self) -> usize;
}

impl<T: Weight> Weight for Result<T> {
    fn bytes(&self) -> usize {
        self.as_ref().map_or(0, Weight::bytes)
    }
}

/// The limits of a queue: a number of items, and a number of bytes once it holds at least one item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub items: usize,
    pub bytes: usize,
}

pub(super) struct State<T> {
    pub queues: Vec<Queue<T>>,
    /// Number of items so far, over all queues.
    pub pushed: u64,
    /// Total over all queues.
    pub bytes: usize,
    pub most_bytes: usize,
    /// The producer, if it waits for room.
    pub producer: Option<Thread>,
    /// The producer has finished or panicked.
    pub ended: bool,
    pub panicked: bool,
}

pub(super) struct Queue<T> {
    pub items: VecDeque<T>,
    /// When each of them came, if they may be dropped; otherwise empty.
    pub since: VecDeque<Instant>,
    pub bytes: usize,
    pub limits: Limits,
    pub sparse: bool,
    pub wake_after: u64,
    /// The number of the item that the consumer has to be woken for.
    pub due: u64,
    /// The consumer, if it waits for an item.
    pub consumer: Option<Thread>,
    /// The consumer is gone.
    pub abandoned: bool,
}

impl<T> Queue<T> {
    pub fn new(limits: Limits, sparse: bool, wake_after: u64) -> Self {
        let (items, since) = Default::default();
        let (bytes, due, consumer, abandoned) = (0, 0, None, false);
        Self { items, since, bytes, limits, sparse, wake_after, due, consumer, abandoned }
    }
}

impl<T: Weight> Queue<T> {
    fn is_full(&self, limits: Limits) -> bool {
        self.items.len() >= limits.items || (self.bytes >= limits.bytes && !self.items.is_empty())
    }

    /// Whether the oldest item is in the way of one that comes `now`.
    pub fn has_to_drop(&self, exempt: bool, late: Duration, now: Instant) -> bool {
        let waited = self.since.front().map_or(Duration::ZERO, |&since| now - since);
        let items = if exempt || waited < late { usize::MAX } else { self.limits.items };
        self.is_full(Limits { items, ..self.limits })
    }

    /// Wake the consumer, if it waits and there is something for it.
    pub fn wake(&mut self) {
        if !self.items.is_empty() {
            self.consumer.take().iter().for_each(Thread::unpark);
        }
    }

    /// Whether to wake a producer that may wait for room here.
    pub fn is_to_be_filled(&self) -> bool {
        let is_half =
            self.items.len() <= self.limits.items / 2 && self.bytes <= self.limits.bytes / 2;
        self.wake_after == 0 || is_half
    }

    pub fn starves(&self) -> bool {
        self.items.is_empty() && self.consumer.is_some() && !self.sparse && !self.abandoned
    }
}

impl<T> State<T> {
    pub fn new(queues: Vec<Queue<T>>, most_bytes: usize) -> Self {
        let (pushed, bytes) = (0, 0);
        let (producer, ended, panicked) = (None, false, false);
        Self { queues, pushed, bytes, most_bytes, producer, ended, panicked }
    }
}

impl<T: Weight> State<T> {
    pub fn pop(&mut self, nth: usize) -> Option<T> {
        let queue = self.queues.get_mut(nth)?;
        let item = queue.items.pop_front()?;
        queue.since.pop_front();
        let bytes = item.bytes();
        queue.bytes -= bytes;
        self.bytes -= bytes;
        Some(item)
    }

    /// Whether the producer has to wait before it pushes to a queue. It must not while another consumer is starved: the
    /// item that one needs may come after the one that does not fit here.
    pub fn must_wait(&self, nth: usize) -> bool {
        let queue = &self.queues[nth];
        if queue.abandoned || !queue.is_full(queue.limits) {
            return false;
        }
        let starving = self.queues.iter().any(Queue::starves);
        !starving || self.bytes >= self.most_bytes
    }
}
