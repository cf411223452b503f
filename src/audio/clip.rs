//! A clip of sound: like a sample, it crosses the border from FFmpeg to Rerun.
//! Plain data; nothing here knows either of them.

use bytes::Bytes;

/// A whole file of sound, with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AudioClip {
    /// Which of the input's streams of sound it belongs to.
    pub line: usize,
    /// When its first sample is heard, in nanoseconds on the main timeline; never negative.
    pub time: i64,
    /// Wall-clock time of the capture, of live sources.
    pub capture_time: Option<i64>,
    /// How long it is heard, in nanoseconds.
    pub duration: i64,
    pub media_type: &'static str,
    pub file: Bytes,
}
