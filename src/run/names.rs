//! Where videos and notes stand in the recording: their entity paths.
//! Pure.

use super::Track;
use crate::config::RecordingConfig;
use crate::log::entity_from_name;

/// A single video is at Rerun's usual path; several are named after their inputs, made unique.
pub(super) fn name_entities(tracks: &mut [Track], inputs: usize, config: &RecordingConfig) {
    if let ([only], 1, None) = (&mut *tracks, inputs, &config.entity_prefix) {
        only.entity = config.entity.clone().unwrap_or_else(|| "video_stream".to_owned());
        return;
    }
    let prefix = config.entity_prefix.as_deref().or(config.entity.as_deref()).unwrap_or_default();
    let prefix = prefix.trim_matches('/');
    let mut taken: Vec<String> = Vec::new();
    let names: Vec<String> = tracks.iter().map(|t| t.info.name.clone()).collect();
    for track in tracks {
        let shared = names.iter().filter(|n| **n == track.info.name).count() > 1;
        let base = if shared {
            format!("{} {}", track.info.name, track.info.index)
        } else {
            track.info.name.clone()
        };
        let unique = (1..)
            .map(|n| if n == 1 { base.clone() } else { format!("{base} ({n})") })
            .find(|name| !taken.contains(name))
            .unwrap_or(base);
        taken.push(unique.clone());
        let entity = entity_from_name(&unique);
        track.entity = if prefix.is_empty() { entity } else { format!("{prefix}/{entity}") };
    }
}

/// Notes lie beside a single video, and below each of several.
pub(super) fn name_notes(tracks: &mut [Track], inputs: usize) {
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
