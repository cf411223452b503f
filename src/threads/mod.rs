//! The threads of the library: those of a run, and the cores that they share.
//! What passes between them goes through `queue` and `mailbox`.

mod group;
pub(crate) mod mailbox;
pub(crate) mod prefetch;
pub(crate) mod queue;
mod task;

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::thread;

use crate::error::{Error, ErrorKind, Result};

pub(crate) use self::group::{Spawner, Threads};
pub(crate) use self::task::Task;

/// The cores that this process may use. The system is asked once: on Linux it reads several files for the answer.
pub(crate) fn cores() -> NonZeroUsize {
    static CORES: OnceLock<NonZeroUsize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
}

/// Does `work` on every part at the same time: the last on this thread, the others on threads that have ended when it
/// returns. A panic in one of them is one of this thread.
pub(crate) fn on_each<T: Send>(mut parts: Vec<T>, work: impl Fn(T) + Sync) {
    let Some(last) = parts.pop() else {
        return;
    };
    thread::scope(|scope| {
        for part in parts {
            scope.spawn(|| work(part));
        }
        work(last);
    });
}

/// Run `work`, turning a panic into an error about `subject`.
pub(crate) fn caught<T>(subject: &str, work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Error::new(ErrorKind::Internal, subject, format!("it panicked: {text}"))
            .with_remedy("this is a bug in vstream; please report it")
    })
}
