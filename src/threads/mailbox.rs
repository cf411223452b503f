//! A bounded queue from many threads to one that need not be woken for each message.
//! It does not know what the messages are.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::time::Instant;

use crate::sync::{Arc, Condvar, Mutex, MutexGuard};

struct Shared<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    emptied: Condvar,
    capacity: usize,
    together: usize,
}

struct State<T> {
    messages: VecDeque<T>,
    senders: usize,
    /// Those of them that wait for room.
    blocked: usize,
    /// The receiver waits for messages.
    is_awaited: bool,
    is_abandoned: bool,
}

/// One of the senders; a clone is another.
pub(crate) struct Sender<T>(Arc<Shared<T>>);

/// The receiver. Dropping it drops what was not received.
pub(crate) struct Receiver<T>(Arc<Shared<T>>);

/// The receiver is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unwanted;

/// What the receiver has to go on with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received<T> {
    Message(T),
    /// Nothing came in time.
    Nothing,
    /// All senders are gone, and everything they sent was received.
    End,
}

/// A queue of at most `capacity` messages. For one of many, a receiver that waits is woken only once there are as many
/// as `together`; it finds fewer when its own time is up. To wake it for each may cost more than what it does with it.
pub(crate) fn mailbox<T>(capacity: usize, together: usize) -> (Sender<T>, Receiver<T>) {
    let state = State {
        messages: VecDeque::with_capacity(capacity),
        senders: 1,
        blocked: 0,
        is_awaited: false,
        is_abandoned: false,
    };
    let (state, filled, emptied) = (Mutex::new(state), Condvar::new(), Condvar::new());
    let shared = Arc::new(Shared { state, filled, emptied, capacity, together });
    (Sender(shared.clone()), Receiver(shared))
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Sender<T> {
    /// Send a message; waits while there is no room.
    pub fn send(&self, message: T) -> Result<(), Unwanted> {
        self.push(message, 1)
    }

    /// The same for one of many messages, which may wait for others.
    pub fn send_one_of_many(&self, message: T) -> Result<(), Unwanted> {
        self.push(message, self.0.together)
    }

    /// `due` messages wake the receiver.
    fn push(&self, message: T, due: usize) -> Result<(), Unwanted> {
        let shared = &*self.0;
        let mut state = shared.lock();
        while state.messages.len() >= shared.capacity && !state.is_abandoned {
            state.blocked += 1;
            shared.filled.notify_one();
            state = shared.emptied.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.blocked -= 1;
        }
        if state.is_abandoned {
            return Err(Unwanted);
        }
        state.messages.push_back(message);
        // To wake a thread that does not wait is a system call all the same.
        let wakes = state.is_awaited && state.messages.len() >= due;
        drop(state);
        if wakes {
            shared.filled.notify_one();
        }
        Ok(())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.lock().senders += 1;
        Self(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.senders -= 1;
        if state.senders == 0 {
            self.0.filled.notify_one();
        }
    }
}

impl<T> Receiver<T> {
    /// The next message, in the order in which they were sent; waits until `deadline`, if there is one.
    pub fn receive(&self, deadline: Option<Instant>) -> Received<T> {
        let shared = &*self.0;
        let mut state = shared.lock();
        let mut is_late = false;
        loop {
            if let Some(message) = state.messages.pop_front() {
                // Senders that wait go on once half of the messages are received.
                let wakes = state.blocked > 0 && state.messages.len() <= shared.capacity / 2;
                drop(state);
                if wakes {
                    shared.emptied.notify_all();
                }
                return Received::Message(message);
            }
            if state.senders == 0 {
                return Received::End;
            }
            if is_late {
                return Received::Nothing;
            }
            state.is_awaited = true;
            state = match deadline {
                None => shared.filled.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    let waited = shared.filled.wait_timeout(state, left);
                    let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
                    is_late = timeout.timed_out();
                    state
                }
            };
            state.is_awaited = false;
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_abandoned = true;
        let unreceived = std::mem::take(&mut state.messages);
        drop(state);
        self.0.emptied.notify_all();
        drop(unreceived);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    const EVER: Duration = Duration::from_secs(3600);

    #[test]
    fn messages_come_in_order_and_then_the_end() {
        let (sender, receiver) = mailbox(2, 2);
        let sending = thread::spawn(move || (0..9).try_for_each(|n| sender.send_one_of_many(n)));
        let received: Vec<_> = std::iter::from_fn(|| match receiver.receive(None) {
            Received::Message(n) => Some(n),
            ended => {
                assert_eq!(ended, Received::End);
                None
            }
        })
        .collect();
        assert_eq!(received, (0..9).collect::<Vec<_>>());
        assert_eq!(sending.join().unwrap(), Ok(()));
    }

    #[test]
    fn messages_below_the_wake_up_count_arrive_at_the_deadline() {
        let (sender, receiver) = mailbox(9, 9);
        assert_eq!(receiver.receive(Some(Instant::now())), Received::Nothing);
        sender.send_one_of_many(1).unwrap();
        assert_eq!(receiver.receive(Some(Instant::now())), Received::Message(1));
    }

    #[test]
    fn single_messages_wake_the_receiver_at_once() {
        let (sender, receiver) = mailbox(9, 9);
        let receiving = thread::spawn(move || {
            let next = || receiver.receive(Some(Instant::now() + EVER));
            (next(), next())
        });
        sender.send_one_of_many(1).unwrap();
        sender.send(2).unwrap();
        assert_eq!(receiving.join().unwrap(), (Received::Message(1), Received::Message(2)));
    }

    #[test]
    fn without_a_receiver_nothing_is_sent() {
        let (sender, receiver) = mailbox(1, 1);
        sender.send(1).unwrap();
        // It waits for room, or finds the receiver gone.
        let other = sender.clone();
        let blocked = thread::spawn(move || other.send(2));
        drop(receiver);
        assert_eq!((blocked.join().unwrap(), sender.send(3)), (Err(Unwanted), Err(Unwanted)));
    }
}
