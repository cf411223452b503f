//! What the bytes of one packet say, whatever its codec: where a decoder can start, how many pictures it shows.
//! Pure; the codecs themselves are in a file each.

use crate::bitstream::av1;

use crate::bitstream::h264;

use crate::bitstream::h265;

use crate::bitstream::vpx;
use crate::sample::SampleCodec;

/// Facts about one packet of compressed video.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct AccessUnit<'a> {
    /// A decoder that has the headers can start here, and nothing after it needs what was before.
    pub starts_gop: bool,
    /// All headers that a decoder needs are in the packet itself.
    pub has_headers: bool,
    /// The headers in the packet: parameter sets, a sequence header.
    pub headers: Vec<&'a [u8]>,
    /// Pictures it shows.
    pub pictures: u32,
    /// Why the Viewer would show it wrong.
    pub defect: Option<Defect>,
    /// A message in it asks for the picture to be turned.
    pub rotated: bool,
    /// A message in it says that decoding may begin here, though pictures may be wrong at first: intra refresh.
    pub recovers: bool,
    /// Bytes at the front that have to stay there: an access unit delimiter.
    pub delimiter: usize,
    /// The picture's format, where the packet says it.
    pub format: Option<PictureFormat>,
}

impl AccessUnit<'_> {
    /// A sample that the Viewer takes for the start of a GOP, and that is one.
    pub fn is_keyframe(&self) -> bool {
        self.starts_gop && self.has_headers
    }
}

/// What the Viewer cannot show right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    /// A slice that refers to later pictures, in a codec whose pictures then come in another order.
    BSlice,
    /// A picture that is shown before the keyframe it follows in the stream.
    Leading,
    /// A keyframe that is not shown at its place in the stream.
    HiddenKeyframe,
    /// The picture may have another size than the stream says.
    OwnSize,
    /// Bytes that are not of this codec, or in a form that the Viewer does not read.
    Unreadable,
}

/// The picture format that a stream's headers declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PictureFormat {
    pub width: u32,
    pub height: u32,
    pub depth: u8,
    pub chroma: Chroma,
    /// Pictures may be coded as two fields.
    pub fields: bool,
    /// The headers promise that pictures are stored in the order they are shown.
    pub in_order: bool,
}

/// How the chroma planes are subsampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chroma {
    Grey,
    C420,
    C422,
    C444,
}

impl Chroma {
    /// `chroma_format_idc` of H.264 and H.265.
    pub fn from_idc(idc: u32) -> Option<Self> {
        match idc {
            0 => Some(Self::Grey),
            1 => Some(Self::C420),
            2 => Some(Self::C422),
            3 => Some(Self::C444),
            _ => None,
        }
    }
}

impl std::fmt::Display for Chroma {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Grey => "grey",
            Self::C420 => "4:2:0",
            Self::C422 => "4:2:2",
            Self::C444 => "4:4:4",
        })
    }
}

/// Inspects the packets of one stream, in their order.
#[derive(Debug, Default)]
pub(crate) struct Inspector {
    codec: SampleCodec,
    /// AV1's frame headers cannot be read without it.
    sequence: Option<av1::Sequence>,
}

impl Inspector {
    pub fn new(codec: SampleCodec) -> Self {
        Self { codec, sequence: None }
    }

    pub fn inspect<'a>(&mut self, data: &'a [u8]) -> AccessUnit<'a> {
        match self.codec {
            SampleCodec::H264 => h264::inspect(data),
            SampleCodec::H265 => h265::inspect(data),
            SampleCodec::Av1 => av1::inspect(data, &mut self.sequence),
            SampleCodec::Vp8 => vpx::inspect_vp8(data),
            SampleCodec::Vp9 => vpx::inspect_vp9(data),
        }
    }
}

/// The headers of a stream, to put in front of a keyframe that lacks them.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Headers {
    annexb: bool,
    known: Vec<Vec<u8>>,
}

impl Headers {
    pub fn new(codec: SampleCodec) -> Self {
        let annexb = matches!(codec, SampleCodec::H264 | SampleCodec::H265);
        Self { annexb, known: Vec::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Take the headers of the stream's first keyframe, or those its container keeps.
    pub fn learn(&mut self, headers: &[&[u8]]) {
        self.known = headers.iter().map(|h| h.to_vec()).collect();
        self.known.dedup();
    }

    /// All of these are known: the stream did not change.
    pub fn hold(&self, headers: &[&[u8]]) -> bool {
        headers.iter().all(|h| self.known.iter().any(|k| k == h))
    }

    /// `data` with all headers in front, behind its first `delimiter` bytes.
    pub fn insert(&self, data: &[u8], delimiter: usize) -> Vec<u8> {
        let (front, rest) = data.split_at(delimiter.min(data.len()));
        let extra: usize = self.known.iter().map(|h| h.len() + 4).sum();
        let mut whole = Vec::with_capacity(data.len() + extra);
        whole.extend_from_slice(front);
        for header in &self.known {
            if self.annexb {
                whole.extend_from_slice(&[0, 0, 0, 1]);
            }
            whole.extend_from_slice(header);
        }
        whole.extend_from_slice(rest);
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_go_behind_the_delimiter() {
        let mut headers = Headers::new(SampleCodec::H264);
        assert!(headers.is_empty());
        headers.learn(&[&[0x67, 1], &[0x68, 2]]);
        assert!(headers.hold(&[&[0x68, 2]]) && !headers.hold(&[&[0x68, 3]]));
        let data = [0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 0x65, 7];
        let whole = headers.insert(&data, 6);
        let expected =
            [&data[..6], &[0, 0, 0, 1, 0x67, 1], &[0, 0, 0, 1, 0x68, 2], &data[6..]].concat();
        assert_eq!(whole, expected);
        let unit = h264::inspect(&whole);
        assert!(unit.has_headers && unit.delimiter == 6);
    }
}
