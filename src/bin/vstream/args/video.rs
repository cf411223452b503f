//! Options for the video: codec, encoder, size, filters.
//! Names that belong to an encoder are validated in the library.

use std::time::Duration;

use anyhow::bail;
use clap::ValueEnum;
use vstream::{
    CodecChoice, Deinterlace, FrameRate, HwAccel, PixelRange, Quality, SampleCodec, Scale, Size,
    VideoConfig,
};

use super::Sources;
use super::values::{bits, crf, time};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Video")]
pub struct VideoArgs {
    /// h264, h265, av1, copy or auto [default: h264]
    ///
    /// The codec to encode to, or whether to copy the input's packets.
    #[arg(long, env = "VSTREAM_CODEC", value_name = "NAME")]
    codec: Option<CodecName>,
    /// Encoder, such as libx265 or h264_nvenc [default: the codec's first that works, see --list-encoders]
    #[arg(long, env = "VSTREAM_ENCODER", value_name = "NAME", hide_short_help = true)]
    encoder: Option<String>,
    /// Hardware decoder: none, auto, or a kind such as cuda or vaapi
    #[arg(
        long,
        env = "VSTREAM_HWACCEL",
        value_name = "NAME",
        default_value = "none",
        hide_short_help = true
    )]
    hwaccel: String,
    /// Encoder speed against size [default: veryfast, live ultrafast]
    #[arg(long, env = "VSTREAM_PRESET", value_name = "NAME", hide_short_help = true)]
    preset: Option<String>,
    /// Encoder tuning, such as film, animation, zerolatency
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    tune: Option<String>,
    /// Quality, 1 (best) to 51 [default: 23]
    ///
    /// The scale is the encoder's: for H.265 the default is 28, for AV1 it is 35, on a scale up to 63.
    #[arg(long, env = "VSTREAM_CRF", value_name = "N", value_parser = crf)]
    crf: Option<u8>,
    /// Bits a second instead of a quality, such as 4M
    #[arg(long, value_name = "BITS", value_parser = bits, hide_short_help = true)]
    bitrate: Option<u64>,
    /// Longest time between keyframes in seconds; shorter seeks faster
    #[arg(long, env = "VSTREAM_KEYFRAME_INTERVAL", value_name = "SECONDS", default_value = "1", value_parser = time, hide_short_help = true)]
    keyframe_interval: Duration,
    /// Scale to this size
    #[arg(long, value_name = "WxH", hide_short_help = true)]
    size: Option<Size>,
    /// Scale down to fit into this size
    #[arg(long, env = "VSTREAM_MAX_SIZE", value_name = "WxH")]
    max_size: Option<Size>,
    /// Values shown as black and as white, for depth, thermal and other deep grey, or for numbers in a recording
    #[arg(long, value_name = "LOW:HIGH", hide_short_help = true)]
    range: Option<PixelRange>,
    /// Constant frame rate, by dropping and doubling frames
    #[arg(long, value_name = "RATE", hide_short_help = true)]
    fps: Option<FrameRate>,
    /// An FFmpeg filter chain, such as 'crop=640:480,eq=contrast=1.2'
    #[arg(long, value_name = "GRAPH", hide_short_help = true)]
    filter: Option<String>,
    /// Ignore the rotation that the file states
    #[arg(long, hide_short_help = true)]
    no_autorotate: bool,
    /// Deinterlace
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_short_help = true)]
    deinterlace: DeinterlaceWhen,
}

/// The codecs of a recording.
#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum CodecName {
    /// Encode to H.264, which every viewer shows
    H264,
    /// Encode to H.265: smaller, and not shown by every browser
    H265,
    /// Encode to AV1: smaller still
    Av1,
    /// Log the packets as they are; an error where Rerun would not show them correctly
    Copy,
    /// Copy if Rerun would show the right pictures at the right times, else encode
    Auto,
}

/// When to deinterlace.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum DeinterlaceWhen {
    /// Frames flagged as interlaced
    Auto,
    /// Every frame
    On,
    /// No frame
    Off,
}

impl VideoArgs {
    /// Values from the environment give way to conflicting options on the command line.
    pub fn give_way(&mut self, sources: &Sources) {
        if self.bitrate.is_some() && sources.is_env("crf") {
            self.crf = None;
        }
        if self.size.is_some() && sources.is_env("max_size") {
            self.max_size = None;
        }
        // An explicit encoder decides the codec, and an explicit codec limits the encoders.
        if self.encoder.is_some() && sources.is_env("codec") {
            self.codec = None;
        }
        if self.codec.is_some() && sources.is_env("encoder") {
            self.encoder = None;
        }
        if self.codec == Some(CodecName::Copy) {
            if sources.is_env("preset") {
                self.preset = None;
            }
            if sources.is_env("crf") {
                self.crf = None;
            }
            if sources.is_env("max_size") {
                self.max_size = None;
            }
        }
    }

    /// Two options that exclude each other, if both are given.
    pub fn conflict(&self) -> Option<[&'static str; 2]> {
        let both = [
            (self.crf.is_some() && self.bitrate.is_some(), ["--crf <N>", "--bitrate <BITS>"]),
            (self.size.is_some() && self.max_size.is_some(), ["--size <WxH>", "--max-size <WxH>"]),
        ];
        both.into_iter().find_map(|(are, names)| are.then_some(names))
    }

    pub fn fill(&self, video: &mut VideoConfig) -> anyhow::Result<()> {
        video.codec = match self.codec {
            None => CodecChoice::default(),
            Some(CodecName::H264) => CodecChoice::Encode(SampleCodec::H264),
            Some(CodecName::H265) => CodecChoice::Encode(SampleCodec::H265),
            Some(CodecName::Av1) => CodecChoice::Encode(SampleCodec::Av1),
            Some(CodecName::Copy) => CodecChoice::Copy,
            Some(CodecName::Auto) => CodecChoice::Auto,
        };
        video.encoder.clone_from(&self.encoder);
        let made = self.encoder.as_deref().and_then(SampleCodec::of_encoder);
        if let (Some(_), CodecChoice::Encode(codec), Some(made)) = (self.codec, video.codec, made)
            && made != codec
        {
            bail!("--codec {codec}: the requested encoder makes {made}; leave one of the two out");
        }
        video.hwaccel = match self.hwaccel.as_str() {
            "none" => HwAccel::None,
            "auto" => HwAccel::Auto,
            name => HwAccel::Named(name.to_owned()),
        };
        video.preset.clone_from(&self.preset);
        video.tune.clone_from(&self.tune);
        let crf = self.crf.map(Quality::Crf);
        video.quality = crf.or(self.bitrate.map(Quality::Bitrate));
        video.keyframe_interval = self.keyframe_interval;
        let exact = self.size.map(Scale::Exact);
        video.scale = exact.or(self.max_size.map(Scale::Within));
        video.frame_rate = self.fps;
        video.range = self.range;
        video.filter.clone_from(&self.filter);
        video.autorotate = !self.no_autorotate;
        video.deinterlace = match self.deinterlace {
            DeinterlaceWhen::Auto => Deinterlace::Auto,
            DeinterlaceWhen::On => Deinterlace::On,
            DeinterlaceWhen::Off => Deinterlace::Off,
        };
        Ok(())
    }
}
