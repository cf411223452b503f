//! The boxes of an MP4 file: how many indexes it has, which of its fragments are missing, whether its end is there. It
//! follows their headers and reads no sample.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use memchr::memmem;

use super::head::Head;
use super::mistaken::is_mp4;

/// Files of more boxes are not followed to their end.
const MOST: usize = 10_000;

/// The header of a box, with a long size; or of a fragment and the `mfhd` in it, which holds its number.
const HEADER: usize = 24;

/// What the boxes of a file tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Boxes {
    /// Indexes; one for each file if several were concatenated.
    pub indexes: usize,
    /// The numbers of fragments, in their order.
    fragments: Vec<u32>,
    /// The last box is longer than the file.
    pub is_cut: bool,
    /// Where the body of the first index is.
    pub index: Option<Range<u64>>,
    /// The last box ends with the file.
    reach_the_end: bool,
    /// From this byte on there are no boxes, but fragments somewhere behind it, which FFmpeg does not find.
    pub broken_at: Option<u64>,
}

impl Boxes {
    pub fn of(file: &mut (impl Read + Seek)) -> std::io::Result<Self> {
        let mut boxes = Self::default();
        let length = file.seek(SeekFrom::End(0))?;
        let mut at = 0_u64;
        for _ in 0..MOST {
            file.seek(SeekFrom::Start(at))?;
            let mut header = Vec::new();
            file.by_ref().take(HEADER as u64).read_to_end(&mut header)?;
            let word = |at: usize| Some(u32::from_be_bytes(*header.get(at..)?.first_chunk()?));
            let (Some(size), Some(name)) = (word(0), header.get(4..8)) else {
                boxes.is_cut |= !header.is_empty();
                boxes.reach_the_end = at == length;
                break;
            };
            let size = match size {
                1 => header.get(8..).and_then(<[u8]>::first_chunk).map(|b| u64::from_be_bytes(*b)),
                size => Some(u64::from(size)),
            };
            if name == b"moof" && header.get(12..16) == Some(b"mfhd") {
                boxes.fragments.extend(word(20));
            }
            // 0 is a box up to the end of the file.
            let next = size.filter(|&size| size >= 8).and_then(|size| at.checked_add(size));
            if name == b"moov" {
                boxes.indexes += 1;
                boxes.index.get_or_insert(at + 8..next.unwrap_or(length).min(length));
            }
            let is_name =
                name.iter().all(|&byte| byte.is_ascii_graphic() || b" \xa9".contains(&byte));
            let Some(next) = next.filter(|&next| is_name || next <= length) else {
                let is_data = name == b"mdat";
                boxes.broken_at = Some(at).filter(|_| !is_data && has_fragment(file, at));
                // Some cameras append something else to a whole file, and zeros may follow any.
                let is_fragmented = !boxes.fragments.is_empty();
                boxes.is_cut = is_fragmented && boxes.broken_at.is_none() && size != Some(0);
                break;
            };
            boxes.is_cut = next > length;
            at = next;
        }
        Ok(boxes)
    }

    /// How many fragments are missing among those that are there. Writers that do not count one by one tell nothing.
    pub fn missing_fragments(&self) -> u64 {
        let steps =
            || self.fragments.windows(2).map(|pair| i64::from(pair[1]) - i64::from(pair[0]));
        let gaps = steps().filter(|&step| step > 1);
        let (ones, leaps) = (steps().filter(|&step| step == 1).count(), gaps.clone().count());
        if steps().any(|step| step < 1) || ones < leaps.max(1) {
            return 0;
        }
        gaps.map(|step| step.unsigned_abs() - 1).sum()
    }
}

/// What a file of a playlist is, as a fragment of MP4.
pub(crate) enum Segment {
    Whole,
    /// It ends in the middle of a box.
    Cut,
    Other,
}

/// See [`Segment`].
pub(crate) fn segment(path: &Path) -> Segment {
    if !path.is_file() {
        return Segment::Other;
    }
    let boxes = Head::open(path)
        .and_then(|mut head| Ok(is_mp4(head.start()).then_some(Boxes::of(head.rewound()?)?)));
    match boxes.ok().flatten() {
        Some(boxes) if boxes.fragments.is_empty() => Segment::Other,
        Some(boxes) if boxes.reach_the_end => Segment::Whole,
        Some(boxes) if boxes.is_cut => Segment::Cut,
        _ => Segment::Other,
    }
}

/// Whether a fragment begins somewhere behind this byte.
fn has_fragment(file: &mut (impl Read + Seek), at: u64) -> bool {
    const PIECE: usize = 1 << 20;
    /// More is not searched.
    const MOST: u64 = 1 << 30;
    /// The header of a fragment and the name of the first box in it.
    const NAMES: usize = 12;
    let mut piece = Vec::with_capacity(PIECE + NAMES);
    if file.seek(SeekFrom::Start(at)).is_err() {
        return false;
    }
    let mut rest = file.take(MOST);
    loop {
        let kept = piece.len().saturating_sub(NAMES);
        piece.drain(..kept);
        let before = piece.len();
        let read = rest.by_ref().take(PIECE as u64).read_to_end(&mut piece);
        let is_first = |at: usize| piece.get(at + 8..at + NAMES) == Some(b"mfhd");
        if memmem::find_iter(&piece, b"moof").any(is_first) {
            return true;
        }
        if read.is_err() || piece.len() == before {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::attack::damaged;

    fn of(bytes: &[u8]) -> Boxes {
        Boxes::of(&mut Cursor::new(bytes)).unwrap()
    }

    fn named(names: &[&[u8; 4]]) -> Vec<u8> {
        names.iter().flat_map(|name| [&[0, 0, 0, 12][..], &name[..], &[7; 4]].concat()).collect()
    }

    #[test]
    fn indexes_of_an_mp4_are_counted() {
        assert_eq!(of(&named(&[b"ftyp", b"mdat", b"moov"])).indexes, 1);
        let two = named(&[b"ftyp", b"moov", b"mdat", b"ftyp", b"mdat", b"moov"]);
        assert_eq!(of(&two).indexes, 2);
        assert_eq!(of(&two).index, Some(20..24));
        // A box without an end, then one of no length at all.
        assert_eq!(of(b"\0\0\0\x08ftyp\0\0\0\0mdat\0\0\0\x08moov"), Boxes::default());
        assert_eq!(of(b"\0\0\0\x02ftyp"), Boxes::default());
    }

    #[test]
    fn a_box_longer_than_the_file_is_truncated() {
        let whole = named(&[b"moov", b"mdat"]);
        assert!(!of(&whole).is_cut);
        for end in [1, 7, 11, 14, 23] {
            assert!(of(&whole[..end]).is_cut, "{end}");
        }
        assert!(!of(&whole[..12]).is_cut);
    }

    #[test]
    fn jumps_in_sequence_numbers_are_missing_fragments() {
        let missing = |numbers: &[u32]| {
            let fragment = |number: &u32| {
                [&b"\0\0\0\x18moof\0\0\0\x10mfhd\0\0\0\0"[..], &number.to_be_bytes()].concat()
            };
            of(&numbers.iter().flat_map(fragment).collect::<Vec<_>>()).missing_fragments()
        };
        assert_eq!(missing(&[1, 2, 3]), 0);
        assert_eq!(missing(&[7, 8, 11, 12]), 2);
        // One of each track, the same for all, in steps.
        for other in [&[1, 1, 2, 2][..], &[1, 1, 1], &[2, 4, 6], &[0], &[]] {
            assert_eq!(missing(other), 0, "{other:?}");
        }
    }

    #[test]
    fn fragments_after_foreign_data_are_found() {
        let fragment = b"\0\0\0\x18moof\0\0\0\x10mfhd\0\0\0\0\0\0\0\x07";
        let zeros = [0; 500];
        let broken = [&named(&[b"moov"]), &zeros[..], fragment].concat();
        assert_eq!(of(&broken).broken_at, Some(12));
        assert_eq!(of(&[&named(&[b"moov"]), &zeros[..]].concat()).broken_at, None);
        let noise = [0x93; 500];
        let broken = of(&[fragment, &noise[..]].concat());
        assert!(broken.is_cut && broken.broken_at.is_none());
        let appended = of(&[&named(&[b"moov", b"mdat"]), &noise[..]].concat());
        assert!(!appended.is_cut && appended.broken_at.is_none());
        let data = [&b"\0\0\0\0mdat"[..], fragment].concat();
        assert_eq!(of(&data).broken_at, None);
    }

    #[test]
    fn box_cycles_end() {
        let long = b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x14....\0\0\0\x0cmoov....";
        damaged(&[&named(&[b"ftyp", b"mdat", b"moov"]), long], |bytes| {
            assert!(of(bytes).indexes <= bytes.len() / 8);
        });
    }
}
