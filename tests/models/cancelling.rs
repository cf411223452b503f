//! `Cancel`: every waiter is woken, in whatever order it is set, also from a signal handler.

use loom::thread;

use crate::check;
use crate::event::Cancel;

pub fn check_all() {
    check("a waiting thread is woken", || {
        let cancel = Cancel::new();
        let waits = cancel.clone();
        let waiting = thread::spawn(move || waits.wait());
        cancel.cancel();
        waiting.join().unwrap();
    });
    check("two waiting threads are woken, one for a part of the run", || {
        let cancel = Cancel::new();
        let (waits, part) = (cancel.clone(), cancel.child());
        let whole = thread::spawn(move || waits.wait());
        let part = thread::spawn(move || part.wait());
        cancel.cancel();
        whole.join().unwrap();
        part.join().unwrap();
    });
    check("set twice at once", || {
        let cancel = Cancel::new();
        let (again, waits) = (cancel.clone(), cancel.clone());
        let waiting = thread::spawn(move || waits.wait());
        let other = thread::spawn(move || again.cancel());
        cancel.cancel();
        other.join().unwrap();
        waiting.join().unwrap();
    });
}
