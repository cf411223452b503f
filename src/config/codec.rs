//! The choice between encoding to a codec and copying.
//! Whether a stream can be copied is decided in `copy`.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;
use crate::sample::SampleCodec;

/// What is done with the compressed video.
///
/// ```
/// use vstream::{CodecChoice, SampleCodec};
///
/// assert_eq!(CodecChoice::default(), CodecChoice::Encode(SampleCodec::H264));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodecChoice {
    /// It is decoded and encoded.
    Encode(SampleCodec),
    /// Its packets are logged as they are. An error ([`ErrorKind::Copy`](crate::ErrorKind::Copy)) if Rerun would not
    /// show them correctly.
    Copy,
    /// Copied if that gives the same pictures at the same times, otherwise encoded to H.264.
    Auto,
}

impl Default for CodecChoice {
    fn default() -> Self {
        Self::Encode(SampleCodec::H264)
    }
}

impl fmt::Display for CodecChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encode(codec) => codec.fmt(f),
            Self::Copy => f.pad("copy"),
            Self::Auto => f.pad("auto"),
        }
    }
}

/// A codec to encode to, `copy` or `auto`.
impl FromStr for CodecChoice {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "copy" => Ok(Self::Copy),
            "auto" => Ok(Self::Auto),
            _ => text.parse().map(Self::Encode).map_err(|_| {
                ParseError::new(text, "a codec", "write h264, h265, av1, copy or auto")
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_survive_printing_and_parsing() {
        for codec in ["h264", "h265", "av1", "vp8", "vp9", "copy", "auto"] {
            assert_eq!(codec.parse::<CodecChoice>().unwrap().to_string(), codec);
        }
        let error = "h266".parse::<CodecChoice>().unwrap_err();
        assert_eq!(error.to_string(), "`h266` is not a codec; write h264, h265, av1, copy or auto");
    }
}
