//! Files one behind the other in one file, as `cat` makes them, of which FFmpeg reads the first: MP4 and FLV.
//! It follows the indexes or the stated sizes of the files and looks at no sample.

use std::io::{Read, Seek, SeekFrom};

use super::boxes::Boxes;
use super::head::Head;
use super::mistaken::is_mp4;
use super::{ending, foreign};

/// More are not looked for.
const MOST: usize = 10_000;

/// How many files there are in a file, and of which kind, if there are several.
pub(super) fn several(file: &mut Head, boxes: Option<&Boxes>) -> Option<(usize, &'static str)> {
    let (count, kind) = match file.start() {
        start if is_mp4(start) => (boxes?.indexes, "MP4"),
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

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn flv_files_follow_at_their_stated_sizes() {
        let size = 64_f64.to_be_bytes();
        let mut one = [b"FLV\x01\x01 onMetaData \0\x08filesize\0", &size[..]].concat();
        one.resize(64, 0);
        assert_eq!(headers(&mut Cursor::new(&one)), 1);
        assert_eq!(headers(&mut Cursor::new([&one[..], &one, b"FLV\x01"].concat())), 3);
        assert_eq!(headers(&mut Cursor::new([&one[..], b"other"].concat())), 1);
    }
}
