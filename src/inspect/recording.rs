//! Reports the pictures of a recording or a bag, each entity as a stream, and what a run would do with them.
//! It reads the recording once; only the first picture of each entity is decoded.

use std::time::Duration;

use super::input::{InputReport, StreamKind, StreamReport, VideoReport};
use super::outline::{PlannedWay, RunPlan, TrackPlan};
use crate::config::{Config, InputConfig};
use crate::error::Result;
use crate::event::Cancel;
use crate::picture::filters::ContainerHints;
use crate::picture::planner;
use crate::relay::choice::{Handling, choose};
use crate::relay::survey::{Found, Place, Survey};
use crate::relay::{BagSpec, Messages};
use crate::run::relay::{
    ESTIMATED, Estimate, RecordingFile, Relay, Treatment, Wants, bag_spec, estimate, look, rate,
};
use crate::sink;
use crate::source::recording::RecordingKind;
use crate::threads::Spawner;

/// Report what a recording holds.
pub(super) fn report(
    input: &InputConfig,
    kind: RecordingKind,
    config: &Config,
    threads: &Spawner,
) -> Result<InputReport> {
    let cancel = threads.cancel();
    let file = RecordingFile::new(input, kind, cancel)?;
    let source = file.source.clone();
    let bag = BagSpec { only_pictures: true, ..bag_spec(config, &file.name) };
    let open = || Messages::open(&file.paths, &source, kind, &bag, cancel);
    let (survey, _) = Survey::of(ESTIMATED, open, |_| !cancel.is_cancelled())?;
    let chosen = choose(&survey, &input.entities, config.video.range.is_some(), &source)?;
    let streams: Vec<StreamReport> = chosen
        .iter()
        .enumerate()
        .map(|(index, (place, found, handling))| {
            stream(index, place, found, handling, config, threads)
        })
        .collect();
    Ok(InputReport {
        source: file.source.clone(),
        container: kind.name().to_owned(),
        live: false,
        bytes: file.bytes(),
        start_micros: None,
        duration: streams.iter().filter_map(|stream| stream.duration).max(),
        streams,
        chapters: Vec::new(),
        metadata: Vec::new(),
    })
}

fn stream(
    index: usize,
    place: &Place,
    found: &Found,
    handling: &Handling,
    config: &Config,
    threads: &Spawner,
) -> StreamReport {
    let main = found.times.main(Some(config.recording.timeline.as_str()));
    let pace = main.and_then(|main| found.times.pace(&main));
    let look = look(found, config.video.range);
    let timelines: Vec<&str> =
        found.times.timelines().map(|timeline| timeline.name().as_str()).collect();
    let taken = matches!(handling, Handling::Encode | Handling::Repair);
    let text = |key: &str, value: String| (key.to_owned(), value);
    let estimate = match handling {
        Handling::Encode => estimate(found, config, threads),
        _ => None,
    };
    let as_video = estimate.map(|estimate| {
        let Estimate { bytes, pictures } = estimate;
        text("estimated bytes as video", format!("{bytes}, by the first {pictures} pictures"))
    });
    StreamReport {
        index,
        kind: StreamKind::Video,
        codec: look.as_ref().map_or_else(|| found.kind.to_string(), |look| look.codec.clone()),
        decodable: look.is_some(),
        default: false,
        cover: false,
        duration: pace.and_then(|pace| found.times.span(&pace)).map(Duration::from_nanos),
        video: look.map(|look| VideoReport {
            width: look.geometry.width,
            height: look.geometry.height,
            frame_rate: rate(found, config),
            pixel_format: look.geometry.format_name.to_owned(),
            matrix: None,
            primaries: None,
            transfer: None,
            full_range: look.geometry.full_range,
            alpha: look.geometry.alpha,
            aspect: None,
            turn: String::new(),
            interlaced: false,
            copy: None,
        }),
        audio: None,
        taken,
        why: match handling {
            Handling::Encode => Some("it becomes video".to_owned()),
            Handling::Repair => Some("missing headers are inserted at its keyframes".to_owned()),
            Handling::Keep => Some("the Viewer shows it correctly".to_owned()),
            Handling::Left(why) => Some((*why).to_owned()),
        },
        metadata: [
            text("entity", place.1.to_string()),
            text("archetype", found.kind.to_string()),
            text("pictures", (found.rows + found.fixed).to_string()),
            text("bytes", found.bytes.to_string()),
            text("timelines", timelines.join(", ")),
        ]
        .into_iter()
        .chain(as_video)
        .collect(),
    }
}

/// What a run would do with recordings.
pub(super) fn plan(config: &Config, kinds: &[RecordingKind], cancel: &Cancel) -> Result<RunPlan> {
    let wants = Wants::of(&config.outputs);
    let Relay { recordings, tracks, spec, .. } = Relay::plan(config, kinds, wants, cancel)?;
    let openings = sink::openings(&config.outputs, &spec)?;
    let outputs = openings.iter().map(sink::foresee).collect::<Result<_>>()?;
    let names: Vec<&str> = recordings.iter().map(|one| one.file.name.as_str()).collect();
    let recording = names.join(", ");
    let jobs = recordings.into_iter().flat_map(|one| one.jobs);
    let tracks = jobs.zip(tracks).map(|(job, track)| {
        let way = match job.treatment {
            Treatment::Keep | Treatment::Repair(_) => PlannedWay::Copy { begin: None },
            Treatment::Encode(plan) => {
                let preview = job.outline.geometry.map(|geometry| {
                    let hints = ContainerHints::of_pictures();
                    planner::preview(&geometry, hints, &job.video, plan.row.format)
                });
                let (filters, size) = preview.unwrap_or_default();
                PlannedWay::Encode {
                    encoder: plan.describe(),
                    frame_rate: plan.frame_rate,
                    options: plan.options,
                    not_copied: job.outline.defect.map(str::to_owned),
                    filters,
                    size,
                }
            }
        };
        TrackPlan {
            why: job.outline.what,
            stream: track.info,
            entity: track.entity,
            audio: Vec::new(),
            notes: Vec::new(),
            timelines: job.outline.timelines,
            codec: Some(job.codec),
            way,
            start: Duration::ZERO,
            end: None,
            warnings: track.tally.warnings().into_keys().collect(),
        }
    });
    Ok(RunPlan {
        recording,
        application_id: spec.application_id,
        tracks: tracks.collect(),
        outputs,
        warnings: Vec::new(),
    })
}
