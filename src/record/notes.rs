//! Writes notes as Rerun's `TextLog`, one entity per kind of note.
//! Videos are in `track.rs`.

use std::time::{Duration, Instant};

use rerun::log::PendingRow;
use rerun::{
    AsComponents as _, EntityPath, RecordingStream, TextLog, TimeCell, TimeColumn, TimePoint,
    TimelineName,
};

use crate::error::{Error, ErrorKind, Result};
use crate::record::{CAPTURE_TIMELINE, Layout};
use crate::text::note::Note;

/// The longest time that notes wait for more, so that a viewer shows them and a killed run keeps them.
const HOLD: Duration = Duration::from_secs(2);

/// A note as every output takes it.
#[derive(Debug, Clone)]
pub(crate) struct NoteRow {
    pub track: usize,
    pub capture_time: Option<i64>,
    pub note: Note,
}

/// Logs the notes of one input to one recording stream.
pub(crate) struct NoteLog {
    recording: RecordingStream,
    timeline: TimelineName,
    layout: Layout,
    lines: Vec<Line>,
    /// When the first waiting note came.
    waiting: Option<Instant>,
    /// Data was sent since the last call of the getter.
    sent: bool,
}

struct Line {
    entity: EntityPath,
    waiting: Vec<NoteRow>,
    bytes: usize,
}

impl NoteLog {
    pub fn new(
        recording: RecordingStream,
        timeline: TimelineName,
        layout: Layout,
        entities: &[String],
    ) -> Self {
        let line = |entity: &String| Line {
            entity: EntityPath::parse_forgiving(entity),
            waiting: Vec::new(),
            bytes: 0,
        };
        let lines = entities.iter().map(line).collect();
        Self { recording, timeline, layout, lines, waiting: None, sent: false }
    }

    /// Send notes that have waited long enough.
    pub fn tend(&mut self) -> Result<()> {
        if self.waiting.is_some_and(|since| since.elapsed() >= HOLD) {
            self.finish()
        } else {
            Ok(())
        }
    }

    /// Whether data was sent since the last call.
    pub fn take_sent(&mut self) -> bool {
        std::mem::take(&mut self.sent)
    }

    pub fn push(&mut self, row: NoteRow) -> Result<()> {
        let Some(line) = self.lines.get_mut(row.note.line) else {
            return Ok(());
        };
        match self.layout {
            Layout::Rows => {
                let mut at = TimePoint::default();
                at.insert_cell(self.timeline, TimeCell::from_duration_nanos(row.note.time));
                if let Some(captured) = row.capture_time {
                    let cell = TimeCell::from_timestamp_nanos_since_epoch(captured);
                    at.insert_cell(CAPTURE_TIMELINE, cell);
                }
                let components = TextLog::new(row.note.text).as_serialized_batches();
                let pending = PendingRow::from_iter(at, components);
                self.recording.record_row(line.entity.clone(), pending, false);
                self.sent = true;
                Ok(())
            }
            Layout::Gops { max_bytes, .. } => {
                line.bytes += row.note.text.len();
                line.waiting.push(row);
                self.waiting.get_or_insert_with(Instant::now);
                let full = line.bytes > max_bytes;
                if full { self.finish() } else { Ok(()) }
            }
        }
    }

    /// Send waiting notes, as a chunk sorted by time for each entity.
    pub fn finish(&mut self) -> Result<()> {
        self.waiting = None;
        for line in &mut self.lines {
            line.bytes = 0;
            let mut rows = std::mem::take(&mut line.waiting);
            if rows.is_empty() {
                continue;
            }
            self.sent = true;
            rows.sort_by_key(|row| row.note.time);
            let mut times = vec![TimeColumn::new_duration_nanos(
                self.timeline,
                rows.iter().map(|row| row.note.time),
            )];
            let captured: Vec<i64> = rows.iter().filter_map(|row| row.capture_time).collect();
            if captured.len() == rows.len() {
                times.push(TimeColumn::new_timestamp_nanos_since_epoch(CAPTURE_TIMELINE, captured));
            }
            let fail = |e: &dyn std::fmt::Display| {
                Error::new(ErrorKind::Output, format!("entity {}", line.entity), e)
            };
            let texts = rows.iter().map(|row| row.note.text.as_str());
            let columns = TextLog::update_fields()
                .with_many_text(texts)
                .columns_of_unit_batches()
                .map_err(|e| fail(&e))?;
            self.recording
                .send_columns(line.entity.clone(), times, columns)
                .map_err(|e| fail(&e))?;
        }
        Ok(())
    }
}
