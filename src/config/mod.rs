//! Everything a run can be told, as plain data with defaults.
//! It checks nothing, opens nothing, and knows neither clap, FFmpeg nor Rerun.

mod input;
mod output;
mod recording;
mod video;

pub use input::{InputConfig, StreamChoice};
pub use output::{DEFAULT_VIEWER_URL, OutputConfig};
pub use recording::{Moment, RecordingConfig};
pub use video::{CodecChoice, Deinterlace, Size, VideoConfig};

use std::ffi::OsString;

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
