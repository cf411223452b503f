//! One video as chunks for a recording stream: the only file that knows the `VideoStream` archetype.
//! Notes and sound are in `side_track.rs`.

use std::time::Instant;

use rerun::components::{IsKeyframe, VideoCodec};
use rerun::external::re_log_types::EntityPathPart;
use rerun::log::Chunk;
use rerun::time::TimeType;
use rerun::{EntityPath, RecordingStream, TimeCell, TimeColumn, TimelineName, VideoStream};

use crate::config::TimelinePoint;
use crate::error::{Error, ErrorKind, Result};
use crate::record::gops::{Gops, HOLD, LONGEST_GOP_CHUNKS, LONGEST_LIVE_GOP, Times};
use crate::record::side_track::SideTrackLog;
use crate::record::{
    CAPTURE_TIMELINE, ClipRow, Entry, FRAME_TIMELINE, Layout, NoteRow, Row, TrackSpec,
};
use crate::sample::SampleCodec;

/// An entity path with one part, from any name, escaped as in Rerun. A part without a name would be left out of a path.
pub(crate) fn entity_from_name(name: &str) -> String {
    let name = if name.is_empty() { "_" } else { name };
    EntityPath::from(vec![EntityPathPart::new(name)]).to_string().trim_start_matches('/').to_owned()
}

/// The main timeline's name; an error if another timeline of a recording has that name.
fn main_timeline(name: &str) -> Result<TimelineName> {
    let wrong = |cause: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Config, format!("timeline `{name}`"), cause)
            .with_remedy("give the timeline another name, such as time")
    };
    if [FRAME_TIMELINE, CAPTURE_TIMELINE].contains(&name) {
        return Err(wrong(&"every recording has a timeline of that name for something else"));
    }
    TimelineName::try_new(name).map_err(|e| wrong(&e))
}

fn cell(at: TimelinePoint) -> TimeCell {
    match at {
        TimelinePoint::Sequence(n) => TimeCell::from_sequence(n),
        TimelinePoint::Duration(nanos) => TimeCell::from_duration_nanos(nanos),
        TimelinePoint::Timestamp(nanos) => TimeCell::from_timestamp_nanos_since_epoch(nanos),
    }
}

/// Makes the chunks of one video and of its side tracks.
pub(crate) struct TrackLog {
    entity: EntityPath,
    timeline: TimelineName,
    also_at: Vec<(TimelineName, TimeCell)>,
    captured: bool,
    notes: SideTrackLog<NoteRow>,
    clips: SideTrackLog<ClipRow>,
    layout: Layout,
    /// Whole GOPs waiting to become a chunk, and the current GOP.
    ready: Gops,
    current: Gops,
    /// When the first whole GOP began to wait, and when the current GOP began.
    waiting: Option<Instant>,
    began: Option<Instant>,
    /// Chunks to be sent.
    chunks: Vec<Chunk>,
    /// Times of the keyframes, for the marker column at the end.
    keyframes: Vec<Times>,
}

impl TrackLog {
    /// Begin with the codec, as static data, before any sample.
    pub fn new(spec: TrackSpec, layout: Layout) -> Result<Self> {
        let codec = spec.codec.map(|codec| match codec {
            SampleCodec::H264 => VideoCodec::H264,
            SampleCodec::H265 => VideoCodec::H265,
            SampleCodec::Av1 => VideoCodec::AV1,
            SampleCodec::Vp8 => VideoCodec::VP8,
            SampleCodec::Vp9 => VideoCodec::VP9,
        });
        let timeline = main_timeline(&spec.timeline)?;
        let ours = [spec.timeline.as_str(), FRAME_TIMELINE, CAPTURE_TIMELINE];
        let others = spec.also_at.iter().filter(|(name, _)| !ours.contains(&name.as_str()));
        // A timeline that has no name is none.
        let also_at =
            others.filter_map(|(name, at)| Some((TimelineName::try_new(name).ok()?, cell(*at))));
        let notes = spec.notes.iter().map(|note| &*note.entity);
        let sounds = spec.audio.iter().map(|sound| &*sound.entity);
        let mut log = Self {
            also_at: also_at.collect(),
            entity: EntityPath::parse_forgiving(&spec.entity),
            notes: SideTrackLog::new(timeline, layout, notes),
            clips: SideTrackLog::new(timeline, layout, sounds),
            timeline,
            captured: spec.captured,
            layout,
            ready: Gops::default(),
            current: Gops::default(),
            waiting: None,
            began: None,
            chunks: Vec::new(),
            keyframes: Vec::new(),
        };
        // As a chunk: rows go through a batcher, which later chunks would overtake.
        if let Some(codec) = codec {
            log.add(&[], VideoStream::update_fields().with_many_codec([codec]))?;
        }
        Ok(log)
    }

    pub fn take(&mut self, entry: Entry) -> Result<()> {
        match entry {
            Entry::Sample(row) => self.push(row),
            Entry::Note(row) => self.notes.push(row),
            Entry::Clip(row) => self.clips.push(row),
            // Of no track, and for ordinary video files.
            Entry::Message(_) | Entry::Sound(_) | Entry::End { .. } => Ok(()),
        }
    }

    pub fn push(&mut self, row: Row) -> Result<()> {
        if row.keyframe {
            self.keyframes.push(Times::from(&row));
        }
        match self.layout {
            // A chunk of its own, which no batcher delays.
            Layout::Rows => self.add_samples(vec![row]),
            Layout::Gops { max_bytes, .. } => {
                if row.keyframe {
                    self.close_gop(max_bytes)?;
                }
                self.current.push(row);
                self.began.get_or_insert_with(Instant::now);
                if self.current.bytes < max_bytes * LONGEST_GOP_CHUNKS {
                    return Ok(());
                }
                self.close_gop(max_bytes)?;
                self.add_ready()
            }
        }
    }

    /// Make chunks of what has waited long enough. Call it several times a second.
    pub fn tend(&mut self) -> Result<()> {
        if let Layout::Gops { max_bytes, live: true } = self.layout
            && self.began.is_some_and(|began| began.elapsed() >= LONGEST_LIVE_GOP)
        {
            self.close_gop(max_bytes)?;
        }
        if self.waiting.is_some_and(|since| since.elapsed() >= HOLD) {
            self.add_ready()?;
        }
        self.notes.tend()?;
        self.clips.tend()
    }

    /// Whether there are chunks to be sent.
    pub fn has_chunks(&self) -> bool {
        !self.chunks.is_empty() || self.notes.has_chunks() || self.clips.has_chunks()
    }

    /// Send all chunks.
    pub fn send_to(&mut self, recording: &RecordingStream) {
        let chunks = self.chunks.drain(..).chain(self.notes.chunks()).chain(self.clips.chunks());
        recording.send_chunks(chunks);
    }

    /// End: make chunks of the last GOPs, and of the sparse marker column that tools use to find keyframes.
    pub fn finish(&mut self) -> Result<()> {
        if let Layout::Gops { max_bytes, .. } = self.layout {
            self.close_gop(max_bytes)?;
            self.add_ready()?;
        }
        self.notes.finish()?;
        self.clips.finish()?;
        let keyframes = std::mem::take(&mut self.keyframes);
        if keyframes.is_empty() {
            return Ok(());
        }
        // Only `true` values, and separate from the samples: Rerun's tools would "fix" anything else.
        let marks = keyframes.iter().map(|_| IsKeyframe::from(true));
        self.add(&keyframes, VideoStream::update_fields().with_many_is_keyframe(marks))
    }

    fn close_gop(&mut self, max_bytes: usize) -> Result<()> {
        if self.ready.bytes + self.current.bytes > max_bytes {
            self.add_ready()?;
        }
        self.began = None;
        self.ready.append(&mut self.current);
        if !self.ready.rows.is_empty() {
            self.waiting.get_or_insert_with(Instant::now);
        }
        Ok(())
    }

    fn add_ready(&mut self) -> Result<()> {
        self.waiting = None;
        let Gops { rows, .. } = std::mem::take(&mut self.ready);
        if rows.is_empty() {
            return Ok(());
        }
        self.add_samples(rows)
    }

    fn add_samples(&mut self, rows: Vec<Row>) -> Result<()> {
        let times: Vec<Times> = rows.iter().map(Times::from).collect();
        let samples = rows.into_iter().map(|r| r.sample);
        self.add(&times, VideoStream::update_fields().with_many_sample(samples))
    }

    /// One chunk with `times` as time columns and `fields` as components; static without times.
    fn add(&mut self, times: &[Times], fields: VideoStream) -> Result<()> {
        let columns = fields.columns_of_unit_batches().map_err(|e| self.fail(e))?;
        let columns = columns.map(|column| (column.descriptor, column.list_array));
        let chunk = Chunk::from_columns(self.entity.clone(), self.time_columns(times), columns);
        self.chunks.push(chunk.map_err(|e| self.fail(e))?);
        Ok(())
    }

    fn time_columns(&self, times: &[Times]) -> Vec<TimeColumn> {
        if times.is_empty() {
            return Vec::new();
        }
        let mut columns = vec![
            TimeColumn::new_duration_nanos(self.timeline, times.iter().map(|t| t.time)),
            TimeColumn::new_sequence(FRAME_TIMELINE, times.iter().map(|t| t.frame)),
        ];
        if self.captured {
            let captured = times.iter().map(|t| t.capture_time.unwrap_or(0));
            columns.push(TimeColumn::new_timestamp_nanos_since_epoch(CAPTURE_TIMELINE, captured));
        }
        for (name, at) in &self.also_at {
            let same = std::iter::repeat_n(at.as_i64(), times.len());
            columns.push(match at.typ() {
                TimeType::Sequence => TimeColumn::new_sequence(*name, same),
                TimeType::DurationNs => TimeColumn::new_duration_nanos(*name, same),
                TimeType::TimestampNs => TimeColumn::new_timestamp_nanos_since_epoch(*name, same),
            });
        }
        columns
    }

    fn fail(&self, cause: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Output, format!("entity {}", self.entity), cause)
    }
}

#[cfg(test)]
#[path = "track_tests.rs"]
mod tests;
