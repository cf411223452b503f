//! Writes log messages as an `.rrd` stream to any writer; after a failed write the error is kept and nothing more is
//! written.
//! It knows no file name. Rerun's own file sink does not report a full disk.

use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rerun::external::re_log_encoding::{Encoder, EncodingOptions};
use rerun::log::LogMsg;
use rerun::sink::{LogSink, SinkFlushError};

use crate::error::plain;

/// Buffer for a message's header and body; the encoder flushes after every message.
const BUFFER: usize = 256 * 1024;

/// A log sink that writes.
pub(super) struct RrdSink<W: Write + Send + 'static> {
    /// Locked while a message is written, however long that takes.
    state: Mutex<State<W>>,
    error: Arc<OnceLock<String>>,
}

struct State<W: Write> {
    /// `None` once finished or failed.
    encoder: Option<Encoder<Watched<W>>>,
    error: Arc<OnceLock<String>>,
    reason: Reason,
    written: u64,
}

type Reason = Arc<Mutex<Option<String>>>;

/// Keeps the original error of a failed write, which the encoder's error hides.
struct Watched<W: Write> {
    inner: BufWriter<W>,
    reason: Reason,
}

impl<W: Write> Watched<W> {
    fn keep<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() != io::ErrorKind::Interrupted
        {
            let mut reason = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
            reason.get_or_insert_with(|| plain(error));
        }
        result
    }
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let result = self.inner.write(data);
        self.keep(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.inner.flush();
        self.keep(result)
    }
}

/// The error of the failed write, or else the encoder's error.
fn plainest(reason: &Reason, error: &impl std::fmt::Display) -> String {
    let reason = reason.lock().unwrap_or_else(PoisonError::into_inner).take();
    reason.unwrap_or_else(|| error.to_string())
}

impl<W: Write + Send + 'static> RrdSink<W> {
    /// Writes the header at once. Set `compressed` if there is data besides video.
    pub fn new(writer: W, compressed: bool) -> Result<Self, String> {
        let reason = Reason::default();
        let inner = BufWriter::with_capacity(BUFFER, writer);
        // Encoded video does not compress further; LZ4 would only cost time.
        let options = match compressed {
            true => EncodingOptions::PROTOBUF_COMPRESSED,
            false => EncodingOptions::PROTOBUF_UNCOMPRESSED,
        };
        let version = rerun::external::re_build_info::CrateVersion::LOCAL;
        let watched = Watched { inner, reason: reason.clone() };
        let opened = Encoder::new_eager(version, options, watched)
            .and_then(|mut e| e.flush_blocking().map(|()| e));
        let encoder = opened.map_err(|error| plainest(&reason, &error))?;
        let error = Arc::new(OnceLock::new());
        let state = State { encoder: Some(encoder), error: error.clone(), reason, written: 0 };
        Ok(Self { state: Mutex::new(state), error })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State<W>) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The error that stopped writing, if any. Does not wait for the writer.
    pub fn error(&self) -> Option<String> {
        self.error.get().cloned()
    }

    /// Write the footer and drop the writer. Returns the bytes of all messages.
    pub fn finish(&self) -> Result<u64, String> {
        self.with(|state| {
            state.attempt(|encoder| encoder.finish().map(|()| 0));
            state.attempt(|encoder| encoder.flush_blocking().map(|()| 0));
            state.encoder = None;
            match self.error() {
                Some(error) => Err(error),
                None => Ok(state.written),
            }
        })
    }
}

impl<W: Write> State<W> {
    fn attempt<E: std::fmt::Display>(
        &mut self,
        act: impl FnOnce(&mut Encoder<Watched<W>>) -> Result<u64, E>,
    ) {
        let Some(encoder) = self.encoder.as_mut() else {
            return;
        };
        match act(encoder) {
            Ok(bytes) => self.written += bytes,
            Err(error) => {
                self.error.get_or_init(|| plainest(&self.reason, &error));
                self.encoder = None;
            }
        }
    }
}

impl<W: Write + Send + 'static> LogSink for RrdSink<W> {
    fn send(&self, msg: LogMsg) {
        self.with(|state| {
            state.attempt(|encoder| {
                let bytes = encoder.append(&msg)?;
                encoder.flush_blocking().map(|()| bytes)
            });
        });
    }

    fn flush_blocking(&self, _timeout: Duration) -> Result<(), SinkFlushError> {
        // Every message is flushed as it comes.
        match self.error() {
            Some(error) => Err(SinkFlushError::failed(error)),
            None => Ok(()),
        }
    }
}
