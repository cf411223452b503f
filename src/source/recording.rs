//! A file that holds a recording rather than a video: Rerun's own, or a bag in MCAP.
//! Told by its first bytes, so that its name does not matter. What is in it is for `relay`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;

use crate::error::{Error, ErrorKind, Result};

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

    /// The kind of the file at `location`, if it is one of these. An error for a bag of another kind.
    pub fn of(location: &OsStr) -> Result<Option<Self>> {
        let other = |what: &str| {
            let name = location.to_string_lossy();
            let stem = name.rsplit_once('.').map_or("bag", |(stem, _)| stem);
            Err(Error::new(ErrorKind::Open, &*name, format!("it is {what}, and not one in MCAP"))
                .with_remedy(format!(
                    "convert it: rosbags-convert --src {name} --dst {stem} --dst-storage mcap \
                     --dst-typestore ros2_humble (pip install rosbags)"
                )))
        };
        match start(location).as_deref() {
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

/// The first bytes of a file. A pipe must not be opened only to look: they would be gone.
fn start(location: &OsStr) -> Option<Vec<u8>> {
    if !std::fs::metadata(location).ok()?.is_file() {
        return None;
    }
    let mut start = Vec::new();
    File::open(location).ok()?.take(16).read_to_end(&mut start).ok()?;
    Some(start)
}
