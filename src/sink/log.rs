//! Consumes the entries of an output, in order.
//! When they come, and when to give up on a stuck output, is decided in `output`.

use std::time::Duration;

use rerun::RecordingStream;
use rerun::sink::SinkFlushError;

use super::RecordingSpec;
use crate::error::Result;
use crate::record::{Entry, Layout, TrackLog};

/// Limit for bytes of messages in flight inside Rerun.
const UNSETTLED: usize = 4 << 20;

/// Consumes the entries of an output.
pub(super) trait Log: Send {
    fn take(&mut self, entry: Entry) -> Result<()>;

    /// Send what has waited long enough. Call it several times a second.
    fn tend(&mut self) -> Result<()>;

    /// The last entry has been passed.
    fn finish(&mut self) -> Result<()>;

    /// Whether there is something to send, or too much in flight: everything sent before must be flushed first.
    fn is_ready(&self) -> bool;

    /// Send what is ready.
    fn send(&mut self);

    /// Whether data is in flight.
    fn is_unsettled(&self) -> bool;

    /// Flush everything sent, for at most `limit`. Returns whether that completed; the error is Rerun's message.
    fn settle(&mut self, limit: Duration) -> Result<bool, String>;
}

/// Writes to a recording stream.
pub(super) struct RecordingLog {
    recording: RecordingStream,
    tracks: Vec<TrackLog>,
    /// Chunks are in flight.
    sent: bool,
    /// Bytes of passed-through messages.
    passed: usize,
}

impl RecordingLog {
    /// Log the static data of every track of `spec`.
    pub fn begin(
        recording: RecordingStream,
        layout: Layout,
        spec: &RecordingSpec,
    ) -> Result<Box<dyn Log>> {
        let track = |spec: &_| TrackLog::new(Clone::clone(spec), layout);
        // The rows of a recording that is passed through come as messages.
        let tracks = spec.tracks.iter().filter(|_| !spec.relay);
        let tracks = tracks.map(track).collect::<Result<_>>()?;
        let mut log = Self { recording, tracks, sent: false, passed: 0 };
        log.send();
        Ok(Box::new(log))
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

    fn is_ready(&self) -> bool {
        self.passed > UNSETTLED || self.tracks.iter().any(TrackLog::has_chunks)
    }

    fn send(&mut self) {
        for track in &mut self.tracks {
            self.sent |= track.has_chunks();
            track.send_to(&self.recording);
        }
    }

    fn is_unsettled(&self) -> bool {
        self.sent || self.passed > 0
    }

    fn settle(&mut self, limit: Duration) -> Result<bool, String> {
        match self.recording.flush_with_timeout(limit) {
            Ok(()) => {
                (self.sent, self.passed) = (false, 0);
                Ok(true)
            }
            Err(SinkFlushError::Timeout) => Ok(false),
            Err(SinkFlushError::Failed { message }) => Err(message),
        }
    }
}
