//! The first bytes at a URL, read without a demuxer.
//! The callers interpret them.

use std::ffi::{CString, OsStr, c_int};
use std::ptr;
use std::time::Duration;

use ffmpeg_next::ffi;
use ffmpeg_next::format::context;

use super::dict::Dict;
use super::interrupt::Interrupt;
use super::log::LogOwner;
use crate::event::Cancel;

/// Open `url` once more and read up to `most` bytes, waiting no longer than `limit` in all. Empty if that fails.
pub(crate) fn peek_url(
    url: &OsStr,
    options: &[(String, String)],
    most: usize,
    limit: Duration,
    cancel: &Cancel,
) -> Vec<u8> {
    let options = Dict::new(options.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    let (Ok(url), Ok(mut options)) = (CString::new(url.as_encoded_bytes()), options) else {
        return Vec::new();
    };
    // What is logged belongs to no input.
    let log = LogOwner::new();
    let _scope = log.enter();
    let interrupt = Interrupt::new(cancel.clone(), Some(limit));
    let callback = interrupt.callback();
    let mut bytes = vec![0; most];
    let mut filled = 0;
    // SAFETY: all arguments outlive the call, and the interrupt outlives the open context.
    unsafe {
        let mut io = ptr::null_mut();
        let read = ffi::AVIO_FLAG_READ;
        if ffi::avio_open2(&mut io, url.as_ptr(), read, &callback, options.as_mut_ptr()) < 0 {
            return Vec::new();
        }
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let size = c_int::try_from(rest.len()).unwrap_or(c_int::MAX);
            let got = ffi::avio_read_partial(io, rest.as_mut_ptr(), size);
            match usize::try_from(got) {
                Ok(got) if got > 0 => filled += got,
                _ => break,
            }
        }
        ffi::avio_closep(&mut io);
    }
    bytes.truncate(filled);
    bytes
}

/// The first bytes of an input that was just opened, as far as its buffer still has them.
pub(super) fn buffered(input: &context::Input, most: usize) -> Vec<u8> {
    // SAFETY: the input is open; its buffer, if it has one, is filled from `buffer` to `buf_end`, and `pos` is the
    // place in the file where the buffer ends.
    unsafe {
        let io = (*input.as_ptr()).pb;
        if io.is_null() || (*io).buffer.is_null() {
            return Vec::new();
        }
        let filled = usize::try_from((*io).buf_end.offset_from((*io).buffer)).unwrap_or(0);
        if usize::try_from((*io).pos) != Ok(filled) {
            return Vec::new();
        }
        std::slice::from_raw_parts((*io).buffer, filled.min(most)).to_vec()
    }
}
