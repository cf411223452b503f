//! Recordings and bags as inputs: their pictures become video at their own times, everything else goes through as it is.
//! It knows Rerun and no FFmpeg: pictures leave it as plain data, and come back as samples.

pub(crate) mod choice;
mod order;
mod pictures;
mod route;
mod rows;
mod rrd;
pub(crate) mod survey;
mod verdict;

pub(crate) use pictures::{Kind, RowKey, raw_form};
pub(crate) use route::{Route, Routed};
pub(crate) use rows::{VideoRow, VideoRows};
pub(crate) use rrd::Messages;
