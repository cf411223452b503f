//! One picture of the caller's, from its bytes to a frame, and the errors for bytes that are no picture.
//! RGB is converted in `picture::from_rgb`, anything else by the filters before the encoder.

use std::time::Duration;

use crate::config::{FrameConfig, PixelLayout, Size, YuvMatrix};
use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{Frame, Plane, PlanesError};
use crate::picture::from_rgb::{self, RgbRows};
use crate::picture::rgb_layout::{RgbLayout, Row};
use crate::time::Timed as _;

/// What all pictures of one writer are.
#[derive(Debug)]
pub(super) struct Pictures {
    entity: String,
    size: Size,
    layout: PixelLayout,
    /// Range and matrix, where the pixels are luma and chroma.
    yuv: Option<(bool, YuvMatrix)>,
}

impl Pictures {
    pub fn new(entity: &str, config: &FrameConfig) -> Self {
        Self {
            entity: entity.to_owned(),
            size: config.size,
            layout: config.layout,
            yuv: config.layout.is_yuv().then_some((config.full_range, config.matrix)),
        }
    }

    /// A picture in one piece as its planes.
    pub fn planes<'a>(&self, pixels: &'a [u8]) -> Result<Vec<(&'a [u8], usize)>> {
        let (got, needed) = (pixels.len(), self.layout.bytes(self.size));
        if got != needed {
            let (size, layout) = (self.size, self.layout);
            return Err(self.misfit(format!("{got} bytes are no {size} {layout:?} picture")).with_remedy(format!(
                "it takes {needed} bytes; rows with gaps are for write_strided, another size needs its own writer at another entity"
            )));
        }
        let mut rest = pixels;
        let plane = |(bytes, rows)| {
            let (data, after) = rest.split_at(bytes * rows);
            rest = after;
            (data, bytes)
        };
        Ok(self.layout.planes(self.size).into_iter().map(plane).collect())
    }

    /// A picture as the encoder or the filters before it take it.
    pub fn frame(&self, time: Duration, planes: &[(&[u8], usize)]) -> Result<Frame> {
        let nanos = nanos(time).ok_or_else(|| self.misfit(format!("{time:?} is too late")))?;
        let (size, layout) = (self.size, self.layout);
        let planes: Vec<_> = planes.iter().map(|&(data, stride)| Plane { data, stride }).collect();
        let mut frame = made(layout, size, &planes).map_err(|error| match error {
            PlanesError::Count(count) => self
                .misfit(format!("{} planes are no {layout:?} picture", planes.len()))
                .with_remedy(format!("it takes {count}")),
            PlanesError::TooSmall(index) => {
                let plane = planes[index];
                let (bytes, rows) = layout.planes(size)[index];
                self.misfit(format!(
                    "plane {index} is too small: {} bytes, {} a row",
                    plane.data.len(),
                    plane.stride
                ))
                .with_remedy(format!("a {size} picture takes {rows} rows of {bytes} bytes there; another size needs its own writer at another entity"))
            }
            PlanesError::Unsupported(error) => self.misfit(error),
        })?;
        if let Some((full_range, matrix)) = self.yuv {
            frame.tag_yuv(full_range, h273_matrix(matrix));
        }
        frame.set_time(nanos);
        Ok(frame)
    }

    /// The caller's mistake.
    pub fn misfit(&self, cause: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Frame, format!("a picture for {}", self.entity), cause)
    }
}

/// The frame of a picture: RGB as encoders take it, anything else as it is.
fn made(layout: PixelLayout, size: Size, planes: &[Plane<'_>]) -> Result<Frame, PlanesError> {
    let Size { width, height, .. } = size;
    let rgb = match layout {
        PixelLayout::Rgb => Some(RgbLayout::Rgb24),
        PixelLayout::Bgr => Some(RgbLayout::Bgr24),
        _ => None,
    };
    match (rgb, planes) {
        (Some(rgb), &[mut plane]) if width > 1 && height > 1 => {
            Frame::check_planes(format_name(layout), width, height, planes)?;
            Ok(from_rgb::frame(&mut plane, (width, height), rgb)?)
        }
        _ => Frame::from_planes(format_name(layout), width, height, planes),
    }
}

impl RgbRows for Plane<'_> {
    fn pair(&mut self, first: usize) -> [Row<'_>; 2] {
        [first, first + 1].map(|row| [&self.data[row * self.stride..], &[], &[], &[]])
    }
}

/// FFmpeg's name of a layout.
fn format_name(layout: PixelLayout) -> &'static str {
    match layout {
        PixelLayout::Rgb => "rgb24",
        PixelLayout::Bgr => "bgr24",
        PixelLayout::Rgba => "rgba",
        PixelLayout::Bgra => "bgra",
        PixelLayout::Gray => "gray",
        PixelLayout::Nv12 => "nv12",
        PixelLayout::I420 => "yuv420p",
    }
}

/// The number of a matrix in ITU-T H.273.
fn h273_matrix(matrix: YuvMatrix) -> u8 {
    match matrix {
        YuvMatrix::Auto => 2,
        YuvMatrix::Bt601 => 6,
        YuvMatrix::Bt709 => 1,
    }
}

fn nanos(time: Duration) -> Option<i64> {
    i64::try_from(time.as_nanos()).ok()
}
