//! The switch that ends a run early: a flag, and the threads to wake when it is set.
//! It ends nothing itself: stages check it between items, and waits are woken by it.

use std::sync::{OnceLock, PoisonError, TryLockError};
use std::time::Instant;

use crate::sync::thread::{self, Thread};
use crate::sync::{Arc, AtomicBool, Mutex, MutexGuard, Ordering, fence};

/// A switch that ends a run early: everything read so far is encoded, logged and kept. Clones share one switch, and
/// only clones compare equal.
///
/// Every long-running call takes one in its configuration: [`Config::cancel`](crate::Config::cancel) and
/// [`FrameConfig::cancel`](crate::FrameConfig::cancel).
///
/// ```
/// use vstream::Cancel;
///
/// let cancel = Cancel::new();
/// let elsewhere = cancel.clone();
/// std::thread::spawn(move || elsewhere.cancel()).join().unwrap();
/// assert!(cancel.is_cancelled());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<Switch>);

#[derive(Debug, Default)]
struct Switch {
    pulled: AtomicBool,
    /// The time at which it sets itself.
    deadline: OnceLock<Instant>,
    /// The parent switch: setting the parent sets this one, not the other way round.
    parent: Option<Cancel>,
    /// Threads to wake. They park instead of waiting on a condition variable, because a signal handler must not lock a
    /// mutex.
    waiting: Mutex<Vec<Thread>>,
}

impl PartialEq for Cancel {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Cancel {}

impl Cancel {
    /// A switch that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// End the run. May be called from any thread, and from a signal handler.
    pub fn cancel(&self) {
        self.0.pulled.store(true, Ordering::SeqCst);
        self.0.wake();
    }

    /// Whether the run is to end.
    pub fn is_cancelled(&self) -> bool {
        self.0.pulled.load(Ordering::SeqCst)
            || self.0.deadline.get().is_some_and(|at| Instant::now() >= *at)
            || self.0.parent.as_ref().is_some_and(Self::is_cancelled)
    }

    /// A child switch for one part of the run, set by itself or by its parent.
    pub(crate) fn child(&self) -> Self {
        Self(Arc::new(Switch { parent: Some(self.clone()), ..Switch::default() }))
    }

    /// End this part at `deadline`, even if it is waiting. A deadline that was set earlier stays.
    pub(crate) fn cancel_at(&self, deadline: Instant) {
        let _ = self.0.deadline.set(deadline);
        // Threads that already wait must recompute how long.
        self.0.wake();
    }

    /// Wait until the switch is set.
    pub(crate) fn wait(&self) {
        let waiting = self.waiting();
        while !self.is_cancelled() {
            waiting.park(None);
        }
    }

    /// Wait until `time`, or until the switch is set if that is earlier.
    pub(crate) fn wait_until(&self, time: Instant) {
        let waiting = self.waiting();
        while !self.is_cancelled() && Instant::now() < time {
            waiting.park(Some(time));
        }
    }

    /// Begin to wait for the switch and for another event at once. Check both before each [`park`](Waiting::park); the
    /// other event must unpark this thread.
    pub(crate) fn waiting(&self) -> Waiting<'_> {
        let own = thread::current();
        self.switches().for_each(|switch| switch.list(|list| list.push(own.clone())));
        Waiting(self)
    }

    fn switches(&self) -> impl Iterator<Item = &Switch> {
        std::iter::successors(Some(self), |cancel| cancel.0.parent.as_ref()).map(|c| &*c.0)
    }

    fn deadline(&self) -> Option<Instant> {
        self.switches().filter_map(|switch| switch.deadline.get().copied()).min()
    }
}

impl Switch {
    /// Wake all waiting threads. It must not block on the lock, since a signal handler may call it: a thread that holds
    /// the list checks the switch again after it unlocks.
    fn wake(&self) {
        fence(Ordering::SeqCst);
        let list = match self.waiting.try_lock() {
            Ok(list) => list,
            Err(TryLockError::Poisoned(list)) => list.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        list.iter().for_each(Thread::unpark);
    }

    fn list(&self, change: impl FnOnce(&mut MutexGuard<'_, Vec<Thread>>)) {
        change(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        fence(Ordering::SeqCst);
        if self.pulled.load(Ordering::SeqCst) || self.deadline.get().is_some() {
            self.wake();
        }
    }
}

/// A registered waiting thread; dropping it unregisters the thread.
pub(crate) struct Waiting<'a>(&'a Cancel);

impl Waiting<'_> {
    /// Park until the switch is set, `until` is reached, or another thread unparks this one. Wakes may be spurious.
    pub fn park(&self, until: Option<Instant>) {
        match until.into_iter().chain(self.0.deadline()).min() {
            Some(time) => thread::park_timeout(time.saturating_duration_since(Instant::now())),
            None => thread::park(),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let own = thread::current().id();
        self.0.switches().for_each(|switch| {
            switch.list(|list| {
                if let Some(at) = list.iter().position(|thread| thread.id() == own) {
                    list.swap_remove(at);
                }
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn a_child_is_cancelled_with_its_parent_but_not_the_other_way_round() {
        let whole = Cancel::new();
        let (one, other) = (whole.child(), whole.child());
        one.cancel();
        assert!(one.is_cancelled() && !whole.is_cancelled() && !other.is_cancelled());
        whole.cancel();
        assert!(other.is_cancelled());
    }

    #[test]
    fn a_deadline_cancels_a_child() {
        let part = Cancel::new().child();
        part.cancel_at(Instant::now() + LONG);
        assert!(!part.is_cancelled());
        let part = Cancel::new().child();
        part.cancel_at(Instant::now());
        assert!(part.is_cancelled());
    }

    #[test]
    fn cancelling_the_parent_wakes_waiters_of_the_child() {
        let whole = Cancel::new();
        let waits = || {
            let part = whole.child();
            thread::spawn(move || part.wait_until(Instant::now() + LONG))
        };
        let threads: Vec<_> = (0..8).map(|_| waits()).collect();
        whole.cancel();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(whole.0.waiting.lock().unwrap().is_empty());
    }

    #[test]
    fn a_deadline_that_comes_later_shortens_a_wait() {
        let part = Cancel::new().child();
        let waits = part.clone();
        let thread = thread::spawn(move || waits.wait());
        part.cancel_at(Instant::now());
        thread.join().unwrap();
    }
}
