//! One file of a bag, in the format that its first bytes show.
//! It reads nothing itself: `mcap_file`, `sqlite_file` and `ros1` do.

use std::path::Path;

use super::Records;
use super::mcap_file::McapFile;
use super::ros1::Ros1File;
use super::sqlite_file::SqliteFile;
use crate::event::Cancel;
use crate::source::bag;

/// An open file.
pub(super) enum BagFile {
    Mcap(Box<McapFile>),
    Sqlite(Box<SqliteFile>),
    Ros1(Box<Ros1File>),
}

impl BagFile {
    pub fn open(path: &Path, cancel: &Cancel) -> std::io::Result<Self> {
        let start = bag::start(path)?;
        Ok(match () {
            () if start.starts_with(bag::SQLITE) => {
                Self::Sqlite(Box::new(SqliteFile::open(path, cancel)?))
            }
            () if start.starts_with(bag::ROS_1) => Self::Ros1(Box::new(Ros1File::open(path)?)),
            () => Self::Mcap(Box::new(McapFile::open(path)?)),
        })
    }

    /// How many bytes of the file were read so far.
    pub fn position(&self) -> u64 {
        match self {
            Self::Mcap(file) => file.position(),
            Self::Sqlite(file) => file.position(),
            Self::Ros1(file) => file.position(),
        }
    }

    /// Pass the next record to `records`, if it is one that is read. Returns false at the end of the file. After an
    /// error no more can be read.
    pub fn read_record(&mut self, records: &mut Records) -> Result<bool, String> {
        match self {
            Self::Mcap(file) => file.read_record(|opcode, body| records.take_raw(opcode, body)),
            Self::Sqlite(file) => file.read_record(|record| records.take(record)),
            Self::Ros1(file) => file.read_record(|record| match record {
                Ok(record) => records.take(record),
                Err(cause) => {
                    records.lost(cause);
                    Ok(())
                }
            }),
        }
    }
}
