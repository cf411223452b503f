//! H.265 bytes: what an Annex B access unit and a sequence parameter set say (ITU-T H.265, clause 7.3).
//! Pure; it reads no more of a picture than the first bit of its slice headers.

use crate::bitstream::access_unit::{AccessUnit, Chroma, Defect, PictureFormat};
use crate::bitstream::bits::{Bits, begins_amiss, has_sei, nal_units, unescape};
use crate::bitstream::h264::end_of;

const SEI_DISPLAY_ORIENTATION: u32 = 47;

/// Look at an Annex B access unit. Slices that refer to two pictures say nothing of the order here: many encoders use
/// them in place of P slices.
pub(crate) fn inspect(data: &[u8]) -> AccessUnit<'_> {
    let mut unit = AccessUnit::default();
    let (mut sets, mut broken) = ([false; 3], false);
    for (nth, nal) in nal_units(data).enumerate() {
        let &[first, second, ref body @ ..] = nal else {
            continue;
        };
        let kind = first >> 1 & 63;
        let layer = (first & 1) << 5 | second >> 3;
        // Other layers (a second eye, more detail) are not decoded.
        if layer > 0 {
            continue;
        }
        // Decoders skip what is marked as broken, or has no temporal layer.
        if first & 0x80 != 0 || second & 7 == 0 {
            broken = true;
            continue;
        }
        match kind {
            0..=31 => {
                let begins_picture = body.first().is_some_and(|b| b & 0x80 != 0);
                unit.pictures += u32::from(begins_picture);
                unit.starts_gop |= (16..=23).contains(&kind);
                if (6..=9).contains(&kind) {
                    unit.defect = Some(Defect::Leading);
                }
            }
            32..=34 => {
                sets[usize::from(kind) - 32] = true;
                if kind == 33 {
                    unit.format = shape(nal).or(unit.format);
                }
                unit.headers.push(nal);
            }
            35 if nth == 0 => unit.delimiter = end_of(data, nal),
            39 => unit.rotated |= has_sei(body, SEI_DISPLAY_ORIENTATION),
            _ => {}
        }
    }
    if broken || begins_amiss(data) {
        unit.defect = Some(Defect::Unreadable);
    }
    unit.has_headers = sets == [true; 3];
    unit
}

/// The picture format of a sequence parameter set.
fn shape(nal: &[u8]) -> Option<PictureFormat> {
    let payload = unescape(nal.get(2..)?);
    let mut bits = Bits::new(&payload);
    bits.skip(4);
    let sub_layers = bits.bits(3)?;
    bits.skip(1);
    skip_profiles(&mut bits, sub_layers)?;
    let _id = bits.exp_golomb()?;
    let chroma = bits.exp_golomb()?;
    if chroma == 3 {
        bits.skip(1);
    }
    let (mut width, mut height) = (bits.exp_golomb()?, bits.exp_golomb()?);
    if bits.flag()? {
        let sub_x = if matches!(chroma, 1 | 2) { 2 } else { 1 };
        let sub_y = if chroma == 1 { 2 } else { 1 };
        let crop_x = bits.exp_golomb()?.checked_add(bits.exp_golomb()?)?.checked_mul(sub_x)?;
        let crop_y = bits.exp_golomb()?.checked_add(bits.exp_golomb()?)?.checked_mul(sub_y)?;
        (width, height) = (width.checked_sub(crop_x)?, height.checked_sub(crop_y)?);
    }
    let depth = bits.exp_golomb()?.max(bits.exp_golomb()?).checked_add(8)?;
    let _log2_max_order = bits.exp_golomb()?;
    let each = bits.flag()?;
    let mut reorder = 0;
    for _ in if each { 0 } else { sub_layers }..=sub_layers {
        bits.exp_golomb()?;
        reorder = bits.exp_golomb()?;
        bits.exp_golomb()?;
    }
    Some(PictureFormat {
        width,
        height,
        depth: u8::try_from(depth).ok()?,
        chroma: Chroma::from_idc(chroma)?,
        fields: false,
        in_order: reorder == 0,
    })
}

fn skip_profiles(bits: &mut Bits<'_>, sub_layers: u32) -> Option<()> {
    const PROFILE: usize = 88;
    const LEVEL: usize = 8;
    bits.skip(PROFILE + LEVEL);
    let mut present = Vec::new();
    for _ in 0..sub_layers {
        present.push((bits.flag()?, bits.flag()?));
    }
    if sub_layers > 0 {
        bits.skip(2 * (8 - sub_layers as usize));
    }
    for (profile, level) in present {
        bits.skip(if profile { PROFILE } else { 0 } + if level { LEVEL } else { 0 });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parameter sets of a 1920x1080 stream of x265's, with B-frames allowed.
    const SETS: &[u8] = &[
        0x00, 0x00, 0x00, 0x01, 0x40, 0x01, 0x0c, 0x01, 0xff, 0xff, 0x01, 0x60, 0x00, 0x00, 0x03,
        0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x78, 0x95, 0x98, 0x09, 0x00, 0x00,
        0x00, 0x01, 0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03,
        0x00, 0x00, 0x03, 0x00, 0x78, 0xa0, 0x03, 0xc0, 0x80, 0x10, 0xe5, 0x96, 0x56, 0x69, 0x24,
        0xca, 0xf0, 0x16, 0x9c, 0x20, 0x00, 0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x03, 0xc1,
        0x00, 0x00, 0x00, 0x01, 0x44, 0x01, 0xc1, 0x72, 0xb4, 0x62, 0x40,
    ];

    #[test]
    fn a_keyframe_holds_all_parameter_sets() {
        let with = |slice: &[u8]| [SETS, &[0, 0, 0, 1], slice].concat();
        let unit = with(&[0x26, 0x01, 0x88]);
        let unit = inspect(&unit);
        assert!(unit.is_keyframe() && unit.pictures == 1 && unit.headers.len() == 3);
        let shape = unit.format.expect("an SPS that can be read");
        assert_eq!((shape.width, shape.height, shape.depth), (1920, 1080, 8));
        assert_eq!(shape.chroma, Chroma::C420);
        assert!(!inspect(&with(&[0x02, 0x01, 0x88])).starts_gop);
        assert!(!inspect(&[0, 0, 1, 0x26, 0x01, 0x88]).has_headers);
    }

    #[test]
    fn leading_pictures_and_other_layers_are_distinguished() {
        assert_eq!(inspect(&[0, 0, 1, 8 << 1, 1, 0x80]).defect, Some(Defect::Leading));
        assert_eq!(inspect(&[0, 0, 1, 1 << 1, 1 << 3 | 1, 0x80]).pictures, 0);
        assert_eq!(inspect(&[0, 0, 1, 1 << 1, 1, 0x80]).defect, None);
        for broken in [[1 << 1, 0], [0x80 | 1 << 1, 1]] {
            let unit = [&[0, 0, 1], &broken[..], &[0x80]].concat();
            assert_eq!(inspect(&unit).defect, Some(Defect::Unreadable));
        }
    }
}
