//! How much of what was asked for a recording holds when it ends.
//! It decides the name of a file; which run ended how is `run`'s to say.

/// How a recording ended, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// Everything that was asked for is in it.
    Complete,
    /// It was interrupted, or an input failed: what came until then is in it.
    Partial,
    /// Not one sample was logged, or all of them are to be logged anew: nothing is kept.
    Discarded,
}
