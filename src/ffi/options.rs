//! The names of FFmpeg's options for inputs and codecs, for suggestions when one is misspelt.
//! It sets none.

use std::ffi::{CString, c_int, c_void};
use std::ptr;

use ffmpeg_next::ffi;

use super::av::text;
use super::raw::read_enum;

/// The options of every container, of this demuxer's own class, and of the protocol.
///
/// # Safety
/// `demuxer` is null or one of FFmpeg's static classes.
pub(super) unsafe fn names(demuxer: *const ffi::AVClass, protocol: Option<&str>) -> Vec<String> {
    // SAFETY: both return static classes or null; the protocol's name is a C string.
    let (every, protocol) = unsafe {
        let protocol = protocol.and_then(|p| CString::new(p).ok());
        let class = protocol.map_or(ptr::null(), |p| ffi::avio_protocol_get_class(p.as_ptr()));
        (ffi::avformat_get_class(), class)
    };
    // SAFETY: all of them are null or static.
    [every, demuxer, protocol].into_iter().flat_map(|c| unsafe { names_of_class(c) }).collect()
}

/// The options of one class; none where there is no class.
///
/// # Safety
/// `class` is null or one of FFmpeg's static classes.
pub(super) unsafe fn names_of_class(class: *const ffi::AVClass) -> Vec<String> {
    let mut names = Vec::new();
    if class.is_null() {
        return names;
    }
    let fake = ptr::addr_of!(class).cast::<c_void>();
    let mut option = ptr::null();
    loop {
        // SAFETY: a pointer to a class pointer may stand for an object here, as av_opt_next only reads the class; the
        // option is null or came from the call before, and its name is a static C string.
        unsafe {
            option = ffi::av_opt_next(fake, option);
            if option.is_null() {
                return names;
            }
            // Named values of an option take no place in an object.
            let kind = read_enum(ptr::addr_of!((*option).type_));
            if kind != ffi::AVOptionType::AV_OPT_TYPE_CONST as c_int {
                names.extend(text((*option).name));
            }
        }
    }
}
