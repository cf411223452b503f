//! An encoder of sound.
//! The caller chooses which one, and its settings.

use std::ffi::CString;
use std::ptr;

use ffmpeg_next::ffi;

use super::frame::AudioFrame;
use super::graph::AudioShape;
use super::parameters::AudioParameters;
use crate::ffi::av::{AvError, FfmpegError, Received};
use crate::ffi::encoder_context::EncoderContext;
use crate::ffi::packet::Packet;
use crate::ffi::raw;

/// An open encoder. Its times count samples.
pub(crate) struct AudioEncoder {
    context: EncoderContext,
    takes: AudioShape,
}

impl AudioEncoder {
    /// Open the encoder of that name; `bit_rate` 0 is the encoder's own.
    pub fn open(name: &str, takes: AudioShape, bit_rate: i64) -> Result<Self, FfmpegError> {
        let invalid = |_nul| AvError::INVALID;
        let format = CString::new(takes.format.as_str()).map_err(invalid)?;
        let layout = CString::new(takes.layout.as_str()).map_err(invalid)?;
        let rate = i32::try_from(takes.sample_rate).map_err(|_large| AvError::INVALID)?;
        let mut context = EncoderContext::new(name)?;
        let ptr = context.as_ptr();
        // SAFETY: the names are C strings. The context is valid and not open yet.
        unsafe {
            let sample_format = raw::av_get_sample_fmt(format.as_ptr());
            raw::write_enum(ptr::addr_of_mut!((*ptr).sample_fmt), sample_format);
            (*ptr).sample_rate = rate;
            (*ptr).time_base = ffi::AVRational { num: 1, den: rate };
            let own = ptr::addr_of_mut!((*ptr).ch_layout);
            AvError::check(ffi::av_channel_layout_from_string(own, layout.as_ptr()))?;
            if bit_rate > 0 {
                (*ptr).bit_rate = bit_rate;
            }
            // Headers go to the container, which asks for them.
            (*ptr).flags |= ffi::AV_CODEC_FLAG_GLOBAL_HEADER as i32;
        }
        context.open(None)?;
        Ok(Self { context, takes })
    }

    /// Samples that every frame but the last must have; 0 for any number.
    pub fn frame_size(&self) -> u32 {
        // SAFETY: reads a plain field of an open context.
        u32::try_from(unsafe { (*self.context.as_ptr()).frame_size }).unwrap_or(0)
    }

    pub fn parameters(&self) -> Result<AudioParameters, AvError> {
        let parameters = AudioParameters::empty()?;
        // SAFETY: the context is open, and the parameters are valid.
        AvError::check(unsafe {
            ffi::avcodec_parameters_from_context(parameters.as_ptr(), self.context.as_ptr())
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
        // SAFETY: the context is open; the frame, if any, is valid for the call and of the kind that it takes.
        unsafe {
            let frame = frame.as_ref().map_or(ptr::null(), |frame| frame.0.as_ptr());
            self.context.send(frame)
        }
    }

    /// The next packet that is ready. Its time may be negative: an encoder's delay.
    pub fn receive(&mut self) -> Result<Received<Packet>, FfmpegError> {
        let mut packet = ffmpeg_next::Packet::empty();
        let received = self.context.receive(&mut packet)?;
        Ok(received.map(|()| Packet::at(packet, 0)))
    }
}
