//! Everything a run can be told, as plain data with defaults.
//! It checks nothing, opens nothing, and knows neither clap, FFmpeg nor Rerun.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use crate::sample::SampleCodec;
use crate::wall_clock::StartTime;

/// The gRPC address of a Rerun Viewer on this machine, as Rerun's own tools take it.
pub const DEFAULT_VIEWER_URL: &str = "rerun+http://127.0.0.1:9876/proxy";

/// A whole run: what to read, how to encode it, what to record, and where to.
///
/// ```
/// let mut config = vstream::Config::new("input.mp4");
/// config.outputs.push(vstream::OutputConfig::Save { path: "out.rrd".into(), force: true });
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Config {
    /// The inputs; each becomes an entity of the one recording.
    pub inputs: Vec<InputConfig>,
    /// Pictures and encoder.
    pub video: VideoConfig,
    /// Names and times in the recording.
    pub recording: RecordingConfig,
    /// Where the recording goes; any number at once.
    pub outputs: Vec<OutputConfig>,
    /// How many files are converted side by side. Default: as many as the machine has cores. Sources that keep a time
    /// of their own (live ones, those played in real time or for ever) always run all at once.
    pub jobs: Option<NonZeroUsize>,
}

impl Config {
    /// A run over one input, with no output yet.
    pub fn new(input: impl Into<OsString>) -> Self {
        Self { inputs: vec![InputConfig::new(input)], ..Self::default() }
    }

    /// The same run with one more output.
    pub fn with_output(mut self, output: OutputConfig) -> Self {
        self.outputs.push(output);
        self
    }
}

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

/// A picture size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error =
            || format!("`{text}` is not a size; write it as WIDTHxHEIGHT, such as 1280x720");
        let (width, height) = text.split_once(['x', 'X']).ok_or_else(error)?;
        let side = |s: &str| s.parse().ok().filter(|n| (1..=16384).contains(n));
        Ok(Self { width: side(width).ok_or_else(error)?, height: side(height).ok_or_else(error)? })
    }
}

/// Pictures and encoder.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VideoConfig {
    /// The codec of the recording, or that the video is copied as it is.
    pub codec: CodecChoice,
    /// The encoder by FFmpeg's name, which then decides the codec; an error beside another codec than the default.
    /// Default: the first of the codec that works here, software before hardware. [`crate::encoders`] lists them.
    pub encoder: Option<String>,
    /// The encoder's speed against size, in its own words. Default of libx264: `veryfast` for files, `ultrafast` live.
    pub preset: Option<String>,
    /// The encoder's tuning. Default of libx264: none for files, `zerolatency` live.
    pub tune: Option<String>,
    /// Constant quality, 1 (best) to the encoder's worst: 51 of H.264 and H.265, 63 of AV1. Default: one that looks
    /// about the same with each, 23 of libx264. (0 is lossless, in a profile that browsers cannot show.)
    pub crf: Option<u8>,
    /// Bits a second instead of a constant quality.
    pub bitrate: Option<u64>,
    /// The longest time between two keyframes. Default: one second. Encoders that cannot be asked for a keyframe
    /// (librav1e, AMD's, libsvtav1 live or at a bitrate) count frames, and keep it at a constant rate only.
    pub keyframe_interval: Duration,
    /// Scale to exactly this size.
    pub size: Option<Size>,
    /// Scale down, keeping the aspect, to fit into this size.
    pub max_size: Option<Size>,
    /// Make the frame rate constant by dropping and doubling frames, as FFmpeg writes it (`30`, `30000/1001`).
    pub fps: Option<String>,
    /// An FFmpeg filter chain over the upright picture.
    pub filter: Option<String>,
    /// Turn the picture upright as its container says. Default: yes.
    pub autorotate: bool,
    /// Make whole pictures of interlaced fields.
    pub deinterlace: Deinterlace,
    /// Hardware that decodes. Default: none.
    pub hwaccel: HwAccel,
}

impl Default for VideoConfig {
    fn default() -> Self {
        Self {
            codec: CodecChoice::default(),
            encoder: None,
            preset: None,
            tune: None,
            crf: None,
            bitrate: None,
            keyframe_interval: Duration::from_secs(1),
            size: None,
            max_size: None,
            fps: None,
            filter: None,
            autorotate: true,
            deinterlace: Deinterlace::Auto,
            hwaccel: HwAccel::None,
        }
    }
}

/// What becomes of the compressed video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodecChoice {
    /// It is decoded and encoded anew.
    Encode(SampleCodec),
    /// Its packets are logged as they are. An error where Rerun cannot show them right.
    Copy,
    /// Copied where that gives the same picture at the same times, and encoded to H.264 where it does not.
    Auto,
}

impl Default for CodecChoice {
    fn default() -> Self {
        Self::Encode(SampleCodec::H264)
    }
}

/// When to deinterlace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Deinterlace {
    /// Frames that are flagged as interlaced.
    #[default]
    Auto,
    /// Every frame.
    On,
    /// No frame.
    Off,
}

/// Hardware that decodes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum HwAccel {
    /// Software decodes: exact, and seldom what a conversion waits for.
    #[default]
    None,
    /// Whatever this machine has; software where it has nothing, or nothing that takes the stream.
    Auto,
    /// The first device of this kind, by FFmpeg's name (`cuda`, `vaapi`, `videotoolbox`). An error where there is none;
    /// software decodes what it does not take.
    Named(String),
}

/// Names and times in the recording.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RecordingConfig {
    /// Rerun's application id. Default: `vstream`.
    pub application_id: String,
    /// Rerun's recording id. Default: a random one.
    pub recording_id: Option<String>,
    /// The recording's name. Default: the input's.
    pub name: Option<String>,
    /// Entity path of the video. Default: `video_stream`, or the input's name where there are several.
    pub entity: Option<String>,
    /// Name every video after its input, under this path, also a single one.
    pub entity_prefix: Option<String>,
    /// Times on further timelines, the same for every frame.
    pub also_at: Vec<(String, Moment)>,
    /// The recording is somebody else's: log the videos, and neither name, properties nor view.
    pub guest: bool,
    /// Name of the main timeline. Default: `time`.
    pub timeline: String,
    /// Keep the container's own timestamps instead of starting at its start time.
    pub keep_timestamps: bool,
    /// Log what the file holds beside its pictures: metadata as recording properties, chapters and text subtitles as
    /// `TextLog`. Default: yes.
    pub metadata: bool,
    /// Log a timeline `capture_time` of wall-clock times, from this one on at the input's beginning. Live sources have
    /// one of their own. Default: none.
    pub start_time: Option<StartTime>,
}

impl Default for RecordingConfig {
    fn default() -> Self {
        Self {
            application_id: "vstream".into(),
            recording_id: None,
            name: None,
            entity: None,
            entity_prefix: None,
            also_at: Vec::new(),
            guest: false,
            timeline: "time".into(),
            keep_timestamps: false,
            metadata: true,
            start_time: None,
        }
    }
}

/// A point on a timeline, of the timeline's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A number, such as a frame's or a step's.
    Sequence(i64),
    /// Nanoseconds since a beginning.
    Duration(i64),
    /// Nanoseconds since 1970.
    Timestamp(i64),
}

/// Where a recording goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputConfig {
    /// A viewer on this machine, started if none is running.
    Spawn {
        /// The viewer's program. Default: `rerun` on `PATH`.
        viewer: Option<PathBuf>,
        /// The viewer's port.
        port: u16,
    },
    /// A viewer that is running already.
    Connect {
        /// Its address, such as [`DEFAULT_VIEWER_URL`].
        url: String,
    },
    /// An `.rrd` file. It is written as `FILE.part` and renamed when complete.
    Save {
        /// The file.
        path: PathBuf,
        /// Replace a file that is there and is not a recording.
        force: bool,
    },
    /// Standard output, as an `.rrd` stream.
    Stdout,
    /// A web viewer with its server, for browsers.
    Serve {
        /// The address to listen on.
        bind: std::net::IpAddr,
        /// Port of the gRPC server.
        port: u16,
        /// Port of the web page.
        web_port: u16,
        /// Open a browser.
        open: bool,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_parsed_or_explained() {
        assert_eq!("640x480".parse(), Ok(Size { width: 640, height: 480 }));
        for bad in ["640", "x", "0x4", "640x", "-1x2", "99999x2", "4x4x4"] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }
}
