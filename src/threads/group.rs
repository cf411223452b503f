//! Starts, names and joins every thread of the library; a run joins its threads before it returns.
//! It does not know what the threads do.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;
use crate::ffi::system;
use crate::sync::thread::{self, JoinHandle, Thread};
use crate::sync::{Arc, AtomicBool, Mutex, MutexGuard, Ordering};

use super::caught;
use super::task::{Slot, Task};

/// How long a thread may take to end after cancellation before it is abandoned with an error.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a blocking thread is interrupted until it ends. One interruption is not enough: one that arrives just
/// before the system call has no effect.
const INTERRUPT: Duration = Duration::from_millis(5);

/// The threads of one run. Dropping it cancels and joins them.
pub(crate) struct Threads(Spawner);

/// Starts threads that belong to a [`Threads`].
#[derive(Clone)]
pub(crate) struct Spawner(Arc<Group>);

struct Group {
    /// Cancelled when the threads are to end; everything they wait for must wait on it too.
    cancel: Cancel,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: Vec<Running>,
    /// The first panic.
    panic: Option<Error>,
    /// The thread that waits for one of them to end.
    joiner: Option<Thread>,
}

struct Running {
    name: String,
    handle: JoinHandle<()>,
    /// It may block in a system call.
    blocks: bool,
    ended: Arc<Slot<()>>,
    left_behind: Arc<AtomicBool>,
}

impl Threads {
    /// An empty set. Threads started in it end on `cancel` or when their work is done.
    pub fn new(cancel: &Cancel) -> Self {
        let (cancel, state) = (cancel.child(), Mutex::default());
        Self(Spawner(Arc::new(Group { cancel, state })))
    }

    pub fn spawner(&self) -> &Spawner {
        &self.0
    }

    /// Cancel all threads and wait for them. An error if one of them panicked or does not end.
    pub fn finish(self) -> Result<()> {
        self.join()
    }

    fn join(&self) -> Result<()> {
        let group = &self.0.0;
        group.cancel.cancel();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut state = group.lock();
            state.joiner = Some(thread::current());
            state.reap();
            if state.running.is_empty() {
                return state.panic.take().map_or(Ok(()), Err);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let stuck = std::mem::take(&mut state.running);
                let names: Vec<_> = stuck.iter().map(|running| &*running.name).collect();
                let cause = format!("still busy after {} s", PATIENCE.as_secs());
                let subject = format!("the thread {}", names.join(" and "));
                let error = Error::new(ErrorKind::Internal, subject, cause);
                return Err(state.panic.take().unwrap_or(error));
            }
            let blocked = state.running.iter().filter(|running| running.blocks);
            let wait = match blocked.map(|running| system::interrupt(&running.handle)).count() {
                0 => left,
                _ => left.min(INTERRUPT),
            };
            drop(state);
            thread::park_timeout(wait);
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Errors are reported by `finish`; drop cannot return one.
        let _ = self.join();
    }
}

impl std::fmt::Debug for Threads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.0.0.lock();
        f.debug_list().entries(state.running.iter().map(|running| &running.name)).finish()
    }
}

impl Spawner {
    /// Cancelled when the threads are to end.
    pub fn cancel(&self) -> &Cancel {
        &self.0.cancel
    }

    /// Run `work` on a new thread. A panic in it fails the run.
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Task<T>> {
        self.start(name, false, work)
    }

    /// As [`spawn`](Self::spawn), for work that may block in a system call: on cancellation the thread is interrupted.
    pub fn spawn_blocking<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Task<T>> {
        self.start(name, true, work)
    }

    fn start<T: Send + 'static>(
        &self,
        name: &str,
        blocks: bool,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Task<T>> {
        let (result, ended) = (Arc::<Slot<Result<T>>>::default(), Arc::<Slot<()>>::default());
        let (out, end, group) = (result.clone(), ended.clone(), self.0.clone());
        let subject = format!("the {name} thread");
        let about = subject.clone();
        let body = move || {
            let done = caught(&about, work);
            if let Err(error) = &done {
                group.lock().panic.get_or_insert_with(|| error.clone());
            }
            out.put(done);
            // Must be the last use of the lock: the thread that sees the end may hold it while it joins this one.
            let state = group.lock();
            end.put(());
            state.joiner.iter().for_each(Thread::unpark);
        };
        let mut state = self.0.lock();
        state.reap();
        let handle = thread::Builder::new().name(name.to_owned()).spawn(body).map_err(|error| {
            let error = Error::io(ErrorKind::Internal, subject, error);
            error.with_remedy("allow more processes and memory (`ulimit -u`, `ulimit -v`)")
        })?;
        let left_behind = Arc::<AtomicBool>::default();
        let task = Task::new(result, left_behind.clone());
        state.running.push(Running { name: name.to_owned(), handle, blocks, ended, left_behind });
        Ok(task)
    }
}

impl Group {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Join the threads that have ended.
    fn reap(&mut self) {
        for running in self.running.extract_if(.., |running| running.ended.is_full()) {
            // Its panic was caught.
            let _ = running.handle.join();
        }
        self.running.retain(|running| !running.left_behind.load(Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_returns_its_result() {
        let threads = Threads::new(&Cancel::new());
        let task = threads.spawner().spawn("test", || 7).unwrap();
        assert_eq!(task.join(), Ok(7));
        assert_eq!(threads.finish(), Ok(()));
    }

    #[test]
    fn a_panic_fails_the_task_and_the_run() {
        let threads = Threads::new(&Cancel::new());
        let task = threads.spawner().spawn("test", || -> u8 { panic!("on purpose") }).unwrap();
        assert_eq!(task.join().unwrap_err().subject(), "the test thread");
        let error = threads.finish().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(error.cause().contains("on purpose"), "{error}");
    }

    #[test]
    fn dropping_the_owner_cancels_and_joins_its_threads() {
        let ended = Arc::new(AtomicBool::new(false));
        let threads = Threads::new(&Cancel::new());
        let (cancel, flag) = (threads.spawner().cancel().clone(), ended.clone());
        let wait = move || {
            cancel.wait();
            flag.store(true, Ordering::Relaxed);
        };
        threads.spawner().spawn("test", wait).unwrap();
        drop(threads);
        assert!(ended.load(Ordering::Relaxed));
    }

    #[test]
    fn a_cancelled_wait_for_a_thread_ends_before_it() {
        let threads = Threads::new(&Cancel::new());
        let stop = threads.spawner().cancel().clone();
        let task = threads.spawner().spawn("test", move || stop.wait()).unwrap();
        let cancel = Cancel::new();
        cancel.cancel();
        assert_eq!(task.join_unless(&cancel), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_thread_that_is_stuck_in_a_read_is_freed() {
        use std::io::Read as _;
        let (mut reader, _writer) = std::io::pipe().unwrap();
        let threads = Threads::new(&Cancel::new());
        threads.spawner().spawn_blocking("test", move || reader.read(&mut [0]).is_err()).unwrap();
        assert_eq!(threads.finish(), Ok(()));
    }
}
