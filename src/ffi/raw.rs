//! Declares FFmpeg functions that take or return enums with integers instead: a newer library may have extended the
//! enums, and a Rust enum must not hold a value that its declaration lacks. For the same reason, fields of such types
//! are not read through `ffmpeg-next`.

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::ptr;

use ffmpeg_next::ffi;

/// `AVCodecID`.
pub(super) type CodecId = c_uint;
/// `AVPixelFormat`; -1 where there is none.
pub(super) type PixelFormat = c_int;
/// `AVSampleFormat`; -1 where there is none.
pub(super) type SampleFormat = c_int;
/// `AVHWDeviceType`; 0 where there is none.
pub(super) type DeviceType = c_uint;

// SAFETY: these are functions of the libraries that `ffmpeg-sys-next` links, and a C enum is passed as an integer of 32
// bits, whose sign the calling conventions do not tell apart.
unsafe extern "C" {
    pub(super) fn avcodec_find_decoder(id: CodecId) -> *const ffi::AVCodec;
    pub(super) fn avcodec_get_name(id: CodecId) -> *const c_char;
    pub(super) fn avcodec_descriptor_get(id: CodecId) -> *const ffi::AVCodecDescriptor;
    pub(super) fn av_get_pix_fmt(name: *const c_char) -> PixelFormat;
    pub(super) fn av_pix_fmt_desc_get(format: PixelFormat) -> *const ffi::AVPixFmtDescriptor;
    pub(super) fn av_image_get_buffer_size(
        format: PixelFormat,
        width: c_int,
        height: c_int,
        align: c_int,
    ) -> c_int;
    pub(super) fn av_image_get_linesize(format: PixelFormat, width: c_int, plane: c_int) -> c_int;
    pub(super) fn av_pix_fmt_count_planes(format: PixelFormat) -> c_int;
    pub(super) fn av_get_sample_fmt(name: *const c_char) -> SampleFormat;
    pub(super) fn av_get_sample_fmt_name(format: SampleFormat) -> *const c_char;
    pub(super) fn av_hwdevice_iterate_types(previous: DeviceType) -> DeviceType;
    pub(super) fn av_hwdevice_find_type_by_name(name: *const c_char) -> DeviceType;
    pub(super) fn av_hwdevice_get_type_name(kind: DeviceType) -> *const c_char;
    pub(super) fn av_hwdevice_ctx_create(
        device: *mut *mut ffi::AVBufferRef,
        kind: DeviceType,
        name: *const c_char,
        options: *mut c_void,
        flags: c_int,
    ) -> c_int;
}

/// Read a field that C declares as an enum.
///
/// # Safety
/// `field` points to a field of such a type, which can be read.
pub(super) unsafe fn read_enum<E>(field: *const E) -> c_int {
    const { assert!(size_of::<E>() == size_of::<c_int>()) };
    // SAFETY: the caller's promise; C represents its enums here as integers of 32 bits.
    unsafe { field.cast::<c_int>().read() }
}

/// Write a field that C declares as an enum.
///
/// # Safety
/// `field` points to a field of such a type, which can be written.
pub(super) unsafe fn write_enum<E>(field: *mut E, value: c_int) {
    const { assert!(size_of::<E>() == size_of::<c_int>()) };
    // SAFETY: the caller's promise; C represents its enums here as integers of 32 bits.
    unsafe { field.cast::<c_int>().write(value) };
}

/// The ID of a stream's codec.
///
/// # Safety
/// `parameters` are a stream's.
pub(super) unsafe fn codec_id(parameters: *const ffi::AVCodecParameters) -> CodecId {
    // SAFETY: the caller's promise.
    unsafe { read_enum(ptr::addr_of!((*parameters).codec_id)) as CodecId }
}
