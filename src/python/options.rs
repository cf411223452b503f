//! Python's keyword arguments as configurations.
//! The package declares them with their types and defaults; a missing one here is a mistake there.

use std::time::Duration;

use pyo3::prelude::*;

use super::pixels::PixelRules;
use crate::config::{
    AudioChoice, CodecChoice, Config, Deinterlace, FrameConfig, HwAccel, InputConfig, PixelLayout,
    PixelRange, Quality, Scale, Size, StreamChoice, VideoConfig,
};
use crate::error::{Error, ErrorKind, Result};
use crate::time::FrameRate;
use crate::time::wall_clock::StartTime;

/// How pictures are encoded.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct VideoOptions {
    codec: Option<String>,
    encoder: Option<String>,
    preset: Option<String>,
    tune: Option<String>,
    crf: Option<u8>,
    /// Bits a second.
    bitrate: Option<u64>,
    /// Nanoseconds.
    keyframe_interval: Option<u64>,
    max_size: Option<(u32, u32)>,
}

impl VideoOptions {
    fn config(self) -> Result<VideoConfig> {
        let mut video = VideoConfig::default();
        if let Some(codec) = self.codec {
            video.codec = codec.parse::<CodecChoice>()?;
        }
        video.encoder = self.encoder;
        video.preset = self.preset;
        video.tune = self.tune;
        video.quality = match (self.crf, self.bitrate) {
            (Some(_), Some(_)) => {
                return Err(Error::new(ErrorKind::Config, "crf", "there is a bitrate as well")
                    .with_remedy("give one of them"));
            }
            (Some(crf), None) => Some(Quality::Crf(crf)),
            (None, bitrate) => bitrate.map(Quality::Bitrate),
        };
        if let Some(nanos) = self.keyframe_interval {
            video.keyframe_interval = Duration::from_nanos(nanos);
        }
        video.scale = self.max_size.map(size).map(Scale::Within);
        Ok(video)
    }
}

/// Pictures of the user's, for an encoder.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct FrameOptions {
    video: VideoOptions,
    rate: String,
    order: Option<String>,
    range: Option<(f64, f64)>,
    live: bool,
}

impl FrameOptions {
    pub fn config(self, size: (u32, u32)) -> Result<(FrameConfig, PixelRules)> {
        if let Some((low, high)) = self.range
            && !(low.is_finite() && high.is_finite() && low != high)
        {
            let cause = format!("({low}, {high}) is not a range");
            return Err(Error::new(ErrorKind::Config, "range", cause)
                .with_remedy("give two different numbers, what is shown black and white"));
        }
        let order = self.order.map(|order| order.parse()).transpose()?.unwrap_or_default();
        let rules = PixelRules { order, range: self.range };
        // The layout is that of each array.
        let mut config = FrameConfig::new(self::size(size), PixelLayout::Rgb)
            .with_video(self.video.config()?)
            .with_live(self.live);
        config.frame_rate = self.rate.parse()?;
        Ok((config, rules))
    }
}

/// An input, to read.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct InputOptions {
    video: VideoOptions,
    format: Option<String>,
    options: Vec<(String, String)>,
    stream: Option<usize>,
    video_size: Option<(u32, u32)>,
    pixel_format: Option<String>,
    rate: Option<String>,
    /// Nanoseconds.
    start: Option<u64>,
    /// Nanoseconds.
    duration: Option<u64>,
    /// Nanoseconds.
    timeout: Option<u64>,
    realtime: bool,
    reconnect: bool,
    fps: Option<String>,
    filter: Option<String>,
    range: Option<(u16, u16)>,
    hwaccel: Option<String>,
    deinterlace: Option<String>,
    autorotate: Option<bool>,
    keep_timestamps: bool,
    rebase: bool,
    start_time: Option<String>,
    /// Which sound; none if it is not given.
    audio: Option<String>,
    audio_codec: Option<String>,
    /// Chapters and subtitles.
    text: bool,
}

impl InputOptions {
    pub fn config(self, source: std::ffi::OsString) -> Result<Config> {
        let mut input = InputConfig::new(source);
        input.format = self.format;
        input.options = self.options;
        input.stream = self.stream.map_or(StreamChoice::Best, StreamChoice::Index);
        input.video_size = self.video_size.map(size);
        input.pixel_format = self.pixel_format;
        input.frame_rate = rate(self.rate)?;
        input.start = self.start.map(Duration::from_nanos);
        input.duration = self.duration.map(Duration::from_nanos);
        input.timeout = self.timeout.map(Duration::from_nanos);
        input.realtime = self.realtime;
        input.reconnect = self.reconnect;
        input.audio = match self.audio {
            Some(audio) => audio.parse()?,
            None => AudioChoice::None,
        };
        let mut video = self.video.config()?;
        video.frame_rate = rate(self.fps)?;
        video.filter = self.filter;
        video.range = self.range.map(|(low, high)| PixelRange::new(low, high));
        if let Some(hwaccel) = self.hwaccel {
            let Ok(parsed) = hwaccel.parse::<HwAccel>();
            video.hwaccel = parsed;
        }
        if let Some(deinterlace) = self.deinterlace {
            video.deinterlace = deinterlace.parse::<Deinterlace>()?;
        }
        video.autorotate = self.autorotate.unwrap_or(true);
        let mut config = Config::new(input).with_video(video);
        if let Some(codec) = self.audio_codec {
            config.audio.codec = codec.parse()?;
        }
        config.recording.metadata = self.text;
        config.recording.keep_timestamps = self.keep_timestamps;
        config.recording.rebase = self.rebase;
        if let Some(start_time) = self.start_time {
            config.recording.start_time = Some(start_time.parse::<StartTime>()?);
        }
        Ok(config)
    }
}

fn rate(text: Option<String>) -> Result<Option<FrameRate>> {
    Ok(text.map(|text| text.parse()).transpose()?)
}

fn size((width, height): (u32, u32)) -> Size {
    Size::new(width, height)
}
