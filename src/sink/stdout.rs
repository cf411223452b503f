//! Standard output as an `.rrd` stream, which `rerun -` reads.
//! A terminal is refused, since the output is binary, and so is one that is closed.

use std::io::{self, IsTerminal as _, Stdout, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::log::RecordingLog;
use super::rrd::RrdSink;
use super::{Completed, Ending, Handle, Keeper, RecordingSpec, Target, record, stuck};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::ffi::system::is_stdout_closed;
use crate::record::{Layout, VIEWER_CHUNK_BYTES};

/// The reader of a pipe may be slow, so writes are small enough to see that it reads.
const WRITE: usize = 16 * 1024;

struct StdoutKeeper {
    sink: Arc<RrdSink<Counted>>,
    written: Arc<AtomicU64>,
}

/// Standard output, with the count of bytes written.
struct Counted {
    stdout: Stdout,
    written: Arc<AtomicU64>,
}

impl Write for Counted {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let length = self.stdout.write(&data[..data.len().min(WRITE)])?;
        self.written.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

fn failed(cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Output, "standard output", cause)
}

pub(super) fn open(spec: &RecordingSpec) -> Result<Target> {
    if is_stdout_closed() {
        return Err(failed("it is closed").with_remedy(Remedy::RedirectOutput));
    }
    if io::stdout().is_terminal() {
        return Err(failed("it is a terminal").with_remedy(Remedy::RedirectOutput));
    }
    let written = Arc::new(AtomicU64::new(0));
    let stdout = Counted { stdout: io::stdout(), written: written.clone() };
    let sink = Arc::new(RrdSink::new(stdout, spec.relay).map_err(failed)?);
    let recording = record(spec, Box::new(Handle(sink.clone())))?;
    Ok(Target {
        log: RecordingLog::begin(recording, Layout::new(spec.live, VIEWER_CHUNK_BYTES), spec)?,
        what: "writing to standard output".into(),
        stuck: stuck(ErrorKind::Output, "standard output"),
        keeper: Box::new(StdoutKeeper { sink, written }),
        warning: None,
    })
}

impl Keeper for StdoutKeeper {
    fn check(&mut self) -> Result<()> {
        let reader = |e| failed(e).with_remedy("the program that reads it ended early");
        self.sink.error().map_or(Ok(()), |e| Err(reader(e)))
    }

    fn accepted(&self) -> Option<u64> {
        Some(self.written.load(Ordering::Relaxed))
    }

    fn lost(&mut self, message: &str) -> Error {
        self.check().err().unwrap_or_else(|| failed(message))
    }

    fn complete(&mut self, _ending: Ending) -> Result<Completed> {
        self.sink.finish().map_err(failed)?;
        Ok(Completed { what: "wrote it to standard output".into(), stays: None })
    }
}
