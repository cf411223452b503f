//! Where the times of an input's own clock are in the recording, as determined by its pictures. Sound and texts use the
//! same placement, so that they stay in step with the pictures.
//! It reads no clock.

use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What to add to a time of the input, in nanoseconds: of a file, since its beginning; of a live source, on its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Placement {
    /// For the time on the main timeline.
    pub to_time: i64,
    /// For the wall-clock time of the capture, of live sources.
    pub to_capture: Option<i64>,
    /// What of `to_time` is due to the rounds of an input that is played again.
    pub round: i64,
}

impl Placement {
    /// The same for a file that begins at `begin` in a round, which begins at `round`.
    pub fn at(self, begin: i64, round: i64) -> Self {
        let to_time = self.to_time.saturating_add(begin).saturating_add(round);
        Self { to_time, round, ..self }
    }

    /// A range of times of the recording, on the input's own clock and in its first round.
    pub fn own(self, window: &Range<i64>) -> Range<i64> {
        let own = |time: i64| match time {
            i64::MAX => time,
            _ => time.saturating_sub(self.to_time.saturating_sub(self.round)),
        };
        own(window.start).max(0)..own(window.end)
    }
}

/// The placement of every session of one input, shared by all that read it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Placements(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// By number of the session.
    sessions: Vec<Option<Placement>>,
    /// The session that the pictures are in.
    current: usize,
}

impl Placements {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pictures continue with the session of this number.
    pub fn enter(&self, session: u64) {
        self.state().current = usize::try_from(session).unwrap_or(usize::MAX);
    }

    /// Set the placement of the pictures' session.
    pub fn put(&self, placement: Placement) {
        let mut state = self.state();
        let current = state.current;
        if state.sessions.len() <= current {
            state.sessions.resize(current + 1, None);
        }
        state.sessions[current] = Some(placement);
        drop(state);
        self.0.changed.notify_all();
    }

    /// The placement of a session; `None` until its first picture.
    pub fn of(&self, session: u64) -> Option<Placement> {
        let session = usize::try_from(session).ok()?;
        self.state().sessions.get(session).copied().flatten()
    }

    /// The same, waiting up to `limit` for the first picture.
    pub fn wait_for(&self, session: u64, limit: Duration) -> Option<Placement> {
        let session = usize::try_from(session).ok()?;
        let missing = |state: &mut State| state.sessions.get(session).copied().flatten().is_none();
        let waited = self.0.changed.wait_timeout_while(self.state(), limit, missing);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.sessions.get(session).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_session_has_its_own_placement() {
        let places = Placements::default();
        let placement = |to_time| Placement { to_time, ..Placement::default() };
        places.enter(1);
        assert_eq!(places.of(1), None);
        places.put(placement(5));
        places.enter(2);
        assert_eq!((places.of(1), places.of(2)), (Some(placement(5)), None));
        places.put(placement(7));
        assert_eq!(places.of(2), Some(placement(7)));
    }
}
