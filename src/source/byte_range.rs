//! Byte ranges of segments in HLS playlists on this machine: whether the file of the last segment holds its range. FFmpeg
//! takes the end of the file for the end of the segment. Of a master playlist, all variants are looked at.
//! Gaps before the last segment are found while it is read.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::head::Head;
use super::playlist::{END, beside, text_at, text_of, variants_in};

/// What the file of the last segment lacks.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lack {
    Part,
    All,
}

/// What the last segment of a finished playlist lacks; `None` if it is whole, or a file of its own. Of several variants,
/// any of which may be read, it is what even the best of them lacks.
pub(super) fn lack_of_last(path: &Path, head: &mut Head, at_rest: bool) -> Option<Lack> {
    let text = text_of(head)?;
    let variants = variants_in(path, &text);
    if variants.is_empty() {
        return lack_in(path, &text, at_rest);
    }
    let lack = |variant: PathBuf| lack_in(&variant, &text_at(&variant)?, at_rest);
    variants.into_iter().map(lack).min().flatten()
}

fn lack_in(path: &Path, text: &str, at_rest: bool) -> Option<Lack> {
    let (range, name) = last_range(text).filter(|_| at_rest || text.contains(END))?;
    let size = beside(path, name).metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    match () {
        () if range.start >= size => Some(Lack::All),
        () if range.end > size => Some(Lack::Part),
        () => None,
    }
}

/// The byte range of the last segment, and its file.
fn last_range(text: &str) -> Option<(Range<u64>, &str)> {
    let (mut range, mut end, mut last) = (None, 0_u64, None);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(tag) = line.strip_prefix("#EXT-X-BYTERANGE:") {
            // Without a begin, it is where the range before it ends.
            let (length, begin) = match tag.split_once('@') {
                Some((length, begin)) => (length, begin.trim().parse().ok()?),
                None => (tag, end),
            };
            end = length.trim().parse::<u64>().ok()?.checked_add(begin)?;
            range = Some(begin..end);
        } else if !line.starts_with('#') {
            last = Some((range.take(), line));
        }
    }
    let (range, name) = last?;
    Some((range?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_without_a_begin_follow_each_other() {
        let first = "#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:10@5\na.ts\n";
        let next = "#EXT-X-BYTERANGE: 20 \r\n#EXTINF:1,\nb.ts\n#EXT-X-ENDLIST\n";
        assert_eq!(last_range(first), Some((5..15, "a.ts")));
        assert_eq!(last_range(&format!("{first}{next}")), Some((15..35, "b.ts")));
        assert_eq!(last_range(&format!("{first}#EXTINF:1,\nb.ts\n")), None);
        let most = u64::MAX;
        for tag in ["", "x", "-1@0", "1@x", "1@", &format!("1@{most}"), &format!("{most}0")] {
            assert_eq!(last_range(&format!("#EXT-X-BYTERANGE:{tag}\na.ts\n")), None, "{tag}");
        }
    }
}
