//! FFmpeg's log, kept off stderr: each line goes to the input, codec or filter graph that it is about, and to the
//! listener, if there is one. It prints nothing itself.

mod listener;
mod owner;

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_void};

use ffmpeg_next::ffi;

#[cfg(feature = "python")]
pub(crate) use listener::silence;
pub use listener::{LogLevel, on_ffmpeg_log};
pub(super) use owner::LogOwner;
pub(crate) use owner::Segments;

use crate::redact::redact;

/// FFmpeg builds some lines from several calls; one that never ends is taken as it is at this length.
const LONGEST: usize = 4096;

/// Logged as details when HLS begins with a segment.
const SEGMENT_REQUEST: &[u8] = b"HLS request for url";
/// Logged for developers when the number of a picture of H.264 is not the next one.
const NUMBER_GAP: &[u8] = b"Frame num gap";

thread_local! {
    /// The beginning of a line whose end has not come yet.
    static PARTIAL: RefCell<String> = const { RefCell::new(String::new()) };
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

/// Take FFmpeg's log over for the whole process.
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

/// Called by FFmpeg on any thread, with locks of its own held. It therefore calls nothing of a caller's, and nothing
/// that may panic.
unsafe extern "C" fn callback(
    context: *mut c_void,
    level: c_int,
    format: *const c_char,
    args: *mut c_void,
) {
    // SAFETY: FFmpeg's formats are texts that end with a NUL.
    let template = unsafe { CStr::from_ptr(format) }.to_bytes();
    let of_segment = template.starts_with(SEGMENT_REQUEST);
    let of_gap = template.starts_with(NUMBER_GAP);
    // The bits above the first eight are a colour.
    let level = match level & 0xff {
        ..=16 => LogLevel::Error,     // AV_LOG_ERROR and worse
        17..=24 => LogLevel::Warning, // AV_LOG_WARNING
        25..=32 => LogLevel::Info,    // AV_LOG_INFO
        33..=40 => LogLevel::Verbose, // AV_LOG_VERBOSE
        _ if of_gap => LogLevel::Verbose,
        _ => return,
    };
    let is_owned = level <= LogLevel::Warning || of_segment || of_gap;
    if !is_owned && !listener::wants(level) {
        return;
    }
    let mut line = [0; 1024];
    let mut prefix = 1;
    // SAFETY: FFmpeg hands us its own context, format and arguments; the buffer has the stated size, and the result
    // ends with a NUL. The transmute is as in `install`.
    let text = unsafe {
        let format_line =
            std::mem::transmute::<*const (), FormatLine>(ffi::av_log_format_line2 as *const ());
        format_line(context, 16, format, args, line.as_mut_ptr(), line.len() as c_int, &mut prefix);
        CStr::from_ptr(line.as_ptr()).to_string_lossy()
    };
    let whole = PARTIAL.try_with(|partial| {
        let mut partial = partial.try_borrow_mut().ok()?;
        // The prefix "[name @ 0x55...]" of a continuation is noise.
        let more = if partial.is_empty() { &text } else { without_prefix(&text) };
        partial.push_str(more);
        (text.ends_with('\n') || partial.len() > LONGEST).then(|| std::mem::take(&mut *partial))
    });
    let Ok(Some(whole)) = whole else {
        return;
    };
    let line = redact(whole.trim());
    if is_owned {
        // SAFETY: FFmpeg's context is valid during the call.
        let owner = unsafe { owner::of_context(context) }.or_else(owner::of_thread);
        if let Some(lines) = owner {
            // A context such as "[mov,mp4 @ 0x5555]" says nothing to a user.
            match level {
                LogLevel::Error => lines.record(without_prefixes(&line)),
                _ if of_gap => lines.record_gap(),
                _ if of_segment => lines.record_request(without_prefixes(&line)),
                _ => lines.record_warning(without_prefixes(&line)),
            }
        }
    }
    if listener::wants(level) {
        listener::pass(level, line);
    }
}

fn without_prefix(text: &str) -> &str {
    match text.split_once("] ") {
        Some((head, rest)) if head.starts_with('[') && head.contains(" @ 0x") => rest,
        _ => text,
    }
}

fn without_prefixes(mut text: &str) -> &str {
    loop {
        let rest = without_prefix(text);
        if rest.len() == text.len() {
            return text;
        }
        text = rest;
    }
}

#[cfg(test)]
mod tests;
