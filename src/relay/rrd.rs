//! Reads the messages of an `.rrd` file, as far as they are whole.
//! It does not look into them.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rerun::external::re_log_encoding::DecoderApp;
use rerun::log::LogMsg;

use super::framing::Framed;
use crate::error::{Error, ErrorKind, Result};
use crate::threads::caught;

/// A message, or why it could not be read.
pub(crate) type Read = std::result::Result<LogMsg, String>;

/// Bytes to read at once. Messages take up to a few megabytes.
const BUFFER: usize = 1 << 20;

/// Reading ends after more damaged messages in a row than this.
const MOST_DAMAGED: u32 = 100;

type Decoder =
    rerun::external::re_log_encoding::rrd::DecoderIterator<LogMsg, BufReader<Framed<File>>>;

/// The messages of one file.
pub(crate) struct Messages {
    decoder: Decoder,
    bytes: u64,
    /// How many more bytes the decoder was given than read from the file.
    grown: Arc<AtomicI64>,
    damaged: u32,
    ended: bool,
}

impl Messages {
    pub fn open(path: &Path, source: &str) -> Result<Self> {
        let failed = |cause: &dyn std::fmt::Display| Error::new(ErrorKind::Open, source, cause);
        let file = File::open(path).map_err(|e| failed(&e))?;
        let bytes = file.metadata().map_err(|e| failed(&e))?.len();
        let framed = Framed::new(file, bytes);
        let grown = framed.grown();
        let reader = BufReader::with_capacity(BUFFER, framed);
        let decoder = DecoderApp::decode_eager(reader).map_err(|error| {
            failed(&error).with_remedy(
                "Rerun's viewer of that time can save it anew; `rerun rrd verify` tells more",
            )
        })?;
        Ok(Self { decoder, bytes, grown, damaged: 0, ended: false })
    }

    /// How many bytes were read so far.
    pub fn position(&self) -> u64 {
        let grown = self.grown.load(Ordering::Relaxed);
        self.decoder.num_bytes_processed().saturating_add_signed(-grown).min(self.bytes)
    }
}

impl Iterator for Messages {
    type Item = Read;

    fn next(&mut self) -> Option<Read> {
        if self.ended {
            return None;
        }
        // Rerun's decoder panics at some kinds of damage, and cannot go on after it.
        let next = match caught("the recording", || self.decoder.next()) {
            Ok(next) => next,
            Err(panic) => {
                self.ended = true;
                return Some(Err(panic.cause().to_owned()));
            }
        };
        match next {
            Some(Ok(message)) => {
                self.damaged = 0;
                Some(Ok(message))
            }
            Some(Err(error)) => {
                self.damaged += 1;
                self.ended = self.damaged >= MOST_DAMAGED;
                Some(Err(error.to_string()))
            }
            None => {
                self.ended = true;
                // A program was killed while it wrote its last message.
                let rest = self.bytes.saturating_sub(Self::position(self));
                (rest > 0).then(|| {
                    Err(format!("it ends inside a message, {rest} bytes after the last whole one"))
                })
            }
        }
    }
}
