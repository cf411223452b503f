//! What is read of an input, and what kind of source it is: what `demux` goes by.
//! It reads nothing.

use std::time::Duration;

use crate::source::CodecChange;

/// The kind of source.
#[derive(Clone, Default)]
pub(crate) struct DemuxRules {
    pub subject: String,
    /// The file was found to lack its end, for which FFmpeg may have no error.
    pub lacks_end: bool,
    /// The last segment of the playlist was found to be missing.
    pub lacks_last_segment: bool,
    /// The parts of the file in which a stream has another codec than at the beginning.
    pub other_codec: Vec<CodecChange>,
    pub live: bool,
    pub is_device: bool,
    /// Give up if the selected streams deliver nothing for this long, even while others do.
    pub timeout: Option<Duration>,
}

/// Indices of the streams to read.
pub(crate) struct Wanted {
    pub streams: Vec<usize>,
    /// Those of them without which nothing is recorded.
    pub videos: Vec<usize>,
}

impl Wanted {
    /// Its own length counts: it is a video, or there is none.
    pub fn is_measured(&self, stream: usize) -> bool {
        self.videos.is_empty() || self.videos.contains(&stream)
    }
}
