//! An encoder of sound.
//! Which one, and with which settings, is the caller's.

use std::ffi::CString;
use std::ptr;

use ffmpeg_next::ffi;

use super::frame::AudioFrame;
use super::graph::AudioShape;
use super::parameters::AudioParameters;
use crate::ffi::av::{AvError, FfmpegError, Received};
use crate::ffi::log::LogOwner;
use crate::ffi::packet::Packet;
use crate::ffi::raw;

/// An open encoder. Its times count samples.
pub(crate) struct AudioEncoder {
    context: *mut ffi::AVCodecContext,
    takes: AudioShape,
    log: LogOwner,
}

// SAFETY: the context is used by one thread at a time, which libavcodec allows.
unsafe impl Send for AudioEncoder {}

impl AudioEncoder {
    /// Open the encoder of that name; `bit_rate` 0 is the encoder's own.
    pub fn open(name: &str, takes: AudioShape, bit_rate: i64) -> Result<Self, FfmpegError> {
        let invalid = |_nul| AvError::INVALID;
        let name = CString::new(name).map_err(invalid)?;
        let format = CString::new(takes.format.as_str()).map_err(invalid)?;
        let layout = CString::new(takes.layout.as_str()).map_err(invalid)?;
        let rate = i32::try_from(takes.sample_rate).map_err(|_large| AvError::INVALID)?;
        // SAFETY: the context is ours and freed by `Drop` whatever happens; all strings outlive the calls.
        unsafe {
            let codec = ffi::avcodec_find_encoder_by_name(name.as_ptr());
            if codec.is_null() {
                return Err(AvError(ffi::AVERROR_ENCODER_NOT_FOUND).into());
            }
            let context = ffi::avcodec_alloc_context3(codec);
            let encoder = Self { context, takes, log: LogOwner::new() };
            if context.is_null() {
                return Err(AvError::NO_MEMORY.into());
            }
            (*context).opaque = encoder.log.token();
            let sample_format = raw::av_get_sample_fmt(format.as_ptr());
            raw::write_enum(ptr::addr_of_mut!((*context).sample_fmt), sample_format);
            (*context).sample_rate = rate;
            (*context).time_base = ffi::AVRational { num: 1, den: rate };
            let own = ptr::addr_of_mut!((*context).ch_layout);
            AvError::check(ffi::av_channel_layout_from_string(own, layout.as_ptr()))?;
            if bit_rate > 0 {
                (*context).bit_rate = bit_rate;
            }
            // Headers go to the container, which asks for them.
            (*context).flags |= ffi::AV_CODEC_FLAG_GLOBAL_HEADER as i32;
            encoder.log.check(|| ffi::avcodec_open2(context, codec, ptr::null_mut()))?;
            Ok(encoder)
        }
    }

    /// Samples that every frame but the last must have; 0 for any number.
    pub fn frame_size(&self) -> u32 {
        // SAFETY: reads a plain field of an open context.
        u32::try_from(unsafe { (*self.context).frame_size }).unwrap_or(0)
    }

    pub fn parameters(&self) -> Result<AudioParameters, AvError> {
        let parameters = AudioParameters::empty()?;
        // SAFETY: the context is open, and the parameters are valid.
        AvError::check(unsafe {
            ffi::avcodec_parameters_from_context(parameters.as_ptr(), self.context)
        })?;
        Ok(parameters)
    }

    /// Give the encoder a frame whose first sample is the `sample`th, or `None` at the end.
    pub fn send(&mut self, frame: Option<(AudioFrame, i64)>) -> Result<(), FfmpegError> {
        // Encoders read what they were opened for.
        if frame.as_ref().is_some_and(|(frame, _)| frame.shape() != self.takes) {
            return Err(AvError::INVALID.into());
        }
        let frame = frame.map(|(mut frame, sample)| {
            frame.set_time(Some(sample));
            frame
        });
        // SAFETY: the context is open; the frame, if any, is valid for the call and its samples are only read.
        self.log.check(|| unsafe {
            let frame = frame.as_ref().map_or(ptr::null(), |frame| frame.0.as_ptr());
            ffi::avcodec_send_frame(self.context, frame)
        })?;
        Ok(())
    }

    /// The next packet that is ready. Its time may be negative: an encoder's delay.
    pub fn receive(&mut self) -> Result<Received<Packet>, FfmpegError> {
        use ffmpeg_next::packet::Mut as _;
        let mut packet = ffmpeg_next::Packet::empty();
        // SAFETY: the context is open and the packet empty.
        let received = self.log.receive(|| unsafe {
            ffi::avcodec_receive_packet(self.context, packet.as_mut_ptr())
        })?;
        Ok(received.map(|()| Packet::at(packet, 0)))
    }
}

impl Drop for AudioEncoder {
    fn drop(&mut self) {
        let _scope = self.log.enter();
        // SAFETY: the context is ours and is not used after this.
        unsafe { ffi::avcodec_free_context(&mut self.context) };
    }
}
