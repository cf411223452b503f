//! What copying a stream would give, or the reason why it cannot be copied.
//! Data only: `examine` finds it, the plan of the run acts on it.

use super::copied::Begin;
use super::refusal::{Look, Refusal};
use super::watch::Watch;
use crate::sample::SampleCodec;

/// What copying would give, or why it cannot be.
pub(crate) struct Copyable {
    /// Copying was asked for, whatever the looks.
    pub forced: bool,
    pub verdict: Verdict,
}

/// A stream as it is, or why it cannot be taken so.
pub(crate) type Verdict = std::result::Result<AsIs, Refusal>;

/// A stream that can be copied: from where on, and what may be said of its looks.
#[derive(Debug, Clone)]
pub(crate) struct AsIs {
    pub codec: SampleCodec,
    pub begin: Begin,
    pub looks: Vec<Look>,
    /// It is judged while it is copied; without, that was done before.
    pub watch: Option<Watch>,
}
