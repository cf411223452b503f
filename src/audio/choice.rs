//! Chooses the audio streams of an input by the rule of the `ffmpeg` command, and names them.
//! Pure: it sees what the container states about its streams and opens nothing.

use std::cmp::Reverse;

use crate::config::AudioChoice;
use crate::error::{Error, ErrorKind};
use crate::event::Warning;
use crate::ffi::{Medium, Stream};
use crate::input::choice::codec_name;

/// The indices of the chosen streams, or the index of one that is not sound. `related` are the streams that the
/// container presents together with the video; they go first.
pub(crate) fn choose(
    streams: &[Stream],
    choice: AudioChoice,
    related: Option<&[usize]>,
) -> Result<Vec<usize>, usize> {
    let sounds = || streams.iter().filter(is_sound);
    match choice {
        AudioChoice::None => Ok(Vec::new()),
        AudioChoice::All => Ok(sounds().map(|s| s.index).collect()),
        AudioChoice::Index(index) => {
            let found = sounds().find(|s| s.index == index);
            found.map(|s| vec![s.index]).ok_or(index)
        }
        AudioChoice::Best => {
            let is_related = |s: &&Stream| related.is_none_or(|related| related.contains(&s.index));
            let best = sounds().max_by_key(|s| (is_related(s), score(s), Reverse(s.index)));
            Ok(best.map(|s| s.index).into_iter().collect())
        }
    }
}

/// The error for a requested stream that is not sound.
pub(crate) fn not_sound(all: &[Stream], index: usize, subject: &str) -> Error {
    let sounds = all.iter().filter(|s| s.medium == Medium::Audio);
    let sounds: Vec<String> = sounds.map(|s| format!("{} ({})", s.index, s.codec)).collect();
    let listing = match sounds.as_slice() {
        [] => format!("{subject} has no sound"),
        sounds => format!("its streams of sound are: {}", sounds.join(", ")),
    };
    let cause = match index < all.len() {
        true => "it is not sound",
        false => "there is no such stream",
    };
    Error::new(ErrorKind::Config, format!("stream {index} of {subject}"), cause)
        .with_remedy(listing)
}

fn is_sound(stream: &&Stream) -> bool {
    stream.medium == Medium::Audio && stream.decodable
}

/// As in ffmpeg_opt.c: more channels win; streams with data and those marked as default go first.
fn score(stream: &Stream) -> u64 {
    u64::from(stream.channels)
        + 100_000_000 * u64::from(stream.new_packets)
        + 5_000_000 * u64::from(stream.default)
}

/// Warnings about sound that is left out although the user did not choose so. `variants`: the streams are one sound in
/// several qualities.
pub(crate) fn left_out(
    streams: &[Stream],
    choice: AudioChoice,
    taken: &[usize],
    variants: bool,
) -> Vec<Warning> {
    if matches!(choice, AudioChoice::None | AudioChoice::Index(_)) {
        return Vec::new();
    }
    let sounds = || streams.iter().filter(|s| s.medium == Medium::Audio);
    let unknown: Vec<String> = sounds().filter(|s| !s.decodable).map(codec_name).collect();
    let others: Vec<String> = sounds()
        .filter(|s| s.decodable && !variants && !taken.contains(&s.index))
        .map(described)
        .collect();
    let mut warnings = Vec::new();
    if !unknown.is_empty() {
        let codecs = unknown.join(", ");
        let why = format!("sound is left out: this FFmpeg has no decoder for {codecs}");
        warnings.push(Warning::SoundLeftOut(why));
    }
    if !others.is_empty() {
        let count = others.len();
        let streams = if count == 1 { "stream of sound is" } else { "streams of sound are" };
        let why = format!("{count} other {streams} left out: {}", others.join(", "));
        warnings.push(Warning::OtherSoundLeftOut(why));
    }
    warnings
}

/// "stream 2 (ac3, eng)".
fn described(stream: &Stream) -> String {
    let language = language(stream).map(|language| format!(", {language}")).unwrap_or_default();
    format!("stream {} ({}{language})", stream.index, codec_name(stream))
}

fn language(stream: &Stream) -> Option<&str> {
    let language = stream.metadata.iter().find(|(key, _)| key == "language");
    language.map(|(_, value)| value.as_str()).filter(|value| !matches!(*value, "" | "und"))
}

/// A name for each of the chosen streams, from which its entity follows.
pub(crate) fn names(streams: &[&Stream]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(streams.len());
    for stream in streams {
        let title = stream.title().map(|title| title.replace(['/', '\\'], "_"));
        let words = [language(stream).map(str::to_owned), title];
        let name = match streams {
            [_] => "audio".to_owned(),
            _ => words
                .into_iter()
                .flatten()
                .map(|word| format!("audio/{word}"))
                .find(|name| !names.contains(name))
                .unwrap_or_else(|| format!("audio/{}", stream.index)),
        };
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::choice::tests::stream;

    fn sounds() -> Vec<Stream> {
        let mut streams = vec![stream(0, Medium::Video, 320)];
        streams.extend((1..4).map(|index| Stream {
            codec: "aac".into(),
            channels: 2,
            ..stream(index, Medium::Audio, 0)
        }));
        streams
    }

    fn tag(stream: &mut Stream, key: &str, value: &str) {
        stream.metadata.push((key.to_owned(), value.to_owned()));
    }

    #[test]
    fn more_channels_win_and_defaults_go_first() {
        let mut streams = sounds();
        let best = |streams: &[Stream], related| choose(streams, AudioChoice::Best, related);
        assert_eq!(best(&streams, None), Ok(vec![1]));
        streams[2].channels = 6;
        assert_eq!(best(&streams, None), Ok(vec![2]));
        streams[1].default = true;
        assert_eq!(best(&streams, None), Ok(vec![1]));
        assert_eq!(best(&streams, Some(&[0, 3])), Ok(vec![3]));
        assert_eq!(choose(&streams, AudioChoice::All, None), Ok(vec![1, 2, 3]));
        assert_eq!(choose(&streams, AudioChoice::Index(3), None), Ok(vec![3]));
        assert_eq!(choose(&streams, AudioChoice::Index(0), None), Err(0));
        assert_eq!(choose(&streams, AudioChoice::None, None), Ok(vec![]));
    }

    #[test]
    fn several_audio_streams_are_named_by_language_or_title() {
        let mut streams = sounds();
        tag(&mut streams[1], "language", "eng");
        tag(&mut streams[2], "language", "eng");
        tag(&mut streams[2], "title", "Director/Comments");
        let all: Vec<&Stream> = streams[1..].iter().collect();
        assert_eq!(names(&all), ["audio/eng", "audio/Director_Comments", "audio/3"]);
        assert_eq!(names(&all[..1]), ["audio"]);
    }

    #[test]
    fn sound_left_out_unasked_is_a_warning() {
        let mut streams = sounds();
        tag(&mut streams[2], "language", "deu");
        streams[3].decodable = false;
        let said = |choice| {
            let warnings = left_out(&streams, choice, &[1], false);
            warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let unknown = "sound is left out: this FFmpeg has no decoder for aac";
        let other = "1 other stream of sound is left out: stream 2 (aac, deu)";
        assert_eq!(said(AudioChoice::Best), [unknown, other]);
        assert!(said(AudioChoice::None).is_empty());
        assert!(said(AudioChoice::Index(1)).is_empty());
    }
}
