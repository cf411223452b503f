//! H.264 bytes: what an Annex B access unit holds.
//! Pure; it looks no further into a picture than its first slice header.

/// What stands in front of the first slice of an access unit, and what that slice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AccessUnit {
    pub sps: bool,
    pub pps: bool,
    /// The first slice is of an IDR picture.
    pub idr: bool,
    /// The first slice is a B slice.
    pub b_slice: bool,
}

impl AccessUnit {
    /// A decoder can start here: `re_video` and every decoder need all three in one sample.
    pub fn is_keyframe(self) -> bool {
        self.idr && self.sps && self.pps
    }

    /// Look at an Annex B access unit up to its first slice.
    pub fn inspect(data: &[u8]) -> Self {
        let mut unit = Self::default();
        for nal in nal_units(data) {
            match nal.first().map(|b| b & 31) {
                Some(7) => unit.sps = true,
                Some(8) => unit.pps = true,
                Some(kind @ (1 | 5)) => {
                    unit.idr = kind == 5;
                    unit.b_slice = slice_type(nal) == Some(1);
                    return unit;
                }
                _ => {}
            }
        }
        unit
    }
}

/// The NAL units of an Annex B stream, without start codes. The last one runs to the end of the data.
pub(crate) fn nal_units(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = start_code(data, 0);
    std::iter::from_fn(move || {
        let begin = at? + 3;
        at = start_code(data, begin);
        Some(&data[begin..at.unwrap_or(data.len())])
    })
}

/// Where the next `00 00 01` begins, at or after `from`.
fn start_code(data: &[u8], from: usize) -> Option<usize> {
    let mut i = from + 2;
    while i < data.len() {
        match data[i] {
            0 => i += 1,
            1 if data[i - 1] == 0 && data[i - 2] == 0 => return Some(i - 2),
            // Neither this byte nor the two after it can end a start code that begins before it.
            1 => i += 1,
            _ => i += 3,
        }
    }
    None
}

/// `slice_type` modulo 5 (ITU-T H.264, table 7-6): 0 P, 1 B, 2 I.
fn slice_type(nal: &[u8]) -> Option<u32> {
    let mut bits = Bits { data: nal.get(1..)?, at: 0 };
    let _first_mb_in_slice = bits.exp_golomb()?;
    bits.exp_golomb().map(|t| t % 5)
}

struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> Option<u32> {
        let byte = self.data.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(u32::from(bit))
    }

    fn exp_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        let mut value = 1_u32;
        for _ in 0..zeros {
            value = value << 1 | self.bit()?;
        }
        Some(value - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyframe_needs_all_three() {
        // I slice: first_mb 0 (1), slice_type 7 (0001000).
        let slice = [0x65, 0b1000_1000];
        let unit = |nals: &[&[u8]]| {
            let mut data = Vec::new();
            for nal in nals {
                data.extend([0, 0, 0, 1]);
                data.extend(*nal);
            }
            AccessUnit::inspect(&data)
        };
        assert!(unit(&[&[0x67, 1], &[0x68, 2], &[6, 9], &slice]).is_keyframe());
        assert!(!unit(&[&[0x67, 1], &slice]).is_keyframe());
        assert!(!unit(&[&[0x67, 1], &[0x68, 2], &[0x41, 0x9a]]).is_keyframe());
    }

    #[test]
    fn b_slices_are_seen() {
        // first_mb 0 (1), slice_type 1 (010).
        assert!(AccessUnit::inspect(&[0, 0, 1, 0x01, 0b1010_0000]).b_slice);
        // slice_type 0 (1): P.
        assert!(!AccessUnit::inspect(&[0, 0, 1, 0x41, 0b1100_0000]).b_slice);
    }

    #[test]
    fn start_codes_are_found_at_every_offset() {
        for pad in 0..5 {
            let mut data = vec![7; pad];
            data.extend([0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x65]);
            let nals: Vec<_> = nal_units(&data).map(|n| n[0]).collect();
            assert_eq!(nals, [9, 0x65], "padding {pad}");
        }
        assert_eq!(nal_units(&[]).count(), 0);
        assert_eq!(nal_units(&[0, 0]).count(), 0);
    }
}
