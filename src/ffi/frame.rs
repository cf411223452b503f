//! A decoded picture: its time, and a way to fill one. What it is (size, format, colours) is in `geometry.rs`.
//! It converts nothing.

use std::ffi::{CString, c_int};
use std::ptr::{addr_of, addr_of_mut};

use ffmpeg_next::ffi;
use ffmpeg_next::frame::side_data::Type as SideData;

use super::av::AvError;
use super::geometry::{Geometry, matrix_from_bytes, pixel_format};
use crate::time::{Capture, Timed};

/// One picture with its time in nanoseconds, and for live ones, until they are filtered, when it was captured.
pub(crate) struct Frame(pub(super) ffmpeg_next::frame::Video, Option<Capture>);

impl Timed for Frame {
    fn time(&self) -> i64 {
        self.0.pts().unwrap_or(0)
    }

    fn set_time(&mut self, nanos: i64) {
        self.0.set_pts(Some(nanos));
    }

    fn capture(&self) -> Option<Capture> {
        self.1
    }
}

/// One plane of pixels to copy from: rows of `stride` bytes.
pub(crate) struct Plane<'a> {
    pub data: &'a [u8],
    pub stride: usize,
}

impl Frame {
    pub fn empty() -> Self {
        Self(ffmpeg_next::frame::Video::empty(), None)
    }

    /// A frame with pixels of its own, in the format of that name.
    pub fn alloc(format: &str, width: u32, height: u32) -> Result<Self, AvError> {
        let name = CString::new(format).map_err(|_nul| AvError::INVALID)?;
        let mut frame = Self::empty();
        // SAFETY: the frame is valid and empty; its fields are set before av_frame_get_buffer reads them.
        unsafe {
            let ptr = frame.0.as_mut_ptr();
            (*ptr).format = ffi::av_get_pix_fmt(name.as_ptr()) as c_int;
            (*ptr).width = width as c_int;
            (*ptr).height = height as c_int;
            AvError::check(ffi::av_frame_get_buffer(ptr, 0))?;
        }
        Ok(frame)
    }

    /// Copy `rows` rows of `bytes` bytes into plane `index` of a frame from [`Self::alloc`].
    pub fn fill(&mut self, index: usize, source: &Plane<'_>, bytes: usize, rows: usize) -> bool {
        // SAFETY: only reads plain fields of a valid frame.
        let (stride, target) = unsafe {
            let ptr = self.0.as_ptr();
            ((*ptr).linesize[index] as usize, (*ptr).data[index])
        };
        let needed = match rows.checked_sub(1).and_then(|r| r.checked_mul(source.stride)) {
            Some(all_but_last) => all_but_last + bytes,
            None => return false,
        };
        if target.is_null() || bytes > stride || bytes > source.stride || source.data.len() < needed
        {
            return false;
        }
        for row in 0..rows {
            let from = &source.data[row * source.stride..][..bytes];
            // SAFETY: the plane has `stride` bytes a row, at least `bytes` of them, for every row of the frame, and
            // `from` is ours, so the two do not overlap.
            unsafe {
                std::ptr::copy_nonoverlapping(from.as_ptr(), target.add(row * stride), bytes);
            }
        }
        true
    }

    pub fn set_capture(&mut self, capture: Capture) {
        self.1 = Some(capture);
    }

    /// The decoder's best guess of the frame's time, in ticks of its stream.
    pub fn best_effort_time(&self) -> Option<i64> {
        self.0.timestamp()
    }

    /// The container's duration of the frame in ticks; 0 where unknown.
    pub fn duration(&self) -> i64 {
        self.0.packet().duration
    }

    /// Fields to show the frame for beyond the usual two.
    pub fn repeat_fields(&self) -> i32 {
        // SAFETY: only reads a plain field of a valid frame.
        unsafe { (*self.0.as_ptr()).repeat_pict }
    }

    /// The decoder found errors in it.
    pub fn is_damaged(&self) -> bool {
        self.0.is_corrupt() || self.0.has_decode_errors()
    }

    /// Ask for an IDR here, or leave the kind of picture to the encoder.
    pub fn set_keyframe(&mut self, key: bool) {
        use ffmpeg_next::picture::Type;
        self.0.set_kind(if key { Type::I } else { Type::None });
    }

    /// Bytes the picture takes.
    pub fn bytes(&self) -> usize {
        // SAFETY: only reads plain fields of a valid frame.
        let (width, height, format) = unsafe {
            let ptr = self.0.as_ptr();
            ((*ptr).width, (*ptr).height, (*ptr).format)
        };
        pixel_format(format).map_or(0, |format| {
            // SAFETY: a pure function of its arguments.
            let size = unsafe { ffi::av_image_get_buffer_size(format, width, height, 1) };
            usize::try_from(size).unwrap_or(0)
        })
    }

    pub fn width(&self) -> u32 {
        self.0.width()
    }

    pub fn height(&self) -> u32 {
        self.0.height()
    }

    pub fn geometry(&self) -> Geometry {
        // SAFETY: reads plain fields of a valid frame. The colour fields are C enums that newer libraries may extend,
        // so they are read as the integers they are, never as Rust enums.
        let (format, aspect, matrix, range, primaries, transfer) = unsafe {
            let ptr = self.0.as_ptr();
            (
                (*ptr).format,
                (*ptr).sample_aspect_ratio,
                addr_of!((*ptr).colorspace).cast::<i32>().read(),
                addr_of!((*ptr).color_range).cast::<i32>().read(),
                addr_of!((*ptr).color_primaries).cast::<i32>().read(),
                addr_of!((*ptr).color_trc).cast::<i32>().read(),
            )
        };
        Geometry {
            width: self.0.width(),
            height: self.0.height(),
            aspect: (aspect.num, aspect.den),
            matrix,
            primaries,
            transfer,
            interlaced: self.0.is_interlaced(),
            rotation: self
                .0
                .side_data(SideData::DisplayMatrix)
                .and_then(|d| matrix_from_bytes(d.data())),
            ..Geometry::of_format(format, range)
        }
    }

    /// Say what the numbers of luma and chroma mean: their range, and the matrix by its number in ITU-T H.273.
    pub fn tag_yuv(&mut self, full_range: bool, matrix: i32) {
        let range = if full_range { 2 } else { 1 }; // AVCOL_RANGE_JPEG, _MPEG
        // SAFETY: writes plain fields of a valid frame; the numbers are values of the C enums.
        unsafe {
            let ptr = self.0.as_mut_ptr();
            addr_of_mut!((*ptr).colorspace).cast::<i32>().write(matrix);
            addr_of_mut!((*ptr).color_range).cast::<i32>().write(range);
        }
    }

    /// Tag the frame as BT.709 limited range with square pixels, which its pixels must be by now.
    pub fn tag_bt709(&mut self) {
        const BT709: i32 = 1;
        const LIMITED: i32 = 1;
        // SAFETY: writes plain fields of a valid frame; the numbers are values of the C enums.
        unsafe {
            let ptr = self.0.as_mut_ptr();
            addr_of_mut!((*ptr).colorspace).cast::<i32>().write(BT709);
            addr_of_mut!((*ptr).color_primaries).cast::<i32>().write(BT709);
            addr_of_mut!((*ptr).color_trc).cast::<i32>().write(BT709);
            addr_of_mut!((*ptr).color_range).cast::<i32>().write(LIMITED);
            (*ptr).sample_aspect_ratio = ffi::AVRational { num: 1, den: 1 };
        }
    }
}
