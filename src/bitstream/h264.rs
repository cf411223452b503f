//! H.264 bytes: what an Annex B access unit and a sequence parameter set say (ITU-T H.264, clause 7.3).
//! Pure; it reads no more of a picture than its slice headers.

use crate::bitstream::access_unit::{AccessUnit, Chroma, Defect, PictureFormat};
use crate::bitstream::bits::{Bits, begins_amiss, has_sei, nal_units, unescape};

const SEI_RECOVERY_POINT: u32 = 6;
const SEI_DISPLAY_ORIENTATION: u32 = 47;

/// What a sequence parameter set says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sequence {
    pub format: PictureFormat,
    pub usability: Usability,
}

/// The VUI parameters that vstream needs (annex E); the defaults where the SPS ends too early.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Usability {
    /// `aspect_ratio_idc`: 0 where it is not stated, 1 for square pixels.
    pub aspect: u32,
    pub full_range: Option<bool>,
    pub colours: Option<Colours>,
    /// `max_num_reorder_frames`.
    pub reorder_frames: Option<u32>,
}

/// Colours by the numbers of tables E-3 to E-5, which FFmpeg has, too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Colours {
    pub primaries: u32,
    pub transfer: u32,
    pub matrix: u32,
}

/// The sequence parameter set of an avcC box (ISO/IEC 14496-15, 5.3.3.1), if there is only one.
pub(crate) fn only_sequence(avcc: &[u8]) -> Option<Sequence> {
    let (&[1, _, _, _, _, count, high, low], rest) = avcc.split_first_chunk()? else {
        return None;
    };
    let nal = rest.get(..usize::from(u16::from_be_bytes([high, low])))?;
    sequence(nal).filter(|_| count & 31 == 1 && nal[0] & 31 == 7)
}

/// Look at an Annex B access unit.
pub(crate) fn inspect(data: &[u8]) -> AccessUnit<'_> {
    let mut unit = AccessUnit::default();
    let (mut sps, mut pps) = (false, false);
    for (nth, nal) in nal_units(data).enumerate() {
        // The first bit marks a unit as broken, and decoders skip it.
        match nal.first().map(|b| b & 0x9f) {
            Some(0x80..) => unit.defect = Some(Defect::Unreadable),
            Some(7) => {
                sps = true;
                unit.format = sequence(nal).map(|it| it.format).or(unit.format);
                unit.headers.push(nal);
            }
            Some(8) => {
                pps = true;
                unit.headers.push(nal);
            }
            Some(9) if nth == 0 => unit.delimiter = end_of(data, nal),
            Some(6) => {
                unit.rotated |= has_sei(&nal[1..], SEI_DISPLAY_ORIENTATION);
                unit.recovers |= has_sei(&nal[1..], SEI_RECOVERY_POINT);
            }
            Some(kind @ (1 | 5)) => {
                unit.starts_gop |= kind == 5;
                match slice(nal) {
                    Some((first_macroblock, kind)) => {
                        unit.pictures += u32::from(first_macroblock == 0);
                        if kind == 1 {
                            unit.defect = Some(Defect::BSlice);
                        }
                    }
                    None => unit.defect = unit.defect.or(Some(Defect::Unreadable)),
                }
            }
            // A picture cut into partitions: no viewer's decoder takes it.
            Some(2..=4) => unit.defect = Some(Defect::Unreadable),
            _ => {}
        }
    }
    if begins_amiss(data) {
        unit.defect = Some(Defect::Unreadable);
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

/// Read a sequence parameter set.
fn sequence(nal: &[u8]) -> Option<Sequence> {
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
    let usability = match bits.flag()? {
        true => usability(&mut bits).unwrap_or_default(),
        false => Usability::default(),
    };
    // Clause E.2.1: what is inferred where nothing is declared, for profiles that allow intra pictures only.
    let intra_only = constraints & 0x10 != 0 && matches!(profile, 44 | 86 | 100 | 110 | 122 | 244);
    // A picture order of type 2 is the order of decoding; without references there is nothing to wait for.
    // Baseline has no B slices, and nobody reorders P pictures.
    let baseline = profile == 66;
    let declared = usability.reorder_frames == Some(0);
    let in_order = order_type == 2 || references == 0 || intra_only || baseline || declared;
    let format = PictureFormat {
        width: columns.checked_sub(crop_x)?,
        height: rows.checked_mul(fields)?.checked_sub(crop_y)?,
        depth: u8::try_from(depth).ok()?,
        chroma: Chroma::from_idc(chroma)?,
        fields: !frames_only,
        in_order,
    };
    Some(Sequence { format, usability })
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

fn usability(bits: &mut Bits<'_>) -> Option<Usability> {
    const OWN_ASPECT: u32 = 255;
    let mut found = Usability::default();
    if bits.flag()? {
        found.aspect = bits.bits(8)?;
        bits.skip(if found.aspect == OWN_ASPECT { 32 } else { 0 });
    }
    if bits.flag()? {
        let _overscan = bits.bit()?;
    }
    if bits.flag()? {
        let _video_format = bits.bits(3)?;
        found.full_range = Some(bits.flag()?);
        if bits.flag()? {
            let (primaries, transfer) = (bits.bits(8)?, bits.bits(8)?);
            found.colours = Some(Colours { primaries, transfer, matrix: bits.bits(8)? });
        }
    }
    if bits.flag()? {
        let _chroma_places = (bits.exp_golomb()?, bits.exp_golomb()?);
    }
    if bits.flag()? {
        bits.skip(65);
    }
    let (nal, vcl) = (skip_hrd(bits)?, skip_hrd(bits)?);
    if nal || vcl {
        bits.skip(1);
    }
    bits.skip(1);
    if bits.flag()? {
        bits.skip(1);
        for _ in 0..4 {
            bits.exp_golomb()?;
        }
        found.reorder_frames = Some(bits.exp_golomb()?);
    }
    Some(found)
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

    /// 64x64, High, BT.709 with the matrix of BT.601, limited range, square pixels, no B-frames.
    const IN_ORDER: [u8; 26] = [
        0x67, 0x64, 0x00, 0x0a, 0xac, 0xb2, 0x08, 0x4d, 0x80, 0xb5, 0x01, 0x01, 0x05, 0x40, 0x00,
        0x00, 0x03, 0x00, 0x40, 0x00, 0x00, 0x0c, 0x83, 0xc4, 0x89, 0x92,
    ];
    /// The same with two B-frames, one of which others refer to.
    const REORDERED: [u8; 27] = [
        0x67, 0x64, 0x00, 0x0a, 0xac, 0xd9, 0x44, 0x26, 0xc0, 0x5a, 0x80, 0x80, 0x82, 0xa0, 0x00,
        0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x06, 0x41, 0xe2, 0x44, 0xb2, 0xc0,
    ];

    fn annexb(nals: &[&[u8]]) -> Vec<u8> {
        nals.iter().flat_map(|nal| [&[0, 0, 0, 1], *nal].concat()).collect()
    }

    #[test]
    fn a_keyframe_needs_sps_pps_and_idr_slice() {
        // I slice: first_mb 0 (1), slice_type 7 (0001000).
        let slice = [0x65, 0b1000_1000, 0x80];
        let keyframe = |nals: &[&[u8]]| inspect(&annexb(nals)).is_keyframe();
        assert!(keyframe(&[&[0x67, 1], &[0x68, 2], &[6, 9], &slice]));
        assert!(!keyframe(&[&[0x67, 1], &slice]));
        assert!(!keyframe(&[&[0x67, 1], &[0x68, 2], &[0x41, 0x9a]]));
    }

    #[test]
    fn b_slices_and_several_pictures_are_detected() {
        // first_mb 0 (1), slice_type 1 (010).
        assert_eq!(inspect(&[0, 0, 1, 0x01, 0b1010_0001]).defect, Some(Defect::BSlice));
        // slice_type 0 (1): P. A second slice of the same picture begins at another macroblock (010).
        let p: &[u8] = &[0x41, 0b1100_0001];
        let second: &[u8] = &[0x41, 0b0101_0001];
        let unit = |nals: &[&[u8]]| inspect(&annexb(nals)).pictures;
        assert_eq!(inspect(&annexb(&[p])).defect, None);
        assert_eq!(inspect(&annexb(&[&[0x80 | p[0], p[1]]])).defect, Some(Defect::Unreadable));
        assert_eq!((unit(&[p]), unit(&[p, second]), unit(&[p, p])), (1, 1, 2));
    }

    #[test]
    fn a_recovery_point_is_detected() {
        let slice: &[u8] = &[0x41, 0b1100_0001];
        // Type 6, 1 byte: recovery_frame_cnt 0 (1), exact match, no broken link.
        let recovers = |sei: &[u8]| inspect(&annexb(&[sei, slice])).recovers;
        assert!(recovers(&[6, 6, 1, 0b1100_0100, 0x80]));
        assert!(!recovers(&[6, 5, 1, 0b1100_0100, 0x80]));
    }

    #[test]
    fn a_parameter_set_of_x264_is_read() {
        let unit = |sps: &[u8]| inspect(&annexb(&[sps])).format;
        let shape = unit(&IN_ORDER).expect("an SPS that can be read");
        assert_eq!((shape.width, shape.height, shape.depth), (64, 64, 8));
        assert_eq!((shape.chroma, shape.fields, shape.in_order), (Chroma::C420, false, true));
        assert!(!unit(&REORDERED).expect("an SPS that can be read").in_order);
        assert_eq!(unit(&[0x67, 0x64]), None);
    }

    #[test]
    fn vui_parameters_are_read() {
        let usability = |sps: &[u8]| sequence(sps).expect("an SPS that can be read").usability;
        let colours = Some(Colours { primaries: 1, transfer: 1, matrix: 5 });
        let full_range = Some(false);
        let wanted = Usability { aspect: 1, full_range, colours, reorder_frames: Some(0) };
        assert_eq!(usability(&IN_ORDER), wanted);
        assert_eq!(usability(&REORDERED), Usability { reorder_frames: Some(2), ..wanted });
        // Cut off.
        assert_eq!(usability(&IN_ORDER[..12]), Usability::default());
    }

    #[test]
    fn a_box_with_one_parameter_set_of_each_kind_is_recognised() {
        let boxed = |count: u8, sps: &[u8]| {
            let size = u16::try_from(sps.len()).unwrap().to_be_bytes();
            [&[1, 0x64, 0, 0x0a, 0xff, 0xe0 | count, size[0], size[1]], sps, &[1, 0, 1, 0x68]]
                .concat()
        };
        assert_eq!(only_sequence(&boxed(1, &IN_ORDER)), sequence(&IN_ORDER));
        assert_eq!(only_sequence(&boxed(2, &IN_ORDER)), None);
        assert_eq!(only_sequence(&boxed(1, &[0x68, 2])), None);
        assert_eq!(only_sequence(&boxed(1, &[])), None);
        assert_eq!(only_sequence(&boxed(1, &IN_ORDER)[..20]), None);
        assert_eq!(only_sequence(&annexb(&[&IN_ORDER])), None);
        assert_eq!(only_sequence(&[]), None);
    }
}
