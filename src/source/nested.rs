//! HLS playlists that include playlists. FFmpeg opens all of them, at any depth and without a limit.
//! It opens no segment.

use std::path::{Path, PathBuf};

use super::head::Head;
use super::playlist::{beside, text_at, text_of, variants_in};

/// No player offers as many variants and languages.
const MOST: usize = 1000;

/// Whether a playlist leads to more playlists than there can be, as those do that name themselves.
pub(super) fn lead_on(path: &Path, head: &mut Head) -> bool {
    let mut to_read = text_of(head).map(|text| playlists(path, &text)).unwrap_or_default();
    let mut count = to_read.len();
    while let Some(path) = to_read.pop().filter(|_| count <= MOST) {
        let named = text_at(&path).map(|text| playlists(&path, &text)).unwrap_or_default();
        count += named.len();
        to_read.extend(named);
    }
    count > MOST
}

/// The playlists that a master playlist names: its variants, and alternative sound and pictures.
fn playlists(path: &Path, text: &str) -> Vec<PathBuf> {
    let attribute = |line: &str| Some(line.split_once("URI=\"")?.1.split('"').next()?.to_owned());
    let media = text.lines().filter(|line| line.starts_with("#EXT-X-MEDIA:"));
    let media = media.filter_map(attribute).map(|name| beside(path, &name));
    media.chain(variants_in(path, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_playlists_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let lead_on = |path: &Path| Head::open(path).is_ok_and(|mut head| lead_on(path, &mut head));
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("#EXTM3U\n{text}")).unwrap();
            path
        };
        let variant = |name: &str| format!("#EXT-X-STREAM-INF:BANDWIDTH=1\n{name}\n");
        write("media", "#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n");
        assert!(!lead_on(&write("one", &variant("media").repeat(900))));
        assert!(lead_on(&write("many", &variant("media").repeat(1100))));
        assert!(lead_on(&write("itself", &variant("itself"))));
        write("there", &variant("back"));
        assert!(lead_on(&write("back", "#EXT-X-MEDIA:TYPE=AUDIO,URI=\"there\"\n")));
        // Every one names the next a few times.
        write("last", "#EXTINF:1,\na.ts\n");
        for level in 0..5 {
            let next = if level == 0 { "last".to_owned() } else { format!("level{}", level - 1) };
            write(&format!("level{level}"), &variant(&next).repeat(5));
        }
        assert!(lead_on(&folder.path().join("level4")));
        assert!(!lead_on(&folder.path().join("level2")));
        assert!(!lead_on(&folder.path().join("media")));
        assert!(!lead_on(&folder.path().join("not there")));
    }
}
