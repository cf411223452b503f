//! Packets to frames as Rerun shows them: decoded, upright, square, progressive, BT.709 limited range.
//! It encodes nothing.

pub(crate) mod colours;
pub(crate) mod decode;
pub(crate) mod decode_given;
pub(crate) mod deep;
pub(crate) mod filters;
mod finish;
mod fit;
pub(crate) mod from_rgb;
pub(crate) mod given;
pub(crate) mod hardware;
pub(crate) mod normalise;
pub(crate) mod numbers;
pub(crate) mod orientation;
pub(crate) mod planner;
pub(crate) mod rgb_layout;
mod sizes;
mod tone_curve;
pub(crate) mod tone_map;
pub(crate) mod untagged;

/// Columns that are processed at once: few enough that their values stay in the first cache.
const COLUMNS: usize = 64;
