//! The subtitles and chapters of a recording on their way into video files, at the times of their video.
//! Which texts these are is decided in `relay::texts`.

use std::collections::VecDeque;

use rerun::Timeline;

use super::job::Job;
use crate::record::NoteSpec;
use crate::relay::survey::Place;
use crate::relay::{StoredText, note_kind};
use crate::text::note::{Note, NoteKind};

/// The texts of one entity, which accompany one video.
pub(super) struct VideoText {
    pub track: usize,
    pub spec: NoteSpec,
    /// In the order of their times.
    notes: VecDeque<Note>,
}

impl VideoText {
    /// The texts of `place` beside the video of `job`, whose times follow `pace`; `None` if they have no times there.
    pub fn new(
        place: &Place,
        texts: Vec<StoredText>,
        (track, line): (usize, usize),
        job: &Job,
        pace: Option<&Timeline>,
    ) -> Option<Self> {
        let kind = note_kind(&place.1)?;
        let note = |StoredText { key, text }: StoredText| {
            let time = job.time_in_file(&key, pace?).filter(|time| *time >= 0)?;
            Some(Note { time, end: None, line, capture_time: None, text })
        };
        let mut notes: Vec<Note> = texts.into_iter().filter_map(note).collect();
        notes.sort_by_key(|note| note.time);
        // Where they end is not in a recording.
        let next: Vec<i64> = notes.iter().skip(1).map(|note| note.time).collect();
        for (note, next) in notes.iter_mut().zip(next) {
            let shown = note.time.saturating_add(Note::SHOWN);
            note.end = Some(if kind == NoteKind::Chapters { next } else { next.min(shown) });
        }
        let spec = NoteSpec { entity: place.1.to_string(), kind };
        (!notes.is_empty()).then(|| Self { track, spec, notes: notes.into() })
    }

    /// The next text that is needed before the picture at `time`: chapters are in the headers of a file.
    pub fn until(&mut self, time: i64) -> Option<Note> {
        let is_chapters = self.spec.kind == NoteKind::Chapters;
        self.notes.pop_front_if(|note| is_chapters || note.time <= time)
    }
}
