//! A chain of FFmpeg filters from one source to one sink, for pictures or sound.
//! The caller builds the chain and types the frames.

use std::ffi::{CStr, CString, c_int};
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError, Received};
use super::log::LogOwner;
use crate::time::TimeBase;

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

/// FFmpeg's names of a source with its arguments, and of a sink.
pub(super) struct Ends<'a> {
    pub source: &'a CStr,
    pub args: &'a str,
    pub sink: &'a CStr,
}

/// A configured chain.
pub(super) struct Filters {
    graph: *mut ffi::AVFilterGraph,
    source: *mut ffi::AVFilterContext,
    sink: *mut ffi::AVFilterContext,
    log: LogOwner,
}

// SAFETY: the graph is used by one thread at a time, which libavfilter allows.
unsafe impl Send for Filters {}

impl Filters {
    pub fn new(ends: &Ends<'_>, chain: &str, threads: Option<usize>) -> Result<Self, GraphError> {
        let failed = |step| move |error: FfmpegError| GraphError { step, error };
        // SAFETY: the graph is ours and freed by `Drop` whatever happens; source and sink belong to it. All strings
        // outlive the calls.
        unsafe {
            let mut graph = Self {
                graph: ffi::avfilter_graph_alloc(),
                source: ptr::null_mut(),
                sink: ptr::null_mut(),
                log: LogOwner::new(),
            };
            if graph.graph.is_null() {
                return Err(failed("allocating")(AvError::NO_MEMORY.into()));
            }
            (*graph.graph).opaque = graph.log.token();
            // 0: as many as there are cores.
            (*graph.graph).nb_threads = threads.map_or(0, |n| c_int::try_from(n).unwrap_or(0));
            graph.source = graph.filter(ends.source, c"in", ends.args).map_err(failed("source"))?;
            graph.sink = graph.filter(ends.sink, c"out", "").map_err(failed("sink"))?;
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

    /// Give the chain a frame, or null at the end. FFmpeg takes the frame's references and leaves it blank.
    ///
    /// # Safety
    /// `frame` is null or a valid frame of the kind that the source was made for.
    pub unsafe fn send(&mut self, frame: *mut ffi::AVFrame) -> Result<(), FfmpegError> {
        // SAFETY: the source belongs to the graph, and the caller's promise.
        self.log.check(|| unsafe { ffi::av_buffersrc_add_frame(self.source, frame) })?;
        Ok(())
    }

    /// No more frames come; the last one ends at `end`, in units of the source.
    pub fn close(&mut self, end: i64) -> Result<(), FfmpegError> {
        // SAFETY: the source belongs to the graph.
        self.log.check(|| unsafe { ffi::av_buffersrc_close(self.source, end, 0) })?;
        Ok(())
    }

    /// Fill `frame` with what is ready next.
    ///
    /// # Safety
    /// `frame` is a valid and empty frame.
    pub unsafe fn receive(
        &mut self,
        frame: *mut ffi::AVFrame,
    ) -> Result<Received<()>, FfmpegError> {
        // SAFETY: the sink belongs to the graph, and the caller's promise.
        self.log.receive(|| unsafe { ffi::av_buffersink_get_frame(self.sink, frame) })
    }

    /// Of the frames that come out. Filters such as bwdif change it.
    pub fn time_base(&self) -> TimeBase {
        // SAFETY: the sink belongs to a configured graph.
        let time_base = unsafe { ffi::av_buffersink_get_time_base(self.sink) };
        TimeBase::new(time_base.num, time_base.den)
    }

    /// Of sound: let every frame but the last have this many samples.
    pub fn set_frame_size(&mut self, samples: u32) {
        // SAFETY: the sink belongs to a configured graph.
        unsafe { ffi::av_buffersink_set_frame_size(self.sink, samples) };
    }
}

impl Drop for Filters {
    fn drop(&mut self) {
        let _scope = self.log.enter();
        // SAFETY: the graph is ours and is not used after this; it frees its filters.
        unsafe { ffi::avfilter_graph_free(&mut self.graph) };
    }
}
