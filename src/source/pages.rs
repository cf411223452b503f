//! Pictures of several pages (TIFF), of which FFmpeg reads the first.
//! It follows the list of directories in the file and reads no picture.

use std::io::SeekFrom;

use super::head::Head;

/// Longer lists are a header's lie, or a circle.
const MOST: usize = 10_000;

/// How many pages a TIFF file has; `None` for what is none.
pub(super) fn count(file: &mut Head) -> Option<usize> {
    pages(file.rewound().ok()?)
}

fn pages(file: &mut (impl std::io::Read + std::io::Seek)) -> Option<usize> {
    let mut head = [0; 8];
    file.read_exact(&mut head).ok()?;
    let little = match &head[..4] {
        b"II\x2a\0" => true,
        b"MM\0\x2a" => false,
        _ => return None,
    };
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
    fn no_list_is_followed_without_end() {
        let little = b"II\x2a\0\x08\0\0\0\0\0\x0e\0\0\0\0\0\0\0\0\0";
        let big = b"MM\0\x2a\0\0\0\x08\0\x01............\0\0\0\x1a\0\0\0\0\0\0";
        damaged(&[little, big], |bytes| {
            assert!(pages(&mut Cursor::new(bytes)).is_none_or(|count| count <= MOST));
        });
    }
}
