//! `Threads`: all threads of a run end with it, in any order, and its end waits for all of them.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};

use crate::check;
use crate::event::Cancel;
use crate::threads::Threads;

pub fn check_all() {
    check("a run ends after its threads", || {
        let ended = Arc::new(AtomicUsize::new(0));
        let threads = Threads::new(&Cancel::new());
        for _ in 0..2 {
            let ended = ended.clone();
            let work = move || ended.fetch_add(1, Ordering::SeqCst);
            threads.spawner().spawn("test", work).unwrap();
        }
        threads.finish().unwrap();
        assert_eq!(ended.load(Ordering::SeqCst), 2);
    });
    check("a run that ends wakes a thread that waits", || {
        let threads = Threads::new(&Cancel::new());
        let cancel = threads.spawner().cancel().clone();
        threads.spawner().spawn("test", move || cancel.wait()).unwrap();
        threads.finish().unwrap();
    });
    check("a thread that starts another while the run ends", || {
        let ended = Arc::new(AtomicUsize::new(0));
        let threads = Threads::new(&Cancel::new());
        let (spawner, flag) = (threads.spawner().clone(), ended.clone());
        let work = move || {
            let second = move || flag.fetch_add(1, Ordering::SeqCst);
            spawner.spawn("second", second).unwrap();
        };
        threads.spawner().spawn("first", work).unwrap();
        threads.finish().unwrap();
        assert_eq!(ended.load(Ordering::SeqCst), 1);
    });
    check("a result is there although its run ends", || {
        let threads = Threads::new(&Cancel::new());
        let task = threads.spawner().spawn("test", || 7).unwrap();
        threads.finish().unwrap();
        assert_eq!(task.join(), Ok(7));
    });
}
