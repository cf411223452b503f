//! What takes the entries of an output, in their order.
//! When they come, and who gives up on whom, is `output`'s.

use std::time::Duration;

use rerun::RecordingStream;
use rerun::sink::SinkFlushError;

use super::RecordingSpec;
use crate::error::Result;
use crate::record::{Entry, Layout, TrackLog};

/// So many bytes of messages may be on their way inside Rerun.
const UNSETTLED: usize = 4 << 20;

/// Takes the entries of an output.
pub(super) trait Log: Send {
    fn take(&mut self, entry: Entry) -> Result<()>;

    /// Time goes by: let go of what has waited long enough. To be called several times a second.
    fn tend(&mut self) -> Result<()>;

    /// The last entry has come.
    fn finish(&mut self) -> Result<()>;

    /// Whether something is on its way that has to be waited for.
    fn is_unsettled(&mut self) -> bool;

    /// Wait until all that was let go of has arrived, but no longer than `limit`. Whether it has; the error is what
    /// Rerun says.
    fn settle(&mut self, limit: Duration) -> Result<bool, String>;
}

/// Into a recording.
pub(super) struct RecordingLog {
    recording: RecordingStream,
    tracks: Vec<TrackLog>,
    /// Bytes of messages that were passed on.
    passed: usize,
}

impl RecordingLog {
    /// Begin every track of `spec`.
    pub fn begin(
        recording: RecordingStream,
        layout: Layout,
        spec: &RecordingSpec,
    ) -> Result<Box<dyn Log>> {
        let track = |spec: &_| TrackLog::new(recording.clone(), Clone::clone(spec), layout);
        let tracks = spec.tracks.iter().map(track).collect::<Result<_>>()?;
        Ok(Box::new(Self { recording, tracks, passed: 0 }))
    }
}

impl Log for RecordingLog {
    fn take(&mut self, entry: Entry) -> Result<()> {
        if let Entry::Message(passing) = &entry {
            self.recording.record_msg(passing.message.clone());
            self.passed += passing.bytes;
            return Ok(());
        }
        self.tracks.get_mut(entry.track()).map_or(Ok(()), |track| track.take(entry))
    }

    fn tend(&mut self) -> Result<()> {
        self.tracks.iter_mut().try_for_each(TrackLog::tend)
    }

    fn finish(&mut self) -> Result<()> {
        self.tracks.iter_mut().try_for_each(TrackLog::finish)
    }

    fn is_unsettled(&mut self) -> bool {
        let sent = self.tracks.iter_mut().fold(false, |sent, track| sent | track.take_sent());
        sent || self.passed > UNSETTLED
    }

    fn settle(&mut self, limit: Duration) -> Result<bool, String> {
        match self.recording.flush_with_timeout(limit) {
            Ok(()) => {
                self.passed = 0;
                Ok(true)
            }
            Err(SinkFlushError::Timeout) => Ok(false),
            Err(SinkFlushError::Failed { message }) => Err(message),
        }
    }
}
