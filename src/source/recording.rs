//! A recording rather than a video: Rerun's own, or a bag in MCAP, in SQLite or of ROS 1.
//! A file is recognised by its first bytes, whatever its name, a folder by what ROS puts in it. What is in it is for
//! `relay`.

use std::io::IsTerminal as _;
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
    /// A bag of ROS 2 in SQLite.
    Sqlite,
    /// A bag of ROS 1.
    Ros1,
}

impl RecordingKind {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rrd => "rrd",
            Self::Mcap => "mcap",
            // ROS's own name.
            Self::Sqlite => "sqlite3",
            Self::Ros1 => "rosbag",
        }
    }

    /// The kind of an input, if it is one of these, by its beginning or because its format is given. An error for a bag
    /// of another kind.
    pub fn of(input: &InputConfig, cancel: &Cancel) -> Result<Option<Self>> {
        let location = &*input.location;
        match input.format.as_deref() {
            Some("rrd") => return Ok(Some(Self::Rrd)),
            Some("mcap") => return Ok(Some(Self::Mcap)),
            Some("sqlite3") => return Ok(Some(Self::Sqlite)),
            Some("rosbag") => return Ok(Some(Self::Ros1)),
            Some(_) => return Ok(None),
            None => {}
        }
        let path = Path::new(location);
        if let Some(files) = bag::files(path) {
            // By name, so that a damaged first file does not hide the others.
            return Ok(Some(match files.iter().any(|file| bag::is_mcap(file)) {
                true => Self::Mcap,
                false => Self::Sqlite,
            }));
        }
        let start = match location.to_str() {
            Some("-") => start_of_stdin(cancel),
            _ => start(path),
        };
        match start.as_deref() {
            Some([b'R', b'R', b'F', ..]) => Ok(Some(Self::Rrd)),
            Some([0x89, b'M', b'C', b'A', b'P', b'0', b'\r', b'\n', ..]) => Ok(Some(Self::Mcap)),
            Some(start) if start.starts_with(bag::SQLITE) => Ok(Some(Self::Sqlite)),
            Some(start) if start.starts_with(bag::ROS_1) => Ok(Some(Self::Ros1)),
            Some(start) if start.starts_with(b"#ROSBAG V") => Err(old_ros_1(path, start)),
            _ => Ok(None),
        }
    }
}

fn old_ros_1(path: &Path, start: &[u8]) -> Error {
    let first = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text =
        format!("it is a bag of ROS 1 in an old version, {}", String::from_utf8_lossy(first));
    let (name, to) = (path.display(), path.with_extension("new.bag").display().to_string());
    Error::new(ErrorKind::Open, path.to_string_lossy(), text)
        .with_remedy(format!("write it anew with ROS: rosbag filter {name} {to} True"))
}

/// The files of a recording at `path`: one, or those of a bag's folder.
pub(crate) fn files(path: &Path) -> Vec<PathBuf> {
    bag::files(path).unwrap_or_else(|| vec![path.to_owned()])
}

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
    Some(pipe::peek(bag::START))
}

/// The first bytes of a file. A pipe must not be opened only to look: they would be gone.
fn start(path: &Path) -> Option<Vec<u8>> {
    let is_file = std::fs::metadata(path).ok()?.is_file();
    is_file.then(|| bag::start(path).ok()).flatten()
}
