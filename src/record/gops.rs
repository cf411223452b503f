//! How samples are cut into chunks, and the GOPs that wait to become one.
//! Nothing here is logged yet.

use std::time::Duration;

use crate::record::Row;

/// How samples are cut into chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Whole GOPs, as many as fit into so many bytes: what `rerun rrd optimize` would make. Only a GOP that is too long to
    /// be kept in memory is cut.
    Gops { max_bytes: usize, live: bool },
    /// Row by row, for a viewer that watches live.
    Rows,
}

impl Layout {
    /// Row by row for someone who watches live, and otherwise in chunks of so many bytes.
    pub fn new(live: bool, max_bytes: usize) -> Self {
        if live { Self::Rows } else { Self::Gops { max_bytes, live } }
    }

    /// For a file that is written as it comes and read later.
    pub fn file(live: bool) -> Self {
        Self::Gops { max_bytes: FILE_CHUNK_BYTES, live }
    }
}

/// `rerun rrd optimize`'s own limit for files (`OptimizationProfile::OBJECT_STORE`).
pub(crate) const FILE_CHUNK_BYTES: usize = 2 * 1024 * 1024;
/// Its limit for a viewer (`OptimizationProfile::LIVE`).
pub(crate) const VIEWER_CHUNK_BYTES: usize = 12 * 8 * 4096;

/// Whole GOPs wait no longer than this for more of them. A chunk of the full size is better for whoever reads it,
/// but what waits is lost when the machine dies, and not seen by a viewer. A fast conversion fills its chunks sooner.
pub(crate) const HOLD: Duration = Duration::from_millis(500);

/// A GOP of more chunks than this is cut, so that a stream with one keyframe does not fill the memory.
pub(crate) const LONGEST_GOP_CHUNKS: usize = 8;
/// The GOP of a live source that goes on for longer is cut: what waits is lost when the machine dies.
pub(crate) const LONGEST_LIVE_GOP: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(crate) struct Gops {
    pub rows: Vec<Row>,
    pub bytes: usize,
}

#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub time: i64,
    pub frame: i64,
    pub capture_time: Option<i64>,
}

impl From<&Row> for Times {
    fn from(row: &Row) -> Self {
        Self { time: row.time, frame: row.frame, capture_time: row.capture_time }
    }
}

impl Gops {
    /// What a row takes in a chunk beyond its video: row id, offsets, and eight bytes a timeline.
    const ROW_OVERHEAD: usize = 48;

    pub fn push(&mut self, row: Row) {
        self.bytes += row.bytes + Self::ROW_OVERHEAD;
        self.rows.push(row);
    }

    pub fn append(&mut self, other: &mut Self) {
        self.bytes += std::mem::take(&mut other.bytes);
        self.rows.append(&mut other.rows);
    }
}
