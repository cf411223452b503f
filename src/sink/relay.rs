//! Messages of other recordings through the stream of an output, which itself has nothing to say then.
//! It looks at none of them but to tell whose they are.

use std::time::Duration;

use rerun::RecordingStream;
use rerun::external::re_log_types::StoreId;
use rerun::log::LogMsg;
use rerun::sink::{LogSink, SinkFlushError};

use super::Keeper;
use crate::error::Result;
use crate::event::Cancel;
use crate::record::Passing;

/// So many bytes may be on their way inside a stream: its own queue has no limit.
const UNFLUSHED: usize = 16 << 20;
/// One wait of a flush; between two, the output is asked whether it still works.
const FLUSH: Duration = Duration::from_millis(500);

/// Lets through what does not belong to the stream's own recording.
pub(super) struct OthersOnly {
    pub sink: Box<dyn LogSink>,
    pub own: StoreId,
}

impl LogSink for OthersOnly {
    fn send(&self, msg: LogMsg) {
        if *msg.store_id() != self.own {
            self.sink.send(msg);
        }
    }

    fn flush_blocking(&self, timeout: Duration) -> std::result::Result<(), SinkFlushError> {
        self.sink.flush_blocking(timeout)
    }

    fn default_batcher_config(&self) -> rerun::log::ChunkBatcherConfig {
        self.sink.default_batcher_config()
    }
}

/// Sends messages through a stream, a few at a time.
#[derive(Default)]
pub(super) struct Relay {
    unflushed: usize,
}

impl Relay {
    pub fn send(
        &mut self,
        passing: &Passing,
        recording: &RecordingStream,
        keeper: &mut dyn Keeper,
        cancel: &Cancel,
    ) -> Result<()> {
        recording.record_msg(passing.message.clone());
        self.unflushed += passing.bytes;
        while self.unflushed > UNFLUSHED && !cancel.is_cancelled() {
            match recording.flush_with_timeout(FLUSH) {
                Ok(()) => self.unflushed = 0,
                // It says itself what is the matter, or is slow.
                Err(_) => keeper.check(recording)?,
            }
        }
        Ok(())
    }
}
