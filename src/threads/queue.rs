//! Bounded queues with one producer thread and one consumer per queue.
//! They know nothing about their items except how much memory each takes.

mod state;

use std::sync::PoisonError;
use std::time::{Duration, Instant};

pub(crate) use self::state::{Limits, Weight};
use self::state::{Queue, State};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;
use crate::sync::thread::{self, Thread};
use crate::sync::{Arc, Mutex, MutexGuard};

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
    pub wake_after: u64,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    /// Cancelled when all consumers are gone.
    unwanted: Cancel,
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
        queues.push(Queue::new(rule.limits, rule.sparse, rule.wake_after));
        when_full.push(rule.when_full);
    }
    let numbers = 0..queues.len();
    let state = State::new(queues, most_bytes);
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
                queue.due = pushed + queue.wake_after;
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
