//! Frames made from a caller's pixels, with bounds checked for every row.
//! It converts nothing.

use std::ffi::{CString, c_int};

use ffmpeg_next::ffi;

use super::av::AvError;
use super::frame::Frame;
use super::raw;

/// One plane of pixels to copy from: rows of `stride` bytes, of which the first are pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plane<'a> {
    pub data: &'a [u8],
    pub stride: usize,
}

/// Why planes are no picture of that format and size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanesError {
    /// The format has this number of planes.
    Count(usize),
    /// This one has too few bytes, or too few in a row.
    TooSmall(usize),
    /// FFmpeg makes no such picture.
    Unsupported(AvError),
}

impl From<AvError> for PlanesError {
    fn from(error: AvError) -> Self {
        Self::Unsupported(error)
    }
}

impl std::fmt::Display for PlanesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(count) => write!(f, "the format has {count} planes"),
            Self::TooSmall(index) => write!(f, "plane {index} is too small"),
            Self::Unsupported(error) => error.fmt(f),
        }
    }
}

/// What one plane of a picture takes.
pub(super) struct Layout {
    pub row_bytes: usize,
    pub rows: usize,
}

impl Frame {
    /// A frame with a copy of these planes, in the pixel format of that name.
    pub fn from_planes(
        format: &str,
        width: u32,
        height: u32,
        planes: &[Plane<'_>],
    ) -> Result<Self, PlanesError> {
        let (format, width, height) = checked(format, width, height)?;
        let layouts = layouts_of(planes, format, width, height)?;
        let mut frame = Self::allocated(format, width, height)?;
        // SAFETY: the frame is valid.
        let ptr = unsafe { frame.0.as_mut_ptr() };
        for (index, (plane, layout)) in planes.iter().zip(&layouts).enumerate() {
            // SAFETY: FFmpeg has allocated the planes of this format and size, which nobody else refers to yet.
            let (target, stride) = unsafe { ((*ptr).data[index], (*ptr).linesize[index]) };
            let stride = usize::try_from(stride).unwrap_or(0);
            if target.is_null() || stride < layout.row_bytes {
                return Err(AvError::INVALID.into());
            }
            for (row, from) in plane.data.chunks(plane.stride).take(layout.rows).enumerate() {
                let from = &from[..layout.row_bytes];
                // SAFETY: the plane has `rows` rows of `stride` bytes, of which `row_bytes` are at least there, and
                // `from` is not FFmpeg's, so the two do not overlap.
                unsafe {
                    let to = target.add(row * stride);
                    std::ptr::copy_nonoverlapping(from.as_ptr(), to, from.len());
                }
            }
        }
        Ok(frame)
    }

    /// Whether these planes hold a picture of that size in the pixel format of that name.
    pub fn check_planes(
        format: &str,
        width: u32,
        height: u32,
        planes: &[Plane<'_>],
    ) -> Result<(), PlanesError> {
        let (format, width, height) = checked(format, width, height)?;
        layouts_of(planes, format, width, height).map(drop)
    }

    /// A frame of one plane whose rows are written by `fill`, which is given the number of a row and its pixels.
    #[cfg(feature = "python")]
    pub fn from_rows(
        format: &str,
        width: u32,
        height: u32,
        mut fill: impl FnMut(usize, &mut [u8]),
    ) -> Result<Self, PlanesError> {
        let (format, width, height) = checked(format, width, height)?;
        let layouts = layouts(format, width, height)?;
        let [Layout { row_bytes, rows }] = *layouts else {
            return Err(PlanesError::Count(layouts.len()));
        };
        let mut frame = Self::allocated(format, width, height)?;
        // SAFETY: FFmpeg has allocated the plane of this format and size, which nobody else refers to yet.
        let (target, stride) = unsafe {
            let ptr = frame.0.as_mut_ptr();
            ((*ptr).data[0], (*ptr).linesize[0])
        };
        let stride = usize::try_from(stride).unwrap_or(0);
        if target.is_null() || stride < row_bytes {
            return Err(AvError::INVALID.into());
        }
        for row in 0..rows {
            // SAFETY: the plane has `rows` rows of `stride` bytes, of which `row_bytes` are at least there, and they
            // are zeroed before they are seen.
            let pixels = unsafe {
                let start = target.add(row * stride);
                start.write_bytes(0, row_bytes);
                std::slice::from_raw_parts_mut(start, row_bytes)
            };
            fill(row, pixels);
        }
        Ok(frame)
    }

    /// An empty picture of `yuv420p`.
    pub fn yuv420p(width: u32, height: u32) -> Result<Self, AvError> {
        let (format, width, height) = checked("yuv420p", width, height)?;
        Self::allocated(format, width, height)
    }

    /// A frame with memory for such a picture.
    fn allocated(format: raw::PixelFormat, width: c_int, height: c_int) -> Result<Self, AvError> {
        let mut frame = Self::empty()?;
        // SAFETY: the frame is valid and empty; its fields are set before av_frame_get_buffer reads them.
        unsafe {
            let ptr = frame.0.as_mut_ptr();
            (*ptr).format = format;
            (*ptr).width = width;
            (*ptr).height = height;
            AvError::check(ffi::av_frame_get_buffer(ptr, 0))?;
        }
        Ok(frame)
    }
}

/// FFmpeg's number of a pixel format, and a size as FFmpeg takes it.
fn checked(
    format: &str,
    width: u32,
    height: u32,
) -> Result<(raw::PixelFormat, c_int, c_int), AvError> {
    super::init();
    let name = CString::new(format).map_err(|_nul| AvError::INVALID)?;
    let side = |side| c_int::try_from(side).map_err(|_large| AvError::INVALID);
    // SAFETY: the name is a C string.
    let format = unsafe { raw::av_get_pix_fmt(name.as_ptr()) };
    Ok((format, side(width)?, side(height)?))
}

/// The layouts of these planes, each of which holds enough.
fn layouts_of(
    planes: &[Plane<'_>],
    format: raw::PixelFormat,
    width: c_int,
    height: c_int,
) -> Result<Vec<Layout>, PlanesError> {
    let layouts = layouts(format, width, height)?;
    if planes.len() != layouts.len() {
        return Err(PlanesError::Count(layouts.len()));
    }
    let fits = |(plane, layout): (&Plane<'_>, &Layout)| {
        let all_but_last = plane.stride.checked_mul(layout.rows - 1);
        let needed = all_but_last.and_then(|bytes| bytes.checked_add(layout.row_bytes));
        plane.stride >= layout.row_bytes && needed.is_some_and(|n| plane.data.len() >= n)
    };
    match planes.iter().zip(&layouts).position(|pair| !fits(pair)) {
        Some(index) => Err(PlanesError::TooSmall(index)),
        None => Ok(layouts),
    }
}

/// The planes of a picture in memory. Formats with a palette have none that could be copied.
pub(super) fn layouts(
    format: raw::PixelFormat,
    width: c_int,
    height: c_int,
) -> Result<Vec<Layout>, AvError> {
    const PALETTE_OR_HARDWARE: u64 = 1 << 1 | 1 << 3; // AV_PIX_FMT_FLAG_PAL, _HWACCEL
    // SAFETY: descriptors are static, null where there is none; the others are pure functions of their arguments.
    unsafe {
        let descriptor = raw::av_pix_fmt_desc_get(format);
        if width <= 0
            || height <= 0
            || descriptor.is_null()
            || (*descriptor).flags & PALETTE_OR_HARDWARE != 0
        {
            return Err(AvError::INVALID);
        }
        let layout = |plane| {
            let row_bytes = AvError::check(raw::av_image_get_linesize(format, width, plane))?;
            // Chroma planes have fewer rows, rounded up.
            let shift = if matches!(plane, 1 | 2) { (*descriptor).log2_chroma_h } else { 0 };
            let rows = (i64::from(height) + (1 << shift) - 1) >> shift;
            match (usize::try_from(row_bytes), usize::try_from(rows)) {
                (Ok(row_bytes), Ok(rows)) if row_bytes > 0 && rows > 0 => {
                    Ok(Layout { row_bytes, rows })
                }
                _ => Err(AvError::INVALID),
            }
        };
        (0..raw::av_pix_fmt_count_planes(format)).map(layout).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(format: &str, size: (u32, u32), planes: &[(usize, usize)]) -> Option<PlanesError> {
        let bytes = [0x55; 64];
        let plane = |&(length, stride): &(usize, usize)| Plane { data: &bytes[..length], stride };
        let planes: Vec<_> = planes.iter().map(plane).collect();
        Frame::from_planes(format, size.0, size.1, &planes).err()
    }

    #[test]
    fn planes_that_fit_are_taken() {
        assert_eq!(made("rgb24", (2, 2), &[(12, 6)]), None);
        // The last row need not be as long as the others.
        assert_eq!(made("rgb24", (2, 2), &[(16, 10)]), None);
        assert_eq!(made("yuv420p", (3, 3), &[(9, 3), (4, 2), (4, 2)]), None);
        assert_eq!(made("nv12", (4, 2), &[(8, 4), (4, 4)]), None);
    }

    #[test]
    fn planes_that_do_not_fit_are_refused() {
        let too_small = |index| Some(PlanesError::TooSmall(index));
        let unsupported = Some(PlanesError::Unsupported(AvError::INVALID));
        assert_eq!(made("rgb24", (2, 2), &[(11, 6)]), too_small(0));
        assert_eq!(made("rgb24", (2, 2), &[(12, 5)]), too_small(0));
        assert_eq!(made("rgb24", (2, 2), &[(12, 0)]), too_small(0));
        assert_eq!(made("rgb24", (2, 2), &[(12, usize::MAX)]), too_small(0));
        assert_eq!(made("yuv420p", (3, 3), &[(9, 3), (4, 2), (3, 2)]), too_small(2));
        assert_eq!(made("yuv420p", (2, 2), &[(4, 2)]), Some(PlanesError::Count(3)));
        assert_eq!(made("rgb24", (0, 2), &[(12, 6)]), unsupported);
        assert_eq!(made("rgb24", (u32::MAX, 2), &[(12, 6)]), unsupported);
        assert_eq!(made("no such format", (2, 2), &[(12, 6)]), unsupported);
        assert_eq!(made("pal8", (2, 2), &[(4, 2), (64, 64)]), unsupported);
        assert_eq!(made("vaapi", (2, 2), &[(4, 2)]), unsupported);
    }
}
