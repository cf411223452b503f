//! An open container: opening it, its packets, seeking.
//! It decides nothing about which stream to read or what an error means for the run.

use std::ffi::{CString, OsStr, OsString, c_int};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fmt, ptr};

use ffmpeg_next::ffi;
use ffmpeg_next::format::context;

use super::av::AvError;
use super::dict::{self, Dict};
use super::packet::{Packet, owned_packet};
use super::pictures::{self, Pictures};
use crate::event::Cancel;
use crate::time::{Reading, TimeBase, rescale};

/// What to open.
pub(crate) struct OpenRequest<'a> {
    pub url: &'a OsStr,
    /// FFmpeg's name of the demuxer; `None` to probe.
    pub format: Option<&'a str>,
    pub options: &'a [(String, String)],
    /// Reads must return rather than wait (devices).
    pub non_blocking: bool,
    /// Ends every wait for data.
    pub cancel: Cancel,
    /// Give up when nothing has come for so long.
    pub timeout: Option<Duration>,
}

/// So many pictures at the beginning of a sequence may be damaged.
const MOST_UNREADABLE: usize = 100;

/// Why it did not open.
#[derive(Debug)]
pub(crate) enum OpenFailure {
    /// FFmpeg has no demuxer of that name.
    UnknownFormat,
    /// Nobody knew these options; `known` are those that somebody would have.
    UnknownOptions { names: Vec<String>, known: Vec<String> },
    /// The URL cannot be given to FFmpeg.
    BadUrl,
    /// Nothing came in time.
    TimedOut,
    /// FFmpeg refused.
    Refused(AvError),
}

impl From<AvError> for OpenFailure {
    fn from(error: AvError) -> Self {
        Self::Refused(error)
    }
}

/// When data last came, shared with FFmpeg's interrupt callback.
struct Watch {
    cancel: Cancel,
    timeout: Option<Duration>,
    began: Instant,
    /// Milliseconds after `began`.
    last: AtomicU64,
    /// A wait was given up. What FFmpeg had left may still come after it.
    given_up: AtomicBool,
}

impl Watch {
    fn touch(&self) {
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    fn timed_out(&self) -> bool {
        let since = |ms| self.began.elapsed().saturating_sub(Duration::from_millis(ms));
        let late = self.timeout.is_some_and(|t| since(self.last.load(Ordering::Relaxed)) > t);
        self.given_up.fetch_or(late, Ordering::Relaxed) || late
    }
}

/// An open container.
pub(crate) struct Input {
    pub(super) inner: context::Input,
    watch: Arc<Watch>,
    starved: bool,
    is_device: bool,
    opened: Reading,
    /// An image sequence, whose first picture `inner` was opened on.
    pictures: Option<Pictures>,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("format", &self.format_name()).finish()
    }
}

impl Input {
    pub fn open(request: &OpenRequest<'_>) -> Result<Self, OpenFailure> {
        super::init();
        super::take_cause();
        let url =
            CString::new(request.url.as_encoded_bytes()).map_err(|_nul| OpenFailure::BadUrl)?;
        let demuxer = match request.format {
            None => ptr::null(),
            Some(name) => {
                let name = CString::new(name).map_err(|_nul| OpenFailure::UnknownFormat)?;
                // SAFETY: the name is a C string; the result is a static description.
                let found = unsafe { ffi::av_find_input_format(name.as_ptr()) };
                if found.is_null() {
                    return Err(OpenFailure::UnknownFormat);
                }
                found
            }
        };
        let options = request.options.iter().map(|(k, v)| (k.as_str(), v.as_str()));
        let mut options = Dict::new(options)?;

        let watch = Arc::new(Watch {
            cancel: request.cancel.clone(),
            timeout: request.timeout,
            began: Instant::now(),
            last: AtomicU64::new(0),
            given_up: AtomicBool::new(false),
        });
        let asked = watch.clone();
        let interrupt = ffmpeg_next::util::interrupt::new(Box::new(move || {
            asked.cancel.is_cancelled() || asked.timed_out()
        }));

        // SAFETY: the context is ours until avformat_open_input takes or frees it; all strings outlive the calls, and
        // the interrupt's closure lives in the guard that the opened input keeps.
        let inner = unsafe {
            let mut context = ffi::avformat_alloc_context();
            if context.is_null() {
                return Err(AvError::NO_MEMORY.into());
            }
            (*context).interrupt_callback = interrupt.interrupt;
            if request.non_blocking {
                (*context).flags |= ffi::AVFMT_FLAG_NONBLOCK as c_int;
            }
            let code =
                ffi::avformat_open_input(&mut context, url.as_ptr(), demuxer, options.as_mut_ptr());
            if let Err(error) = AvError::check(code) {
                return Err(if watch.timed_out() { OpenFailure::TimedOut } else { error.into() });
            }
            context::Input::wrap_with_interrupt(context, interrupt.guard)
        };
        let left = options.keys();
        if !left.is_empty() {
            // SAFETY: an open input has a demuxer, whose description is static.
            let demuxer = unsafe { (*(*inner.as_ptr()).iformat).priv_class };
            let url = request.url.to_string_lossy();
            let protocol = url.split_once(':').map(|(scheme, _)| scheme);
            let known = super::options::names(demuxer, protocol);
            return Err(OpenFailure::UnknownOptions { names: left, known });
        }
        watch.touch();
        let is_device = request.non_blocking;
        let mut input = Self {
            inner,
            watch,
            starved: false,
            is_device,
            opened: super::clocks::now(),
            pictures: None,
        };
        let probed = input.probe();
        input.opened = super::clocks::now();
        match probed {
            // As the ffmpeg command: a container whose streams are known is worth a try.
            Err(error) if input.inner.nb_streams() == 0 => {
                Err(if input.watch.timed_out() { OpenFailure::TimedOut } else { error.into() })
            }
            _ => Ok(input),
        }
    }

    /// Open an image sequence. Its stream is described by the first picture that can be read.
    pub fn open_pictures(
        request: &OpenRequest<'_>,
        files: &Arc<[PathBuf]>,
    ) -> Result<Self, OpenFailure> {
        let mut failure = OpenFailure::Refused(AvError::INVALID_DATA);
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

    /// How many pictures there are in a sequence.
    pub(super) fn sequence_length(&self) -> Option<i64> {
        self.pictures.as_ref().map(Pictures::len)
    }

    /// Every packet is a file of its own, of any format for pictures.
    pub fn is_sequence(&self) -> bool {
        self.pictures.is_some()
    }

    /// Look into the streams, which may decode some of them.
    fn probe(&mut self) -> Result<c_int, AvError> {
        let limit = self.most_pixels().to_string();
        let limits: Result<Vec<Dict>, AvError> = (0..self.inner.nb_streams())
            .map(|_| Dict::new([("max_pixels", limit.as_str())]))
            .collect();
        let mut limits = limits?;
        // FFmpeg wants the bare pointers, one a stream, and may replace them.
        let mut pointers: Vec<_> = limits.iter_mut().map(Dict::take).collect();
        let options = if pointers.is_empty() { ptr::null_mut() } else { pointers.as_mut_ptr() };
        // SAFETY: the context is open and ours, and there is a dictionary for each of its streams.
        let code = unsafe { ffi::avformat_find_stream_info(self.inner.as_mut_ptr(), options) };
        for (dict, pointer) in limits.iter_mut().zip(pointers) {
            dict.put(pointer);
        }
        AvError::check(code)
    }

    /// Pictures larger than this are a header's lie. A file of a kilobyte cannot hold 12336x12336 pixels, and a decoder
    /// would allocate them all before it finds out.
    pub(super) fn most_pixels(&self) -> i64 {
        /// Twice a picture of 8K.
        const ALWAYS: i64 = 1 << 26;
        /// More pixels a byte than any codec gets into a picture of one colour, but for the newest.
        const A_BYTE: i64 = 4096;
        let bytes = self.byte_size().and_then(|bytes| i64::try_from(bytes).ok());
        let limit = bytes.map_or(i64::MAX, |bytes| bytes.saturating_mul(A_BYTE).max(ALWAYS));
        limit.min(i64::from(i32::MAX))
    }

    /// FFmpeg's names of the format, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    pub fn format_name(&self) -> String {
        self.inner.format().name().to_owned()
    }

    /// The container carries no timestamps (raw elementary streams).
    pub fn without_timestamps(&self) -> bool {
        self.flags() & ffi::AVFMT_NOTIMESTAMPS as c_int != 0
    }

    fn flags(&self) -> c_int {
        // SAFETY: an open input has a demuxer, whose description is static.
        unsafe { (*(*self.inner.as_ptr()).iformat).flags }
    }

    /// Earliest time of all streams, in microseconds.
    pub fn start_time(&self) -> Option<i64> {
        // SAFETY: reads a plain field of an open input.
        let start = unsafe { (*self.inner.as_ptr()).start_time };
        (start != ffi::AV_NOPTS_VALUE).then_some(start)
    }

    /// Length by the container's word, in microseconds.
    pub fn duration(&self) -> Option<i64> {
        if let Some(pictures) = &self.pictures {
            let time_base = self.inner.stream(0).map(|stream| stream.time_base())?;
            let time_base = TimeBase::new(time_base.numerator(), time_base.denominator());
            return Some(rescale(pictures.len(), time_base, TimeBase::MICROSECONDS));
        }
        Some(self.inner.duration()).filter(|&d| d > 0)
    }

    /// Size in bytes, where the input is one file.
    pub fn byte_size(&self) -> Option<u64> {
        if self.pictures.is_some() {
            return None;
        }
        self.inner.io_size().and_then(|n| u64::try_from(n).ok())
    }

    pub fn metadata(&self) -> Vec<(String, String)> {
        // SAFETY: the dictionary belongs to the open input.
        unsafe { dict::entries((*self.inner.as_ptr()).metadata) }
    }

    /// The next packet of any stream that is kept.
    pub fn read(&mut self) -> Result<Packet, AvError> {
        if let Some(pictures) = &mut self.pictures {
            return pictures.read();
        }
        let mut packet = ffmpeg_next::Packet::empty();
        if !self.starved {
            self.watch.touch();
        }
        // SAFETY: the input is open and the packet empty, as av_read_frame wants it.
        let code = unsafe {
            use ffmpeg_next::packet::Mut as _;
            ffi::av_read_frame(self.inner.as_mut_ptr(), packet.as_mut_ptr())
        };
        // A device that has nothing yet has not shown a sign of life.
        self.starved = AvError(code) == AvError::AGAIN;
        AvError::check(code)?;
        let arrived = super::clocks::now().wall;
        Ok(Packet::at(if self.is_device { owned_packet(&packet)? } else { packet }, arrived))
    }

    /// The clocks of this machine when it was opened.
    pub fn opened(&self) -> Reading {
        self.opened
    }

    /// The last read or wait was given up because nothing came in time.
    pub fn timed_out(&self) -> bool {
        self.watch.timed_out()
    }

    /// Somewhere else can be gone to. A pipe only goes on.
    pub fn can_seek(&self) -> bool {
        if self.pictures.is_some() {
            return true;
        }
        // SAFETY: reads plain fields of an open input; one without bytes of its own (HLS, devices) has no `pb`.
        unsafe {
            let io = (*self.inner.as_ptr()).pb;
            io.is_null() || (*io).seekable & ffi::AVIO_SEEKABLE_NORMAL as c_int != 0
        }
    }

    /// Go to the last keyframe at or before `micros`.
    pub fn seek(&mut self, micros: i64) -> Result<(), AvError> {
        if let Some(pictures) = &mut self.pictures {
            let time_base = self.inner.stream(0).map(|stream| stream.time_base());
            let time_base = time_base.ok_or(AvError::INVALID)?;
            let time_base = TimeBase::new(time_base.numerator(), time_base.denominator());
            pictures.seek(rescale(micros, TimeBase::MICROSECONDS, time_base));
            return Ok(());
        }
        // SAFETY: the input is open and ours.
        AvError::check(unsafe {
            ffi::avformat_seek_file(self.inner.as_mut_ptr(), -1, i64::MIN, micros, micros, 0)
        })?;
        Ok(())
    }
}
