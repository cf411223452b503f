//! The files of a recording that is an input. Standard input is copied to a temporary file, because a recording is read
//! twice. What is in the files is for `relay`.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempPath;

use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;
use crate::source::pipe;
use crate::source::recording::{self, RecordingKind};

/// Bytes to read at once.
const READ: usize = 1 << 20;
/// Standard input is waited for in steps, between which a cancelled run ends.
const WAIT: Duration = Duration::from_millis(100);

/// A recording on disk.
pub(crate) struct RecordingFile {
    pub kind: RecordingKind,
    /// Several if the recorder split a bag.
    pub paths: Vec<PathBuf>,
    /// Its name in errors and warnings.
    pub source: String,
    /// The name of the recording, unless it has one of its own.
    pub name: String,
    /// Removed when it is dropped.
    _spool: Option<TempPath>,
}

impl RecordingFile {
    pub fn new(input: &InputConfig, kind: RecordingKind, cancel: &Cancel) -> Result<Self> {
        if input.location == "-" {
            let (source, name) = (pipe::NAME.to_owned(), "stdin".to_owned());
            let spool = spool(cancel)?;
            let paths = vec![spool.to_path_buf()];
            return Ok(Self { kind, paths, source, name, _spool: Some(spool) });
        }
        let path = Path::new(&input.location);
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let source = path.display().to_string();
        Ok(Self { kind, paths: recording::files(path), source, name, _spool: None })
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> Option<u64> {
        self.paths.iter().map(|path| Some(std::fs::metadata(path).ok()?.len())).sum()
    }
}

/// Write standard input to a temporary file.
fn spool(cancel: &Cancel) -> Result<TempPath> {
    let failed = |error| Error::temporary_file("a recording from standard input", error);
    let mut file = tempfile::NamedTempFile::new().map_err(failed)?;
    let mut input = std::io::stdin().lock();
    let mut bytes = vec![0; READ];
    while !cancel.is_cancelled() {
        if !pipe::wait(WAIT) {
            continue;
        }
        match input.read(&mut bytes) {
            Ok(0) => break,
            Ok(got) => file.write_all(bytes.get(..got).unwrap_or_default()).map_err(failed)?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::io(ErrorKind::Read, pipe::NAME, error)),
        }
    }
    file.flush().map_err(failed)?;
    Ok(file.into_temp_path())
}
