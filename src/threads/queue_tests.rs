//! What the queues between threads keep, drop and report.
//! The threads themselves are tested in `threads`.

use super::*;
use crate::threads::Threads;
use crate::threads::prefetch::prefetch;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

impl Weight for usize {
    fn bytes(&self) -> usize {
        *self
    }
}

const TWO: Limits = Limits { items: 2, bytes: 1000 };

fn threads() -> Threads {
    Threads::new(&Cancel::new())
}

fn run<I>(threads: &Threads, items: I, when_full: WhenFull) -> Consumer<usize>
where
    I: Iterator<Item = Result<usize>> + Send + 'static,
{
    prefetch(threads.spawner(), items, "test", TWO, when_full).unwrap()
}

#[test]
fn nothing_is_lost_and_the_order_is_kept() {
    let threads = threads();
    let all = run(&threads, (0..100).map(Ok), WhenFull::Wait);
    let got: Vec<usize> = all.map(Result::unwrap).collect();
    assert_eq!(got, (0..100).collect::<Vec<_>>());
}

#[test]
fn nothing_follows_an_error() {
    let threads = threads();
    let items = [Ok(1), Err(Error::new(ErrorKind::Read, "x", "y")), Ok(2)];
    let mut got = run(&threads, items.into_iter(), WhenFull::Wait);
    assert!(got.next().unwrap().is_ok());
    assert!(got.next().unwrap().is_err());
    assert!(got.next().is_none());
}

#[test]
fn a_panic_upstream_is_an_error_of_consumer_and_run() {
    let threads = threads();
    let items = (0..3).map(|i| if i == 1 { panic!("on purpose") } else { Ok(i) });
    let got: Vec<_> = run(&threads, items, WhenFull::Wait).collect();
    assert!(got.last().unwrap().is_err());
    assert!(threads.finish().is_err());
}

#[test]
fn a_live_queue_keeps_the_newest() {
    let threads = threads();
    let dropped = Arc::new(AtomicUsize::new(0));
    let counter = dropped.clone();
    let count = Box::new(move || {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let (go, wait) = channel::<()>();
    // The last item comes only once the others have met a full queue.
    let items =
        (1..=10).map(Ok).chain(std::iter::from_fn(move || wait.recv().ok().map(|()| Ok(11))));
    let queue = run(
        &threads,
        items,
        WhenFull::DropOldest { after: 0, late: Duration::ZERO, dropped: count },
    );
    while dropped.load(Ordering::Relaxed) < 8 {
        thread::yield_now();
    }
    go.send(()).unwrap();
    drop(go);
    let got: Vec<usize> = queue.map(Result::unwrap).collect();
    assert_eq!(*got.last().unwrap(), 11);
    assert_eq!(got.len() + dropped.load(Ordering::Relaxed), 11);
}

#[test]
fn a_live_queue_drops_nothing_that_is_on_time() {
    let (go, wait) = channel::<()>();
    let items = (1..=9).map(Ok).chain(std::iter::from_fn(move || wait.recv().ok().map(|()| Ok(0))));
    let (late, dropped) = (Duration::from_secs(3600), Box::new(|| panic!("dropped")));
    let threads = threads();
    let queue = run(&threads, items, WhenFull::DropOldest { after: 0, late, dropped });
    drop(go);
    assert_eq!(queue.map(Result::unwrap).collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
}

#[test]
fn a_live_queue_keeps_its_first_items() {
    let threads = threads();
    let (go, wait) = channel::<()>();
    let items = (1..=5).map(Ok).chain(std::iter::from_fn(move || wait.recv().ok().map(|()| Ok(6))));
    let when_full = WhenFull::DropOldest {
        after: 5,
        late: Duration::ZERO,
        dropped: Box::new(|| panic!("dropped")),
    };
    let queue = run(&threads, items, when_full);
    drop(go);
    assert_eq!(queue.map(Result::unwrap).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

#[test]
fn a_cancelled_consumer_does_not_wait() {
    let cancel = Cancel::new();
    let (_producer, mut consumers) = queues::<usize>(vec![waits(TWO)], 0, Cancel::new());
    let mut queue = consumers.remove(0).until(&cancel);
    let consumer = thread::spawn(move || queue.next());
    cancel.cancel();
    assert!(consumer.join().unwrap().is_none());
}

fn waits(limits: Limits) -> Rules {
    Rules { limits, when_full: WhenFull::Wait, sparse: false, wake_after: 0 }
}

#[test]
fn a_consumer_that_can_wait_is_woken_for_several_items_at_once() {
    const WAKE_AFTER: u64 = 16;
    let many = Limits { items: 100, ..TWO };
    let rules = vec![waits(many), Rules { wake_after: WAKE_AFTER, ..waits(TWO) }];
    let (mut producer, consumers) = queues::<usize>(rules, 1000, Cancel::new());
    let waits = |producer: &Producer<usize>| producer.shared.lock().queues[1].consumer.is_some();
    producer.shared.lock().queues[1].consumer = Some(thread::current());
    producer.push(1, Ok(1));
    for _ in 1..WAKE_AFTER {
        producer.push(0, Ok(1));
        assert!(waits(&producer));
    }
    producer.push(0, Ok(1));
    assert!(!waits(&producer));
    // And where the producer would have to wait.
    let mut state = producer.shared.lock();
    (state.queues[1].consumer, state.queues[1].due) = (Some(thread::current()), u64::MAX);
    drop(state);
    let full = thread::spawn(move || {
        (0..100).for_each(|_| {
            producer.push(0, Ok(1));
        });
    });
    while consumers[1].shared.lock().queues[1].consumer.is_some() {
        thread::yield_now();
    }
    drop(consumers);
    full.join().unwrap();
}

#[test]
fn a_full_queue_grows_while_another_is_empty_unless_that_is_sparse() {
    for sparse in [false, true] {
        let rules = vec![waits(TWO), Rules { sparse, ..waits(TWO) }];
        let (mut producer, _consumers) = queues::<usize>(rules, 1000, Cancel::new());
        (0..2).for_each(|_| assert_eq!(producer.push(0, Ok(1)), Wanted::More));
        let mut state = producer.shared.lock();
        assert!(state.must_wait(0));
        state.queues[1].consumer = Some(thread::current());
        assert_eq!(state.must_wait(0), sparse);
    }
}

#[test]
fn queues_grow_within_the_limit_while_another_is_empty() {
    let (mut producer, mut consumers) =
        queues::<usize>(vec![waits(TWO), waits(TWO)], 10, Cancel::new());
    let mut starving = consumers.remove(1);
    let threads = threads();
    let task = threads.spawner().spawn("test", move || starving.next());
    // Until it waits, the first queue is full with two.
    (0..10).for_each(|_| {
        producer.push(0, Ok(1));
    });
    assert!(producer.is_crowded());
    producer.push(1, Ok(1));
    assert!(task.unwrap().join().unwrap().is_some());
    assert!(!producer.is_crowded());
}

#[test]
fn an_abandoned_queue_takes_no_room_and_the_last_one_ends_the_producer() {
    let unwanted = Cancel::new();
    let (mut producer, mut consumers) =
        queues::<usize>(vec![waits(TWO), waits(TWO)], 10, unwanted.clone());
    consumers.remove(1);
    assert!((0..100).all(|_| producer.push(1, Ok(1)) == Wanted::More));
    assert!(!unwanted.is_cancelled());
    consumers.clear();
    assert_eq!(producer.push(0, Ok(1)), Wanted::Nothing);
    assert!(unwanted.is_cancelled());
}
