//! A text with its time: like a sample, it crosses the border from FFmpeg to Rerun.
//! Plain data; nothing here knows either of them.

use crate::label::Label;
use crate::time::NANOS;

/// What a line of notes is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoteKind {
    Chapters,
    Subtitles(Label),
}

/// A subtitle or the beginning of a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// Time on the main timeline in nanoseconds; never negative.
    pub time: i64,
    /// When it is no longer shown, or the chapter ends, where that is known.
    pub end: Option<i64>,
    /// Which of the input's lines of notes it belongs to, such as the English subtitles.
    pub line: usize,
    /// Wall-clock time of the capture in nanoseconds, of inputs that have one.
    pub capture_time: Option<i64>,
    /// Plain text, its lines separated by newlines.
    pub text: String,
}

impl Note {
    /// How long a text is shown whose end is not known, in nanoseconds.
    pub const SHOWN: i64 = 5 * NANOS;
}
