//! The properties of a picture: size, pixel format, colours, orientation, as stated by a frame or a container.
//! It holds no pixels.

use std::ffi::CStr;
use std::ptr::addr_of;

use ffmpeg_next::ffi;

use super::raw::{self, read_enum};

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
        // SAFETY: the caller's promise.
        let (width, height, format, aspect, matrix, range, primaries, transfer, order) = unsafe {
            (
                (*par).width,
                (*par).height,
                (*par).format,
                (*par).sample_aspect_ratio,
                read_enum(addr_of!((*par).color_space)),
                read_enum(addr_of!((*par).color_range)),
                read_enum(addr_of!((*par).color_primaries)),
                read_enum(addr_of!((*par).color_trc)),
                read_enum(addr_of!((*par).field_order)),
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
        let described =
            Format::of(format).unwrap_or(Format { name: "unknown", rgb: false, alpha: false });
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
        Format::of(format).map_or("", |format| format.name)
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

struct Format {
    name: &'static str,
    rgb: bool,
    alpha: bool,
}

impl Format {
    /// What FFmpeg knows of a pixel format; `None` where there is none of that number.
    fn of(format: raw::PixelFormat) -> Option<Self> {
        const PALETTE: u64 = 1 << 1; // AV_PIX_FMT_FLAG_PAL
        const RGB: u64 = 1 << 5; // AV_PIX_FMT_FLAG_RGB
        const ALPHA: u64 = 1 << 7; // AV_PIX_FMT_FLAG_ALPHA
        // SAFETY: descriptors are static tables of FFmpeg, null for other numbers; their names are static C strings.
        unsafe {
            let descriptor = raw::av_pix_fmt_desc_get(format);
            if descriptor.is_null() {
                return None;
            }
            let flags = (*descriptor).flags;
            Some(Self {
                name: CStr::from_ptr((*descriptor).name).to_str().unwrap_or("unknown"),
                rgb: flags & (RGB | PALETTE) != 0,
                alpha: flags & (ALPHA | PALETTE) != 0,
            })
        }
    }
}
