//! The choice among the video streams of an input.
//! Which stream that is, is decided in `input`.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;

/// Which video stream of an input to read.
///
/// ```
/// use vstream::{InputConfig, StreamChoice};
///
/// // A dash camera that keeps its front and its rear view in one file.
/// let both = InputConfig::new("dashcam.mkv").with_stream(StreamChoice::All);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum StreamChoice {
    /// The one that the `ffmpeg` command would choose: the largest, with streams marked as default first.
    #[default]
    Best,
    /// The stream with this index in the container, counted from 0 over streams of all kinds, as in `ffprobe`.
    Index(usize),
    /// Every video stream, each as its own entity.
    All,
}

impl fmt::Display for StreamChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Best => f.pad("best"),
            Self::Index(index) => index.fmt(f),
            Self::All => f.pad("all"),
        }
    }
}

/// `best`, `all`, or an index.
impl FromStr for StreamChoice {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "best" => Ok(Self::Best),
            "all" => Ok(Self::All),
            _ => text.parse().map(Self::Index).map_err(|_| {
                ParseError::new(text, "a stream", "write best, all, or its index from 0")
            }),
        }
    }
}
