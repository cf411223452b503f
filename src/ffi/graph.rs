//! A chain of FFmpeg's video filters.
//! The caller builds the chain.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError, Received};
use super::filters::{Ends, Filters, GraphError};
use super::frame::Frame;
use super::geometry::Geometry;
use crate::time::{FrameRate, TimeBase, Timed as _, rescale};

/// A configured graph.
pub(crate) struct Graph {
    filters: Filters,
    /// What every frame must be: width, height and pixel format.
    takes: (u32, u32, i32),
}

impl Graph {
    /// A graph that takes frames like `input` with times in nanoseconds. `None` threads: FFmpeg chooses.
    pub fn new(
        input: &Geometry,
        matrix: i32,
        frame_rate: Option<FrameRate>,
        chain: &str,
        threads: Option<usize>,
    ) -> Result<Self, GraphError> {
        let (num, den) =
            if input.aspect.0 > 0 && input.aspect.1 > 0 { input.aspect } else { (0, 1) };
        let mut args = format!(
            "video_size={}x{}:pix_fmt={}:time_base=1/1000000000:pixel_aspect={num}/{den}",
            input.width, input.height, input.format,
        );
        if let Some(rate) = frame_rate {
            args += &format!(":frame_rate={rate}");
        }
        // From FFmpeg 7.0 the source wants to know the colours before the first frame; earlier ones know no such
        // option.
        if source_has_option(c"colorspace") {
            let range = if input.full_range { 2 } else { 1 };
            args += &format!(":colorspace={matrix}:range={range}");
        }
        let ends = Ends { source: c"buffer", args: &args, sink: c"buffersink" };
        let filters = Filters::new(&ends, chain, threads)?;
        Ok(Self { filters, takes: (input.width, input.height, input.format) })
    }

    /// Give the graph a frame, or `None` at the end. Every frame has the size and the format that the graph was built
    /// for.
    pub fn send(&mut self, frame: Option<Frame>) -> Result<(), FfmpegError> {
        // Filters read as many pixels as they were configured for.
        if let Some(frame) = &frame
            && (frame.width(), frame.height(), frame.format()) != self.takes
        {
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
    pub fn receive(&mut self) -> Result<Received<Frame>, FfmpegError> {
        let mut frame = Frame::empty()?;
        // SAFETY: the frame is valid and empty.
        let received = unsafe { self.filters.receive(frame.0.as_mut_ptr()) }?;
        let time_base = self.filters.time_base();
        Ok(received.map(|()| {
            let time = frame.0.pts().unwrap_or(0);
            frame.set_time(rescale(time, time_base, TimeBase::NANOSECONDS));
            frame
        }))
    }
}

fn source_has_option(name: &CStr) -> bool {
    // SAFETY: the filter's description and its class are static; a class pointer may stand for an object when the
    // search flag says so.
    unsafe {
        let filter = ffi::avfilter_get_by_name(c"buffer".as_ptr());
        if filter.is_null() || (*filter).priv_class.is_null() {
            return false;
        }
        let mut class = (*filter).priv_class;
        let fake = ptr::addr_of_mut!(class).cast::<c_void>();
        const FAKE_OBJECT: c_int = ffi::AV_OPT_SEARCH_FAKE_OBJ as c_int;
        !ffi::av_opt_find(fake, name.as_ptr(), ptr::null(), 0, FAKE_OBJECT).is_null()
    }
}
