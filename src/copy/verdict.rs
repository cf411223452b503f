//! What copying a stream would give, or the reason why it cannot be copied.
//! Data only: `examine` finds it, the plan of the run acts on it.

use super::copied::CopyFrom;
use super::observer::Observer;
use super::reason::{Caveat, Reason};
use crate::sample::SampleCodec;

/// Whether a stream can be copied.
pub(crate) struct Copyable {
    /// The user requires a copy, whatever the caveats.
    pub forced: bool,
    pub verdict: Verdict,
}

/// How a stream is copied, or the reason why it cannot be.
pub(crate) type Verdict = std::result::Result<CopyPlan, Reason>;

/// How a stream is copied.
#[derive(Debug, Clone)]
pub(crate) struct CopyPlan {
    pub codec: SampleCodec,
    pub begin: CopyFrom,
    pub caveats: Vec<Caveat>,
    /// Set where packets are checked while they are copied rather than before.
    pub observer: Option<Observer>,
}
