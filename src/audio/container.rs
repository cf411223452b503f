//! The files of sound that Rerun plays: which container holds which codec.
//! Writing them is FFmpeg's.

/// A container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AudioContainer {
    /// MPEG-4 with AAC. ADTS would do as well, but Rerun does not open a file of few such frames.
    M4a,
    /// MP3 frames.
    Mp3,
    Flac,
    Ogg,
    Wav,
}

impl AudioContainer {
    /// FFmpeg's name of the muxer.
    pub fn muxer(self) -> &'static str {
        match self {
            Self::M4a => "ipod",
            Self::Mp3 => "mp3",
            Self::Flac => "flac",
            Self::Ogg => "ogg",
            Self::Wav => "wav",
        }
    }

    /// Options of the muxer.
    pub fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // No tags. The frame that describes the others is written once their number is known.
            Self::Mp3 => &[("id3v2_version", "0"), ("write_xing", "0")],
            _ => &[],
        }
    }

    /// As Rerun names it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::M4a => "audio/mp4",
            Self::Mp3 => "audio/mpeg",
            Self::Flac => "audio/flac",
            Self::Ogg => "audio/ogg",
            Self::Wav => "audio/wav",
        }
    }

    /// Packets that a decoder needs before it outputs sound.
    pub fn preroll(self) -> usize {
        usize::from(self == Self::Ogg)
    }
}
