//! A track of subtitles in a video file: plain text, each shown for a while.
//! It writes nothing itself.

use super::Container;
use super::order::Slot;
use super::video::VideoTrack;
use crate::ffi::MuxedText;
use crate::text::note::Note;
use crate::time::{TimeBase, rescale};

/// What 3GPP text needs to be drawn: white letters of 16 points, below the middle of the picture. The fields are
/// display flags, justification, background, box, style, and a table of one font.
const STYLE: &[u8] = b"\0\0\0\0\x01\xff\0\0\0\0\0\0\0\0\0\0\0\0\
    \0\0\0\0\0\x01\0\x10\xff\xff\xff\xff\
    \0\0\0\x12ftab\0\x01\0\x01\x05Arial";

pub(super) struct TextTrack {
    container: Container,
}

impl TextTrack {
    /// That of videos: FFmpeg compares the times of both without regard to their ticks, to end a text in MPEG-4.
    pub const TIME_BASE: TimeBase = VideoTrack::TIME_BASE;

    pub fn new(container: Container) -> Self {
        Self { container }
    }

    pub fn stream(&self) -> MuxedText<'static> {
        match self.container {
            Container::Mp4 => MuxedText { codec: "mov_text", extradata: STYLE },
            Container::Matroska => MuxedText { codec: "subrip", extradata: &[] },
        }
    }

    /// A text as a packet. It is written at once, for files are in the order of their times.
    pub fn packet(&self, note: &Note) -> (Slot, Vec<u8>) {
        let end = note.end.unwrap_or_else(|| note.time.saturating_add(Note::SHOWN));
        let ticks = |nanos| rescale(nanos, TimeBase::NANOSECONDS, Self::TIME_BASE);
        let slot = Slot {
            at: note.time,
            ticks: ticks(note.time),
            duration: ticks(end).saturating_sub(ticks(note.time)).max(1),
            keyframe: true,
        };
        let data = match self.container {
            Container::Matroska => note.text.clone().into_bytes(),
            Container::Mp4 => {
                let length = note.text.floor_char_boundary(usize::from(u16::MAX));
                let text = &note.text.as_bytes()[..length];
                let length = u16::try_from(length).unwrap_or(u16::MAX);
                [&length.to_be_bytes(), text].concat()
            }
        };
        (slot, data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(text: &str, end: Option<i64>) -> Note {
        Note { time: 100_000_000, end, line: 0, capture_time: None, text: text.to_owned() }
    }

    #[test]
    fn a_text_without_an_end_is_shown_for_a_while() {
        let track = TextTrack::new(Container::Matroska);
        let shown = |end| track.packet(&note("a", end)).0.duration;
        assert_eq!(
            (shown(Some(400_000_000)), shown(None), shown(Some(0))),
            (216_000, 3_600_000, 1)
        );
    }

    #[test]
    fn an_mpeg_4_file_states_the_length_of_each_text() {
        let track = TextTrack::new(Container::Mp4);
        assert_eq!(track.packet(&note("Ü", None)).1, [0, 2, 0xc3, 0x9c]);
        let (_, data) = track.packet(&note(&"Ü".repeat(40_000), None));
        assert_eq!((data.len(), &data[..2]), (2 + 65_534, &[0xff, 0xfe][..]));
    }
}
