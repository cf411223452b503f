//! A decoder of text subtitles.
//! The caller parses its events.

use std::mem::MaybeUninit;
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError, text};
use super::input::Input;
use super::log::LogOwner;
use super::packet::Packet;
use super::raw;

/// An open decoder for one subtitle stream.
pub(crate) struct SubtitleDecoder {
    context: *mut ffi::AVCodecContext,
    log: LogOwner,
}

// SAFETY: the context is used by one thread at a time, which libavcodec allows.
unsafe impl Send for SubtitleDecoder {}

impl SubtitleDecoder {
    pub fn open(input: &mut Input, stream: usize) -> Result<Self, FfmpegError> {
        let time_base = input.stream(stream).map(|s| s.time_base);
        let (Some(parameters), Some(time_base)) = (input.parameters(stream), time_base) else {
            return Err(AvError(ffi::AVERROR_STREAM_NOT_FOUND).into());
        };
        // SAFETY: the parameters belong to the open input and are copied; the context is freed by `Drop` whatever
        // happens from here on.
        unsafe {
            let codec = raw::avcodec_find_decoder(raw::codec_id(parameters));
            if codec.is_null() {
                return Err(AvError(ffi::AVERROR_DECODER_NOT_FOUND).into());
            }
            let context = ffi::avcodec_alloc_context3(codec);
            let decoder = Self { context, log: LogOwner::new() };
            if context.is_null() {
                return Err(AvError::NO_MEMORY.into());
            }
            AvError::check(ffi::avcodec_parameters_to_context(context, parameters))?;
            (*context).opaque = decoder.log.token();
            (*context).pkt_timebase = ffi::AVRational { num: time_base.num, den: time_base.den };
            decoder.log.check(|| ffi::avcodec_open2(context, codec, ptr::null_mut()))?;
            Ok(decoder)
        }
    }

    /// The events of a packet as ASS lines, and how many milliseconds after it they are shown.
    pub fn decode(&mut self, packet: &Packet) -> Result<(Vec<String>, u32), FfmpegError> {
        use ffmpeg_next::packet::Ref as _;
        let mut subtitle = MaybeUninit::<ffi::AVSubtitle>::zeroed();
        let mut got = 0;
        // SAFETY: the context is open, the packet valid and not changed; a zeroed subtitle is one without rectangles.
        let mut subtitle = unsafe {
            let packet = packet.0.as_ptr().cast_mut();
            self.log.check(|| {
                ffi::avcodec_decode_subtitle2(self.context, subtitle.as_mut_ptr(), &mut got, packet)
            })?;
            subtitle.assume_init()
        };
        if got == 0 {
            return Ok((Vec::new(), 0));
        }
        let mut events = Vec::new();
        for index in 0..subtitle.num_rects as usize {
            // SAFETY: FFmpeg filled `num_rects` rectangles; the text of one is null or a C string until it is freed.
            unsafe {
                events.extend(text((**subtitle.rects.add(index)).ass));
            }
        }
        let delay = subtitle.start_display_time;
        // SAFETY: FFmpeg filled it, and nothing of it is used after this.
        unsafe { ffi::avsubtitle_free(&mut subtitle) };
        Ok((events, delay))
    }
}

impl Drop for SubtitleDecoder {
    fn drop(&mut self) {
        let _scope = self.log.enter();
        // SAFETY: the context is ours and is not used after this.
        unsafe { ffi::avcodec_free_context(&mut self.context) };
    }
}
