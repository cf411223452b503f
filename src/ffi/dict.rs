//! An owned `AVDictionary`: options for a demuxer, a codec.
//! It does not know what any option means.

use std::ffi::{CString, c_int};
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, text};

/// `AV_DICT_IGNORE_SUFFIX`: with an empty key, every entry matches.
const IGNORE_SUFFIX: c_int = 2;

/// Options on their way into FFmpeg, and what it left over.
pub(super) struct Dict(*mut ffi::AVDictionary);

impl Dict {
    pub fn new<'a>(options: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, AvError> {
        let mut dict = Self(ptr::null_mut());
        for (key, value) in options {
            let key = CString::new(key).map_err(|_nul| AvError::INVALID)?;
            let value = CString::new(value).map_err(|_nul| AvError::INVALID)?;
            // SAFETY: both strings are C strings, and FFmpeg copies them.
            AvError::check(unsafe {
                ffi::av_dict_set(&mut dict.0, key.as_ptr(), value.as_ptr(), 0)
            })?;
        }
        Ok(dict)
    }

    /// For calls that take out the options they know.
    pub fn as_mut_ptr(&mut self) -> *mut *mut ffi::AVDictionary {
        &mut self.0
    }

    /// Hand the dictionary over, to be put back.
    pub fn take(&mut self) -> *mut ffi::AVDictionary {
        std::mem::replace(&mut self.0, ptr::null_mut())
    }

    /// Take back what was handed over.
    pub fn put(&mut self, dict: *mut ffi::AVDictionary) {
        self.0 = dict;
    }

    /// The keys that are left: FFmpeg removes those that it uses.
    pub fn keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        let mut entry: *const ffi::AVDictionaryEntry = ptr::null();
        loop {
            // SAFETY: the dictionary is ours, and `entry` is null or came from the call before.
            entry = unsafe { ffi::av_dict_get(self.0, c"".as_ptr(), entry, IGNORE_SUFFIX) };
            if entry.is_null() {
                return keys;
            }
            // SAFETY: an entry's key is a C string for as long as the dictionary is not changed.
            keys.extend(unsafe { text((*entry).key) });
        }
    }
}

/// Every entry of one of FFmpeg's dictionaries.
///
/// # Safety
/// `dict` is null or a valid dictionary that nothing changes meanwhile.
pub(super) unsafe fn entries(dict: *const ffi::AVDictionary) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    let mut entry: *const ffi::AVDictionaryEntry = ptr::null();
    loop {
        // SAFETY: the caller's dictionary is valid; `entry` is null or came from the call before, and its key and
        // value are C strings.
        unsafe {
            entry = ffi::av_dict_get(dict, c"".as_ptr(), entry, IGNORE_SUFFIX);
            if entry.is_null() {
                return entries;
            }
            let value = text((*entry).value).unwrap_or_default();
            entries.push((text((*entry).key).unwrap_or_default(), value));
        }
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        // SAFETY: the dictionary is ours and is not used after this.
        unsafe { ffi::av_dict_free(&mut self.0) };
    }
}
