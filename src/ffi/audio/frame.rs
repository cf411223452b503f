//! Decoded sound with its time.
//! It converts nothing.

use std::ffi::c_char;

use ffmpeg_next::ffi;

use super::graph::AudioShape;
use crate::ffi::av::{AvError, text};
use crate::ffi::raw;

/// Some samples of every channel, with their time in nanoseconds.
pub(crate) struct AudioFrame(pub(super) ffmpeg_next::frame::Audio);

impl AudioFrame {
    /// A frame without samples, for FFmpeg to fill.
    pub(super) fn empty() -> Result<Self, AvError> {
        let frame = ffmpeg_next::frame::Audio::empty();
        // SAFETY: the pointer is only compared: null where there was no memory.
        let is_null = unsafe { frame.as_ptr() }.is_null();
        if is_null { Err(AvError::NO_MEMORY) } else { Ok(Self(frame)) }
    }

    /// When it begins, where that is known.
    pub fn time(&self) -> Option<i64> {
        self.0.pts()
    }

    pub fn set_time(&mut self, time: Option<i64>) {
        self.0.set_pts(time);
    }

    /// Samples of one channel.
    pub fn samples(&self) -> u32 {
        // SAFETY: reads a plain field of a valid frame.
        u32::try_from(unsafe { (*self.0.as_ptr()).nb_samples }).unwrap_or(0)
    }

    /// What its samples are.
    pub fn shape(&self) -> AudioShape {
        // SAFETY: reads plain fields of a valid frame; names of formats are static, and the layout's description is
        // written into a buffer of the size that is given, with a NUL at its end.
        unsafe {
            let ptr = self.0.as_ptr();
            let channels = (*ptr).ch_layout.nb_channels;
            let mut layout: [c_char; 64] = [0; 64];
            if raw::read_enum(std::ptr::addr_of!((*ptr).ch_layout.order)) == 0 {
                // Unstated: the usual one.
                let mut usual = (*ptr).ch_layout;
                ffi::av_channel_layout_default(&mut usual, channels);
                ffi::av_channel_layout_describe(&usual, layout.as_mut_ptr(), layout.len());
            } else {
                let own = std::ptr::addr_of!((*ptr).ch_layout);
                ffi::av_channel_layout_describe(own, layout.as_mut_ptr(), layout.len());
            }
            AudioShape {
                format: text(raw::av_get_sample_fmt_name((*ptr).format)).unwrap_or_default(),
                sample_rate: u32::try_from((*ptr).sample_rate).unwrap_or(0),
                channels: u32::try_from(channels).unwrap_or(0),
                layout: text(layout.as_ptr()).unwrap_or_default(),
            }
        }
    }
}
