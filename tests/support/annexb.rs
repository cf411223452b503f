//! Parses an H.264 access unit: its NAL units, and the start and type of each slice.
//! It shares no code with vstream, so that the two cannot be wrong in the same way.

pub const SLICE: u8 = 1;
pub const IDR_SLICE: u8 = 5;
pub const SPS: u8 = 7;
pub const PPS: u8 = 8;

/// One NAL unit, without its start code.
pub struct Nal<'a> {
    pub kind: u8,
    pub bytes: &'a [u8],
}

/// What one sample holds.
#[derive(Debug, Default)]
pub struct Unit {
    /// Slices that begin a picture (`first_mb_in_slice` 0): one in a sample that is one picture.
    pub pictures: usize,
    pub b_slices: usize,
    pub idr: bool,
    pub sps: Vec<Vec<u8>>,
    pub pps: Vec<Vec<u8>>,
    /// The sample opens with a start code, as Annex B has it.
    pub annexb: bool,
}

/// The NAL units of an Annex B stream, start codes of 3 and 4 bytes alike.
pub fn nals(data: &[u8]) -> Vec<Nal<'_>> {
    let starts: Vec<usize> = data
        .windows(3)
        .enumerate()
        .filter(|(_, w)| *w == [0, 0, 1])
        .map(|(at, _)| at + 3)
        .collect();
    let ends = starts.iter().skip(1).map(|next| next - 3).chain([data.len()]);
    let nal = |(start, end): (usize, usize)| {
        let bytes = &data[start..end];
        // The zero of a 4-byte start code, or trailing zeros, belong to no NAL unit.
        let bytes = &bytes[..bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)];
        bytes.first().map(|first| Nal { kind: first & 31, bytes })
    };
    starts.iter().copied().zip(ends).filter_map(nal).collect()
}

/// Looks into one sample.
pub fn inspect(data: &[u8]) -> Unit {
    let mut unit = Unit {
        annexb: data.starts_with(&[0, 0, 1]) || data.starts_with(&[0, 0, 0, 1]),
        ..Unit::default()
    };
    for nal in nals(data) {
        match nal.kind {
            SLICE | IDR_SLICE => {
                let payload = unescape(&nal.bytes[1..]);
                let mut bits = Bits::new(&payload);
                unit.pictures += usize::from(bits.ue() == 0);
                // Types 5 to 9 are 0 to 4 again, "and so are all slices of this picture".
                unit.b_slices += usize::from(bits.ue() % 5 == 1);
                unit.idr |= nal.kind == IDR_SLICE;
            }
            SPS => unit.sps.push(nal.bytes.to_vec()),
            PPS => unit.pps.push(nal.bytes.to_vec()),
            _ => {}
        }
    }
    unit
}

/// The payload without emulation prevention: 0 0 3 stands for 0 0.
pub fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(bytes.len());
    let mut zeros = 0;
    for &byte in bytes {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        payload.push(byte);
    }
    payload
}

/// Reads bits and exp-Golomb numbers. Past the end there are only zeros.
pub struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub fn bit(&mut self) -> u32 {
        let byte = self.bytes.get(self.at / 8).copied().unwrap_or(0);
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        u32::from(bit)
    }

    pub fn bits(&mut self, count: u32) -> u32 {
        (0..count).fold(0, |value, _| value << 1 | self.bit())
    }

    pub fn ue(&mut self) -> u32 {
        let mut zeros = 0;
        while zeros < 31 && self.bit() == 0 {
            zeros += 1;
        }
        (1 << zeros) - 1 + self.bits(zeros)
    }

    pub fn se(&mut self) -> i32 {
        let code = self.ue() as i32;
        if code % 2 == 0 { -(code / 2) } else { code / 2 + 1 }
    }
}
