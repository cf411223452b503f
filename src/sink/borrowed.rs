//! A recording stream owned by the caller, as an output: runs on the calling thread and logs only rows.
//! Nothing is opened, and nothing is flushed.

use rerun::RecordingStream;
use rerun::external::re_log_types::StoreKind;
use rerun::log::{Chunk, LogMsg};

use crate::error::{Error, ErrorKind, Result};
use crate::record::recorded::is_property;
use crate::record::{Entry, Layout, TrackLog, TrackSpec};

/// Log into a stream owned by the caller, on the calling thread.
pub(crate) struct Borrowed {
    recording: RecordingStream,
    logs: Vec<TrackLog>,
}

impl Borrowed {
    pub fn new(recording: &RecordingStream, tracks: &[TrackSpec], layout: Layout) -> Result<Self> {
        let logs =
            tracks.iter().map(|spec| TrackLog::new(spec.clone(), layout)).collect::<Result<_>>()?;
        let mut borrowed = Self { recording: recording.clone(), logs };
        borrowed.send();
        Ok(borrowed)
    }

    pub fn push(&mut self, entry: Entry) -> Result<()> {
        match entry {
            Entry::Message(passing) => self.pass(&passing.message),
            _ => {
                let log = self.logs.get_mut(entry.track());
                log.map_or(Ok(()), |log| log.take(entry))?;
                self.send();
                Ok(())
            }
        }
    }

    fn send(&mut self) {
        self.logs.iter_mut().for_each(|log| log.send_to(&self.recording));
    }

    /// Log the data of another recording, without its properties and its view: those are the caller's.
    fn pass(&self, message: &LogMsg) -> Result<()> {
        let LogMsg::ArrowMsg(store, arrow) = message else { return Ok(()) };
        if store.kind() != StoreKind::Recording {
            return Ok(());
        }
        let chunk = Chunk::from_arrow_msg(arrow)
            .map_err(|error| Error::new(ErrorKind::Output, "the recording stream", error))?;
        if !is_property(&chunk) {
            self.recording.send_chunk(chunk);
        }
        Ok(())
    }

    pub fn tend(&mut self) -> Result<()> {
        self.logs.iter_mut().try_for_each(TrackLog::tend)?;
        self.send();
        Ok(())
    }

    pub fn finish(&mut self) -> Result<()> {
        self.logs.iter_mut().try_for_each(TrackLog::finish)?;
        self.send();
        Ok(())
    }
}
