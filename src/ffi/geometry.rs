//! What a picture is: size, pixel format, colours, orientation, of a frame or by a container's word.
//! It holds no pixels.

use std::ffi::{CStr, c_int};
use std::ptr::addr_of;

use ffmpeg_next::ffi;

/// Everything about a frame that decides how it has to be filtered. Colour numbers are those of ITU-T H.273.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub width: u32,
    pub height: u32,
    /// FFmpeg's number and name of the pixel format.
    pub format: i32,
    pub format_name: &'static str,
    /// The format holds red, green and blue rather than luma and chroma.
    pub rgb: bool,
    pub alpha: bool,
    /// Planes subsampled by 2 in both directions and 8 bits deep: 4:2:0 as the encoder takes it.
    pub is_420p8: bool,
    /// Shape of a pixel, width to height; (0, 1) where unknown.
    pub aspect: (i32, i32),
    pub matrix: i32,
    pub full_range: bool,
    pub primaries: i32,
    pub transfer: i32,
    pub interlaced: bool,
    /// The display matrix that came with the frame itself.
    pub rotation: Option<[i32; 9]>,
}

impl Geometry {
    /// What a container and its probing say of a stream's pictures.
    ///
    /// # Safety
    /// `par` points to the parameters of a video stream.
    pub(super) unsafe fn of_parameters(par: *const ffi::AVCodecParameters) -> Self {
        // SAFETY: the caller's promise; the colour fields are read as the integers they are.
        let (width, height, format, aspect, matrix, range, primaries, transfer, order) = unsafe {
            (
                (*par).width,
                (*par).height,
                (*par).format,
                (*par).sample_aspect_ratio,
                addr_of!((*par).color_space).cast::<i32>().read(),
                addr_of!((*par).color_range).cast::<i32>().read(),
                addr_of!((*par).color_primaries).cast::<i32>().read(),
                addr_of!((*par).color_trc).cast::<i32>().read(),
                addr_of!((*par).field_order).cast::<i32>().read(),
            )
        };
        Self {
            width: u32::try_from(width).unwrap_or(0),
            height: u32::try_from(height).unwrap_or(0),
            aspect: (aspect.num, aspect.den),
            matrix,
            primaries,
            transfer,
            interlaced: order > 1, // AV_FIELD_PROGRESSIVE
            ..Self::of_format(format, range)
        }
    }

    /// What a pixel format and FFmpeg's number of a range say; the rest is unknown.
    pub(super) fn of_format(format: i32, range: i32) -> Self {
        const UNSPECIFIED: i32 = 2;
        let described = Format::describe(format);
        Self {
            width: 0,
            height: 0,
            format,
            format_name: described.name,
            rgb: described.rgb,
            alpha: described.alpha,
            is_420p8: matches!(described.name, "yuv420p" | "yuvj420p"),
            aspect: (0, 1),
            matrix: UNSPECIFIED,
            full_range: range == 2 || described.name.starts_with("yuvj"), // AVCOL_RANGE_JPEG
            primaries: UNSPECIFIED,
            transfer: UNSPECIFIED,
            interlaced: false,
            rotation: None,
        }
    }

    /// FFmpeg's name of a pixel format number; empty where it is none.
    pub fn format_name_of(format: i32) -> &'static str {
        pixel_format(format).map_or("", |_| Format::describe(format).name)
    }
}

/// A display matrix as containers store it: nine 32-bit integers.
pub(super) fn matrix_from_bytes(bytes: &[u8]) -> Option<[i32; 9]> {
    let mut matrix = [0; 9];
    let chunks = bytes.get(..36)?.chunks_exact(4);
    for (value, chunk) in matrix.iter_mut().zip(chunks) {
        *value = i32::from_ne_bytes(chunk.try_into().ok()?);
    }
    Some(matrix)
}

pub(super) fn pixel_format(format: c_int) -> Option<ffi::AVPixelFormat> {
    let known = 0..ffi::AVPixelFormat::AV_PIX_FMT_NB as c_int;
    // SAFETY: the formats are numbered from 0 to NB without a gap, and the enum has one variant for each.
    known
        .contains(&format)
        .then(|| unsafe { std::mem::transmute::<c_int, ffi::AVPixelFormat>(format) })
}

struct Format {
    pub name: &'static str,
    pub rgb: bool,
    pub alpha: bool,
}

impl Format {
    pub fn describe(format: c_int) -> Self {
        let unknown = Self { name: "unknown", rgb: false, alpha: false };
        let Some(format) = pixel_format(format) else {
            return unknown;
        };
        // SAFETY: descriptors are static tables of FFmpeg, their names static C strings.
        unsafe {
            let desc = ffi::av_pix_fmt_desc_get(format);
            if desc.is_null() {
                return unknown;
            }
            let flags = (*desc).flags;
            let name = CStr::from_ptr((*desc).name);
            Self {
                name: name.to_str().unwrap_or("unknown"),
                rgb: flags & (1 << 5) != 0 || flags & (1 << 1) != 0, // AV_PIX_FMT_FLAG_RGB, _PAL
                alpha: flags & (1 << 7) != 0 || flags & (1 << 1) != 0, // AV_PIX_FMT_FLAG_ALPHA, _PAL
            }
        }
    }
}
