//! Suppresses a stream's own messages if it only passes on messages of other recordings.
//! It inspects messages only for their recording id.

use std::time::Duration;

use rerun::external::re_log_types::StoreId;
use rerun::log::LogMsg;
use rerun::sink::{LogSink, SinkFlushError};

/// Passes on only messages that do not belong to the stream's own recording.
pub(super) struct ForeignMessages {
    pub sink: Box<dyn LogSink>,
    pub own: StoreId,
}

impl LogSink for ForeignMessages {
    fn send(&self, msg: LogMsg) {
        if *msg.store_id() != self.own {
            self.sink.send(msg);
        }
    }

    fn flush_blocking(&self, timeout: Duration) -> Result<(), SinkFlushError> {
        self.sink.flush_blocking(timeout)
    }

    fn default_batcher_config(&self) -> rerun::log::ChunkBatcherConfig {
        self.sink.default_batcher_config()
    }
}
