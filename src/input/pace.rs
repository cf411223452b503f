//! Passes frames or samples on at playback speed.
//! It changes no time and drops nothing.

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::event::Cancel;
use crate::time::Timed;

/// Delays each item until its time has come.
pub(crate) struct Pace<I> {
    items: I,
    cancel: Cancel,
    began: Option<(Instant, i64)>,
}

impl<I> Pace<I> {
    pub fn new(items: I, cancel: Cancel) -> Self {
        Self { items, cancel, began: None }
    }

    fn wait_for(&mut self, time: i64) {
        let &mut (began, first) = self.began.get_or_insert_with(|| (Instant::now(), time));
        let due = Duration::from_nanos(u64::try_from(time - first).unwrap_or(0));
        self.cancel.wait_until(began + due);
    }
}

impl<T: Timed, I: Iterator<Item = Result<T>>> Iterator for Pace<I> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.items.next()?;
        if let Ok(item) = &item {
            self.wait_for(item.time());
        }
        Some(item)
    }
}
