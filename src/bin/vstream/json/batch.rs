//! The JSON lines of a batch: the library's events as plain data with stable names.
//! Keep it in step with `schema.json`; a test compares them.

use std::path::Path;

use serde::Serialize;
use vstream::{BatchEvent, BatchSummary, Summary};

use super::line::Counts;

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum BatchLine<'a> {
    BatchFound {
        files: usize,
        bytes: u64,
    },
    FileStarted {
        file: usize,
        input: &'a str,
        output: String,
        bytes: u64,
    },
    FileProgress {
        file: usize,
        #[serde(flatten)]
        counts: Counts,
    },
    FileWarning {
        file: usize,
        kind: &'static str,
        message: String,
    },
    FileDone {
        file: usize,
        frames: u64,
        damaged: u64,
        dropped: u64,
        bytes: u64,
        elapsed: f64,
    },
    FileSkipped {
        file: usize,
        input: &'a str,
        output: String,
        reason: &'static str,
    },
    FileFailed {
        file: usize,
        input: &'a str,
        kind: &'static str,
        cause: &'a str,
        message: String,
        hint: Option<String>,
    },
    BatchFinished {
        converted: u64,
        damaged: u64,
        existing: u64,
        no_video: u64,
        failed: usize,
        unfinished: u64,
        frames: u64,
        bytes: u64,
        time: f64,
        elapsed: f64,
        cancelled: bool,
    },
}

impl<'a> BatchLine<'a> {
    /// The line for an event; `hint` phrases a remedy.
    pub fn new(
        event: &'a BatchEvent<'a>,
        hint: impl Fn(&vstream::Error) -> Option<String>,
    ) -> Option<Self> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Some(match event {
            BatchEvent::Found { files, bytes } => Self::BatchFound { files: *files, bytes: *bytes },
            BatchEvent::Started { file, input, output, bytes } => {
                Self::FileStarted { file: *file, input, output: text(output), bytes: *bytes }
            }
            BatchEvent::Progress { file, progress } => {
                Self::FileProgress { file: *file, counts: Counts::of(progress) }
            }
            BatchEvent::Warning { file, warning } => Self::FileWarning {
                file: *file,
                kind: warning.name(),
                message: warning.to_string(),
            },
            BatchEvent::Done { file, summary } => Self::done(*file, summary),
            BatchEvent::Skipped { file, input, output, reason, .. } => Self::FileSkipped {
                file: *file,
                input,
                output: text(output),
                reason: reason.name(),
            },
            BatchEvent::Failed { file, failed } => Self::FileFailed {
                file: *file,
                input: &failed.input,
                kind: failed.error.kind().name(),
                cause: failed.error.cause(),
                message: failed.error.to_string(),
                hint: hint(&failed.error),
            },
            BatchEvent::Finished(summary) => Self::finished(summary),
            _ => return None,
        })
    }

    fn done(file: usize, summary: &Summary) -> Self {
        Self::FileDone {
            file,
            frames: summary.total(|counts| counts.logged),
            damaged: summary.total(|counts| counts.damaged),
            dropped: summary.total(|counts| counts.dropped),
            bytes: summary.total(|counts| counts.bytes),
            elapsed: summary.elapsed.as_secs_f64(),
        }
    }

    fn finished(summary: &BatchSummary) -> Self {
        Self::BatchFinished {
            converted: summary.converted,
            damaged: summary.damaged,
            existing: summary.existing,
            no_video: summary.no_video,
            failed: summary.failed.len(),
            unfinished: summary.unfinished,
            frames: summary.frames,
            bytes: summary.bytes,
            time: summary.time.as_secs_f64(),
            elapsed: summary.elapsed.as_secs_f64(),
            cancelled: summary.cancelled,
        }
    }
}
