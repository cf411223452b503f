//! A decoded picture with its time. Its size, format and colours are in `geometry.rs`; making one from a caller's
//! pixels is in `planes.rs`. It converts nothing.

use std::ptr::{addr_of, addr_of_mut};

use ffmpeg_next::ffi;

use super::av::AvError;
use super::geometry::{Geometry, matrix_from_bytes};
use super::raw::{self, read_enum, write_enum};
use crate::time::{Capture, Timed};

/// One picture with its time in nanoseconds. Until it is filtered it also has, if live, the time when it was captured,
/// and what its container states.
pub(crate) struct Frame(pub(super) ffmpeg_next::frame::Video, Option<Capture>, ContainerGeometry);

/// The display matrix and the sample aspect ratio that a container states; (0, 1) for none.
#[derive(Clone, Copy, Default)]
struct ContainerGeometry {
    rotation: Option<[i32; 9]>,
    aspect: (i32, i32),
}

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

impl Frame {
    /// A frame without a picture, for FFmpeg to fill.
    pub(super) fn empty() -> Result<Self, AvError> {
        let frame = ffmpeg_next::frame::Video::empty();
        // SAFETY: the pointer is only compared: null where there was no memory.
        let is_null = unsafe { frame.as_ptr() }.is_null();
        if is_null {
            Err(AvError::NO_MEMORY)
        } else {
            Ok(Self(frame, None, ContainerGeometry::default()))
        }
    }

    pub fn set_capture(&mut self, capture: Capture) {
        self.1 = Some(capture);
    }

    /// What the container states: the display matrix of frames without their own, and the sample aspect ratio, which
    /// overrides the frame's, as in the ffmpeg command.
    pub fn set_stated(&mut self, rotation: Option<[i32; 9]>, aspect: (i32, i32)) {
        self.2 = ContainerGeometry { rotation, aspect };
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

    /// FFmpeg's number of the pixel format; -1 where there is no picture.
    pub(super) fn format(&self) -> raw::PixelFormat {
        // SAFETY: only reads a plain field of a valid frame.
        unsafe { (*self.0.as_ptr()).format }
    }

    /// Bytes the picture takes.
    pub fn bytes(&self) -> usize {
        // SAFETY: reads plain fields of a valid frame, and calls a pure function of its arguments.
        let size = unsafe {
            let ptr = self.0.as_ptr();
            raw::av_image_get_buffer_size((*ptr).format, (*ptr).width, (*ptr).height, 1)
        };
        usize::try_from(size).unwrap_or(0)
    }

    pub fn width(&self) -> u32 {
        self.0.width()
    }

    pub fn height(&self) -> u32 {
        self.0.height()
    }

    pub fn geometry(&self) -> Geometry {
        // SAFETY: reads plain fields of a valid frame.
        let (aspect, matrix, range, primaries, transfer) = unsafe {
            let ptr = self.0.as_ptr();
            (
                (*ptr).sample_aspect_ratio,
                read_enum(addr_of!((*ptr).colorspace)),
                read_enum(addr_of!((*ptr).color_range)),
                read_enum(addr_of!((*ptr).color_primaries)),
                read_enum(addr_of!((*ptr).color_trc)),
            )
        };
        Geometry {
            width: self.0.width(),
            height: self.0.height(),
            aspect: if self.2.aspect.0 > 0 { self.2.aspect } else { (aspect.num, aspect.den) },
            matrix,
            primaries,
            transfer,
            interlaced: self.0.is_interlaced(),
            rotation: self.display_matrix().or(self.2.rotation),
            ..Geometry::of_format(self.format(), range)
        }
    }

    /// The lowest and the highest number of the first plane, which has 16 bits a number, with the
    /// high byte first if they are `big_endian`.
    pub fn extremes(&self, big_endian: bool) -> Option<(u16, u16)> {
        let read = if big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
        self.numbers(|found: Option<(u16, u16)>, bytes| {
            let number = read(bytes);
            let (low, high) = found.unwrap_or((number, number));
            Some((low.min(number), high.max(number)))
        })
    }

    /// The lowest and the highest number of the first plane, which has 32-bit floats in little-endian order. Those that
    /// are not finite stand for no value.
    pub fn float_extremes(&self) -> Option<(f32, f32)> {
        self.numbers(|found: Option<(f32, f32)>, bytes| {
            let number = f32::from_le_bytes(bytes);
            let (low, high) = found.unwrap_or((number, number));
            if number.is_finite() { Some((low.min(number), high.max(number))) } else { found }
        })
    }

    /// Fold the numbers of the first plane, each of `N` bytes.
    fn numbers<const N: usize, T>(
        &self,
        fold: impl Fn(Option<T>, [u8; N]) -> Option<T>,
    ) -> Option<T> {
        let (width, height) = (self.width() as usize, self.height() as usize);
        // SAFETY: reads plain fields of a valid frame.
        let (data, stride) =
            unsafe { ((*self.0.as_ptr()).data[0], (*self.0.as_ptr()).linesize[0]) };
        let stride = usize::try_from(stride).ok()?;
        if data.is_null() || stride < N * width {
            return None;
        }
        let mut found = None;
        for row in 0..height {
            // SAFETY: the plane has `height` rows of `stride` bytes, of which a row takes `N` times its width.
            let bytes = unsafe { std::slice::from_raw_parts(data.add(row * stride), N * width) };
            let (numbers, _) = bytes.as_chunks::<N>();
            found = numbers.iter().fold(found, |found, &number| fold(found, number));
        }
        found
    }

    fn display_matrix(&self) -> Option<[i32; 9]> {
        // SAFETY: the frame is valid; its side data, where there is any, has the stated size, and is copied.
        unsafe {
            let wanted = ffi::AVFrameSideDataType::AV_FRAME_DATA_DISPLAYMATRIX;
            let found = ffi::av_frame_get_side_data(self.0.as_ptr(), wanted);
            if found.is_null() || (*found).data.is_null() {
                return None;
            }
            matrix_from_bytes(std::slice::from_raw_parts((*found).data, (*found).size))
        }
    }

    /// Tag what the numbers of luma and chroma mean: their range, and the matrix by its number in ITU-T H.273.
    pub fn tag_yuv(&mut self, full_range: bool, matrix: u8) {
        let range = if full_range { 2 } else { 1 }; // AVCOL_RANGE_JPEG, _MPEG
        // SAFETY: writes plain fields of a valid frame; the numbers are values of the C enums.
        unsafe {
            let ptr = self.0.as_mut_ptr();
            write_enum(addr_of_mut!((*ptr).colorspace), matrix.into());
            write_enum(addr_of_mut!((*ptr).color_range), range);
        }
    }

    /// Tag the frame as BT.709 limited range with square pixels, which its pixels must be by now.
    pub fn tag_bt709(&mut self) {
        const BT709: i32 = 1;
        const LIMITED: i32 = 1;
        // SAFETY: writes plain fields of a valid frame; the numbers are values of the C enums.
        unsafe {
            let ptr = self.0.as_mut_ptr();
            write_enum(addr_of_mut!((*ptr).colorspace), BT709);
            write_enum(addr_of_mut!((*ptr).color_primaries), BT709);
            write_enum(addr_of_mut!((*ptr).color_trc), BT709);
            write_enum(addr_of_mut!((*ptr).color_range), LIMITED);
            (*ptr).sample_aspect_ratio = ffi::AVRational { num: 1, den: 1 };
        }
    }
}
