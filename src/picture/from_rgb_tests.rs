//! The conversion from RGB, pixel by pixel against the formulas of ITU-R BT.709 in floating point.
//! That converted pictures look right is for the integration tests.

use super::*;
use crate::ffi::Plane;

/// Bytes without a pattern, the same each time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// Red, green, blue and alpha of each pixel, row by row.
struct Picture {
    width: usize,
    pixels: Vec<[u8; 4]>,
}

impl Picture {
    fn new(width: usize, height: usize) -> Self {
        let pixels = noise(4 * width * height).as_chunks::<4>().0.to_vec();
        Self { width, pixels }
    }

    fn frame(&self, layout: RgbLayout) -> Frame {
        let height = self.pixels.len() / self.width;
        // The place of each byte of a pixel in [R, G, B, A]; for planes, of each plane.
        let (planar, order): (bool, &[usize]) = match layout {
            RgbLayout::Rgb24 => (false, &[0, 1, 2]),
            RgbLayout::Bgr24 => (false, &[2, 1, 0]),
            RgbLayout::Rgb0 | RgbLayout::Rgba => (false, &[0, 1, 2, 3]),
            RgbLayout::Bgr0 | RgbLayout::Bgra => (false, &[2, 1, 0, 3]),
            RgbLayout::Zrgb | RgbLayout::Argb => (false, &[3, 0, 1, 2]),
            RgbLayout::Zbgr | RgbLayout::Abgr => (false, &[3, 2, 1, 0]),
            RgbLayout::Gbrp => (true, &[1, 2, 0]),
            RgbLayout::Gbrap => (true, &[1, 2, 0, 3]),
        };
        let planes: Vec<Vec<u8>> = match planar {
            true => order.iter().map(|&c| self.pixels.iter().map(|p| p[c]).collect()).collect(),
            false => {
                vec![self.pixels.iter().flat_map(|p| order.iter().map(|&c| p[c])).collect()]
            }
        };
        let bytes = if planar { 1 } else { order.len() };
        let planes: Vec<_> =
            planes.iter().map(|data| Plane { data, stride: bytes * self.width }).collect();
        let (width, height) = (self.width as u32, height as u32);
        Frame::from_planes(layout.format(), width, height, &planes).unwrap()
    }

    /// Luma of a pixel, between 0 and 255, and its colours.
    fn luma([r, g, b]: [f64; 3]) -> f64 {
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn colours(&self, column: usize, row: usize, alpha: bool) -> [f64; 3] {
        let [rgb @ .., a] = self.pixels[row * self.width + column];
        let over = if alpha { f64::from(a) / 255.0 } else { 1.0 };
        rgb.map(|c| (f64::from(c) * over).round())
    }
}

/// The nearest code value, but for those between two.
#[track_caller]
fn assert_nearest(got: u8, exact: f64, what: &str) {
    assert!((f64::from(got) - exact).abs() < 0.51, "{what}: {got} for {exact}");
}

#[track_caller]
fn assert_exact(picture: &Picture, converted: &mut Frame, alpha: bool) {
    for mut band in converted.bands(1).unwrap() {
        for index in 0..band.count() {
            for half in 0..2 {
                for (column, &luma) in band.luma(index, half).iter().enumerate() {
                    let colours = picture.colours(column, 2 * index + half, alpha);
                    let exact = 16.0 + Picture::luma(colours) * 219.0 / 255.0;
                    assert_nearest(luma, exact, &format!("luma at {column}, {index}, {half}"));
                }
            }
            let (cb, cr) = band.chroma(index);
            for (column, (&cb, &cr)) in cb.iter().zip(&*cr).enumerate() {
                let mut mean = [0.0; 3];
                for (x, y) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    let colours = picture.colours(2 * column + x, 2 * index + y, alpha);
                    mean.iter_mut().zip(colours).for_each(|(sum, c)| *sum += c / 4.0);
                }
                let luma = Picture::luma(mean);
                let exact =
                    |c: f64, own: f64| 128.0 + (c - luma) / (2.0 - 2.0 * own) * 224.0 / 255.0;
                assert_nearest(cb, exact(mean[2], 0.0722), &format!("Cb at {column}, {index}"));
                assert_nearest(cr, exact(mean[0], 0.2126), &format!("Cr at {column}, {index}"));
            }
        }
    }
}

const OPAQUE: [RgbLayout; 7] = [
    RgbLayout::Rgb24,
    RgbLayout::Bgr24,
    RgbLayout::Rgb0,
    RgbLayout::Bgr0,
    RgbLayout::Zrgb,
    RgbLayout::Zbgr,
    RgbLayout::Gbrp,
];
const ALPHA: [RgbLayout; 5] =
    [RgbLayout::Rgba, RgbLayout::Bgra, RgbLayout::Argb, RgbLayout::Abgr, RgbLayout::Gbrap];

#[test]
fn every_pixel_of_every_layout_is_exact() {
    // Less and more than a block, and a block and a part.
    for (width, height) in [(2, 2), (64, 4), (150, 6)] {
        let picture = Picture::new(width, height);
        for layout in OPAQUE {
            assert_exact(&picture, &mut converted(&picture.frame(layout), layout).unwrap(), false);
        }
        for layout in ALPHA {
            assert_exact(&picture, &mut converted(&picture.frame(layout), layout).unwrap(), true);
        }
    }
}

#[test]
fn a_callers_odd_column_and_row_are_cropped() {
    let picture = Picture::new(67, 5);
    let layout = RgbLayout::Bgr24;
    let rgb = picture.frame(layout);
    let mut made = frame(&mut rgb.plane_rows().unwrap(), (67, 5), layout).unwrap();
    assert_eq!((made.width(), made.height()), (66, 4));
    assert_exact(&picture, &mut made, false);
}

#[test]
fn a_frame_of_another_format_is_rejected() {
    let frame = Picture::new(4, 4).frame(RgbLayout::Rgba);
    assert_eq!(converted(&frame, RgbLayout::Argb).err(), Some(AvError::INVALID));
}
