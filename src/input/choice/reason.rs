//! Why a stream was chosen, what was left out, and what a stream is called, in words.
//! The choice itself is made in the module above.

use std::cmp::Reverse;

use super::{Videos, choose, is_still, is_video, score};
use crate::config::StreamChoice;
use crate::event::Warning;
use crate::ffi::{Medium, Stream};

/// Warnings about the streams of an input that are not read.
pub(crate) fn left_out(streams: &[Stream], choice: StreamChoice, kind: Videos) -> Vec<Warning> {
    let taken = choose(streams, choice).unwrap_or_default();
    let mut warnings = Vec::new();
    let best = streams.iter().find(|s| taken.contains(&s.index));
    let alike = |s: &Stream| best.is_some_and(|best| s.is_alike(best));
    let others: Vec<&Stream> = streams
        .iter()
        .filter(|s| kind == Videos::Separate || kind == Videos::MayMove && !alike(s))
        .filter(|s| s.medium == Medium::Video && !s.attached_picture && !is_still(s))
        .filter(|s| !taken.contains(&s.index))
        .collect();
    if let (StreamChoice::Best, Some(best), Some(first)) = (choice, best, others.first()) {
        let equal = if score(first) == score(best) { ", which is as good" } else { "" };
        let count = others.len();
        let plural = if count == 1 { "video is" } else { "videos are" };
        warnings.push(Warning::VideosLeftOut(format!(
            "{count} other {plural} left out: {}{equal}",
            others.iter().map(|s| described(s)).collect::<Vec<_>>().join(", ")
        )));
    }
    let subtitle = |s: &&Stream| s.medium == Medium::Subtitle && !(s.text_subtitle && s.decodable);
    let subtitles: Vec<String> = streams.iter().filter(subtitle).map(codec_name).collect();
    if !subtitles.is_empty() {
        let codecs = subtitles.join(", ");
        warnings
            .push(Warning::LeftOut(format!("subtitles that are not text are left out: {codecs}")));
    }
    warnings
}

/// "stream 1 (h264, 640x480, RIGHT)".
fn described(stream: &Stream) -> String {
    let size = format!("{}x{}", stream.width, stream.height);
    let title = stream.title().map(|title| format!(", {title}")).unwrap_or_default();
    format!("stream {} ({}, {size}{title})", stream.index, codec_name(stream))
}

/// The codec's name, even if this FFmpeg does not know it: "VVC (vvc1)".
pub(crate) fn codec_name(stream: &Stream) -> String {
    if stream.codec != "none" {
        return stream.codec.clone();
    }
    let known = match stream.fourcc.as_str() {
        "vvc1" | "vvi1" => "VVC",
        "evc1" => "EVC",
        "lvc1" => "LCEVC",
        "apv1" => "APV",
        "vp10" => "VP10",
        "av02" => "AV2",
        "" => return "an unknown codec".into(),
        other => return format!("`{other}`"),
    };
    format!("{known} ({})", stream.fourcc)
}

/// Why a stream of `taken` was chosen, or why another was not. `None` if it is not a video stream.
pub(crate) fn why(
    stream: &Stream,
    streams: &[Stream],
    choice: StreamChoice,
    taken: &[usize],
) -> Option<String> {
    if stream.medium != Medium::Video {
        return None;
    }
    let is_taken = taken.contains(&stream.index);
    Some(match choice {
        _ if !stream.decodable => format!("this FFmpeg has no decoder for {}", codec_name(stream)),
        StreamChoice::Index(_) if is_taken => "asked for".into(),
        _ if stream.attached_picture => "it is cover art".into(),
        StreamChoice::Index(index) => format!("stream {index} is asked for"),
        StreamChoice::All => "every video stream is asked for".into(),
        StreamChoice::Best => among(stream, streams, taken)?,
    })
}

fn among(stream: &Stream, streams: &[Stream], taken: &[usize]) -> Option<String> {
    let best = streams.iter().find(|s| taken.contains(&s.index))?;
    if best.index != stream.index {
        return Some(better(best, stream, &format!("stream {}", best.index)));
    }
    let mut others = streams.iter().filter(is_video).filter(|s| !s.attached_picture);
    let rival = others.by_ref().filter(|s| s.index != best.index);
    match rival.max_by_key(|s| (!is_still(s), score(s), Reverse(s.index))) {
        None => Some("the only video stream".into()),
        Some(rival) => Some(better(best, rival, "it")),
    }
}

/// The reason why one stream ranks before another.
fn better(best: &Stream, other: &Stream, name: &str) -> String {
    let area = |s: &Stream| u64::from(s.width) * u64::from(s.height);
    if !is_still(best) && is_still(other) {
        format!("{name} is not a still picture")
    } else if best.new_packets && !other.new_packets {
        format!("{name} has begun already")
    } else if best.default && !other.default {
        format!("{name} is marked as the default")
    } else if area(best) > area(other) {
        format!("{name} has the larger picture")
    } else {
        format!("{name} comes first")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::stream;
    use super::*;

    #[test]
    fn each_reason_for_leaving_streams_out_is_reported_once() {
        let mut streams = [stream(0, Medium::Video, 320), stream(1, Medium::Video, 320)];
        streams[1].metadata.push(("title".into(), "RIGHT".into()));
        let said = |choice| {
            let warnings = left_out(&streams, choice, Videos::Separate);
            warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let video = "1 other video is left out: stream 1 (h264, 320x320, RIGHT), which is as good";
        assert_eq!(said(StreamChoice::Best), [video]);
        assert!(said(StreamChoice::All).is_empty());
        assert!(said(StreamChoice::Index(0)).is_empty());
    }
}
