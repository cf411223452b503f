//! A copy that is judged while it is made, because it can be taken back: what speaks against it, for whoever runs it.
//! The verdict itself is `scan.rs`'s.

use std::sync::{Arc, OnceLock};

use crate::copy::refusal::{Look, Refusal};

/// What speaks against copying a stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Objection {
    /// It would be shown wrong.
    Refused(Refusal),
    /// It would lack something, and may be encoded for that.
    Look(Look),
}

impl std::fmt::Display for Objection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Look(look) => look.fmt(f),
        }
    }
}

/// Shared by the copy, which may find an objection, and the run, which then begins anew.
#[derive(Debug, Clone)]
pub(crate) struct Watch {
    /// Looks are objections as well, rather than worth a warning.
    strict: bool,
    /// Looks that were known, and told, before the first packet.
    known: Vec<Look>,
    found: Arc<OnceLock<Objection>>,
}

impl Watch {
    pub fn new(strict: bool, known: Vec<Look>) -> Self {
        Self { strict, known, found: Arc::default() }
    }

    pub fn is_strict(&self) -> bool {
        self.strict
    }

    pub fn knows(&self, look: &Look) -> bool {
        self.known.contains(look)
    }

    pub fn object(&self, objection: Objection) {
        // The first is the one to tell.
        let _ = self.found.set(objection);
    }

    pub fn objection(&self) -> Option<&Objection> {
        self.found.get()
    }
}
