//! The events of a batch while it runs, and its summary at the end.
//! Plain data; the caller decides how to show it.

use std::path::Path;
use std::time::Duration;

use crate::error::Error;
use crate::event::{Progress, Summary, Warning};

/// An event of a batch. Files are numbered from 0, in the order in which they start.
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
    /// The files were found, and those of other shards removed.
    Found {
        /// Number of files.
        files: usize,
        /// Total size in bytes.
        bytes: u64,
    },
    /// The conversion of a file starts.
    Started {
        /// Index of the file.
        file: usize,
        /// Its name in the batch.
        input: &'a str,
        /// Path of its recording.
        output: &'a Path,
        /// Its size.
        bytes: u64,
    },
    /// Progress of a file.
    Progress {
        /// Index of the file.
        file: usize,
        /// Counts of all its videos, added up.
        progress: &'a Progress,
    },
    /// A warning about a file; each warning is sent once per file.
    Warning {
        /// Index of the file.
        file: usize,
        /// The warning.
        warning: &'a Warning,
    },
    /// A file was converted.
    Done {
        /// Index of the file.
        file: usize,
        /// The result.
        summary: &'a Summary,
    },
    /// A file was skipped.
    Skipped {
        /// Index of the file.
        file: usize,
        /// Its name in the batch.
        input: &'a str,
        /// Path of its recording.
        output: &'a Path,
        /// Its size.
        bytes: u64,
        /// The reason.
        reason: SkipReason,
    },
    /// A file could not be converted. The others continue.
    Failed {
        /// Index of the file.
        file: usize,
        /// The error.
        failed: &'a FailedFile,
    },
    /// The batch has ended.
    Finished(&'a BatchSummary),
}

/// Why a file was skipped.
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
    /// Its recording exists already.
    Existing,
    /// It was found in a folder and has no video stream: a song, for example.
    NoVideo,
}

impl SkipReason {
    /// A stable identifier for scripts: `existing`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Existing => "existing",
            Self::NoVideo => "no_video",
        }
    }
}

/// Receives the events of a batch, on the thread that called [`convert_all`](super::convert_all).
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
    /// Handle one event.
    fn event(&mut self, event: &BatchEvent<'_>);
}

/// A reporter that ignores all events.
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
    /// Its name in the batch.
    pub input: String,
    /// The error.
    pub error: Error,
}

/// The result of a batch.
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
    /// Of these, files with damage, or with something left out.
    pub damaged: u64,
    /// Files skipped because their recordings exist.
    pub existing: u64,
    /// Files found in folders that have no video stream.
    pub no_video: u64,
    /// Files that failed.
    pub failed: Vec<FailedFile>,
    /// Files that were not started or not finished because the batch was cancelled.
    pub unfinished: u64,
    /// Frames in the new recordings.
    pub frames: u64,
    /// Bytes of video in the new recordings.
    pub bytes: u64,
    /// Seconds of video in the new recordings, summed over files.
    pub time: Duration,
    /// Wall time of the whole batch.
    pub elapsed: Duration,
    /// The batch was cancelled.
    pub cancelled: bool,
}
