//! The queue of one output: every entry comes out or is counted as lost, and each end releases the other.

use std::time::{Duration, Instant};

use loom::sync::Arc;
use loom::thread;

use crate::check;
use crate::record::{Entry, Row};
use crate::sink::Ending;
use crate::sink::rows::{QueueItem, Rows, WhenFull};

const LIMIT: Duration = Duration::from_secs(3600);

fn sample(number: usize, keyframe: bool) -> Entry {
    Entry::Sample(Row { track: 0, keyframe, number })
}

/// Everything up to the end.
fn numbers(rows: &Rows) -> Vec<usize> {
    let mut numbers = Vec::new();
    loop {
        match rows.take(LIMIT) {
            QueueItem::Entry(Entry::Sample(row)) => numbers.push(row.number),
            QueueItem::Entry(_) | QueueItem::Nothing => {}
            QueueItem::End(ending) => {
                assert_eq!(ending, Ending::Complete);
                return numbers;
            }
        }
    }
}

pub fn check_all() {
    check("an output of a file loses nothing", || {
        let rows = Arc::new(Rows::new(1, 1, WhenFull::Wait));
        let output = rows.clone();
        let taking = thread::spawn(move || numbers(&output));
        for number in 0..2 {
            assert!(rows.wait_for_room(Instant::now() + LIMIT));
            rows.push(sample(number, number == 0));
        }
        rows.end(Ending::Complete);
        assert_eq!(taking.join().unwrap(), [0, 1]);
    });
    check("a live output counts what it loses and goes on with a keyframe", || {
        let rows = Arc::new(Rows::new(1, 1, WhenFull::LoseGops));
        let output = rows.clone();
        let taking = thread::spawn(move || numbers(&output));
        for number in 0..4 {
            rows.push(sample(number, number % 2 == 0));
        }
        rows.end(Ending::Complete);
        let got = taking.join().unwrap();
        let lost: u64 = rows.take_lost().iter().map(|(_, lost)| lost.samples).sum();
        assert_eq!(got.len() as u64 + lost, 4);
        // What refers to another sample comes behind that.
        let whole = |number: &usize| number % 2 == 0 || got.contains(&(number - 1));
        assert!(got.iter().all(whole) && got.is_sorted(), "{got:?}");
    });
    check("an output that fails frees whoever waits for room", || {
        let rows = Arc::new(Rows::new(1, 1, WhenFull::Wait));
        let output = rows.clone();
        rows.push(sample(0, true));
        let failing = thread::spawn(move || output.close());
        assert!(rows.wait_for_room(Instant::now() + LIMIT));
        failing.join().unwrap();
    });
}
