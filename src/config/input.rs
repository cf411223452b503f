//! One input and how to read it.
//! What its words mean to FFmpeg is decided in `source`.

use std::ffi::OsString;
use std::time::Duration;

use super::Size;

/// One input and how to read it.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct InputConfig {
    /// A path, a URL, `-` for stdin, an image sequence (`%05d` or a glob), or `lavfi:GRAPH`.
    pub location: OsString,
    /// FFmpeg's name of the input format. Default: found out by probing.
    pub format: Option<String>,
    /// Options for FFmpeg's demuxer, protocol and decoder. An unknown one is an error.
    pub options: Vec<(String, String)>,
    /// Which video stream of the input. Default: the one the `ffmpeg` command takes.
    pub stream: StreamChoice,
    /// Picture size asked of a device, a raw format or a synthetic source.
    pub video_size: Option<Size>,
    /// Frame rate asked of a device, an image sequence or a raw format, as FFmpeg writes it (`30`, `30000/1001`).
    pub frame_rate: Option<String>,
    /// Pixel format asked of a device or a raw format, by FFmpeg's name.
    pub pixel_format: Option<String>,
    /// Begin here. Default: at the beginning.
    pub start: Option<Duration>,
    /// Read no more than this. Default: to the end.
    pub duration: Option<Duration>,
    /// Read a file at the speed it plays at.
    pub realtime: bool,
    /// How often the input is played after the first time. Default: 0.
    pub repeat: u32,
    /// Give up on a network or a device that sends nothing for so long; 0 waits for ever. Default: 10 s.
    pub timeout: Option<Duration>,
    /// When a live source breaks off, try it again until it is back, with growing pauses.
    pub reconnect: bool,
}

impl InputConfig {
    /// An input with nothing but defaults.
    pub fn new(location: impl Into<OsString>) -> Self {
        Self { location: location.into(), ..Self::default() }
    }
}

/// Which video stream of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum StreamChoice {
    /// The one the `ffmpeg` command would take: the largest, one marked as default before others.
    #[default]
    Best,
    /// The stream with this index in the container.
    Index(usize),
    /// Every video stream, each as an entity of its own.
    All,
}
