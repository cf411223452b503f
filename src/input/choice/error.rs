//! The errors if no video stream can be chosen: what the input holds instead, and what to do.
//! The choice itself is made in the module above.

use super::{NoChoice, codec_name, is_sound_alone};
use crate::config::AudioChoice;
use crate::error::{Error, ErrorKind, Remedy};
use crate::ffi::{Medium, Stream};
use crate::source::OpenSpec;

/// The error for an input in which no stream can be chosen. `format` is FFmpeg's name of the container.
pub(crate) fn no_choice(
    reason: NoChoice,
    streams: &[Stream],
    format: &str,
    spec: &OpenSpec,
    audio: AudioChoice,
) -> Error {
    match reason {
        NoChoice::NoVideo => {
            let found = describe(streams, format);
            Error::new(ErrorKind::NoVideo, &spec.display, found)
                .with_remedy(without_video(streams, audio))
        }
        NoChoice::NotVideo(index) => {
            let cause = match streams.iter().any(|stream| stream.index == index) {
                true => "it is not video",
                false => "there is no such stream",
            };
            let subject = format!("stream {index} of {}", spec.display);
            Error::new(ErrorKind::Config, subject, cause).with_remedy(videos(streams))
        }
    }
}

/// What to do with an input that has no video.
fn without_video(streams: &[Stream], audio: AudioChoice) -> Remedy {
    if is_sound_alone(streams) {
        let first = streams.iter().find(|s| s.medium == Medium::Audio && s.decodable);
        let named = first.filter(|_| audio != AudioChoice::None);
        return Remedy::RecordSound(named.map(|stream| stream.index));
    }
    match streams.iter().any(|s| s.medium == Medium::Video && !s.attached_picture) {
        true => "this FFmpeg has no decoder for its video; install a fuller build".into(),
        false => Remedy::ProbeInput,
    }
}

/// "1 audio stream and cover art, mp3".
fn describe(streams: &[Stream], format: &str) -> String {
    let count = |m| streams.iter().filter(|s| s.medium == m && !s.attached_picture).count();
    let plural =
        |n: usize, what: &str| format!("{n} {what} stream{}", if n == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    for (medium, name) in [
        (Medium::Video, "video"),
        (Medium::Audio, "audio"),
        (Medium::Subtitle, "subtitle"),
        (Medium::Other, "data"),
    ] {
        if count(medium) > 0 {
            parts.push(plural(count(medium), name));
        }
        let lacking = |s: &&Stream| s.medium == medium && !s.decodable && !s.attached_picture;
        if medium == Medium::Video && streams.iter().any(|s| lacking(&s)) {
            let codecs = streams.iter().filter(lacking).map(codec_name);
            let codecs: Vec<_> = codecs.collect();
            parts.push(format!("no decoder for {}", codecs.join(", ")));
        }
    }
    if streams.iter().any(|s| s.attached_picture) {
        parts.push("cover art".into());
    }
    if parts.is_empty() {
        parts.push("no streams".into());
    }
    match parts.as_slice() {
        [first @ .., last] if !first.is_empty() => {
            format!("{} and {last}, {format}", first.join(", "))
        }
        parts => format!("{}, {format}", parts.concat()),
    }
}

/// What to choose instead of a stream that is no video.
fn videos(streams: &[Stream]) -> Remedy {
    let videos: Vec<_> = streams
        .iter()
        .filter(|s| s.medium == Medium::Video)
        .map(|s| format!("{} ({}, {}x{})", s.index, s.codec, s.width, s.height))
        .collect();
    match videos.as_slice() {
        [] => Remedy::ProbeInput,
        videos => format!("its video streams are: {}", videos.join(", ")).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::choice::tests::stream;

    #[test]
    fn sound_is_described_with_its_cover() {
        let mut streams = [stream(0, Medium::Audio, 0), stream(1, Medium::Video, 500)];
        streams[1].attached_picture = true;
        assert_eq!(describe(&streams, "mp3"), "1 audio stream and cover art, mp3");
    }
}
