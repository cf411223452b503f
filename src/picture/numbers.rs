//! Pixels that are measured values: metres, counts, degrees. A range of them becomes shades of grey.
//! The caller chooses the range.

use half::f16;

use crate::config::PixelRange;

/// How a number is stored, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberKind {
    I8,
    I16,
    U32,
    I32,
    U64,
    I64,
    F16,
    F32,
    F64,
}

/// Numbers, and the range of them that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub kind: NumberKind,
    pub range: PixelRange,
}

impl Numbers {
    /// Shades of 16 bits, little-endian: 0 for the lower end of the range and for what is no number.
    pub fn shades(self, data: &[u8]) -> Vec<u8> {
        match self.kind {
            NumberKind::I8 => self.map(data, |b| f64::from(i8::from_le_bytes(b))),
            NumberKind::I16 => self.map(data, |b| f64::from(i16::from_le_bytes(b))),
            NumberKind::U32 => self.map(data, |b| f64::from(u32::from_le_bytes(b))),
            NumberKind::I32 => self.map(data, |b| f64::from(i32::from_le_bytes(b))),
            NumberKind::U64 => self.map(data, |b| u64::from_le_bytes(b) as f64),
            NumberKind::I64 => self.map(data, |b| i64::from_le_bytes(b) as f64),
            NumberKind::F16 => self.map(data, |b| f16::from_le_bytes(b).to_f64()),
            NumberKind::F32 => self.map(data, |b| f64::from(f32::from_le_bytes(b))),
            NumberKind::F64 => self.map(data, f64::from_le_bytes),
        }
    }

    fn map<const N: usize>(self, data: &[u8], read: impl Fn([u8; N]) -> f64) -> Vec<u8> {
        let (low, high) = (f64::from(self.range.low), f64::from(self.range.high));
        let (numbers, _) = data.as_chunks::<N>();
        let shade = |number: &[u8; N]| {
            let part = (read(*number) - low) / (high - low);
            // The conversion saturates, and makes 0 of what is no number.
            (part * f64::from(u16::MAX)).round() as u16
        };
        numbers.iter().flat_map(|number| shade(number).to_le_bytes()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shades(kind: NumberKind, range: PixelRange, data: &[u8]) -> Vec<u16> {
        let bytes = Numbers { kind, range }.shades(data);
        bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect()
    }

    #[test]
    fn a_range_is_spread_over_all_shades_and_the_rest_is_black_or_white() {
        let metres = [f32::NEG_INFINITY, -1.0, 1.0, 2.0, 3.0, 9.0, f32::NAN];
        let data: Vec<u8> = metres.iter().flat_map(|metre| metre.to_le_bytes()).collect();
        let range = PixelRange::new(1, 3);
        assert_eq!(shades(NumberKind::F32, range, &data), [0, 0, 0, 32768, 65535, 65535, 0]);
        let near_is_bright = PixelRange::new(3, 1);
        let inverted = shades(NumberKind::F32, near_is_bright, &data[4..]);
        assert_eq!(inverted, [65535, 65535, 32768, 0, 0, 0]);
    }

    #[test]
    fn numbers_are_read_as_they_are_stored() {
        let range = PixelRange::new(0, 10);
        let five = [32768];
        assert_eq!(shades(NumberKind::I8, range, &[5]), five);
        assert_eq!(shades(NumberKind::I16, range, &5_i16.to_le_bytes()), five);
        assert_eq!(shades(NumberKind::U32, range, &5_u32.to_le_bytes()), five);
        assert_eq!(shades(NumberKind::I32, range, &5_i32.to_le_bytes()), five);
        assert_eq!(shades(NumberKind::U64, range, &5_u64.to_le_bytes()), five);
        assert_eq!(shades(NumberKind::I64, range, &5_i64.to_le_bytes()), five);
        assert_eq!(shades(NumberKind::F16, range, &f16::from_f32(5.0).to_le_bytes()), five);
        assert_eq!(shades(NumberKind::F64, range, &5_f64.to_le_bytes()), five);
        assert!(shades(NumberKind::F64, range, &[0; 7]).is_empty(), "a number is cut off");
    }
}
