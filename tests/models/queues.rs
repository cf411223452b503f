//! The queues between stages: nothing is lost, the order is kept, drops are counted, and neither end waits for one that
//! is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use loom::thread;

use crate::check;
use crate::event::Cancel;
use crate::threads::queue::{Consumer, Limits, Producer, Rules, Wanted, Weight, WhenFull, queues};

impl Weight for usize {
    fn bytes(&self) -> usize {
        1
    }
}

const ONE: Limits = Limits { items: 1, bytes: 100 };

fn waits() -> Rules {
    Rules { limits: ONE, when_full: WhenFull::Wait, sparse: false, wake_after: 0 }
}

fn one(rules: Rules) -> (Producer<usize>, Consumer<usize>) {
    let (producer, mut consumers) = queues(vec![rules], 100, Cancel::new());
    (producer, consumers.remove(0))
}

fn numbers(consumer: Consumer<usize>) -> Vec<usize> {
    consumer.map(|item| item.unwrap()).collect()
}

pub fn check_all() {
    check("a full queue loses nothing", || {
        let (mut producer, consumer) = one(waits());
        let pushing = thread::spawn(move || {
            (0..3).for_each(|n| assert_eq!(producer.push(0, Ok(n)), Wanted::More));
        });
        assert_eq!(numbers(consumer), [0, 1, 2]);
        pushing.join().unwrap();
    });
    check("a full live queue counts what it drops", || {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let dropped = Box::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let when_full = WhenFull::DropOldest { after: 0, late: Duration::ZERO, dropped };
        let (mut producer, consumer) =
            one(Rules { limits: ONE, when_full, sparse: false, wake_after: 0 });
        let pushing = thread::spawn(move || {
            (0..3).for_each(|n| assert_eq!(producer.push(0, Ok(n)), Wanted::More));
        });
        let got = numbers(consumer);
        pushing.join().unwrap();
        assert!(got.is_sorted_by(|one, next| one < next) && got.last() == Some(&2), "{got:?}");
        assert_eq!(got.len() + count.load(Ordering::Relaxed), 3);
    });
    check("a consumer that goes away frees the producer", || {
        let unwanted = Cancel::new();
        let (mut producer, mut consumers) = queues::<usize>(vec![waits()], 100, unwanted.clone());
        let mut consumer = consumers.remove(0);
        let pushing = thread::spawn(move || {
            let mut pushed = 0;
            while pushed < 4 && producer.push(0, Ok(pushed)) == Wanted::More {
                pushed += 1;
            }
            assert!(pushed < 4);
        });
        assert_eq!(consumer.next().unwrap(), Ok(0));
        drop(consumer);
        pushing.join().unwrap();
        assert!(unwanted.is_cancelled());
    });
    check("a producer that goes away frees the consumer", || {
        let (producer, mut consumer) = one(waits());
        let ending = thread::spawn(move || drop(producer));
        assert!(consumer.next().is_none());
        ending.join().unwrap();
    });
    check("Ctrl-C ends the wait for a producer that is stuck", || {
        let cancel = Cancel::new();
        let (producer, consumer) = one(waits());
        let mut consumer = consumer.until(&cancel);
        let handler = thread::spawn(move || cancel.cancel());
        assert!(consumer.next().is_none());
        handler.join().unwrap();
        drop(producer);
    });
    check("Ctrl-C loses nothing that is queued", || {
        let cancel = Cancel::new();
        let (mut producer, consumer) = one(waits());
        producer.push(0, Ok(7));
        let mut consumer = consumer.until(&cancel);
        let handler = thread::spawn(move || cancel.cancel());
        assert_eq!(consumer.next().unwrap(), Ok(7));
        handler.join().unwrap();
        drop(producer);
    });
    check("a consumer that is woken for several at once gets them all", || {
        let limits = Limits { items: 2, ..ONE };
        let (mut producer, consumer) = one(Rules { limits, wake_after: 1, ..waits() });
        let pushing = thread::spawn(move || {
            (0..3).for_each(|n| assert_eq!(producer.push(0, Ok(n)), Wanted::More));
        });
        assert_eq!(numbers(consumer), [0, 1, 2]);
        pushing.join().unwrap();
    });
    check("a full queue does not starve the other", || {
        let (mut producer, mut consumers) =
            queues::<usize>(vec![waits(), waits()], 100, Cancel::new());
        let (mut second, mut first) = (consumers.remove(1), consumers.remove(0));
        let pushing = thread::spawn(move || {
            for (nth, number) in [(0, 1), (0, 2), (1, 3)] {
                assert_eq!(producer.push(nth, Ok(number)), Wanted::More);
            }
        });
        // Whoever reads both waits for the second first, as a muxer does.
        assert_eq!(second.next().unwrap(), Ok(3));
        assert_eq!((first.next().unwrap(), first.next().unwrap()), (Ok(1), Ok(2)));
        pushing.join().unwrap();
    });
}
