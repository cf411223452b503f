//! Turns any video FFmpeg can open into a [Rerun](https://rerun.io) `VideoStream`.
//!
//! ```text
//! source ──► demux ──► decode ──► normalise ──► encode ──► Sample ──► log ──► sink
//!    what to open      frames     upright, square,  H.264      │     rows and   file, viewer,
//!                                 BT.709, 4:2:0     no B       │     chunks     web, stdout
//!                     everything left of here knows FFmpeg ◄───┴───► everything right knows Rerun
//! ```
//!
//! Every recording holds B-frame-free Annex B H.264, one access unit a sample, each at its presentation time.
//!
//! ```no_run
//! use vstream::{Config, OutputConfig, Silent};
//!
//! let config = Config::new("input.mp4")
//!     .with_output(OutputConfig::save("out.rrd"));
//! let summary = vstream::run(&config, &mut Silent)?;
//! println!("{} frames", summary.total(|p| p.logged));
//! # Ok::<(), vstream::Error>(())
//! ```
//!
//! [`run`] does a whole run, [`log_into`] logs into a `RecordingStream` you own, and [`FrameWriter`] takes pictures
//! you make yourself.

mod blueprint;
mod camera;
mod codec;
mod config;
mod devices;
mod error;
mod event;
mod ffi;
mod frame_writer;
mod log;
mod note;
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
mod time;
mod wall_clock;

pub use camera::{Camera, CameraMode};
pub use config::{
    CodecChoice, Config, ConnectConfig, DEFAULT_PORT, DEFAULT_VIEWER_URL, DEFAULT_WEB_PORT,
    Deinterlace, FrameConfig, InputConfig, Moment, OutputConfig, PixelLayout, RecordingConfig,
    SaveConfig, ServeConfig, Size, SpawnConfig, StreamChoice, VideoConfig, YuvMatrix,
};
pub use devices::cameras;
pub use error::{Error, ErrorKind, Result};
pub use event::{Cancel, Event, Progress, Reporter, Silent, Summary, TrackSummary, Warning};
pub use ffi::{LogLevel, on_ffmpeg_log, versions};
pub use frame_writer::FrameWriter;
pub use pipeline::{log_into, run};
pub use sample::{SampleCodec, StreamInfo};
pub use wall_clock::StartTime;
