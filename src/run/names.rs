//! Where videos and notes stand in the recording: their entity paths.
//! Pure.

use super::track::Track;
use crate::config::RecordingConfig;
use crate::record::entity_from_name;

/// A single video is at Rerun's usual path; several are named after their inputs, made unique.
pub(crate) fn name_entities(tracks: &mut [Track], inputs: usize, config: &RecordingConfig) {
    if let ([only], 1, None) = (&mut *tracks, inputs, &config.entity_prefix) {
        only.entity = config.entity.clone().unwrap_or_else(|| "video_stream".to_owned());
        return;
    }
    let prefix = config.entity_prefix.as_deref().or(config.entity.as_deref()).unwrap_or_default();
    let prefix = prefix.trim_matches('/');
    let mut taken: Vec<String> = Vec::new();
    let names: Vec<(String, String)> =
        tracks.iter().map(|t| (t.info.name.clone(), t.info.source.clone())).collect();
    for track in tracks {
        let alike = names.iter().filter(|(name, _)| *name == track.info.name);
        let sources: Vec<&str> = alike.map(|(_, source)| source.as_str()).collect();
        let same = sources.iter().filter(|s| **s == track.info.source).count() > 1;
        // A graph of FFmpeg's may hold slashes and has no folders.
        let is_path = sources.iter().all(|source| source.ends_with(&track.info.name));
        let folders = match is_path {
            true => distinct_folders(&track.info.source, &sources),
            false => Vec::new(),
        };
        let mut base =
            folders.into_iter().chain([track.info.name.as_str()]).collect::<Vec<_>>().join("/");
        if same {
            base = format!("{base} {}", track.info.index);
        }
        let unique = (1..)
            .map(|n| if n == 1 { base.clone() } else { format!("{base} ({n})") })
            .find(|name| !taken.contains(name))
            .unwrap_or(base);
        taken.push(unique.clone());
        let parts: Vec<String> = unique.split('/').map(entity_from_name).collect();
        let entity = parts.join("/");
        track.entity = if prefix.is_empty() { entity } else { format!("{prefix}/{entity}") };
    }
}

/// The folders of `source` that tell it from `others` of the same file name: without those that all have in front, and
/// those that all have behind.
fn distinct_folders<'a>(source: &'a str, others: &[&str]) -> Vec<&'a str> {
    fn folders(path: &str) -> Vec<&str> {
        let mut parts: Vec<&str> = path.split(['/', '\\']).filter(|p| !p.is_empty()).collect();
        parts.pop();
        parts
    }
    let own = folders(source);
    let others: Vec<Vec<&str>> = others.iter().map(|other| folders(other)).collect();
    let shortest = others.iter().map(Vec::len).min().unwrap_or(0);
    let in_front = |n: &usize| others.iter().all(|other| other[*n] == own[*n]);
    let front = (0..shortest).take_while(in_front).count();
    let from_end = |parts: &[&'a str], n: usize| parts[parts.len() - 1 - n];
    let at_end = |n: &usize| others.iter().all(|o| o[o.len() - 1 - n] == from_end(&own, *n));
    let behind = (0..shortest - front).take_while(at_end).count();
    own.get(front..own.len() - behind).unwrap_or_default().to_vec()
}

/// Notes lie beside a single video, and below each of several.
pub(crate) fn name_notes(tracks: &mut [Track], inputs: usize) {
    let single = tracks.len() == 1 && inputs <= 1;
    for track in tracks {
        let entity = track.entity.trim_matches('/');
        let place =
            if single { entity.rsplit_once('/').map(|(parent, _)| parent) } else { Some(entity) };
        let path = |name: &String| {
            let parts: Vec<String> = name.split('/').map(entity_from_name).collect();
            let name = parts.join("/");
            place.map_or_else(|| name.clone(), |place| format!("{place}/{name}"))
        };
        track.notes = track.notes.iter().map(path).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_told_apart_by_the_folders_that_differ() {
        let cameras = ["videos/chunk-000/top/e_0.mp4", "videos/chunk-000/wrist/e_0.mp4"];
        assert_eq!(distinct_folders(cameras[0], &cameras), ["top"]);
        let cameras = ["videos/top/chunk-000/f.mp4", "videos/wrist/left/chunk-000/f.mp4"];
        assert_eq!(distinct_folders(cameras[1], &cameras), ["wrist", "left"]);
        let streams = ["rtsp://10.0.0.1/live", "rtsp://10.0.0.2/live"];
        assert_eq!(distinct_folders(streams[1], &streams), ["10.0.0.2"]);
        assert!(distinct_folders("a.mp4", &["a.mp4", "x/a.mp4"]).is_empty());
        assert_eq!(distinct_folders("x/a.mp4", &["a.mp4", "x/a.mp4"]), ["x"]);
        assert!(distinct_folders("x/a.mp4", &["x/a.mp4"]).is_empty());
    }
}
