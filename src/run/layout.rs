//! The layout of a run's recording, known before the first sample: its name, its properties, and an entity per video.
//! Pure.

use super::names;
use super::planned::{PlannedInputs, PlannedTrack};
use crate::audio::streams::AudioStream;
use crate::config::{Config, RecordingConfig};
use crate::record::TrackSpec;
use crate::record::properties::{self, Property};
use crate::sample::{SampleCodec, StreamInfo};
use crate::sink::{RecordingSpec, random_id};

/// The names of what is beside a video.
#[derive(Clone, Copy, Default)]
struct Lines<'a> {
    text: &'a [String],
    audio: &'a [String],
    sound: &'a [AudioStream],
}

/// How each video is recorded, in the order of the inputs.
pub(crate) fn track_specs(planned: &PlannedInputs, config: &Config) -> Vec<TrackSpec> {
    let infos: Vec<&StreamInfo> = planned.tracks().map(PlannedTrack::info).collect();
    let single = infos.len() == 1 && config.inputs.len() <= 1;
    let alone = config.inputs.len() == 1;
    let given = planned.inputs.iter().flat_map(|input| {
        let entity = input.config.entity.as_deref();
        let streams = input.tracks.len();
        input.tracks.iter().map(move |track| {
            let several = |entity: &str| format!("{entity}/{}", track.info().index);
            let own =
                entity.map(|entity| if streams > 1 { several(entity) } else { entity.to_owned() });
            own.or_else(|| {
                names::of_sound_alone(track.sound()?, &config.recording).filter(|_| alone)
            })
        })
    });
    let given: Vec<Option<String>> = given.collect();
    let entities = names::entities(&infos, &given, config.inputs.len(), &config.recording);
    // Notes and sound belong to the first video of their input.
    let lines = planned.inputs.iter().flat_map(|input| {
        let rest = input.tracks.len().saturating_sub(1);
        let first = Lines {
            text: &input.text.names,
            audio: &input.audio.names,
            sound: &input.audio.streams,
        };
        std::iter::once(first).chain(std::iter::repeat_n(Lines::default(), rest))
    });
    let tracks = planned.tracks().zip(entities).zip(lines);
    let spec = |((track, entity), lines): ((&PlannedTrack, String), Lines<'_>)| TrackSpec {
        title: match infos.as_slice() {
            [one] => one.name.clone(),
            _ => entity.replace('\\', ""),
        },
        timeline: config.recording.timeline.clone(),
        codec: track.codec(),
        captured: track.info().live || track.epoch.is_some(),
        also_at: config.recording.import.also_at.clone(),
        notes: lines.text.iter().map(|line| names::beside(line, &entity, single)).collect(),
        audio: match track.sound() {
            Some(_) => vec![entity.clone()],
            None => lines.audio.iter().map(|line| names::beside(line, &entity, single)).collect(),
        },
        sound: lines
            .sound
            .iter()
            .chain(track.sound().map(|sound| &sound.stream))
            .map(|it| Some(it.planned.as_ref()?.form.clone()))
            .collect(),
        entity,
    };
    tracks.map(spec).collect()
}

/// The recording's header, the same for every output.
pub(crate) fn recording_spec(planned: &PlannedInputs, config: &Config) -> RecordingSpec {
    let infos: Vec<&StreamInfo> = planned.tracks().map(PlannedTrack::info).collect();
    let tracks = track_specs(planned, config);
    RecordingSpec {
        application_id: config.recording.application_id.clone(),
        recording_id: config.recording.recording_id.clone().unwrap_or_else(random_id),
        name: name(&infos, config),
        properties: properties(planned, &tracks, &config.recording),
        tracks,
        live: planned.is_live(),
        guest: config.recording.import.into_open,
        relay: false,
    }
}

/// Recordings as inputs, whose own messages are passed through. The tracks are for video files.
pub(crate) fn relay_spec(
    videos: &[&StreamInfo],
    codecs: impl Iterator<Item = SampleCodec>,
    config: &Config,
) -> RecordingSpec {
    let track = |(video, codec): (&&StreamInfo, SampleCodec)| TrackSpec {
        entity: video.name.clone(),
        title: video.name.clone(),
        timeline: config.recording.timeline.clone(),
        codec: Some(codec),
        captured: false,
        also_at: Vec::new(),
        audio: Vec::new(),
        sound: Vec::new(),
        notes: Vec::new(),
    };
    RecordingSpec {
        application_id: config.recording.application_id.clone(),
        // The stream's own messages are left out by its id, which no recording that passes through may have.
        recording_id: random_id(),
        name: name(videos, config),
        properties: Vec::new(),
        tracks: videos.iter().zip(codecs).map(track).collect(),
        live: false,
        guest: true,
        relay: true,
    }
}

fn name(videos: &[&StreamInfo], config: &Config) -> String {
    match (config.recording.name.clone(), videos) {
        (Some(name), _) => name,
        (None, []) => "vstream".into(),
        (None, [one]) => one.name.clone(),
        (None, [first, rest @ ..]) => format!("{} and {} more", first.name, rest.len()),
    }
}

fn properties(
    planned: &PlannedInputs,
    specs: &[TrackSpec],
    config: &RecordingConfig,
) -> Vec<Property> {
    let several = specs.len() > 1;
    let all = |(track, spec): (&PlannedTrack, &TrackSpec)| {
        let of = several.then(|| spec.entity.replace('\\', ""));
        let made = track.plan.describe();
        properties::of_video(track.info(), &made, config.metadata, of.as_deref())
    };
    let videos = planned.tracks().zip(specs).flat_map(all);
    videos.chain(properties::of_caller(&config.properties)).collect()
}
