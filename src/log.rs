//! From samples to Rerun's rows and chunks: the only file that knows the `VideoStream` archetype.
//! It neither opens an output nor waits for one.

use std::time::{Duration, Instant};

use rerun::components::{IsKeyframe, VideoCodec, VideoSample};
use rerun::external::re_log_types::EntityPathPart;
use rerun::log::PendingRow;
use rerun::time::TimeType;
use rerun::{
    EntityPath, RecordingStream, TimeCell, TimeColumn, TimePoint, TimelineName, VideoStream,
};

use crate::config::Moment;
use crate::error::{Error, ErrorKind, Result};
use crate::note_log::{NoteLog, NoteRow};
use crate::sample::{Sample, SampleCodec};

/// Rerun's own name for a stream of frame numbers.
const FRAME_TIMELINE: &str = "frame";
/// Wall-clock time of the capture, for live sources and where a start time is given.
pub(crate) const CAPTURE_TIMELINE: &str = "capture_time";

/// How samples are cut into chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Whole GOPs, as many as fit into so many bytes: what `rerun rrd optimize` would make.
    Gops { max_bytes: usize },
    /// Row by row, for a viewer that watches live.
    Rows,
}

/// `rerun rrd optimize`'s own limit for files (`OptimizationProfile::OBJECT_STORE`).
pub(crate) const FILE_CHUNK_BYTES: usize = 2 * 1024 * 1024;
/// Its limit for a viewer (`OptimizationProfile::LIVE`).
pub(crate) const VIEWER_CHUNK_BYTES: usize = 12 * 8 * 4096;

/// Whole GOPs wait no longer than this for more of them. A chunk of the full size is better for whoever reads it,
/// but what waits is lost when the machine dies, and not seen by a viewer. A fast conversion fills its chunks sooner.
const HOLD: Duration = Duration::from_millis(500);

/// A sample as every output takes it: cloning it copies no video.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub track: usize,
    pub frame: i64,
    pub time: i64,
    pub capture_time: Option<i64>,
    pub keyframe: bool,
    pub bytes: usize,
    sample: VideoSample,
}

impl Row {
    pub fn new(track: usize, frame: i64, sample: Sample) -> Self {
        Self {
            track,
            frame,
            time: sample.time,
            capture_time: sample.capture_time,
            keyframe: sample.keyframe,
            bytes: sample.data.len(),
            sample: VideoSample::from(rerun::datatypes::Blob::from(sample.data)),
        }
    }
}

/// What every output is handed.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    Sample(Row),
    Note(NoteRow),
}

impl Entry {
    pub fn track(&self) -> usize {
        match self {
            Self::Sample(row) => row.track,
            Self::Note(row) => row.track,
        }
    }
}

/// What has to be known to log one video.
#[derive(Debug, Clone)]
pub(crate) struct TrackSpec {
    /// Entity path as Rerun writes it.
    pub entity: String,
    /// Its name for people.
    pub title: String,
    pub timeline: String,
    pub codec: SampleCodec,
    /// Rows carry a capture time.
    pub captured: bool,
    /// Further timelines, on which all rows are at one time.
    pub also_at: Vec<(String, Moment)>,
    /// Entity path of each line of notes beside the video.
    pub notes: Vec<String>,
}

/// An entity path of one part from any name, escaped as Rerun does.
pub(crate) fn entity_from_name(name: &str) -> String {
    EntityPath::from(vec![EntityPathPart::new(name)]).to_string().trim_start_matches('/').to_owned()
}

fn cell(at: Moment) -> TimeCell {
    match at {
        Moment::Sequence(n) => TimeCell::from_sequence(n),
        Moment::Duration(nanos) => TimeCell::from_duration_nanos(nanos),
        Moment::Timestamp(nanos) => TimeCell::from_timestamp_nanos_since_epoch(nanos),
    }
}

/// Logs one video to one recording stream.
pub(crate) struct TrackLog {
    recording: RecordingStream,
    entity: EntityPath,
    timeline: TimelineName,
    also_at: Vec<(TimelineName, TimeCell)>,
    captured: bool,
    notes: NoteLog,
    layout: Layout,
    /// Whole GOPs that wait to become a chunk, and the GOP at hand.
    ready: Gops,
    current: Gops,
    /// Since when the first of the whole GOPs waits.
    waiting: Option<Instant>,
    /// Times of the keyframes, for the marker column at the end.
    keyframes: Vec<Times>,
}

#[derive(Default)]
struct Gops {
    rows: Vec<Row>,
    bytes: usize,
}

#[derive(Clone, Copy)]
struct Times {
    time: i64,
    frame: i64,
    capture_time: Option<i64>,
}

impl From<&Row> for Times {
    fn from(row: &Row) -> Self {
        Self { time: row.time, frame: row.frame, capture_time: row.capture_time }
    }
}

impl Gops {
    /// What a row takes in a chunk beyond its video: row id, offsets, and eight bytes a timeline.
    const ROW_OVERHEAD: usize = 48;

    fn push(&mut self, row: Row) {
        self.bytes += row.bytes + Self::ROW_OVERHEAD;
        self.rows.push(row);
    }

    fn append(&mut self, other: &mut Self) {
        self.bytes += std::mem::take(&mut other.bytes);
        self.rows.append(&mut other.rows);
    }
}

impl TrackLog {
    /// Begin: the codec is logged at once, static, ahead of every sample.
    pub fn new(recording: RecordingStream, spec: TrackSpec, layout: Layout) -> Result<Self> {
        let codec = match spec.codec {
            SampleCodec::H264 => VideoCodec::H264,
            SampleCodec::H265 => VideoCodec::H265,
            SampleCodec::Av1 => VideoCodec::AV1,
            SampleCodec::Vp8 => VideoCodec::VP8,
            SampleCodec::Vp9 => VideoCodec::VP9,
        };
        let timeline = TimelineName::try_new(&spec.timeline).map_err(|e| {
            Error::new(ErrorKind::Config, format!("timeline `{}`", spec.timeline), e)
                .with_hint("give the timeline a name, such as time")
        })?;
        let ours = [spec.timeline.as_str(), FRAME_TIMELINE, CAPTURE_TIMELINE];
        let others = spec.also_at.iter().filter(|(name, _)| !ours.contains(&name.as_str()));
        // A timeline that has no name is none.
        let also_at =
            others.filter_map(|(name, at)| Some((TimelineName::try_new(name).ok()?, cell(*at))));
        let log = Self {
            also_at: also_at.collect(),
            entity: EntityPath::parse_forgiving(&spec.entity),
            notes: NoteLog::new(recording.clone(), timeline, layout, &spec.notes),
            recording,
            timeline,
            captured: spec.captured,
            layout,
            ready: Gops::default(),
            current: Gops::default(),
            waiting: None,
            keyframes: Vec::new(),
        };
        // As a chunk of its own: rows go through a batcher that later chunks would overtake.
        log.send(&[], VideoStream::update_fields().with_many_codec([codec]))?;
        Ok(log)
    }

    pub fn take(&mut self, entry: Entry) -> Result<()> {
        match entry {
            Entry::Sample(row) => self.push(row),
            Entry::Note(row) => self.notes.push(row),
        }
    }

    pub fn push(&mut self, row: Row) -> Result<()> {
        if row.keyframe {
            self.keyframes.push(Times::from(&row));
        }
        match self.layout {
            Layout::Rows => {
                self.log_row(&row);
                Ok(())
            }
            Layout::Gops { max_bytes } => {
                if row.keyframe {
                    self.close_gop(max_bytes)?;
                }
                self.current.push(row);
                Ok(())
            }
        }
    }

    /// Time goes by: let go of GOPs that have waited long enough. To be called several times a second.
    pub fn tend(&mut self) -> Result<()> {
        match self.waiting {
            Some(since) if since.elapsed() >= HOLD => self.send_ready(),
            _ => Ok(()),
        }
    }

    /// The end: the last GOPs, and the sparse marker column that tools read to find keyframes.
    pub fn finish(&mut self) -> Result<()> {
        if let Layout::Gops { max_bytes } = self.layout {
            self.close_gop(max_bytes)?;
            self.send_ready()?;
        }
        self.notes.finish()?;
        let keyframes = std::mem::take(&mut self.keyframes);
        if keyframes.is_empty() {
            return Ok(());
        }
        // Only `true`, and apart from the samples: anything else is "fixed" by Rerun's tools.
        let marks = keyframes.iter().map(|_| IsKeyframe::from(true));
        self.send(&keyframes, VideoStream::update_fields().with_many_is_keyframe(marks))
    }

    fn close_gop(&mut self, max_bytes: usize) -> Result<()> {
        if self.ready.bytes + self.current.bytes > max_bytes {
            self.send_ready()?;
        }
        self.ready.append(&mut self.current);
        if !self.ready.rows.is_empty() {
            self.waiting.get_or_insert_with(Instant::now);
        }
        Ok(())
    }

    fn send_ready(&mut self) -> Result<()> {
        self.waiting = None;
        let Gops { rows, .. } = std::mem::take(&mut self.ready);
        if rows.is_empty() {
            return Ok(());
        }
        let times: Vec<Times> = rows.iter().map(Times::from).collect();
        let samples = rows.into_iter().map(|r| r.sample);
        self.send(&times, VideoStream::update_fields().with_many_sample(samples))
    }

    /// One chunk: `times` as columns beside `fields`; static without times.
    fn send(&self, times: &[Times], fields: VideoStream) -> Result<()> {
        let columns = fields.columns_of_unit_batches().map_err(|e| self.fail(e))?;
        self.recording
            .send_columns(self.entity.clone(), self.time_columns(times), columns)
            .map_err(|e| self.fail(e))
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

    fn log_row(&self, row: &Row) {
        let mut at = TimePoint::default();
        at.insert_cell(self.timeline, TimeCell::from_duration_nanos(row.time));
        at.insert_cell(FRAME_TIMELINE, TimeCell::from_sequence(row.frame));
        if let Some(captured) = row.capture_time {
            at.insert_cell(CAPTURE_TIMELINE, TimeCell::from_timestamp_nanos_since_epoch(captured));
        }
        for (name, cell) in &self.also_at {
            at.insert_cell(*name, *cell);
        }
        let fields = VideoStream::update_fields().with_sample(row.sample.clone());
        let row = PendingRow::from_iter(at, fields.sample);
        self.recording.record_row(self.entity.clone(), row, false);
    }

    fn fail(&self, cause: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Output, format!("entity {}", self.entity), cause)
    }
}
