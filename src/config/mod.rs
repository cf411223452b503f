//! The settings of a run, as plain data with defaults.
//! It checks nothing, opens nothing, and does not depend on clap, FFmpeg or Rerun.

mod audio;
mod codec;
mod frames;
mod input;
mod join;
mod output;
mod pixel_range;
mod recording;
mod save;
mod size;
mod stream_choice;
mod video;

pub use audio::{AudioChoice, AudioCodec, AudioConfig};
pub use codec::CodecChoice;
pub use frames::{FrameConfig, PixelLayout, YuvMatrix};
pub use input::InputConfig;
pub use join::JoinTimes;
pub use output::{
    ConnectConfig, DEFAULT_PORT, DEFAULT_VIEWER_URL, DEFAULT_WEB_PORT, OutputConfig, ServeConfig,
    SpawnConfig,
};
pub use pixel_range::PixelRange;
#[cfg(feature = "cli")]
pub use recording::ImportConfig;
pub use recording::{RecordingConfig, TimelinePoint};
pub use save::{SaveConfig, SaveFormat};
pub(crate) use size::MOST_PIXELS;
pub use size::{Scale, Size};
pub use stream_choice::StreamChoice;
pub use video::{Deinterlace, HwAccel, Quality, VideoConfig};

#[cfg(test)]
mod values_tests;

use std::num::NonZeroUsize;

use crate::event::Cancel;

/// A whole run: what to read, how to encode it, how to name it, and where to record it.
///
/// Only an input is required; everything else has a default. Each part is plain data with public fields, and every
/// field has a `with_…` setter, so both styles work:
///
/// ```
/// use std::time::Duration;
/// use vstream::{Config, InputConfig, OutputConfig, Quality, VideoConfig};
///
/// let config = Config::new(InputConfig::new("drive.mkv").with_start(Duration::from_secs(90)))
///     .with_video(VideoConfig::default().with_crf(18))
///     .with_output(OutputConfig::save("drive.rrd"));
/// assert_eq!(config.video.quality, Some(Quality::Crf(18)));
///
/// let mut config = Config::new("drive.mkv");
/// config.video.quality = Some(Quality::Crf(18));
/// config.outputs.push(OutputConfig::save("drive.rrd"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Config {
    /// The inputs; each becomes an entity of the one recording. At least one.
    pub inputs: Vec<InputConfig>,
    /// Picture and encoder settings, shared by all inputs.
    pub video: VideoConfig,
    /// How sound is recorded, shared by all inputs.
    pub audio: AudioConfig,
    /// Names and times in the recording.
    pub recording: RecordingConfig,
    /// Where to record; any number of outputs at the same time. [`run`](crate::run()) needs at least one,
    /// [`log_into`](crate::log_into) ignores them.
    pub outputs: Vec<OutputConfig>,
    /// How many files are converted at the same time. Default: the number of cores. Live sources and inputs that are
    /// played in real time or endlessly always run all at once.
    pub jobs: Option<NonZeroUsize>,
    /// How many cores decoders and encoders may use, divided among the videos that are converted at the same time.
    /// Default: all cores.
    pub cores: Option<NonZeroUsize>,
    /// Treat a recording that is damaged or lacks part of its input as incomplete: its file is named `out.partial.rrd`,
    /// and [`Summary::complete`](crate::Summary::complete) is false. Default: no; there are only warnings.
    pub strict: bool,
    /// The switch that ends whatever uses this configuration early. Default: none.
    pub cancel: Option<Cancel>,
}

impl Config {
    /// A run over one input, without outputs.
    pub fn new(input: impl Into<InputConfig>) -> Self {
        Self::default().with_input(input)
    }

    /// Adds to [`inputs`](Self::inputs).
    pub fn with_input(mut self, input: impl Into<InputConfig>) -> Self {
        self.inputs.push(input.into());
        self
    }

    /// Sets [`video`](Self::video).
    pub fn with_video(mut self, video: VideoConfig) -> Self {
        self.video = video;
        self
    }

    /// Sets [`audio`](Self::audio).
    pub fn with_audio(mut self, audio: AudioConfig) -> Self {
        self.audio = audio;
        self
    }

    /// Sets [`recording`](Self::recording).
    pub fn with_recording(mut self, recording: RecordingConfig) -> Self {
        self.recording = recording;
        self
    }

    /// Adds to [`outputs`](Self::outputs).
    pub fn with_output(mut self, output: impl Into<OutputConfig>) -> Self {
        self.outputs.push(output.into());
        self
    }

    /// Sets [`strict`](Self::strict).
    pub fn with_strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Sets [`cancel`](Self::cancel).
    pub fn with_cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// The configured switch, or a new one that is never set.
    pub(crate) fn switch(&self) -> Cancel {
        self.cancel.clone().unwrap_or_default()
    }

    /// Sets [`cores`](Self::cores).
    pub fn with_cores(mut self, cores: NonZeroUsize) -> Self {
        self.cores = Some(cores);
        self
    }

    /// Sets [`jobs`](Self::jobs).
    pub fn with_jobs(mut self, jobs: NonZeroUsize) -> Self {
        self.jobs = Some(jobs);
        self
    }
}
