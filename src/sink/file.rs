//! An `.rrd` file: written as `FILE.rrd.part`, and renamed to `FILE.rrd` when it holds all that was asked for.
//! What an interrupted or failed run has is renamed to `FILE.partial.rrd`, so an earlier `FILE.rrd` is never replaced by less.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rerun::RecordingStream;

use super::rrd::RrdSink;
use super::{Completed, Ending, Handle, Keeper, RecordingSpec, Target, record};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::record::Layout;

/// What every recording begins with.
const MAGIC: &[u8] = b"RRF";

struct FileKeeper {
    path: PathBuf,
    part: PathBuf,
    /// The file that is written, whatever its name stands for by now.
    held: File,
    sink: Arc<RrdSink<File>>,
}

pub(super) fn open(path: &Path, force: bool, spec: &RecordingSpec) -> Result<Target> {
    check(path, force)?;
    let part = part_of(path);
    let claimed = claim(&part).map_err(|error| {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        let hint = match folder {
            Some(folder) if !folder.exists() => no_folder(folder),
            _ => "check that the folder may be written to".into(),
        };
        failed_io(path, error).with_remedy(hint)
    })?;
    let Some(file) = claimed else {
        return Err(failed(path, "another run is writing it").with_remedy(Remedy::Rename));
    };
    let held = file.try_clone().map_err(|error| failed_io(path, error))?;
    let sink = Arc::new(
        RrdSink::new(file, spec.relay).map_err(|e| failed(path, e).with_remedy(DISK_HINT))?,
    );
    let recording = record(spec, Box::new(Handle(sink.clone())))?;
    Ok(Target {
        recording,
        layout: Layout::file(spec.live),
        what: format!("writing {}", path.display()),
        keeper: Box::new(FileKeeper { path: path.to_owned(), part, held, sink }),
        warning: None,
    })
}

const DISK_HINT: &str = "make room on the disk, or save elsewhere";

fn failed(path: &Path, cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Output, path.display().to_string(), cause)
}

fn failed_io(path: &Path, error: std::io::Error) -> Error {
    Error::io(ErrorKind::Output, path.display().to_string(), error)
}

/// The file `part`, empty and locked; `None` while another run has it.
fn claim(part: &Path) -> std::io::Result<Option<File>> {
    loop {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(part)?;
        // A file system without locks is written to all the same.
        let taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        // Since it was opened, another run may have completed it and given it its final name.
        if !is_named(&file, part) {
            continue;
        }
        if taken {
            return Ok(None);
        }
        empty(&file)?;
        return Ok(Some(file));
    }
}

/// Make away with what an earlier run has left. Not where there is nothing: ext4 then takes the file for one that is
/// replaced, and writes all of it out before it can be closed.
fn empty(file: &File) -> std::io::Result<()> {
    if file.metadata()?.len() > 0 { file.set_len(0) } else { Ok(()) }
}

/// Whether `part` is still the name of the file that is written.
#[cfg(unix)]
fn is_named(file: &File, part: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(part)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_named(_file: &File, part: &Path) -> bool {
    part.exists()
}

fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    PathBuf::from(part)
}

/// `out.partial.rrd` for `out.rrd`.
fn partial_of(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(".partial");
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// What saving there would do, without doing it.
pub(super) fn foresee(path: &Path, force: bool) -> Result<String> {
    check(path, force)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(failed(path, "No such file or directory").with_remedy(no_folder(folder)));
    }
    let there = if path.exists() { ", in place of the one that is there" } else { "" };
    Ok(format!("save {}{there}", path.display()))
}

fn no_folder(folder: &Path) -> String {
    format!("make the folder first: mkdir -p '{}'", folder.display())
}

/// Refuse what the rename at the end would refuse, and what would be a mistake.
fn check(path: &Path, force: bool) -> Result<()> {
    let Ok(meta) = fs::metadata(path) else {
        return Ok(());
    };
    if meta.is_dir() {
        return Err(
            failed(path, "it is a directory").with_remedy("name a file in it, such as out.rrd")
        );
    }
    if !meta.is_file() {
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
        return Err(failed(path, "it is there already and is no Rerun recording")
            .with_remedy(Remedy::ReplaceOrRename));
    }
    Ok(())
}

impl FileKeeper {
    fn written(&self) -> Result<()> {
        let part = self.part.display();
        // What has no name any more is gone when it is closed, though every write succeeds.
        if !is_named(&self.held, &self.part) {
            let cause = format!("something removed {part} while it was being written");
            return Err(failed(&self.path, cause).with_remedy("save it again, or elsewhere"));
        }
        self.sink.error().map_or(Ok(()), |error| {
            Err(failed(&self.path, error)
                .with_remedy(format!("{DISK_HINT}; what was written so far is in {part}")))
        })
    }
}

impl Keeper for FileKeeper {
    fn check(&mut self) -> Result<()> {
        self.written()
    }

    fn lost(&mut self, message: &str) -> Error {
        self.written().err().unwrap_or_else(|| failed(&self.path, message))
    }

    fn complete(&mut self, _recording: &RecordingStream, ending: Ending) -> Result<Completed> {
        self.written()?;
        if self.sink.finish().is_err() {
            self.written()?;
        }
        let bytes = fs::metadata(&self.part).map_or(0, |m| m.len());
        let (name, incomplete) = match ending {
            Ending::Complete => (self.path.clone(), ""),
            Ending::Partial | Ending::Discarded => (partial_of(&self.path), ", incomplete"),
        };
        fs::rename(&self.part, &name).map_err(|error| {
            failed_io(&name, error)
                .with_remedy(format!("the recording is in {}", self.part.display()))
        })?;
        Ok(Completed {
            what: format!("saved {} ({}{incomplete})", name.display(), megabytes(bytes)),
            stays: None,
        })
    }

    fn discard(&mut self) {
        // Nothing but a header is in it.
        let _ = fs::remove_file(&self.part);
    }
}

fn megabytes(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::thread;

    use super::*;

    #[test]
    fn the_name_of_what_is_incomplete() {
        let named = |path: &str| partial_of(Path::new(path)).display().to_string();
        assert_eq!(named("out.rrd"), "out.partial.rrd");
        assert_eq!(named("a/b.c/out.v2.rrd"), "a/b.c/out.v2.partial.rrd");
        assert_eq!(named("out"), "out.partial");
    }

    /// Each claims the file, writes it, and renames it, as runs do; the final name must never stand for an empty file.
    #[test]
    #[cfg(unix)]
    fn a_finished_file_is_never_emptied_by_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let (part, done) = (folder.path().join("out.part"), folder.path().join("out"));
        let run = || {
            for _ in 0..2000 {
                let Some(mut file) = claim(&part).unwrap() else { continue };
                file.write_all(b"whole").unwrap();
                fs::rename(&part, &done).unwrap();
                drop(file);
                let there = fs::read(&done).unwrap();
                assert_eq!(there, b"whole");
            }
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(run);
            }
        });
        assert_eq!(fs::read(&done).unwrap(), b"whole");
    }
}
