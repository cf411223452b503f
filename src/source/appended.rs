//! MP4, FLV, ASF, SWF, APNG, SMJPEG, WTV and TIFF files that were concatenated, as with `cat`; FFmpeg reads only the first.
//! It follows the indexes or the stated sizes of the files, or looks for their signature.

use std::io::{Read, Seek, SeekFrom};

use memchr::memmem;

use super::boxes::Boxes;
use super::head::Head;
use super::mistaken::is_mp4;
use super::signature::ASF;
use super::{ending, foreign, pages};

const FLV: &[u8] = b"FLV\x01";

const SWF: &[u8] = b"FWS";
const SMJPEG: &[u8] = b"\0\nSMJPEG";
const JPEG: &[u8] = b"\xff\xd8\xff";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const WTV: &[u8] = b"\xb7\xd8\0 7I\xda\x11\xa6N\0\x07\xe9^\xad\x8d";

/// Larger files are not searched.
const SEARCHED: u64 = 64 << 20;

/// More are not looked for.
const MOST: usize = 10_000;

/// How many files there are in a file, and of which kind, if there are several.
pub(super) fn several(file: &mut Head, boxes: Option<&Boxes>) -> Option<(usize, &'static str)> {
    let (count, kind) = match file.start() {
        start if is_mp4(start) => (boxes?.indexes, "MP4"),
        start if start.starts_with(FLV) => (headers(file.rewound().ok()?, FLV), "FLV"),
        start if start.starts_with(ASF) => (headers(file.rewound().ok()?, ASF), "ASF"),
        start if start.starts_with(SWF) => (headers(file.rewound().ok()?, SWF), "SWF"),
        start if start.starts_with(SMJPEG) => (occurrences(file, SMJPEG)?, "SMJPEG"),
        start if start.starts_with(WTV) => (occurrences(file, WTV)?, "WTV"),
        // Some programs begin each page of a file with a header; pages that are left out are reported as such.
        start if pages::is_tiff(start) => {
            // Some programs begin each page with a header; pages that are left out are reported as such.
            if pages::count(file).is_some_and(|pages| pages > 1) {
                return None;
            }
            (pages::files(&beginning(file)?), "TIFF")
        }
        // Other PNG files behind each other are a stream of pictures.
        start if start.starts_with(PNG) && memmem::find(start, b"acTL").is_some() => {
            (occurrences(file, PNG)?, "APNG")
        }
        _ => return None,
    };
    (count > 1).then_some((count, kind))
}

/// Where an MP4 begins behind a JPEG, as in the photos of phones that are also a short video.
pub(super) fn video_behind_picture(file: &mut Head) -> Option<usize> {
    if !file.start().starts_with(JPEG) {
        return None;
    }
    let bytes = beginning(file)?;
    memmem::find_iter(&bytes, b"ftyp").filter_map(|name| name.checked_sub(4)).find(|&at| {
        let size = bytes[at..].first_chunk().map(|size| u32::from_be_bytes(*size));
        let next = size.and_then(|size| at.checked_add(usize::try_from(size).ok()?));
        next.and_then(|next| bytes.get(next..)).is_some_and(is_mp4)
    })
}

/// How many files there are that begin like this, each of which states its size.
fn headers(file: &mut (impl Read + Seek), beginning: &[u8]) -> usize {
    let mut at = 0;
    let mut next = || {
        file.seek(SeekFrom::Start(at)).ok()?;
        let mut start = Vec::new();
        file.by_ref().take(foreign::HEAD as u64).read_to_end(&mut start).ok()?;
        let is_another = start.starts_with(beginning);
        // The last one may state no size.
        at = at.saturating_add(ending::stated_size(&start).unwrap_or(u64::MAX));
        is_another.then_some(())
    };
    (0..MOST).map_while(|_| next()).count()
}

/// How many files there are, by their signature, which is too long to be found in pictures by chance.
fn occurrences(file: &mut Head, signature: &[u8]) -> Option<usize> {
    Some(memmem::find_iter(&beginning(file)?, signature).count())
}

/// What is searched of a file.
fn beginning(file: &mut Head) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewound().ok()?.take(SEARCHED).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_video_behind_a_picture_is_found() {
        let video = b"\0\0\0\x14ftypmp42\0\0\0\0isom\0\0\0\x08moov";
        let folder = tempfile::tempdir().unwrap();
        let of = |bytes: &[u8]| {
            let path = folder.path().join("photo.jpg");
            std::fs::write(&path, bytes).unwrap();
            video_behind_picture(&mut Head::open(&path).unwrap())
        };
        assert_eq!(of(&[b"\xff\xd8\xff\xe0picture ftyp\xff\xd9", &video[..]].concat()), Some(18));
        assert_eq!(of(b"\xff\xd8\xff\xe0\0\0\0\x14ftypmp42\xff\xd9"), None);
        assert_eq!(of(video), None);
    }

    #[test]
    fn flv_files_follow_at_their_stated_sizes() {
        let size = 64_f64.to_be_bytes();
        let mut one = [b"FLV\x01\x01 onMetaData \0\x08filesize\0", &size[..]].concat();
        one.resize(64, 0);
        assert_eq!(headers(&mut Cursor::new(&one), FLV), 1);
        assert_eq!(headers(&mut Cursor::new([&one[..], &one, b"FLV\x01"].concat()), FLV), 3);
        assert_eq!(headers(&mut Cursor::new([&one[..], b"other"].concat()), FLV), 1);
    }
}
