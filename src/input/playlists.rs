//! HLS playlists with segments that hold no video. FFmpeg knows the format of transport streams by the first one: it
//! refuses the playlist, or leaves that segment out without an error. Behind a segment that is not a whole fragment of
//! MP4 it finds nothing more. They are removed from the playlist, with a warning each.
//! Later transport streams are counted while they are read.

use std::fs::{self, File};
use std::io::Read as _;
use std::iter::repeat_n;
use std::path::{Path, PathBuf};

use crate::event::Warning;
use crate::input::lists::{located, with_list};
use crate::source::boxes::{Segment, segment};
use crate::source::playlist::{END, HEAD, SEGMENT, names};
use crate::source::{OpenSpec, ts};

/// Tags that apply to the segment that follows.
const OF_SEGMENT: [&str; 3] = [SEGMENT, "#EXT-X-GAP", "#EXT-X-PROGRAM-DATE-TIME"];
/// The beginning of all fragments of MP4.
const MAP: &str = "#EXT-X-MAP";
/// Segments that are not whole files that can be looked at.
const PARTS: [&str; 2] = ["#EXT-X-KEY", "#EXT-X-BYTERANGE"];

/// Longer lists are left to FFmpeg.
const MOST: usize = 10_000;
/// More transport streams are not looked at.
const MOST_FIRST: usize = 100;

/// Bytes that tell whether a segment is a transport stream.
const BEGINNING: u64 = 16 << 10;

/// The input without the segments of its playlist that hold no video.
pub(super) fn without_broken_segments(spec: OpenSpec) -> OpenSpec {
    match shortened(&spec) {
        Some((list, count)) => {
            let list = if spec.at_rest { format!("{list}{END}\n") } else { list };
            let mut spec = with_list(spec, "hls", &list);
            spec.warnings.extend(repeat_n(Warning::LostSegment, count));
            spec
        }
        None => spec,
    }
}

/// The playlist without them, and their number.
fn shortened(spec: &OpenSpec) -> Option<(String, usize)> {
    if !spec.is_file || spec.format.is_some() || !spec.head.starts_with(HEAD) {
        return None;
    }
    let path = Path::new(&spec.display);
    let text = fs::read_to_string(path).ok().filter(|text| is_plain(text, spec.at_rest))?;
    let folder = std::path::absolute(path.parent()?).ok()?;
    let files: Vec<_> = names(&text).map(|segment| folder.join(segment)).collect();
    let broken: Vec<bool> = match text.contains(MAP) {
        true if files.len() <= MOST => {
            let is_broken = |(at, file): (usize, &PathBuf)| match segment(file) {
                Segment::Whole => false,
                // Nothing is behind the last one that could be lost.
                Segment::Cut => at + 1 < files.len(),
                Segment::Other => true,
            };
            files.iter().enumerate().map(is_broken).collect()
        }
        true => return None,
        false => {
            let first = files.iter().take(MOST_FIRST).position(|file| begins_as_stream(file))?;
            (0..files.len()).map(|at| at < first).collect()
        }
    };
    let count = broken.iter().filter(|&&is| is).count();
    let some = count > 0 && count < files.len();
    some.then(|| Some((without(&text, &broken, &format!("file:{}/", folder.to_str()?)), count)))?
}

/// A complete playlist of whole files in its own folder.
fn is_plain(text: &str, at_rest: bool) -> bool {
    let is_whole = at_rest || text.contains(END);
    is_whole && !PARTS.iter().any(|tag| text.contains(tag)) && !text.contains("://")
}

fn begins_as_stream(path: &Path) -> bool {
    // Opening a named pipe waits until something opens its other end, which may never happen.
    if !path.is_file() {
        return false;
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut bytes));
    read.is_ok() && ts::begins_in(&bytes)
}

/// The playlist without these segments; what it names are addresses.
fn without(text: &str, broken: &[bool], folder: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let (mut of_segment, mut at) = (Vec::new(), 0);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if OF_SEGMENT.iter().any(|tag| line.starts_with(tag)) {
            of_segment.push(line.to_owned());
        } else if let Some((before, name)) = line.split_once("URI=\"") {
            lines.push(format!("{before}URI=\"{}", located(folder, name)));
        } else if line.starts_with('#') {
            lines.push(line.to_owned());
        } else {
            if broken.get(at) == Some(&false) {
                lines.append(&mut of_segment);
                lines.push(located(folder, line));
            }
            of_segment.clear();
            at += 1;
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI=\"i.mp4\",X=1\n#EXTINF:2,\na.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:2,\nb c.ts\n#EXTINF:1,\n/x/d.ts\n#EXT-X-ENDLIST\n";

    #[test]
    fn tags_of_a_playlist_apply_to_their_segment() {
        assert_eq!(
            without(LIST, &[true, true, false], "file:/y/"),
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI=\"file:/y/i.mp4\",X=1\n\
             #EXT-X-DISCONTINUITY\n#EXTINF:1,\nfile:/x/d.ts\n#EXT-X-ENDLIST\n"
        );
        let inner = without(LIST, &[false, true, false], "file:/y/");
        assert!(inner.contains("#EXTINF:2,\nfile:/y/a.ts\n#EXT-X-DISC"), "{inner}");
    }

    #[test]
    fn only_complete_files_are_checked() {
        assert!(is_plain(LIST, false));
        assert!(!is_plain(&LIST.replace(END, ""), false));
        assert!(is_plain(&LIST.replace(END, ""), true));
        for other in ["#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n", "#EXTINF:1,\nhttp://h/e.ts\n"] {
            assert!(!is_plain(&format!("{LIST}{other}"), false), "{other}");
        }
    }
}
