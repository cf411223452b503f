//! How samples are cut into chunks, and the GOPs waiting to become a chunk.
//! Nothing is logged here.

use std::time::Duration;

use crate::record::Row;

/// How samples are cut into chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Whole GOPs, as many as fit into this many bytes, as `rerun rrd optimize` would do. Only a GOP that is too long
    /// for memory is cut.
    Gops { max_bytes: usize, live: bool },
    /// One chunk per row, for live viewing.
    Rows,
}

impl Layout {
    /// Row by row for live viewing, otherwise in chunks of this many bytes.
    pub fn new(live: bool, max_bytes: usize) -> Self {
        if live { Self::Rows } else { Self::Gops { max_bytes, live } }
    }

    /// For a file that is written continuously and read later.
    pub fn file(live: bool) -> Self {
        Self::Gops { max_bytes: FILE_CHUNK_BYTES, live }
    }
}

/// `rerun rrd optimize`'s own limit for files (`OptimizationProfile::OBJECT_STORE`).
pub(crate) const FILE_CHUNK_BYTES: usize = 2 * 1024 * 1024;
/// Its limit for viewers (`OptimizationProfile::LIVE`).
pub(crate) const VIEWER_CHUNK_BYTES: usize = 12 * 8 * 4096;

/// The longest time that whole GOPs wait for more. Larger chunks are better for readers, but waiting data is lost if
/// the machine crashes, and not visible in a viewer. Fast conversions fill their chunks sooner.
pub(crate) const HOLD: Duration = Duration::from_millis(500);

/// A GOP of more than this many chunks is cut, so that a stream with a single keyframe does not fill the memory.
pub(crate) const LONGEST_GOP_CHUNKS: usize = 8;
/// A live GOP longer than this is cut: waiting data is lost if the machine crashes.
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
    /// Memory of a row in a chunk beyond its video: row id, offsets, and eight bytes per timeline.
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
