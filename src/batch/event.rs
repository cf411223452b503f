//! What a batch reports while it runs, and what it did in the end.
//! Plain data; how it is shown is the caller's.

use std::path::Path;
use std::time::Duration;

use crate::error::Error;
use crate::event::{Progress, Summary, Warning};

/// A step of a batch. Files are numbered from 0, in the order they are begun.
///
/// ```
/// use vstream::{BatchEvent, BatchReporter, SkipReason};
///
/// struct Lines;
///
/// impl BatchReporter for Lines {
///     fn event(&mut self, event: &BatchEvent<'_>) {
///         match event {
///             BatchEvent::Started { input, .. } => println!("{input}"),
///             BatchEvent::Skipped { input, reason: SkipReason::NoVideo, .. } => {
///                 println!("{input}: no video")
///             }
///             BatchEvent::Failed { failed, .. } => println!("{}: {}", failed.input, failed.error),
///             _ => {}
///         }
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum BatchEvent<'a> {
    /// The files were found, and those of other shards left out.
    Found {
        /// How many there are.
        files: usize,
        /// Their sizes together.
        bytes: u64,
    },
    /// A file is converted now.
    Started {
        /// Its number.
        file: usize,
        /// Its place in the batch.
        input: &'a str,
        /// Its recording.
        output: &'a Path,
        /// Its size.
        bytes: u64,
    },
    /// How far a file is.
    Progress {
        /// Its number.
        file: usize,
        /// Counts of all its videos together.
        progress: &'a Progress,
    },
    /// Something that the user should know of a file; each warning comes once for a file.
    Warning {
        /// Its number.
        file: usize,
        /// What it is.
        warning: &'a Warning,
    },
    /// A file was converted.
    Done {
        /// Its number.
        file: usize,
        /// What was done.
        summary: &'a Summary,
    },
    /// A file was not converted, and need not be.
    Skipped {
        /// Its number.
        file: usize,
        /// Its place in the batch.
        input: &'a str,
        /// Its recording.
        output: &'a Path,
        /// Its size.
        bytes: u64,
        /// Why.
        reason: SkipReason,
    },
    /// A file could not be converted. The others go on.
    Failed {
        /// Its number.
        file: usize,
        /// What went wrong.
        failed: &'a FailedFile,
    },
    /// Everything has ended.
    Finished(&'a BatchSummary),
}

/// Why a file need not be converted.
///
/// ```
/// use vstream::SkipReason;
///
/// fn words(reason: SkipReason) -> &'static str {
///     match reason {
///         SkipReason::Existing => "converted before",
///         SkipReason::NoVideo => "holds no video",
///         _ => "not needed",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// Its recording is there already.
    Existing,
    /// It was found in a folder, and is no video after all: a song, for example.
    NoVideo,
}

impl SkipReason {
    /// A word for scripts that will not change: `existing`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Existing => "existing",
            Self::NoVideo => "no_video",
        }
    }
}

/// Takes the events of a batch, on the thread that called [`convert_all`](super::convert_all).
///
/// ```
/// use vstream::{BatchEvent, BatchReporter, SkipReason};
///
/// struct Lines;
///
/// impl BatchReporter for Lines {
///     fn event(&mut self, event: &BatchEvent<'_>) {
///         match event {
///             BatchEvent::Started { input, .. } => println!("{input}"),
///             BatchEvent::Skipped { input, reason: SkipReason::NoVideo, .. } => {
///                 println!("{input}: no video")
///             }
///             BatchEvent::Failed { failed, .. } => println!("{}: {}", failed.input, failed.error),
///             _ => {}
///         }
///     }
/// }
/// ```
pub trait BatchReporter {
    /// Something happened.
    fn event(&mut self, event: &BatchEvent<'_>);
}

/// A reporter that does nothing.
///
/// ```no_run
/// use vstream::{Batch, Config, Destination, SilentBatch};
///
/// let batch = Batch::new(Config::new("videos"), Destination::folder("recordings"));
/// vstream::convert_all(&batch, &mut SilentBatch)?;
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SilentBatch;

impl BatchReporter for SilentBatch {
    fn event(&mut self, _event: &BatchEvent<'_>) {}
}

/// A file that could not be converted.
///
/// ```
/// use vstream::{BatchSummary, FailedFile};
///
/// fn worst(summary: &BatchSummary) -> Option<&FailedFile> {
///     summary.failed.iter().find(|failed| failed.error.kind() == vstream::ErrorKind::Output)
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FailedFile {
    /// Its place in the batch.
    pub input: String,
    /// What went wrong.
    pub error: Error,
}

/// What a batch did.
///
/// ```
/// use vstream::BatchSummary;
///
/// fn line(summary: &BatchSummary) -> String {
///     format!("{} converted, {} failed", summary.converted, summary.failed.len())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct BatchSummary {
    /// Files that were converted.
    pub converted: u64,
    /// Of these, files that were damaged and gave pictures all the same.
    pub damaged: u64,
    /// Files whose recordings were there already.
    pub existing: u64,
    /// Files found in folders that are no videos.
    pub no_video: u64,
    /// Files that failed.
    pub failed: Vec<FailedFile>,
    /// Files that were not begun or not finished, because the batch was cancelled.
    pub unfinished: u64,
    /// Frames in the new recordings.
    pub frames: u64,
    /// Bytes of video in the new recordings.
    pub bytes: u64,
    /// Seconds of video in the new recordings, summed over files.
    pub time: Duration,
    /// Wall time of the whole batch.
    pub elapsed: Duration,
    /// The batch was ended early.
    pub cancelled: bool,
}
