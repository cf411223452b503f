//! A recording rather than a video: Rerun's own, or a bag in MCAP.
//! A file is recognised by its first bytes, whatever its name, a folder by what ROS puts in it. What is in it is for `relay`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{bag, pipe};
use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;

/// What kind of recording a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordingKind {
    /// Rerun's `.rrd`.
    Rrd,
    /// A bag of ROS 2, Foxglove or anyone else.
    Mcap,
}

impl RecordingKind {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rrd => "rrd",
            Self::Mcap => "mcap",
        }
    }

    /// The kind of an input, if it is one of these, by its beginning or because its format is given. An error for a bag
    /// of another kind.
    pub fn of(input: &InputConfig, cancel: &Cancel) -> Result<Option<Self>> {
        let location = &*input.location;
        match input.format.as_deref() {
            Some("rrd") => return Ok(Some(Self::Rrd)),
            Some("mcap") => return Ok(Some(Self::Mcap)),
            Some(_) => return Ok(None),
            None => {}
        }
        let path = Path::new(location);
        if let Some(files) = bag::files(path) {
            return match files.iter().any(|file| bag::is_mcap(file)) {
                true => Ok(Some(Self::Mcap)),
                false => Err(not_mcap(path, "ROS 2 bag in SQLite")),
            };
        }
        let start = match location.to_str() {
            Some("-") => start_of_stdin(cancel),
            _ => start(location),
        };
        match start.as_deref() {
            Some([b'R', b'R', b'F', ..]) => Ok(Some(Self::Rrd)),
            Some([0x89, b'M', b'C', b'A', b'P', b'0', b'\r', b'\n', ..]) => Ok(Some(Self::Mcap)),
            Some(start) if start.starts_with(b"#ROSBAG V") => Err(not_mcap(path, "ROS 1 bag")),
            Some(start) if start.starts_with(b"SQLite format 3") => {
                // The converter wants the whole bag.
                let folder = path.parent().filter(|folder| bag::files(folder).is_some());
                Err(not_mcap(folder.unwrap_or(path), "ROS 2 bag in SQLite"))
            }
            _ => Ok(None),
        }
    }
}

fn not_mcap(path: &Path, what: &str) -> Error {
    let (name, stem) = (path.display(), path.with_extension("").display().to_string());
    let to = if path.is_dir() { format!("{stem}_mcap") } else { stem };
    Error::new(ErrorKind::Open, path.to_string_lossy(), format!("it is a {what}, not in MCAP"))
        .with_remedy(format!(
            "convert it: rosbags-convert --src {name} --dst {to} --dst-storage mcap \
             --dst-typestore ros2_humble (pip install rosbags)"
        ))
}

/// The files of a recording at `path`: one, or those of a bag's folder.
pub(crate) fn files(path: &Path) -> Vec<PathBuf> {
    match bag::files(path) {
        Some(files) => files.into_iter().filter(|file| bag::is_mcap(file)).collect(),
        None => vec![path.to_owned()],
    }
}

/// As many bytes as tell the kinds apart.
const START: usize = 16;
/// How long one wait for standard input lasts, so that a cancelled run ends.
const WAIT: Duration = Duration::from_millis(100);

/// The first bytes of standard input, once it has some.
fn start_of_stdin(cancel: &Cancel) -> Option<Vec<u8>> {
    if std::io::stdin().is_terminal() {
        return None;
    }
    while !pipe::wait(WAIT) {
        if cancel.is_cancelled() {
            return None;
        }
    }
    Some(pipe::peek(START))
}

/// The first bytes of a file. A pipe must not be opened only to look: they would be gone.
fn start(location: &OsStr) -> Option<Vec<u8>> {
    if !std::fs::metadata(location).ok()?.is_file() {
        return None;
    }
    let mut start = Vec::new();
    let contents = bag::contents(File::open(location).ok()?).ok()?;
    contents.take(START as u64).read_to_end(&mut start).ok()?;
    Some(start)
}
