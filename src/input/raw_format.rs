//! Verifies what FFmpeg's probing detected, for formats without a header.
//! Their probes accept a few matching bytes anywhere, so they take other files with embedded pictures for a video.

use std::path::Path;

/// `false` if what begins like this cannot be in the detected format.
pub(super) fn begins_like(format: &str, head: &[u8], path: &Path) -> bool {
    let ends_in = |endings: &[&str]| {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        endings.contains(&ending.as_str())
    };
    // Cut from a recording in the middle, and known by its name.
    let is_named = match format {
        "h264" => ends_in(&["h264", "264", "avc"]),
        "hevc" => ends_in(&["h265", "265", "hevc"]),
        "mpegvideo" => ends_in(&["m1v", "m2v", "mpv"]),
        "m4v" => ends_in(&["m4v"]),
        "mjpeg" => ends_in(&["mjpeg", "mjpg"]),
        _ => false,
    };
    if is_named {
        return true;
    }
    match format {
        // FFmpeg's reader for still WebP pictures also accepts animated ones, and finds no picture in them.
        "webp_pipe" => !is_animated_webp(head),
        "mjpeg" => head.starts_with(b"\xff\xd8"),
        // A start code, preceded by any number of zeros.
        "h264" | "hevc" | "vvc" | "mpegvideo" | "m4v" | "vc1" | "cavsvideo" | "avs2" | "avs3" => {
            let zeros = head.iter().take_while(|&&byte| byte == 0).count();
            zeros >= 2 && head.get(zeros).is_none_or(|&byte| byte == 1)
        }
        "dirac" => head.starts_with(b"BBCD"),
        "dnxhd" => head.starts_with(b"\0\0\x02\x80"),
        // Sound, whose frames begin with few bits that are always the same.
        "mp3" | "aac" | "ac3" | "eac3" | "dts" | "truehd" | "mlp" | "loas" => {
            let two = head.first_chunk().map_or(0, |bytes| u16::from_be_bytes(*bytes));
            head.starts_with(b"ID3")
                || ends_in(&["mp1", "mp2", "mp3", "mpa", "aac", "ac3", "eac3", "dts", "thd", "mlp"])
                || match format {
                    "mp3" => two & 0xffe0 == 0xffe0,
                    "aac" => two & 0xfff6 == 0xfff0,
                    "ac3" | "eac3" => two == 0x0b77,
                    "dts" => two == 0x7ffe || two == 0xfe7f,
                    "loas" => two & 0xffe0 == 0x56e0,
                    _ => head.get(4..7) == Some(b"\xf8\x72\x6f"),
                }
        }
        // A bit stream without any marker to look for.
        "h261" => ends_in(&["h261"]),
        "h263" => ends_in(&["h263", "263"]),
        _ => true,
    }
}

/// The animation flag in the extended header.
fn is_animated_webp(head: &[u8]) -> bool {
    let extended = head.get(8..16) == Some(b"WEBPVP8X");
    extended && head.get(20).is_some_and(|flags| flags & 2 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_stream_read_from_its_beginning_is_recognised() {
        let is = |format, head: &[u8]| begins_like(format, head, Path::new("file.bin"));
        assert!(is("mjpeg", b"\xff\xd8\xff\xe0"));
        assert!(!is("mjpeg", b"PK\x03\x04\xff\xd8\xff"));
        assert!(is("h264", b"\0\0\0\x01\x67") && is("hevc", b"\0\0\x01\x40"));
        assert!(!is("h264", b"header\0\0\x01\x67") && !is("hevc", b""));
        assert!(is("mpegvideo", &[0; 64]), "zeros as far as one can see");
        let webp = |flags| [b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0", &[flags][..]].concat();
        assert!(!is("webp_pipe", &webp(2)) && is("webp_pipe", &webp(0x10)));
        assert!(is("mp3", b"ID3\x04") && is("mp3", b"\xff\xfb\x90") && !is("mp3", b"text"));
        assert!(is("aac", b"\xff\xf1") && !is("aac", b"\xff\xff") && !is("ac3", b"\x77\x0b"));
        let named = |name: &str| begins_like("h264", b"middle of a slice", Path::new(name));
        assert!(named("cut.H264") && named("a/cut.264") && !named("cut.h265") && !named("h264"));
        assert!(!is("h263", b"\0\0\x80\x02") && is("matroska", b"anything"));
    }
}
