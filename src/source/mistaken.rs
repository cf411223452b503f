//! Tells by its first bytes what a file is that FFmpeg cannot read: a web page instead of a download, a pointer to a file
//! elsewhere, a disc. It only explains a failure, since some text is a playlist.

use super::foreign::Foreign;

/// The boxes that a file in MP4 or QuickTime may begin with.
const BOXES: [&[u8; 4]; 12] = [
    b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid",
    b"sidx", b"junk",
];

/// Whether the bytes are the beginning of an MP4 or QuickTime file. FFmpeg also takes a file for one by its name alone.
pub(crate) fn is_mp4(head: &[u8]) -> bool {
    head.get(4..8).is_some_and(|name| BOXES.iter().any(|known| name == *known))
}

/// What begins like this, if it is nothing that FFmpeg reads.
pub(crate) fn instead_of_video(head: &[u8]) -> Option<Foreign> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let is_marked = head.starts_with(MARK);
    let text = head.strip_prefix(MARK).unwrap_or(head).trim_ascii_start();
    let begins = |word: &str| {
        text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    };
    let found = |what, remedy| Some(Foreign { what, remedy });
    match () {
        () if head.is_empty() => None,
        () if head.iter().all(|&byte| byte == 0) => found(
            "nothing but zeros as far as was looked",
            "it was not written or copied completely; copy it again",
        ),
        () if is_heic(head) => found(
            "a photo in HEIC, which this FFmpeg does not read",
            "convert it first, such as with ImageMagick: magick IN.heic OUT.jpg",
        ),
        () if is_photo(head) || RAW_PHOTOS.iter().any(|start| head.starts_with(start)) => {
            found("a raw photo of a camera, which FFmpeg does not decode", CONVERT_RAW_PHOTO)
        }
        () if is_fragment(head) => found(
            "a fragment of MP4 without its beginning",
            "put it behind the file that its playlist or manifest begins with: cat INIT.mp4 IN.m4s > WHOLE.mp4",
        ),
        () if begins("<!doctype html") || begins("<html") => found(
            "a web page",
            "it is an error, a login, or a page around a video: open it in a browser, or let yt-dlp fetch the video",
        ),
        () if begins("<") => found("an XML document", "look into it: it may be a server's error"),
        () if begins("{") || begins("[") => {
            found("text in JSON", "look into it: it may be a server's error")
        }
        () if begins("version https://git-lfs") => {
            found("a pointer of Git LFS, not the file itself", "`git lfs pull` fetches the file")
        }
        () if begins("/annex/objects/") => {
            found("a pointer of git-annex, not the file itself", "`git annex get` fetches the file")
        }
        () if begins("#EXTM3U") && is_marked => found(
            "a playlist behind a byte order mark, which FFmpeg does not accept",
            "save it as UTF-8 without a byte order mark",
        ),
        () if is_text(text) => found("text", "name a file that holds video"),
        () => None,
    }
}

/// What to do about a raw photo.
pub(crate) const CONVERT_RAW_PHOTO: &str =
    "develop raw photos first, such as with darktable-cli or dcraw, and convert the pictures";

/// Beginnings of raw photos: of Fujifilm, Olympus, Panasonic.
const RAW_PHOTOS: [&[u8]; 5] = [b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0"];

/// Of HLS or DASH: its first box is never that of a file, which states its pictures in an index.
fn is_fragment(head: &[u8]) -> bool {
    head.get(4..8)
        .is_some_and(|name| [b"styp", b"moof", b"sidx"].iter().any(|known| name == *known))
}

/// The brands of photos in H.265. Those in AV1 are read.
fn is_heic(head: &[u8]) -> bool {
    const BRANDS: [&[u8; 4]; 6] = [b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"];
    let brand = head.strip_prefix(&[0, 0, 0]).and_then(|rest| rest.get(1..9));
    brand.is_some_and(|name| BRANDS.iter().any(|brand| name == [b"ftyp", &brand[..]].concat()))
}

/// Whether it is a photo in the boxes of MP4, which has no index.
pub(crate) fn is_photo(head: &[u8]) -> bool {
    is_heic(head) || head.get(4..12) == Some(b"ftypcrx ")
}

fn is_text(bytes: &[u8]) -> bool {
    let printable = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    !bytes.is_empty() && bytes.iter().all(printable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_content_in_place_of_a_video_is_named() {
        let what = |head: &[u8]| instead_of_video(head).map(|found| found.what);
        assert_eq!(what(b"\n<!DOCTYPE HTML>"), Some("a web page"));
        assert_eq!(what(b"<?xml version=\"1.0\"?><Error>"), Some("an XML document"));
        assert_eq!(what(b"{\"error\": 404}"), Some("text in JSON"));
        assert!(what(b"version https://git-lfs.github.com/spec/v1\n").unwrap().contains("Git LFS"));
        assert!(what(b"\xef\xbb\xbf#EXTM3U\n").unwrap().contains("byte order mark"));
        assert_eq!(what(b"#EXTM3U\n"), Some("text"));
        assert!(what(&[0; 64]).unwrap().contains("zeros"));
        assert_eq!(what(b"\x89PNG\r\n\x1a\n"), None);
        assert_eq!(what(b""), None);
        assert!(what(b"\0\0\0\x18ftypheic\0\0\0\0").unwrap().contains("HEIC"));
        assert!(what(b"\0\0\0\x18ftypcrx \0\0\0\x01").unwrap().contains("raw photo"));
        assert!(what(b"FUJIFILMCCD-RAW 0201").unwrap().contains("raw photo"));
        assert!(what(b"\0\0\0\x18stypmsdh").unwrap().contains("a fragment of MP4"));
        assert_eq!(what(b"\0\0\0\x18ftypisom\0\0\0\0"), None);
    }

    #[test]
    fn only_a_box_begins_an_mp4() {
        assert!(is_mp4(b"\0\0\0\x18ftypisom") && is_mp4(b"\0\0\0\0mdat"));
        assert!(!is_mp4(b"<!DOCTYPE html>") && !is_mp4(b""));
    }
}
