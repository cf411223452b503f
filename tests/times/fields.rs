//! H.264 in field pictures, written bit by bit: no encoder of FFmpeg codes the two fields of a picture separately.
//! All pictures are grey, 64x64, 25 per second, without presentation times.

/// An Annex B stream of so many pictures.
pub fn stream(pictures: u32) -> Vec<u8> {
    let mut stream = nal(0x67, sps());
    stream.extend(nal(0x68, pps()));
    for number in 0..pictures {
        let idr = number == 0;
        stream.extend(nal(if idr { 0x65 } else { 0x61 }, field(number, false, idr)));
        stream.extend(nal(0x61, field(number, true, false)));
    }
    stream
}

#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn u(mut self, count: u32, value: u32) -> Self {
        self.0.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
        self
    }

    /// Exp-Golomb.
    fn ue(self, value: u32) -> Self {
        let bits = u32::BITS - (value + 1).leading_zeros();
        self.u(bits - 1, 0).u(bits, value + 1)
    }

    /// With the stop bit, in bytes.
    fn bytes(self) -> Vec<u8> {
        let mut bits = self.u(1, 1).0;
        bits.resize(bits.len().div_ceil(8) * 8, false);
        bits.chunks(8)
            .map(|byte| byte.iter().fold(0, |all, &bit| all << 1 | u8::from(bit)))
            .collect()
    }
}

/// A NAL unit behind a start code, with the bytes that keep it from looking like one.
fn nal(header: u8, payload: Bits) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 1, header];
    let mut zeros = 0;
    for byte in payload.bytes() {
        if zeros == 2 && byte <= 3 {
            bytes.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        bytes.push(byte);
    }
    bytes
}

/// Main profile, 4x4 macroblocks in frames or fields, 50 ticks a second.
fn sps() -> Bits {
    let size = Bits::default().u(8, 77).u(8, 0).u(8, 30).ue(0).ue(0).ue(2).ue(1).u(1, 0);
    let size = size.ue(3).ue(1).u(1, 0).u(1, 0).u(1, 1).u(1, 0);
    // Of the VUI only the timing.
    size.u(1, 1).u(4, 0).u(1, 1).u(32, 1).u(32, 50).u(1, 1).u(4, 0)
}

fn pps() -> Bits {
    let ids = Bits::default().ue(0).ue(0).u(2, 0).ue(0).ue(0).ue(0).u(3, 0);
    ids.ue(0).ue(0).ue(0).u(3, 0b100)
}

/// One intra slice of 8 macroblocks, all predicted and with nothing left over.
fn field(number: u32, bottom: bool, idr: bool) -> Bits {
    let head = Bits::default().ue(0).ue(7).ue(0).u(4, number & 15).u(1, 1).u(1, u32::from(bottom));
    let head = if idr { head.ue(0).u(2, 0) } else { head.u(1, 0) };
    let head = head.ue(0).ue(1);
    (0..8).fold(head, |bits, _| bits.u(8, 0b0010_0111))
}
