//! Opens a container and probes its streams.
//! Callers decide which stream to read, and word the errors.

use std::ffi::{CString, OsStr, OsString, c_int};
use std::path::PathBuf;
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use ffmpeg_next::ffi;
use ffmpeg_next::format::context;

use super::av::{AvError, FfmpegError};
use super::dict::Dict;
use super::input::Input;
use super::interrupt::Interrupt;
use super::log::LogOwner;
use super::pictures::{self, Pictures};
use crate::event::Cancel;

/// So many pictures at the beginning of a sequence may be damaged.
const MOST_UNREADABLE: usize = 100;

/// Microseconds of a stream that may be live to look into.
const BRIEFLY: i64 = 1_000_000;

/// Enough of a beginning to know a format by.
const MOST_OF_HEAD: usize = 1 << 16;

/// Inputs to look into only briefly.
#[derive(Clone, Copy)]
pub(crate) enum BriefProbe {
    Never,
    /// Those that can only be read from the beginning to the end.
    Streamed,
    /// Those of them that have no clock: there are no times to look at.
    Untimed,
}

/// What to open.
pub(crate) struct OpenRequest<'a> {
    pub url: &'a OsStr,
    /// FFmpeg's name of the demuxer; `None` to probe.
    pub format: Option<&'a str>,
    pub options: &'a [(String, String)],
    /// Reads return rather than wait (devices).
    pub non_blocking: bool,
    /// What not to look into for long, since what comes meanwhile is late.
    pub probe_briefly: BriefProbe,
    /// Ends every wait for data.
    pub cancel: Cancel,
    /// Give up when no data arrives for this long.
    pub timeout: Option<Duration>,
}

/// Why it did not open.
#[derive(Debug)]
pub(crate) enum OpenFailure {
    /// FFmpeg has no demuxer of that name.
    UnknownFormat,
    /// Neither the demuxer nor the protocol has the options in `names`; those in `known` they have.
    UnknownOptions { names: Vec<String>, known: Vec<String> },
    /// The URL cannot be given to FFmpeg.
    BadUrl,
    /// Nothing came in time.
    TimedOut,
    /// It leads to a protocol that this kind of input may not use, as FFmpeg's log says.
    Blocked(String),
    /// FFmpeg cannot open it.
    Failed(FfmpegError),
}

impl From<AvError> for OpenFailure {
    fn from(error: AvError) -> Self {
        Self::Failed(error.into())
    }
}

impl Input {
    pub fn open(request: &OpenRequest<'_>) -> Result<Self, OpenFailure> {
        let mut input = Self::open_container(request)?;
        let briefly = match request.probe_briefly {
            BriefProbe::Never => false,
            BriefProbe::Streamed => !input.can_seek(),
            BriefProbe::Untimed => !input.can_seek() && input.has_no_clock(),
        };
        if briefly {
            // SAFETY: the input is open, and these are plain settings of the probing that follows.
            unsafe {
                let context = input.inner.as_mut_ptr();
                (*context).max_analyze_duration = BRIEFLY;
                // With fewer frames, newer versions take the rate of fields for that of frames.
                (*context).fps_probe_size = 2;
                // Those without times are not waited for to have one.
                (*context).max_ts_probe = 2;
            }
        }
        match input.probe() {
            // As the ffmpeg command: a container whose streams are known is worth a try.
            Err(error) if input.stream_count() == 0 => Err(input.failed(error)),
            _ => Ok(input),
        }
    }

    /// Whether a container can be opened, without looking into its streams.
    pub fn opens(request: &OpenRequest<'_>) -> bool {
        Self::open_container(request).is_ok()
    }

    fn failed(&self, error: FfmpegError) -> OpenFailure {
        failed(&self.log, self.timed_out(), error)
    }

    fn open_container(request: &OpenRequest<'_>) -> Result<Self, OpenFailure> {
        let log = LogOwner::new();
        let interrupt = Interrupt::new(request.cancel.clone(), request.timeout);
        let url =
            CString::new(request.url.as_encoded_bytes()).map_err(|_nul| OpenFailure::BadUrl)?;
        let demuxer = request.format.map_or(Ok(ptr::null()), demuxer)?;
        let options = request.options.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        let mut options = Dict::new(options)?;
        // SAFETY: the context is ours until avformat_open_input takes or frees it; all strings outlive the calls, and
        // `Input` keeps the interrupt for longer than the context.
        let inner = unsafe {
            let mut context = ffi::avformat_alloc_context();
            if context.is_null() {
                return Err(AvError::NO_MEMORY.into());
            }
            (*context).opaque = log.token();
            (*context).interrupt_callback = interrupt.callback();
            if request.non_blocking {
                (*context).flags |= ffi::AVFMT_FLAG_NONBLOCK as c_int;
            }
            let options = options.as_mut_ptr();
            log.check(|| ffi::avformat_open_input(&mut context, url.as_ptr(), demuxer, options))
                .map_err(|error| failed(&log, interrupt.timed_out(), error))?;
            context::Input::wrap(context)
        };
        let left = options.keys();
        if !left.is_empty() {
            let url = request.url.to_string_lossy();
            let protocol = url.split_once(':').map(|(scheme, _)| scheme);
            // SAFETY: an open input has a demuxer, whose description and class are static.
            let known = unsafe {
                let class = (*(*inner.as_ptr()).iformat).priv_class;
                super::options::names(class, protocol)
            };
            return Err(OpenFailure::UnknownOptions { names: left, known });
        }
        interrupt.restart();
        let head = super::peek::buffered(&inner, MOST_OF_HEAD);
        let mut input = Self::new(inner, interrupt.clone(), request.non_blocking, log);
        input.head = head;
        Ok(input)
    }

    /// Open an image sequence. Its stream is described by the first picture that can be read.
    pub fn open_pictures(
        request: &OpenRequest<'_>,
        files: &Arc<[PathBuf]>,
    ) -> Result<Self, OpenFailure> {
        let mut failure = OpenFailure::from(AvError::INVALID_DATA);
        for file in files.iter().take(MOST_UNREADABLE) {
            let mut url = OsString::from("file:");
            url.push(file);
            let format = pictures::demuxer(file);
            let mut options = request.options.to_vec();
            if format == pictures::BY_ENDING {
                options.push(("pattern_type".to_owned(), "none".to_owned()));
            }
            let first = OpenRequest {
                url: &url,
                format: Some(request.format.unwrap_or(&format)),
                options: &options,
                cancel: request.cancel.clone(),
                ..*request
            };
            match Self::open(&first) {
                Ok(mut input) => {
                    if input.stream(0).is_some_and(|stream| stream.width > 0) {
                        input.pictures = Some(Pictures::new(files.clone()));
                        return Ok(input);
                    }
                }
                Err(error @ OpenFailure::UnknownOptions { .. }) => return Err(error),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Look into the streams, which may decode some of them.
    fn probe(&mut self) -> Result<(), FfmpegError> {
        let limit = self.most_pixels().to_string();
        // It decodes pictures to see how they are ordered, too, unless they are skipped.
        let options = self.set_known_formats().into_iter().map(|is_known| {
            let skip = is_known.then_some(("skip_frame", "all"));
            Dict::new([("max_pixels", limit.as_str())].into_iter().chain(skip))
        });
        let mut dicts = options.collect::<Result<Vec<Dict>, AvError>>()?;
        // FFmpeg takes the bare pointers, one a stream, and may replace them.
        let mut pointers: Vec<_> = dicts.iter_mut().map(Dict::take).collect();
        let options = if pointers.is_empty() { ptr::null_mut() } else { pointers.as_mut_ptr() };
        // SAFETY: the context is open and ours, and there is a dictionary for each of its streams.
        let probed = unsafe {
            let context = self.inner.as_mut_ptr();
            self.log.check(|| ffi::avformat_find_stream_info(context, options))
        };
        for (dict, pointer) in dicts.iter_mut().zip(pointers) {
            dict.put(pointer);
        }
        self.probed();
        probed.map(drop)
    }

    /// Pictures larger than this are an error in a header. A file of a kilobyte cannot hold 12336x12336 pixels, and a
    /// decoder would allocate them all before it finds out.
    pub(super) fn most_pixels(&self) -> i64 {
        /// Twice a picture of 8K.
        const ALWAYS: i64 = 1 << 26;
        /// More pixels a byte than any codec but the newest reaches with pictures of one colour.
        const A_BYTE: i64 = 4096;
        let bytes = self.byte_size().and_then(|bytes| i64::try_from(bytes).ok());
        let limit = bytes.map_or(i64::MAX, |bytes| bytes.saturating_mul(A_BYTE).max(ALWAYS));
        limit.min(i64::from(i32::MAX))
    }
}

fn failed(log: &LogOwner, timed_out: bool, error: FfmpegError) -> OpenFailure {
    match log.blocked() {
        _ if timed_out => OpenFailure::TimedOut,
        Some(line) => OpenFailure::Blocked(line),
        None => OpenFailure::Failed(error),
    }
}

fn demuxer(name: &str) -> Result<*const ffi::AVInputFormat, OpenFailure> {
    let name = CString::new(name).map_err(|_nul| OpenFailure::UnknownFormat)?;
    // SAFETY: the name is a C string; the result is a static description.
    let found = unsafe { ffi::av_find_input_format(name.as_ptr()) };
    if found.is_null() { Err(OpenFailure::UnknownFormat) } else { Ok(found) }
}
