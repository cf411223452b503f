//! Sound: its parameters, decoders, encoders and filters, and files of it in memory.
//! What is recorded, and in which form, is decided elsewhere.

mod blob;
mod decoder;
mod encoder;
mod frame;
mod graph;
mod memory_file;
mod parameters;
mod vorbis;

pub(crate) use blob::BlobMuxer;
pub(crate) use decoder::AudioDecoder;
pub(crate) use encoder::AudioEncoder;
pub(crate) use frame::AudioFrame;
pub(crate) use graph::{AudioGraph, AudioShape};
pub(crate) use parameters::AudioParameters;
pub(crate) use vorbis::VorbisLengths;
