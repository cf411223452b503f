//! The entity paths of videos, notes and sound in the recording.
//! Pure.

use crate::config::RecordingConfig;
use crate::record::entity_from_name;
use crate::run::plan::SoundPlan;
use crate::sample::StreamInfo;

/// The entity path of each video: the configured one, if any. Otherwise a single video is at Rerun's usual path, and
/// several are named after their inputs, made unique.
pub(crate) fn entities(
    videos: &[&StreamInfo],
    given: &[Option<String>],
    inputs: usize,
    config: &RecordingConfig,
) -> Vec<String> {
    if let ([_], [Some(given)]) = (videos, given) {
        return vec![given.clone()];
    }
    if let ([_], 1, None) = (videos, inputs, &config.entity_prefix) {
        return vec![config.entity.clone().unwrap_or_else(|| "video_stream".to_owned())];
    }
    let prefix = config.entity_prefix.as_deref().or(config.entity.as_deref()).unwrap_or_default();
    let prefix = prefix.trim_matches('/');
    let entity = |name: &str| {
        let entity = path_from_names(name);
        if prefix.is_empty() { entity } else { format!("{prefix}/{entity}") }
    };
    // Configured paths are never changed, so they are assigned first; a path configured twice still makes two entities.
    let mut taken: Vec<String> = Vec::new();
    let mut own = |given: &String| {
        let number = |n: u32| if n == 1 { given.clone() } else { format!("{given}_{n}") };
        let unique = (1..).map(number).find(|entity| !taken.contains(entity));
        let unique = unique.unwrap_or_else(|| given.clone());
        taken.push(unique.clone());
        unique
    };
    let given: Vec<Option<String>> =
        given.iter().map(|given| given.as_ref().map(&mut own)).collect();
    let mut named = |video: &StreamInfo| {
        let base = name_among(video, videos);
        let number = |n: u32| if n == 1 { base.clone() } else { format!("{base} ({n})") };
        let mut entities = (1..).map(|n| entity(&number(n)));
        let unique = entities.find(|entity| !taken.contains(entity));
        let unique = unique.unwrap_or_else(|| entity(&base));
        taken.push(unique.clone());
        unique
    };
    let given = given.into_iter().chain(std::iter::repeat(None));
    videos.iter().zip(given).map(|(video, given)| given.unwrap_or_else(|| named(video))).collect()
}

/// The entity path of sound that is all there is in the only input.
pub(super) fn of_sound_alone(sound: &SoundPlan, config: &RecordingConfig) -> Option<String> {
    let name = path_from_names(&sound.name);
    match (&config.entity_prefix, &config.entity) {
        (Some(_), _) => None,
        (None, None) => Some(name),
        // Several are below the configured one.
        (None, Some(entity)) => Some(match name.split_once('/') {
            Some((_, rest)) => format!("{entity}/{rest}"),
            None => entity.clone(),
        }),
    }
}

/// A video's name with what distinguishes it from others of the same name: folders, or its stream index.
fn name_among(video: &StreamInfo, all: &[&StreamInfo]) -> String {
    let alike = all.iter().filter(|other| other.name == video.name);
    let sources: Vec<&str> = alike.map(|other| other.source.as_str()).collect();
    let same = sources.iter().filter(|source| **source == video.source).count() > 1;
    // A lavfi graph may contain slashes that are not folders.
    let is_path = sources.iter().all(|source| source.ends_with(&video.name));
    let folders = match is_path {
        true => distinct_folders(&video.source, &sources),
        false => Vec::new(),
    };
    let name = folders.into_iter().chain([video.name.as_str()]).collect::<Vec<_>>().join("/");
    let alone = all.iter().all(|other| other.source == video.source);
    match video.title.as_ref().map(|title| title.replace(['/', '\\'], "_")) {
        _ if !same => name,
        Some(title) if alone => title,
        Some(title) => format!("{name}/{title}"),
        None => format!("{name} {}", video.index),
    }
}

/// An entity path from a name with slashes.
pub(super) fn path_from_names(names: &str) -> String {
    let parts: Vec<String> = names.split('/').map(entity_from_name).collect();
    parts.join("/")
}

/// The folders of `source` that distinguish it from `others` with the same file name: without the common prefix and
/// suffix.
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

/// The entity path of a kind of notes or of sound: next to a single video, and below each of several.
pub(crate) fn side_entity(line: &str, video: &str, single: bool) -> String {
    let video = video.trim_matches('/');
    let place = if single { video.rsplit_once('/').map(|(parent, _)| parent) } else { Some(video) };
    let name = path_from_names(line);
    place.map_or_else(|| name.clone(), |place| format!("{place}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_distinguished_by_folder() {
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
