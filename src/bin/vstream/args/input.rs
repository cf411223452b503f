//! Options for how inputs are read.
//! The inputs themselves are in `mod.rs`, since all groups of options refer to them.

use std::ffi::OsString;
use std::time::Duration;

use vstream::{FrameRate, InputConfig, JoinTimes, Size, StreamChoice, Timestamps};

use super::values::{key_value, time};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// FFmpeg's name of the input format, or rrd, mcap, sqlite3 or rosbag, instead of probing
    #[arg(short = 'f', long, value_name = "NAME", hide_short_help = true)]
    input_format: Option<String>,
    /// An option for FFmpeg's demuxer or protocol; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, hide_short_help = true)]
    input_option: Vec<(String, String)>,
    /// Picture size of a device or a raw format
    #[arg(long, value_name = "WxH", hide_short_help = true)]
    video_size: Option<Size>,
    /// Frame rate of the input: its frames become evenly spaced; a device is set to it
    #[arg(long, value_name = "RATE", hide_short_help = true)]
    framerate: Option<FrameRate>,
    /// Take the times of frames from a FILE, from the `names` of pictures, or from their `arrival`
    ///
    /// FILE has a time for each frame: a number or date in each line, CSV with a header, mkvmerge's format v2, JSON or
    /// .npy. FILE:ns, FILE:us, FILE:ms or FILE:s gives the unit of its numbers. With several inputs, give a
    /// FILE for each, in their order. `arrival` keeps the intervals of the stream's own clock if that runs at the speed
    /// of arrival, so that pictures do not jitter. Sound follows the pictures.
    #[arg(long, value_name = "FILE|names|arrival", hide_short_help = true)]
    timestamps: Vec<Timestamps>,
    /// Pixel format of a device or a raw format
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pixel_format: Option<String>,
    /// Index of the video stream in the file, as listed by --probe
    #[arg(long, value_name = "N", conflicts_with = "all_streams", hide_short_help = true)]
    stream: Option<usize>,
    /// All streams of video and sound of the input, each as an entity
    #[arg(long, hide_short_help = true)]
    pub all_streams: bool,
    /// Start time: seconds, or [HH:]MM:SS
    #[arg(long, value_name = "TIME", value_parser = time)]
    start: Option<Duration>,
    /// How much to read: seconds, or [HH:]MM:SS
    #[arg(long, value_name = "TIME", value_parser = time)]
    duration: Option<Duration>,
    /// Read a file at playback speed
    #[arg(long, hide_short_help = true)]
    realtime: bool,
    /// Play the input again N times; without N, until Ctrl-C
    #[arg(long = "loop", value_name = "N", num_args = 0..=1, default_missing_value = "4294967295", hide_short_help = true)]
    repeat: Option<u32>,
    /// The inputs are one video in several files; =end ignores their creation times
    ///
    /// Each file begins at its creation time, with a gap if the previous file ended earlier. If one has no creation
    /// time, or they overlap, each begins where the previous one ended: =end always does so, =created makes that an
    /// error.
    #[arg(long, value_name = "TIMES", num_args = 0..=1, require_equals = true, default_missing_value = "auto", hide_short_help = true)]
    join: Option<JoinTimes>,
    /// Give up on a device or network source that is silent this long; 0 waits forever
    #[arg(long, env = "VSTREAM_TIMEOUT", value_name = "TIME", default_value = "10", value_parser = time, hide_short_help = true)]
    timeout: Duration,
    /// When a live source breaks off, keep trying to reopen it
    #[arg(long, hide_short_help = true)]
    reconnect: bool,
}

impl InputArgs {
    /// The inputs as they are read: one, if they are to be joined.
    pub fn joined(&self, inputs: Vec<InputConfig>) -> Vec<InputConfig> {
        let Some(times) = self.join else { return inputs };
        let mut inputs = inputs.into_iter();
        let first = inputs.next().map(|first| first.with_joined(inputs).with_join_times(times));
        first.into_iter().collect()
    }

    /// The settings for the nth input.
    pub fn input(&self, nth: usize, location: &OsString) -> InputConfig {
        let mut input = InputConfig::new(location);
        input.format.clone_from(&self.input_format);
        input.options.clone_from(&self.input_option);
        input.stream = match self.stream {
            Some(index) => StreamChoice::Index(index),
            None if self.all_streams => StreamChoice::All,
            None => StreamChoice::Best,
        };
        input.video_size = self.video_size;
        input.frame_rate = self.framerate;
        // A setting that names no file applies to all inputs.
        let all = self.timestamps.last().filter(|t| !matches!(t, Timestamps::File { .. }));
        input.timestamps = self.timestamps.get(nth).or(all).cloned();
        input.pixel_format.clone_from(&self.pixel_format);
        input.start = self.start;
        input.duration = self.duration;
        input.realtime = self.realtime;
        input.repeat = self.repeat.unwrap_or(0);
        input.timeout = Some(self.timeout);
        input.reconnect = self.reconnect;
        input
    }
}
