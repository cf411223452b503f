//! A chain of FFmpeg's filters for sound.
//! The caller writes the chain.

use std::ptr;

use super::frame::AudioFrame;
use crate::ffi::av::{AvError, FfmpegError, Received};
use crate::ffi::filters::{Ends, Filters, GraphError};
use crate::time::{TimeBase, rescale};

/// What the samples of a frame are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AudioShape {
    /// FFmpeg's name of the sample format.
    pub format: String,
    /// Samples a second.
    pub sample_rate: u32,
    pub channels: u32,
    /// FFmpeg's name of the channel layout.
    pub layout: String,
}

/// A configured graph.
pub(crate) struct AudioGraph {
    filters: Filters,
    takes: AudioShape,
}

impl AudioGraph {
    /// A graph that takes frames like `input` with times in nanoseconds.
    pub fn new(input: &AudioShape, chain: &str) -> Result<Self, GraphError> {
        let AudioShape { format, sample_rate, layout, .. } = input;
        let args = format!(
            "time_base=1/1000000000:sample_rate={sample_rate}:sample_fmt={format}:channel_layout={layout}"
        );
        let ends = Ends { source: c"abuffer", args: &args, sink: c"abuffersink" };
        Ok(Self { filters: Filters::new(&ends, chain, None)?, takes: input.clone() })
    }

    /// Let every frame but the last have this many samples; 0 for any number.
    pub fn set_frame_size(&mut self, samples: u32) {
        self.filters.set_frame_size(samples);
    }

    /// Give the graph a frame like those that it was built for, or `None` at the end.
    pub fn send(&mut self, frame: Option<AudioFrame>) -> Result<(), FfmpegError> {
        // Filters read what they were configured for.
        if frame.as_ref().is_some_and(|frame| frame.shape() != self.takes) {
            return Err(AvError::INVALID.into());
        }
        // SAFETY: the frame, if any, is valid and of the kind that the graph takes; what FFmpeg leaves is freed here.
        unsafe {
            match frame {
                Some(mut frame) => self.filters.send(frame.0.as_mut_ptr()),
                None => self.filters.send(ptr::null_mut()),
            }
        }
    }

    /// The next frame that is ready, its time in nanoseconds again.
    pub fn receive(&mut self) -> Result<Received<AudioFrame>, FfmpegError> {
        let mut frame = AudioFrame::empty()?;
        // SAFETY: the frame is valid and empty.
        let received = unsafe { self.filters.receive(frame.0.as_mut_ptr()) }?;
        let time_base = self.filters.time_base();
        Ok(received.map(|()| {
            let time = frame.time().map(|time| rescale(time, time_base, TimeBase::NANOSECONDS));
            frame.set_time(time);
            frame
        }))
    }
}
