//! What every bitstream parser guarantees for any input, and for access units that headers were inserted into.
//! Called with damaged seeds by the tests, and by a coverage-guided fuzzer.

use crate::bitstream::access_unit::{AccessUnit, Headers, Inspector};
use crate::sample::SampleCodec;

/// Parameter sets that fit each codec that has some.
pub(crate) const H264_SETS: &[u8] = &[
    0, 0, 0, 1, 0x67, 0x64, 0x00, 0x0a, 0xac, 0x72, 0x84, 0x44, 0x26, 0x84, 0x00, 0x00, 0x03, 0x00,
    0x04, 0x00, 0x00, 0x03, 0x00, 0xca, 0x3c, 0x48, 0x96, 0x11, 0x80, 0, 0, 0, 1, 0x68, 0xe8, 0x43,
    0x83, 0x8b,
];
pub(crate) const H265_SETS: &[u8] = &[
    0x00, 0x00, 0x00, 0x01, 0x40, 0x01, 0x0c, 0x01, 0xff, 0xff, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00,
    0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x78, 0x95, 0x98, 0x09, 0x00, 0x00, 0x00, 0x01,
    0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03,
    0x00, 0x78, 0xa0, 0x03, 0xc0, 0x80, 0x10, 0xe5, 0x96, 0x56, 0x69, 0x24, 0xca, 0xf0, 0x16, 0x9c,
    0x20, 0x00, 0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x03, 0xc1, 0x00, 0x00, 0x00, 0x01, 0x44,
    0x01, 0xc1, 0x72, 0xb4, 0x62, 0x40,
];
pub(crate) const AV1_SETS: &[u8] =
    &[0x0a, 0x0a, 0x00, 0x00, 0x00, 0x02, 0xaf, 0xff, 0x9f, 0xff, 0x30, 0x08];

/// Looks at an access unit, and at the same with headers put in, as a copy does that lacks them.
pub(crate) fn access_unit(codec: SampleCodec, data: &[u8]) {
    let sets = match codec {
        SampleCodec::H264 => H264_SETS,
        SampleCodec::H265 => H265_SETS,
        SampleCodec::Av1 => AV1_SETS,
        SampleCodec::Vp8 | SampleCodec::Vp9 => &[],
    };
    let mut inspector = Inspector::new(codec);
    let known = inspector.inspect(sets);
    let unit = inspector.inspect(data);
    assert!(unit.delimiter <= data.len());
    assert!(unit.headers.iter().all(|header| header.len() <= data.len()));
    // A copy puts headers into no packet that it refuses.
    if unit.defect.is_some() || sets.is_empty() {
        return;
    }
    let mut headers = Headers::new(codec);
    headers.learn(&known.headers);
    let whole = headers.insert(data, unit.delimiter);
    let mut inspector = Inspector::new(codec);
    let again = inspector.inspect(&whole);
    assert!(again.has_headers);
    assert!(
        again.headers.iter().eq(known.headers.iter().chain(&unit.headers)),
        "other headers than those that were put in: {again:?}"
    );
    let format = unit.format.or(known.format);
    let expected =
        AccessUnit { has_headers: true, headers: again.headers.clone(), format, ..unit.clone() };
    assert_eq!(again, expected);
    // No part of the picture precedes its headers.
    let front = inspector.inspect(&data[..unit.delimiter]);
    assert_eq!((front.pictures, front.starts_gop), (0, false));
}

/// The parsers of sound and of JPEG have nothing put in.
pub(crate) fn others(data: &[u8]) {
    use crate::bitstream::{aac, flac, jpeg, mp3, vorbis};
    let _ = (aac::Aac::of_config(data), aac::Aac::of_adts(data), mp3::Mp3::of_frame(data));
    let _ = (flac::samples(data), flac::is_whole(data), flac::of_a_part(data), flac::shape(data));
    let _ = (vorbis::shape(data), vorbis::Collector::default().take(data));
    assert!(!jpeg::is_cut(data) || data.starts_with(&[0xff, 0xd8]));
    let mut pictures = jpeg::CutPictures::default();
    assert!(pictures.look_at(data) + pictures.finish() <= 1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;

    fn joined(parts: &[&[u8]]) -> Vec<u8> {
        parts.concat()
    }

    #[test]
    fn damaged_h264_keeps_the_promises() {
        let delimiter: &[u8] = &[0, 0, 0, 1, 9, 0xf0];
        let idr: &[u8] = &[0, 0, 1, 0x65, 0x88, 0x84, 0x00, 0x33, 0xff, 0xfe, 0xf6, 0xf0];
        let inter: &[u8] = &[0, 0, 1, 0x41, 0x9a, 0x24, 0x6c, 0x42, 0xff, 0xfe];
        let turned: &[u8] = &[0, 0, 1, 6, 5, 2, 1, 1, 47, 1, 0, 0x80];
        let seeds = [
            joined(&[delimiter, H264_SETS, turned, idr]),
            joined(&[delimiter, turned, idr, idr]),
            joined(&[idr]),
            joined(&[delimiter, inter]),
            joined(&[H264_SETS, inter]),
        ];
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        damaged(&seeds, |data| access_unit(SampleCodec::H264, data));
    }

    #[test]
    fn damaged_h265_keeps_the_promises() {
        let delimiter: &[u8] = &[0, 0, 0, 1, 0x46, 1, 0x50];
        let idr: &[u8] = &[0, 0, 1, 0x26, 0x01, 0xaf, 0x1d, 0x80, 0xa3, 0xf3];
        let inter: &[u8] = &[0, 0, 1, 0x02, 0x01, 0xd0, 0x09, 0x7e, 0x10];
        let leading: &[u8] = &[0, 0, 1, 0x10, 0x01, 0xe0, 0x24];
        let seeds = [
            joined(&[delimiter, H265_SETS, idr]),
            joined(&[delimiter, idr]),
            joined(&[idr, inter]),
            joined(&[delimiter, inter]),
            joined(&[H265_SETS, leading]),
        ];
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        damaged(&seeds, |data| access_unit(SampleCodec::H265, data));
    }

    #[test]
    fn damaged_av1_keeps_the_promises() {
        let key: &[u8] = &[
            0x32, 0x14, 0x10, 0x00, 0xc0, 0x00, 0x00, 0x02, 0x80, 0x00, 0x00, 0x0a, 0x05, 0x76,
            0xa4, 0xd6, 0x2f, 0x1f, 0xfa, 0x1e, 0x3c, 0xd8,
        ];
        let inter: &[u8] = &[0x12, 0x00, 0x32, 0x06, 0x30, 0x03, 0xc0, 0x80, 0x00, 0x00];
        let seeds =
            [joined(&[&[0x12, 0x00], AV1_SETS, key]), joined(&[&[0x12, 0x00], key]), inter.into()];
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        damaged(&seeds, |data| access_unit(SampleCodec::Av1, data));
    }

    #[test]
    fn damaged_vp8_and_vp9_keep_the_promises() {
        let vp8: &[u8] = &[0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0x40, 0];
        let vp9: &[u8] = &[0x82, 0x49, 0x83, 0x42, 0x20, 0x07, 0xf0, 0x05, 0xf0];
        let frames: &[u8] = &[0x84, 0, 0, 0, 0x40, 0, 0x88, 0xc1, 6, 1, 0xc1];
        damaged(&[vp8, vp9, frames], |data| {
            access_unit(SampleCodec::Vp8, data);
            access_unit(SampleCodec::Vp9, data);
        });
    }

    #[test]
    fn damaged_audio_and_jpeg_keep_the_promises() {
        let seeds: [&[u8]; 6] = [
            &[0x2b, 0x11, 0x88, 0x00, 0x56, 0xe5, 0x98],
            &[0xff, 0xf1, 0x4c, 0x80, 0, 0x1f, 0xfc],
            &[0xff, 0xfb, 0x90, 0x00],
            &[0xff, 0xf8, 0x79, 0x18, 0xc4, 0x80, 1, 0x3f],
            b"fLaC\x80\0\0\x22012345678901234567890123456789abcd",
            b"\xff\xd8\xff\xe1\0\x0athumb\xff\xd9.\xff\xda\0\x04..data\xff\xd9",
        ];
        damaged(&seeds, others);
    }
}
