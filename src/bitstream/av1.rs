//! AV1 bytes: what a temporal unit and a sequence header say (AV1 Bitstream & Decoding Process, clause 5).
//! Pure; it reads no more of a frame than whether it has its own size.

use crate::bitstream::access_unit::{AccessUnit, Chroma, Defect, PictureFormat};
use crate::bitstream::bits::Bits;

const SEQUENCE: u8 = 1;
const DELIMITER: u8 = 2;
const FRAME_HEADER: u8 = 3;
const FRAME: u8 = 6;

/// What of the sequence header a frame header cannot be read without.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sequence {
    shape: PictureFormat,
    still: bool,
    /// Bits of a presentation time in each shown frame; 0 where there is none.
    presentation_time: u32,
    /// Bits of a frame's number; 0 where it has none.
    frame_id: u32,
    /// 0 or 1, or 2 where each frame says.
    screen_content: u32,
    integer_motion: u32,
}

/// Look at a temporal unit: open bitstream units in the low-overhead format.
pub(crate) fn inspect<'a>(data: &'a [u8], sequence: &mut Option<Sequence>) -> AccessUnit<'a> {
    let mut unit = AccessUnit::default();
    let mut at = 0;
    while at < data.len() {
        let Some(Obu { kind, payload, end }) = obu(data, at) else {
            unit.defect = Some(Defect::Unreadable);
            break;
        };
        match kind {
            DELIMITER if at == 0 => unit.delimiter = end,
            SEQUENCE => {
                unit.headers.push(&data[at..end]);
                match parse_sequence(payload) {
                    Some(parsed) => {
                        unit.format = Some(parsed.shape);
                        *sequence = Some(parsed);
                    }
                    None => unit.defect = Some(Defect::Unreadable),
                }
            }
            FRAME | FRAME_HEADER => match sequence.and_then(|s| parse_frame(payload, &s)) {
                Some(frame) => {
                    unit.pictures += u32::from(frame.shown);
                    unit.starts_gop |= frame.key && frame.shown;
                    let defect = match frame {
                        Frame { key: true, shown: false, .. } => Some(Defect::HiddenKeyframe),
                        Frame { own_size: true, .. } => Some(Defect::OwnSize),
                        _ => None,
                    };
                    unit.defect = unit.defect.or(defect);
                }
                None => unit.defect = unit.defect.or(Some(Defect::Unreadable)),
            },
            _ => {}
        }
        at = end;
    }
    unit.has_headers = !unit.headers.is_empty();
    unit
}

/// The sequence header in an `av1C` box, or in open bitstream units as they are.
pub(crate) fn headers_of(extradata: &[u8]) -> &[u8] {
    // The box begins with a marker bit and version 1, in four bytes.
    if extradata.first() == Some(&0x81) {
        extradata.get(4..).unwrap_or_default()
    } else {
        extradata
    }
}

struct Obu<'a> {
    kind: u8,
    payload: &'a [u8],
    end: usize,
}

/// The unit at `at`. One without a size field runs to the end of its packet, which the Viewer does not read.
fn obu(data: &[u8], at: usize) -> Option<Obu<'_>> {
    let header = *data.get(at)?;
    let (extension, has_size) = (header & 4 != 0, header & 2 != 0);
    let mut begin = at + 1 + usize::from(extension);
    if header & 0x80 != 0 || !has_size {
        return None;
    }
    let mut size = 0_usize;
    for shift in (0..35).step_by(7) {
        let byte = *data.get(begin)?;
        begin += 1;
        size |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let end = begin.checked_add(size)?;
    Some(Obu { kind: header >> 3 & 15, payload: data.get(begin..end)?, end })
}

struct Frame {
    shown: bool,
    key: bool,
    own_size: bool,
}

fn parse_frame(payload: &[u8], sequence: &Sequence) -> Option<Frame> {
    if sequence.still {
        return Some(Frame { shown: true, key: true, own_size: false });
    }
    let mut bits = Bits::new(payload);
    if bits.flag()? {
        // An earlier frame is shown.
        return Some(Frame { shown: true, key: false, own_size: false });
    }
    let kind = bits.bits(2)?;
    let (key, switch) = (kind == 0, kind == 3);
    let shown = bits.flag()?;
    if shown {
        bits.skip(sequence.presentation_time as usize);
    } else {
        bits.skip(1);
    }
    if !(switch || (key && shown)) {
        bits.skip(1);
    }
    bits.skip(1);
    let screen_content = match sequence.screen_content {
        2 => bits.bit()?,
        fixed => fixed,
    };
    if screen_content == 1 && sequence.integer_motion == 2 {
        bits.skip(1);
    }
    bits.skip(sequence.frame_id as usize);
    let own_size = switch || bits.flag()?;
    Some(Frame { shown, key, own_size })
}

fn parse_sequence(payload: &[u8]) -> Option<Sequence> {
    let mut bits = Bits::new(payload);
    let profile = bits.bits(3)?;
    bits.skip(1);
    let still = bits.flag()?;
    let mut presentation_time = 0;
    if still {
        bits.skip(5);
    } else {
        presentation_time = skip_operating_points(&mut bits)?;
    }
    let (width_bits, height_bits) = (bits.bits(4)? + 1, bits.bits(4)? + 1);
    let (width, height) = (bits.bits(width_bits)? + 1, bits.bits(height_bits)? + 1);
    let mut frame_id = 0;
    if !still && bits.flag()? {
        let delta = bits.bits(4)? + 2;
        frame_id = bits.bits(3)? + 1 + delta;
    }
    bits.skip(3);
    let (mut screen_content, mut integer_motion) = (2, 2);
    if !still {
        bits.skip(4);
        let order_hint = bits.flag()?;
        if order_hint {
            bits.skip(2);
        }
        if !bits.flag()? {
            screen_content = bits.bit()?;
        }
        if screen_content > 0 && !bits.flag()? {
            integer_motion = bits.bit()?;
        }
        if order_hint {
            bits.skip(3);
        }
    }
    bits.skip(3);
    let (depth, chroma) = colours(&mut bits, profile)?;
    // A temporal unit shows one frame, and temporal units come in the order they are shown.
    let shape = PictureFormat { width, height, depth, chroma, fields: false, in_order: true };
    Some(Sequence { shape, still, presentation_time, frame_id, screen_content, integer_motion })
}

/// Returns the bits of a presentation time in each frame.
fn skip_operating_points(bits: &mut Bits<'_>) -> Option<u32> {
    let (mut delay_bits, mut presentation_time) = (0, 0);
    let mut model = false;
    if bits.flag()? {
        bits.skip(64);
        let equal_interval = bits.flag()?;
        if equal_interval {
            bits.exp_golomb()?;
        }
        model = bits.flag()?;
        if model {
            delay_bits = bits.bits(5)? + 1;
            bits.skip(32 + 5);
            let length = bits.bits(5)? + 1;
            presentation_time = if equal_interval { 0 } else { length };
        }
    }
    let display_delay = bits.flag()?;
    for _ in 0..=bits.bits(5)? {
        bits.skip(12);
        if bits.bits(5)? > 7 {
            bits.skip(1);
        }
        if model && bits.flag()? {
            bits.skip(2 * delay_bits as usize + 1);
        }
        if display_delay && bits.flag()? {
            bits.skip(4);
        }
    }
    Some(presentation_time)
}

fn colours(bits: &mut Bits<'_>, profile: u32) -> Option<(u8, Chroma)> {
    let high = bits.flag()?;
    let depth = match (profile, high) {
        (2, true) => {
            if bits.flag()? {
                12
            } else {
                10
            }
        }
        (_, true) => 10,
        (_, false) => 8,
    };
    let grey = profile != 1 && bits.flag()?;
    let described = if bits.flag()? { bits.bits(24)? } else { 0x02_02_02 };
    const SRGB: u32 = 0x01_0d_00;
    let chroma = match profile {
        _ if grey => Chroma::Grey,
        _ if described == SRGB => Chroma::C444,
        0 => Chroma::C420,
        1 => Chroma::C444,
        _ if depth < 12 => Chroma::C422,
        _ => {
            bits.skip(1);
            match (bits.flag()?, bits.bit()?) {
                (false, _) => Chroma::C444,
                (true, 0) => Chroma::C422,
                (true, _) => Chroma::C420,
            }
        }
    };
    Some((depth, chroma))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Delimiter, sequence header and key frame of a 64x64 video.
    const KEYFRAME: &[u8] = &[
        0x12, 0x00, 0x0a, 0x0a, 0x00, 0x00, 0x00, 0x02, 0xaf, 0xff, 0x9f, 0xff, 0x30, 0x08, 0x32,
        0x14, 0x10, 0x00, 0xc0, 0x00, 0x00, 0x02, 0x80, 0x00, 0x00, 0x0a, 0x05, 0x76, 0xa4, 0xd6,
        0x2f, 0x1f, 0xfa, 0x1e, 0x3c, 0xd8,
    ];
    const INTER: &[u8] = &[
        0x12, 0x00, 0x32, 0x12, 0x30, 0x03, 0xc0, 0x80, 0x00, 0x00, 0x06, 0xc0, 0x00, 0x00, 0x02,
        0x80, 0x00, 0x00, 0x80, 0x00, 0x99, 0x10,
    ];

    #[test]
    fn a_keyframe_has_a_sequence_header() {
        let mut sequence = None;
        let unit = inspect(KEYFRAME, &mut sequence);
        assert!(unit.is_keyframe() && unit.pictures == 1 && unit.delimiter == 2, "{unit:?}");
        let shape = unit.format.expect("a sequence header");
        assert_eq!((shape.width, shape.height, shape.depth), (64, 64, 8));
        assert_eq!((shape.chroma, unit.defect), (Chroma::C420, None));
        let next = inspect(INTER, &mut sequence);
        assert!(!next.starts_gop && next.pictures == 1 && next.defect.is_none(), "{next:?}");
    }

    #[test]
    fn unreadable_units_are_errors() {
        assert_eq!(inspect(INTER, &mut None).defect, Some(Defect::Unreadable));
        assert_eq!(inspect(&[0xff; 5], &mut None).defect, Some(Defect::Unreadable));
        assert_eq!(inspect(&KEYFRAME[..20], &mut None).defect, Some(Defect::Unreadable));
        // Without a size field.
        assert_eq!(inspect(&[0x30, 0x10], &mut None).defect, Some(Defect::Unreadable));
    }
}
