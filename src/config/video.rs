//! The properties of the pictures and how they are encoded.
//! The encoder and its options are chosen in `run::plan` and `encode`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{CodecChoice, InputConfig, PixelRange, Scale, Size};
use crate::named::named;
use crate::time::FrameRate;

/// Picture and encoder settings.
///
/// The defaults suit a viewer: upright pictures in the source's size at the source's times, as H.264 of good quality.
///
/// ```
/// use std::time::Duration;
/// use vstream::{CodecChoice, Size, VideoConfig};
///
/// // Half the size of most recordings, and quick to seek in.
/// let small = VideoConfig::default()
///     .with_max_size(Size::new(960, 540))
///     .with_crf(28)
///     .with_keyframe_interval(Duration::from_millis(500));
///
/// // No loss at all, where Rerun can show the packets as they are.
/// let copied = VideoConfig::default().with_codec(CodecChoice::Auto);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VideoConfig {
    /// The codec of the recording, or to copy the video as it is. Default: H.264.
    pub codec: CodecChoice,
    /// The encoder by FFmpeg's name, which also determines the codec; combining it with a different non-default codec
    /// is an error. Default: the first encoder of the codec that works on this machine, software before hardware.
    /// [`encoders`](crate::encoders) lists them.
    pub encoder: Option<String>,
    /// The encoder's speed preset, by its own name. Default of libx264: `veryfast` for files, `ultrafast` live.
    pub preset: Option<String>,
    /// The encoder's tuning, such as `film`. Default of libx264: none for files, `zerolatency` live.
    pub tune: Option<String>,
    /// The quality or the bitrate. Default: a constant quality that looks about the same with every encoder,
    /// [`Crf(23)`](Quality::Crf) of libx264.
    pub quality: Option<Quality>,
    /// The longest time between two keyframes, above 0: the most that a viewer decodes to show one picture. Default:
    /// one second, which takes 5 to 12 % more bytes than two seconds do, and half a second 10 to 20 % more than one.
    /// Encoders that do not make keyframes on request (librav1e, AMD's, libsvtav1 live or at a bitrate)
    /// count frames instead, and keep the interval only at a constant frame rate.
    pub keyframe_interval: Duration,
    /// Scale the pictures. Default: the source's size, up to the encoder's limit of 16384 pixels a side.
    pub scale: Option<Scale>,
    /// Make the frame rate constant by dropping and duplicating frames. Default: every frame at its own time.
    pub frame_rate: Option<FrameRate>,
    /// An FFmpeg filter chain applied to the upright picture, such as `crop=640:480`, for every input without a filter
    /// of its own ([`InputConfig::filter`]). Default: none.
    pub filter: Option<String>,
    /// Rotate the picture upright according to the container. Default: yes.
    pub autorotate: bool,
    /// When to deinterlace. Default: frames that are flagged as interlaced.
    pub deinterlace: Deinterlace,
    /// Which values of grey pictures of more than 8 bits (depth, thermal, Bayer) map to black and white. Default: the
    /// full range. Pictures of a recording that are floating-point or 32-bit numbers become video only with a range.
    pub range: Option<PixelRange>,
    /// Hardware decoding. Default: none.
    pub hwaccel: HwAccel,
}

impl Default for VideoConfig {
    fn default() -> Self {
        Self {
            codec: CodecChoice::default(),
            encoder: None,
            preset: None,
            tune: None,
            quality: None,
            keyframe_interval: Duration::from_secs(1),
            scale: None,
            frame_rate: None,
            filter: None,
            autorotate: true,
            deinterlace: Deinterlace::Auto,
            range: None,
            hwaccel: HwAccel::None,
        }
    }
}

impl VideoConfig {
    /// The settings for one input, which may have a filter of its own.
    pub(crate) fn for_input(&self, input: &InputConfig) -> Self {
        let filter = input.filter.clone().or_else(|| self.filter.clone());
        Self { filter, ..self.clone() }
    }

    /// Sets [`codec`](Self::codec).
    pub fn with_codec(mut self, codec: CodecChoice) -> Self {
        self.codec = codec;
        self
    }

    /// Sets [`encoder`](Self::encoder).
    pub fn with_encoder(mut self, encoder: impl Into<String>) -> Self {
        self.encoder = Some(encoder.into());
        self
    }

    /// Sets [`preset`](Self::preset).
    pub fn with_preset(mut self, preset: impl Into<String>) -> Self {
        self.preset = Some(preset.into());
        self
    }

    /// Sets [`tune`](Self::tune).
    pub fn with_tune(mut self, tune: impl Into<String>) -> Self {
        self.tune = Some(tune.into());
        self
    }

    /// Sets [`quality`](Self::quality).
    pub fn with_quality(mut self, quality: Quality) -> Self {
        self.quality = Some(quality);
        self
    }

    /// Sets [`quality`](Self::quality) to [`Quality::Crf`].
    pub fn with_crf(self, crf: u8) -> Self {
        self.with_quality(Quality::Crf(crf))
    }

    /// Sets [`quality`](Self::quality) to [`Quality::Bitrate`].
    pub fn with_bitrate(self, bitrate: u64) -> Self {
        self.with_quality(Quality::Bitrate(bitrate))
    }

    /// Sets [`keyframe_interval`](Self::keyframe_interval).
    pub fn with_keyframe_interval(mut self, keyframe_interval: Duration) -> Self {
        self.keyframe_interval = keyframe_interval;
        self
    }

    /// Sets [`scale`](Self::scale).
    pub fn with_scale(mut self, scale: Scale) -> Self {
        self.scale = Some(scale);
        self
    }

    /// Sets [`scale`](Self::scale) to [`Scale::Exact`].
    pub fn with_size(self, size: Size) -> Self {
        self.with_scale(Scale::Exact(size))
    }

    /// Sets [`scale`](Self::scale) to [`Scale::Within`].
    pub fn with_max_size(self, max_size: Size) -> Self {
        self.with_scale(Scale::Within(max_size))
    }

    /// Sets [`frame_rate`](Self::frame_rate).
    pub fn with_frame_rate(mut self, frame_rate: FrameRate) -> Self {
        self.frame_rate = Some(frame_rate);
        self
    }

    /// Sets [`filter`](Self::filter).
    pub fn with_filter(mut self, filter: impl Into<String>) -> Self {
        self.filter = Some(filter.into());
        self
    }

    /// Sets [`autorotate`](Self::autorotate).
    pub fn with_autorotate(mut self, autorotate: bool) -> Self {
        self.autorotate = autorotate;
        self
    }

    /// Sets [`deinterlace`](Self::deinterlace).
    pub fn with_deinterlace(mut self, deinterlace: Deinterlace) -> Self {
        self.deinterlace = deinterlace;
        self
    }

    /// Sets [`range`](Self::range).
    pub fn with_range(mut self, range: PixelRange) -> Self {
        self.range = Some(range);
        self
    }

    /// Sets [`hwaccel`](Self::hwaccel).
    pub fn with_hwaccel(mut self, hwaccel: HwAccel) -> Self {
        self.hwaccel = hwaccel;
        self
    }
}

/// What an encoder aims for.
///
/// ```
/// use vstream::{Quality, VideoConfig};
///
/// let video = VideoConfig::default().with_quality(Quality::Bitrate(4_000_000));
/// assert_eq!(video, VideoConfig::default().with_bitrate(4_000_000));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Quality {
    /// Constant quality, from 1 (best) to the encoder's worst: 51 for H.264 and H.265, 63 for AV1. How a number looks
    /// depends on the codec. (0 would be lossless, in a profile that browsers cannot play.)
    Crf(u8),
    /// Bits per second.
    Bitrate(u64),
}

/// When to deinterlace.
///
/// ```
/// use vstream::{Deinterlace, VideoConfig};
///
/// // A tape whose file forgot to say that it is interlaced.
/// let video = VideoConfig::default().with_deinterlace(Deinterlace::On);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
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

named!(Deinterlace, "when to deinterlace", "write auto, on or off", {
    Auto: "auto",
    On: "on",
    Off: "off",
});

/// Hardware decoding.
///
/// ```
/// use vstream::{HwAccel, VideoConfig};
///
/// let video = VideoConfig::default().with_hwaccel(HwAccel::Auto);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum HwAccel {
    /// Decode in software: exact, and rarely the bottleneck of a conversion.
    #[default]
    None,
    /// Any device of this machine that can decode the stream, otherwise software.
    Auto,
    /// The first device of this kind, by FFmpeg's name (`cuda`, `vaapi`, `videotoolbox`). An error if there is none;
    /// streams that it cannot decode are decoded in software.
    Named(String),
}

impl fmt::Display for HwAccel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Auto => "auto",
            Self::Named(name) => name,
        })
    }
}

/// `none`, `auto`, or FFmpeg's name of a device kind. Only FFmpeg knows whether the kind exists.
impl FromStr for HwAccel {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "none" => Self::None,
            "auto" => Self::Auto,
            name => Self::Named(name.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_printing_and_parsing() {
        for when in ["auto", "on", "off"] {
            assert_eq!(when.parse::<Deinterlace>().unwrap().to_string(), when);
        }
        for hardware in ["none", "auto", "cuda"] {
            assert_eq!(hardware.parse::<HwAccel>().unwrap().to_string(), hardware);
        }
    }
}
