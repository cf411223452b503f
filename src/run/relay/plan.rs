//! The plan for each video of a recording, made between its two readings.
//! `relay::choice` decides which pictures become video.

use std::sync::Arc;
use std::time::Duration;

use super::Wants;
use super::file::RecordingFile;
use super::job::{Job, Outline, Treatment};
use crate::config::{CodecChoice, Config, InputConfig, OutputConfig, PixelRange, VideoConfig};
use crate::encode::plan::EncodePlan;
use crate::encode::table::{self, Wanted};
use crate::encode::trial;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Warning;
use crate::input::find;
use crate::picture::given::{self, Form, PictureInfo, UnitOrder};
use crate::record::{FILE_CHUNK_BYTES, VIEWER_CHUNK_BYTES};
use crate::relay::choice::Handling;
use crate::relay::survey::{Found, Place, Survey};
use crate::relay::{BagSpec, Kind, PICTURE_TYPES, number_kind, raw_form};
use crate::run::track_account::TrackAccount;
use crate::sample::StreamInfo;
use crate::sink::random_id;
use crate::source::recording::RecordingKind;
use crate::threads::Threads;
use crate::time::FrameRate;

/// The kinds of the inputs if they are recordings; `None` if none is. An error if only some are.
pub(crate) fn recordings(config: &Config) -> Result<Option<Vec<RecordingKind>>> {
    let threads = Threads::new(&config.switch());
    let kinds = find::look(&config.inputs, threads.spawner(), |inputs, cancel| {
        inputs.iter().map(|input| RecordingKind::of(input, cancel)).collect::<Result<Vec<_>>>()
    })?;
    if kinds.iter().all(Option::is_none) {
        return Ok(None);
    }
    let mut inputs = config.inputs.iter().zip(&kinds);
    if let Some((video, _)) = inputs.find(|(_, kind)| kind.is_none()) {
        let subject = video.location.to_string_lossy();
        let cause = "videos and recordings cannot be inputs of one run";
        return Err(Error::new(ErrorKind::Config, subject, cause)
            .with_remedy("convert them separately; `rerun rrd merge` joins the results"));
    }
    Ok(Some(kinds.into_iter().flatten().collect()))
}

/// Ids and name of the recording that a bag becomes.
pub(crate) fn bag_spec(config: &Config, name: &str) -> BagSpec {
    let recording = &config.recording;
    BagSpec {
        application_id: recording.application_id.clone(),
        recording_id: recording.recording_id.clone().unwrap_or_else(random_id),
        name: recording.name.clone().unwrap_or_else(|| name.to_owned()),
        only_pictures: false,
    }
}

/// Rejects settings that make no sense for a recording.
pub(super) fn refuse_settings(input: &InputConfig, video: &VideoConfig) -> Result<()> {
    let given = [
        (input.start.is_some(), "start"),
        (input.duration.is_some(), "duration"),
        (input.repeat > 0, "repeat"),
        (!input.joined.is_empty(), "join"),
        (input.realtime, "realtime"),
        (input.frame_rate.is_some(), "framerate"),
        (!input.options.is_empty(), "input options"),
        (video.frame_rate.is_some(), "fps"),
    ];
    if let Some((_, name)) = given.into_iter().find(|(is, _)| *is) {
        let cause = "a recording is converted whole, each picture at its own times";
        return Err(Error::new(ErrorKind::Config, name, cause).with_remedy("leave it out"));
    }
    if video.codec == CodecChoice::Copy {
        let cause = "the pictures of a recording cannot be copied into a video";
        return Err(Error::new(ErrorKind::Config, "codec", cause).with_remedy(
            "leave it out: a VideoStream that the Viewer shows correctly passes unchanged",
        ));
    }
    Ok(())
}

/// The error for a recording without pictures that could become video.
pub(super) fn nothing(
    survey: &Survey,
    chosen: &[(&Place, &Found, Handling)],
    topics: &[(String, String)],
    subject: &str,
) -> Error {
    let left: Vec<String> = chosen
        .iter()
        .map(|(place, found, handling)| match handling {
            Handling::Left(why) => format!("{} ({}): {why}", place.1, found.kind),
            _ => format!("{} ({}): the Viewer shows it correctly", place.1, found.kind),
        })
        .collect();
    let (cause, hint) = match left.as_slice() {
        [] if let Some(damage) = &survey.damage => (
            format!("no pictures in what can be read of it: {damage}"),
            "copy or record it again; `rerun rrd verify` and `mcap recover` show what is whole"
                .to_owned(),
        ),
        [] if !topics.is_empty() => (
            format!("no topic holds pictures: {}", listed(topics)),
            format!("message types with pictures: {}", PICTURE_TYPES.join(", ")),
        ),
        [] => (
            format!("none of its entities holds pictures; it has {}", survey.entities),
            "pictures are converted where they were logged as Image, EncodedImage or VideoStream"
                .to_owned(),
        ),
        left if chosen.iter().all(|(_, found, _)| found.kind == Kind::Stream) => {
            (left.join("; "), "nothing has to be converted: use the recording as it is".to_owned())
        }
        left => (left.join("; "), "name an entity to have it converted".to_owned()),
    };
    Error::new(ErrorKind::NoVideo, subject, cause).with_remedy(hint)
}

/// The first topics with their types.
fn listed(topics: &[(String, String)]) -> String {
    const SHOWN: usize = 8;
    let shown = topics.iter().take(SHOWN).map(|(topic, kind)| format!("{topic} ({kind})"));
    let more = topics.len().saturating_sub(SHOWN);
    let rest = (more > 0).then(|| format!("{more} more"));
    shown.chain(rest).collect::<Vec<_>>().join(", ")
}

/// Decide how the pictures of one entity are encoded.
pub(super) fn plan(
    place: &Place,
    found: &Found,
    handling: Handling,
    file: &RecordingFile,
    config: &Config,
    wants: Wants,
) -> Result<(TrackAccount, Job)> {
    let main = found.times.main(Some(config.recording.timeline.as_str()));
    let pace = main.as_ref().and_then(|main| found.times.pace(main));
    let rate = rate(found, config);
    let look = look(found, config.video.range);
    let shown = look.as_ref().map(|look| &look.geometry);
    let entity = place.1.to_string();
    let info = StreamInfo {
        source: file.source.clone(),
        name: entity.clone(),
        container: file.kind.name().to_owned(),
        codec: look.as_ref().map_or_else(|| found.kind.to_string(), |look| look.codec.clone()),
        width: shown.map_or(0, |shown| shown.width),
        height: shown.map_or(0, |shown| shown.height),
        pixel_format: shown.map_or_else(String::new, |shown| shown.format_name.to_owned()),
        frame_rate: rate,
        duration: pace.as_ref().and_then(|pace| found.times.span(pace)).map(Duration::from_nanos),
        bytes: file.bytes(),
        ..StreamInfo::default()
    };
    let video = &config.video;
    let (codec, treatment, described) = match handling {
        Handling::Encode => {
            let row = table::choose(&Wanted { video, live: false }, trial::works)?;
            let plan = EncodePlan::new(row, video, [rate, None], false)?;
            let described = plan.describe();
            (row.codec, Treatment::Encode(plan), described)
        }
        Handling::Repair => {
            let headers = found.verdict.headers().clone();
            let described = "copied, with headers at every keyframe".to_owned();
            (found.codec.unwrap_or_default(), Treatment::Repair(headers), described)
        }
        Handling::Keep | Handling::Left(_) => {
            (found.codec.unwrap_or_default(), Treatment::Keep, "copied".to_owned())
        }
    };
    let files = config.outputs.iter().all(|output| matches!(output, OutputConfig::Save(_)));
    let subject = format!("{entity} in {}", file.source);
    let track = TrackAccount::new(info, described, entity);
    let in_order = main.is_none_or(|main| found.times.in_order(&main));
    if !in_order && !found.verdict.reorders() && handling != Handling::Keep {
        track.tally.warn(Warning::Other(
            "pictures are not stored in the order of their times; each keeps its own".into(),
        ));
    }
    let outline = Outline {
        timelines: found.times.timelines().map(|it| it.name().as_str().to_owned()).collect(),
        what: format!("{} pictures as {}", found.rows, found.kind),
        defect: found.verdict.defect().filter(|_| found.kind == Kind::Stream),
        geometry: look.map(|look| look.geometry),
    };
    // The range of numbers is applied where they become shades.
    let is_numbers = found.first_format.is_some_and(|format| number_kind(format).is_some());
    let range = video.range.filter(|_| !is_numbers);
    let job = Job {
        place: place.clone(),
        codec,
        treatment,
        outline,
        // Annotations use pixels of the stored picture, so a rotation is ignored.
        video: VideoConfig { range, autorotate: false, ..video.clone() },
        wants,
        start: pace.and_then(|pace| found.times.start(&pace)),
        shift: 0,
        max_bytes: if files { FILE_CHUNK_BYTES } else { VIEWER_CHUNK_BYTES },
        new_ids: !in_order || found.verdict.reorders(),
        subject,
        tally: Arc::default(),
    };
    Ok((track, job))
}

/// Pictures a second, rounded to a thousandth.
pub(crate) fn rate(found: &Found, config: &Config) -> Option<FrameRate> {
    let main = found.times.main(Some(config.recording.timeline.as_str()))?;
    let rate = found.times.rate(&found.times.pace(&main)?)?;
    FrameRate::new((rate * 1000.0).round().clamp(1.0, 1e9) as u32, 1000)
}

/// The properties of the first picture of an entity.
pub(crate) fn look(found: &Found, range: Option<PixelRange>) -> Option<PictureInfo> {
    given::look(found.begin.first()?.clone(), form(found, range)?)
}

/// How the first picture of an entity is stored.
pub(super) fn form(found: &Found, range: Option<PixelRange>) -> Option<Form> {
    Some(match found.kind {
        Kind::Encoded | Kind::EncodedDepth => Form::Compressed,
        Kind::Stream => Form::Unit {
            codec: found.codec.unwrap_or_default().ffmpeg_name(),
            order: UnitOrder::Shown,
        },
        Kind::Raw | Kind::Depth | Kind::Segmentation => {
            Form::Raw(raw_form(found.first_format?, range)?)
        }
    })
}
