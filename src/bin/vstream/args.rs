//! What can be typed, and what it means as a `Config`.
//! It opens nothing; what cannot be known from the words alone is the library's to refuse.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::values::{bits, key_value, time};
use anyhow::bail;
use clap::{Parser, ValueEnum};
use vstream::{
    CodecChoice, Config, DEFAULT_VIEWER_URL, Deinterlace, InputConfig, OutputConfig, SampleCodec,
    SaveConfig, ServeConfig, Size, SpawnConfig, StartTime, StreamChoice,
};

const EXAMPLES: &str = "\
Examples:
  vstream input.mp4 --spawn                       show a video in the Rerun Viewer
  vstream in.mkv --save out.rrd                   convert it to a recording
  vstream /dev/video0 --connect                   send a camera to a running viewer
  vstream front.mp4 rear.mp4 --save drive.rrd     two videos in step, one recording
  vstream clip.webm --stdout | rerun -            through a pipe
  vstream 'frames/*.png' --framerate 10 --spawn   an image sequence
  vstream lavfi:testsrc2=duration=5 --save t.rrd  a synthetic video, without a file

Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted before a file's end.";

/// Turn any video FFmpeg can open into a Rerun VideoStream.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = "Run --help for all options and examples.", after_long_help = EXAMPLES)]
pub struct Args {
    /// Videos: a file, a URL, /dev/videoN or camera:, - for stdin, an image sequence, screen:, or lavfi:GRAPH
    #[arg(required_unless_present_any = ["completions", "man", "list_devices", "install_importer"], value_name = "INPUT")]
    inputs: Vec<OsString>,

    /// Start a Rerun Viewer and show the video there (the default where `rerun` is installed)
    #[arg(long, help_heading = "Output")]
    spawn: bool,
    /// Send to a viewer that is running
    #[arg(long, help_heading = "Output", value_name = "URL", num_args = 0..=1, require_equals = false, default_missing_value = DEFAULT_VIEWER_URL)]
    connect: Option<String>,
    /// Write a recording; FILE appears when it is complete
    #[arg(long, help_heading = "Output", value_name = "FILE.rrd")]
    save: Vec<PathBuf>,
    /// Write the recording to standard output
    #[arg(long, help_heading = "Output")]
    stdout: bool,
    /// Serve a web viewer until Ctrl-C (the default where `rerun` is not installed)
    #[arg(long, help_heading = "Output")]
    serve: bool,
    /// The viewer's program for --spawn
    #[arg(long, help_heading = "Output", value_name = "PROGRAM", hide_short_help = true)]
    viewer_path: Option<PathBuf>,
    /// Address that --serve listens on
    #[arg(
        long,
        help_heading = "Output",
        value_name = "ADDRESS",
        default_value = "127.0.0.1",
        hide_short_help = true
    )]
    bind: IpAddr,
    /// Port of the viewer's gRPC server, for --spawn and --serve
    #[arg(long, help_heading = "Output", default_value_t = 9876, hide_short_help = true)]
    port: u16,
    /// Port of the web page of --serve
    #[arg(long, help_heading = "Output", default_value_t = 9090, hide_short_help = true)]
    web_port: u16,
    /// Do not open a browser for --serve
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    no_open: bool,
    /// Let --save replace a file that is no recording
    #[arg(long, help_heading = "Output", hide_short_help = true)]
    force: bool,

    /// FFmpeg's name of the input format, instead of probing
    #[arg(short = 'f', long, help_heading = "Input", value_name = "NAME", hide_short_help = true)]
    format: Option<String>,
    /// An option for FFmpeg's demuxer or protocol
    #[arg(long, help_heading = "Input", value_name = "KEY=VALUE", value_parser = key_value, hide_short_help = true)]
    input_option: Vec<(String, String)>,
    /// Picture size to ask of a device or a raw format
    #[arg(long, help_heading = "Input", value_name = "WxH", hide_short_help = true)]
    video_size: Option<Size>,
    /// Frame rate to ask of a device, an image sequence or a raw format
    #[arg(long, help_heading = "Input", value_name = "RATE", hide_short_help = true)]
    framerate: Option<String>,
    /// Pixel format to ask of a device or a raw format
    #[arg(long, help_heading = "Input", value_name = "NAME", hide_short_help = true)]
    pixel_format: Option<String>,
    /// Video stream by its index in the file
    #[arg(
        long,
        help_heading = "Input",
        value_name = "N",
        conflicts_with = "all_streams",
        hide_short_help = true
    )]
    stream: Option<usize>,
    /// Every video stream of the input, each as an entity
    #[arg(long, help_heading = "Input", hide_short_help = true)]
    all_streams: bool,
    /// Begin here: seconds, or [HH:]MM:SS
    #[arg(long, help_heading = "Input", value_name = "TIME", value_parser = time)]
    start: Option<Duration>,
    /// Stop after so long: seconds, or [HH:]MM:SS
    #[arg(long, help_heading = "Input", value_name = "TIME", value_parser = time)]
    duration: Option<Duration>,
    /// Read a file at the speed it plays at
    #[arg(long, help_heading = "Input", hide_short_help = true)]
    realtime: bool,
    /// Play the input again N times; without N, until Ctrl-C
    #[arg(long = "loop", help_heading = "Input", value_name = "N", num_args = 0..=1, default_missing_value = "4294967295", hide_short_help = true)]
    repeat: Option<u32>,
    /// Give up on a device or a network that sends nothing for so long; 0 waits for ever
    #[arg(long, help_heading = "Input", value_name = "TIME", default_value = "10", value_parser = time, hide_short_help = true)]
    timeout: Duration,
    /// When a live source breaks off, wait for it to come back
    #[arg(long, help_heading = "Input")]
    reconnect: bool,

    /// Codec of the recording, or its packets as they are
    #[arg(long, help_heading = "Video", value_name = "NAME", default_value = "h264")]
    codec: CodecName,
    /// Encoder speed against size [default: veryfast, live ultrafast]
    #[arg(long, help_heading = "Video", value_name = "NAME")]
    preset: Option<String>,
    /// Encoder tuning, such as film, animation, zerolatency
    #[arg(long, help_heading = "Video", value_name = "NAME", hide_short_help = true)]
    tune: Option<String>,
    /// Quality: 1 best, 51 worst [default: 23]
    #[arg(long, help_heading = "Video", value_name = "N", value_parser = clap::value_parser!(u8).range(1..=51), conflicts_with = "bitrate")]
    crf: Option<u8>,
    /// Bits a second instead of a quality, such as 4M
    #[arg(long, help_heading = "Video", value_name = "BITS", value_parser = bits)]
    bitrate: Option<u64>,
    /// Longest time between keyframes in seconds; shorter seeks faster
    #[arg(long, help_heading = "Video", value_name = "SECONDS", default_value = "1", value_parser = time, hide_short_help = true)]
    keyframe_interval: Duration,
    /// Scale to this size
    #[arg(
        long,
        help_heading = "Video",
        value_name = "WxH",
        conflicts_with = "max_size",
        hide_short_help = true
    )]
    size: Option<Size>,
    /// Scale down to fit into this size
    #[arg(long, help_heading = "Video", value_name = "WxH")]
    max_size: Option<Size>,
    /// Constant frame rate, by dropping and doubling frames
    #[arg(long, help_heading = "Video", value_name = "RATE", hide_short_help = true)]
    fps: Option<String>,
    /// An FFmpeg filter chain, such as 'crop=640:480,eq=contrast=1.2'
    #[arg(long, help_heading = "Video", value_name = "GRAPH", hide_short_help = true)]
    filter: Option<String>,
    /// Leave the picture as it is stored, not as its file says it is held
    #[arg(long, help_heading = "Video", hide_short_help = true)]
    no_autorotate: bool,
    /// Deinterlace
    #[arg(
        long,
        help_heading = "Video",
        value_name = "WHEN",
        default_value = "auto",
        hide_short_help = true
    )]
    deinterlace: DeinterlaceWhen,

    /// Entity path of the video [default: video_stream]
    #[arg(long, help_heading = "Recording", value_name = "PATH", hide_short_help = true)]
    entity: Option<String>,
    /// Name of the main timeline
    #[arg(
        long,
        help_heading = "Recording",
        value_name = "NAME",
        default_value = "time",
        hide_short_help = true
    )]
    timeline: String,
    /// Keep the file's timestamps instead of beginning at its start
    #[arg(long, help_heading = "Recording", hide_short_help = true)]
    keep_timestamps: bool,
    /// Rerun's application id
    #[arg(
        long,
        help_heading = "Recording",
        value_name = "ID",
        default_value = "vstream",
        hide_short_help = true
    )]
    application_id: String,
    /// Rerun's recording id [default: a new one]
    #[arg(long, help_heading = "Recording", value_name = "ID", hide_short_help = true)]
    recording_id: Option<String>,
    /// Name of the recording [default: the input's]
    #[arg(long, help_heading = "Recording", hide_short_help = true)]
    name: Option<String>,
    /// Add a timeline `capture_time` of wall-clock times: when the input began, such as
    /// 2024-05-01T12:00:00Z, or `creation` for the file's own creation time
    #[arg(long, help_heading = "Recording", value_name = "WHEN", hide_short_help = true)]
    start_time: Option<StartTime>,
    /// Leave out what the file knows beside its pictures: metadata, chapters, text subtitles
    #[arg(long, help_heading = "Recording", hide_short_help = true)]
    no_metadata: bool,

    /// Say nothing but errors
    #[arg(short, long, help_heading = "Program")]
    pub quiet: bool,
    /// Show FFmpeg's log; twice for more
    #[arg(short, long, help_heading = "Program", action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Draw a progress bar
    #[arg(
        long,
        help_heading = "Program",
        value_name = "WHEN",
        default_value = "auto",
        hide_short_help = true
    )]
    pub progress: When,
    /// Fail when the input is damaged
    #[arg(long, help_heading = "Program", hide_short_help = true)]
    pub strict: bool,
    /// List the cameras of this machine with their modes
    #[arg(long, help_heading = "Program")]
    list_devices: bool,
    /// Let `rerun clip.mkv` and files dropped on the viewer come through vstream
    #[arg(long, help_heading = "Program", hide_short_help = true)]
    install_importer: bool,
    /// Print completions for a shell
    #[arg(long, help_heading = "Program", value_name = "SHELL", hide_short_help = true)]
    completions: Option<clap_complete::Shell>,
    /// Print the manual page
    #[arg(long, help_heading = "Program", hide_short_help = true)]
    man: bool,
}

/// When to draw.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum When {
    /// On a terminal.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// What a recording may hold.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum CodecName {
    /// Encode to H.264
    H264,
    /// Log the packets as they are; an error where Rerun could not show them right
    Copy,
    /// Copy where that gives the right picture at the right times, encode where it does not
    Auto,
}

/// When to deinterlace.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum DeinterlaceWhen {
    /// Frames flagged as interlaced.
    Auto,
    /// Every frame.
    On,
    /// No frame.
    Off,
}

/// Something other than a run.
pub enum Special {
    Completions(clap_complete::Shell),
    Man,
    Devices,
    InstallImporter,
}

impl Args {
    pub fn special(&self) -> Option<Special> {
        let install = self.install_importer.then_some(Special::InstallImporter);
        let man = self.man.then_some(Special::Man).or(install);
        let devices = self.list_devices.then_some(Special::Devices);
        self.completions.map(Special::Completions).or(man).or(devices)
    }

    /// The run goes on until Ctrl-C, which is then its proper end.
    pub fn serves(&self) -> bool {
        self.outputs().iter().any(|o| matches!(o, OutputConfig::Serve(_)))
    }

    pub fn config(&self) -> anyhow::Result<Config> {
        let mut config = Config::default();
        config.inputs = self.inputs.iter().map(|location| self.input(location)).collect();
        let video = &mut config.video;
        video.codec = match self.codec {
            CodecName::H264 => CodecChoice::Encode(SampleCodec::H264),
            CodecName::Copy => CodecChoice::Copy,
            CodecName::Auto => CodecChoice::Auto,
        };
        video.preset.clone_from(&self.preset);
        video.tune.clone_from(&self.tune);
        video.crf = self.crf;
        video.bitrate = self.bitrate;
        video.keyframe_interval = self.keyframe_interval;
        video.size = self.size;
        video.max_size = self.max_size;
        video.fps.clone_from(&self.fps);
        video.filter.clone_from(&self.filter);
        video.autorotate = !self.no_autorotate;
        video.deinterlace = match self.deinterlace {
            DeinterlaceWhen::Auto => Deinterlace::Auto,
            DeinterlaceWhen::On => Deinterlace::On,
            DeinterlaceWhen::Off => Deinterlace::Off,
        };
        let recording = &mut config.recording;
        recording.application_id.clone_from(&self.application_id);
        recording.recording_id.clone_from(&self.recording_id);
        recording.name.clone_from(&self.name);
        recording.entity.clone_from(&self.entity);
        recording.timeline.clone_from(&self.timeline);
        recording.keep_timestamps = self.keep_timestamps;
        recording.metadata = !self.no_metadata;
        recording.start_time = self.start_time;
        if self.timeline == "frame" || self.timeline == "capture_time" {
            bail!("--timeline {}: vstream logs a timeline of that name itself", self.timeline);
        }
        if self.inputs.iter().filter(|i| *i == "-").count() > 1 {
            bail!("standard input can be read only once, but - is given several times");
        }
        config.outputs = self.outputs();
        Ok(config)
    }

    fn input(&self, location: &OsString) -> InputConfig {
        let mut input = InputConfig::new(location);
        input.format.clone_from(&self.format);
        input.options.clone_from(&self.input_option);
        input.stream = match self.stream {
            Some(index) => StreamChoice::Index(index),
            None if self.all_streams => StreamChoice::All,
            None => StreamChoice::Best,
        };
        input.video_size = self.video_size;
        input.frame_rate.clone_from(&self.framerate);
        input.pixel_format.clone_from(&self.pixel_format);
        input.start = self.start;
        input.duration = self.duration;
        input.realtime = self.realtime;
        input.repeat = self.repeat.unwrap_or(0);
        input.timeout = Some(self.timeout);
        input.reconnect = self.reconnect;
        input
    }

    fn outputs(&self) -> Vec<OutputConfig> {
        let mut outputs = Vec::new();
        for path in &self.save {
            outputs.push(SaveConfig::new(path).with_force(self.force).into());
        }
        if self.stdout {
            outputs.push(OutputConfig::Stdout);
        }
        if let Some(url) = &self.connect {
            outputs.push(OutputConfig::connect(url));
        }
        let mut spawn = SpawnConfig::default().with_port(self.port);
        spawn.viewer.clone_from(&self.viewer_path);
        let serve = ServeConfig::default()
            .with_bind(self.bind)
            .with_port(self.port)
            .with_web_port(self.web_port)
            .with_open(!self.no_open);
        let (spawn, serve) = (OutputConfig::from(spawn), OutputConfig::from(serve));
        if self.spawn {
            outputs.push(spawn.clone());
        }
        if self.serve {
            outputs.push(serve.clone());
        }
        if outputs.is_empty() {
            let viewer = self.viewer_path.clone().unwrap_or_else(|| "rerun".into());
            outputs.push(if has_display() && is_on_path(&viewer) { spawn } else { serve });
        }
        outputs
    }
}

/// Where a window can be opened. Over ssh it cannot, though `rerun` may be installed.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

fn is_on_path(program: &std::path::Path) -> bool {
    if program.components().count() > 1 {
        return program.is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| {
        let file = folder.join(program);
        file.is_file() || file.with_extension("exe").is_file()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent_and_every_option_explained() {
        Args::command().debug_assert();
        for arg in Args::command().get_arguments() {
            assert!(arg.get_help().is_some(), "{} has no help", arg.get_id());
        }
    }
}
