//! The border of the program: what the codec side hands to the recording side, as plain data.
//! Nothing here knows FFmpeg or Rerun.

use std::time::Duration;

/// One access unit of encoded video with its time.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Time on the main timeline in nanoseconds; strictly increasing, never negative.
    pub time: i64,
    /// Wall-clock time of the capture in nanoseconds since the Unix epoch, for live sources.
    pub capture_time: Option<i64>,
    /// An Annex B access unit.
    pub data: Vec<u8>,
    /// A closed GOP starts here: the unit holds SPS, PPS and an IDR picture.
    pub keyframe: bool,
}

/// The codecs a recording can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SampleCodec {
    /// H.264 (AVC), Annex B.
    #[default]
    H264,
}

impl std::fmt::Display for SampleCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::H264 => f.write_str("h264"),
        }
    }
}

/// What is known about one video stream before its first frame.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct StreamInfo {
    /// What was read, without credentials: a path, a URL, a device.
    pub source: String,
    /// A short name for people: the file's name, the host, the device.
    pub name: String,
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
    /// Frames a second as a fraction, the container's guess.
    pub frame_rate: Option<(i32, i32)>,
    /// How long the container says the stream is. It may lie.
    pub duration: Option<Duration>,
    /// Size of the input in bytes, where it is a local file.
    pub bytes: Option<u64>,
    /// The source goes on by itself: a camera, a network stream, a screen.
    pub live: bool,
    /// Metadata of container and stream, as FFmpeg names it.
    pub metadata: Vec<(String, String)>,
}

impl StreamInfo {
    /// It is live, and yet gives many frames at once: they wait, for they are not late.
    pub(crate) fn comes_in_bursts(&self) -> bool {
        self.container.split(',').any(|name| name == "hls")
    }

    /// Frames a second as a number.
    pub fn frames_per_second(&self) -> Option<f64> {
        self.frame_rate.map(|(num, den)| f64::from(num) / f64::from(den))
    }
}
