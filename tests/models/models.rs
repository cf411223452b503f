//! Runs each model and prints in how many orders its threads took their steps. A deadlock, a lost wake-up or a failed
//! assertion ends the program with the order that led to it.
//!
//! The modules are vstream's own files. Only the synchronisation primitives are loom's, and time does not pass: a wait with
//! a deadline waits for ever, so one that ends only by its deadline is a deadlock here.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

#[path = "../../src/error/mod.rs"]
mod error;
#[path = "../../src/event/mod.rs"]
mod event;
#[path = "../../src/named.rs"]
mod named;
#[path = "../../src/sample.rs"]
mod sample;
#[path = "../../src/time/mod.rs"]
mod time;

pub use error::{Error, ErrorKind, ParseError, Remedy, Result, ServerPort};
pub use event::{Cancel, Event, Progress, Reporter, Silent, Summary, TrackSummary, Warning};
pub use sample::{Sample, SampleCodec, StreamInfo};
pub use time::wall_clock::StartTime;
pub use time::{FrameRate, TimeUnit, Timestamps};

mod sync {
    use std::sync::{LockResult, TryLockResult};

    pub use loom::sync::atomic::{AtomicBool, Ordering, fence};
    pub use loom::sync::{Arc, Condvar, MutexGuard};

    /// One whose `try_lock` fails in some orders: with loom's own, no other thread goes on right behind `lock`.
    #[derive(Debug)]
    pub struct Mutex<T>(loom::sync::Mutex<T>, AtomicBool);

    impl<T> Mutex<T> {
        pub fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value), AtomicBool::new(false))
        }

        pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
            let locked = self.0.lock();
            self.1.store(true, Ordering::Relaxed);
            locked
        }

        pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
            self.1.load(Ordering::Relaxed);
            self.0.try_lock()
        }
    }

    impl<T: Default> Default for Mutex<T> {
        fn default() -> Self {
            Self::new(T::default())
        }
    }

    /// loom's own `unpark` also wakes a thread that waits in a lock or in `join`, which no thread does.
    pub mod thread {
        pub use std::thread::panicking;

        use loom::sync::Notify;
        pub use loom::thread::{Builder, JoinHandle};

        loom::thread_local! {
            static OWN: Thread = Thread(super::Arc::new(Notify::new()));
        }

        #[derive(Debug, Clone)]
        pub struct Thread(super::Arc<Notify>);

        impl Thread {
            pub fn unpark(&self) {
                self.0.notify();
            }

            pub fn id(&self) -> *const Notify {
                &raw const *self.0
            }
        }

        pub fn current() -> Thread {
            OWN.with(Clone::clone)
        }

        pub fn park() {
            OWN.with(|own| own.0.wait());
        }

        pub fn park_timeout(_limit: std::time::Duration) {
            park();
        }
    }
}

#[path = "../../src/threads"]
mod threads {
    mod group;
    pub mod mailbox;
    mod queue;
    mod task;

    pub(crate) use group::{Spawner, Threads};

    /// A panic ends a model.
    fn caught<T>(_subject: &str, work: impl FnOnce() -> T) -> crate::Result<T> {
        Ok(work())
    }

    #[path = "../../tests/models/groups.rs"]
    pub mod groups;

    #[path = "../../tests/models/mailbox.rs"]
    pub mod mailboxes;
    #[path = "../../tests/models/queues.rs"]
    pub mod queues;
    #[path = "../../tests/models/tasks.rs"]
    pub mod tasks;
}

mod ffi {
    pub mod system {
        /// It has no effect on a thread that is in no system call.
        pub fn interrupt<T>(_thread: &loom::thread::JoinHandle<T>) {}
    }
}

#[path = "../../src/sink"]
mod sink {
    mod ending;
    mod rows;

    #[path = "../../tests/models/outbox.rs"]
    pub mod outbox;
    use ending::Ending;
}

/// As much of the entries of a recording as their queue looks at.
mod record {
    pub struct Row {
        pub track: usize,
        pub keyframe: bool,
        pub number: usize,
    }

    pub enum Entry {
        Sample(Row),
        Clip(()),
        Sound(()),
        End { track: usize },
    }

    impl Entry {
        pub fn bytes(&self) -> usize {
            1
        }

        pub fn track(&self) -> usize {
            0
        }
    }
}

mod cancelling;

/// Steps taken by another thread while one could go on. Most errors need one or two.
const PREEMPTIONS: usize = 2;

fn check(name: &str, model: impl Fn() + Send + Sync + 'static) {
    let began = Instant::now();
    let orders = std::sync::Arc::new(AtomicUsize::new(0));
    let count = orders.clone();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        model();
    });
    println!("{name}: {} orders, {:.1?}", orders.load(Ordering::Relaxed), began.elapsed());
}

fn main() {
    cancelling::check_all();
    threads::tasks::check_all();
    threads::groups::check_all();
    threads::mailboxes::check_all();
    threads::queues::check_all();
    sink::outbox::check_all();
}
