//! The JSON lines for `--probe`, `--dry-run`, `--list-devices` and `--list-encoders`.
//! Keep it in step with `schema.json`; a test compares them.

use std::collections::BTreeMap;

use serde::Serialize;
use vstream::{
    AudioStreamPlan, Camera, Copyability, EncoderInfo, InputReport, PlannedWay, RunPlan,
    StreamReport, TrackPlan, VideoReport,
};

use super::line::{Stream, rate};
use crate::args::Chosen;

type Metadata<'a> = BTreeMap<&'a str, &'a str>;

#[derive(Serialize)]
pub struct Input<'a> {
    source: &'a str,
    container: &'a str,
    live: bool,
    bytes: Option<u64>,
    start: Option<f64>,
    duration: Option<f64>,
    streams: Vec<InputStream<'a>>,
    chapters: Vec<Chapter<'a>>,
    metadata: Metadata<'a>,
}

#[derive(Serialize)]
struct InputStream<'a> {
    index: usize,
    kind: &'static str,
    codec: &'a str,
    decodable: bool,
    default: bool,
    cover: bool,
    duration: Option<f64>,
    taken: bool,
    why: Option<&'a str>,
    video: Option<Video<'a>>,
    audio: Option<Audio<'a>>,
    metadata: Metadata<'a>,
}

#[derive(Serialize)]
struct Video<'a> {
    width: u32,
    height: u32,
    frame_rate: Option<String>,
    pixel_format: &'a str,
    matrix: Option<&'a str>,
    primaries: Option<&'a str>,
    transfer: Option<&'a str>,
    full_range: bool,
    alpha: bool,
    aspect: Option<String>,
    turn: &'a str,
    interlaced: bool,
    copy: Option<Copy<'a>>,
}

#[derive(Serialize)]
struct Audio<'a> {
    sample_rate: u32,
    channels: u32,
    plan: &'a str,
}

#[derive(Serialize)]
struct Copy<'a> {
    can: bool,
    /// Why it cannot be copied, or what would look worse.
    because: Vec<&'a str>,
}

#[derive(Serialize)]
struct Chapter<'a> {
    start: f64,
    title: Option<&'a str>,
}

#[derive(Serialize)]
pub struct Plan<'a> {
    recording: &'a str,
    application_id: &'a str,
    tracks: Vec<Track<'a>>,
    outputs: Vec<Output<'a>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Track<'a> {
    #[serde(flatten)]
    stream: Stream<'a>,
    why: &'a str,
    entity: &'a str,
    notes: &'a [String],
    audio: Vec<AudioTrack<'a>>,
    timelines: &'a [String],
    result: Option<String>,
    copied: bool,
    not_copied: Option<&'a str>,
    encoder: Option<&'a str>,
    encoder_options: BTreeMap<&'a str, &'a str>,
    filters: Option<String>,
    size: Option<String>,
    start: f64,
    end: Option<f64>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct AudioTrack<'a> {
    stream: usize,
    codec: &'a str,
    entity: &'a str,
    plan: &'a str,
}

#[derive(Serialize)]
struct Output<'a> {
    what: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
pub struct Device<'a> {
    name: &'a str,
    path: &'a str,
    modes: Vec<Mode<'a>>,
}

#[derive(Serialize)]
pub struct Encoder<'a> {
    name: &'a str,
    codec: String,
    hardware: bool,
    works: bool,
    problem: Option<&'a str>,
    defaults: &'a str,
    presets: &'a [String],
    tunes: &'a [String],
    worst_crf: Option<u8>,
}

#[derive(Serialize)]
struct Mode<'a> {
    pixel_format: &'a str,
    size: String,
    up_to: Option<String>,
    rates: Vec<String>,
    any_rate_between: bool,
}

fn metadata(pairs: &[(String, String)]) -> Metadata<'_> {
    pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

pub fn input(input: &InputReport) -> Input<'_> {
    let chapter = |chapter: &'_ vstream::Chapter| seconds(chapter.start_micros);
    Input {
        source: &input.source,
        container: &input.container,
        live: input.live,
        bytes: input.bytes,
        start: input.start_micros.map(seconds),
        duration: input.duration.map(|d| d.as_secs_f64()),
        streams: input.streams.iter().map(stream).collect(),
        chapters: input
            .chapters
            .iter()
            .map(|c| Chapter { start: chapter(c), title: c.title.as_deref() })
            .collect(),
        metadata: metadata(&input.metadata),
    }
}

fn stream(stream: &StreamReport) -> InputStream<'_> {
    InputStream {
        index: stream.index,
        kind: stream.kind.name(),
        codec: &stream.codec,
        decodable: stream.decodable,
        default: stream.default,
        cover: stream.cover,
        duration: stream.duration.map(|d| d.as_secs_f64()),
        taken: stream.taken,
        why: stream.why.as_deref(),
        video: stream.video.as_ref().map(video),
        audio: stream.audio.as_ref().map(|audio| Audio {
            sample_rate: audio.sample_rate,
            channels: audio.channels,
            plan: &audio.plan,
        }),
        metadata: metadata(&stream.metadata),
    }
}

fn video(video: &VideoReport) -> Video<'_> {
    let copy = video.copy.as_ref().map(|copy| match copy {
        Copyability::Yes { but } => {
            Copy { can: true, because: but.iter().map(String::as_str).collect() }
        }
        Copyability::No { why } => Copy { can: false, because: vec![why] },
        _ => Copy { can: false, because: Vec::new() },
    });
    Video {
        width: video.width,
        height: video.height,
        frame_rate: video.frame_rate.map(rate),
        pixel_format: &video.pixel_format,
        matrix: video.matrix,
        primaries: video.primaries,
        transfer: video.transfer,
        full_range: video.full_range,
        alpha: video.alpha,
        aspect: video.aspect.map(|(width, height)| format!("{width}/{height}")),
        turn: &video.turn,
        interlaced: video.interlaced,
        copy,
    }
}

pub fn plan<'a>(plan: &'a RunPlan, outputs: &[Chosen]) -> Plan<'a> {
    let outputs = plan.outputs.iter().zip(outputs);
    Plan {
        recording: &plan.recording,
        application_id: &plan.application_id,
        tracks: plan.tracks.iter().map(track).collect(),
        outputs: outputs.map(|(what, chosen)| Output { what, why: chosen.why }).collect(),
        warnings: &plan.warnings,
    }
}

fn track(plan: &TrackPlan) -> Track<'_> {
    let mut track = Track {
        stream: (&plan.stream).into(),
        why: &plan.why,
        entity: &plan.entity,
        notes: &plan.notes,
        audio: plan.audio.iter().map(audio).collect(),
        timelines: &plan.timelines,
        result: plan.codec.map(|codec| codec.to_string()),
        copied: matches!(plan.way, PlannedWay::Copy { .. }),
        not_copied: None,
        encoder: None,
        encoder_options: BTreeMap::new(),
        filters: None,
        size: None,
        start: plan.start.as_secs_f64(),
        end: plan.end.map(|end| end.as_secs_f64()),
        warnings: plan.warnings.iter().map(ToString::to_string).collect(),
    };
    if let PlannedWay::Encode { encoder, options, not_copied, filters, size, .. } = &plan.way {
        track.not_copied = not_copied.as_deref();
        track.encoder = Some(encoder);
        track.encoder_options = metadata(options);
        track.filters = Some(filters.join(","));
        track.size = size.map(|size| size.to_string());
    }
    track
}

fn audio(plan: &AudioStreamPlan) -> AudioTrack<'_> {
    let AudioStreamPlan { index, codec, plan, entity, .. } = plan;
    AudioTrack { stream: *index, codec, entity, plan }
}

pub fn device(camera: &Camera) -> Device<'_> {
    let modes = camera.modes.iter().map(|mode| Mode {
        pixel_format: &mode.pixel_format,
        size: mode.size.to_string(),
        up_to: mode.up_to.map(|size| size.to_string()),
        rates: mode.rates.iter().copied().map(rate).collect(),
        any_rate_between: mode.any_rate,
    });
    Device { name: &camera.name, path: &camera.path, modes: modes.collect() }
}

pub fn encoder(encoder: &EncoderInfo) -> Encoder<'_> {
    Encoder {
        name: &encoder.name,
        codec: encoder.codec.to_string(),
        hardware: encoder.hardware,
        works: encoder.works(),
        problem: encoder.problem.as_deref(),
        defaults: &encoder.defaults,
        presets: &encoder.presets,
        tunes: &encoder.tunes,
        worst_crf: encoder.worst_crf,
    }
}
