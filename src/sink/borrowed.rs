//! A recording stream owned by the caller, as an output: runs on the calling thread and logs only rows.
//! Nothing is opened, and nothing is flushed.

use rerun::RecordingStream;

use crate::error::Result;
use crate::record::{Entry, Layout, TrackLog, TrackSpec};

/// Log into a stream owned by the caller, on the calling thread.
pub(crate) struct Borrowed {
    logs: Vec<TrackLog>,
}

impl Borrowed {
    pub fn new(recording: &RecordingStream, tracks: &[TrackSpec], layout: Layout) -> Result<Self> {
        let logs = tracks
            .iter()
            .map(|spec| TrackLog::new(recording.clone(), spec.clone(), layout))
            .collect::<Result<_>>()?;
        Ok(Self { logs })
    }

    pub fn push(&mut self, entry: Entry) -> Result<()> {
        self.logs.get_mut(entry.track()).map_or(Ok(()), |log| log.take(entry))
    }

    pub fn tend(&mut self) -> Result<()> {
        self.logs.iter_mut().try_for_each(TrackLog::tend)
    }

    pub fn finish(&mut self) -> Result<()> {
        self.logs.iter_mut().try_for_each(TrackLog::finish)
    }
}
