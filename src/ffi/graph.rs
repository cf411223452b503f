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
    /// The time of the last frame that was sent, and its distance from the one before it.
    last: Option<(i64, Option<i64>)>,
    /// How long a single frame is shown, at the stated rate.
    single: i64,
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
        Ok(Self {
            filters,
            takes: (input.width, input.height, input.format),
            last: None,
            single: frame_rate.map_or(0, single),
        })
    }

    /// Give the graph a frame, of the size and the format that it was built for.
    pub fn send(&mut self, mut frame: Frame) -> Result<(), FfmpegError> {
        // Filters read as many pixels as they were configured for.
        if (frame.width(), frame.height(), frame.format()) != self.takes {
            return Err(AvError::INVALID.into());
        }
        let (time, before) = (frame.time(), self.last.map(|(time, _)| time));
        self.last = Some((time, before.map(|before| time.saturating_sub(before))));
        // SAFETY: the frame is valid and of the kind that the graph takes; what FFmpeg leaves is freed here.
        unsafe { self.filters.send(frame.0.as_mut_ptr()) }
    }

    /// No more frames come. The last one is shown until `end`, or else as long as the one before it: a filter that
    /// repeats frames would leave it out if it ended where it begins.
    pub fn end(&mut self, end: Option<i64>) -> Result<(), FfmpegError> {
        let Some((last, interval)) = self.last else { return self.filters.close(0) };
        let shown = interval.unwrap_or(self.single);
        self.filters.close(end.unwrap_or(last.saturating_add(shown)))
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

/// Nanoseconds of a frame at a rate, and at most a second: nothing may be driven by an absurd rate.
fn single(rate: FrameRate) -> i64 {
    let (num, den) = rate.to_ffmpeg();
    rescale(1, TimeBase::new(den, num), TimeBase::NANOSECONDS).min(1_000_000_000)
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
