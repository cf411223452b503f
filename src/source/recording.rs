//! A file that holds a recording rather than a video: Rerun's own, or a bag in MCAP.
//! Told by its first bytes, so that its name does not matter. What is in it is for `relay`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;

/// What kind of recording a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordingKind {
    /// Rerun's `.rrd`.
    Rrd,
    /// A bag of ROS 2, Foxglove or anyone else.
    Mcap,
}

impl RecordingKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Rrd => "rrd",
            Self::Mcap => "mcap",
        }
    }

    /// The kind of the file at `location`, if it is one of these.
    pub fn of(location: &OsStr) -> Option<Self> {
        let mut start = Vec::new();
        // A pipe must not be opened only to look: its first bytes would be gone.
        if !std::fs::metadata(location).ok()?.is_file() {
            return None;
        }
        File::open(location).ok()?.take(8).read_to_end(&mut start).ok()?;
        match start.as_slice() {
            [b'R', b'R', b'F', ..] => Some(Self::Rrd),
            b"\x89MCAP0\r\n" => Some(Self::Mcap),
            _ => None,
        }
    }
}
