//! The layout of a run's recording, known before the first sample: its name, its properties, and an entity per video.
//! Pure.

use super::names;
use super::planned::{PlannedInput, PlannedInputs, PlannedTrack};
use crate::audio::streams::AudioStream;
use crate::config::{Config, RecordingConfig};
use crate::record::properties::{self, Property};
use crate::record::{AudioSpec, NoteSpec, TrackSpec};
use crate::sample::{SampleCodec, StreamInfo};
use crate::sink::{RecordingSpec, random_id};
use crate::text::lines::TextLines;
use crate::text::note::NoteKind;

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
    let owners = planned.inputs.iter().flat_map(|input| {
        let rest = input.tracks.len().saturating_sub(1);
        std::iter::once(Some(input)).chain(std::iter::repeat_n(None, rest))
    });
    let tracks = planned.tracks().zip(entities).zip(owners);
    let spec =
        |((track, entity), owner): ((&PlannedTrack, String), Option<&PlannedInput>)| TrackSpec {
            title: match infos.as_slice() {
                [one] => one.name.clone(),
                _ => entity.replace('\\', ""),
            },
            timeline: config.recording.timeline.clone(),
            codec: track.codec(),
            captured: track.info().live || track.epoch.is_some(),
            also_at: config.recording.import.also_at.clone(),
            notes: owner.map(|input| notes(&input.text, &entity, single)).unwrap_or_default(),
            audio: match track.sound() {
                Some(sound) => vec![audio(&sound.stream, entity.clone())],
                None => {
                    let streams =
                        owner.map(|input| input.audio.streams.iter().zip(&input.audio.names));
                    let side_entity = |name: &str| names::side_entity(name, &entity, single);
                    let streams = streams.into_iter().flatten();
                    streams.map(|(stream, name)| audio(stream, side_entity(name))).collect()
                }
            },
            entity,
        };
    tracks.map(spec).collect()
}

fn notes(text: &TextLines, video: &str, single: bool) -> Vec<NoteSpec> {
    let note = |(name, kind): (&String, &NoteKind)| NoteSpec {
        entity: names::side_entity(name, video, single),
        kind: kind.clone(),
    };
    text.names.iter().zip(&text.kinds).map(note).collect()
}

fn audio(stream: &AudioStream, entity: String) -> AudioSpec {
    let form = stream.planned.as_ref().map(|planned| planned.form.clone());
    AudioSpec { entity, label: stream.label.clone(), form }
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
