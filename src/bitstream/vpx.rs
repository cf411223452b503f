//! VP8 and VP9 bytes: what a frame's header says (RFC 6386, clause 9; the VP9 specification, clause 6).
//! Pure; it reads no further than the size of a frame.

use crate::bitstream::access_unit::{AccessUnit, Chroma, Defect, PictureFormat};
use crate::bitstream::bits::Bits;

/// Look at one VP8 frame.
pub(crate) fn inspect_vp8(data: &[u8]) -> AccessUnit<'static> {
    let mut unit = AccessUnit { has_headers: true, ..AccessUnit::default() };
    let &[tag, ..] = data else {
        return AccessUnit { defect: Some(Defect::Unreadable), ..unit };
    };
    unit.pictures = u32::from(tag & 0x10 != 0);
    if tag & 1 == 1 {
        return unit;
    }
    match data {
        &[_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..] => {
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            unit.starts_gop = true;
            unit.format = Some(plain(side(w0, w1), side(h0, h1), 8, Chroma::C420));
            if unit.pictures == 0 {
                unit.defect = Some(Defect::HiddenKeyframe);
            }
        }
        _ => unit.defect = Some(Defect::Unreadable),
    }
    unit
}

/// Look at one VP9 packet: a frame, or several with an index at the end, of which one is shown.
pub(crate) fn inspect_vp9(data: &[u8]) -> AccessUnit<'static> {
    let mut unit = AccessUnit { has_headers: true, ..AccessUnit::default() };
    for (at, frame) in frames(data).into_iter().enumerate() {
        let Some(frame) = parse_vp9(frame) else {
            unit.defect = Some(Defect::Unreadable);
            return unit;
        };
        unit.pictures += u32::from(frame.shown);
        if frame.key {
            match (at, frame.shown) {
                (0, true) => unit.starts_gop = true,
                _ => unit.defect = Some(Defect::HiddenKeyframe),
            }
        }
        unit.format = frame.shape.or(unit.format);
    }
    unit
}

/// The frames of a VP9 packet (annex B, superframes).
fn frames(data: &[u8]) -> Vec<&[u8]> {
    let whole = || vec![data];
    let Some(&marker) = data.last().filter(|&&m| m & 0xe0 == 0xc0) else {
        return whole();
    };
    let (count, bytes) = (usize::from(marker & 7) + 1, usize::from(marker >> 3 & 3) + 1);
    let index = 2 + count * bytes;
    if data.len() < index || data[data.len() - index] != marker {
        return whole();
    }
    let sizes = data[data.len() - index + 1..data.len() - 1].chunks_exact(bytes);
    let mut rest = &data[..data.len() - index];
    let mut frames = Vec::with_capacity(count);
    for size in sizes {
        let size = size.iter().rev().fold(0_usize, |n, &b| n << 8 | usize::from(b));
        let (frame, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        // An empty one marks a dropped frame.
        if !frame.is_empty() {
            frames.push(frame);
        }
    }
    frames
}

struct Frame {
    shown: bool,
    key: bool,
    /// Where the frame says its own size.
    shape: Option<PictureFormat>,
}

fn parse_vp9(data: &[u8]) -> Option<Frame> {
    let mut bits = Bits::new(data);
    if bits.bits(2)? != 2 {
        return None;
    }
    let profile = bits.bit()? | bits.bit()? << 1;
    if profile == 3 {
        bits.skip(1);
    }
    if bits.flag()? {
        return Some(Frame { shown: true, key: false, shape: None });
    }
    let key = !bits.flag()?;
    let shown = bits.flag()?;
    let resilient = bits.flag()?;
    let intra_only = !key && !shown && bits.flag()?;
    if !key && !resilient {
        bits.skip(2);
    }
    let shape = if key || intra_only {
        sync_code(&mut bits)?;
        let (depth, chroma) =
            if key || profile > 0 { colours(&mut bits, profile)? } else { (8, Chroma::C420) };
        if intra_only {
            bits.skip(8);
        }
        Some(size(&mut bits, depth, chroma)?)
    } else {
        bits.skip(8 + 3 * 4);
        let of_reference = bits.flag()? || bits.flag()? || bits.flag()?;
        // Depth and subsampling are those of the keyframe, which a frame such as this cannot change.
        if of_reference { None } else { Some(size(&mut bits, 8, Chroma::C420)?) }
    };
    Some(Frame { shown, key, shape })
}

fn sync_code(bits: &mut Bits<'_>) -> Option<()> {
    (bits.bits(24)? == 0x49_83_42).then_some(())
}

fn colours(bits: &mut Bits<'_>, profile: u32) -> Option<(u8, Chroma)> {
    let depth = match profile {
        2 | 3 => {
            if bits.flag()? {
                12
            } else {
                10
            }
        }
        _ => 8,
    };
    const RGB: u32 = 7;
    let is_rgb = bits.bits(3)? == RGB;
    if !is_rgb {
        bits.skip(1);
    }
    let mut chroma = if is_rgb { Chroma::C444 } else { Chroma::C420 };
    if profile == 1 || profile == 3 {
        if !is_rgb {
            chroma = match (bits.bit()?, bits.bit()?) {
                (1, 1) => Chroma::C420,
                (1, _) => Chroma::C422,
                _ => Chroma::C444,
            };
        }
        bits.skip(1);
    }
    Some((depth, chroma))
}

fn size(bits: &mut Bits<'_>, depth: u8, chroma: Chroma) -> Option<PictureFormat> {
    Some(plain(bits.bits(16)? + 1, bits.bits(16)? + 1, depth, chroma))
}

/// Frames of these codecs are stored in the order they are shown.
fn plain(width: u32, height: u32, depth: u8, chroma: Chroma) -> PictureFormat {
    PictureFormat { width, height, depth, chroma, fields: false, in_order: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vp8_keyframes_and_hidden_frames() {
        let key = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0x40, 0];
        let unit = inspect_vp8(&key);
        assert!(unit.is_keyframe() && unit.pictures == 1);
        assert_eq!(unit.format.map(|s| (s.width, s.height)), Some((64, 48)));
        assert_eq!(inspect_vp8(&[0x11]).pictures, 1);
        assert_eq!(inspect_vp8(&[0x01]).pictures, 0);
        assert_eq!(inspect_vp8(&key[..6]).defect, Some(Defect::Unreadable));
        assert_eq!(inspect_vp8(&[]).defect, Some(Defect::Unreadable));
    }

    #[test]
    fn a_vp9_keyframe_states_its_size() {
        // marker 10, profile 00, not existing 0, key 0, shown 1, resilient 0 | sync | 001 (601), range 0, 127, 95
        let key = [0x82, 0x49, 0x83, 0x42, 0x20, 0x07, 0xf0, 0x05, 0xf0];
        let unit = inspect_vp9(&key);
        assert!(unit.is_keyframe() && unit.pictures == 1, "{unit:?}");
        assert_eq!(unit.format.map(|s| (s.width, s.height)), Some((128, 96)));
        // An earlier frame shown again: marker 10, profile 00, existing 1.
        assert_eq!(inspect_vp9(&[0x88]).pictures, 1);
        assert_eq!(inspect_vp9(&[0x00]).defect, Some(Defect::Unreadable));
    }

    #[test]
    fn a_superframe_shows_one_of_its_frames() {
        // Inter frames (bit 2): hidden (shown 0, intra-only 0), then an existing one shown.
        let hidden = [0x84, 0, 0, 0, 0x40, 0];
        let mut data = hidden.to_vec();
        data.push(0x88);
        data.extend([0xc1, 6, 1, 0xc1]);
        assert_eq!(frames(&data), [&hidden[..], &[0x88]]);
        assert_eq!(inspect_vp9(&data).pictures, 1);
    }
}
