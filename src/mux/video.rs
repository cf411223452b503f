//! A track of video in a video file: its samples, each shown until the next one.
//! It writes nothing itself.

use super::order::Slot;
use crate::bitstream::access_unit::{Chroma, Inspector};
use crate::ffi::{AvError, FfmpegError, MuxedVideo};
use crate::sample::SampleCodec;
use crate::time::{TimeBase, rescale};

/// What is stated of a track.
#[derive(Debug, Clone)]
pub(crate) struct VideoSpec {
    pub codec: SampleCodec,
    pub title: Option<String>,
}

pub(super) struct VideoTrack {
    codec: SampleCodec,
    /// Known with the first sample.
    shape: Option<Shape>,
    /// A sample is complete once it is known how long it is shown.
    held: Option<(Slot, Vec<u8>)>,
    /// How long the last sample was shown, in ticks.
    duration: i64,
    pub ended: bool,
}

/// What the headers in a sample state.
struct Shape {
    width: u32,
    height: u32,
    extradata: Vec<u8>,
    /// 8 bits in 4:2:0.
    plain: bool,
}

impl VideoTrack {
    /// Ticks that hold every usual frame rate and every millisecond exactly.
    pub const TIME_BASE: TimeBase = TimeBase { num: 1, den: 720_000 };

    pub fn new(spec: &VideoSpec) -> Self {
        Self { codec: spec.codec, shape: None, held: None, duration: 0, ended: false }
    }

    /// What is stated of the stream; `None` before the first sample.
    pub fn stream(&self) -> Option<MuxedVideo<'_>> {
        let shape = self.shape.as_ref()?;
        Some(MuxedVideo {
            codec: self.codec.ffmpeg_name(),
            width: shape.width,
            height: shape.height,
            extradata: &shape.extradata,
            format: shape.plain.then_some("yuv420p"),
        })
    }

    /// Take a sample that is shown at `time`, in nanoseconds; the first is a keyframe with its headers. Returns the one
    /// before it, which is complete.
    pub fn push(
        &mut self,
        data: &[u8],
        time: i64,
        keyframe: bool,
    ) -> Result<Option<(Slot, Vec<u8>)>, FfmpegError> {
        if self.shape.is_none() {
            self.shape = Some(self.inspect(data)?);
        }
        let ticks = rescale(time, TimeBase::NANOSECONDS, Self::TIME_BASE);
        let slot = Slot { at: time, ticks, duration: 0, keyframe };
        let before = self.held.replace((slot, data.to_vec()));
        Ok(before.map(|(slot, data)| {
            self.duration = ticks - slot.ticks;
            (Slot { duration: self.duration, ..slot }, data)
        }))
    }

    /// The last sample, shown as long as the one before it.
    pub fn finish(&mut self) -> Option<(Slot, Vec<u8>)> {
        self.ended = true;
        let (slot, data) = self.held.take()?;
        Some((Slot { duration: self.duration, ..slot }, data))
    }

    fn inspect(&self, first: &[u8]) -> Result<Shape, AvError> {
        let unit = Inspector::new(self.codec).inspect(first);
        let format = unit.format.ok_or(AvError::INVALID_DATA)?;
        let annexb = matches!(self.codec, SampleCodec::H264 | SampleCodec::H265);
        let start_code: &[u8] = if annexb { &[0, 0, 0, 1] } else { &[] };
        let extradata = unit.headers.iter().flat_map(|header| [start_code, header]);
        Ok(Shape {
            width: format.width,
            height: format.height,
            extradata: extradata.collect::<Vec<_>>().concat(),
            plain: format.depth == 8 && format.chroma == Chroma::C420,
        })
    }
}
