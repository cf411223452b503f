//! The rows of planar 4:2:0 pictures as slices: 10 bits to read, 8 bits to fill.
//! The caller interprets the values.

use std::ffi::CStr;
use std::marker::PhantomData;

use ffmpeg_next::ffi;

use super::av::AvError;
use super::frame::Frame;
use super::raw;

/// The planes of a picture of 10 bits in the order of this machine, with even sides.
pub(crate) struct Yuv420p10<'a> {
    data: [*const u8; 3],
    /// Bytes from one row to the next; negative in a picture that is upside down in memory.
    strides: [isize; 3],
    width: usize,
    height: usize,
    frame: PhantomData<&'a Frame>,
}

// SAFETY: it only reads a picture that it borrows.
unsafe impl Sync for Yuv420p10<'_> {}

impl Yuv420p10<'_> {
    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    /// Row `index` of all rows.
    pub fn luma(&self, index: usize) -> &[u16] {
        self.row(0, index, self.width, self.height)
    }

    /// Row `index` of half as many rows.
    pub fn cb(&self, index: usize) -> &[u16] {
        self.row(1, index, self.width / 2, self.height / 2)
    }

    pub fn cr(&self, index: usize) -> &[u16] {
        self.row(2, index, self.width / 2, self.height / 2)
    }

    fn row(&self, plane: usize, index: usize, width: usize, height: usize) -> &[u16] {
        assert!(index < height, "row {index} of {height}");
        // SAFETY: the plane has that many rows, each of at least so many aligned numbers, as `yuv420p10` has checked,
        // and the picture is borrowed for as long as the row.
        unsafe {
            let at = self.data[plane].offset(self.strides[plane] * index.cast_signed());
            std::slice::from_raw_parts(at.cast(), width)
        }
    }
}

/// Some rows of a picture of 8 bits.
pub(crate) struct Rows8<'a> {
    first: usize,
    width: usize,
    /// The rows of each plane with their padding, and the bytes from one row to the next.
    planes: [(&'a mut [u8], usize); 3],
}

impl Rows8<'_> {
    /// The index of the first chroma row in the picture.
    pub fn first(&self) -> usize {
        self.first
    }

    /// The number of chroma rows, which is half that of luma rows.
    pub fn count(&self) -> usize {
        let (bytes, stride) = &self.planes[1];
        bytes.len() / stride
    }

    /// The upper (0) or lower (1) row of luma at a chroma row of these.
    pub fn luma(&mut self, index: usize, half: usize) -> &mut [u8] {
        let (bytes, stride) = &mut self.planes[0];
        &mut bytes[(2 * index + half) * *stride..][..self.width]
    }

    /// A row of Cb and Cr.
    pub fn chroma(&mut self, index: usize) -> (&mut [u8], &mut [u8]) {
        let [_, (cb, cb_stride), (cr, cr_stride)] = &mut self.planes;
        let width = self.width / 2;
        (&mut cb[index * *cb_stride..][..width], &mut cr[index * *cr_stride..][..width])
    }
}

/// FFmpeg's number of a pixel format.
fn format(name: &CStr) -> raw::PixelFormat {
    // SAFETY: the name is a C string.
    unsafe { raw::av_get_pix_fmt(name.as_ptr()) }
}

impl Frame {
    /// The rows of a picture in the format `yuv420p10`; `None` if it has another, or odd sides.
    pub fn yuv420p10(&self) -> Option<Yuv420p10<'_>> {
        let (width, height) = (self.width() as usize, self.height() as usize);
        if self.format() != format(c"yuv420p10") || width % 2 + height % 2 > 0 || width == 0 {
            return None;
        }
        // SAFETY: reads plain fields of a valid frame.
        let (data, strides) = unsafe {
            let ptr = self.0.as_ptr();
            ((*ptr).data, (*ptr).linesize)
        };
        let data = [data[0].cast_const(), data[1].cast_const(), data[2].cast_const()];
        let strides = [strides[0] as isize, strides[1] as isize, strides[2] as isize];
        let is_sound = |plane: usize| {
            let row = if plane == 0 { 2 * width } else { width };
            !data[plane].is_null()
                && data[plane].cast::<u16>().is_aligned()
                && strides[plane] % 2 == 0
                && strides[plane].unsigned_abs() >= row
        };
        let sound = height > 0 && (0..3).all(is_sound);
        sound.then_some(Yuv420p10 { data, strides, width, height, frame: PhantomData })
    }

    /// An empty picture of `yuv420p` with the size, the time and the side data of this one.
    pub fn like_8_bits(&self) -> Result<Self, AvError> {
        let mut made = Self::empty()?;
        // SAFETY: both frames are valid, and the new one is empty; its fields are set before av_frame_get_buffer reads
        // them.
        unsafe {
            let ptr = made.0.as_mut_ptr();
            AvError::check(ffi::av_frame_copy_props(ptr, self.0.as_ptr()))?;
            (*ptr).format = format(c"yuv420p");
            (*ptr).width = (*self.0.as_ptr()).width;
            (*ptr).height = (*self.0.as_ptr()).height;
            AvError::check(ffi::av_frame_get_buffer(ptr, 0))?;
        }
        if let Some(capture) = crate::time::Timed::capture(self) {
            made.set_capture(capture);
        }
        Ok(made)
    }

    /// The rows of a picture in the format `yuv420p` that nothing else refers to, in about `count` bands; `None` for
    /// any other picture.
    pub fn bands(&mut self, count: usize) -> Option<Vec<Rows8<'_>>> {
        let (width, height) = (self.width() as usize, self.height() as usize);
        // SAFETY: the frame is valid.
        let alone = unsafe { ffi::av_frame_is_writable(self.0.as_mut_ptr()) } == 1;
        let even = width % 2 + height % 2 == 0 && width > 0 && height > 0;
        if !alone || !even || self.format() != format(c"yuv420p") {
            return None;
        }
        let mut planes = Vec::new();
        for plane in 0..3 {
            // SAFETY: reads plain fields of a valid frame.
            let (data, stride) = unsafe {
                let ptr = self.0.as_ptr();
                ((*ptr).data[plane], (*ptr).linesize[plane])
            };
            let (rows, needed) = if plane == 0 { (height, width) } else { (height / 2, width / 2) };
            let stride = usize::try_from(stride).ok().filter(|stride| *stride >= needed)?;
            if data.is_null() {
                return None;
            }
            // SAFETY: the plane has `rows` rows of `stride` bytes, and nothing else refers to them.
            planes.push((unsafe { std::slice::from_raw_parts_mut(data, rows * stride) }, stride));
        }
        let [luma, cb, cr]: [_; 3] = planes.try_into().ok()?;
        let rows = (height / 2).div_ceil(count.max(1));
        let mut chroma = cb.0.chunks_mut(rows * cb.1).zip(cr.0.chunks_mut(rows * cr.1));
        let bands = luma.0.chunks_mut(2 * rows * luma.1).enumerate().map_while(|(n, bright)| {
            let (blue, red) = chroma.next()?;
            let planes = [(bright, luma.1), (blue, cb.1), (red, cr.1)];
            Some(Rows8 { first: n * rows, width, planes })
        });
        Some(bands.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::planes::Plane;
    use super::*;

    fn picture(format: &str, width: u32, height: u32, bytes: usize) -> Frame {
        let data: Vec<u8> = (0..4096).map(|n| n as u8).collect();
        let row = width as usize * bytes;
        let plane = |row| Plane { data: &data, stride: row };
        let chroma = (width as usize).div_ceil(2) * bytes;
        Frame::from_planes(format, width, height, &[plane(row), plane(chroma), plane(chroma)])
            .unwrap()
    }

    #[test]
    fn only_even_sized_10_bit_4_2_0_pictures_have_rows() {
        let frame = picture("yuv420p10", 4, 4, 2);
        let rows = frame.yuv420p10().unwrap();
        assert_eq!(rows.luma(1), [0x0908, 0x0b0a, 0x0d0c, 0x0f0e]);
        assert_eq!(rows.cr(1), [0x0504, 0x0706]);
        assert!(picture("yuv420p", 4, 4, 1).yuv420p10().is_none());
        assert!(picture("yuv420p10", 5, 4, 2).yuv420p10().is_none());
    }

    #[test]
    fn bands_hold_every_row_once() {
        for count in [1, 2, 3, 50] {
            let mut frame = picture("yuv420p10", 6, 10, 2).like_8_bits().unwrap();
            let mut rows = Vec::new();
            for mut band in frame.bands(count).unwrap() {
                for index in 0..band.count() {
                    rows.push(band.first() + index);
                    let sides = (band.luma(index, 1).len(), band.chroma(index).1.len());
                    assert_eq!(sides, (6, 3));
                }
            }
            assert_eq!(rows, [0, 1, 2, 3, 4]);
        }
    }
}
