//! Converts many files into one recording each: finds, names, shards and converts them, and reports the results.
//! How one file becomes a recording is in `run`; nothing here opens a video.

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
