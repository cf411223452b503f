//! Reads a bag once from front to back and converts it, piece by piece, to the messages that Rerun makes of it.
//! So a bag needs no index, may be cut off anywhere, may be split into files, and may be larger than memory.

mod counted;
mod decompressed;
mod definition_size;
mod definitions;
mod encoding;
mod file;
mod foxglove;
mod image;
mod layout;
mod limits;
mod mcap_file;
mod memory;
mod piece;
mod protobuf;
mod protobuf_memory;
mod raw_image;
mod ros;
mod ros1;
mod ros2_memory;
mod schemas;
mod sqlite_file;
mod wire;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use mcap::records::{Record, op};
use rerun::log::LogMsg;

use self::file::BagFile;
use self::image::Images;
pub(crate) use self::image::PICTURE_TYPES;
use self::layout::Layout;
use self::memory::MOST_DECODED;
use self::piece::{Describe, Piece};
use self::ros1::Ros1;
use self::schemas::Schemas;
use super::rrd::Read;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;

/// Messages are converted when a chunk of the bag ends or they exceed this many bytes.
const PIECE: usize = 8 << 20;

const RECOVER: &str = "give a bag as it was recorded; of a damaged one, `mcap recover IN -o OUT`, \
                       `sqlite3 IN .recover | sqlite3 OUT` or `rosbag reindex IN` saves what can be read";

/// Ids and name of the recording that a bag becomes.
#[derive(Debug, Clone)]
pub(crate) struct BagSpec {
    pub application_id: String,
    pub recording_id: String,
    pub name: String,
    /// Skip topics that hold no pictures: decoding them takes time.
    pub only_pictures: bool,
}

/// The messages of one bag.
pub(crate) struct Messages {
    /// Files that are still to be opened.
    files: VecDeque<PathBuf>,
    file: Option<BagFile>,
    /// Bytes of the files that were read completely.
    before: u64,
    /// The current file in errors.
    name: String,
    records: Records,
    cancel: Cancel,
}

/// Collects records and converts them to messages.
struct Records {
    spec: BagSpec,
    ros1: Ros1,
    /// Definitions by the ids of their schemas in the bag.
    layouts: BTreeMap<u16, Layout>,
    /// Message types whose definitions cannot be used.
    undefined: BTreeSet<String>,
    schemas: Schemas,
    images: Images,
    piece: Piece,
    describe: Describe,
    ready: VecDeque<Read>,
}

impl Messages {
    /// Open the files of a bag, called `source` in errors. The messages end when `cancel` is set.
    pub fn open(files: &[PathBuf], source: &str, spec: BagSpec, cancel: &Cancel) -> Result<Self> {
        let describe =
            Describe::new(&spec).map_err(|e| Error::new(ErrorKind::Internal, source, e))?;
        let ready = describe.begin().into_iter().map(Ok).collect();
        let records = Records {
            spec,
            ros1: Ros1::default(),
            layouts: BTreeMap::new(),
            undefined: BTreeSet::new(),
            schemas: Schemas::default(),
            images: Images::default(),
            piece: Piece::default(),
            describe,
            ready,
        };
        let mut files: VecDeque<PathBuf> = files.iter().cloned().collect();
        let name = if files.len() > 1 { name_of(&files[0]) } else { "the bag".to_owned() };
        let first = files.pop_front().unwrap_or_default();
        let failed = |e| Error::io(ErrorKind::Open, source, e).with_remedy(RECOVER);
        let file = BagFile::open(&first, cancel).map_err(failed)?;
        let cancel = cancel.clone();
        Ok(Self { files, file: Some(file), before: 0, name, records, cancel })
    }

    /// How many bytes were read so far.
    pub fn position(&self) -> u64 {
        self.before + self.file.as_ref().map_or(0, BagFile::position)
    }

    /// The topics seen so far, each with its message type.
    pub fn topics(&self) -> Vec<(String, String)> {
        self.records.schemas.topics()
    }

    /// Go on to the next file, or end the bag.
    fn end_file(&mut self) {
        self.before = Self::position(self);
        self.file = None;
        self.records.flush();
        while let (None, Some(path)) = (&self.file, self.files.pop_front()) {
            self.name = name_of(&path);
            self.records.schemas.begin_file();
            self.records.ros1.begin_file();
            match BagFile::open(&path, &self.cancel) {
                Ok(file) => self.file = Some(file),
                Err(error) => {
                    self.records
                        .ready
                        .push_back(Err(format!("cannot open {}: {error}", self.name)));
                }
            }
        }
        if self.file.is_none() {
            self.records.end();
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

impl Records {
    /// Take a record of MCAP, its kind and its body. After an error no more can be read.
    fn take_raw(&mut self, opcode: u8, body: &[u8]) -> std::result::Result<(), String> {
        match opcode {
            op::SCHEMA | op::CHANNEL | op::MESSAGE => {
                let record = mcap::parse_record(opcode, body).map_err(|error| error.to_string())?;
                self.take(record)?;
            }
            op::METADATA | op::ATTACHMENT if !self.spec.only_pictures => {
                let messages = self.describe.record(opcode, body, &self.schemas)?;
                self.ready.extend(messages);
            }
            op::MESSAGE_INDEX if !self.piece.is_empty() => self.flush(),
            _ => {}
        }
        Ok(())
    }

    /// Take a schema, a channel or a message.
    fn take(&mut self, record: Record<'_>) -> std::result::Result<(), String> {
        if let Record::Message { header, .. } = &record
            && !self.is_wanted(header.channel_id)
        {
            return Ok(());
        }
        let taken = self.ros1.translated(record).and_then(|record| self.take_translated(record));
        if let Err(cause) = taken {
            self.lost(cause);
        }
        Ok(())
    }

    /// Whether messages of the channel with this id in the current file are read.
    fn is_wanted(&self, channel: u16) -> bool {
        let Some(channel) = self.schemas.of(channel) else { return false };
        !self.spec.only_pictures || image::is_of_pictures(channel)
    }

    /// Take a record of ROS 2. An error for what is lost of it.
    fn take_translated(&mut self, record: Record<'_>) -> std::result::Result<(), String> {
        match record {
            Record::Schema { mut header, data } => {
                let name = &header.name;
                let layout = Layout::parse(name, &header.encoding, &data);
                let layout = layout.unwrap_or_else(|cause| {
                    // Schemas are repeated at the end of a bag.
                    if self.undefined.insert(name.clone()) {
                        self.lost(format!("the definition of {name} is not used: {cause}"));
                    }
                    // Its messages stay as they are.
                    header.encoding.clear();
                    None
                });
                let id = self.schemas.schema(header, &data)?;
                if let Some(layout) = layout {
                    self.layouts.entry(id).or_insert(layout);
                }
            }
            Record::Channel(channel) => {
                self.schemas.channel(channel)?;
            }
            Record::Message { mut header, data: payload } => {
                let Some(channel) = self.schemas.of(header.channel_id) else { return Ok(()) };
                header.channel_id = channel.id;
                self.describe.count(&header);
                if !self.images.take(channel, &header, &payload) {
                    let schema = channel.schema.as_ref();
                    let layout = schema.and_then(|schema| self.layouts.get(&schema.id));
                    let memory = layout.map_or(Ok(0), |layout| layout.memory(&payload));
                    let Ok(memory) = memory else {
                        return Err(format!(
                            "a message of {} is too large to lay out",
                            channel.topic
                        ));
                    };
                    if self.piece.memory() + memory > MOST_DECODED {
                        self.flush();
                    }
                    self.piece.push(&header, &payload, memory);
                }
                if self.piece.bytes() + self.images.bytes() > PIECE {
                    self.flush();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Tell of a part of the bag that could not be read. What was read before it may come behind: to convert it now costs
    /// much where every other message is damaged.
    fn lost(&mut self, cause: String) {
        self.ready.push_back(Err(cause));
    }

    /// Convert all that was collected.
    fn flush(&mut self) {
        let store = self.describe.store();
        self.ready.extend(self.images.flush(store));
        self.ready.extend(self.piece.flush(&self.schemas, &self.describe));
    }

    /// Add what is known only at the end of the bag: its statistics and schemas.
    fn end(&mut self) {
        if !self.spec.only_pictures {
            self.ready.extend(self.describe.end(&self.schemas));
        }
    }
}

impl Iterator for Messages {
    type Item = Read;

    fn next(&mut self) -> Option<Read> {
        loop {
            if let Some(message) = self.records.ready.pop_front() {
                return Some(message);
            }
            // A compressed bag may hold any number of records of which no message is made.
            if self.cancel.is_cancelled() {
                return None;
            }
            let records = &mut self.records;
            match self.file.as_mut()?.read_record(records) {
                Ok(true) => {}
                Ok(false) => self.end_file(),
                Err(cause) => {
                    let name = std::mem::take(&mut self.name);
                    self.records.flush();
                    self.records.lost(format!("{name} breaks off: {cause}"));
                    self.end_file();
                }
            }
        }
    }
}

/// Number of messages by channel id.
type Counts = BTreeMap<u16, u64>;

/// A message for the recording that a bag becomes.
fn message(store: &rerun::external::re_log_types::StoreId, chunk: &rerun::log::Chunk) -> Read {
    let arrow = chunk.to_arrow_msg().map_err(|error| error.to_string())?;
    Ok(LogMsg::ArrowMsg(store.clone(), arrow))
}
