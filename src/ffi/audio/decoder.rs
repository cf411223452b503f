//! A decoder of sound.
//! It neither counts damage nor corrects times.

use ffmpeg_next::ffi;

use super::frame::AudioFrame;
use crate::ffi::av::{AvError, FfmpegError, Received};
use crate::ffi::codec_context::Context;
use crate::ffi::input::Input;
use crate::ffi::packet::Packet;
use crate::ffi::raw;
use crate::time::{TimeBase, rescale};

/// An open decoder for one stream.
pub(crate) struct AudioDecoder {
    context: Context,
    time_base: TimeBase,
    /// MPEG audio of one of its layers.
    is_mpeg: bool,
}

impl AudioDecoder {
    pub fn open(input: &Input, stream: usize) -> Result<Self, FfmpegError> {
        let time_base = input.stream(stream).map(|s| s.time_base);
        let (Some(parameters), Some(time_base)) = (input.parameters(stream), time_base) else {
            return Err(AvError(ffi::AVERROR_STREAM_NOT_FOUND).into());
        };
        // SAFETY: the parameters belong to the open input and are copied; descriptions of codecs are static.
        let context = unsafe {
            let codec = raw::avcodec_find_decoder(raw::codec_id(parameters));
            if codec.is_null() {
                return Err(AvError(ffi::AVERROR_DECODER_NOT_FOUND).into());
            }
            Context::open(codec, Some(parameters), time_base, None, &Vec::new())?
        };
        let mpeg = [
            ffi::AVCodecID::AV_CODEC_ID_MP1,
            ffi::AVCodecID::AV_CODEC_ID_MP2,
            ffi::AVCodecID::AV_CODEC_ID_MP3,
        ];
        let is_mpeg = mpeg.iter().any(|&id| id as raw::CodecId == context.codec());
        Ok(Self { context, time_base, is_mpeg })
    }

    /// Give the decoder a packet, or `None` at the end.
    pub fn send(&mut self, packet: Option<&Packet>) -> Result<(), FfmpegError> {
        self.context.send(packet)
    }

    /// The next frame that is ready, without what the container says to skip, its time in nanoseconds on the input's
    /// clock.
    pub fn receive(&mut self) -> Result<Received<AudioFrame>, FfmpegError> {
        let mut frame = AudioFrame::empty()?;
        // SAFETY: the frame is valid and empty.
        let received = unsafe { self.context.receive(frame.0.as_mut_ptr()) }?;
        let nanos = |ticks| rescale(ticks, self.time_base, TimeBase::NANOSECONDS);
        if self.is_mpeg {
            // The first frame behind a change of the rate still states the old one.
            // SAFETY: reads and writes plain fields of a valid context and a valid frame.
            unsafe { (*frame.0.as_mut_ptr()).sample_rate = (*self.context.as_ptr()).sample_rate };
        }
        Ok(received.map(|()| {
            let time = frame.0.timestamp().or(frame.time()).map(nanos);
            frame.set_time(time);
            frame
        }))
    }

    /// How many frames broke off in their middle since the last call. FFmpeg fills them up and returns no error.
    pub fn take_concealed(&self) -> u64 {
        self.context.take_concealed_sound()
    }
}
