//! FFmpeg's log, taken off stderr: the last complaint is kept as the cause of an error, and a caller may listen.
//! It prints nothing itself.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::{Mutex, PoisonError, RwLock};

use ffmpeg_next::ffi;

use crate::redact::redact;

/// How much a line of FFmpeg's log matters, most first.
///
/// ```
/// use vstream::LogLevel;
///
/// vstream::on_ffmpeg_log(LogLevel::Warning, |level, line| println!("FFmpeg, {level:?}: {line}"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something may be wrong.
    Warning,
    /// What a user may want to know.
    Info,
    /// What a developer may want to know.
    Verbose,
}

type Listener = Box<dyn Fn(LogLevel, &str) + Send + Sync>;

static LISTENER: RwLock<Option<(LogLevel, Listener)>> = RwLock::new(None);
static LAST_ERROR: Mutex<Option<String>> = Mutex::new(None);

thread_local! {
    /// The beginning of a line whose end has not come yet.
    static PARTIAL: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Hear FFmpeg's log lines up to `level`, credentials in URLs removed. They come from any thread.
pub fn on_ffmpeg_log(level: LogLevel, listener: impl Fn(LogLevel, &str) + Send + Sync + 'static) {
    super::init();
    *LISTENER.write().unwrap_or_else(PoisonError::into_inner) = Some((level, Box::new(listener)));
}

/// Take FFmpeg's last complaint, if any came since the last call: the cause of the error at hand.
pub(crate) fn take_cause() -> Option<String> {
    LAST_ERROR.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The cause of an error: what FFmpeg complained of last, or the bare error.
pub(crate) fn cause(error: impl std::fmt::Display) -> String {
    take_cause().filter(|line| !line.is_empty()).unwrap_or_else(|| error.to_string())
}

type Callback = unsafe extern "C" fn(*mut c_void, c_int, *const c_char, *mut c_void);
type FormatLine = unsafe extern "C" fn(
    *mut c_void,
    c_int,
    *const c_char,
    *mut c_void,
    *mut c_char,
    c_int,
    *mut c_int,
) -> c_int;

pub(super) fn install() {
    // SAFETY: the last parameter is a `va_list`. Its bindgen type differs from target to target, but all of them pass
    // it as one pointer, so the two function types have the same calling convention.
    unsafe {
        ffi::av_log_set_callback(Some(std::mem::transmute::<
            Callback,
            unsafe extern "C" fn(*mut c_void, c_int, *const c_char, _),
        >(callback)));
    }
}

unsafe extern "C" fn callback(
    context: *mut c_void,
    level: c_int,
    format: *const c_char,
    args: *mut c_void,
) {
    // The bits above the first eight are a colour.
    let level = match level & 0xff {
        ..=16 => LogLevel::Error,     // AV_LOG_ERROR and worse
        17..=24 => LogLevel::Warning, // AV_LOG_WARNING
        25..=32 => LogLevel::Info,    // AV_LOG_INFO
        33..=40 => LogLevel::Verbose, // AV_LOG_VERBOSE
        _ => return,
    };
    let heard =
        LISTENER.try_read().is_ok_and(|l| l.as_ref().is_some_and(|(most, _)| level <= *most));
    if level > LogLevel::Error && !heard {
        return;
    }
    let mut line = [0; 1024];
    let mut prefix = 1;
    // SAFETY: FFmpeg hands us its own context, format and arguments; the buffer is as long as it is said to be, and
    // the result ends with a NUL. The transmute is as in `install`.
    let text = unsafe {
        let format_line =
            std::mem::transmute::<*const (), FormatLine>(ffi::av_log_format_line2 as *const ());
        format_line(context, 16, format, args, line.as_mut_ptr(), line.len() as c_int, &mut prefix);
        CStr::from_ptr(line.as_ptr()).to_string_lossy()
    };
    // FFmpeg builds some lines from several calls; only the last one ends with a newline.
    let whole = PARTIAL.try_with(|partial| {
        let mut partial = partial.try_borrow_mut().ok()?;
        // The prefix "[name @ 0x55...]" of a continuation is noise.
        let more = if partial.is_empty() { &text } else { strip_prefix(&text) };
        partial.push_str(more);
        (text.ends_with('\n') || partial.len() > 4096).then(|| std::mem::take(&mut *partial))
    });
    if let Ok(Some(whole)) = whole {
        take_line(level, redact(whole.trim()));
    }
}

fn strip_prefix(text: &str) -> &str {
    match text.split_once("] ") {
        Some((head, rest)) if head.starts_with('[') && head.contains(" @ 0x") => rest,
        _ => text,
    }
}

fn take_line(level: LogLevel, line: String) {
    if level == LogLevel::Error {
        // A context such as "[mov,mp4 @ 0x5555]" says nothing to a user.
        let mut cause = line.as_str();
        while strip_prefix(cause) != cause {
            cause = strip_prefix(cause);
        }
        let mut last = LAST_ERROR.lock().unwrap_or_else(PoisonError::into_inner);
        // What a protocol that is not allowed leads to later says less than that.
        if !last.as_ref().is_some_and(|last| last.contains("not on whitelist")) {
            *last = Some(cause.to_owned());
        }
    }
    if let Ok(listener) = LISTENER.try_read()
        && let Some((most, listen)) = listener.as_ref()
        && level <= *most
    {
        listen(level, &line);
    }
}
