//! HLS playlists whose first segments hold no video. FFmpeg knows the format of all segments by the first one: it refuses
//! the playlist, or leaves that segment out without an error. They are removed from the playlist, with a warning each.
//! Later ones are counted while they are read.

use std::fs::{self, File};
use std::io::Read as _;
use std::iter::repeat_n;
use std::path::Path;

use crate::event::Warning;
use crate::input::lists::{located, with_list};
use crate::source::{OpenSpec, ts};

const HEAD: &str = "#EXTM3U";
const SEGMENT: &str = "#EXTINF";
const END: &str = "#EXT-X-ENDLIST";

/// Segments that have a beginning of their own only together with something else.
const PARTS: [&str; 3] = ["#EXT-X-KEY", "#EXT-X-MAP", "#EXT-X-BYTERANGE"];

/// More segments are not looked at.
const MOST: usize = 100;

/// Bytes that tell whether a segment is a transport stream.
const BEGINNING: u64 = 16 << 10;

/// The input without the first segments of its playlist that hold no video.
pub(super) fn without_broken_beginning(spec: OpenSpec) -> OpenSpec {
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
    if !spec.is_file || spec.format.is_some() || !spec.head.starts_with(HEAD.as_bytes()) {
        return None;
    }
    let path = Path::new(&spec.display);
    let text = fs::read_to_string(path).ok().filter(|text| is_plain(text, spec.at_rest))?;
    let folder = std::path::absolute(path.parent()?).ok()?;
    let is_video = |segment: &str| begins_as_stream(&folder.join(segment));
    let count = segments(&text).take(MOST).position(is_video).filter(|&count| count > 0)?;
    Some((without(&text, count, &format!("file:{}/", folder.to_str()?)), count))
}

/// A playlist of whole files beside it, to which nobody adds.
fn is_plain(text: &str, at_rest: bool) -> bool {
    let is_whole = at_rest || text.contains(END);
    is_whole && !PARTS.iter().any(|tag| text.contains(tag)) && !text.contains("://")
}

fn segments(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn begins_as_stream(path: &Path) -> bool {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut bytes));
    read.is_ok() && ts::begins_in(&bytes)
}

/// The playlist without its first segments; the names of the others are addresses.
fn without(text: &str, count: usize, folder: &str) -> String {
    let mut list = String::new();
    let (mut passed, mut is_header) = (0, true);
    for line in text.lines().map(str::trim) {
        is_header &= !line.starts_with(SEGMENT);
        if line.is_empty() || line.starts_with('#') {
            if is_header || passed >= count {
                list += &format!("{line}\n");
            }
            continue;
        }
        passed += 1;
        if passed > count {
            list += &format!("{}\n", located(folder, line));
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:2,\nb c.ts\n#EXTINF:1,\n/x/d.ts\n#EXT-X-ENDLIST\n";

    #[test]
    fn what_is_said_of_a_segment_goes_with_it() {
        assert_eq!(
            without(LIST, 2, "file:/y/"),
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\nfile:/x/d.ts\n#EXT-X-ENDLIST\n"
        );
        assert!(without(LIST, 1, "file:/y/").contains("\nfile:/y/b c.ts\n"));
    }

    #[test]
    fn only_whole_files_are_looked_at() {
        assert!(is_plain(LIST, false));
        assert!(!is_plain(&LIST.replace(END, ""), false));
        assert!(is_plain(&LIST.replace(END, ""), true));
        for other in ["#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n", "#EXTINF:1,\nhttp://h/e.ts\n"] {
            assert!(!is_plain(&format!("{LIST}{other}"), false), "{other}");
        }
    }
}
