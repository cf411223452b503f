//! Turns any video FFmpeg can open (a file, a camera, a network stream, a pipe, a screen) into a
//! [Rerun](https://rerun.io) `VideoStream`, at the right times, the right way up, in the right colours.
//!
//! ```text
//! source ──► reader ──► decode ──► picture ──► encode ──► Sample ──► record ──► sink
//!    what to open       frames     upright, square,  H.264     │     rows and    file, viewer,
//!                                  BT.709, 4:2:0     no B      │     chunks      web, stdout
//!                     everything left of here knows FFmpeg ◄───┴───► everything right knows Rerun
//! ```
//!
//! A [`Config`] says what to read, how to encode it, what to call it and where it goes. One of these does the work:
//!
//! | to | use | example |
//! |---|---|---|
//! | convert a file, or show it in the Rerun Viewer | [`run`] | `examples/minimal.rs` |
//! | show progress, and end a run early | [`run`] with a [`Reporter`] of your own | `examples/progress.rs` |
//! | log a video beside your own data | [`log_into`] | `examples/into_recording.rs` |
//! | record pictures that your program makes | [`FrameWriter`] | `examples/own_frames.rs` |
//! | record a camera, live | [`run`] | `examples/camera.rs` |
//! | record several cameras in step | [`run`] with several inputs | `examples/several_cameras.rs` |
//! | convert many files, each to its own recording | [`convert_all`] | |
//! | get the encoded video itself, without Rerun | [`samples`], [`FrameEncoder`] | |
//!
//! [`probe`] reports what inputs hold, [`plan`] what a run would do, [`encoders`] and [`cameras`] what there is on this
//! machine. Whatever takes long can be ended early with a [`Cancel`] in its configuration.
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | input | what a user names: a file, a URL, a camera, a pipe, a screen ([`InputConfig`]) |
//! | source | what FFmpeg opens for an input: an address, a format, options |
//! | stream | one sequence of packets in an input: video, audio or subtitles ([`StreamReport`]) |
//! | track | one video of a run, from its stream to its entity ([`TrackSummary`]) |
//! | packet | a piece of compressed data, as the container stores it |
//! | frame | a decoded picture |
//! | access unit | the compressed data of one frame |
//! | sample | an access unit with its time, as a recording holds it ([`Sample`]) |
//! | keyframe | a sample that can be decoded without those before it |
//! | GOP | a keyframe and the samples up to the next one; closed if none of them needs another GOP |
//! | plan | what is decided about a stream before its first frame ([`RunPlan`]) |
//! | copy | log the packets of a stream as they are, instead of decoding and encoding |
//! | stage | one step from packets to samples: read, decode, filter, encode, copy |
//! | output | where a recording goes: a file, a viewer, a server, standard output ([`OutputConfig`]) |
//! | recording | Rerun's store of entities, timelines and properties |
//! | entity | the path in a recording at which a video is logged |
//! | side track | the subtitles, the chapters or the sound that accompany a video |
//! | audio | sound, in the names of types, options and entities |
//! | clip | a file of sound with its time, as a recording holds it |
//! | row | a sample, a text or a clip, at its times in a recording |
//! | report | what [`probe`] finds in an input ([`InputReport`]) |
//! | remedy | what can be done about an error ([`Remedy`]) |
//!
//! # Convert a file
//!
//! ```no_run
//! use vstream::{Config, OutputConfig, Silent};
//!
//! let config = Config::new("input.mp4").with_output(OutputConfig::save("out.rrd"));
//! let summary = vstream::run(&config, &mut Silent)?;
//! println!("{} frames", summary.total(|counts| counts.logged));
//! # Ok::<(), vstream::Error>(())
//! ```
//!
//! An input is whatever [`InputConfig::location`] lists. [`OutputConfig::spawn`], [`connect`](OutputConfig::connect),
//! [`serve`](OutputConfig::serve) and [`stdout`](OutputConfig::stdout) send the recording elsewhere, several at once if
//! you like.
//!
//! # Show progress, and end it early
//!
//! A [`Reporter`] receives every event on the thread that called [`run`]. Any thread can end the run with
//! [`Config::cancel`]; what was read until then is in the recording.
//!
//! ```no_run
//! use vstream::{Cancel, Config, Event, OutputConfig, Reporter};
//!
//! struct Watch;
//!
//! impl Reporter for Watch {
//!     fn event(&mut self, event: &Event<'_>) {
//!         if let Event::Progress { progress, .. } = event {
//!             println!("{} frames after {:?}", progress.logged, progress.elapsed);
//!         }
//!     }
//! }
//!
//! let cancel = Cancel::new();
//! let config = Config::new("long.mkv")
//!     .with_output(OutputConfig::save("out.rrd"))
//!     .with_cancel(cancel.clone());
//! // Elsewhere, on a signal or a button: cancel.cancel();
//! let summary = vstream::run(&config, &mut Watch)?;
//! # Ok::<(), vstream::Error>(())
//! ```
//!
//! # Log a video beside your own data
//!
//! [`log_into`] uses a `RecordingStream` that you own: your application id, your view, your flush. Give the video an
//! entity, and your data the same timeline.
//!
//! ```no_run
//! use vstream::{Config, RecordingConfig, Silent};
//!
//! let rec = rerun::RecordingStreamBuilder::new("my_robot").save("drive.rrd")?;
//! let config = Config::new("front.mp4")
//!     .with_recording(RecordingConfig::default().with_entity("robot/front_camera"));
//! vstream::log_into(&rec, &config, &mut Silent)?;
//!
//! rec.set_time("time", std::time::Duration::from_millis(1500));
//! rec.log("robot/speed", &rerun::Scalars::single(0.7))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Your program must depend on the same version of `rerun`, any from 0.36.3 to 0.41.
//!
//! # Record pictures of your own
//!
//! ```no_run
//! use std::time::Duration;
//! use vstream::{FrameConfig, FrameRate, FrameWriter, PixelLayout, Size};
//!
//! let rec = rerun::RecordingStreamBuilder::new("simulation").save("simulation.rrd")?;
//! let pictures = FrameConfig::new(Size::new(640, 480), PixelLayout::Rgb)
//!     .with_frame_rate(FrameRate::try_from(50)?);
//! let mut video = FrameWriter::new(&rec, "simulation/view", &pictures)?;
//! for step in 0..500 {
//!     let picture = vec![0; 640 * 480 * 3];
//!     video.write(Duration::from_millis(20 * step), &picture)?;
//! }
//! video.finish()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Pictures may be RGB, BGR, either with alpha, grey, NV12 or I420, with or without padding between rows.
//! [`FrameWriter`] describes its threads and its backpressure. [`FrameEncoder`] returns the samples instead of logging
//! them.
//!
//! # Get the samples
//!
//! ```no_run
//! let samples = vstream::samples(&vstream::Config::new("input.mp4"))?;
//! println!("{} at {:?}", samples.codec(), samples.stream().frame_rate);
//! for sample in samples {
//!     let sample = sample?;
//!     println!("{:?}: {} bytes", sample.time(), sample.data().len());
//! }
//! # Ok::<(), vstream::Error>(())
//! ```
//!
//! No type of Rerun is involved, so the samples can be logged with any version of Rerun, or used for something else.
//!
//! # Record a camera, live
//!
//! ```no_run
//! use std::time::Duration;
//! use vstream::{Config, InputConfig, OutputConfig, Silent};
//!
//! for camera in vstream::cameras()? {
//!     println!("{camera}");
//! }
//! let camera = InputConfig::new("/dev/video0").with_duration(Duration::from_secs(60));
//! let config = Config::new(camera)
//!     .with_output(OutputConfig::spawn())
//!     .with_output(OutputConfig::save("camera.rrd"));
//! let summary = vstream::run(&config, &mut Silent)?;
//! println!("{} frames dropped", summary.total(|counts| counts.dropped));
//! # Ok::<(), vstream::Error>(())
//! ```
//!
//! A live source (a camera, a screen, a network stream) continues whether or not it is read. Each frame is logged at
//! once, encoded with `ultrafast` and `zerolatency`; if the machine cannot keep up, frames are dropped, counted and
//! reported. With [`InputConfig::reconnect`], a source that breaks off is reopened.
//!
//! # What a recording holds
//!
//! For every video, at its entity (`video_stream`, or named after the input where there are several):
//!
//! | component | rows |
//! |---|---|
//! | `VideoStream:codec` | one, static, before every sample |
//! | `VideoStream:sample` | one a frame: an access unit, Annex B |
//! | `VideoStream:is_keyframe` | `true` at the time of every keyframe, and no other row |
//!
//! | timeline | kind | |
//! |---|---|---|
//! | `time`, or [`RecordingConfig::timeline`] | duration | since the input's beginning |
//! | `frame` | sequence | 0, 1, 2… |
//! | `capture_time` | timestamp | wall clock; of live sources, and where a start time is given |
//!
//! Chapters and subtitles are `TextLog` at `chapters` and `subtitles/LANGUAGE`, sound is `AssetAudio` at `audio`:
//! next to a single video's entity, below the entity of each of several. The recording's properties are in two groups: `video` says what was
//! read and how it was encoded (`source`, `container`, `codec`, `pixel_format`, `size`, `frame_rate`, `duration`,
//! `encoder`, `vstream_version`, `ffmpeg_version`), `metadata` holds the file's own metadata, with `creation_time` as a
//! timestamp and its location as `position`. With several videos, each has its own groups, whose names end in its
//! entity. The default view shows all videos.
//!
//! Rerun's Python package (`pip install "rerun-sdk[datafusion]"`) reads all of it as tables:
//!
//! ```python
//! import rerun as rr
//!
//! with rr.server.Server(datasets={"videos": ["out.rrd"]}) as server:
//!     videos = server.client().get_dataset("videos")
//!     print(videos.segment_table())  # a row a recording: `property:video:codec`, …
//!     frames = videos.filter_contents(["/video_stream"]).reader(index="time")
//!     print(frames.select("time", "frame", "/video_stream:VideoStream:sample"))
//! ```
//!
//! # What a recording promises
//!
//! - **Samples.** H.264 without B-frames, or the codec of [`VideoConfig::codec`]: samples are in presentation order, and
//!   each needs only earlier ones to be decoded. Every keyframe is an IDR with its parameter sets, and the first sample
//!   is one. An entity has one size and one set of parameters.
//! - **Times** are the container's to the nanosecond, counted from its start time as players do, so that several streams
//!   stay in step. They increase strictly and are never negative. A variable rate stays variable: no frame is invented,
//!   and none dropped unless you ask for it, or a live source outruns the machine, and then it is counted.
//! - **Colours.** 8-bit 4:2:0, BT.709 in limited range, which the Viewer assumes of every stream; pixels are
//!   converted, not just tagged. HDR is tone-mapped, alpha is blended over black.
//! - **Pictures** are upright, with square pixels, deinterlaced where flagged. An odd last column or row is cropped, so
//!   that pixel coordinates of overlays hold.
//! - **Keyframes** come at least every second ([`VideoConfig::keyframe_interval`]) by time, and begin a closed GOP.
//! - **Nothing is lost silently.** Every frame that was read is in the [`Summary`]: logged, dropped or damaged.
//!
//! [`CodecChoice::Copy`] and [`CodecChoice::Auto`] log the file's own packets if these keep the promises; size, colours
//! and keyframes are then the file's.
//!
//! # Errors
//!
//! An [`Error`] says what failed, on what, and why; [`Error::remedy`] says what to do. Match on
//! [`Error::kind`]:
//!
//! ```
//! use vstream::{Config, ErrorKind, OutputConfig, Silent};
//!
//! let config = Config::new("no/such/file.mp4").with_output(OutputConfig::save("out.rrd"));
//! match vstream::run(&config, &mut Silent) {
//!     Ok(summary) if !summary.is_clean() => println!("done, with damage"),
//!     Ok(_) => println!("done"),
//!     Err(error) => match error.kind() {
//!         ErrorKind::Open | ErrorKind::NoVideo => println!("not for us: {error}"),
//!         _ => match error.remedy() {
//!             Some(remedy) => println!("{error}; {remedy}"),
//!             None => println!("{error}"),
//!         },
//!     },
//! }
//! ```
//!
//! The error of a run that had begun holds its [`Summary`], which counts every frame that was read. A problem that does
//! not stop a run is a [`Warning`]: reported when it first occurs, and counted in the [`Summary`]. The library neither
//! prints nor exits; FFmpeg's own log goes to [`on_ffmpeg_log`].
//!
//! # Features
//!
//! | feature | default | |
//! |---|---|---|
//! | `cli` | yes | the command line tool and what only it depends on |
//! | `web-viewer` | yes | the web viewer of [`OutputConfig::serve`] inside the program (about 42 MB) |
//! | `python` | no | the extension of the Python package, for a build as `cdylib` |
//!
//! As a library: `vstream = { version = "0.1", default-features = false }`. It needs FFmpeg 5.1 or newer with its
//! headers, `pkg-config` and `clang` to build.

#![warn(missing_docs, missing_debug_implementations)]
// Only the binary prints.
#![warn(clippy::print_stdout, clippy::print_stderr, clippy::exit)]

#[cfg(test)]
mod attack;
mod audio;
mod batch;
mod bitstream;
#[cfg(feature = "cli")]
pub mod cli;
mod config;
mod copy;
mod devices;
mod encode;
mod error;
mod event;
mod ffi;
mod filter_chain;
mod frame_writer;
mod input;
mod inspect;
mod label;
mod mux;
mod named;
mod picture;
mod place;
mod pump;
#[cfg(feature = "python")]
mod python;
mod record;
mod redact;
mod relay;
mod run;
mod sample;
mod sink;
mod source;
mod suggest;
mod sync;
mod text;
mod threads;
mod time;
#[cfg(doc)]
pub mod untrusted;

pub use batch::{
    Batch, BatchEvent, BatchReporter, BatchSummary, Destination, FailedFile, Shard, SilentBatch,
    SkipExisting, SkipReason, convert_all,
};
pub use config::{
    AudioChoice, AudioCodec, AudioConfig, CodecChoice, Config, ConnectConfig, DEFAULT_PORT,
    DEFAULT_VIEWER_URL, DEFAULT_WEB_PORT, Deinterlace, FrameConfig, HwAccel, InputConfig,
    JoinTimes, OutputConfig, PixelLayout, PixelRange, Quality, RecordingConfig, SaveConfig,
    SaveFormat, Scale, ServeConfig, Size, SpawnConfig, StreamChoice, VideoConfig, YuvMatrix,
};
pub use devices::{
    camera::{Camera, CameraMode},
    cameras,
};
pub use encode::info::{EncoderInfo, encoders};
pub use error::{Error, ErrorKind, ParseError, Remedy, Result, ServerPort};
pub use event::{Cancel, Event, Progress, Reporter, Silent, Summary, TrackSummary, Warning};
pub use ffi::{LogLevel, ffmpeg_version, on_ffmpeg_log};
pub use frame_writer::{FrameEncoder, FrameWriter};
pub use inspect::{
    AudioReport, AudioStreamPlan, Chapter, Copyability, InputReport, PlannedWay, RunPlan,
    StreamKind, StreamReport, TrackPlan, VideoReport, plan, probe,
};
pub use run::drive::{log_into, run};
pub use run::samples::{Samples, samples};
pub use sample::{Sample, SampleCodec, StreamInfo};
pub use sink::native_viewer_decodes;
pub use source::{join_pictures, videos_of_folders};
pub use time::wall_clock::StartTime;
pub use time::{FrameRate, TimeUnit, Timestamps};
