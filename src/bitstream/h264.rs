//! H.264 bytes: what an Annex B access unit and a sequence parameter set say (ITU-T H.264, clause 7.3).
//! Pure; it reads no more of a picture than its slice headers.

use crate::bitstream::access_unit::{AccessUnit, Chroma, Flaw, PictureFormat};
use crate::bitstream::bits::{Bits, begins_amiss, has_sei, nal_units, unescape};

const SEI_DISPLAY_ORIENTATION: u32 = 47;

/// Look at an Annex B access unit.
pub(crate) fn inspect(data: &[u8]) -> AccessUnit<'_> {
    let mut unit = AccessUnit::default();
    let (mut sps, mut pps) = (false, false);
    for (nth, nal) in nal_units(data).enumerate() {
        match nal.first().map(|b| b & 31) {
            Some(7) => {
                sps = true;
                unit.format = shape(nal).or(unit.format);
                unit.headers.push(nal);
            }
            Some(8) => {
                pps = true;
                unit.headers.push(nal);
            }
            Some(9) if nth == 0 => unit.delimiter = end_of(data, nal),
            Some(6) => unit.rotated |= has_sei(&nal[1..], SEI_DISPLAY_ORIENTATION),
            Some(kind @ (1 | 5)) => {
                unit.starts_gop |= kind == 5;
                match slice(nal) {
                    Some((first_macroblock, kind)) => {
                        unit.pictures += u32::from(first_macroblock == 0);
                        if kind == 1 {
                            unit.flaw = Some(Flaw::BSlice);
                        }
                    }
                    None => unit.flaw = unit.flaw.or(Some(Flaw::Unreadable)),
                }
            }
            // A picture cut into partitions: no viewer's decoder takes it.
            Some(2..=4) => unit.flaw = Some(Flaw::Unreadable),
            _ => {}
        }
    }
    if begins_amiss(data) {
        unit.flaw = Some(Flaw::Unreadable);
    }
    unit.has_headers = sps && pps;
    unit
}

/// Where a NAL unit ends within the data it is a part of.
pub(super) fn end_of(data: &[u8], nal: &[u8]) -> usize {
    nal.as_ptr().addr() - data.as_ptr().addr() + nal.len()
}

/// `first_mb_in_slice`, and `slice_type` modulo 5 (table 7-6): 0 P, 1 B, 2 I.
fn slice(nal: &[u8]) -> Option<(u32, u32)> {
    let header = unescape(nal.get(1..nal.len().min(24))?);
    let mut bits = Bits::new(&header);
    Some((bits.exp_golomb()?, bits.exp_golomb()? % 5))
}

/// The picture format of a sequence parameter set.
fn shape(nal: &[u8]) -> Option<PictureFormat> {
    let payload = unescape(nal.get(1..)?);
    let mut bits = Bits::new(&payload);
    let profile = bits.bits(8)?;
    let constraints = bits.bits(8)?;
    let _level = bits.bits(8)?;
    let _id = bits.exp_golomb()?;
    let (mut chroma, mut depth, mut separate) = (1, 8, false);
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        chroma = bits.exp_golomb()?;
        separate = chroma == 3 && bits.flag()?;
        depth = bits.exp_golomb()?.max(bits.exp_golomb()?).checked_add(8)?;
        let _lossless_bypass = bits.bit()?;
        if bits.flag()? {
            for list in 0..if chroma == 3 { 12 } else { 8 } {
                if bits.flag()? {
                    skip_scaling_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    let _log2_max_frame_num = bits.exp_golomb()?;
    let order_type = bits.exp_golomb()?;
    match order_type {
        0 => {
            bits.exp_golomb()?;
        }
        1 => {
            bits.skip(1);
            bits.exp_golomb()?;
            bits.exp_golomb()?;
            for _ in 0..bits.exp_golomb()?.min(255) {
                bits.exp_golomb()?;
            }
        }
        _ => {}
    }
    let references = bits.exp_golomb()?;
    let _gaps_allowed = bits.bit()?;
    let columns = bits.exp_golomb()?.checked_add(1)?.checked_mul(16)?;
    let rows = bits.exp_golomb()?.checked_add(1)?.checked_mul(16)?;
    let frames_only = bits.flag()?;
    let fields = u32::from(!frames_only) + 1;
    if !frames_only {
        bits.skip(1);
    }
    bits.skip(1);
    let (mut crop_x, mut crop_y) = (0_u32, 0_u32);
    if bits.flag()? {
        let sub_x = if matches!(chroma, 1 | 2) && !separate { 2 } else { 1 };
        let sub_y = if chroma == 1 { 2 } else { 1 };
        crop_x = bits.exp_golomb()?.checked_add(bits.exp_golomb()?)?.checked_mul(sub_x)?;
        crop_y = bits.exp_golomb()?.checked_add(bits.exp_golomb()?)?.checked_mul(sub_y * fields)?;
    }
    let declared = if bits.flag()? { reorder_frames(&mut bits) } else { None };
    // Clause E.2.1: what is inferred where nothing is declared, for profiles that allow intra pictures only.
    let intra_only = constraints & 0x10 != 0 && matches!(profile, 44 | 86 | 100 | 110 | 122 | 244);
    // A picture order of type 2 is the order of decoding; without references there is nothing to wait for.
    // Baseline has no B slices, and nobody reorders P pictures.
    let baseline = profile == 66;
    let in_order =
        order_type == 2 || references == 0 || intra_only || baseline || declared == Some(0);
    Some(PictureFormat {
        width: columns.checked_sub(crop_x)?,
        height: rows.checked_mul(fields)?.checked_sub(crop_y)?,
        depth: u8::try_from(depth).ok()?,
        chroma: Chroma::from_idc(chroma)?,
        fields: !frames_only,
        in_order,
    })
}

fn skip_scaling_list(bits: &mut Bits<'_>, size: u32) -> Option<()> {
    let (mut last, mut next) = (8_i64, 8_i64);
    for _ in 0..size {
        if next != 0 {
            next = (last + bits.signed_exp_golomb()? + 256) % 256;
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// `max_num_reorder_frames` of the VUI (annex E), if it is there.
fn reorder_frames(bits: &mut Bits<'_>) -> Option<u32> {
    if bits.flag()? && bits.bits(8)? == 255 {
        bits.skip(32);
    }
    if bits.flag()? {
        bits.skip(1);
    }
    if bits.flag()? {
        bits.skip(4);
        if bits.flag()? {
            bits.skip(24);
        }
    }
    if bits.flag()? {
        bits.exp_golomb()?;
        bits.exp_golomb()?;
    }
    if bits.flag()? {
        bits.skip(65);
    }
    let (nal, vcl) = (skip_hrd(bits)?, skip_hrd(bits)?);
    if nal || vcl {
        bits.skip(1);
    }
    bits.skip(1);
    if !bits.flag()? {
        return None;
    }
    bits.skip(1);
    for _ in 0..4 {
        bits.exp_golomb()?;
    }
    bits.exp_golomb()
}

fn skip_hrd(bits: &mut Bits<'_>) -> Option<bool> {
    if !bits.flag()? {
        return Some(false);
    }
    let count = bits.exp_golomb()?.min(31) + 1;
    bits.skip(8);
    for _ in 0..count {
        bits.exp_golomb()?;
        bits.exp_golomb()?;
        bits.skip(1);
    }
    bits.skip(20);
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annexb(nals: &[&[u8]]) -> Vec<u8> {
        nals.iter().flat_map(|nal| [&[0, 0, 0, 1], *nal].concat()).collect()
    }

    #[test]
    fn a_keyframe_needs_all_three() {
        // I slice: first_mb 0 (1), slice_type 7 (0001000).
        let slice = [0x65, 0b1000_1000, 0x80];
        let keyframe = |nals: &[&[u8]]| inspect(&annexb(nals)).is_keyframe();
        assert!(keyframe(&[&[0x67, 1], &[0x68, 2], &[6, 9], &slice]));
        assert!(!keyframe(&[&[0x67, 1], &slice]));
        assert!(!keyframe(&[&[0x67, 1], &[0x68, 2], &[0x41, 0x9a]]));
    }

    #[test]
    fn b_slices_and_several_pictures_are_seen() {
        // first_mb 0 (1), slice_type 1 (010).
        assert_eq!(inspect(&[0, 0, 1, 0x01, 0b1010_0001]).flaw, Some(Flaw::BSlice));
        // slice_type 0 (1): P. A second slice of the same picture begins at another macroblock (010).
        let p: &[u8] = &[0x41, 0b1100_0001];
        let second: &[u8] = &[0x41, 0b0101_0001];
        let unit = |nals: &[&[u8]]| inspect(&annexb(nals)).pictures;
        assert_eq!(inspect(&annexb(&[p])).flaw, None);
        assert_eq!((unit(&[p]), unit(&[p, second]), unit(&[p, p])), (1, 1, 2));
    }

    #[test]
    fn a_parameter_set_of_x264_is_read() {
        // 64x64, High, VUI with max_num_reorder_frames 0; then the same with two B-frames allowed.
        let unit = |sps: &[u8]| inspect(&annexb(&[sps])).format;
        let in_order = unit(&[
            0x67, 0x64, 0x00, 0x0a, 0xac, 0x72, 0x84, 0x44, 0x26, 0x84, 0x00, 0x00, 0x03, 0x00,
            0x04, 0x00, 0x00, 0x03, 0x00, 0xca, 0x3c, 0x48, 0x96, 0x11, 0x80,
        ]);
        let shape = in_order.expect("an SPS that can be read");
        assert_eq!((shape.width, shape.height, shape.depth), (64, 64, 8));
        assert_eq!((shape.chroma, shape.fields), (Chroma::C420, false));
        assert_eq!(unit(&[0x67, 0x64]), None);
    }
}
