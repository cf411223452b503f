//! Carries an objection from a copy that is checked while it is made to the run, which then discards it and encodes.
//! What is objected to is decided in `check.rs`.

use std::sync::{Arc, OnceLock};

use crate::copy::reason::{Caveat, Reason};

/// What speaks against copying a stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Objection {
    /// It would be shown wrong.
    NotCopyable(Reason),
    /// It would be shown less well than a player does.
    Caveat(Caveat),
}

impl std::fmt::Display for Objection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotCopyable(reason) => reason.fmt(f),
            Self::Caveat(caveat) => caveat.fmt(f),
        }
    }
}

/// Shared by the copy, which may object, and the run, which then starts again.
#[derive(Debug, Clone)]
pub(crate) struct Observer {
    /// Caveats are objections as well, not only warnings.
    strict: bool,
    /// Caveats that were known and reported before the first packet.
    known: Vec<Caveat>,
    found: Arc<OnceLock<Objection>>,
}

impl Observer {
    pub fn new(strict: bool, known: Vec<Caveat>) -> Self {
        Self { strict, known, found: Arc::default() }
    }

    pub fn is_strict(&self) -> bool {
        self.strict
    }

    pub fn knows(&self, caveat: &Caveat) -> bool {
        self.known.contains(caveat)
    }

    pub fn object(&self, objection: Objection) {
        // The first objection is the one to report.
        let _ = self.found.set(objection);
    }

    pub fn objection(&self) -> Option<&Objection> {
        self.found.get()
    }
}
