//! Chooses the video streams of an input by the rule of the `ffmpeg` command.
//! Pure: it sees what the container states about its streams and opens nothing. `reason` puts the choice into words, `error` its
//! failure.

mod error;
mod reason;

pub(crate) use error::no_choice;
pub(crate) use reason::{codec_name, left_out, why};

use std::cmp::Reverse;

use crate::config::StreamChoice;
use crate::ffi::{Medium, Stream};

/// Why no stream is chosen.
#[derive(Debug, PartialEq)]
pub(crate) enum NoChoice {
    NoVideo,
    NotVideo(usize),
}

fn is_video(stream: &&Stream) -> bool {
    stream.medium == Medium::Video && stream.decodable
}

/// It has sound, and no video but cover art.
pub(crate) fn is_sound_alone(streams: &[Stream]) -> bool {
    let video = |s: &Stream| s.medium == Medium::Video && !s.attached_picture;
    let sound = |s: &Stream| s.medium == Medium::Audio && s.decodable;
    !streams.iter().any(video) && streams.iter().any(sound)
}

/// As in ffmpeg_opt.c: the larger picture wins; streams with data and those marked as default go first.
fn score(stream: &Stream) -> u64 {
    u64::from(stream.width) * u64::from(stream.height)
        + 100_000_000 * u64::from(stream.new_packets)
        + 5_000_000 * u64::from(stream.default)
}

/// In seconds; a camera's video is never shorter.
const SHORT: f64 = 0.5;

/// A single picture, as some recorders store beside a video without marking it as cover art.
fn is_still(stream: &Stream) -> bool {
    const PICTURES: [&str; 6] = ["mjpeg", "png", "webp", "bmp", "tiff", "gif"];
    let tag = stream.metadata.iter().find(|(key, _)| key.eq_ignore_ascii_case("duration"));
    let lasts = tag.and_then(|(_, text)| seconds(text)).is_some_and(|seconds| seconds > SHORT);
    match stream.frames {
        Some(frames) => frames == 1,
        // Matroska has a duration tag per stream.
        None => PICTURES.contains(&stream.codec.as_str()) && stream.duration.is_none() && !lasts,
    }
}

/// "00:01:02.500000000", the format of Matroska's tags.
fn seconds(text: &str) -> Option<f64> {
    text.split(':').try_fold(0.0, |sum, part| Some(sum * 60.0 + part.parse::<f64>().ok()?))
}

/// How the videos of a container relate to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Videos {
    /// They show different things.
    Separate,
    /// They are one video in several qualities.
    Variants,
    /// One may continue as another, which only the packets show.
    MayMove,
}

impl Videos {
    /// By FFmpeg's names of the container.
    pub fn of(format: &str) -> Self {
        let is = |name| format.split(',').any(|f| f == name);
        match () {
            () if is("hls") || is("dash") => Self::Variants,
            () if is("mpegts") => Self::MayMove,
            () => Self::Separate,
        }
    }
}

/// The streams that were not chosen, but that the chosen one may continue as.
pub(crate) fn may_become(streams: &[Stream], index: usize) -> Vec<usize> {
    let Some(ours) = streams.iter().find(|s| s.index == index) else {
        return Vec::new();
    };
    let others = streams.iter().filter(|s| s.index != index && s.is_alike(ours));
    others.map(|s| s.index).collect()
}

impl Stream {
    /// A video that the same decoder accepts, on the same clock.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        self.medium == Medium::Video
            && self.codec == other.codec
            && self.time_base == other.time_base
    }

    /// The title that the container gives it, if any.
    pub(crate) fn title(&self) -> Option<&str> {
        let title = self.metadata.iter().find(|(key, _)| key.eq_ignore_ascii_case("title"));
        title.map(|(_, title)| title.trim()).filter(|title| !title.is_empty())
    }
}

/// The indices of the chosen streams.
pub(crate) fn choose(streams: &[Stream], choice: StreamChoice) -> Result<Vec<usize>, NoChoice> {
    let real = || streams.iter().filter(is_video).filter(|s| !s.attached_picture);
    match choice {
        StreamChoice::Index(index) => {
            let found = streams.iter().find(|s| s.index == index).filter(is_video);
            found.map(|s| vec![s.index]).ok_or(NoChoice::NotVideo(index))
        }
        StreamChoice::All => Ok(real().map(|s| s.index).collect::<Vec<_>>())
            .and_then(|all| if all.is_empty() { Err(NoChoice::NoVideo) } else { Ok(all) }),
        StreamChoice::Best => real()
            .map(|s| (!is_still(s), score(s), Reverse(s.index)))
            .max()
            .map(|(.., Reverse(index))| vec![index])
            .ok_or(NoChoice::NoVideo),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::time::TimeBase;

    pub(crate) fn stream(index: usize, medium: Medium, width: u32) -> Stream {
        Stream {
            index,
            medium,
            codec: "h264".into(),
            fourcc: String::new(),
            intra_only: false,
            text_subtitle: false,
            decodable: true,
            width,
            height: width,
            format: 0,
            sample_rate: 0,
            channels: 0,
            time_base: TimeBase::new(1, 25),
            duration: None,
            frames: None,
            average_rate: None,
            guessed_rate: None,
            default: false,
            attached_picture: false,
            new_packets: false,
            aspect: (0, 1),
            rotation: None,
            dolby_vision: None,
            metadata: Vec::new(),
        }
    }

    fn reason(index: usize, streams: &[Stream], choice: StreamChoice) -> Option<String> {
        let taken = choose(streams, choice).unwrap_or_default();
        why(&streams[index], streams, choice, &taken)
    }

    #[test]
    fn the_largest_stream_wins_unless_one_is_marked() {
        let mut streams = [
            stream(0, Medium::Audio, 0),
            stream(1, Medium::Video, 320),
            stream(2, Medium::Video, 640),
        ];
        let best = StreamChoice::Best;
        assert_eq!(choose(&streams, best), Ok(vec![2]));
        assert_eq!(reason(2, &streams, best).unwrap(), "it has the larger picture");
        assert_eq!(reason(1, &streams, best).unwrap(), "stream 2 has the larger picture");
        assert_eq!(reason(0, &streams, best), None);
        streams[1].default = true;
        assert_eq!(choose(&streams, best), Ok(vec![1]));
        assert_eq!(reason(1, &streams, best).unwrap(), "it is marked as the default");
        assert_eq!(reason(2, &streams, best).unwrap(), "stream 1 is marked as the default");
        assert_eq!(choose(&streams, StreamChoice::All), Ok(vec![1, 2]));
        assert_eq!(choose(&streams, StreamChoice::Index(0)), Err(NoChoice::NotVideo(0)));
        let second = StreamChoice::Index(2);
        assert_eq!(reason(1, &streams, second).unwrap(), "stream 2 is asked for");
    }

    #[test]
    fn of_equal_streams_the_first_wins() {
        let streams = [stream(0, Medium::Video, 320), stream(1, Medium::Video, 320)];
        assert_eq!(choose(&streams, StreamChoice::Best), Ok(vec![0]));
        assert_eq!(reason(1, &streams, StreamChoice::Best).unwrap(), "stream 0 comes first");
        assert_eq!(reason(0, &streams[..1], StreamChoice::Best).unwrap(), "the only video stream");
    }

    #[test]
    fn any_video_is_preferred_to_a_still_picture() {
        let mut streams = [stream(0, Medium::Video, 1600), stream(1, Medium::Video, 640)];
        streams[0].frames = Some(1);
        assert_eq!(choose(&streams, StreamChoice::Best), Ok(vec![1]));
        assert_eq!(
            reason(0, &streams, StreamChoice::Best).unwrap(),
            "stream 1 is not a still picture"
        );
        assert!(left_out(&streams, StreamChoice::Best, Videos::Separate).is_empty());
        // Alone it is what there is.
        assert_eq!(choose(&streams[..1], StreamChoice::Best), Ok(vec![0]));
        streams[0].frames = None;
        streams[0].codec = "mjpeg".into();
        assert_eq!(choose(&streams, StreamChoice::Best), Ok(vec![1]));
    }

    #[test]
    fn cover_art_does_not_make_a_song_a_video() {
        let mut streams = [stream(0, Medium::Audio, 0), stream(1, Medium::Video, 500)];
        assert!(!is_sound_alone(&streams));
        // Not even if it cannot be decoded.
        streams[1].decodable = false;
        assert!(!is_sound_alone(&streams));
        streams[1].attached_picture = true;
        assert!(is_sound_alone(&streams));
        streams[0].decodable = false;
        assert!(!is_sound_alone(&streams));
    }

    #[test]
    fn cover_art_is_not_video() {
        let mut streams = [stream(0, Medium::Audio, 0), stream(1, Medium::Video, 500)];
        streams[1].attached_picture = true;
        assert_eq!(choose(&streams, StreamChoice::Best), Err(NoChoice::NoVideo));
        assert_eq!(reason(1, &streams, StreamChoice::Best).unwrap(), "it is cover art");
        assert_eq!(choose(&streams, StreamChoice::Index(1)), Ok(vec![1]));
        assert_eq!(reason(1, &streams, StreamChoice::Index(1)).unwrap(), "asked for");
    }
}
