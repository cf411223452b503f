//! What a recording or a bag holds of pictures: each entity as a stream, with what would become of it.
//! It is read once to its end; only the first picture of each entity is decoded.

use std::path::Path;
use std::time::Duration;

use super::input::{InputReport, StreamKind, StreamReport, VideoReport};
use crate::config::{Config, InputConfig};
use crate::error::Result;
use crate::event::Cancel;
use crate::relay::choice::{Fate, choose};
use crate::relay::survey::{Found, Place, Survey};
use crate::relay::{BagSpec, Messages};
use crate::run::relay::{bag_spec, look};
use crate::source::recording::RecordingKind;
use crate::time::FrameRate;

/// Tell what a recording holds.
pub(super) fn report(
    input: &InputConfig,
    kind: RecordingKind,
    config: &Config,
    cancel: &Cancel,
) -> Result<InputReport> {
    let path = Path::new(&input.location);
    let source = path.display().to_string();
    let bag = BagSpec { only_pictures: true, ..bag_spec(config, path) };
    let survey = Survey::of(|| Messages::open(path, kind, &bag), |_| !cancel.is_cancelled())?;
    let chosen =
        choose(&survey, &config.recording.entities, config.video.range.is_some(), &source)?;
    let streams: Vec<StreamReport> = chosen
        .iter()
        .enumerate()
        .map(|(index, (place, found, fate))| stream(index, place, found, fate, config))
        .collect();
    Ok(InputReport {
        source,
        container: kind.name().to_owned(),
        live: false,
        bytes: std::fs::metadata(path).ok().map(|meta| meta.len()),
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
    fate: &Fate,
    config: &Config,
) -> StreamReport {
    let main = found.times.main(Some(config.recording.timeline.as_str()));
    let pace = main.and_then(|main| found.times.pace(&main));
    let rate = pace.and_then(|pace| found.times.rate(&pace));
    let look = look(found, config.video.range);
    let timelines: Vec<&str> =
        found.times.timelines().map(|timeline| timeline.name().as_str()).collect();
    let taken = matches!(fate, Fate::Encode | Fate::Repair);
    let text = |key: &str, value: String| (key.to_owned(), value);
    StreamReport {
        index,
        kind: StreamKind::Video,
        codec: look.as_ref().map_or_else(|| found.kind.to_string(), |look| look.codec.clone()),
        decodable: look.is_some(),
        default: false,
        cover: false,
        duration: pace.and_then(|pace| found.times.span(&pace)).map(Duration::from_nanos),
        video: look.map(|look| VideoReport {
            width: look.width,
            height: look.height,
            frame_rate: rate.and_then(thousandths),
            pixel_format: look.pixel_format,
            matrix: None,
            primaries: None,
            transfer: None,
            full_range: look.full_range,
            alpha: look.alpha,
            aspect: None,
            turn: String::new(),
            interlaced: false,
            copy: None,
        }),
        taken,
        why: match fate {
            Fate::Encode => Some("it becomes video".to_owned()),
            Fate::Repair => Some("its keyframes get the headers that they lack".to_owned()),
            Fate::Keep => Some("the Viewer shows it as it is".to_owned()),
            Fate::Left(why) => Some((*why).to_owned()),
        },
        metadata: vec![
            text("entity", place.1.to_string()),
            text("archetype", found.kind.to_string()),
            text("pictures", (found.rows + found.fixed).to_string()),
            text("bytes", found.bytes.to_string()),
            text("timelines", timelines.join(", ")),
        ],
    }
}

/// A rate to a thousandth of a picture.
fn thousandths(rate: f64) -> Option<FrameRate> {
    FrameRate::new((rate * 1000.0).round().clamp(1.0, 1e9) as u32, 1000)
}
