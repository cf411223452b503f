//! The rows of a picture of any pixel format in memory, as bytes.
//! The caller knows what the bytes are.

use std::marker::PhantomData;

use super::frame::Frame;
use super::planes::layouts;

/// Most planes that a picture has.
const PLANES: usize = 4;

/// The planes of a picture that is borrowed.
pub(crate) struct PlaneRows<'a> {
    planes: Vec<PlaneOfRows>,
    frame: PhantomData<&'a Frame>,
}

struct PlaneOfRows {
    data: *const u8,
    /// Bytes from one row to the next; negative in a picture that is upside down in memory.
    stride: isize,
    row_bytes: usize,
    rows: usize,
}

impl PlaneRows<'_> {
    /// The row of that number in each plane; empty for planes that the picture lacks or that have fewer rows.
    pub fn row(&self, index: usize) -> [&[u8]; PLANES] {
        let mut rows: [&[u8]; PLANES] = [&[]; PLANES];
        for (row, plane) in rows.iter_mut().zip(&self.planes) {
            if index < plane.rows {
                // SAFETY: the plane has that many rows of at least so many bytes, as `plane_rows` has checked, and the
                // picture is borrowed for as long as the row.
                *row = unsafe {
                    let at = plane.data.offset(plane.stride * index.cast_signed());
                    std::slice::from_raw_parts(at, plane.row_bytes)
                };
            }
        }
        rows
    }
}

impl Frame {
    /// The rows of a picture; `None` if it has a palette or is not in memory.
    pub fn plane_rows(&self) -> Option<PlaneRows<'_>> {
        let (width, height) = (self.width().try_into().ok()?, self.height().try_into().ok()?);
        let layouts = layouts(self.format(), width, height).ok()?;
        let mut planes = Vec::with_capacity(PLANES);
        for (index, layout) in layouts.into_iter().enumerate().take(PLANES) {
            // SAFETY: reads plain fields of a valid frame.
            let (data, stride) = unsafe {
                let ptr = self.0.as_ptr();
                ((*ptr).data[index].cast_const(), (*ptr).linesize[index] as isize)
            };
            if data.is_null() || stride.unsigned_abs() < layout.row_bytes {
                return None;
            }
            planes.push(PlaneOfRows {
                data,
                stride,
                row_bytes: layout.row_bytes,
                rows: layout.rows,
            });
        }
        Some(PlaneRows { planes, frame: PhantomData })
    }

    /// FFmpeg's name of the pixel format.
    pub fn format_name(&self) -> &'static str {
        super::Geometry::format_name_of(self.format())
    }
}

#[cfg(test)]
mod tests {
    use super::super::planes::Plane;
    use super::*;

    #[test]
    fn every_plane_has_its_own_rows() {
        let bytes: Vec<u8> = (0..64).collect();
        let plane = |stride| Plane { data: &bytes, stride };
        let rgb = Frame::from_planes("rgb24", 2, 3, &[plane(10)]).unwrap();
        let rows = rgb.plane_rows().unwrap();
        assert_eq!(rows.row(2), [&[20, 21, 22, 23, 24, 25][..], &[], &[], &[]]);
        assert_eq!(rows.row(3), [&[] as &[u8]; 4]);
        let planar = Frame::from_planes("yuv420p", 4, 4, &[plane(4), plane(2), plane(3)]).unwrap();
        let rows = planar.plane_rows().unwrap();
        assert_eq!(rows.row(1), [&[4, 5, 6, 7][..], &[2, 3], &[3, 4], &[]]);
        assert_eq!(rows.row(2), [&[8, 9, 10, 11][..], &[], &[], &[]]);
    }
}
