//! Standard output as an `.rrd` stream, which `rerun -` reads.
//! A terminal is refused, since the output is binary.

use std::io::{IsTerminal as _, Stdout};
use std::sync::Arc;

use super::log::RecordingLog;
use super::rrd::RrdSink;
use super::{Completed, Ending, Handle, Keeper, RecordingSpec, Target, record};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::record::{Layout, VIEWER_CHUNK_BYTES};

struct StdoutKeeper(Arc<RrdSink<Stdout>>);

fn failed(cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Output, "standard output", cause)
}

pub(super) fn open(spec: &RecordingSpec) -> Result<Target> {
    if std::io::stdout().is_terminal() {
        return Err(failed("it is a terminal").with_remedy(Remedy::RedirectOutput));
    }
    let sink = Arc::new(RrdSink::new(std::io::stdout(), spec.relay).map_err(failed)?);
    let recording = record(spec, Box::new(Handle(sink.clone())))?;
    Ok(Target {
        log: RecordingLog::begin(recording, Layout::new(spec.live, VIEWER_CHUNK_BYTES), spec)?,
        what: "writing to standard output".into(),
        keeper: Box::new(StdoutKeeper(sink)),
        warning: None,
    })
}

impl Keeper for StdoutKeeper {
    fn check(&mut self) -> Result<()> {
        let reader = |e| failed(e).with_remedy("the program that reads it ended early");
        self.0.error().map_or(Ok(()), |e| Err(reader(e)))
    }

    fn lost(&mut self, message: &str) -> Error {
        self.check().err().unwrap_or_else(|| failed(message))
    }

    fn complete(&mut self, _ending: Ending) -> Result<Completed> {
        self.0.finish().map_err(failed)?;
        Ok(Completed { what: "wrote it to standard output".into(), stays: None })
    }
}
