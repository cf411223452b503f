//! What is read of an input, and what kind of source it is: what `demux` goes by.
//! It reads nothing.

use std::ops::Range;
use std::time::Duration;

use crate::ffi::Packet;

/// The kind of source.
#[derive(Clone, Default)]
pub(crate) struct DemuxRules {
    pub subject: String,
    /// The file was found to lack its end, for which FFmpeg may have no error.
    pub lacks_end: bool,
    /// The last segment of the playlist was found to be missing.
    pub lacks_last_segment: bool,
    /// Bytes of the file whose video has another codec.
    pub other_codec: Vec<Range<u64>>,
    pub live: bool,
    pub is_device: bool,
    /// Give up if the selected streams deliver nothing for this long, even while others do.
    pub timeout: Option<Duration>,
}

impl DemuxRules {
    /// Whether a packet lies in a part of the file whose video has another codec. `None` where its place is not known.
    pub fn has_other_codec(&self, packet: &Packet) -> Option<bool> {
        let at = packet.position()?;
        Some(self.other_codec.iter().any(|bytes| bytes.contains(&at)))
    }
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
