//! The contents of one input, formatted as lines.
//! The facts come from the library.

use vstream::{Copyability, InputReport, StreamReport, VideoReport};

use super::{heading, length, rate};
use crate::report::bytes;

/// Metadata about the making of the file, not about its content.
const NOISE: [&str; 5] =
    ["major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id"];

/// The lines of one input.
pub fn input(input: &InputReport) -> String {
    let mut facts = vec![input.container.clone()];
    facts.extend(input.live.then(|| "live".to_owned()));
    facts.extend(input.duration.map(|d| length(d.as_secs_f64())));
    facts.extend(input.bytes.map(bytes));
    let start = input.start_micros.filter(|&start| start != 0);
    facts.extend(start.map(|start| format!("starts at {:.6} s", start as f64 / 1e6)));
    let mut text = format!("{}\n  {}\n", heading(&input.source), facts.join(", "));
    for one in &input.streams {
        text += &stream(one);
    }
    if !input.streams.iter().any(|stream| stream.taken) {
        text += "  no stream that vstream would take\n";
    }
    if !input.chapters.is_empty() {
        text += "  chapters\n";
    }
    for chapter in &input.chapters {
        let start = length(chapter.start_micros as f64 / 1e6);
        text += &format!("    {start:>12}  {}\n", chapter.title.as_deref().unwrap_or("(no title)"));
    }
    let metadata = known(&input.metadata);
    if !metadata.is_empty() {
        text += "  metadata\n";
    }
    for (key, value) in metadata {
        text += &format!("    {key}: {value}\n");
    }
    text
}

fn known(metadata: &[(String, String)]) -> Vec<(&str, String)> {
    let known = metadata.iter().filter(|(key, _)| !NOISE.contains(&key.as_str()));
    // Metadata is untrusted: it must neither break lines nor send control sequences to the terminal.
    let plain = |text: &str| text.replace(char::is_control, " ");
    known.map(|(key, value)| (key.as_str(), plain(value))).collect()
}

fn stream(stream: &StreamReport) -> String {
    let mut facts = vec![stream.codec.clone()];
    if let Some(video) = &stream.video {
        facts.extend(pictures(video));
    }
    if let Some(audio) = &stream.audio {
        facts.extend((audio.sample_rate > 0).then(|| format!("{} Hz", audio.sample_rate)));
        let plural = if audio.channels == 1 { "" } else { "s" };
        facts.push(format!("{} channel{plural}", audio.channels));
    }
    facts.extend(stream.duration.map(|d| length(d.as_secs_f64())));
    facts.extend(stream.default.then(|| "default".to_owned()));
    facts.extend(stream.cover.then(|| "cover art".to_owned()));
    let mut text =
        format!("  stream {} {}: {}\n", stream.index, stream.kind.name(), facts.join(", "));
    if let Some(why) = &stream.why {
        text += &format!("    {}: {why}\n", if stream.taken { "taken" } else { "not taken" });
    }
    if let Some(audio) = stream.audio.as_ref().filter(|_| stream.taken) {
        text += &format!("    taken: {}\n", audio.plan);
    }
    match stream.video.as_ref().and_then(|video| video.copy.as_ref()) {
        Some(Copyability::Yes { but }) if but.is_empty() => text += "    can be copied\n",
        Some(Copyability::Yes { but }) => {
            text += &format!("    can be copied, though {}\n", but.join(", and "));
        }
        Some(Copyability::No { why }) => text += &format!("    cannot be copied: {why}\n"),
        _ => {}
    }
    for (key, value) in known(&stream.metadata) {
        text += &format!("    {key}: {value}\n");
    }
    text
}

fn pictures(video: &VideoReport) -> Vec<String> {
    let mut facts = vec![match (video.width, video.height) {
        (0, _) | (_, 0) => "size not known".to_owned(),
        (width, height) => format!("{width}x{height}"),
    }];
    facts.extend(video.frame_rate.map(|r| format!("{} fps", rate(r))));
    facts.extend(Some(video.pixel_format.clone()).filter(|name| !name.is_empty()));
    facts.push(colours(video));
    let aspect = video.aspect.filter(|(num, den)| num != den);
    facts.extend(aspect.map(|(num, den)| format!("pixels {num}:{den}")));
    facts.extend(Some(format!("to turn by {}", video.turn)).filter(|_| !video.turn.is_empty()));
    facts.extend(video.interlaced.then(|| "interlaced".to_owned()));
    facts.extend(video.alpha.then(|| "alpha".to_owned()));
    facts
}

/// "bt709 limited", "bt2020nc/bt2020/smpte2084 limited".
fn colours(video: &VideoReport) -> String {
    let range = if video.full_range { "full range" } else { "limited range" };
    let given = [video.matrix, video.primaries, video.transfer];
    let name = match given {
        [None, None, None] => return format!("colours not marked, {range}"),
        [Some(one), Some(two), Some(three)] if one == two && two == three => one.to_owned(),
        all => all.map(|name| name.unwrap_or("?")).join("/"),
    };
    format!("{name} {range}")
}
