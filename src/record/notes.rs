//! Notes as Rerun's `TextLog`.
//! How rows become chunks is in `side_track.rs`.

use rerun::{SerializationResult, SerializedComponentColumn, TextLog};

use super::side_track::SideTrackRow;
use crate::text::note::Note;

/// A note as every output takes it.
#[derive(Debug, Clone)]
pub(crate) struct NoteRow {
    pub track: usize,
    pub note: Note,
}

impl SideTrackRow for NoteRow {
    fn line(&self) -> usize {
        self.note.line
    }

    fn time(&self) -> i64 {
        self.note.time
    }

    fn capture_time(&self) -> Option<i64> {
        self.note.capture_time
    }

    fn bytes(&self) -> usize {
        self.note.text.len()
    }

    fn columns(rows: Vec<Self>) -> SerializationResult<Vec<SerializedComponentColumn>> {
        let texts = rows.iter().map(|row| row.note.text.as_str());
        let columns = TextLog::update_fields().with_many_text(texts).columns_of_unit_batches()?;
        Ok(columns.collect())
    }
}
