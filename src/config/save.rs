//! A file as an output, and its formats.
//! It is written in `sink`.

use std::path::PathBuf;

use crate::named::named;

/// An `.rrd` file, or an ordinary video file if the name ends in `.mp4` or `.mkv`.
///
/// A video file holds the unmodified samples of all videos at their times, their sound and subtitles, each track with
/// its language and title, and the chapters of the first input that has any; it can be played while it is being written.
/// An existing one is replaced only with [`force`](Self::force).
///
/// It is written as `FILE.rrd.part`, which a killed run leaves behind, and renamed once it holds everything that was
/// requested. An interrupted or failed run renames it to `FILE.partial.rrd` instead, so an existing `FILE.rrd` is never
/// replaced by an incomplete one. A live source has no end of its own, so its file becomes `FILE.rrd` wherever it is
/// stopped.
///
/// ```
/// use vstream::{Config, SaveConfig};
///
/// let config = Config::new("input.mp4").with_output(SaveConfig::new("out.rrd").with_force(true));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SaveConfig {
    /// Path of the file.
    pub path: PathBuf,
    /// Replace an existing file that is not a recording, or an existing video. Default: no; that is an error.
    pub force: bool,
    /// For an ordinary video file, where there are several videos: write a file for each of them, in a folder with the
    /// name of this file, such as `out/drive/camera/front.mp4` for `camera/front` and `out/drive.mp4`. Default: no; the
    /// file has a track for each, which most players show one at a time.
    pub split: bool,
}

impl SaveConfig {
    /// A file at this path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), force: false, split: false }
    }

    /// Sets [`force`](Self::force).
    pub fn with_force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Sets [`split`](Self::split).
    pub fn with_split(mut self, split: bool) -> Self {
        self.split = split;
        self
    }
}

/// The kinds of files that can be saved, named by their usual extensions.
///
/// ```
/// use vstream::SaveFormat;
///
/// assert_eq!("mkv".parse(), Ok(SaveFormat::Mkv));
/// assert_eq!(SaveFormat::default().to_string(), "rrd");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SaveFormat {
    /// A recording.
    #[default]
    Rrd,
    /// An ordinary video file, MP4.
    Mp4,
    /// An ordinary video file, Matroska.
    Mkv,
}

named!(SaveFormat, "a format of files", "write rrd, mp4 or mkv", {
    Rrd: "rrd",
    Mp4: "mp4",
    Mkv: "mkv",
});
