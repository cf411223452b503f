//! The only unsafe code: small safe wrappers over the parts of FFmpeg that `ffmpeg-next` leaves out or gets in the way
//! of, and over calls of the operating system (`system`). No policy lives here; what to open, decode, filter or encode
//! is decided by the callers.
#![allow(unsafe_code)]

mod audio;
mod av;
mod brightness;
mod bsf;
mod clocks;
mod codec_context;
mod decoder;
mod dict;
mod encoder;
mod encoder_context;
mod filters;
mod frame;
mod geometry;
mod graph;
mod hardware;
mod input;
mod interrupt;
mod known_format;
mod length;
mod log;
mod muxed;
mod muxer;
pub(crate) mod names;
mod open;
mod options;
mod packet;
mod peek;
mod pictures;
mod plane_rows;
mod planes;
#[cfg(feature = "python")]
mod python_buffer;
#[cfg(feature = "cli")]
mod quiet;
mod raw;
mod rows;
mod simd;
mod stream;
mod subtitle;
pub(crate) mod system;

pub(crate) use audio::{
    AudioDecoder, AudioEncoder, AudioFrame, AudioGraph, AudioParameters, AudioShape, BlobMuxer,
    VorbisLengths,
};
pub(crate) use av::{AvError, FfmpegError, Received, has_encoder, has_filter, init};
pub(crate) use bsf::BitstreamFilter;
pub(crate) use clocks::now;
pub(crate) use decoder::{Decoder, DecoderOptions};
pub(crate) use encoder::{Encoded, Encoder, EncoderSettings};
pub(crate) use frame::Frame;
pub(crate) use geometry::Geometry;
pub(crate) use graph::Graph;
pub(crate) use hardware::{Device, device_kinds};
pub(crate) use input::Input;
pub(crate) use muxed::{MuxedChapter, MuxedMedium, MuxedStream, MuxedText, MuxedVideo};
pub(crate) use muxer::{MuxedPacket, Muxer};
pub(crate) use open::{BriefProbe, OpenFailure, OpenRequest};
pub(crate) use packet::Packet;
pub(crate) use peek::peek_url;
pub(crate) use plane_rows::PlaneRows;
pub(crate) use planes::{Plane, PlanesError};
#[cfg(feature = "python")]
pub(crate) use python_buffer::{PythonArray, PythonBuffer};
pub(crate) use rows::{Rows8, Yuv420p10};
pub(crate) use simd::{Kernel, on_widest};
pub(crate) use stream::{Chapter, Medium, Stream};
pub(crate) use subtitle::SubtitleDecoder;

pub use av::ffmpeg_version;
#[cfg(feature = "python")]
pub(crate) use log::silence;
pub use log::{LogLevel, on_ffmpeg_log};
#[cfg(feature = "cli")]
pub use quiet::quiet_encoders;
#[cfg(feature = "cli")]
pub use system::{is_stdout_closed, keep_freed_memory, survive_file_limits};
