//! Whether a file is a video or sound, by its name and its first bytes.
//! Quick, and possibly wrong for unusual files; FFmpeg's probing is slower and decides.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// Endings that only video has.
const VIDEO: [&str; 53] = [
    "mp4", "mkv", "mk3d", "webm", "avi", "divx", "mov", "qt", "m4v", "f4v", "flv", "wmv", "asf",
    "mpg", "mpeg", "mpe", "m1v", "m2v", "mpv", "vob", "evo", "ogv", "ogm", "3gp", "3g2", "mxf",
    "gxf", "rm", "rmvb", "dv", "nut", "nsv", "wtv", "y4m", "ivf", "obu", "h264", "264", "avc",
    "h265", "265", "hevc", "h261", "h263", "mjpeg", "mjpg", "m2t", "m2ts", "insv", "amv", "bik",
    "smk", "roq",
];

/// Endings that only sound has.
const SOUND: [&str; 22] = [
    "mp3", "mp2", "mp1", "mpa", "wav", "w64", "flac", "m4a", "m4b", "aac", "ogg", "oga", "opus",
    "spx", "wma", "aif", "aiff", "aifc", "mka", "ac3", "amr", "caf",
];

/// The beginning of Windows Media: ASF, WMV, WMA.
pub(super) const ASF: &[u8] = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11";

/// How much of a file the signatures need: three packets of a transport stream.
const START: usize = 3 * 192 + 8;

/// Whether it is sound without a video, by its name.
pub(crate) fn is_sound(path: &Path) -> bool {
    SOUND.contains(&ending(path).as_str()) && path.is_file()
}

/// Whether its name is that of a video, whatever it holds.
pub(crate) fn is_named_as_video(path: &Path) -> bool {
    VIDEO.contains(&ending(path).as_str())
}

fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// Whether it is worth trying with FFmpeg.
pub(crate) fn is_video(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    if is_named_as_video(path) {
        return true;
    }
    // `.ts` is a transport stream or TypeScript, and some names have no ending at all.
    let mut start = Vec::with_capacity(START);
    let read = File::open(path).and_then(|file| file.take(START as u64).read_to_end(&mut start));
    read.is_ok() && has_signature(&start)
}

fn has_signature(start: &[u8]) -> bool {
    let at =
        |offset: usize, bytes: &[u8]| start.get(offset..).is_some_and(|s| s.starts_with(bytes));
    // MPEG-TS repeats its first byte with every packet, of 188 bytes or, on a disc, of 4 more before each.
    let packets =
        |first: usize, size: usize| (0..3).all(|n| start.get(first + n * size) == Some(&0x47));
    // ISO media, but neither a still picture (HEIC, AVIF) nor a song.
    let iso = at(4, b"ftyp")
        && ![&b"heic"[..], b"heix", b"mif1", b"avif", b"M4A "].iter().any(|brand| at(8, brand));
    let riff = at(0, b"RIFF") && at(8, b"AVI ");
    let first: [&[u8]; 10] = [
        b"\x1a\x45\xdf\xa3", // Matroska, WebM
        b"FLV\x01",          // Flash
        ASF,
        b"\0\0\x01\xba",                     // MPEG program stream
        b"\0\0\x01\xb3",                     // MPEG video
        b"\x06\x0e\x2b\x34\x02\x05\x01\x01", // MXF
        b"YUV4MPEG2 ",                       // y4m
        b"DKIF",                             // IVF
        b"nut/multimedia container",         // NUT
        b".RMF",                             // RealMedia
    ];
    iso || riff || packets(0, 188) || packets(4, 192) || first.iter().any(|magic| at(0, magic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_recognised_by_its_first_bytes() {
        let mut stream = vec![0; 600];
        for packet in 0..3 {
            stream[packet * 188] = 0x47;
        }
        assert!(has_signature(&stream));
        assert!(has_signature(b"\0\0\0\x18ftypqt  "));
        assert!(has_signature(b"RIFF\0\0\0\0AVI LIST"));
        for other in [
            &b""[..],
            b"G",
            b"const x: number = 1;",
            b"RIFF\0\0\0\0WAVE",
            b"\0\0\0\x18ftypavif",
            b"\x7fELF",
        ] {
            assert!(!has_signature(other), "{other:?}");
        }
    }
}
