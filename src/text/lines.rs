//! The texts of an input: its chapters and its text subtitles, each language a line of notes.
//! The packets of the subtitles come from the input's reader.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Result;
use crate::event::{Tally, Warning};
use crate::ffi::{Chapter, Input, Packet, SubtitleDecoder};
use crate::label::Label;
use crate::text::ass::plain_text;
use crate::text::note::{Note, NoteKind};
use crate::time::{NANOS, Retiming, TimeBase, rescale};

/// The lines of notes of an input, before any is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextLines {
    /// A name for each: `chapters`, `subtitles/eng`.
    pub names: Vec<String>,
    /// What each is.
    pub kinds: Vec<NoteKind>,
    /// The streams of text subtitles.
    pub subtitles: Vec<SubtitleStream>,
    chapters: Vec<Chapter>,
}

/// A stream of text subtitles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SubtitleStream {
    pub index: usize,
    pub time_base: TimeBase,
    line: usize,
}

/// Subtitles may lie so far behind the pictures they belong to.
const LATE: i64 = 2 * NANOS;

/// How the times of an input become times of the recording.
#[derive(Debug, Clone)]
pub(crate) struct NoteTimes {
    /// Time 0 of the recording, or the beginning of the input if it is retimed, in microseconds on the input's clock.
    pub zero: i64,
    /// Where other times were given for the pictures.
    pub retiming: Option<Arc<Retiming>>,
    /// Added to all times, in nanoseconds.
    pub begin: i64,
    /// Times to log, in nanoseconds.
    pub window: Range<i64>,
}

impl NoteTimes {
    /// Up to where subtitles are read, in microseconds on the input's clock: they may lie a little behind the pictures
    /// they belong to.
    pub fn read_until(&self) -> Option<i64> {
        let end = Some(self.window.end).filter(|&end| end < i64::MAX)?.saturating_add(LATE);
        let own = end.saturating_sub(self.begin);
        let own = self.retiming.as_ref().map_or(own, |retiming| retiming.own(own));
        let own = rescale(own, TimeBase::NANOSECONDS, TimeBase::MICROSECONDS);
        Some(self.zero.saturating_add(own))
    }

    /// The note, if it is to be logged.
    fn within(&self, note: Note) -> Option<Note> {
        let time = note.time.max(0);
        self.window.contains(&note.time).then_some(Note { time, ..note })
    }

    fn at(&self, ticks: i64, time_base: TimeBase) -> i64 {
        let zero = rescale(self.zero, TimeBase::MICROSECONDS, time_base);
        let own = rescale(ticks.saturating_sub(zero), time_base, TimeBase::NANOSECONDS);
        let time = self.retiming.as_ref().map_or(own, |retiming| retiming.between(own));
        time.saturating_add(self.begin)
    }
}

impl TextLines {
    /// What an open input holds. Of a live source nothing: its subtitles have no place on the run's timeline.
    pub fn find(input: &mut Input, live: bool) -> Self {
        let mut found = Self { chapters: input.chapters(), ..Self::default() };
        if !found.chapters.is_empty() {
            found.names.push("chapters".into());
            found.kinds.push(NoteKind::Chapters);
        }
        if live {
            return found;
        }
        for index in 0..input.stream_count() {
            let Some(stream) = input.stream(index).filter(|s| s.text_subtitle && s.decodable)
            else {
                continue;
            };
            let label = Label::new(&stream.metadata, stream.title());
            let name = match &label.language {
                Some(language) => format!("subtitles/{language}"),
                None => format!("subtitles/{index}"),
            };
            // Two of one language: the plain one, and one for the hard of hearing.
            let name = if found.names.contains(&name) { format!("{name} {index}") } else { name };
            let (time_base, line) = (stream.time_base, found.names.len());
            found.subtitles.push(SubtitleStream { index, time_base, line });
            found.names.push(name);
            found.kinds.push(NoteKind::Subtitles(label));
        }
        found
    }

    /// A note for each chapter that begins within the window.
    pub fn chapters(&self, times: &NoteTimes) -> Vec<Note> {
        let note = |(number, chapter): (usize, &Chapter)| {
            let time = times.at(chapter.start, chapter.time_base);
            let text = chapter.title.clone().filter(|t| !t.is_empty());
            let text = text.unwrap_or_else(|| format!("Chapter {number}"));
            let end = chapter.end.map(|end| times.at(end, chapter.time_base));
            Note { time, end, line: 0, capture_time: None, text }
        };
        let notes = (1..).zip(&self.chapters).map(note);
        notes.filter_map(|note| times.within(note)).collect()
    }

    /// A decoder for each of the subtitles that can be decoded.
    pub fn decoders(&self, input: &mut Input, tally: &Tally) -> SubtitleDecoders {
        let open = |&stream: &SubtitleStream| {
            let decoder = SubtitleDecoder::open(input, stream.index);
            decoder.inspect_err(|_| tally.warn(Warning::DamagedSubtitle)).ok().map(|d| (stream, d))
        };
        self.subtitles.iter().filter_map(open).collect()
    }
}

pub(crate) type SubtitleDecoders = Vec<(SubtitleStream, SubtitleDecoder)>;

/// Decodes the subtitles of an input as their packets come.
pub(crate) struct Subtitles<I> {
    packets: I,
    decoders: SubtitleDecoders,
    times: NoteTimes,
    tally: Arc<Tally>,
}

impl<I> Subtitles<I> {
    pub fn new(
        packets: I,
        decoders: SubtitleDecoders,
        times: NoteTimes,
        tally: Arc<Tally>,
    ) -> Self {
        Self { packets, decoders, times, tally }
    }

    fn decode(&mut self, packet: &Packet) -> Option<Note> {
        let (stream, decoder) =
            self.decoders.iter_mut().find(|(stream, _)| stream.index == packet.stream())?;
        let begin = packet.time()?;
        let time = self.times.at(begin, stream.time_base);
        let end = Some(packet.duration()).filter(|&duration| duration > 0);
        let end = end.map(|shown| self.times.at(begin.saturating_add(shown), stream.time_base));
        let Ok((events, delay)) = decoder.decode(packet) else {
            self.tally.warn(Warning::DamagedSubtitle);
            return None;
        };
        let time = time.saturating_add(i64::from(delay) * (NANOS / 1000));
        let texts: Vec<String> = events.iter().map(|event| plain_text(event)).collect();
        let text = texts.join("\n");
        let note = Note { time, end, line: stream.line, capture_time: None, text };
        Some(note).filter(|note| !note.text.is_empty()).and_then(|note| self.times.within(note))
    }
}

impl<I: Iterator<Item = Result<Packet>>> Iterator for Subtitles<I> {
    type Item = Note;

    fn next(&mut self) -> Option<Note> {
        loop {
            // An error of the input is reported by its video.
            let packet = self.packets.next()?.ok()?;
            if let Some(note) = self.decode(&packet) {
                return Some(note);
            }
        }
    }
}
