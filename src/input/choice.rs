//! Which video streams of an input are taken, by the rule of the `ffmpeg` command, and why those.
//! Pure: it sees what the container says of its streams and opens nothing.

use std::cmp::Reverse;

use crate::config::StreamChoice;
use crate::ffi::{Medium, Stream};

/// Why none is taken.
#[derive(Debug, PartialEq)]
pub(crate) enum Refusal {
    NoVideo,
    NotVideo(usize),
}

fn is_video(stream: &&Stream) -> bool {
    stream.medium == Medium::Video && stream.decodable
}

/// ffmpeg_opt.c: the larger picture wins, but first a stream that has begun, then one marked as default.
fn score(stream: &Stream) -> u64 {
    u64::from(stream.width) * u64::from(stream.height)
        + 100_000_000 * u64::from(stream.new_packets)
        + 5_000_000 * u64::from(stream.default)
}

/// The indices of the streams to take.
pub(crate) fn choose(streams: &[Stream], choice: StreamChoice) -> Result<Vec<usize>, Refusal> {
    let real = || streams.iter().filter(is_video).filter(|s| !s.attached_picture);
    match choice {
        StreamChoice::Index(index) => {
            let found = streams.iter().find(|s| s.index == index).filter(is_video);
            found.map(|s| vec![s.index]).ok_or(Refusal::NotVideo(index))
        }
        StreamChoice::All => Ok(real().map(|s| s.index).collect::<Vec<_>>())
            .and_then(|all| if all.is_empty() { Err(Refusal::NoVideo) } else { Ok(all) }),
        StreamChoice::Best => real()
            .map(|s| (score(s), Reverse(s.index)))
            .max()
            .map(|(_, Reverse(index))| vec![index])
            .ok_or(Refusal::NoVideo),
    }
}

/// Why a stream of `taken` is taken, or why another is not. `None` for what is no video.
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
        _ if !stream.decodable => format!("this FFmpeg has no decoder for {}", stream.codec),
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
    match rival.max_by_key(|s| (score(s), Reverse(s.index))) {
        None => Some("the only video stream".into()),
        Some(rival) => Some(better(best, rival, "it")),
    }
}

/// What puts one stream before another.
fn better(best: &Stream, other: &Stream, name: &str) -> String {
    let area = |s: &Stream| u64::from(s.width) * u64::from(s.height);
    if best.new_packets && !other.new_packets {
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
pub(crate) mod tests {
    use super::*;
    use crate::time::TimeBase;

    pub(in crate::input) fn stream(index: usize, medium: Medium, width: u32) -> Stream {
        Stream {
            index,
            medium,
            codec: "h264".into(),
            intra_only: false,
            text_subtitle: false,
            decodable: true,
            width,
            height: width,
            format: 0,
            time_base: TimeBase::new(1, 25),
            duration: None,
            average_rate: None,
            guessed_rate: None,
            default: false,
            attached_picture: false,
            new_packets: false,
            aspect: (0, 1),
            rotation: None,
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
        assert_eq!(choose(&streams, StreamChoice::Index(0)), Err(Refusal::NotVideo(0)));
        let second = StreamChoice::Index(2);
        assert_eq!(reason(1, &streams, second).unwrap(), "stream 2 is asked for");
    }

    #[test]
    fn of_equals_the_first_wins() {
        let streams = [stream(0, Medium::Video, 320), stream(1, Medium::Video, 320)];
        assert_eq!(choose(&streams, StreamChoice::Best), Ok(vec![0]));
        assert_eq!(reason(1, &streams, StreamChoice::Best).unwrap(), "stream 0 comes first");
        assert_eq!(reason(0, &streams[..1], StreamChoice::Best).unwrap(), "the only video stream");
    }

    #[test]
    fn cover_art_is_not_video() {
        let mut streams = [stream(0, Medium::Audio, 0), stream(1, Medium::Video, 500)];
        streams[1].attached_picture = true;
        assert_eq!(choose(&streams, StreamChoice::Best), Err(Refusal::NoVideo));
        assert_eq!(reason(1, &streams, StreamChoice::Best).unwrap(), "it is cover art");
        assert_eq!(choose(&streams, StreamChoice::Index(1)), Ok(vec![1]));
        assert_eq!(reason(1, &streams, StreamChoice::Index(1)).unwrap(), "asked for");
    }
}
