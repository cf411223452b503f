//! Sound: which of it is recorded, and in which codec.
//! What can be copied is decided in `audio`.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;
use crate::named::named;

/// How sound is recorded, the same for all inputs. [`InputConfig::audio`](crate::InputConfig::audio) sets which sound
/// is recorded.
///
/// ```
/// use vstream::{AudioCodec, AudioConfig, Config};
///
/// let config = Config::new("film.mkv").with_audio(AudioConfig::default().with_codec(AudioCodec::Flac));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AudioConfig {
    /// The codec of sound in the recording. Default: [`AudioCodec::Auto`].
    pub codec: AudioCodec,
}

impl AudioConfig {
    /// Sets [`codec`](Self::codec).
    pub fn with_codec(mut self, codec: AudioCodec) -> Self {
        self.codec = codec;
        self
    }
}

/// The codec of sound in a recording.
///
/// ```
/// use vstream::AudioCodec;
///
/// assert_eq!("flac".parse(), Ok(AudioCodec::Flac));
/// assert_eq!(AudioCodec::default().to_string(), "auto");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum AudioCodec {
    /// Sound that Rerun plays is copied as it is: AAC-LC, FLAC, MP3, PCM and Vorbis. Other sound becomes AAC, or FLAC
    /// if its codec is lossless or it has more than two channels. Where only ordinary video files are written, all that
    /// they hold is copied: also AC-3, ALAC, E-AC-3 and Opus in MP4, with DTS, MP2 and TrueHD in Matroska, but neither
    /// PCM nor Vorbis in MP4.
    #[default]
    Auto,
    /// AAC: copied if it is AAC already, otherwise encoded, with more than two channels mixed down to stereo.
    Aac,
    /// FLAC: copied if it is FLAC already, otherwise encoded.
    Flac,
}

named!(AudioCodec, "a codec for sound", "write auto, aac or flac", {
    Auto: "auto",
    Aac: "aac",
    Flac: "flac",
});

/// Which sound of an input is recorded. Of an input without video, the sound alone is recorded; if it is named like a
/// video, such as `clip.mp4`, only with [`Index`](Self::Index).
///
/// ```
/// use vstream::{AudioChoice, InputConfig};
///
/// let silent = InputConfig::new("film.mkv").with_audio(AudioChoice::None);
/// let commentary = InputConfig::new("film.mkv").with_audio(AudioChoice::Index(2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum AudioChoice {
    /// The stream that the `ffmpeg` command would choose: the one with the most channels, with streams marked as
    /// default first.
    #[default]
    Best,
    /// The stream with this index in the container, counted from 0 over streams of all kinds, as in `ffprobe`.
    Index(usize),
    /// Every stream of sound, each as its own entity.
    All,
    /// None.
    None,
}

impl fmt::Display for AudioChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Best => f.pad("best"),
            Self::Index(index) => index.fmt(f),
            Self::All => f.pad("all"),
            Self::None => f.pad("none"),
        }
    }
}

/// `best`, `all`, `none`, or an index.
impl FromStr for AudioChoice {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "best" => Ok(Self::Best),
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            _ => text.parse().map(Self::Index).map_err(|_| {
                let remedy = "write best, all, none, or its index from 0";
                ParseError::new(text, "a stream of sound", remedy)
            }),
        }
    }
}
