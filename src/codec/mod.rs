//! The stages that know FFmpeg, from an open input to encoded samples: safe code only, over `crate::ffi`.
//! Each is an iterator over the one before; none names another. `pipeline/chain.rs` puts them in order.

mod ass;
pub(crate) mod av1;
pub(crate) mod beside;
pub(crate) mod bits;
pub(crate) mod capture_clock;
pub(crate) mod choice;
pub(crate) mod colours;
pub(crate) mod copied;
pub(crate) mod copy;
pub(crate) mod decode;
pub(crate) mod demux;
pub(crate) mod encode;
pub(crate) mod encode_plan;
pub(crate) mod encoders;
pub(crate) mod filters;
pub(crate) mod form;
pub(crate) mod h264;
pub(crate) mod h265;
pub(crate) mod hardware;
pub(crate) mod live;
pub(crate) mod normalise;
pub(crate) mod open;
pub(crate) mod orientation;
pub(crate) mod pace;
pub(crate) mod planner;
pub(crate) mod probe;
pub(crate) mod refusal;
pub(crate) mod repeat;
pub(crate) mod scan;
pub(crate) mod seek;
pub(crate) mod trial;
pub(crate) mod unit;
pub(crate) mod vpx;
pub(crate) mod watch;

/// The last component of an error: what FFmpeg complained of, or the bare error.
fn cause(error: impl std::fmt::Display) -> String {
    crate::ffi::take_cause().filter(|line| !line.is_empty()).unwrap_or_else(|| error.to_string())
}
