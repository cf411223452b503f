//! FLAC: the length of a frame, and the header of a part of a stream.
//! It parses no more than a frame's header.

/// Length of a STREAMINFO block.
const STREAMINFO: usize = 34;
/// In front of it, in a whole header: the mark of the format, and the header of the block.
const MARK: usize = 8;

/// Samples of one channel in a frame; `None` if it does not begin with a header.
pub(crate) fn samples(frame: &[u8]) -> Option<u32> {
    let &[sync, rest, sizes] = frame.first_chunk::<3>()?;
    if sync != 0xff || rest >> 1 != 0x7c {
        return None;
    }
    // The frame's number, in the manner of UTF-8.
    let number = frame.get(4)?.leading_ones().max(1) as usize;
    let behind = frame.get(4 + number..)?;
    match sizes >> 4 {
        1 => Some(192),
        code @ 2..=5 => Some(576 << (code - 2)),
        6 => Some(u32::from(*behind.first()?) + 1),
        7 => Some(u32::from(u16::from_be_bytes(*behind.first_chunk()?)) + 1),
        code @ 8..=15 => Some(256 << (code - 8)),
        _ => None,
    }
}

/// Whether a frame is as it was written: it ends with a checksum.
pub(crate) fn is_whole(frame: &[u8]) -> bool {
    // Over its checksum as well, that of a whole frame is 0.
    let step = |sum: u16, byte: &u8| {
        let bit = |sum: u16, _| if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x8005 };
        (0..8).fold(sum ^ u16::from(*byte) << 8, bit)
    };
    frame.iter().fold(0, step) == 0
}

/// The STREAMINFO of a part of the stream with this header: without the number of samples and the checksum, which are
/// those of the whole.
pub(crate) fn of_a_part(header: &[u8]) -> Option<[u8; STREAMINFO]> {
    let block = if header.starts_with(b"fLaC") { header.get(MARK..)? } else { header };
    let mut info = *block.first_chunk::<STREAMINFO>()?;
    info[13] &= 0xf0;
    info[14..].fill(0);
    Some(info)
}

/// Samples a second and channels, from a STREAMINFO (RFC 9639, 8.2).
pub(crate) fn shape(info: &[u8]) -> Option<(u32, u32)> {
    // 20 bits of rate, and 3 of channels less one.
    let &[a, b, c] = info.get(10..)?.first_chunk::<3>()?;
    let rate = u32::from_be_bytes([0, a, b, c]) >> 4;
    Some((rate, u32::from(c >> 1 & 7) + 1)).filter(|&(rate, _)| rate > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_sizes_are_read_in_every_form() {
        // A code for 4096; 8 bits behind a number of one byte; 16 bits behind one of two.
        assert_eq!(samples(&[0xff, 0xf8, 0xc9, 0x18, 0x00, 0, 0]), Some(4096));
        assert_eq!(samples(&[0xff, 0xf8, 0x69, 0x18, 0x05, 99, 0]), Some(100));
        assert_eq!(samples(&[0xff, 0xf8, 0x79, 0x18, 0xc4, 0x80, 1, 0x3f]), Some(320));
        assert_eq!(samples(&[0xff, 0xfb, 0xc9, 0x18, 0, 0, 0]), None);
        assert_eq!(samples(&[0xff, 0xf8]), None);
    }

    #[test]
    fn rate_and_channels_are_those_of_the_header() {
        let mut info = [0; STREAMINFO];
        info[10..13].copy_from_slice(&[0x0a, 0xc4, 0x42]);
        assert_eq!(shape(&info), Some((44100, 2)));
        assert_eq!(shape(&info[..12]), None);
        assert_eq!(shape(&[0; STREAMINFO]), None);
    }

    #[test]
    fn a_changed_bit_is_found() {
        let sum = 0x8005_u16.to_be_bytes();
        assert!(is_whole(&[1, sum[0], sum[1]]) && !is_whole(&[3, sum[0], sum[1]]));
        assert!(!is_whole(&[1, sum[0]]));
    }

    #[test]
    fn the_header_of_a_part_has_no_length_and_no_checksum() {
        let whole: Vec<u8> = b"fLaC\x80\0\0\x22".iter().copied().chain(1..=34).collect();
        let info = of_a_part(&whole).unwrap();
        assert_eq!(info[..13], whole[8..21]);
        assert_eq!(info[13..], [0; 21]);
        assert_eq!(of_a_part(&whole[8..]), Some(info));
        assert_eq!(of_a_part(b"fLaC"), None);
    }
}
