//! The result of a thread, for those who wait for it.
//! Starting and joining threads is in `threads`.

use std::sync::PoisonError;

use crate::error::Result;
use crate::event::Cancel;
use crate::sync::thread::{self, Thread};
use crate::sync::{Arc, AtomicBool, Mutex, MutexGuard, Ordering};

/// The result of a thread.
#[derive(Debug)]
pub(crate) struct Task<T> {
    result: Arc<Slot<Result<T>>>,
    left_behind: Arc<AtomicBool>,
}

impl<T> Task<T> {
    pub(super) fn new(result: Arc<Slot<Result<T>>>, left_behind: Arc<AtomicBool>) -> Self {
        Self { result, left_behind }
    }

    /// Wait for the thread; an error if it panicked.
    pub fn join(self) -> Result<T> {
        loop {
            if let Some(result) = self.result.take_or_wait() {
                return result;
            }
            thread::park();
        }
    }

    /// As [`join`](Self::join), but gives up on `cancel`: `None` if that came first.
    pub fn join_unless(self, cancel: &Cancel) -> Option<Result<T>> {
        self.wait_unless(cancel).then(|| self.join())
    }

    /// Wait until the thread has ended or `cancel` is set. Returns whether it has ended.
    pub fn wait_unless(&self, cancel: &Cancel) -> bool {
        let waiting = cancel.waiting();
        loop {
            if self.result.is_full_or_wait() {
                return true;
            }
            if cancel.is_cancelled() {
                return false;
            }
            waiting.park(None);
        }
    }

    pub fn is_finished(&self) -> bool {
        self.result.is_full()
    }

    /// Do not join the thread: it is stuck, and the error for that has been reported.
    pub fn leave_behind(self) {
        self.left_behind.store(true, Ordering::Relaxed);
    }
}

/// A slot for one value, and the thread that waits for it.
#[derive(Debug)]
pub(super) struct Slot<T>(Mutex<(Option<T>, Option<Thread>)>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Mutex::new((None, None)))
    }
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, (Option<T>, Option<Thread>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, value: T) {
        let mut slot = self.lock();
        slot.0 = Some(value);
        slot.1.iter().for_each(Thread::unpark);
    }

    pub(super) fn is_full(&self) -> bool {
        self.lock().0.is_some()
    }

    /// Whether there is a value. If not, this thread is unparked when there is.
    fn is_full_or_wait(&self) -> bool {
        let mut slot = self.lock();
        slot.1 = Some(thread::current());
        slot.0.is_some()
    }

    /// The value. If there is none, this thread is unparked when there is.
    fn take_or_wait(&self) -> Option<T> {
        let mut slot = self.lock();
        slot.1 = Some(thread::current());
        slot.0.take()
    }
}
