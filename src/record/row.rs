//! The input of every output: a sample, a note or a clip of sound, with its place in the recording.
//! Plain data, cheap to clone.

use std::sync::Arc;

use bytes::Bytes;
use rerun::components::VideoSample;
use rerun::datatypes::Blob;
use rerun::external::arrow::buffer::Buffer;
use rerun::log::LogMsg;

use crate::audio::packet::AudioPacket;
use crate::record::{ClipRow, NoteRow};
use crate::sample::Sample;

/// A sample for outputs; cloning it does not copy the video.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub track: usize,
    pub frame: i64,
    pub time: i64,
    pub capture_time: Option<i64>,
    pub keyframe: bool,
    pub bytes: usize,
    pub sample: VideoSample,
}

impl Row {
    pub fn new(track: usize, sample: Sample) -> Self {
        Self {
            track,
            frame: i64::try_from(sample.frame).unwrap_or(i64::MAX),
            time: sample.time,
            capture_time: sample.capture_time,
            keyframe: sample.keyframe,
            bytes: sample.data.len(),
            sample: video_sample(sample.data),
        }
    }
}

/// The data of a sample for Rerun, without a copy.
pub(crate) fn video_sample(data: Bytes) -> VideoSample {
    VideoSample::from(blob(data))
}

/// Data for Rerun, without a copy.
pub(super) fn blob(data: Bytes) -> Blob {
    Blob(Buffer::from(data).into())
}

/// A packet of sound for ordinary video files; cloning it does not copy the sound.
#[derive(Debug, Clone)]
pub(crate) struct SoundRow {
    pub track: usize,
    /// Which of the track's streams of sound it belongs to.
    pub line: usize,
    pub packet: AudioPacket,
}

/// An item for outputs.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    Sample(Row),
    Note(NoteRow),
    Clip(ClipRow),
    /// For ordinary video files, which take no clips.
    Sound(SoundRow),
    /// For ordinary video files: the samples of a track have ended.
    End {
        track: usize,
    },
    /// A message from a recording that is passed through.
    Message(Arc<Passing>),
}

/// A passed-through message, with its reservation in the byte budget.
#[derive(Debug)]
pub(crate) struct Passing {
    pub message: LogMsg,
    pub bytes: usize,
    _permit: Box<dyn std::any::Any + Send + Sync>,
}

impl Entry {
    /// A message that holds `permit` until every output has handled it.
    pub fn message(message: LogMsg, bytes: usize, permit: impl Send + Sync + 'static) -> Self {
        Self::Message(Arc::new(Passing { message, bytes, _permit: Box::new(permit) }))
    }

    /// Its size in memory, in bytes.
    pub fn bytes(&self) -> usize {
        let content = match self {
            Self::Sample(row) => row.bytes,
            Self::Note(row) => row.note.text.len(),
            Self::Clip(row) => row.bytes,
            Self::Sound(row) => row.packet.packet.size(),
            Self::End { .. } => 0,
            Self::Message(passing) => passing.bytes,
        };
        content + size_of::<Self>()
    }

    pub fn track(&self) -> usize {
        match self {
            Self::Sample(row) => row.track,
            Self::Note(row) => row.track,
            Self::Clip(row) => row.track,
            Self::Sound(row) => row.track,
            Self::End { track } => *track,
            Self::Message(_) => usize::MAX,
        }
    }
}
