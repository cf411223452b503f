//! The switch that ends a run early: a flag, and the threads to wake when it is set.
//! Stages check it between items; whatever waits is woken by it.

use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread::{self, Thread};
use std::time::Instant;

/// A switch that ends a run early: what was read so far is encoded, logged and kept. Its clones are one switch, and
/// only they are equal to it.
///
/// Whatever takes long in this library takes one in its configuration: [`Config::cancel`](crate::Config::cancel) and
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
    /// It pulls itself at this time.
    deadline: OnceLock<Instant>,
    /// The switch of everything around: that pulls this one, never the other way.
    parent: Option<Cancel>,
    /// Threads to wake. They are parked rather than on a condition variable, whose mutex a signal handler could not take.
    waiting: Mutex<Vec<Thread>>,
}

impl PartialEq for Cancel {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Cancel {}

impl Cancel {
    /// A switch nobody has pulled yet.
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

    /// A switch for one part of the run, which ends with the whole or by itself.
    pub(crate) fn child(&self) -> Self {
        Self(Arc::new(Switch { parent: Some(self.clone()), ..Switch::default() }))
    }

    /// End this part at `deadline`, also while it waits. The first deadline stays.
    pub(crate) fn cancel_at(&self, deadline: Instant) {
        let _ = self.0.deadline.set(deadline);
        // Whoever waits already has to wait for less.
        self.0.wake();
    }

    /// Wait until it is pulled.
    pub(crate) fn wait(&self) {
        let waiting = self.waiting();
        while !self.is_cancelled() {
            waiting.park(None);
        }
    }

    /// Wait until `time`, or until it is pulled if that is earlier.
    pub(crate) fn wait_until(&self, time: Instant) {
        let waiting = self.waiting();
        while !self.is_cancelled() && Instant::now() < time {
            waiting.park(Some(time));
        }
    }

    /// Begin to wait for the switch and for something else at once. The caller looks at both before each
    /// [`park`](Waiting::park), and unparks this thread when the other one happens.
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
    /// Wake all that wait. It waits for no lock, since it may be called from a signal handler: whoever holds the list
    /// looks at the switch once it has let go.
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

/// A thread that waits for a switch, until this is dropped.
pub(crate) struct Waiting<'a>(&'a Cancel);

impl Waiting<'_> {
    /// Sleep until the switch is pulled, `until` has come, or somebody unparks this thread; it may wake without cause.
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
    fn a_part_ends_with_the_whole_but_not_the_whole_with_a_part() {
        let whole = Cancel::new();
        let (one, other) = (whole.child(), whole.child());
        one.cancel();
        assert!(one.is_cancelled() && !whole.is_cancelled() && !other.is_cancelled());
        whole.cancel();
        assert!(other.is_cancelled());
    }

    #[test]
    fn a_deadline_ends_a_part() {
        let part = Cancel::new().child();
        part.cancel_at(Instant::now() + LONG);
        assert!(!part.is_cancelled());
        let part = Cancel::new().child();
        part.cancel_at(Instant::now());
        assert!(part.is_cancelled());
    }

    #[test]
    fn whoever_waits_for_a_part_is_woken_by_the_whole() {
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
