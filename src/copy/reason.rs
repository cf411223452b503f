//! Reasons why a stream is not copied, and caveats of one that is, in words.
//! Which of them hold is decided in `check.rs`.

use crate::bitstream::access_unit::Chroma;
use crate::time::NANOS;

/// Why a stream cannot be copied without being shown wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reason {
    Codec(String),
    Setting(&'static str),
    NoKeyframeFirst,
    NoHeaders,
    BFrames {
        at: i64,
    },
    Reordered {
        at: i64,
    },
    MayReorder,
    SameTime {
        at: i64,
    },
    OpenGop {
        at: i64,
    },
    EditList,
    SizeChanged {
        at: i64,
        from: (u32, u32),
        to: (u32, u32),
    },
    OwnSize {
        at: i64,
    },
    HeadersChanged {
        at: i64,
    },
    /// A joined file, whose name this is, has other coding parameters than the first one.
    HeadersDiffer(String),
    Depth(u8),
    Chroma(Chroma),
    OddSize(u32, u32),
    Fields,
    Pictures {
        at: i64,
        count: u32,
    },
    Unreadable {
        at: i64,
    },
    Empty,
    /// The part of it that was asked for is empty.
    EmptyPart,
}

/// "at 1.20 s".
struct At(i64);

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at {:.2} s", self.0 as f64 / NANOS as f64)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Codec(name) => {
                write!(f, "Rerun shows no {name}, only H.264, H.265, AV1, VP8 and VP9")
            }
            Self::Setting(what) => write!(f, "{what} needs encoding"),
            Self::NoKeyframeFirst => f.write_str("it does not begin with a keyframe"),
            Self::NoHeaders => f.write_str("its keyframes come without the headers to decode them"),
            Self::BFrames { at } => write!(f, "it holds B-frames (the first {})", At(*at)),
            Self::Reordered { at } => {
                write!(f, "it stores pictures in another order than they are shown ({})", At(*at))
            }
            Self::MayReorder => f.write_str(
                "its headers do not promise that its pictures are stored one by one in the order they are shown, and nothing else tells ahead",
            ),
            Self::SameTime { at } => write!(f, "its times do not increase ({})", At(*at)),
            Self::OpenGop { at } => {
                write!(f, "its keyframes are not clean starts (open GOP or intra refresh, {})", At(*at))
            }
            Self::EditList => f.write_str("an edit list hides some of its pictures"),
            Self::SizeChanged { at, from, to } => write!(
                f,
                "its size changes from {}x{} to {}x{} {}",
                from.0, from.1, to.0, to.1, At(*at)
            ),
            Self::OwnSize { at } => write!(f, "its size may change ({})", At(*at)),
            Self::HeadersDiffer(name) => write!(f, "the coding parameters of {name} differ"),
            Self::HeadersChanged { at } => write!(f, "its coding parameters change {}", At(*at)),
            Self::Depth(bits) => write!(f, "it has {bits} bits a component, and viewers show 8"),
            Self::Chroma(chroma) => write!(f, "its colours are {chroma}, and viewers show 4:2:0"),
            Self::OddSize(w, h) => write!(f, "its size {w}x{h} is odd"),
            Self::Fields => f.write_str("it is interlaced"),
            Self::Pictures { at, count: 0 } => write!(f, "a packet shows no picture ({})", At(*at)),
            Self::Pictures { at, count } => {
                write!(f, "a packet holds {count} pictures ({})", At(*at))
            }
            Self::Unreadable { at } => write!(f, "a packet cannot be understood ({})", At(*at)),
            Self::Empty => f.write_str("it holds no picture"),
            Self::EmptyPart => f.write_str("it holds no picture of the part asked for"),
        }
    }
}

/// What a copied picture lacks that an encoded one has: it is shown, but not as a good player shows it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Caveat {
    Rotated,
    Stretched(i32, i32),
    Interlaced,
    Hdr,
    Matrix(&'static str),
    Transparent,
    RareKeyframes(i64),
    /// The requested part begins between keyframes.
    BeginsEarlier(i64),
    Damaged,
}

impl std::fmt::Display for Caveat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rotated => f.write_str("it has to be turned upright"),
            Self::Stretched(num, den) => write!(f, "its pixels are not square ({num}:{den})"),
            Self::Interlaced => f.write_str("it is interlaced"),
            Self::Hdr => f.write_str("it is HDR or of a wide gamut"),
            Self::Matrix(name) => {
                write!(f, "its colours are {name}, and the Viewer takes them for bt709")
            }
            Self::Transparent => f.write_str("it is transparent"),
            Self::RareKeyframes(nanos) => {
                write!(f, "it has {:.0} s without a keyframe", *nanos as f64 / NANOS as f64)
            }
            Self::BeginsEarlier(nanos) => {
                let seconds = *nanos as f64 / NANOS as f64;
                write!(f, "it then begins at a keyframe {seconds:.2} s before the start asked for")
            }
            Self::Damaged => f.write_str("it is damaged"),
        }
    }
}
