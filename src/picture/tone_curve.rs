//! The curves of tone mapping, written so that compilers turn loops over them into SIMD instructions.
//! Pure arithmetic on single values; pictures are in `tone_map`.

/// Adding it to a number below 2^22 rounds that to an integer, which is then in the low bits.
const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23

/// The larger one. Unlike `f32::max`, a single instruction, as nothing here is NaN.
#[inline(always)]
pub(super) fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// `a * b + c`, in one instruction where the processor has it: elsewhere, `mul_add` would be a call.
#[inline(always)]
pub(super) fn mul_add<const FUSED: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

#[inline(always)]
fn polynomial<const FUSED: bool, const N: usize>(coefficients: &[f32; N], x: f32) -> f32 {
    let mut sum = coefficients[N - 1];
    let mut at = N - 1;
    while at > 0 {
        at -= 1;
        sum = mul_add::<FUSED>(sum, x, coefficients[at]);
    }
    sum
}

/// The nearest value of a byte.
#[inline(always)]
pub(super) fn byte(x: f32) -> u8 {
    (larger(smaller(x, 255.0), 0.0) + ROUND).to_bits() as u8
}

/// 2^x for |x| < 126, to 8e-5.
#[inline(always)]
fn exp2<const FUSED: bool>(x: f32) -> f32 {
    let whole = x + ROUND;
    let rest = x - (whole - ROUND);
    let power = polynomial::<FUSED, 4>(&[0.999_924_5, 0.693_121, 0.242_640_14, 0.055_922_04], rest);
    f32::from_bits(power.to_bits().wrapping_add(whole.to_bits() << 23))
}

/// How a coded value becomes light.
pub(super) trait Transfer {
    /// Linear light, 1 being 100 cd/m2, of a coded value between 0 and 1, and somewhat beyond.
    fn light<const FUSED: bool>(value: f32) -> f32;
}

/// ARIB STD-B67 on a display of 1000 cd/m2, with the system gamma of 1.2 on each component as zimg has it.
pub(super) struct Hlg;

impl Transfer for Hlg {
    #[inline(always)]
    fn light<const FUSED: bool>(value: f32) -> f32 {
        // Chebyshev fits to the fourth root of light, to 3e-5: up to a half, divided by the root of the value, which it
        // is smoother in, and from there to 1.1. Colours outside the gamut of BT.709 are differences of large numbers,
        // so that less is visible.
        const LOW: [f32; 7] = [
            0.613_547_6,
            2.596_939,
            -7.791_563_7,
            17.289_17,
            -23.776_705,
            18.066_227,
            -5.783_352_6,
        ];
        const HIGH: [f32; 5] = [0.704_012_7, -0.501_585_2, 1.785_493_9, -0.682_153_3, 0.472_532];
        let value = larger(value, 1e-4);
        let root = value.sqrt();
        let low = root * polynomial::<FUSED, 7>(&LOW, root);
        let high = polynomial::<FUSED, 5>(&HIGH, value);
        let fourth = if value > 0.5 { high } else { low };
        let half = fourth * fourth;
        half * half
    }
}

/// SMPTE ST 2084.
pub(super) struct Pq;

impl Transfer for Pq {
    #[inline(always)]
    fn light<const FUSED: bool>(value: f32) -> f32 {
        // Chebyshev fit to log2(100 * light) over the root of 0.02 to 1.04, to 0.0016: smoother in the root.
        const MIDDLE: f32 = 0.580_710_7;
        const SCALE: f32 = 2.276_404;
        const LIGHT: [f32; 9] = [
            -2.657_345,
            8.760_811,
            -0.077_626_534,
            1.185_094_5,
            -0.290_198_24,
            0.037_914_634,
            0.140_685_68,
            0.364_416_42,
            -0.259_119_18,
        ];
        let root = larger(smaller(value, 1.04), 0.01).sqrt();
        exp2::<FUSED>(polynomial::<FUSED, 9>(&LIGHT, (root - MIDDLE) * SCALE))
    }
}

/// The coded value of light, 1 being white, by the gamma of BT.1886, 2.4. Negative light, which is outside the gamut,
/// keeps its sign.
#[inline(always)]
pub(super) fn coded<const FUSED: bool>(light: f32) -> f32 {
    // Chebyshev fit to x^(2/3), which the fourth root is multiplied by: to a tenth of a code value of 8 bits.
    const POWER: [f32; 6] =
        [0.053_947, 1.831_405_3, -2.549_568, 3.472_519_3, -2.570_191_2, 0.761_730_1];
    let root = light.abs().sqrt().sqrt();
    let value = root * polynomial::<FUSED, 6>(&POWER, root);
    value.copysign(light)
}

/// Hable's filmic curve, divided by its argument, which it scales a pixel by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hable {
    slope: f32,
    offset: f32,
}

impl Hable {
    const A: f64 = 0.15;
    const B: f64 = 0.5;
    const C: f64 = 0.1;
    const D: f64 = 0.2;
    const E: f64 = 0.02;
    const F: f64 = 0.3;

    /// The curve that takes `peak` to 1.
    pub fn new(peak: f32) -> Self {
        let x = f64::from(peak);
        let (slope, offset) =
            (Self::A * (1.0 - Self::E / Self::F), Self::B * (Self::C - Self::E / Self::F));
        let top = x * (slope * x + offset) / (x * (Self::A * x + Self::B) + Self::D * Self::F);
        Self { slope: (slope / top) as f32, offset: (offset / top) as f32 }
    }

    /// What a pixel is multiplied by whose brightest component is `light`.
    #[inline(always)]
    pub fn gain<const FUSED: bool>(self, light: f32) -> f32 {
        let above = mul_add::<FUSED>(self.slope, light, self.offset);
        let below = mul_add::<FUSED>(light, Self::A as f32, Self::B as f32);
        above / mul_add::<FUSED>(light, below, (Self::D * Self::F) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Coded values from 0.02 to 1.04.
    fn values() -> impl Iterator<Item = f64> {
        (20..=1040).map(|value| f64::from(value) / 1000.0)
    }

    fn is_close(found: f32, right: f64) -> bool {
        (f64::from(found) / right - 1.0).abs() < 2e-3
    }

    #[test]
    fn hlg_matches_the_standard() {
        let (a, b, c) = (0.178_832_77, 0.284_668_92, 0.559_910_73);
        // Below, light is less than a thousandth.
        for x in values().filter(|x| *x >= 0.03) {
            let scene = if x <= 0.5 { x * x / 3.0 } else { (((x - c) / a).exp() + b) / 12.0 };
            assert!(is_close(Hlg::light::<false>(x as f32), 10.0 * scene.powf(1.2)), "{x}");
        }
    }

    #[test]
    fn pq_matches_the_standard() {
        let (m1, m2) = (2610.0 / 16384.0, 2523.0 / 32.0);
        let (c1, c2, c3) = (3424.0 / 4096.0, 2413.0 / 128.0, 2392.0 / 128.0);
        for x in values() {
            let root = x.powf(1.0 / m2);
            let light = 100.0 * ((root - c1) / (c2 - c3 * root)).powf(1.0 / m1);
            assert!(is_close(Pq::light::<true>(x as f32), light), "{x}");
        }
    }

    #[test]
    fn gamma_keeps_the_sign() {
        for light in values() {
            let right = light.powf(1.0 / 2.4);
            assert!(is_close(coded::<false>(light as f32), right), "{light}");
            assert!(is_close(coded::<false>(-light as f32), -right), "{light}");
        }
        assert!(coded::<false>(0.0) < 1e-4);
        assert!(coded::<false>(2e-3) > 0.07 && coded::<false>(2e-3) < 0.08);
    }

    #[test]
    fn the_peak_becomes_white() {
        for peak in [1.0, 10.0, 100.0] {
            assert!(is_close(Hable::new(peak).gain::<false>(peak) * peak, 1.0), "{peak}");
        }
    }

    #[test]
    fn bytes_are_rounded_and_clipped() {
        let rows = [(-3.0, 0), (0.4, 0), (15.6, 16), (254.4, 254), (300.0, 255)];
        for (value, right) in rows {
            assert_eq!(byte(value), right, "{value}");
        }
    }
}
