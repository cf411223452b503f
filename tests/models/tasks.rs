//! `Task`: the result of a thread reaches the waiter, and a cancelled wait returns without it.

use loom::sync::Arc;
use loom::sync::atomic::AtomicBool;
use loom::thread;

use crate::check;
use crate::error::Result;
use crate::event::Cancel;
use crate::threads::task::{Slot, Task};

fn task() -> (Arc<Slot<Result<u8>>>, Task<u8>) {
    let slot = Arc::<Slot<Result<u8>>>::default();
    (slot.clone(), Task::new(slot, Arc::new(AtomicBool::new(false))))
}

pub fn check_all() {
    check("a result is waited for", || {
        let (slot, task) = task();
        let worker = thread::spawn(move || slot.put(Ok(7)));
        assert_eq!(task.join(), Ok(7));
        worker.join().unwrap();
    });
    check("a result or Ctrl-C, whichever comes first", || {
        let (slot, task) = task();
        let cancel = Cancel::new();
        let signal = cancel.clone();
        let worker = thread::spawn(move || slot.put(Ok(7)));
        let handler = thread::spawn(move || signal.cancel());
        assert!(matches!(task.join_unless(&cancel), None | Some(Ok(7))));
        worker.join().unwrap();
        handler.join().unwrap();
    });
    check("Ctrl-C ends the wait for a thread that never ends", || {
        let (_slot, task) = task();
        let cancel = Cancel::new();
        let signal = cancel.clone();
        let handler = thread::spawn(move || signal.cancel());
        assert_eq!(task.join_unless(&cancel), None);
        handler.join().unwrap();
    });
}
