//! What keeps a stream silent that only passes on messages of other recordings.
//! It looks at none of them but to tell whose they are.

use std::time::Duration;

use rerun::external::re_log_types::StoreId;
use rerun::log::LogMsg;
use rerun::sink::{LogSink, SinkFlushError};

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

    fn flush_blocking(&self, timeout: Duration) -> Result<(), SinkFlushError> {
        self.sink.flush_blocking(timeout)
    }

    fn default_batcher_config(&self) -> rerun::log::ChunkBatcherConfig {
        self.sink.default_batcher_config()
    }
}
