//! Recordings and bags as inputs: their pictures become video at their own times, everything else passes unchanged.
//! It uses Rerun but not FFmpeg: pictures leave it as plain data and come back as samples.

mod bag;
pub(crate) mod choice;
mod framing;
mod lengths;
mod order;
mod pictures;
mod raw;
mod route;
mod rows;
mod rrd;
mod side_tracks;
mod sounds;
pub(crate) mod survey;
mod texts;
pub(crate) mod times;
mod verdict;

pub(crate) use pictures::{Kind, RowKey};
pub(crate) use raw::{number_kind, raw_form};
pub(crate) use route::{Route, Routed};
pub(crate) use rows::{VideoRow, VideoRows};
pub(crate) use side_tracks::{CollectSideTracks, SideTracks};
pub(crate) use sounds::{Sounds, StoredClip};
pub(crate) use texts::{StoredText, Texts, note_kind};

use std::path::PathBuf;

use crate::error::Result;
use crate::event::Cancel;
use crate::source::recording::RecordingKind;
pub(crate) use bag::{BagSpec, PICTURE_TYPES};
pub(crate) use rrd::Read;

/// The messages of a recording of either kind. A damaged message is an `Err` with the reason.
pub(crate) enum Messages {
    Rrd(Box<rrd::Messages>),
    Bag(Box<bag::Messages>),
}

impl Messages {
    /// Open the files of a recording, called `source` in errors. `bag` describes the recording that a bag becomes.
    /// The messages of a bag end when `cancel` is set.
    pub fn open(
        files: &[PathBuf],
        source: &str,
        kind: RecordingKind,
        bag: &BagSpec,
        cancel: &Cancel,
    ) -> Result<Self> {
        Ok(match (kind, files) {
            (RecordingKind::Rrd, [file, ..]) => {
                Self::Rrd(Box::new(rrd::Messages::open(file, source)?))
            }
            _ => Self::Bag(Box::new(bag::Messages::open(files, source, bag.clone(), cancel)?)),
        })
    }

    /// The topics seen in a bag so far, each with its message type.
    pub fn topics(&self) -> Vec<(String, String)> {
        match self {
            Self::Rrd(_) => Vec::new(),
            Self::Bag(messages) => messages.topics(),
        }
    }

    /// How many bytes were read so far.
    pub fn position(&self) -> u64 {
        match self {
            Self::Rrd(messages) => rrd::Messages::position(messages),
            Self::Bag(messages) => bag::Messages::position(messages),
        }
    }
}

impl Iterator for Messages {
    type Item = Read;

    fn next(&mut self) -> Option<Read> {
        match self {
            Self::Rrd(messages) => messages.next(),
            Self::Bag(messages) => messages.next(),
        }
    }
}
