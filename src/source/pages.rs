//! Pictures of several pages (TIFF), of which FFmpeg reads the first, and several such pictures in one file.
//! It follows the list of directories in the file and reads no picture.

use std::io::SeekFrom;

use super::head::Head;

const LITTLE: &[u8] = b"II\x2a\0";
const BIG: &[u8] = b"MM\0\x2a";
/// Before a header that is not one of a picture, but of what is said about a JPEG.
const EXIF: &[u8] = b"Exif\0\0";

/// Longer lists are a header's lie, or a circle.
const MOST: usize = 10_000;

/// How many pages a TIFF file has; `None` for what is none.
pub(super) fn count(file: &mut Head) -> Option<usize> {
    pages(file.rewound().ok()?)
}

pub(super) fn is_tiff(start: &[u8]) -> bool {
    start.starts_with(LITTLE) || start.starts_with(BIG)
}

/// How many pictures are one behind the other: headers whose first directory describes a picture, not a camera.
pub(super) fn files(bytes: &[u8]) -> usize {
    /// The tags that a directory of a picture begins with: its kind, or its width.
    const FIRST: [u32; 2] = [254, 256];
    let begins = |at: &usize| {
        let rest = &bytes[*at..];
        let is_little = rest.starts_with(LITTLE);
        let number = |at: usize, size: usize| {
            let bytes = rest.get(at..at.checked_add(size)?)?.iter();
            let shifted = |number: u32, byte: &u8| number << 8 | u32::from(*byte);
            Some(if is_little { bytes.rev().fold(0, shifted) } else { bytes.fold(0, shifted) })
        };
        let first_tag = || number(usize::try_from(number(4, 4)?).ok()?.checked_add(2)?, 2);
        is_tiff(rest)
            && !bytes[..*at].ends_with(EXIF)
            && first_tag().is_some_and(|tag| FIRST.contains(&tag))
    };
    memchr::memchr2_iter(b'I', b'M', bytes).filter(begins).count()
}

fn pages(file: &mut (impl std::io::Read + std::io::Seek)) -> Option<usize> {
    let mut head = [0; 8];
    file.read_exact(&mut head).ok()?;
    if !is_tiff(&head) {
        return None;
    }
    let little = head.starts_with(LITTLE);
    let word =
        |bytes: [u8; 4]| if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
    let short =
        |bytes: [u8; 2]| if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) };
    let mut next = word([head[4], head[5], head[6], head[7]]);
    let mut pages = 0;
    while next > 0 && pages < MOST {
        file.seek(SeekFrom::Start(u64::from(next))).ok()?;
        let mut entries = [0; 2];
        file.read_exact(&mut entries).ok()?;
        pages += 1;
        file.seek(SeekFrom::Current(12 * i64::from(short(entries)))).ok()?;
        let mut following = [0; 4];
        if file.read_exact(&mut following).is_err() {
            break;
        }
        next = word(following);
    }
    Some(pages)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::attack::damaged;

    #[test]
    fn directories_are_followed_to_the_last() {
        // Two directories without entries, at 8 and at 14.
        let two = b"II\x2a\0\x08\0\0\0\0\0\x0e\0\0\0\0\0\0\0\0\0";
        assert_eq!(pages(&mut Cursor::new(two)), Some(2));
        // One that leads to itself.
        let circle = b"II\x2a\0\x08\0\0\0\0\0\x08\0\0\0";
        assert_eq!(pages(&mut Cursor::new(circle)), Some(MOST));
        assert_eq!(pages(&mut Cursor::new(b"\x89PNG\r\n\x1a\n")), None);
    }

    #[test]
    fn pictures_are_distinguished_from_their_metadata() {
        let little = b"II\x2a\0\x08\0\0\0\x01\0\0\x01............";
        let big = b"MM\0\x2a\0\0\0\x08\0\x01\0\xfe............";
        let camera = b"MM\0\x2a\0\0\0\x08\0\x01\0\x01............";
        assert_eq!(files(little), 1);
        assert_eq!(files(&[&little[..], big, big].concat()), 3);
        assert_eq!(files(&[&little[..], camera, b"Exif\0\0", big, b"II\x2a\0"].concat()), 1);
    }

    #[test]
    fn page_cycles_end() {
        let little = b"II\x2a\0\x08\0\0\0\0\0\x0e\0\0\0\0\0\0\0\0\0";
        let big = b"MM\0\x2a\0\0\0\x08\0\x01............\0\0\0\x1a\0\0\0\0\0\0";
        damaged(&[little, big], |bytes| {
            assert!(pages(&mut Cursor::new(bytes)).is_none_or(|count| count <= MOST));
            files(bytes);
        });
    }
}
