//! The names of this FFmpeg's formats, protocols, pixel formats and filters, for suggestions when one is misspelt.
//! It opens none of them.

use std::ffi::{CString, c_void};
use std::ptr;

use ffmpeg_next::ffi;

use super::av::text;
use super::options::names_of_class;

/// Names from a function of FFmpeg that gives one after the other, keeping its place in `state`.
fn all(mut next: impl FnMut(&mut *mut c_void) -> Option<String>) -> Vec<String> {
    let mut state = ptr::null_mut();
    std::iter::from_fn(|| next(&mut state)).collect()
}

/// Demuxers and input devices; one may have several names.
pub(crate) fn input_formats() -> Vec<String> {
    super::init();
    let joined = all(|state| {
        // SAFETY: FFmpeg keeps its place in `state`, which began as null; descriptions are static.
        unsafe {
            let format = ffi::av_demuxer_iterate(state);
            if format.is_null() { None } else { text((*format).name) }
        }
    });
    joined.iter().flat_map(|names| names.split(',')).map(str::to_owned).collect()
}

/// Whether a demuxer itself has an option of that name.
pub(crate) fn demuxer_takes(format: &str, option: &str) -> bool {
    super::init();
    CString::new(format).is_ok_and(|format| {
        // SAFETY: the name is a C string; the result is a static description, or null.
        let class = unsafe {
            let found = ffi::av_find_input_format(format.as_ptr());
            if found.is_null() { ptr::null() } else { (*found).priv_class }
        };
        // SAFETY: the class is null or static.
        unsafe { names_of_class(class) }.iter().any(|name| name == option)
    })
}

/// Protocols that can be read from.
pub(crate) fn protocols() -> Vec<String> {
    // SAFETY: FFmpeg keeps its place in `state`, which began as null; names are static.
    all(|state| unsafe { text(ffi::avio_enum_protocols(state, 0)) })
}

pub(crate) fn filters() -> Vec<String> {
    all(|state| {
        // SAFETY: FFmpeg keeps its place in `state`, which began as null; descriptions are static.
        unsafe {
            let filter = ffi::av_filter_iterate(state);
            if filter.is_null() { None } else { text((*filter).name) }
        }
    })
}

pub(crate) fn pixel_formats() -> Vec<String> {
    let mut described = ptr::null();
    let next = || {
        // SAFETY: `described` is null or came from the call before; descriptions are static.
        unsafe {
            described = ffi::av_pix_fmt_desc_next(described);
            if described.is_null() { None } else { text((*described).name) }
        }
    };
    std::iter::from_fn(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_names_hold_common_ones() {
        let holds =
            |list: Vec<String>, name: &str| assert!(list.iter().any(|n| n == name), "{name}");
        holds(input_formats(), "matroska");
        holds(input_formats(), "webm");
        holds(protocols(), "file");
        holds(filters(), "scale");
        holds(pixel_formats(), "yuv420p");
    }
}
