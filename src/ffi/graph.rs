//! A chain of FFmpeg's video filters from one source to one sink.
//! What the chain says is the caller's.

use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError, Received};
use super::frame::Frame;
use super::geometry::Geometry;
use super::log::LogOwner;
use crate::time::{FrameRate, TimeBase, Timed as _, rescale};

/// Why a graph was not built, and by which step.
#[derive(Debug)]
pub(crate) struct GraphError {
    pub step: &'static str,
    pub error: FfmpegError,
}

impl std::fmt::Display for GraphError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.error.logged {
            Some(line) => f.write_str(line),
            None => write!(f, "{} it failed: {}", self.step, self.error),
        }
    }
}

/// A configured graph.
pub(crate) struct Graph {
    graph: *mut ffi::AVFilterGraph,
    source: *mut ffi::AVFilterContext,
    sink: *mut ffi::AVFilterContext,
    /// What every frame must be: width, height and pixel format.
    takes: (u32, u32, i32),
    log: LogOwner,
}

// SAFETY: the graph is used by one thread at a time, which libavfilter allows.
unsafe impl Send for Graph {}

impl Graph {
    /// A graph that takes frames like `input` with times in nanoseconds.
    pub fn new(
        input: &Geometry,
        matrix: i32,
        frame_rate: Option<FrameRate>,
        chain: &str,
    ) -> Result<Self, GraphError> {
        let failed = |step| move |error: FfmpegError| GraphError { step, error };
        let (num, den) =
            if input.aspect.0 > 0 && input.aspect.1 > 0 { input.aspect } else { (0, 1) };
        let mut args = format!(
            "video_size={}x{}:pix_fmt={}:time_base=1/1000000000:pixel_aspect={num}/{den}",
            input.width, input.height, input.format,
        );
        if let Some(rate) = frame_rate {
            args += &format!(":frame_rate={rate}");
        }
        // From FFmpeg 7.0 the source wants to know the colours before the first frame; earlier ones know no such option.
        if source_has_option(c"colorspace") {
            let range = if input.full_range { 2 } else { 1 };
            args += &format!(":colorspace={matrix}:range={range}");
        }
        // SAFETY: the graph is ours and freed by `Drop` whatever happens; source and sink belong to it. All strings
        // outlive the calls.
        unsafe {
            let mut graph = Self {
                graph: ffi::avfilter_graph_alloc(),
                source: ptr::null_mut(),
                sink: ptr::null_mut(),
                takes: (input.width, input.height, input.format),
                log: LogOwner::new(),
            };
            if graph.graph.is_null() {
                return Err(failed("allocating")(AvError::NO_MEMORY.into()));
            }
            (*graph.graph).opaque = graph.log.token();
            graph.source = graph.filter(c"buffer", c"in", &args).map_err(failed("source"))?;
            graph.sink = graph.filter(c"buffersink", c"out", "").map_err(failed("sink"))?;
            graph.link(chain).map_err(failed("parsing"))?;
            let configure = || ffi::avfilter_graph_config(graph.graph, ptr::null_mut());
            graph.log.check(configure).map_err(failed("configuring"))?;
            Ok(graph)
        }
    }

    unsafe fn filter(
        &mut self,
        filter: &CStr,
        name: &CStr,
        args: &str,
    ) -> Result<*mut ffi::AVFilterContext, FfmpegError> {
        let args = CString::new(args).map_err(|_nul| AvError::INVALID)?;
        let mut context = ptr::null_mut();
        // SAFETY: the caller's graph is valid, and all strings outlive the call.
        self.log.check(|| unsafe {
            ffi::avfilter_graph_create_filter(
                &mut context,
                ffi::avfilter_get_by_name(filter.as_ptr()),
                name.as_ptr(),
                args.as_ptr(),
                ptr::null_mut(),
                self.graph,
            )
        })?;
        Ok(context)
    }

    unsafe fn link(&mut self, chain: &str) -> Result<(), FfmpegError> {
        let chain = CString::new(chain).map_err(|_nul| AvError::INVALID)?;
        // SAFETY: the ends are allocated here, taken over by the parser, and freed by it or below.
        unsafe {
            // Seen from the chain, our source is an open output and our sink an open input.
            let mut outputs = ffi::avfilter_inout_alloc();
            let mut inputs = ffi::avfilter_inout_alloc();
            if outputs.is_null() || inputs.is_null() {
                ffi::avfilter_inout_free(&mut outputs);
                ffi::avfilter_inout_free(&mut inputs);
                return Err(AvError::NO_MEMORY.into());
            }
            (*outputs).name = ffi::av_strdup(c"in".as_ptr());
            (*outputs).filter_ctx = self.source;
            (*inputs).name = ffi::av_strdup(c"out".as_ptr());
            (*inputs).filter_ctx = self.sink;
            let parsed = self.log.check(|| {
                ffi::avfilter_graph_parse_ptr(
                    self.graph,
                    chain.as_ptr(),
                    &mut inputs,
                    &mut outputs,
                    ptr::null_mut(),
                )
            });
            ffi::avfilter_inout_free(&mut outputs);
            ffi::avfilter_inout_free(&mut inputs);
            parsed?;
        }
        Ok(())
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
        // SAFETY: the source belongs to the graph; FFmpeg takes the frame's references and leaves it blank, and it is
        // freed here.
        self.log.check(|| unsafe {
            match frame {
                Some(mut frame) => ffi::av_buffersrc_add_frame(self.source, frame.0.as_mut_ptr()),
                None => ffi::av_buffersrc_add_frame(self.source, ptr::null_mut()),
            }
        })?;
        Ok(())
    }

    /// The next frame that is ready, its time in nanoseconds again.
    pub fn receive(&mut self) -> Result<Received<Frame>, FfmpegError> {
        let mut frame = Frame::empty()?;
        let code = {
            let _scope = self.log.enter();
            // SAFETY: the sink belongs to the graph and the frame is valid and empty.
            unsafe { ffi::av_buffersink_get_frame(self.sink, frame.0.as_mut_ptr()) }
        };
        let mut received = Received::from_code(code, frame).map_err(|code| self.log.error(code))?;
        if let Received::Output(frame) = &mut received {
            let time = frame.0.pts().unwrap_or(0);
            frame.set_time(rescale(time, self.time_base(), TimeBase::NANOSECONDS));
        }
        Ok(received)
    }

    /// Of the frames that come out. Filters such as bwdif change it.
    fn time_base(&self) -> TimeBase {
        // SAFETY: the sink belongs to a configured graph.
        let time_base = unsafe { ffi::av_buffersink_get_time_base(self.sink) };
        TimeBase::new(time_base.num, time_base.den)
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        let _scope = self.log.enter();
        // SAFETY: the graph is ours and is not used after this; it frees its filters.
        unsafe { ffi::avfilter_graph_free(&mut self.graph) };
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
