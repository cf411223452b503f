//! Files one behind the other in one file, as `cat` makes them, of which FFmpeg reads the first: MP4 and FLV.
//! It follows the boxes or the stated sizes of the files and looks at no sample.

use std::io::{Read, Seek, SeekFrom};

use super::head::Head;
use super::mistaken::is_mp4;
use super::{ending, foreign};

/// Longer files are fragmented: their first index comes early, and a second one is not looked for without end.
const MOST: usize = 10_000;

/// How many files there are in a file, and of which kind, if there are several.
pub(super) fn several(file: &mut Head) -> Option<(usize, &'static str)> {
    let (count, kind) = match file.start() {
        start if is_mp4(start) => (indices(file.rewound().ok()?)?, "MP4"),
        start if ending::flv_size(start).is_some() => (headers(file.rewound().ok()?), "FLV"),
        _ => return None,
    };
    (count > 1).then_some((count, kind))
}

/// How many FLV files there are, each of which states its size.
fn headers(file: &mut (impl Read + Seek)) -> usize {
    let mut at = 0;
    let mut next = || {
        file.seek(SeekFrom::Start(at)).ok()?;
        let mut start = Vec::new();
        file.by_ref().take(foreign::HEAD as u64).read_to_end(&mut start).ok()?;
        let is_flv = start.starts_with(b"FLV\x01");
        // The last one may state no size.
        at = at.saturating_add(ending::flv_size(&start).unwrap_or(u64::MAX));
        is_flv.then_some(())
    };
    (0..MOST).map_while(|_| next()).count()
}

/// How many MP4 files there are, by their indices.
fn indices(file: &mut (impl Read + Seek)) -> Option<usize> {
    let (mut at, mut found) = (0_u64, 0);
    for _ in 0..MOST {
        file.seek(SeekFrom::Start(at)).ok()?;
        let mut header = [0; 16];
        let got = file.by_ref().take(header.len() as u64).read(&mut header).ok()?;
        let Some((&[a, b, c, d, e, f, g, h], long)) = header.split_first_chunk::<8>() else {
            break;
        };
        if got < 8 {
            break;
        }
        let size = match u32::from_be_bytes([a, b, c, d]) {
            1 => u64::from_be_bytes(long.try_into().ok()?),
            size => u64::from(size),
        };
        found += usize::from([e, f, g, h] == *b"moov");
        // 0 is a box up to the end of the file.
        let Some(next) = at.checked_add(size).filter(|_| size >= 8) else { break };
        at = next;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::attack::damaged;

    fn of(names: &[&[u8; 4]]) -> Vec<u8> {
        names.iter().flat_map(|name| [&[0, 0, 0, 12][..], &name[..], &[7; 4]].concat()).collect()
    }

    #[test]
    fn flv_files_follow_at_their_stated_sizes() {
        let size = 64_f64.to_be_bytes();
        let mut one = [b"FLV\x01\x01 onMetaData \0\x08filesize\0", &size[..]].concat();
        one.resize(64, 0);
        assert_eq!(headers(&mut Cursor::new(&one)), 1);
        assert_eq!(headers(&mut Cursor::new([&one[..], &one, b"FLV\x01"].concat())), 3);
        assert_eq!(headers(&mut Cursor::new([&one[..], b"other"].concat())), 1);
    }

    #[test]
    fn each_index_is_a_file() {
        let count = |names: &[&[u8; 4]]| indices(&mut Cursor::new(of(names)));
        assert_eq!(count(&[b"ftyp", b"mdat", b"moov"]), Some(1));
        assert_eq!(count(&[b"ftyp", b"moov", b"mdat", b"ftyp", b"mdat", b"moov"]), Some(2));
        // A box without an end, then one of no length at all.
        assert_eq!(indices(&mut Cursor::new(b"\0\0\0\x08ftyp\0\0\0\0mdat\0\0\0\x08moov")), Some(0));
        assert_eq!(indices(&mut Cursor::new(b"\0\0\0\x02ftyp")), Some(0));
    }

    #[test]
    fn no_box_leads_in_a_circle() {
        let long = b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x14....\0\0\0\x0cmoov....";
        damaged(&[&of(&[b"ftyp", b"mdat", b"moov"]), long], |bytes| {
            let found = indices(&mut Cursor::new(bytes)).unwrap_or_default();
            assert!(found <= bytes.len() / 8);
        });
    }
}
