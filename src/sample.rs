//! The boundary of the program: what the codec side passes to the recording side, as plain data.
//! Nothing here knows FFmpeg or Rerun.

use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::named::named;
use crate::time::FrameRate;

/// One access unit of encoded video with its time, as a recording holds it.
///
/// The samples of a video are in the order in which they are shown, and each can be decoded with only earlier ones.
///
/// ```no_run
/// for sample in vstream::samples(&vstream::Config::new("input.mp4"))? {
///     let sample = sample?;
///     if sample.is_keyframe() {
///         println!("frame {} at {:?}: {} bytes", sample.frame(), sample.time(), sample.data().len());
///     }
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its number in its video; 0 until it has left the last stage.
    pub(crate) frame: u64,
    /// Time on the main timeline in nanoseconds; strictly increasing, never negative.
    pub(crate) time: i64,
    /// Wall-clock time of the capture in nanoseconds since the Unix epoch, for live sources.
    pub(crate) capture_time: Option<i64>,
    /// Shared with whoever made it: a packet of FFmpeg's is not copied.
    pub(crate) data: Bytes,
    pub(crate) keyframe: bool,
}

impl Sample {
    /// Its number in its video: 0, 1, 2…
    pub fn frame(&self) -> u64 {
        self.frame
    }

    /// When it is shown, on the main timeline of a recording; to the nanosecond, and later than the previous one.
    pub fn time(&self) -> Duration {
        Duration::from_nanos(self.time.unsigned_abs())
    }

    /// When it was captured: for live sources, and if
    /// [`RecordingConfig::start_time`](crate::RecordingConfig::start_time) is given.
    pub fn capture_time(&self) -> Option<SystemTime> {
        self.capture_time.map(crate::time::wall_clock::from_epoch)
    }

    /// The access unit: Annex B for H.264 and H.265, a temporal unit for AV1, a frame for VP8 and VP9.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The access unit, as bytes of your own: a packet of the input that was not encoded is copied.
    pub fn into_data(self) -> Vec<u8> {
        self.data.into()
    }

    /// A closed GOP begins here, and the access unit holds all headers that a decoder needs.
    pub fn is_keyframe(&self) -> bool {
        self.keyframe
    }
}

/// The codecs a recording can hold. As text, each has FFmpeg's name, except `hevc`, which is `h265`.
///
/// ```
/// use vstream::SampleCodec;
///
/// assert_eq!(SampleCodec::default(), SampleCodec::H264);
/// assert_eq!(SampleCodec::H265.to_string(), "h265");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SampleCodec {
    /// H.264 (AVC), Annex B.
    #[default]
    H264,
    /// H.265 (HEVC), Annex B.
    H265,
    /// AV1, low-overhead bitstream format.
    Av1,
    /// VP8.
    Vp8,
    /// VP9.
    Vp9,
}

impl SampleCodec {
    /// FFmpeg's name of it.
    pub(crate) fn ffmpeg_name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::H265 => "hevc",
            Self::Av1 => "av1",
            Self::Vp8 => "vp8",
            Self::Vp9 => "vp9",
        }
    }

    /// The codec of that name of FFmpeg's.
    pub(crate) fn from_ffmpeg(name: &str) -> Option<Self> {
        match name {
            "h264" => Some(Self::H264),
            "hevc" => Some(Self::H265),
            "av1" => Some(Self::Av1),
            "vp8" => Some(Self::Vp8),
            "vp9" => Some(Self::Vp9),
            _ => None,
        }
    }
}

named!(SampleCodec, "a codec of recordings", "write h264, h265, av1, vp8 or vp9", {
    H264: "h264",
    H265: "h265",
    Av1: "av1",
    Vp8: "vp8",
    Vp9: "vp9",
});

/// What is known about one video stream before its first frame; or, where an input has no video, about a stream of
/// sound.
///
/// ```
/// use vstream::StreamInfo;
///
/// fn heading(stream: &StreamInfo) -> String {
///     let rate = stream.frame_rate.map_or("any rate".into(), |r| format!("{:.2} fps", r.as_f64()));
///     format!("{}: {} {}x{}, {rate}", stream.name, stream.codec, stream.width, stream.height)
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct StreamInfo {
    /// What was read, without credentials: a path, a URL, a device.
    pub source: String,
    /// A short name for people: the file's name, the host, the device.
    pub name: String,
    /// The stream's own title, where it has one.
    pub title: Option<String>,
    /// FFmpeg's name of the container.
    pub container: String,
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// Index of the stream in its container.
    pub index: usize,
    /// Width in pixels as coded; 0 where not known yet.
    pub width: u32,
    /// Height in pixels as coded; 0 where not known yet.
    pub height: u32,
    /// FFmpeg's name of the pixel format; empty where not known yet.
    pub pixel_format: String,
    /// Frames a second, as the container states them.
    pub frame_rate: Option<FrameRate>,
    /// The duration that the container states, which may be wrong.
    pub duration: Option<Duration>,
    /// Size of the input in bytes, where it is a local file.
    pub bytes: Option<u64>,
    /// The source is live: a camera, a network stream, a screen.
    pub live: bool,
    /// The input has no video, and this is a stream of its sound.
    pub sound_only: bool,
    /// Metadata of container and stream, as FFmpeg names it.
    pub metadata: Vec<(String, String)>,
    /// The files that continue it ([`InputConfig::joined`](crate::InputConfig::joined)), as in `source`.
    pub joined: Vec<String>,
}

impl StreamInfo {
    /// It is live, but delivers many frames at once. They are queued, not dropped, since they are not late.
    pub(crate) fn comes_in_bursts(&self) -> bool {
        self.container.split(',').any(|name| name == "hls")
    }
}
