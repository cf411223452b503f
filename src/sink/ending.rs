//! How complete a recording is when it ends, which decides its file name.
//! How a run ended is determined in `run`.

/// How a recording ended, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// Everything requested is in it.
    Complete,
    /// It was interrupted, or an input failed: it holds what came before.
    Partial,
    /// No sample was logged, or all of them will be logged again: nothing is kept.
    Discarded,
}
