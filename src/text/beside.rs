//! What a container holds beside its video that people read: chapters and text subtitles.
//! A pass of its own over the file, so that neither the video's packets nor its pace depend on it.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Result;
use crate::event::{Cancel, Tally, Warning};
use crate::ffi::{AvError, Chapter, Input, Medium, Packet, SubtitleDecoder};
use crate::input::open::open_input;
use crate::source::OpenSpec;
use crate::text::ass::plain_text;
use crate::text::note::Note;
use crate::time::{NANOS, TimeBase, rescale};

/// After as many bad reads in a row no good one will come.
const MOST_BAD_READS: u32 = 100;

/// Subtitles may lie so far behind the pictures they belong to.
const LATE: i64 = 2 * NANOS;

/// What was found, before it is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Beside {
    /// A name for each line of notes: `chapters`, `subtitles/eng`.
    pub lines: Vec<String>,
    chapters: Vec<Chapter>,
    /// Stream and line of every text subtitle.
    subtitles: Vec<(usize, usize)>,
}

/// How the times of an input become times of the recording.
#[derive(Debug, Clone)]
pub(crate) struct NoteTimes {
    /// Time 0 of the recording, in microseconds on the input's clock.
    pub zero: i64,
    /// Times to log, in nanoseconds.
    pub window: Range<i64>,
}

impl NoteTimes {
    fn at(&self, ticks: i64, time_base: TimeBase) -> i64 {
        let zero = rescale(self.zero, TimeBase::MICROSECONDS, time_base);
        rescale(ticks.saturating_sub(zero), time_base, TimeBase::NANOSECONDS).max(0)
    }
}

impl Beside {
    /// Look what an open input holds. Subtitles only where it is a file that can be read a second time.
    pub fn find(input: &mut Input, spec: &OpenSpec) -> Self {
        let mut found = Self { chapters: input.chapters(), ..Self::default() };
        if !found.chapters.is_empty() {
            found.lines.push("chapters".into());
        }
        if !(spec.is_file && spec.reopens) {
            return found;
        }
        for index in 0..input.stream_count() {
            let Some(stream) = input.stream(index).filter(|s| s.text_subtitle && s.decodable)
            else {
                continue;
            };
            let language = stream.metadata.iter().find(|(k, _)| k == "language");
            let language =
                language.map(|(_, v)| v.as_str()).filter(|v| !v.is_empty() && *v != "und");
            let name = match language {
                Some(language) => format!("subtitles/{language}"),
                None => format!("subtitles/{index}"),
            };
            // Two of one language: the plain one, and one for the hard of hearing.
            let name = if found.lines.contains(&name) { format!("{name} {index}") } else { name };
            found.subtitles.push((index, found.lines.len()));
            found.lines.push(name);
        }
        found
    }

    /// Every note within the window: chapters, then subtitles as the file has them.
    pub fn notes(
        self,
        spec: &OpenSpec,
        times: NoteTimes,
        tally: Arc<Tally>,
        cancel: &Cancel,
    ) -> Result<impl Iterator<Item = Note> + use<>> {
        let mut notes = Vec::new();
        for (number, chapter) in (1..).zip(self.chapters) {
            let time = times.at(chapter.start, chapter.time_base);
            let text = chapter.title.filter(|t| !t.is_empty());
            let text = text.unwrap_or_else(|| format!("Chapter {number}"));
            notes.push(Note { time, line: 0, text });
        }
        notes.retain(|note| times.window.contains(&note.time));
        let subtitles = if self.subtitles.is_empty() {
            None
        } else {
            Some(Subtitles::open(spec, &self.subtitles, times, tally, cancel)?)
        };
        Ok(notes.into_iter().chain(subtitles.into_iter().flatten()))
    }
}

/// Reads the subtitles of a file, and nothing else of it where the container allows.
struct Subtitles {
    input: Input,
    tracks: Vec<Track>,
    /// The video, which tells when a window has ended.
    pictures: Option<(usize, TimeBase)>,
    times: NoteTimes,
    tally: Arc<Tally>,
    cancel: Cancel,
    bad_reads: u32,
}

struct Track {
    stream: usize,
    line: usize,
    time_base: TimeBase,
    decoder: SubtitleDecoder,
}

impl Subtitles {
    fn open(
        spec: &OpenSpec,
        wanted: &[(usize, usize)],
        times: NoteTimes,
        tally: Arc<Tally>,
        cancel: &Cancel,
    ) -> Result<Self> {
        let mut input = open_input(spec, cancel)?;
        let mut tracks = Vec::new();
        for &(stream, line) in wanted {
            let found = input.stream(stream).map(|s| s.time_base);
            if let (Some(time_base), Ok(decoder)) =
                (found, SubtitleDecoder::open(&mut input, stream))
            {
                tracks.push(Track { stream, line, time_base, decoder });
            } else {
                tally.warn(Warning::DamagedSubtitle);
            }
        }
        let ends = times.window.end < i64::MAX;
        let pictures = (0..input.stream_count())
            .filter_map(|index| input.stream(index))
            .find(|s| ends && s.medium == Medium::Video && !s.attached_picture)
            .map(|s| (s.index, s.time_base));
        let kept: Vec<usize> =
            tracks.iter().map(|t| t.stream).chain(pictures.map(|p| p.0)).collect();
        input.keep_only(&kept);
        if times.window.start > 0 {
            let micros = rescale(times.window.start, TimeBase::NANOSECONDS, TimeBase::MICROSECONDS);
            // Where that cannot be done, what lies before is read and left out.
            let _ = input.seek(times.zero.saturating_add(micros));
        }
        Ok(Self { input, tracks, pictures, times, tally, cancel: cancel.clone(), bad_reads: 0 })
    }

    fn decode(&mut self, packet: &Packet) -> Option<Note> {
        let track = self.tracks.iter_mut().find(|t| t.stream == packet.stream())?;
        let time = self.times.at(packet.time()?, track.time_base);
        let Ok((events, delay)) = track.decoder.decode(packet) else {
            self.tally.warn(Warning::DamagedSubtitle);
            return None;
        };
        let time = time.saturating_add(i64::from(delay) * (NANOS / 1000));
        let texts: Vec<String> = events.iter().map(|event| plain_text(event)).collect();
        let text = texts.join("\n");
        let wanted = !text.is_empty() && self.times.window.contains(&time);
        wanted.then_some(Note { time, line: track.line, text })
    }

    /// The pictures are past the window.
    fn is_behind(&self, packet: &Packet) -> bool {
        let end = self.times.window.end.saturating_add(LATE);
        self.pictures.filter(|(stream, _)| *stream == packet.stream()).is_some_and(|(_, base)| {
            packet.decoding_time().is_some_and(|time| self.times.at(time, base) >= end)
        })
    }
}

impl Iterator for Subtitles {
    type Item = Note;

    fn next(&mut self) -> Option<Note> {
        while !self.cancel.is_cancelled() && !self.tracks.is_empty() {
            match self.input.read() {
                Ok(packet) if self.is_behind(&packet) => break,
                Ok(packet) => {
                    self.bad_reads = 0;
                    if let Some(note) = self.decode(&packet) {
                        return Some(note);
                    }
                }
                Err(error)
                    if error.code == AvError::INVALID_DATA && self.bad_reads < MOST_BAD_READS =>
                {
                    self.bad_reads += 1;
                }
                // Why it breaks off is told by the pass that reads the video.
                Err(_) => break,
            }
        }
        self.tracks.clear();
        None
    }
}
