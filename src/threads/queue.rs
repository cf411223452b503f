//! Bounded queues with one producer thread and one consumer per queue.
//! They know nothing about their items except how much memory each takes.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;
use crate::sync::thread::{self, Thread};
use crate::sync::{Arc, Mutex, MutexGuard};

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

/// What a full queue does.
pub(crate) enum WhenFull {
    /// The producer waits; nothing is lost.
    Wait,
    /// The oldest item is dropped, because a live source does not wait.
    DropOldest {
        /// This many items are exempt, within the byte limit: they arrive while the stages are being set up.
        after: usize,
        /// An item that has waited for less than this is not late, and is kept within the byte limit: sources send
        /// several at once.
        late: Duration,
        /// Called for each dropped item.
        dropped: Box<dyn FnMut() + Send>,
    },
}

/// The rules of one queue.
pub(crate) struct Rules {
    pub limits: Limits,
    pub when_full: WhenFull,
    /// Items may be rare, so an empty queue does not mean that the consumer is starved: subtitles, sound.
    pub sparse: bool,
    /// A waiting consumer is woken only once this many further items were pushed to any queue after the one it waits
    /// for, since waking it for each may cost more than processing it; 0 wakes it at once. It is also woken when the
    /// producer ends or has to wait. With any other value than 0, a waiting producer is woken once the queue is half
    /// empty.
    pub patience: u64,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    /// Cancelled when all consumers are gone.
    unwanted: Cancel,
}

struct State<T> {
    queues: Vec<Queue<T>>,
    /// Number of items so far, over all queues.
    pushed: u64,
    /// Total over all queues.
    bytes: usize,
    most_bytes: usize,
    /// The producer, if it waits for room.
    producer: Option<Thread>,
    /// The producer has finished or panicked.
    ended: bool,
    panicked: bool,
}

struct Queue<T> {
    items: VecDeque<T>,
    /// When each of them came, if they may be dropped; otherwise empty.
    since: VecDeque<Instant>,
    bytes: usize,
    limits: Limits,
    sparse: bool,
    patience: u64,
    /// The number of the item that the consumer has to be woken for.
    due: u64,
    /// The consumer, if it waits for an item.
    consumer: Option<Thread>,
    /// The consumer is gone.
    abandoned: bool,
}

impl<T: Weight> Queue<T> {
    fn is_full(&self, limits: Limits) -> bool {
        self.items.len() >= limits.items || (self.bytes >= limits.bytes && !self.items.is_empty())
    }

    /// Whether the oldest item is in the way of one that comes `now`.
    fn has_to_drop(&self, exempt: bool, late: Duration, now: Instant) -> bool {
        let waited = self.since.front().map_or(Duration::ZERO, |&since| now - since);
        let items = if exempt || waited < late { usize::MAX } else { self.limits.items };
        self.is_full(Limits { items, ..self.limits })
    }

    /// Wake the consumer, if it waits and there is something for it.
    fn wake(&mut self) {
        if !self.items.is_empty() {
            self.consumer.take().iter().for_each(Thread::unpark);
        }
    }

    /// Whether to wake a producer that may wait for room here.
    fn is_to_be_filled(&self) -> bool {
        let is_half =
            self.items.len() <= self.limits.items / 2 && self.bytes <= self.limits.bytes / 2;
        self.patience == 0 || is_half
    }

    fn starves(&self) -> bool {
        self.items.is_empty() && self.consumer.is_some() && !self.sparse && !self.abandoned
    }
}

impl<T: Weight> State<T> {
    fn pop(&mut self, nth: usize) -> Option<T> {
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
    fn must_wait(&self, nth: usize) -> bool {
        let queue = &self.queues[nth];
        if queue.abandoned || !queue.is_full(queue.limits) {
            return false;
        }
        let starving = self.queues.iter().any(Queue::starves);
        !starving || self.bytes >= self.most_bytes
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The producer's end. Dropping it ends all queues.
pub(crate) struct Producer<T> {
    shared: Arc<Shared<Result<T>>>,
    when_full: Vec<WhenFull>,
}

/// The consumer's end of one queue.
pub(crate) struct Consumer<T> {
    shared: Arc<Shared<Result<T>>>,
    nth: usize,
    /// Once cancelled, do not wait for the producer, which may be blocked in a read.
    cancel: Option<Cancel>,
    done: bool,
}

/// Queues filled by one thread. A full queue makes the producer wait. While another consumer is starved it may go on,
/// until all queues together hold `most_bytes`. `unwanted` is cancelled when all consumers are gone.
pub(crate) fn queues<T>(
    rules: Vec<Rules>,
    most_bytes: usize,
    unwanted: Cancel,
) -> (Producer<T>, Vec<Consumer<T>>) {
    let (mut queues, mut when_full) = (Vec::new(), Vec::new());
    for rule in rules {
        let (items, since) = Default::default();
        let (limits, sparse) = (rule.limits, rule.sparse);
        let (patience, due) = (rule.patience, 0);
        let (bytes, consumer, abandoned) = (0, None, false);
        queues.push(Queue {
            items,
            since,
            bytes,
            limits,
            sparse,
            patience,
            due,
            consumer,
            abandoned,
        });
        when_full.push(rule.when_full);
    }
    let numbers = 0..queues.len();
    let (producer, ended, panicked) = (None, false, false);
    let state = State { queues, pushed: 0, bytes: 0, most_bytes, producer, ended, panicked };
    let shared = Arc::new(Shared { state: Mutex::new(state), unwanted });
    let consumer = |nth| Consumer { shared: shared.clone(), nth, cancel: None, done: false };
    let consumers = numbers.map(consumer).collect();
    (Producer { shared, when_full }, consumers)
}

/// Whether a consumer is left for the next item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wanted {
    More,
    Nothing,
}

impl<T: Weight> Producer<T> {
    /// Push an item to a queue. While the queue is full, waits or drops items according to its rules.
    pub fn push(&mut self, nth: usize, item: Result<T>) -> Wanted {
        let mut state = self.shared.lock();
        let mut since = None;
        match self.when_full.get_mut(nth) {
            Some(WhenFull::DropOldest { after, late, dropped }) => {
                let now = *since.insert(Instant::now());
                while state.queues[nth].has_to_drop(*after > 0, *late, now)
                    && state.pop(nth).is_some()
                {
                    dropped();
                }
                *after = after.saturating_sub(1);
            }
            Some(WhenFull::Wait) => {
                while state.must_wait(nth) {
                    state.producer = Some(thread::current());
                    state.queues.iter_mut().for_each(Queue::wake);
                    drop(state);
                    thread::park();
                    state = self.shared.lock();
                }
                state.producer = None;
            }
            None => return Wanted::More,
        }
        if state.queues.iter().all(|queue| queue.abandoned) {
            return Wanted::Nothing;
        }
        let (bytes, pushed) = (item.bytes(), state.pushed);
        let queue = &mut state.queues[nth];
        if !queue.abandoned {
            if queue.items.is_empty() {
                queue.due = pushed + queue.patience;
            }
            queue.bytes += bytes;
            queue.items.push_back(item);
            queue.since.extend(since);
            state.bytes += bytes;
        }
        state.pushed += 1;
        let due = state.queues.iter_mut().filter(|queue| queue.due <= pushed);
        due.for_each(Queue::wake);
        Wanted::More
    }

    /// Whether a queue still has its consumer.
    pub fn is_wanted(&self, nth: usize) -> bool {
        self.shared.lock().queues.get(nth).is_some_and(|queue| !queue.abandoned)
    }

    /// Whether a push would have to wait.
    pub fn would_wait(&self, nth: usize) -> bool {
        self.shared.lock().must_wait(nth)
    }

    /// Whether the queues hold `most_bytes` and a consumer is still starved: the streams are interleaved too far apart.
    pub fn is_crowded(&self) -> bool {
        let state = self.shared.lock();
        state.bytes >= state.most_bytes && state.queues.iter().any(Queue::starves)
    }
}

impl<T> Drop for Producer<T> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.ended = true;
        state.panicked = thread::panicking();
        for queue in &mut state.queues {
            queue.consumer.take().iter().for_each(Thread::unpark);
        }
    }
}

impl<T> Consumer<T> {
    /// Once `cancel` is set, return what is queued and do not wait for more.
    pub fn until(mut self, cancel: &Cancel) -> Self {
        self.cancel = Some(cancel.clone());
        self
    }
}

impl<T: Weight> Iterator for Consumer<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let mut waiting = None;
        loop {
            let mut state = self.shared.lock();
            if let Some(item) = state.pop(self.nth) {
                if state.queues[self.nth].is_to_be_filled() {
                    state.producer.take().iter().for_each(Thread::unpark);
                }
                self.done = item.is_err();
                return Some(item);
            }
            if state.panicked {
                self.done = true;
                let cause = "the thread before it panicked";
                return Some(Err(Error::new(ErrorKind::Internal, "a stage", cause)));
            }
            if state.ended || self.cancel.as_ref().is_some_and(Cancel::is_cancelled) {
                self.done = true;
                return None;
            }
            state.queues[self.nth].consumer = Some(thread::current());
            if state.queues.len() > 1 {
                // With this consumer starved, a full queue may grow beyond its limit.
                state.producer.take().iter().for_each(Thread::unpark);
            }
            drop(state);
            match (&self.cancel, &waiting) {
                (None, _) => thread::park(),
                // `cancel` may have been set before the registration, so check once more before parking.
                (Some(cancel), None) => waiting = Some(cancel.waiting()),
                (Some(_), Some(waiting)) => waiting.park(None),
            }
        }
    }
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        let queue = &mut state.queues[self.nth];
        queue.abandoned = true;
        queue.items.clear();
        queue.since.clear();
        let bytes = std::mem::take(&mut queue.bytes);
        state.bytes -= bytes;
        state.producer.take().iter().for_each(Thread::unpark);
        if state.queues.iter().all(|queue| queue.abandoned) {
            self.shared.unwanted.cancel();
        }
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
