//! Compares the tables in the index of an MP4: all should have an entry for each picture.
//! FFmpeg stops at the shortest table without an error.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

/// Longer indexes are not looked at: they are those of days of video.
const MOST: u64 = 64 << 20;
/// Some writers count a picture more in one table than in another.
const FEW: u64 = 2;
/// Version and flags, which every table begins with.
const VERSION: usize = 4;

/// How many pictures a video has by two of its tables, and by the third, where that has fewer.
pub(super) fn missing(file: &mut (impl Read + Seek), index: Range<u64>) -> Option<(u64, u64)> {
    let length = index.end.checked_sub(index.start).filter(|&length| length <= MOST)?;
    file.seek(SeekFrom::Start(index.start)).ok()?;
    let mut bytes = Vec::new();
    file.by_ref().take(length).read_to_end(&mut bytes).ok()?;
    children(&bytes).filter(|(name, _)| name == b"trak").find_map(|(_, track)| of_track(track))
}

fn of_track(track: &[u8]) -> Option<(u64, u64)> {
    let media = child(track, b"mdia")?;
    let is_video = child(media, b"hdlr")?.get(8..12)? == b"vide";
    let table = child(child(media, b"minf")?, b"stbl").filter(|_| is_video)?;
    let timed: u64 = entries::<2>(child(table, b"stts")?)?.map(|[count, _]| u64::from(count)).sum();
    let sizes = child(table, b"stsz").or_else(|| child(table, b"stz2"))?;
    let sized = u64::from(word(sizes, VERSION + 4)?);
    let chunks = child(table, b"stco").or_else(|| child(table, b"co64"))?;
    let placed = placed(child(table, b"stsc")?, u64::from(word(chunks, VERSION)?))?;
    let mut counts = [timed, sized, placed];
    counts.sort_unstable();
    // A table that counts more than both others is wrong, and nothing is missing.
    let [found, listed, _] = counts;
    (listed > found + FEW).then_some((listed, found))
}

/// How many pictures are in this number of chunks.
fn placed(runs: &[u8], chunks: u64) -> Option<u64> {
    let next = entries::<3>(runs)?.skip(1).map(|[first, ..]| u64::from(first));
    let next = next.chain([chunks + 1]);
    let runs = entries::<3>(runs)?.zip(next);
    Some(
        runs.map(|([first, each, _], next)| {
            let run = next.min(chunks + 1).saturating_sub(u64::from(first));
            run.saturating_mul(u64::from(each))
        })
        .fold(0, u64::saturating_add),
    )
}

/// The entries of a table, of `N` words each.
fn entries<const N: usize>(table: &[u8]) -> Option<impl Iterator<Item = [u32; N]>> {
    let count = usize::try_from(word(table, VERSION)?).ok()?;
    let words = |entry: &[u8]| std::array::from_fn(|at| word(entry, 4 * at).unwrap_or(0));
    Some(table.get(VERSION + 4..)?.chunks_exact(4 * N).take(count).map(words))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn child<'a>(body: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    children(body).find(|(name, _)| name == wanted).map(|(_, body)| body)
}

/// The boxes in the body of one: their names and bodies.
fn children(mut body: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let size = usize::try_from(word(body, 0)?).ok()?;
        let name = *body.get(4..)?.first_chunk()?;
        let found = body.get(8..size)?;
        body = &body[size..];
        Some((name, found))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::attack::damaged;

    fn named(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
        let body = parts.concat();
        [&(body.len() as u32 + 8).to_be_bytes()[..], name, &body].concat()
    }

    fn table(name: &[u8; 4], words: &[u32]) -> Vec<u8> {
        let words: Vec<u8> = [0].iter().chain(words).flat_map(|word| word.to_be_bytes()).collect();
        named(name, &[&words])
    }

    /// A track with the number of pictures that each of its tables states: times; sizes; two runs of chunks.
    fn track(handler: &[u8; 4], timed: u32, sized: u32, each: [u32; 2]) -> Vec<u8> {
        let tables = [
            table(b"stts", &[2, timed - 1, 40, 1, 40]),
            table(b"stsz", &[0, sized]),
            table(b"stsc", &[2, 1, each[0], 1, 3, each[1], 1]),
            table(b"stco", &[3, 0, 0, 0]),
        ];
        let table = named(b"stbl", &[&tables.concat()]);
        let handler = named(b"hdlr", &[&[0; 8], handler]);
        named(b"trak", &[&named(b"mdia", &[&handler, &named(b"minf", &[&table])])])
    }

    fn of(bytes: &[u8]) -> Option<(u64, u64)> {
        missing(&mut Cursor::new(bytes), 0..bytes.len() as u64)
    }

    #[test]
    fn every_table_counts_the_same_pictures() {
        // Two chunks of 20, one of 10.
        assert_eq!(of(&track(b"vide", 50, 50, [20, 10])), None);
        assert_eq!(of(&track(b"vide", 50, 20, [20, 10])), Some((50, 20)));
        assert_eq!(of(&track(b"vide", 50, 50, [7, 7])), Some((50, 21)));
        assert_eq!(of(&track(b"vide", 51, 50, [20, 10])), None);
        assert_eq!(of(&track(b"vide", 1000, 50, [20, 10])), None);
        assert_eq!(of(&track(b"vide", 20, 50, [20, 10])), Some((50, 20)));
        assert_eq!(of(&track(b"soun", 50, 20, [20, 10])), None);
        let sound = track(b"soun", 50, 20, [20, 10]);
        let both = [&sound[..], &track(b"vide", 50, 20, [20, 10])].concat();
        assert_eq!(of(&both), Some((50, 20)));
    }

    #[test]
    fn arbitrary_indexes_do_not_panic() {
        damaged(&[&track(b"vide", 50, 50, [20, 10])], |bytes| {
            let _ = of(bytes);
        });
    }
}
