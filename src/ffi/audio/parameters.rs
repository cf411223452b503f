//! The parameters of one stream of sound: its codec, headers, rate and channels.
//! It reads no packet.

use std::ptr;

use ffmpeg_next::ffi;

use super::graph::AudioShape;
use crate::ffi::av::{AvError, bytes, text};
use crate::ffi::input::Input;
use crate::ffi::packet::Packet;
use crate::ffi::raw;

/// Owned parameters of a stream of sound.
pub(crate) struct AudioParameters(*mut ffi::AVCodecParameters);

// SAFETY: the parameters are ours alone, and are only read through a shared reference.
unsafe impl Send for AudioParameters {}
// SAFETY: as above.
unsafe impl Sync for AudioParameters {}

impl AudioParameters {
    /// Those of a stream of an open input.
    pub fn of(input: &Input, stream: usize) -> Result<Self, AvError> {
        let parameters = input.parameters(stream).ok_or(AvError(ffi::AVERROR_STREAM_NOT_FOUND))?;
        // SAFETY: the parameters belong to the open input, and are only read.
        unsafe { Self::copy(parameters) }
    }

    pub(super) fn empty() -> Result<Self, AvError> {
        // SAFETY: allocates; null where there is no memory.
        let parameters = unsafe { ffi::avcodec_parameters_alloc() };
        if parameters.is_null() { Err(AvError::NO_MEMORY) } else { Ok(Self(parameters)) }
    }

    /// # Safety
    /// `parameters` are valid.
    unsafe fn copy(parameters: *const ffi::AVCodecParameters) -> Result<Self, AvError> {
        let copy = Self::empty()?;
        // SAFETY: ours are valid, and the caller's promise.
        AvError::check(unsafe { ffi::avcodec_parameters_copy(copy.0, parameters) })?;
        Ok(copy)
    }

    /// The same with other headers.
    pub fn with_extradata(&self, extradata: &[u8]) -> Result<Self, AvError> {
        // SAFETY: ours are valid.
        let copy = unsafe { Self::copy(self.0) }?;
        let size = i32::try_from(extradata.len()).map_err(|_large| AvError::INVALID_DATA)?;
        // SAFETY: the extradata belongs to the parameters, and is replaced by new memory of the size that FFmpeg wants
        // behind it.
        unsafe {
            let padded = extradata.len() + ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize;
            let new = ffi::av_mallocz(padded).cast::<u8>();
            if new.is_null() {
                return Err(AvError::NO_MEMORY);
            }
            ptr::copy_nonoverlapping(extradata.as_ptr(), new, extradata.len());
            ffi::av_freep(ptr::addr_of_mut!((*copy.0).extradata).cast());
            (*copy.0).extradata = new;
            (*copy.0).extradata_size = size;
        }
        Ok(copy)
    }

    /// The same at another rate and with other channels, in their usual layout.
    pub fn with_shape(&self, sample_rate: u32, channels: u32) -> Result<Self, AvError> {
        let whole = |n: u32| i32::try_from(n).map_err(|_large| AvError::INVALID_DATA);
        let (sample_rate, channels) = (whole(sample_rate)?, whole(channels)?);
        // SAFETY: ours are valid, and so is their copy; the layout is replaced by one without memory of its own.
        unsafe {
            let copy = Self::copy(self.0)?;
            (*copy.0).sample_rate = sample_rate;
            ffi::av_channel_layout_uninit(&mut (*copy.0).ch_layout);
            ffi::av_channel_layout_default(&mut (*copy.0).ch_layout, channels);
            Ok(copy)
        }
    }

    /// FFmpeg's name of the codec.
    pub fn codec(&self) -> String {
        // SAFETY: the parameters are valid, and names of codecs are static.
        unsafe { text(raw::avcodec_get_name(raw::codec_id(self.0))) }.unwrap_or_default()
    }

    /// The codec's headers.
    pub fn extradata(&self) -> &[u8] {
        // SAFETY: the extradata belongs to the parameters, and has the stated size.
        unsafe { bytes((*self.0).extradata, (*self.0).extradata_size) }
    }

    /// Samples a second; 0 where unknown.
    pub fn sample_rate(&self) -> u32 {
        // SAFETY: reads a plain field.
        u32::try_from(unsafe { (*self.0).sample_rate }).unwrap_or(0)
    }

    pub fn channels(&self) -> u32 {
        // SAFETY: reads a plain field.
        u32::try_from(unsafe { (*self.0).ch_layout.nb_channels }).unwrap_or(0)
    }

    /// What its samples decode to, as far as it is stated.
    pub fn shape(&self) -> AudioShape {
        // SAFETY: reads plain fields; names of formats are static, null where there is none.
        let format = unsafe { text(raw::av_get_sample_fmt_name((*self.0).format)) };
        AudioShape {
            format: format.unwrap_or_default(),
            sample_rate: self.sample_rate(),
            channels: self.channels(),
            layout: String::new(),
        }
    }

    /// FFmpeg's number of the codec's profile; negative where unknown.
    pub fn profile(&self) -> i32 {
        // SAFETY: reads a plain field.
        unsafe { (*self.0).profile }
    }

    /// Whether decoding gives exactly the samples that were encoded.
    pub fn is_lossless(&self) -> bool {
        // SAFETY: descriptors are static tables of FFmpeg, null where there is none.
        unsafe {
            let descriptor = raw::avcodec_descriptor_get(raw::codec_id(self.0));
            let lossy = ffi::AV_CODEC_PROP_LOSSY;
            // WavPack may be either, and hardly ever is lossy.
            !descriptor.is_null() && ((*descriptor).props & lossy == 0 || self.codec() == "wavpack")
        }
    }

    /// Samples of one channel in a packet, where that follows from the codec and the packet's size.
    pub fn samples_in(&self, packet: &Packet) -> Option<u32> {
        let size = i32::try_from(packet.size()).ok()?;
        // SAFETY: the parameters are valid; FFmpeg only reads them, though it takes them as mutable.
        let samples = unsafe { ffi::av_get_audio_frame_duration2(self.0, size) };
        u32::try_from(samples).ok().filter(|&samples| samples > 0)
    }

    pub(in crate::ffi) fn as_ptr(&self) -> *mut ffi::AVCodecParameters {
        self.0
    }
}

impl Drop for AudioParameters {
    fn drop(&mut self) {
        // SAFETY: the parameters are ours and are not used after this.
        unsafe { ffi::avcodec_parameters_free(&mut self.0) };
    }
}
