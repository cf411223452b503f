//! RGB with 8 bits to BT.709 4:2:0 in limited range, in one pass: exact to the nearest code value, and several times as
//! fast as FFmpeg's scaler. Deeper RGB, and RGB that has to be scaled, goes through `fit`.

use crate::ffi::{AvError, Frame, Kernel, PlaneRows, Rows8, on_widest};
use crate::named::named;
use crate::picture::COLUMNS;
use crate::picture::rgb_layout::{
    OverBlack, Packed, Planar, PlanarOverBlack, Read, RgbLayout, Row,
};

/// The fixed point of the coefficients.
const BITS: u32 = 16;

/// Luma of red, green and blue: ITU-R BT.709.
const LUMA: [f64; 3] = [0.2126, 0.7152, 0.0722];

/// What red, green and blue add to luma, Cb and Cr.
const Y: [i32; 3] = [
    fixed(LUMA[0] * 219.0 / 255.0),
    fixed(LUMA[1] * 219.0 / 255.0),
    fixed(LUMA[2] * 219.0 / 255.0),
];
const CB: [i32; 3] = [chroma(0, 2), chroma(1, 2), chroma(2, 2)];
const CR: [i32; 3] = [chroma(0, 0), chroma(1, 0), chroma(2, 0)];
// Grey has no colour at all: what rounding leaves of it is far below half a code value.
const _: () = assert!((CB[0] + CB[1] + CB[2]).abs() <= 2 && (CR[0] + CR[1] + CR[2]).abs() <= 2);

const fn fixed(value: f64) -> i32 {
    (value * (1 << BITS) as f64).round() as i32
}

/// What a component adds to the chroma of the component `of`: half of its difference from luma, scaled to the range.
const fn chroma(component: usize, of: usize) -> i32 {
    let own = if component == of { 1.0 } else { 0.0 };
    fixed((own - LUMA[component]) / (2.0 * (1.0 - LUMA[of])) * 224.0 / 255.0)
}

/// The order of the components of a pixel in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Components {
    #[default]
    Rgb,
    Bgr,
}

named!(Components, "an order of colours", "write rgb or bgr", {
    Rgb: "rgb",
    Bgr: "bgr",
});

impl From<Components> for RgbLayout {
    fn from(order: Components) -> Self {
        match order {
            Components::Rgb => Self::Rgb24,
            Components::Bgr => Self::Bgr24,
        }
    }
}

/// Rows of RGB, wherever they lie.
pub(crate) trait RgbRows {
    /// The row of that number and the next one, with at least the pixels of a picture.
    fn pair(&mut self, first: usize) -> [Row<'_>; 2];
}

impl RgbRows for PlaneRows<'_> {
    fn pair(&mut self, first: usize) -> [Row<'_>; 2] {
        [self.row(first), self.row(first + 1)]
    }
}

/// A frame as encoders take it, of a picture with at least two columns and rows. An odd last column or row is cropped.
pub(crate) fn frame(
    rows: &mut impl RgbRows,
    (width, height): (u32, u32),
    layout: RgbLayout,
) -> Result<Frame, AvError> {
    let mut frame = Frame::yuv420p(width & !1, height & !1)?;
    fill(&mut frame, rows, layout);
    frame.tag_bt709();
    Ok(frame)
}

/// A decoded frame of even sides in that layout, as encoders take it.
pub(crate) fn converted(rgb: &Frame, layout: RgbLayout) -> Result<Frame, AvError> {
    let rows = rgb.plane_rows().filter(|_| rgb.format_name() == layout.format());
    let mut frame = rgb.like_8_bits()?;
    fill(&mut frame, &mut rows.ok_or(AvError::INVALID)?, layout);
    Ok(frame)
}

fn fill(frame: &mut Frame, rows: &mut impl RgbRows, layout: RgbLayout) {
    for mut band in frame.bands(1).unwrap_or_default() {
        for index in 0..band.count() {
            let rows = rows.pair(2 * (band.first() + index));
            on_widest(Fill { rows, layout, to: &mut band, index });
        }
    }
}

/// The chroma row of that index and the two luma rows it covers, to be made of two rows of RGB.
struct Fill<'a, 'to> {
    rows: [Row<'a>; 2],
    layout: RgbLayout,
    to: &'a mut Rows8<'to>,
    index: usize,
}

impl Kernel for Fill<'_, '_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        match self.layout {
            RgbLayout::Rgb24 => self.read_by::<Packed<3, 0, 1, 2>>(),
            RgbLayout::Bgr24 => self.read_by::<Packed<3, 2, 1, 0>>(),
            RgbLayout::Rgb0 => self.read_by::<Packed<4, 0, 1, 2>>(),
            RgbLayout::Bgr0 => self.read_by::<Packed<4, 2, 1, 0>>(),
            RgbLayout::Zrgb => self.read_by::<Packed<4, 1, 2, 3>>(),
            RgbLayout::Zbgr => self.read_by::<Packed<4, 3, 2, 1>>(),
            RgbLayout::Rgba => self.read_by::<OverBlack<0, 1, 2, 3>>(),
            RgbLayout::Bgra => self.read_by::<OverBlack<2, 1, 0, 3>>(),
            RgbLayout::Argb => self.read_by::<OverBlack<1, 2, 3, 0>>(),
            RgbLayout::Abgr => self.read_by::<OverBlack<3, 2, 1, 0>>(),
            RgbLayout::Gbrp => self.read_by::<Planar>(),
            RgbLayout::Gbrap => self.read_by::<PlanarOverBlack>(),
        }
    }
}

impl Fill<'_, '_> {
    #[inline(always)]
    fn read_by<R: Read>(self) {
        let Fill { rows, to, index, .. } = self;
        let width = to.luma(index, 0).len();
        // Loops of a fixed length: what they do beyond the picture is not kept.
        for left in (0..width).step_by(COLUMNS) {
            let count = COLUMNS.min(width - left);
            let mut sums = [[0_u16; COLUMNS]; 3];
            for (half, row) in rows.iter().enumerate() {
                let mut block = [[0; COLUMNS]; 3];
                R::read(row, left, count, &mut block);
                let [red, green, blue] = &block;
                let mut luma = [0; COLUMNS];
                for i in 0..COLUMNS {
                    let half = (16 << BITS) + (1 << (BITS - 1));
                    let [r, g, b] = [red[i], green[i], blue[i]].map(i32::from);
                    luma[i] = ((Y[0] * r + Y[1] * g + Y[2] * b + half) >> BITS) as u8;
                }
                to.luma(index, half)[left..][..count].copy_from_slice(&luma[..count]);
                for (sum, values) in sums.iter_mut().zip(&block) {
                    for i in 0..COLUMNS {
                        sum[i] += u16::from(values[i]);
                    }
                }
            }
            let (mut cb, mut cr) = ([0; COLUMNS / 2], [0; COLUMNS / 2]);
            for i in 0..COLUMNS / 2 {
                // The mean of four pixels.
                let [r, g, b] = sums.each_ref().map(|of| i32::from(of[2 * i] + of[2 * i + 1]));
                let half = (128 << (BITS + 2)) + (1 << (BITS + 1));
                let value = |by: [i32; 3]| (by[0] * r + by[1] * g + by[2] * b + half) >> (BITS + 2);
                cb[i] = value(CB) as u8;
                cr[i] = value(CR) as u8;
            }
            let (out_cb, out_cr) = to.chroma(index);
            out_cb[left / 2..][..count / 2].copy_from_slice(&cb[..count / 2]);
            out_cr[left / 2..][..count / 2].copy_from_slice(&cr[..count / 2]);
        }
    }
}

#[cfg(test)]
#[path = "from_rgb_tests.rs"]
mod tests;
