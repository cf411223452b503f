//! An `.rrd` file: written as `FILE.rrd.part`, and renamed to `FILE.rrd` once it holds everything requested.
//! An interrupted or failed run renames it to `FILE.partial.rrd`, so an existing `FILE.rrd` is never replaced by an
//! incomplete one.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use super::ahead::Ahead;
use super::log::RecordingLog;
use super::part::{Part, failed, no_folder};
use super::rrd::RrdSink;
use super::{Completed, Ending, Handle, Keeper, RecordingSpec, Target, record, stuck};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::record::Layout;

/// What every recording begins with.
const MAGIC: &[u8] = b"RRF";

struct FileKeeper {
    part: Part,
    sink: Arc<RrdSink<Ahead>>,
}

pub(super) fn open(path: &Path, force: bool, spec: &RecordingSpec) -> Result<Target> {
    check(path, force)?;
    let (part, file) = Part::open(path)?;
    let sink = Arc::new(RrdSink::new(Ahead::new(file), spec.relay).map_err(|e| part.broke_off(e))?);
    let recording = record(spec, Box::new(Handle(sink.clone())))?;
    Ok(Target {
        log: RecordingLog::begin(recording, Layout::file(spec.live), spec)?,
        what: format!("writing {}", path.display()),
        stuck: stuck(ErrorKind::Output, path.display().to_string()),
        keeper: Box::new(FileKeeper { part, sink }),
        warning: None,
    })
}

/// Describes what saving would do, without doing it.
pub(super) fn foresee(path: &Path, force: bool) -> Result<String> {
    check(path, force)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(failed(path, "No such file or directory").with_remedy(no_folder(folder)));
    }
    let there = if path.exists() { ", in place of the one that is there" } else { "" };
    Ok(format!("save {}{there}", path.display()))
}

/// Reject a path where the final rename would fail, or that is probably a mistake.
fn check(path: &Path, force: bool) -> Result<()> {
    let Ok(meta) = fs::metadata(path) else {
        return Ok(());
    };
    if meta.is_dir() {
        return Err(
            failed(path, "it is a directory").with_remedy("name a file in it, such as out.rrd")
        );
    }
    if !meta.is_file() || is_descriptor(path) {
        return Err(failed(path, "it is not a regular file").with_remedy(Remedy::SaveToRegularFile));
    }
    if meta.permissions().readonly() && !force {
        return Err(failed(path, "it is read-only").with_remedy(Remedy::ReplaceOrRename));
    }
    let mut start = [0; MAGIC.len()];
    let is_other = meta.len() > 0
        && File::open(path)
            .and_then(|mut f| std::io::Read::read_exact(&mut f, &mut start))
            .is_ok_and(|()| start != MAGIC);
    if is_other && !force {
        return Err(failed(path, "it is there already and is not a Rerun recording")
            .with_remedy(Remedy::ReplaceOrRename));
    }
    Ok(())
}

/// Whether it is a name of an open file, as `/dev/stdout` is. That may be a regular file, but the recording would take the
/// place of the link.
fn is_descriptor(path: &Path) -> bool {
    let is_one = |path: &Path| path.starts_with("/proc") || path.starts_with("/dev/fd");
    let is_link = |to: &Path| is_one(to) || path.starts_with("/dev");
    is_one(path) || fs::read_link(path).is_ok_and(|to| is_link(&to))
}

impl Keeper for FileKeeper {
    fn check(&mut self) -> Result<()> {
        self.part.check()?;
        self.sink.error().map_or(Ok(()), |error| Err(self.part.broke_off(error)))
    }

    fn lost(&mut self, message: &str) -> Error {
        self.check().err().unwrap_or_else(|| self.part.broke_off(message))
    }

    fn complete(&mut self, ending: Ending) -> Result<Completed> {
        self.check()?;
        if self.sink.finish().is_err() {
            self.check()?;
        }
        Ok(Completed { what: self.part.complete(ending)?, stays: None })
    }

    fn discard(&mut self) {
        self.part.discard();
    }
}
