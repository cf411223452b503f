//! Limits how many bytes are in flight at once: a sender waits until earlier bytes have been delivered.
//! It does not know what the bytes are.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// A limit shared by all senders.
#[derive(Clone)]
pub(crate) struct Budget(Arc<Shared>);

struct Shared {
    limit: usize,
    used: Mutex<usize>,
    freed: Condvar,
}

/// A reservation, returned to the budget on drop.
pub(crate) struct Permit {
    bytes: usize,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permit").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Budget {
    pub fn new(limit: usize) -> Self {
        Self(Arc::new(Shared { limit, used: Mutex::new(0), freed: Condvar::new() }))
    }

    /// Wait until there is room. A request larger than the whole budget is granted when nothing else is in flight.
    pub fn take(&self, bytes: usize) -> Permit {
        let mut used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        while *used > 0 && *used + bytes > self.0.limit {
            used = self.0.freed.wait(used).unwrap_or_else(PoisonError::into_inner);
        }
        *used += bytes;
        Permit { bytes, shared: self.0.clone() }
    }
}

impl Permit {
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *self.shared.used.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.shared.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_beyond_the_budget_waits_for_permits_to_be_dropped() {
        let budget = Budget::new(10);
        let first = budget.take(8);
        let other = budget.clone();
        let waiting = std::thread::spawn(move || drop(other.take(5)));
        drop(first);
        waiting.join().unwrap();
        // Larger than the whole budget: granted alone.
        drop(budget.take(100));
        assert_eq!(*budget.0.used.lock().unwrap(), 0);
    }
}
