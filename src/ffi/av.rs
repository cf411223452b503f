//! FFmpeg's errors, its version, and whether it was built with an encoder or a filter.
//! It opens and runs nothing.

use std::ffi::{CStr, CString, c_char, c_int};
use std::fmt;
use std::sync::Once;

use ffmpeg_next::ffi;

/// An error code of FFmpeg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AvError(pub c_int);

impl AvError {
    pub const EOF: Self = Self(ffi::AVERROR_EOF);
    pub const EXIT: Self = Self(ffi::AVERROR_EXIT);
    pub const INVALID_DATA: Self = Self(ffi::AVERROR_INVALIDDATA);
    pub const PROTOCOL_NOT_FOUND: Self = Self(ffi::AVERROR_PROTOCOL_NOT_FOUND);
    pub const OPTION_NOT_FOUND: Self = Self(ffi::AVERROR_OPTION_NOT_FOUND);
    pub const AGAIN: Self = Self(-(ffmpeg_next::error::EAGAIN));
    pub const NO_MEMORY: Self = Self(-(ffmpeg_next::error::ENOMEM));
    pub const INVALID: Self = Self(-(ffmpeg_next::error::EINVAL));
    pub const NO_ENTRY: Self = Self(-(ffmpeg_next::error::ENOENT));
    /// The device is not there any more.
    pub const NO_DEVICE: Self = Self(-(ffmpeg_next::error::ENODEV));
    /// A library that FFmpeg calls failed, and FFmpeg does not say how.
    pub const EXTERNAL: Self = Self(ffi::AVERROR_EXTERNAL);
    pub const HTTP_UNAUTHORIZED: Self = Self(ffi::AVERROR_HTTP_UNAUTHORIZED);
    pub const HTTP_FORBIDDEN: Self = Self(ffi::AVERROR_HTTP_FORBIDDEN);
    pub const HTTP_NOT_FOUND: Self = Self(ffi::AVERROR_HTTP_NOT_FOUND);
    /// Nobody listens at the address.
    pub const REFUSED: Self = Self(-(ffmpeg_next::error::ECONNREFUSED));
    pub const IO: Self = Self(-(ffmpeg_next::error::EIO));
    /// What some demuxers return for anything: -1.
    pub const PLAIN: Self = Self(-1);

    /// `Ok` with the value of a call that returns negative codes on failure.
    pub fn check(code: c_int) -> Result<c_int, Self> {
        if code < 0 { Err(Self(code)) } else { Ok(code) }
    }
}

impl std::error::Error for AvError {}

impl fmt::Display for AvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 128];
        // SAFETY: the buffer has the stated size, and av_strerror ends it with a NUL.
        let text = unsafe {
            ffi::av_strerror(self.0, text.as_mut_ptr(), text.len());
            CStr::from_ptr(text.as_ptr())
        };
        f.write_str(&text.to_string_lossy())
    }
}

/// A call of FFmpeg that failed: the code it returned, and what it logged about that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FfmpegError {
    pub code: AvError,
    pub logged: Option<String>,
}

impl From<AvError> for FfmpegError {
    fn from(code: AvError) -> Self {
        Self { code, logged: None }
    }
}

impl fmt::Display for FfmpegError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.logged {
            Some(line) => f.write_str(line),
            None => self.code.fmt(f),
        }
    }
}

/// What a codec or a filter graph has when asked for its next output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received<T> {
    Output(T),
    /// It takes more input first.
    NeedsInput,
    /// Nothing more will come.
    End,
}

impl<T> Received<T> {
    pub fn map<U>(self, output: impl FnOnce(T) -> U) -> Received<U> {
        match self {
            Self::Output(got) => Received::Output(output(got)),
            Self::NeedsInput => Received::NeedsInput,
            Self::End => Received::End,
        }
    }

    /// The answer of a call that filled `output` where it returned no error.
    pub(super) fn from_code(code: c_int, output: T) -> Result<Self, AvError> {
        match AvError(code) {
            AvError::AGAIN => Ok(Self::NeedsInput),
            AvError::EOF => Ok(Self::End),
            error if error.0 < 0 => Err(error),
            _ => Ok(Self::Output(output)),
        }
    }
}

/// Set FFmpeg up once for the process: devices, network, and its log.
pub(crate) fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: both may be called at any time; `Once` keeps them from running side by side.
        unsafe {
            ffi::avdevice_register_all();
            ffi::avformat_network_init();
        }
        super::log::install();
    });
}

fn named<T>(name: &str, find: impl FnOnce(&CStr) -> *const T) -> bool {
    CString::new(name).is_ok_and(|name| !find(&name).is_null())
}

/// Whether this FFmpeg has an encoder of that name.
pub(crate) fn has_encoder(name: &str) -> bool {
    // SAFETY: the name is a C string that outlives the call.
    named(name, |n| unsafe { ffi::avcodec_find_encoder_by_name(n.as_ptr()) })
}

/// Whether this FFmpeg has a filter of that name.
pub(crate) fn has_filter(name: &str) -> bool {
    // SAFETY: the name is a C string that outlives the call.
    named(name, |n| unsafe { ffi::avfilter_get_by_name(n.as_ptr()) })
}

/// The version of the FFmpeg this program runs with, such as `5.1.9-0+deb12u1`.
pub fn ffmpeg_version() -> String {
    // SAFETY: av_version_info returns a static C string.
    unsafe { text(ffi::av_version_info()) }.unwrap_or_default()
}

/// A C string of FFmpeg's. Containers of old hold text in any encoding, so what is not UTF-8 is replaced.
///
/// # Safety
/// `string` is null or ends with a NUL, and does not change during the call.
pub(super) unsafe fn text(string: *const c_char) -> Option<String> {
    // SAFETY: the caller's promise.
    (!string.is_null()).then(|| unsafe { CStr::from_ptr(string) }.to_string_lossy().into_owned())
}

/// Bytes that FFmpeg keeps with their length; none where there are none.
///
/// # Safety
/// `data` is null or points to `size` bytes that do not change for as long as the result is borrowed.
pub(super) unsafe fn bytes<'a>(data: *const u8, size: c_int) -> &'a [u8] {
    match usize::try_from(size) {
        // SAFETY: the caller's promise.
        Ok(size) if !data.is_null() => unsafe { std::slice::from_raw_parts(data, size) },
        _ => &[],
    }
}
