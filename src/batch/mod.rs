//! Many files into one recording each: found, named, shared out, converted side by side, and accounted for.
//! How one file becomes a recording is `run`'s; nothing here opens a video.

mod config;
mod convert;
mod event;
mod existing;
mod files;
mod names;
mod shard;

pub use config::{Batch, Destination, SkipExisting};
pub use convert::convert_all;
pub use event::{BatchEvent, BatchReporter, BatchSummary, FailedFile, SilentBatch, SkipReason};
pub use shard::Shard;
