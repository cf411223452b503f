//! A file that has the name `FILE.part` while it is written, and is renamed when it is complete.
//! It does not know the file's content.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::Ending;
use crate::error::{Error, ErrorKind, Remedy, Result};

/// The remedy for a file that cannot be written.
pub(super) const DISK_HINT: &str = "make room on the disk, or save elsewhere";

const FOLDER_HINT: &str = "check that the folder may be written to";

/// A file that is being written.
pub(super) struct Part {
    path: PathBuf,
    part: PathBuf,
    /// The file being written, locked, even if its path now refers to another file.
    held: File,
    /// Where it is since a write failed; `None` if nothing was written before.
    broken: OnceLock<Option<PathBuf>>,
}

pub(super) fn failed(path: &Path, cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Output, path.display().to_string(), cause)
}

/// Make a folder and those that it is in.
pub(crate) fn make_folders(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| failed_io(folder, error).with_remedy(FOLDER_HINT))
}

fn failed_io(path: &Path, error: std::io::Error) -> Error {
    Error::io(ErrorKind::Output, path.display().to_string(), error)
}

impl Part {
    /// Create the empty file that will become `path`, and a writer for it.
    pub fn open(path: &Path) -> Result<(Self, File)> {
        let part = part_of(path);
        let claimed = claim(&part).map_err(|error| {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
            let hint = match folder {
                Some(folder) if !folder.exists() => no_folder(folder),
                _ if error.kind() == std::io::ErrorKind::InvalidFilename => {
                    "choose a shorter name: it ends in .part while it is written".into()
                }
                _ => FOLDER_HINT.into(),
            };
            failed_io(path, error).with_remedy(hint)
        })?;
        let Some(file) = claimed else {
            return Err(failed(path, "another run is writing it").with_remedy(Remedy::Rename));
        };
        let held = file.try_clone().map_err(|error| {
            let _ = fs::remove_file(&part);
            failed_io(path, error)
        })?;
        Ok((Self { path: path.to_owned(), part, held, broken: OnceLock::new() }, file))
    }

    /// Its path while it is being written.
    pub fn name(&self) -> &Path {
        &self.part
    }

    /// A write failed: what was written before gets the name of an incomplete file.
    pub fn broke_off(&self, cause: impl std::fmt::Display) -> Error {
        let kept = self.broken.get_or_init(|| {
            if fs::metadata(&self.part).is_ok_and(|meta| meta.len() == 0) {
                self.discard();
                return None;
            }
            let partial = partial_of(&self.path);
            let renamed = fs::rename(&self.part, &partial).is_ok();
            Some(if renamed { partial } else { self.part.clone() })
        });
        failed(&self.path, cause).with_remedy(match kept {
            Some(kept) => format!("{DISK_HINT}; what was written so far is in {}", kept.display()),
            None => DISK_HINT.to_owned(),
        })
    }

    /// A file that was unlinked is lost when it is closed, although every write succeeds.
    pub fn check(&self) -> Result<()> {
        if self.broken.get().is_some() || is_named(&self.held, &self.part) {
            return Ok(());
        }
        let cause = format!("something removed {} while it was being written", self.part.display());
        Err(failed(&self.path, cause).with_remedy("save it again, or elsewhere"))
    }

    /// Rename it according to how the run ended, and describe the result.
    pub fn complete(&self, ending: Ending) -> Result<String> {
        let bytes = fs::metadata(&self.part).map_or(0, |m| m.len());
        let (name, incomplete) = match ending {
            Ending::Complete => (self.path.clone(), ""),
            Ending::Partial | Ending::Discarded => (partial_of(&self.path), ", incomplete"),
        };
        fs::rename(&self.part, &name).map_err(|error| {
            failed_io(&name, error).with_remedy(format!("it is in {}", self.part.display()))
        })?;
        Ok(format!("saved {} ({}{incomplete})", name.display(), megabytes(bytes)))
    }

    /// Delete it.
    pub fn discard(&self) {
        let _ = fs::remove_file(&self.part);
    }
}

/// The file `part`, empty and locked; `None` if another run has locked it.
fn claim(part: &Path) -> std::io::Result<Option<File>> {
    loop {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(part)?;
        // On a file system without locks, write without one.
        let taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        // Between opening and locking, another run may have completed it and renamed it.
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

/// Truncate what an earlier run left. Not if it is empty already: ext4 takes truncating for a replacement, and then
/// flushes the file to disk on close.
fn empty(file: &File) -> std::io::Result<()> {
    if file.metadata()?.len() > 0 { file.set_len(0) } else { Ok(()) }
}

/// Whether `part` is still the path of the open file.
#[cfg(unix)]
fn is_named(file: &File, part: &Path) -> bool {
    are_same(file.metadata(), fs::metadata(part))
}

#[cfg(not(unix))]
fn is_named(_file: &File, part: &Path) -> bool {
    part.exists()
}

/// Whether two paths lead to one file. Neither is opened: whoever opens a pipe takes what its writer sends.
#[cfg(unix)]
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    are_same(fs::metadata(one), fs::metadata(other))
}

#[cfg(not(unix))]
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

#[cfg(unix)]
fn are_same(one: std::io::Result<fs::Metadata>, other: std::io::Result<fs::Metadata>) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    one.is_ok_and(|one| {
        other.is_ok_and(|other| (one.dev(), one.ino()) == (other.dev(), other.ino()))
    })
}

pub(super) fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    PathBuf::from(part)
}

/// `out.partial.rrd` for `out.rrd`.
pub(super) fn partial_of(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(".partial");
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

pub(super) fn no_folder(folder: &Path) -> String {
    format!("make the folder first: mkdir -p '{}'", folder.display())
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
    fn incomplete_files_are_named_partial() {
        let named = |path: &str| partial_of(Path::new(path)).display().to_string();
        assert_eq!(named("out.rrd"), "out.partial.rrd");
        assert_eq!(named("a/b.c/out.v2.rrd"), "a/b.c/out.v2.partial.rrd");
        assert_eq!(named("out"), "out.partial");
    }

    /// Each claims the file, writes it, and renames it, as runs do; the final name must never name an empty file.
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
