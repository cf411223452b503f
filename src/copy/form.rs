//! The form of a stream's packets, and how they become what Rerun takes: Annex B, headers in every keyframe.
//! It checks no packet; `check.rs` does.

use std::sync::{Arc, OnceLock};

use crate::bitstream::access_unit::{Headers, Inspector, PictureFormat};
use crate::copy::check::Check;
use crate::copy::packets::ToAnnexB;
use crate::copy::reason::Reason;
use crate::ffi::{BitstreamFilter, FfmpegError, Input};
use crate::sample::SampleCodec;

/// What has to be done with the packets of a stream, decided before the first one.
pub(crate) struct Form {
    pub(crate) codec: SampleCodec,
    /// Converts to Annex B, where NAL units have their length in front.
    pub(crate) filter: Option<ToAnnexB>,
    pub(crate) inspector: Inspector,
    pub(crate) headers: Headers,
    /// The container's own headers, in its own form.
    pub(crate) extradata: Vec<u8>,
    pub(crate) shape: Option<PictureFormat>,
    pub(crate) first: FirstHeaders,
}

impl Form {
    pub fn new(codec: SampleCodec, input: &Input, stream: usize) -> Result<Self, FfmpegError> {
        let extradata = input.extradata(stream);
        // An avcC or hvcC box begins with its version; Annex B begins with zeros.
        let boxed = extradata.first() == Some(&1);
        // Where the box has the size of the lengths, less one.
        let filter = match codec {
            SampleCodec::H264 if boxed => Some(("h264_mp4toannexb", 4)),
            SampleCodec::H265 if boxed => Some(("hevc_mp4toannexb", 21)),
            _ => None,
        };
        let open = |(name, at): (&str, usize)| -> Result<ToAnnexB, FfmpegError> {
            let in_place = extradata.get(at).is_some_and(|byte| byte & 3 == 3);
            Ok(ToAnnexB::new(BitstreamFilter::open(name, input, stream)?, in_place))
        };
        let filter = filter.map(open).transpose()?;
        let mut inspector = Inspector::new(codec);
        let mut headers = Headers::new(codec);
        let kept = match (&filter, codec) {
            (Some(filter), _) => filter.extradata(),
            (None, SampleCodec::Av1) => crate::bitstream::av1::headers_of(&extradata),
            (None, SampleCodec::H264 | SampleCodec::H265) => &extradata,
            (None, SampleCodec::Vp8 | SampleCodec::Vp9) => &[],
        };
        let mut shape = None;
        if !kept.is_empty() {
            let unit = inspector.inspect(kept);
            if unit.has_headers {
                headers.learn(&unit.headers);
                shape = unit.format;
            }
        }
        let first = FirstHeaders::default();
        Ok(Self { codec, filter, inspector, headers, extradata, shape, first })
    }

    /// For a later session of a live source, which has to begin with the same headers as the first one.
    pub fn like(self, first: &FirstHeaders) -> Self {
        Self { first: first.clone(), ..self }
    }

    /// Whether the headers alone promise that the stream can be copied.
    pub fn check_headers(&self) -> Result<(), Reason> {
        // These two have no such headers, and pack every shown picture into its own packet.
        if self.codec == SampleCodec::Vp9
            || (self.codec == SampleCodec::Av1 && self.shape.is_none())
        {
            return Ok(());
        }
        Check::check_headers(self.shape)
    }
}

/// The headers and the format that a video began with, which every later session of its source must have.
pub(crate) type FirstHeaders = Arc<OnceLock<(Headers, Option<PictureFormat>)>>;
