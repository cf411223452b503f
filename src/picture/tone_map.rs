//! HDR pictures of BT.2020 to SDR of BT.709 in one pass, as FFmpeg's `zscale,tonemap=hable,zscale` would make them,
//! at half its cost. Which pictures take this way is decided in `fit`.

use std::marker::PhantomData;

use crate::ffi::{AvError, Frame, Kernel, Rows8, Yuv420p10, on_widest};
use crate::picture::COLUMNS;
use crate::picture::tone_curve::{Hable, Hlg, Pq, Transfer, byte, coded, larger, mul_add};
use crate::threads::{cores, on_each};

/// Rows of a 1920 pixels wide picture that are worth a thread.
const PIXELS_PER_THREAD: usize = 1920 * 256;

/// Which curve the pictures have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ToneMap {
    pub curve: Curve,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    Hlg,
    Pq,
}

impl std::fmt::Display for ToneMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let curve = match self.curve {
            Curve::Hlg => "HLG",
            Curve::Pq => "PQ",
        };
        write!(f, "tone mapping of {curve}")
    }
}

impl ToneMap {
    /// The picture in SDR. It is `yuv420p10` in limited range with even sides. Works on as many threads, or else on all
    /// cores.
    pub fn apply(self, hdr: &Frame, threads: Option<usize>) -> Result<Frame, AvError> {
        // What FFmpeg's filter assumes of a picture without a word about its brightest point.
        let peak = hdr.signal_peak().unwrap_or(10.0);
        let source = hdr.yuv420p10().ok_or(AvError::INVALID)?;
        let mut sdr = hdr.like_8_bits()?;
        let pixels = source.width() * source.height();
        let threads = threads.unwrap_or_else(|| cores().get()).max(1);
        let count = (pixels / PIXELS_PER_THREAD).clamp(1, threads);
        let bands = sdr.bands(count).ok_or(AvError::INVALID)?;
        let maths = ToneMapper::new(peak);
        on_each(bands, |mut to| {
            let (maths, from, to) = (&maths, &source, &mut to);
            match self.curve {
                Curve::Hlg => on_widest(Band { maths, from, to, curve: PhantomData::<Hlg> }),
                Curve::Pq => on_widest(Band { maths, from, to, curve: PhantomData::<Pq> }),
            }
        });
        Ok(sdr)
    }
}

/// A band to be filled.
struct Band<'a, 'from, 'to, T> {
    maths: &'a ToneMapper,
    from: &'a Yuv420p10<'from>,
    to: &'a mut Rows8<'to>,
    curve: PhantomData<T>,
}

impl<T: Transfer> Kernel for Band<'_, '_, '_, T> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        self.maths.rows::<T, FUSED>(self.from, self.to);
    }
}

/// Everything that is the same for all pixels of a picture.
struct ToneMapper {
    /// What chroma adds to red, green and blue: Cr to red, Cb and Cr to green, Cb to blue.
    red: f32,
    green: (f32, f32),
    blue: f32,
    hable: Hable,
}

/// From the primaries of BT.2020 to those of BT.709: ITU-R BT.2087.
const PRIMARIES: [[f32; 3]; 3] = [
    [1.660_491, -0.587_641_1, -0.072_849_9],
    [-0.124_550_5, 1.132_899_9, -0.008_349_4],
    [-0.018_150_8, -0.100_578_9, 1.118_729_7],
];
/// Luma of red, green and blue: ITU-R BT.2020 and BT.709.
const LUMA_2020: [f32; 3] = [0.2627, 0.6780, 0.0593];
const LUMA_709: [f32; 3] = [0.2126, 0.7152, 0.0722];
/// The limited range of 10 bits: the code value of black, the span of luma, the code value of no colour, the span of
/// chroma.
const BLACK: f32 = 64.0;
const LUMA: f32 = 876.0;
const NEUTRAL: f32 = 512.0;
const CHROMA: f32 = 896.0;

impl ToneMapper {
    fn new(peak: f32) -> Self {
        let [r, g, b] = LUMA_2020;
        let (red, blue) = (2.0 * (1.0 - r) / CHROMA, 2.0 * (1.0 - b) / CHROMA);
        Self { red, green: (-blue * b / g, -red * r / g), blue, hable: Hable::new(peak) }
    }

    #[inline(always)]
    fn rows<T: Transfer, const FUSED: bool>(&self, from: &Yuv420p10<'_>, to: &mut Rows8<'_>) {
        let last = from.height() / 2 - 1;
        for index in 0..to.count() {
            let row = to.first() + index;
            let [above, here, below] = [row.saturating_sub(1), row, (row + 1).min(last)];
            for left in (0..from.width() / 2).step_by(COLUMNS) {
                let width = COLUMNS.min(from.width() / 2 - left);
                let (mut cb_sum, mut cr_sum) = ([0.0; COLUMNS], [0.0; COLUMNS]);
                // Chroma lies between the two rows of luma, a quarter of its spacing away from each.
                for (half, neighbour) in [above, below].into_iter().enumerate() {
                    let cb = upsample(from.cb(here), from.cb(neighbour), left, width);
                    let cr = upsample(from.cr(here), from.cr(neighbour), left, width);
                    let luma = &from.luma(2 * row + half)[2 * left..][..2 * width];
                    let out = &mut to.luma(index, half)[2 * left..][..2 * width];
                    let (mut cb_out, mut cr_out) = ([0.0; 2 * COLUMNS], [0.0; 2 * COLUMNS]);
                    for i in 0..2 * width {
                        let (luma, b, r) = self.pixel::<T, FUSED>(luma[i], cb[i], cr[i]);
                        out[i] = byte(mul_add::<FUSED>(219.0, luma, 16.0));
                        cb_out[i] = b - luma;
                        cr_out[i] = r - luma;
                    }
                    for i in 0..width {
                        cb_sum[i] += cb_out[2 * i] + cb_out[2 * i + 1];
                        cr_sum[i] += cr_out[2 * i] + cr_out[2 * i + 1];
                    }
                }
                let [r, _, b] = LUMA_709;
                // The mean of four pixels.
                let scale = |luma: f32| 224.0 / (2.0 * (1.0 - luma)) / 4.0;
                let (out_cb, out_cr) = to.chroma(index);
                for i in 0..width {
                    out_cb[left + i] = byte(cb_sum[i] * scale(b) + 128.0);
                    out_cr[left + i] = byte(cr_sum[i] * scale(r) + 128.0);
                }
            }
        }
    }

    /// Luma, blue and red of a pixel, coded, between 0 and 1.
    #[inline(always)]
    fn pixel<T: Transfer, const FUSED: bool>(
        &self,
        luma: u16,
        cb: f32,
        cr: f32,
    ) -> (f32, f32, f32) {
        let mix = |[a, b, c]: [f32; 3], x: f32, y: f32, z: f32| {
            mul_add::<FUSED>(a, x, mul_add::<FUSED>(b, y, c * z))
        };
        let luma = (f32::from(luma) - BLACK) * (1.0 / LUMA);
        let green = mul_add::<FUSED>(self.green.0, cb, mul_add::<FUSED>(self.green.1, cr, luma));
        let red = T::light::<FUSED>(mul_add::<FUSED>(self.red, cr, luma));
        let green = T::light::<FUSED>(green);
        let blue = T::light::<FUSED>(mul_add::<FUSED>(self.blue, cb, luma));
        let [r, g, b] = PRIMARIES.map(|row| mix(row, red, green, blue));
        let gain = self.hable.gain::<FUSED>(larger(larger(r, g), larger(b, 1e-6)));
        let [r, g, b] = [r, g, b].map(|light| coded::<FUSED>(light * gain));
        (mix(LUMA_709, r, g, b), b, r)
    }
}

/// A row of chroma at the places of luma, less the value of no colour: three quarters of the near row and one of the
/// far, and every second column between two, as MPEG-2 and its successors lay chroma out.
#[inline(always)]
fn upsample(near: &[u16], far: &[u16], left: usize, width: usize) -> [f32; 2 * COLUMNS] {
    let mut rows = [0.0; COLUMNS + 1];
    let there = (left + width + 1).min(near.len()) - left;
    for (value, (&near, &far)) in
        rows.iter_mut().zip(near[left..][..there].iter().zip(&far[left..][..there]))
    {
        *value = 0.75 * f32::from(near) + 0.25 * f32::from(far) - NEUTRAL;
    }
    if there == width {
        rows[width] = rows[width - 1];
    }
    let mut out = [0.0; 2 * COLUMNS];
    for i in 0..width {
        out[2 * i] = rows[i];
        out[2 * i + 1] = 0.5 * (rows[i] + rows[i + 1]);
    }
    out
}
