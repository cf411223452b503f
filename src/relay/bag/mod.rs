//! The messages of a bag in MCAP as Rerun shows them, piece by piece, from one reading from front to back.
//! So a bag needs no index, may be cut off anywhere, and may be larger than memory.

mod encoding;
mod foxglove;
mod image;
mod piece;
mod ros;

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use mcap::records::{Record, op};
use mcap::sans_io::{LinearReadEvent, LinearReader};
use rerun::log::LogMsg;

use self::image::Images;
use self::piece::{Describe, Piece, Schemas};
use super::rrd::Read;
use crate::error::{Error, ErrorKind, Result};

/// Messages are turned into chunks when a chunk of the bag ends, or so many bytes of them have come.
const PIECE: usize = 8 << 20;
/// Read at once.
const READ: usize = 1 << 20;

/// What the recording of a bag is called.
#[derive(Debug, Clone)]
pub(crate) struct BagSpec {
    pub application_id: String,
    pub recording_id: String,
    pub name: String,
    /// Only topics of pictures are wanted: the others take their time.
    pub only_pictures: bool,
}

/// The messages of one bag.
pub(crate) struct Messages {
    file: File,
    reader: LinearReader,
    position: u64,
    spec: BagSpec,
    schemas: Schemas,
    images: Images,
    piece: Piece,
    describe: Describe,
    ready: VecDeque<Read>,
    ended: bool,
}

impl Messages {
    pub fn open(path: &Path, source: &str, spec: BagSpec) -> Result<Self> {
        let file = File::open(path).map_err(|e| Error::io(ErrorKind::Open, source, e))?;
        let describe =
            Describe::new(&spec).map_err(|e| Error::new(ErrorKind::Internal, source, e))?;
        let ready = describe.begin().into_iter().map(Ok).collect();
        Ok(Self {
            file,
            reader: LinearReader::new(),
            position: 0,
            spec,
            schemas: Schemas::default(),
            images: Images::default(),
            piece: Piece::default(),
            describe,
            ready,
            ended: false,
        })
    }

    /// How far it is read, in bytes.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// One step of reading; an error is the end of what can be read.
    fn step(&mut self) -> std::result::Result<(), String> {
        let Some(event) = self.reader.next_event() else {
            self.ended = true;
            return Ok(());
        };
        match event.map_err(|error| error.to_string())? {
            LinearReadEvent::ReadRequest(need) => {
                let space = self.reader.insert(need.max(READ));
                let got = self.file.read(space).map_err(|error| error.to_string())?;
                self.reader.notify_read(got);
                self.position += got as u64;
            }
            LinearReadEvent::Record { data, opcode } => {
                let record = match opcode {
                    op::SCHEMA | op::CHANNEL | op::MESSAGE | op::METADATA | op::ATTACHMENT => {
                        mcap::parse_record(opcode, data).map_err(|error| error.to_string())?
                    }
                    op::MESSAGE_INDEX if !self.piece.is_empty() => {
                        self.flush();
                        return Ok(());
                    }
                    _ => return Ok(()),
                };
                match record {
                    Record::Schema { header, data } => self.schemas.schema(header, &data),
                    Record::Channel(channel) => self.schemas.channel(channel),
                    Record::Message { header, data: payload } => {
                        let Some(channel) = self.schemas.of(header.channel_id) else {
                            return Ok(());
                        };
                        if self.spec.only_pictures && !image::is_of_pictures(channel) {
                            return Ok(());
                        }
                        self.describe.count(&header);
                        let taken = self.images.take(channel, &header, &payload);
                        if !taken {
                            self.piece.push(&header, data);
                        }
                        if self.piece.bytes() + self.images.bytes() > PIECE {
                            self.flush();
                        }
                    }
                    Record::Metadata(_) | Record::Attachment { .. } if !self.spec.only_pictures => {
                        let messages = self.describe.record(opcode, data, &self.schemas);
                        self.ready.extend(messages);
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Turn what has come so far into messages.
    fn flush(&mut self) {
        let store = self.describe.store();
        self.ready.extend(self.images.flush(store));
        self.ready.extend(self.piece.flush(&self.schemas, &self.describe));
    }
}

impl Iterator for Messages {
    type Item = Read;

    fn next(&mut self) -> Option<Read> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Some(message);
            }
            if self.ended {
                return None;
            }
            let step = self.step();
            if step.is_err() || self.ended {
                self.ended = true;
                self.flush();
                if !self.spec.only_pictures {
                    self.ready.extend(self.describe.end(&self.schemas));
                }
                self.ready
                    .extend(step.err().map(|cause| Err(format!("the bag breaks off: {cause}"))));
            }
        }
    }
}

/// Counts of messages by channel.
type Counts = BTreeMap<u16, u64>;

/// A message of the store that a bag becomes.
fn message(store: &rerun::external::re_log_types::StoreId, chunk: &rerun::log::Chunk) -> Read {
    let arrow = chunk.to_arrow_msg().map_err(|error| error.to_string())?;
    Ok(LogMsg::ArrowMsg(store.clone(), arrow))
}
