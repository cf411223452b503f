//! A file that holds a recording rather than a video: Rerun's own, or a bag in MCAP.
//! Told by its first bytes, so that its name does not matter. What is in it is for `relay`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::time::Duration;

use super::pipe;
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
        let other = |what: &str| {
            let name = location.to_string_lossy();
            let stem = name.rsplit_once('.').map_or("bag", |(stem, _)| stem);
            Err(Error::new(ErrorKind::Open, &*name, format!("it is {what}, and not one in MCAP"))
                .with_remedy(format!(
                    "convert it: rosbags-convert --src {name} --dst {stem} --dst-storage mcap \
                     --dst-typestore ros2_humble (pip install rosbags)"
                )))
        };
        let start = match location.to_str() {
            Some("-") => start_of_stdin(cancel),
            _ => start(location),
        };
        match start.as_deref() {
            Some([b'R', b'R', b'F', ..]) => Ok(Some(Self::Rrd)),
            Some([0x89, b'M', b'C', b'A', b'P', b'0', b'\r', b'\n', ..]) => Ok(Some(Self::Mcap)),
            Some(start) if start.starts_with(b"#ROSBAG V") => other("a bag of ROS 1"),
            Some(start) if start.starts_with(b"SQLite format 3") => {
                other("a bag of ROS 2 in SQLite")
            }
            _ => Ok(None),
        }
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
    File::open(location).ok()?.take(START as u64).read_to_end(&mut start).ok()?;
    Some(start)
}
