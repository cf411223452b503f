//! Turns any video FFmpeg can open into a [Rerun](https://rerun.io) `VideoStream`.
//!
//! ```text
//! source ──► demux ──► decode ──► normalise ──► encode ──► Sample ──► log ──► sink
//!    what to open      frames     upright, square,  H.264      │     rows and   file, viewer,
//!                                 BT.709, 4:2:0     no B       │     chunks     web, stdout
//!                     everything left of here knows FFmpeg ◄───┴───► everything right knows Rerun
//! ```
//!
//! A recording holds B-frame-free Annex B H.264 unless another codec is asked for, one access unit a sample, each at
//! its presentation time.
//!
//! ```no_run
//! use vstream::{Config, OutputConfig, Silent};
//!
//! let config = Config::new("input.mp4")
//!     .with_output(OutputConfig::Save { path: "out.rrd".into(), force: false });
//! let summary = vstream::run(&config, &mut Silent)?;
//! println!("{} frames", summary.total(|p| p.logged));
//! # Ok::<(), vstream::Error>(())
//! ```
//!
//! [`run`] does a whole run, [`log_into`] logs into a `RecordingStream` you own, and [`FrameWriter`] takes pictures
//! you make yourself. [`probe`] tells what inputs hold, and [`plan`] what a run would do, without doing it.

mod blueprint;
mod camera_modes;
mod codec;
mod config;
mod devices;
mod encoders;
mod error;
mod event;
mod ffi;
mod frame_writer;
mod inspect;
mod log;
mod note;
mod note_log;
mod opening;
mod pipeline;
mod place;
mod plan;
mod prefetch;
mod properties;
mod redact;
mod run;
mod sample;
mod sink;
mod source;
mod suggest;
mod time;
mod wall_clock;

pub use camera_modes::{Camera, CameraMode};
pub use config::{
    CodecChoice, Config, DEFAULT_VIEWER_URL, Deinterlace, HwAccel, InputConfig, Moment,
    OutputConfig, RecordingConfig, Size, StreamChoice, VideoConfig,
};
pub use devices::cameras;
pub use encoders::{EncoderInfo, encoders};
pub use error::{Error, ErrorKind, Result};
pub use event::{Cancel, Event, Progress, Reporter, Silent, Summary, TrackSummary, Warning};
pub use ffi::{LogLevel, on_ffmpeg_log, quiet_encoders, versions};
pub use frame_writer::{FrameWriter, PixelLayout};
pub use inspect::{
    Chapter, Copyability, InputReport, PlannedWay, RunPlan, StreamKind, StreamReport, TrackPlan,
    VideoReport, plan, probe,
};
pub use pipeline::{log_into, run};
pub use sample::{Sample, SampleCodec, StreamInfo};
pub use wall_clock::StartTime;
