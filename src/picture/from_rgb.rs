//! Rows of RGB with 8 bits to BT.709 4:2:0 in limited range, in one pass: exact to the nearest code value, and several
//! times as fast as FFmpeg's scaler. For pictures that a program makes; decoded frames go through `filters`.

use crate::ffi::{AvError, Frame, Kernel, Rows8, on_widest};
use crate::named::named;

/// Pixels that are worked on at once: their values stay in the first cache.
const COLUMNS: usize = 64;
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

/// Rows of RGB, wherever they lie.
pub(crate) trait RgbRows {
    /// The row of that number and the next one, with at least the pixels of a picture.
    fn pair(&mut self, first: usize) -> [&[u8]; 2];
}

/// A frame as encoders take it, of a picture with at least two columns and rows. An odd last column or row is cropped.
pub(crate) fn frame(
    rows: &mut impl RgbRows,
    (width, height): (u32, u32),
    order: Components,
) -> Result<Frame, AvError> {
    let mut frame = Frame::yuv420p(width & !1, height & !1)?;
    for mut band in frame.bands(1).unwrap_or_default() {
        for index in 0..band.count() {
            fill(rows.pair(2 * (band.first() + index)), order, &mut band, index);
        }
    }
    frame.tag_bt709();
    Ok(frame)
}

/// Fill the chroma row of that index, and the two rows of luma beside it, from two rows of RGB.
fn fill(rows: [&[u8]; 2], order: Components, to: &mut Rows8<'_>, index: usize) {
    on_widest(Fill { rows, order, to, index });
}

/// Two rows to be converted.
struct Fill<'a, 'to> {
    rows: [&'a [u8]; 2],
    order: Components,
    to: &'a mut Rows8<'to>,
    index: usize,
}

impl Kernel for Fill<'_, '_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Fill { rows, order, to, index } = self;
        let (red, blue) = match order {
            Components::Rgb => (0, 2),
            Components::Bgr => (2, 0),
        };
        let width = to.luma(index, 0).len();
        for left in (0..width).step_by(COLUMNS) {
            let count = COLUMNS.min(width - left);
            // The sums of two rows.
            let (mut r_sum, mut g_sum, mut b_sum) =
                ([0_i32; COLUMNS], [0_i32; COLUMNS], [0_i32; COLUMNS]);
            for (half, row) in rows.into_iter().enumerate() {
                let (pixels, _) = row.as_chunks::<3>();
                let pixels = &pixels[left..][..count];
                let out = &mut to.luma(index, half)[left..][..count];
                for i in 0..count {
                    let pixel = pixels[i];
                    let [r, g, b] =
                        [i32::from(pixel[red]), i32::from(pixel[1]), i32::from(pixel[blue])];
                    let half = (16 << BITS) + (1 << (BITS - 1));
                    out[i] = ((Y[0] * r + Y[1] * g + Y[2] * b + half) >> BITS) as u8;
                    r_sum[i] += r;
                    g_sum[i] += g;
                    b_sum[i] += b;
                }
            }
            let (out_cb, out_cr) = to.chroma(index);
            let (out_cb, out_cr) = (&mut out_cb[left / 2..], &mut out_cr[left / 2..]);
            for i in 0..count / 2 {
                // The mean of four pixels.
                let sum = |of: &[i32; COLUMNS]| of[2 * i] + of[2 * i + 1];
                let [r, g, b] = [sum(&r_sum), sum(&g_sum), sum(&b_sum)];
                let half = (128 << (BITS + 2)) + (1 << (BITS + 1));
                let value = |by: [i32; 3]| (by[0] * r + by[1] * g + by[2] * b + half) >> (BITS + 2);
                out_cb[i] = value(CB) as u8;
                out_cr[i] = value(CR) as u8;
            }
        }
    }
}
