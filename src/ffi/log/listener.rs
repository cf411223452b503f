//! Calls the listener to FFmpeg's log on its own thread: FFmpeg logs while it holds locks, and a listener may do
//! anything. Which lines it gets is decided in `log`.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crate::event::Cancel;
use crate::threads::Threads;

/// How much a line of FFmpeg's log matters, most first.
///
/// ```
/// use vstream::LogLevel;
///
/// vstream::on_ffmpeg_log(LogLevel::Warning, |level, line| println!("FFmpeg, {level:?}: {line}"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something may be wrong.
    Warning,
    /// What a user may want to know.
    Info,
    /// What a developer may want to know.
    Verbose,
}

/// Lines that may wait for a listener. More are left out and counted.
const MOST_LINES: usize = 4096;
/// How long closing something waits for a listener that is behind.
const FLUSH: Duration = Duration::from_secs(1);

type Listener = Arc<dyn Fn(LogLevel, &str) + Send + Sync>;

static LISTENER: RwLock<Option<(LogLevel, Listener)>> = RwLock::new(None);
/// The last level that is listened to, plus one; 0 without a listener. Read for every line that FFmpeg logs.
static WANTED: AtomicU8 = AtomicU8::new(0);
static QUEUE: Queue = Queue { waiting: Mutex::new(Waiting::new()), changed: Condvar::new() };
/// The thread that calls the listener. It belongs to the process, as the listener does.
static THREAD: OnceLock<Threads> = OnceLock::new();
static THREAD_ID: OnceLock<ThreadId> = OnceLock::new();

/// Pass FFmpeg's log lines up to `level` to `listener`, without the credentials in URLs. A new listener replaces the
/// last one.
///
/// It is called on its own thread, in the order of the lines, so it may take its time, call back into vstream or
/// FFmpeg, or panic, which loses only that line. One that falls thousands of lines behind misses some, and is told how
/// many. The lines about an input have been passed when the call that reads it returns, unless the listener is more
/// than a second behind.
pub fn on_ffmpeg_log(level: LogLevel, listener: impl Fn(LogLevel, &str) + Send + Sync + 'static) {
    super::super::init();
    *LISTENER.write().unwrap_or_else(PoisonError::into_inner) = Some((level, Arc::new(listener)));
    WANTED.store(level as u8 + 1, Ordering::Relaxed);
    THREAD.get_or_init(|| {
        let threads = Threads::new(&Cancel::new());
        // Without a thread nobody hears anything, and nothing else depends on it.
        let _ = threads.spawner().spawn("ffmpeg-log", || QUEUE.deliver());
        threads
    });
}

/// Pass no more lines on. In a forked process, whose thread for them is missing, this keeps callers from waiting for
/// it.
#[cfg(feature = "python")]
pub(crate) fn silence() {
    WANTED.store(0, Ordering::Relaxed);
}

/// Whether anybody listens to lines of this level.
pub(super) fn wants(level: LogLevel) -> bool {
    (level as u8) < WANTED.load(Ordering::Relaxed)
}

/// Pass a line to the listener, without waiting for it.
pub(super) fn pass(level: LogLevel, line: String) {
    let mut waiting = QUEUE.lock();
    if waiting.lines.len() < MOST_LINES {
        waiting.lines.push_back((level, line));
    } else {
        waiting.left_out += 1;
    }
    QUEUE.changed.notify_all();
}

/// Wait until the listener has heard all lines so far, within reason.
pub(super) fn flush() {
    // Nobody listens; and a listener that calls back does not wait for itself.
    if WANTED.load(Ordering::Relaxed) == 0
        || THREAD_ID.get().is_none_or(|listener| *listener == thread::current().id())
    {
        return;
    }
    let waiting = QUEUE.lock();
    let behind = |waiting: &mut Waiting| waiting.busy || !waiting.lines.is_empty();
    drop(QUEUE.changed.wait_timeout_while(waiting, FLUSH, behind));
}

struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

struct Waiting {
    lines: VecDeque<(LogLevel, String)>,
    left_out: u64,
    /// The listener is processing a line.
    busy: bool,
}

impl Waiting {
    const fn new() -> Self {
        Self { lines: VecDeque::new(), left_out: 0, busy: false }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Call the listener for every line, for as long as the process lives.
    fn deliver(&self) {
        THREAD_ID.get_or_init(|| thread::current().id());
        loop {
            let (level, line) = self.next();
            let listener = LISTENER.read().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some((most, listener)) = listener
                && level <= most
            {
                // Its panic has been reported by the panic hook, and must not silence the lines that follow.
                let _ = catch_unwind(AssertUnwindSafe(|| listener(level, &line)));
            }
        }
    }

    fn next(&self) -> (LogLevel, String) {
        let mut waiting = self.lock();
        waiting.busy = false;
        self.changed.notify_all();
        loop {
            if waiting.lines.is_empty() && waiting.left_out > 0 {
                let count = std::mem::take(&mut waiting.left_out);
                waiting.busy = true;
                return (LogLevel::Warning, format!("{count} lines of FFmpeg's log were left out"));
            }
            if let Some(line) = waiting.lines.pop_front() {
                waiting.busy = true;
                return line;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
