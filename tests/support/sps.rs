//! Parses an H.264 sequence parameter set: the displayed size, the level and the colour description.
//! It is not a validator: it reads what x264 and other encoders write.

use super::annexb::{Bits, unescape};

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sps {
    pub profile: u32,
    pub level: u32,
    pub chroma_format: u32,
    pub bit_depth: u32,
    pub interlaced: bool,
    pub width: u32,
    pub height: u32,
    /// The sample aspect ratio is said, and it is not 1:1.
    pub stretched: bool,
    pub colour: Colour,
    /// Pictures per second as a ratio, where the stream says that.
    pub rate: Option<(u32, u32)>,
    /// Pictures that may come out of order; `None` where the stream does not promise a number.
    pub reorder_frames: Option<u32>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Colour {
    pub full_range: bool,
    pub primaries: u32,
    pub transfer: u32,
    pub matrix: u32,
}

impl Colour {
    pub const BT709_LIMITED: Self =
        Self { full_range: false, primaries: 1, transfer: 1, matrix: 1 };
}

impl Default for Colour {
    /// 2 is "unspecified" in every one of the tables.
    fn default() -> Self {
        Self { full_range: false, primaries: 2, transfer: 2, matrix: 2 }
    }
}

/// Profiles that carry chroma format, bit depth and scaling lists.
const HIGH: [u32; 8] = [100, 110, 122, 244, 44, 83, 86, 118];

/// `nal` is the whole NAL unit with its header byte.
pub fn parse(nal: &[u8]) -> Sps {
    let payload = unescape(&nal[1..]);
    let b = &mut Bits::new(&payload);
    let mut sps = Sps { profile: b.bits(8), chroma_format: 1, bit_depth: 8, ..Sps::default() };
    b.bits(8); // constraint flags
    sps.level = b.bits(8);
    b.ue(); // id
    if HIGH.contains(&sps.profile) {
        sps.chroma_format = b.ue();
        if sps.chroma_format == 3 {
            b.bit();
        }
        sps.bit_depth = 8 + b.ue();
        b.ue(); // chroma bit depth
        b.bit(); // lossless bypass
        if b.bit() == 1 {
            skip_scaling_lists(b, if sps.chroma_format == 3 { 12 } else { 8 });
        }
    }
    b.ue(); // frame number bits
    match b.ue() {
        0 => drop(b.ue()),
        1 => {
            b.bit();
            b.se();
            b.se();
            for _ in 0..b.ue() {
                b.se();
            }
        }
        _ => {}
    }
    b.ue(); // reference frames
    b.bit(); // gaps allowed
    let columns = b.ue() + 1;
    let rows = b.ue() + 1;
    sps.interlaced = b.bit() == 0;
    if sps.interlaced {
        b.bit();
    }
    b.bit(); // direct 8x8
    sps.width = 16 * columns;
    sps.height = 16 * rows * (1 + u32::from(sps.interlaced));
    if b.bit() == 1 {
        let unit_x = if matches!(sps.chroma_format, 1 | 2) { 2 } else { 1 };
        let unit_y = (1 + u32::from(sps.chroma_format == 1)) * (1 + u32::from(sps.interlaced));
        sps.width -= unit_x * (b.ue() + b.ue());
        sps.height -= unit_y * (b.ue() + b.ue());
    }
    if b.bit() == 1 {
        read_vui(b, &mut sps);
    }
    sps
}

fn skip_scaling_lists(b: &mut Bits, count: usize) {
    for list in 0..count {
        if b.bit() == 0 {
            continue;
        }
        let (mut last, mut next) = (8, 8);
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                next = (last + b.se() + 256) % 256;
            }
            last = if next == 0 { last } else { next };
        }
    }
}

fn read_vui(b: &mut Bits, sps: &mut Sps) {
    if b.bit() == 1 {
        sps.stretched = match b.bits(8) {
            0 | 1 => false,
            255 => b.bits(16) != b.bits(16),
            _ => true, // any other row of the standard's table
        };
    }
    if b.bit() == 1 {
        b.bit(); // overscan
    }
    if b.bit() == 1 {
        b.bits(3); // video format
        sps.colour.full_range = b.bit() == 1;
        if b.bit() == 1 {
            sps.colour.primaries = b.bits(8);
            sps.colour.transfer = b.bits(8);
            sps.colour.matrix = b.bits(8);
        }
    }
    if b.bit() == 1 {
        b.ue(); // chroma sample location, top and bottom
        b.ue();
    }
    if b.bit() == 1 {
        // A tick is half a picture.
        let tick = b.bits(32);
        let scale = b.bits(32);
        sps.rate = Some((scale, tick.saturating_mul(2)));
        b.bit();
    }
    let nal_hrd = b.bit() == 1;
    if nal_hrd {
        skip_hrd(b);
    }
    let vcl_hrd = b.bit() == 1;
    if vcl_hrd {
        skip_hrd(b);
    }
    if nal_hrd || vcl_hrd {
        b.bit();
    }
    b.bit(); // picture structure
    if b.bit() == 1 {
        b.bit();
        for _ in 0..4 {
            b.ue();
        }
        sps.reorder_frames = Some(b.ue());
    }
}

fn skip_hrd(b: &mut Bits) {
    let count = b.ue() + 1;
    b.bits(8);
    for _ in 0..count {
        b.ue();
        b.ue();
        b.bit();
    }
    b.bits(20);
}
