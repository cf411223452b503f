//! What the readers of all kinds of bags refuse.

/// Longer records and messages are refused, also where a compressed bag holds them in a few bytes: several copies of a
/// message are in memory at a time.
/// Small in unit tests, which would take long to reach it.
pub(super) const LONGEST: u32 = if cfg!(test) { 1 << 20 } else { 128 << 20 };
