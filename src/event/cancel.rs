//! The switch that ends a run early.
//! It stops nothing by itself: whoever waits looks at it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// A switch that ends a run early: what was read so far is encoded, logged and kept. Its clones are one switch.
///
/// ```
/// use vstream::Cancel;
///
/// let cancel = Cancel::new();
/// let elsewhere = cancel.clone();
/// std::thread::spawn(move || elsewhere.cancel()).join().unwrap();
/// assert!(cancel.is_cancelled());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<Switch>);

#[derive(Debug, Default)]
struct Switch {
    pulled: AtomicBool,
    /// It pulls itself at this time.
    deadline: OnceLock<Instant>,
    /// The switch of everything around: that pulls this one, never the other way.
    parent: Option<Cancel>,
}

impl Cancel {
    /// A switch nobody has pulled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// End the run. May be called from any thread, and from a signal handler.
    pub fn cancel(&self) {
        self.0.pulled.store(true, Ordering::Release);
    }

    /// Whether the run is to end.
    pub fn is_cancelled(&self) -> bool {
        self.0.pulled.load(Ordering::Acquire)
            || self.0.deadline.get().is_some_and(|at| Instant::now() >= *at)
            || self.0.parent.as_ref().is_some_and(Self::is_cancelled)
    }

    /// A switch for one part of the run, which ends with the whole or by itself.
    pub(crate) fn child(&self) -> Self {
        Self(Arc::new(Switch { parent: Some(self.clone()), ..Switch::default() }))
    }

    /// End this part at `deadline`, also while it waits. The first deadline stays.
    pub(crate) fn cancel_at(&self, deadline: Instant) {
        let _ = self.0.deadline.set(deadline);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_part_ends_with_the_whole_but_not_the_whole_with_a_part() {
        let whole = Cancel::new();
        let (one, other) = (whole.child(), whole.child());
        one.cancel();
        assert!(one.is_cancelled() && !whole.is_cancelled() && !other.is_cancelled());
        whole.cancel();
        assert!(other.is_cancelled());
    }

    #[test]
    fn a_deadline_ends_a_part() {
        let part = Cancel::new().child();
        part.cancel_at(Instant::now() + Duration::from_secs(3600));
        assert!(!part.is_cancelled());
        let part = Cancel::new().child();
        part.cancel_at(Instant::now());
        assert!(part.is_cancelled());
    }
}
