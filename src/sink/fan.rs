//! All outputs of a run as one: every row goes to each, and one that fails does not affect the others.
//! It decides nothing about rows or chunks.

use std::time::Instant;

use rerun::RecordingStream;

use super::{Borrowed, Completed, Ending, Lost, Output, RecordingSpec, openings};
use crate::config::OutputConfig;
use crate::error::{Error, Result};
use crate::event::{Cancel, Warning};
use crate::record::{Entry, FILE_CHUNK_BYTES, Layout, TrackSpec};
use crate::threads::Spawner;

/// The outputs of a run.
pub(crate) struct Fan {
    outputs: Vec<Output>,
    borrowed: Option<Borrowed>,
    failures: Vec<Error>,
}

impl Fan {
    /// Open all outputs, or none.
    pub fn open(
        configs: &[OutputConfig],
        spec: &RecordingSpec,
        threads: &Spawner,
        cancel: &Cancel,
    ) -> Result<Self> {
        let openings = openings(configs, spec)?;
        let mut outputs = Vec::with_capacity(openings.len());
        for opening in &openings {
            match Output::open(opening, openings.len() == 1, spec, threads, cancel) {
                Ok(output) => outputs.push(output),
                Err(error) => {
                    outputs.iter().for_each(|output: &Output| output.end(Ending::Discarded));
                    // Report the first failure only.
                    outputs.into_iter().for_each(|output| drop(output.join(cancel)));
                    return Err(error);
                }
            }
        }
        Ok(Self { outputs, borrowed: None, failures: Vec::new() })
    }

    /// Log into a stream owned by the caller.
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

    /// A description of each output.
    pub fn describe(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(|o| o.what.as_str())
    }

    /// Warnings about the outputs, before the first entry.
    pub fn warnings(&self) -> impl Iterator<Item = &Warning> {
        self.outputs.iter().filter_map(|output| output.warning.as_ref())
    }

    /// Wait until `deadline` for room in every output. Returns whether there is room.
    pub fn wait_for_room(&self, deadline: Instant) -> bool {
        self.outputs.iter().all(|output| output.wait_for_room(deadline))
    }

    /// Pass an entry to every output. Returns the error if a borrowed stream failed just now.
    pub fn push(&mut self, entry: Entry) -> Option<Error> {
        self.outputs.iter().for_each(|output| output.send(entry.clone()));
        let error = self.borrowed.as_mut()?.push(entry).err()?;
        self.borrowed = None;
        self.failures.push(error.clone());
        Some(error)
    }

    /// What outputs dropped since the last call: track, what of it, output.
    pub fn take_lost(&self) -> Vec<(usize, Lost, &str)> {
        let mut all = Vec::new();
        for output in &self.outputs {
            let lost = output.take_lost().into_iter();
            all.extend(lost.map(|(track, lost)| (track, lost, output.what.as_str())));
        }
        all
    }

    /// Check outputs that get no rows at the moment. Returns those that failed since the last call.
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

    /// Every output has failed.
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty() && self.borrowed.is_none()
    }

    /// Complete all outputs concurrently.
    pub fn finish(mut self, ending: Ending, cancel: &Cancel) -> Finished {
        let (mut completed, mut failed) = (Vec::new(), Vec::new());
        self.outputs.iter().for_each(|output| output.end(ending));
        if let Some(borrowed) = &mut self.borrowed {
            failed.extend(borrowed.finish().err());
        }
        for output in self.outputs {
            match output.join(cancel) {
                Ok(done) => completed.push(done),
                Err(error) => failed.push(error),
            }
        }
        completed.retain(|done| !done.what.is_empty());
        let failure = self.failures.into_iter().chain(failed.iter().cloned()).next();
        Finished { completed, failed, failure }
    }
}

/// The result of the outputs.
pub(crate) struct Finished {
    pub completed: Vec<Completed>,
    /// Failures at the end.
    pub failed: Vec<Error>,
    /// The first failure of the whole run.
    pub failure: Option<Error>,
}
