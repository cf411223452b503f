//! The start and the duration of an open container, as far as it states them.
//! Its packets are not read.

use ffmpeg_next::ffi;

use super::input::Input;
use super::raw;
use crate::time::{TimeBase, rescale};

/// `AVFMT_DURATION_FROM_STREAM`: not taken from the last packets, nor guessed from the size of the file.
const FROM_STREAM: i32 = 1;

impl Input {
    /// Earliest time of all streams, in microseconds.
    pub fn start_time(&self) -> Option<i64> {
        // SAFETY: reads a plain field of an open input.
        let start = unsafe { (*self.inner.as_ptr()).start_time };
        (start != ffi::AV_NOPTS_VALUE).then_some(start)
    }

    /// Length as the container says it, in microseconds.
    pub fn duration(&self) -> Option<i64> {
        if let Some(pictures) = &self.pictures {
            // An image sequence has one stream.
            let time_base = self.time_base_of_packets(0)?;
            return Some(rescale(pictures.len(), time_base, TimeBase::MICROSECONDS));
        }
        Some(self.inner.duration()).filter(|&d| d > 0)
    }

    /// Its duration comes from its headers or from those of its streams.
    pub fn states_its_duration(&self) -> bool {
        // SAFETY: reads a plain field of an open input, as the integer it is.
        let method = unsafe {
            let context = self.inner.as_ptr();
            raw::read_enum(std::ptr::addr_of!((*context).duration_estimation_method))
        };
        method == FROM_STREAM && self.pictures.is_none()
    }

    /// The time that a stream begins at, in its ticks.
    pub fn start_of(&self, index: usize) -> Option<i64> {
        let stream = self.inner.stream(index)?;
        Some(stream.start_time()).filter(|&start| start != ffi::AV_NOPTS_VALUE)
    }
}
