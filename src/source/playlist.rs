//! Playlists on this machine: whether one names something on the network, which it may not open, or more than FFmpeg
//! reads. FFmpeg would leave such parts out without an error.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::head::Head;

/// What every HLS playlist begins with.
pub(crate) const HEAD: &[u8] = b"#EXTM3U";
/// What the segments end with, where they do.
pub(crate) const END: &str = "#EXT-X-ENDLIST";
/// The tag before each segment.
pub(crate) const SEGMENT: &str = "#EXTINF";

/// Longer than a day of segments; what is longer is FFmpeg's to read.
const MOST: u64 = 8 << 20;

/// The first address in a playlist that is not a file; `None` for anything else than a playlist.
pub(super) fn address_in(file: &mut Head) -> Option<String> {
    first_address(&text_of(file)?)
}

/// The lines of an HLS playlist; `None` for anything else.
pub(super) fn text_of(file: &mut Head) -> Option<String> {
    if !file.start().starts_with(HEAD) {
        return None;
    }
    Some(String::from_utf8_lossy(file.up_to(MOST)).into_owned())
}

/// The same of a file that another one names, which may be anything.
pub(super) fn text_at(path: &Path) -> Option<String> {
    text_of(&mut path.is_file().then(|| Head::open(path))?.ok()?)
}

/// A recorder adds segments more often than this.
const REST: Duration = Duration::from_secs(60);

/// Whether it is an HLS playlist without an end to which nothing was added for a while: its recorder did not finish it.
pub(super) fn is_at_rest(path: &Path, file: &mut Head) -> bool {
    let written = path.metadata().and_then(|meta| meta.modified());
    let rests = written.is_ok_and(|at| at.elapsed().is_ok_and(|elapsed| elapsed > REST));
    rests && text_of(file).is_some_and(|text| lacks_its_end(&text))
}

fn lacks_its_end(text: &str) -> bool {
    text.contains(SEGMENT) && !text.contains(END)
}

/// The segments, or the variants of a master playlist.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The file that a playlist names.
pub(super) fn beside(path: &Path, name: &str) -> PathBuf {
    let folder = path.parent().unwrap_or(Path::new(""));
    folder.join(name.strip_prefix("file:").unwrap_or(name))
}

/// The variants of a master playlist; none of any other.
pub(super) fn variants_in(path: &Path, text: &str) -> Vec<PathBuf> {
    match text.contains("#EXT-X-STREAM-INF") {
        true => names(text).map(|name| beside(path, name)).collect(),
        false => Vec::new(),
    }
}

/// The variants of a master playlist: how many there are, and how many of them cannot be read. `None` for anything else,
/// and if one of the others may still grow.
pub(super) fn variants(path: &Path, file: &mut Head) -> Option<(usize, usize)> {
    let variants: Vec<_> =
        variants_in(path, &text_of(file)?).iter().map(|variant| text_at(variant)).collect();
    let missing = variants.iter().filter(|variant| variant.is_none()).count();
    let are_whole = variants.iter().flatten().all(|text| !lacks_its_end(text));
    (are_whole && missing < variants.len()).then_some((variants.len(), missing))
}

/// The number of periods in a DASH manifest, of which FFmpeg reads the longest; `None` for anything else.
pub(super) fn periods_in(path: &Path, file: &mut Head) -> Option<usize> {
    path.extension().filter(|ending| ending.eq_ignore_ascii_case("mpd"))?;
    let text = String::from_utf8_lossy(file.up_to(MOST));
    Some(text.matches("<Period>").count() + text.matches("<Period ").count())
}

fn first_address(text: &str) -> Option<String> {
    text.lines().map(str::trim).find_map(|line| {
        let named = if line.starts_with('#') {
            // Keys, maps and alternative renditions are attributes.
            line.split_once("URI=\"")?.1.split('"').next()?
        } else {
            line
        };
        let (scheme, _) = named.split_once("://")?;
        let is_scheme = !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric());
        (is_scheme && !scheme.eq_ignore_ascii_case("file")).then(|| named.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged_text;

    #[test]
    fn an_unfinished_playlist_is_recognised() {
        let list = "#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n";
        assert!(lacks_its_end(list));
        assert!(!lacks_its_end(&format!("{list}#EXT-X-ENDLIST\n")));
        assert!(!lacks_its_end("#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n"));
    }

    #[test]
    fn addresses_are_found_in_every_tag() {
        let first = |text: &str| first_address(text);
        assert_eq!(first("#EXTINF:2,\na.ts\nhttp://h/b.ts\n"), Some("http://h/b.ts".into()));
        assert_eq!(
            first("#EXT-X-KEY:METHOD=AES-128,URI=\"https://h/key\"\r\n"),
            Some("https://h/key".into())
        );
        for harmless in ["a.ts\nb/c.ts", "#EXTINF:2,see http://h/\na.ts", "file:///a.ts", "://"] {
            assert_eq!(first(harmless), None, "{harmless}");
        }
    }

    #[test]
    fn addresses_are_found_in_damaged_playlists() {
        let seeds = [
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n",
            "#EXTM3U\r\n#EXT-X-KEY:METHOD=AES-128,URI=\"key\"\r\n#EXT-X-MAP:URI=\"init.mp4\"\r\nb/c.m4s\r\n",
        ];
        damaged_text(&seeds, |text| {
            if let Some(address) = first_address(text) {
                assert!(text.contains(&address) && !address.starts_with("file:"), "{address}");
            }
            let lines: Vec<&str> = text.lines().collect();
            // At a few places of a long list.
            for at in (0..=lines.len()).step_by(1 + lines.len() / 8) {
                let mut more = lines.clone();
                more.insert(at, "tcp://10.0.0.1/x");
                assert!(first_address(&more.join("\n")).is_some(), "at line {at}");
            }
        });
    }
}
