//! Chunks of the rows of side tracks, one line for each entity: the same for text and for sound.
//! What a row holds is in `notes.rs` and `clips.rs`.

use std::time::{Duration, Instant};

use rerun::log::Chunk;
use rerun::{EntityPath, SerializationResult, SerializedComponentColumn, TimeColumn, TimelineName};

use crate::error::{Error, ErrorKind, Result};
use crate::record::{CAPTURE_TIMELINE, Layout};

/// The longest time that rows wait for more, so that a viewer shows them and a killed run keeps them.
const HOLD: Duration = Duration::from_secs(2);

/// A row of a side track.
pub(super) trait SideTrackRow: Sized {
    /// Which of the entities it belongs to.
    fn line(&self) -> usize;
    /// Time on the main timeline in nanoseconds.
    fn time(&self) -> i64;
    fn capture_time(&self) -> Option<i64>;
    /// Its size in memory.
    fn bytes(&self) -> usize;
    /// The components of some rows.
    fn columns(rows: Vec<Self>) -> SerializationResult<Vec<SerializedComponentColumn>>;
}

/// Makes the chunks of the rows of one input.
pub(super) struct SideTrackLog<R> {
    timeline: TimelineName,
    layout: Layout,
    lines: Vec<Line<R>>,
    /// When the first waiting row came.
    waiting: Option<Instant>,
    /// Chunks to be sent.
    chunks: Vec<Chunk>,
}

struct Line<R> {
    entity: EntityPath,
    waiting: Vec<R>,
    bytes: usize,
}

impl<R: SideTrackRow> SideTrackLog<R> {
    pub fn new<'a>(
        timeline: TimelineName,
        layout: Layout,
        entities: impl Iterator<Item = &'a str>,
    ) -> Self {
        let line = |entity: &str| Line {
            entity: EntityPath::parse_forgiving(entity),
            waiting: Vec::new(),
            bytes: 0,
        };
        let lines = entities.map(line).collect();
        Self { timeline, layout, lines, waiting: None, chunks: Vec::new() }
    }

    /// Make chunks of rows that have waited long enough.
    pub fn tend(&mut self) -> Result<()> {
        if self.waiting.is_some_and(|since| since.elapsed() >= HOLD) {
            self.finish()
        } else {
            Ok(())
        }
    }

    pub fn has_chunks(&self) -> bool {
        !self.chunks.is_empty()
    }

    /// Take out the chunks to be sent.
    pub fn chunks(&mut self) -> impl Iterator<Item = Chunk> {
        self.chunks.drain(..)
    }

    pub fn push(&mut self, row: R) -> Result<()> {
        let Some(line) = self.lines.get_mut(row.line()) else {
            return Ok(());
        };
        line.bytes += row.bytes();
        line.waiting.push(row);
        let full = match self.layout {
            Layout::Rows => true,
            Layout::Gops { max_bytes, .. } => line.bytes > max_bytes,
        };
        self.waiting.get_or_insert_with(Instant::now);
        if full { self.finish() } else { Ok(()) }
    }

    /// Make a chunk of the waiting rows of each entity, sorted by time.
    pub fn finish(&mut self) -> Result<()> {
        self.waiting = None;
        for line in &mut self.lines {
            line.bytes = 0;
            let mut rows = std::mem::take(&mut line.waiting);
            if rows.is_empty() {
                continue;
            }
            rows.sort_by_key(R::time);
            let times = rows.iter().map(R::time);
            let mut times = vec![TimeColumn::new_duration_nanos(self.timeline, times)];
            let captured: Vec<i64> = rows.iter().filter_map(R::capture_time).collect();
            if captured.len() == rows.len() {
                times.push(TimeColumn::new_timestamp_nanos_since_epoch(CAPTURE_TIMELINE, captured));
            }
            let fail = |e: &dyn std::fmt::Display| {
                Error::new(ErrorKind::Output, format!("entity {}", line.entity), e)
            };
            let columns = R::columns(rows).map_err(|e| fail(&e))?;
            let columns = columns.into_iter().map(|column| (column.descriptor, column.list_array));
            let chunk = Chunk::from_columns(line.entity.clone(), times, columns);
            self.chunks.push(chunk.map_err(|e| fail(&e))?);
        }
        Ok(())
    }
}
