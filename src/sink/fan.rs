//! All outputs of a run as one: rows go to each, and one that fails leaves the others unharmed.
//! It decides nothing about rows or chunks.

use rerun::RecordingStream;

use super::{Borrowed, Completed, Ending, Output, RecordingSpec};
use crate::config::OutputConfig;
use crate::error::{Error, Result};
use crate::event::{Cancel, Warning};
use crate::record::{Entry, FILE_CHUNK_BYTES, Layout, TrackSpec};
use crate::threads::Spawner;

/// Where a run's rows go.
pub(crate) struct Fan {
    outputs: Vec<Output>,
    borrowed: Option<Borrowed>,
    failures: Vec<Error>,
}

impl Fan {
    /// Open every output, or none.
    pub fn open(
        configs: &[OutputConfig],
        spec: &RecordingSpec,
        threads: &Spawner,
        cancel: &Cancel,
    ) -> Result<Self> {
        let mut outputs = Vec::with_capacity(configs.len());
        for config in configs {
            match Output::open(config, spec, threads, cancel) {
                Ok(output) => outputs.push(output),
                Err(error) => {
                    for output in outputs {
                        // The first failure is the one to tell.
                        let _ = Output::finish(output, Ending::Discarded, cancel);
                    }
                    return Err(error);
                }
            }
        }
        Ok(Self { outputs, borrowed: None, failures: Vec::new() })
    }

    /// Log into a stream that the caller owns.
    pub fn into_stream(
        recording: &RecordingStream,
        tracks: &[TrackSpec],
        live: bool,
    ) -> Result<Self> {
        let layout = Layout::new(live, FILE_CHUNK_BYTES);
        Ok(Self {
            outputs: Vec::new(),
            borrowed: Some(Borrowed::new(recording, tracks, layout)?),
            failures: Vec::new(),
        })
    }

    /// What each output is, in words.
    pub fn describe(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(|o| o.what.as_str())
    }

    /// What the user should know of the outputs before the first entry.
    pub fn warnings(&self) -> impl Iterator<Item = &Warning> {
        self.outputs.iter().filter_map(|output| output.warning.as_ref())
    }

    /// Hand an entry to every output. Returns what failed just now.
    pub fn push(&mut self, entry: Entry, cancel: &Cancel) -> Vec<Error> {
        let mut failed = Vec::new();
        if let Some(borrowed) = &mut self.borrowed
            && let Err(error) = borrowed.push(entry.clone())
        {
            self.borrowed = None;
            failed.push(error);
        }
        self.outputs.retain_mut(|output| match output.send(entry.clone(), cancel) {
            Ok(()) => true,
            Err(error) => {
                failed.push(error);
                false
            }
        });
        self.failures.extend(failed.iter().cloned());
        failed
    }

    /// Look after outputs that get no rows just now. Returns what failed since.
    pub fn poll(&mut self) -> Vec<Error> {
        let mut failed = Vec::new();
        if let Some(borrowed) = &mut self.borrowed
            && let Err(error) = borrowed.tend()
        {
            self.borrowed = None;
            failed.push(error);
        }
        self.outputs.retain_mut(|output| match output.failed() {
            None => true,
            Some(error) => {
                failed.push(error);
                false
            }
        });
        self.failures.extend(failed.iter().cloned());
        failed
    }

    /// No output is left to write to.
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty() && self.borrowed.is_none()
    }

    /// Complete every output. The first failure of the whole run comes with what was completed all the same.
    pub fn finish(mut self, ending: Ending, cancel: &Cancel) -> (Vec<Completed>, Option<Error>) {
        if let Some(borrowed) = &mut self.borrowed
            && let Err(error) = borrowed.finish()
        {
            self.failures.push(error);
        }
        let mut completed = Vec::new();
        for output in self.outputs {
            match output.finish(ending, cancel) {
                Ok(done) => completed.push(done),
                Err(error) => self.failures.push(error),
            }
        }
        completed.retain(|done| !done.what.is_empty());
        (completed, self.failures.into_iter().next())
    }
}
