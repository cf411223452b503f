//! Moves everything upstream of it to a thread of its own, behind a bounded queue.
//! It knows nothing of what the items are but how much memory they take.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;

/// A wait looks at the cancel switch this often.
const TICK: Duration = Duration::from_millis(50);

/// What an item takes in memory.
pub(crate) trait Weight {
    fn bytes(&self) -> usize;
}

/// How much may wait in a queue: so many items, or so many bytes once there is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub items: usize,
    pub bytes: usize,
}

/// What a full queue does.
pub(crate) enum WhenFull {
    /// The producer waits: nothing is lost.
    Wait,
    /// The oldest item goes: a live source does not wait.
    DropOldest {
        /// So many items are let through first, within the limit of bytes: what came while everything was set up.
        after: usize,
        /// Called for each item that goes.
        dropped: Box<dyn FnMut() + Send>,
    },
}

struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    items: VecDeque<T>,
    bytes: usize,
    /// The producer has ended, by itself or by a panic.
    ended: bool,
    panicked: bool,
    /// Nobody takes any more.
    abandoned: bool,
}

impl<T: Weight> State<T> {
    fn is_full(&self, limits: Limits) -> bool {
        self.items.len() >= limits.items || (self.bytes >= limits.bytes && !self.items.is_empty())
    }

    fn pop(&mut self) -> Option<T> {
        let item = self.items.pop_front()?;
        self.bytes -= item.bytes();
        Some(item)
    }
}

impl<T> Queue<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, guard: MutexGuard<'a, State<T>>) -> MutexGuard<'a, State<T>> {
        let waited = self.changed.wait_timeout(guard, TICK);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The consumer's end.
pub(crate) struct Prefetch<T> {
    queue: Arc<Queue<Result<T>>>,
    /// When cancelled, do not wait for a producer that may be stuck in a read.
    cancel: Option<Cancel>,
    done: bool,
}

impl<T: Weight> Weight for Result<T> {
    fn bytes(&self) -> usize {
        self.as_ref().map_or(0, Weight::bytes)
    }
}

/// Run `stage` on its own thread. With `cancel`, a cancelled run takes what is queued and waits for nothing more.
pub(crate) fn prefetch<T, I>(
    stage: I,
    name: &str,
    limits: Limits,
    mut when_full: WhenFull,
    cancel: Option<Cancel>,
) -> Result<Prefetch<T>>
where
    T: Weight + Send + 'static,
    I: Iterator<Item = Result<T>> + Send + 'static,
{
    let queue = Arc::new(Queue {
        state: Mutex::new(State {
            items: VecDeque::new(),
            bytes: 0,
            ended: false,
            panicked: false,
            abandoned: false,
        }),
        changed: Condvar::new(),
    });
    let producer = queue.clone();
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            let _end = EndGuard(&producer);
            for item in stage {
                let mut state = producer.lock();
                if let WhenFull::DropOldest { after, dropped } = &mut when_full {
                    let items = if *after > 0 { usize::MAX } else { limits.items };
                    let limits = Limits { items, ..limits };
                    while state.is_full(limits) && state.pop().is_some() {
                        dropped();
                    }
                    *after = after.saturating_sub(1);
                }
                let waits = matches!(when_full, WhenFull::Wait);
                while waits && state.is_full(limits) && !state.abandoned {
                    state = producer.wait(state);
                }
                if state.abandoned {
                    break;
                }
                state.bytes += item.bytes();
                state.items.push_back(item);
                producer.changed.notify_all();
            }
        })
        .map_err(|e| Error::new(ErrorKind::Internal, format!("the {name} thread"), e))?;
    Ok(Prefetch { queue, cancel, done: false })
}

/// Tells the consumer that nothing more comes, also when the stage panicked.
struct EndGuard<'a, T>(&'a Queue<T>);

impl<T> Drop for EndGuard<'_, T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.ended = true;
        state.panicked = thread::panicking();
        self.0.changed.notify_all();
    }
}

impl<T: Weight> Iterator for Prefetch<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut state = self.queue.lock();
        while !self.done {
            if let Some(item) = state.pop() {
                self.queue.changed.notify_all();
                self.done = item.is_err();
                return Some(item);
            }
            let cancelled = self.cancel.as_ref().is_some_and(Cancel::is_cancelled);
            if state.panicked {
                self.done = true;
                return Some(Err(Error::new(
                    ErrorKind::Internal,
                    "a stage",
                    "its thread broke down",
                )));
            }
            if state.ended || cancelled {
                self.done = true;
            } else {
                state = self.queue.wait(state);
            }
        }
        None
    }
}

impl<T> Drop for Prefetch<T> {
    fn drop(&mut self) {
        self.queue.lock().abandoned = true;
        self.queue.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    impl Weight for usize {
        fn bytes(&self) -> usize {
            *self
        }
    }

    const TWO: Limits = Limits { items: 2, bytes: 1000 };

    #[test]
    fn nothing_is_lost_and_the_order_is_kept() {
        let all = prefetch((0..100).map(Ok), "test", TWO, WhenFull::Wait, None).unwrap();
        let got: Vec<usize> = all.map(Result::unwrap).collect();
        assert_eq!(got, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn after_an_error_comes_the_end() {
        let items = [Ok(1), Err(Error::new(ErrorKind::Read, "x", "y")), Ok(2)];
        let mut got = prefetch(items.into_iter(), "test", TWO, WhenFull::Wait, None).unwrap();
        assert!(got.next().unwrap().is_ok());
        assert!(got.next().unwrap().is_err());
        assert!(got.next().is_none());
    }

    #[test]
    fn a_panic_upstream_is_an_error_here() {
        let items = (0..3).map(|i| if i == 1 { panic!("on purpose") } else { Ok(i) });
        let got: Vec<_> = prefetch(items, "test", TWO, WhenFull::Wait, None).unwrap().collect();
        assert!(got.last().unwrap().is_err());
    }

    #[test]
    fn a_live_queue_keeps_the_newest() {
        let dropped = Arc::new(AtomicUsize::new(0));
        let counter = dropped.clone();
        let count = Box::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let (go, wait) = std::sync::mpsc::channel::<()>();
        // The last item comes only once the others have met a full queue.
        let items =
            (1..=10).map(Ok).chain(std::iter::from_fn(move || wait.recv().ok().map(|()| Ok(11))));
        let when_full = WhenFull::DropOldest { after: 0, dropped: count };
        let queue = prefetch(items, "test", TWO, when_full, None).unwrap();
        while dropped.load(Ordering::Relaxed) < 8 {
            thread::yield_now();
        }
        go.send(()).unwrap();
        drop(go);
        let got: Vec<usize> = queue.map(Result::unwrap).collect();
        assert_eq!(*got.last().unwrap(), 11);
        assert_eq!(got.len() + dropped.load(Ordering::Relaxed), 11);
    }

    #[test]
    fn what_comes_first_may_wait() {
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let items =
            (1..=5).map(Ok).chain(std::iter::from_fn(move || wait.recv().ok().map(|()| Ok(6))));
        let when_full = WhenFull::DropOldest { after: 5, dropped: Box::new(|| panic!("dropped")) };
        let queue = prefetch(items, "test", TWO, when_full, None).unwrap();
        drop(go);
        assert_eq!(queue.map(Result::unwrap).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_cancelled_consumer_does_not_wait() {
        let cancel = Cancel::new();
        cancel.cancel();
        let (_keep, never) = std::sync::mpsc::channel::<usize>();
        let stuck = std::iter::from_fn(move || never.recv().ok().map(Ok));
        let mut queue = prefetch(stuck, "test", TWO, WhenFull::Wait, Some(cancel)).unwrap();
        assert!(queue.next().is_none());
    }
}
