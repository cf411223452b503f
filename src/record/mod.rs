//! From samples, notes and clips of sound to Rerun's rows and chunks.
//! It neither opens an output nor waits for one.

pub(crate) mod blueprint;
mod clips;
mod gops;
mod notes;
pub(crate) mod properties;
pub(crate) mod recorded;
mod row;
mod side_track;
mod spec;
mod track;

pub(crate) use clips::ClipRow;
pub(crate) use gops::{FILE_CHUNK_BYTES, Layout, VIEWER_CHUNK_BYTES};
pub(crate) use notes::NoteRow;
pub(crate) use row::{Entry, Row, SoundRow, video_sample};
pub(crate) use spec::{AudioSpec, NoteSpec, TrackSpec};
pub(crate) use track::{TrackLog, entity_from_name};

/// Rerun's own name for a timeline of frame numbers.
const FRAME_TIMELINE: &str = "frame";
/// Wall-clock capture time, for live sources and inputs with a start time.
pub(crate) const CAPTURE_TIMELINE: &str = "capture_time";
