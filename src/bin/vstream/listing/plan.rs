//! The plan of a run, formatted as lines.
//! The decisions come from the library; only the choice of the default output is made in the command line.

use vstream::{PlannedWay, RunPlan, TrackPlan};

use super::{heading, length, rate};
use crate::args::Chosen;

/// The lines of a plan.
pub fn plan(plan: &RunPlan, outputs: &[Chosen]) -> String {
    let mut text: String = plan.tracks.iter().map(track).collect();
    let (name, id) = (&plan.recording, &plan.application_id);
    text += &format!("{}\n", heading("recording"));
    text += &row("name", &format!("{name} (application {id})"));
    for (what, chosen) in plan.outputs.iter().zip(outputs) {
        text += &row("output", &format!("{what} ({})", chosen.why));
    }
    for warning in &plan.warnings {
        text += &row("warning", warning);
    }
    text
}

fn row(name: &str, what: &str) -> String {
    format!("  {name:<9} {what}\n")
}

fn track(track: &TrackPlan) -> String {
    let stream = &track.stream;
    let mut facts = match stream.sound_only {
        true => stream.codec.clone(),
        false => format!("{} {}x{}", stream.codec, stream.width, stream.height),
    };
    facts += &stream.frame_rate.map(|r| format!(", {} fps", rate(r))).unwrap_or_default();
    let duration = stream.duration.map(|d| format!(", {}", length(d.as_secs_f64())));
    facts += &duration.unwrap_or_default();
    facts += if stream.live { ", live" } else { "" };
    let mut text = format!("{}\n", heading(&stream.source));
    text += &row("container", &stream.container);
    text += &stream.joined.iter().map(|file| row("then", file)).collect::<String>();
    text += &row("stream", &format!("{}, {facts} ({})", stream.index, track.why));
    text += &row("times", &times(track));
    text += &match &track.way {
        PlannedWay::Copy { begin } => {
            let begin =
                begin.map(|at| format!(", from the keyframe at {}", length(at.as_secs_f64())));
            row(
                "copy",
                &format!(
                    "{} packets as they are{}",
                    track.codec.map(|codec| codec.to_string()).unwrap_or_default(),
                    begin.unwrap_or_default()
                ),
            )
        }
        PlannedWay::Encode { encoder, not_copied, filters, size, frame_rate, .. } => {
            let chain = if filters.is_empty() { "none needed".into() } else { filters.join(",") };
            let size = size.map_or("as decoding tells".into(), |size| size.to_string());
            let mut rows = row("filters", &chain);
            rows += &row("picture", &format!("{size}, yuv420p bt709 limited range"));
            rows += &row("encode", &format!("{encoder}, at {} fps", rate(*frame_rate)));
            rows += &not_copied.as_ref().map(|why| row("no copy", why)).unwrap_or_default();
            rows
        }
        PlannedWay::Sound => row("video", "none: sound only"),
        _ => String::new(),
    };
    text += &row("entity", &format!("{} on {}", track.entity, track.timelines.join(", ")));
    for audio in &track.audio {
        let stream = format!("stream {}: {} on {}", audio.index, audio.plan, audio.entity);
        text += &row("sound", &stream);
    }
    text += &track.notes.iter().map(|note| row("notes", note)).collect::<String>();
    text += &track.warnings.iter().map(|w| row("warning", &w.to_string())).collect::<String>();
    text
}

fn times(track: &TrackPlan) -> String {
    let start = length(track.start.as_secs_f64());
    match track.end.map(|end| length(end.as_secs_f64())) {
        None if track.start.is_zero() => "all".into(),
        None => format!("from {start} to the end"),
        Some(end) => format!("from {start} to before {end}"),
    }
}
