//! The mailbox from several threads to one: every message arrives, and each end releases the other.

use std::time::{Duration, Instant};

use loom::thread;

use crate::check;
use crate::threads::mailbox::{Received, Receiver, Unwanted, mailbox};

/// Everything up to the end, in the order of each sender.
fn all(receiver: &Receiver<u8>) -> Vec<u8> {
    let late = || Instant::now() + Duration::from_secs(3600);
    let next = || match receiver.receive(Some(late())) {
        Received::Message(message) => Some(message),
        Received::Nothing => unreachable!("time does not pass"),
        Received::End => None,
    };
    std::iter::from_fn(next).collect()
}

pub fn check_all() {
    check("messages that wait for others arrive by the end", || {
        let (sender, receiver) = mailbox(4, 4);
        let other = sender.clone();
        let first = thread::spawn(move || sender.send_one_of_many(1));
        let second = thread::spawn(move || other.send_one_of_many(2));
        let mut received = all(&receiver);
        received.sort_unstable();
        assert_eq!(received, [1, 2]);
        assert_eq!((first.join().unwrap(), second.join().unwrap()), (Ok(()), Ok(())));
    });
    check("a message that does not wait arrives at once, and those before it", || {
        let (sender, receiver) = mailbox(4, 4);
        let other = sender.clone();
        let sending = thread::spawn(move || {
            sender.send_one_of_many(1).unwrap();
            sender.send(2).unwrap();
            // The end is not what wakes the receiver.
            sender
        });
        assert_eq!(receiver.receive(None), Received::Message(1));
        assert_eq!(receiver.receive(None), Received::Message(2));
        drop(sending.join().unwrap());
        drop(other);
        assert_eq!(receiver.receive(None), Received::End);
    });
    check("a full mailbox is emptied and filled again", || {
        let (sender, receiver) = mailbox(1, 4);
        let sending = thread::spawn(move || (0..3).try_for_each(|n| sender.send_one_of_many(n)));
        assert_eq!(all(&receiver), [0, 1, 2]);
        assert_eq!(sending.join().unwrap(), Ok(()));
    });
    check("senders without a receiver do not wait for room", || {
        let (sender, receiver) = mailbox(1, 1);
        let sending = thread::spawn(move || (0..2).try_for_each(|n| sender.send(n)));
        let first = receiver.receive(None);
        drop(receiver);
        assert_eq!(first, Received::Message(0));
        assert!(matches!(sending.join().unwrap(), Ok(()) | Err(Unwanted)));
    });
}
