//! What the pictures look like and how they are encoded.
//! Which encoder that takes, and with which options, is decided in `plan.rs` and `codec`.

use std::time::Duration;

use crate::sample::SampleCodec;

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
    /// The encoder by FFmpeg's name, which then decides the codec. Default: the best that works here.
    pub encoder: Option<String>,
    /// The encoder's speed against size. Default: `veryfast` for files, `ultrafast` live.
    pub preset: Option<String>,
    /// The encoder's tuning. Default: none for files, `zerolatency` live.
    pub tune: Option<String>,
    /// Constant rate factor, 1 (best) to 51. Default: 23. (0 is lossless, in a profile that browsers cannot show.)
    pub crf: Option<u8>,
    /// Bits a second instead of a constant quality.
    pub bitrate: Option<u64>,
    /// The longest time between two keyframes. Default: one second.
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
