//! Reads one bag of ROS 1 from front to back, as the records of MCAP: <https://wiki.ros.org/Bags/Format/2.0>.
//! It needs no index, so the recorder may have been killed. It decodes no message.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use bzip2::read::BzDecoder;
use lz4_flex::frame::FrameDecoder;
use mcap::records::{Channel, MessageHeader, Record, SchemaHeader};

use super::{MESSAGE_ENCODING, SCHEMA_ENCODING};
use crate::relay::bag::counted::{Position, counted};
use crate::relay::bag::limits::LONGEST;
use crate::source::bag::{ROS_1, contents};

/// Kinds of records.
const MESSAGE: u8 = 2;
const CHUNK: u8 = 5;
const CONNECTION: u8 = 7;

/// The records of one file.
pub(in crate::relay::bag) struct Ros1File {
    file: BufReader<Box<dyn Read + Send>>,
    position: Position,
    /// The contents of the chunk that is being read, if it is compressed.
    chunk: Option<Box<dyn Read + Send>>,
    /// What the last record read became.
    ready: VecDeque<Record<'static>>,
    /// From the file's numbers of connections to ids of channels.
    channels: BTreeMap<u32, u16>,
}

/// What reading on gave.
enum Next {
    /// Nothing or more is in `ready`.
    More,
    /// A part of the file was skipped.
    Damaged(String),
    End,
}

impl Ros1File {
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::of(File::open(path)?)
    }

    fn of(file: impl Read + Send + 'static) -> io::Result<Self> {
        let (file, position) = counted(file);
        let mut file = BufReader::with_capacity(1 << 16, contents(file)?);
        let start = bytes(&mut file, ROS_1.len() as u32)?;
        if start != ROS_1 {
            return Err(io::Error::other("it is no bag of ROS 1 in version 2.0"));
        }
        let (ready, channels) = (VecDeque::new(), BTreeMap::new());
        Ok(Self { file, position, chunk: None, ready, channels })
    }

    /// How many bytes of the file were read so far.
    pub fn position(&self) -> u64 {
        self.position.get()
    }

    /// Read on, and pass the next record to `take` if there is one, or why a part of the file was skipped. Returns false
    /// at the end of the file. After an error no more can be read.
    pub fn read_record(
        &mut self,
        take: impl FnOnce(Result<Record<'_>, String>) -> Result<(), String>,
    ) -> Result<bool, String> {
        if let Some(record) = self.ready.pop_front() {
            take(Ok(record))?;
            return Ok(true);
        }
        match self.read_on().map_err(|error| error.to_string())? {
            Next::More => {}
            Next::Damaged(cause) => take(Err(cause))?,
            Next::End => return Ok(false),
        }
        Ok(true)
    }

    fn read_on(&mut self) -> io::Result<Next> {
        let Some(mut chunk) = self.chunk.take() else {
            let Some(head) = Head::read(&mut self.file)? else { return Ok(Next::End) };
            return self.read_body(&head);
        };
        let read = Head::read(&mut chunk).and_then(|head| {
            let Some(head) = head else { return Ok(false) };
            self.ready.extend(record(&head, &mut chunk, &mut self.channels)?);
            Ok(true)
        });
        Ok(match read {
            Ok(is_more) => {
                self.chunk = is_more.then_some(chunk);
                Next::More
            }
            Err(error) => Next::Damaged(format!("a chunk breaks off: {error}")),
        })
    }

    /// Read what comes behind `head` in the file.
    fn read_body(&mut self, head: &Head) -> io::Result<Next> {
        if head.kind() != Some(CHUNK) {
            self.ready.extend(record(head, &mut self.file, &mut self.channels)?);
            return Ok(Next::More);
        }
        let compression = head.get("compression").unwrap_or_default();
        if compression == b"none" {
            // Its records are the next ones of the file.
            return Ok(Next::More);
        }
        let packed = match head.length {
            // The recorder fills in the length when the chunk is complete: this one was killed.
            0 => at_most(&mut self.file, LONGEST)?,
            length => bytes(&mut self.file, length)?,
        };
        let size = number(head.get("size"));
        let packed = io::Cursor::new(packed);
        let plain: Box<dyn Read + Send> = match compression {
            b"bz2" => Box::new(BzDecoder::new(packed)),
            b"lz4" => Box::new(FrameDecoder::new(packed)),
            other => {
                let name = String::from_utf8_lossy(other);
                return Ok(Next::Damaged(format!("a chunk is compressed with {name:?}")));
            }
        };
        // No chunk can state more.
        let limit = if size == 0 { u32::MAX } else { size };
        self.chunk = Some(Box::new(BufReader::new(plain).take(limit.into())));
        Ok(Next::More)
    }
}

/// Records of MCAP for one of the bag. Those that are indexes and the like become none.
fn record(
    head: &Head,
    from: &mut dyn Read,
    channels: &mut BTreeMap<u32, u16>,
) -> io::Result<Vec<Record<'static>>> {
    let connection = number(head.get("conn"));
    match head.kind() {
        Some(MESSAGE) => {
            let data = bytes(from, head.length)?;
            let Some(&channel_id) = channels.get(&connection) else {
                let text =
                    format!("a message is of connection {connection}, which is not declared");
                return Err(io::Error::other(text));
            };
            let time = head.get("time").unwrap_or_default();
            let (seconds, nanos) = time.split_at_checked(4).unwrap_or_default();
            let time =
                u64::from(number(Some(seconds))) * 1_000_000_000 + u64::from(number(Some(nanos)));
            // ROS 1 keeps the time at which the recorder received the message and no other.
            let header =
                MessageHeader { channel_id, sequence: 0, log_time: time, publish_time: time };
            Ok(vec![Record::Message { header, data: Cow::Owned(data) }])
        }
        Some(CONNECTION) => {
            let about = bytes(from, head.length)?;
            // They are repeated at the end of the bag.
            if channels.contains_key(&connection) {
                return Ok(Vec::new());
            }
            let Ok(id) = u16::try_from(channels.len() + 1) else {
                return Err(io::Error::other("it has more than 65535 connections"));
            };
            channels.insert(connection, id);
            let text = |field: Option<&[u8]>| {
                String::from_utf8_lossy(field.unwrap_or_default()).into_owned()
            };
            let (name, encoding) = (text(field(&about, "type")), SCHEMA_ENCODING.to_owned());
            let definition = field(&about, "message_definition").unwrap_or_default().to_vec();
            let channel = Channel {
                id,
                schema_id: id,
                topic: text(head.get("topic")),
                message_encoding: MESSAGE_ENCODING.to_owned(),
                metadata: BTreeMap::new(),
            };
            let header = SchemaHeader { id, name, encoding };
            let schema = Record::Schema { header, data: Cow::Owned(definition) };
            Ok(vec![schema, Record::Channel(channel)])
        }
        _ => {
            let skipped = io::copy(&mut from.take(head.length.into()), &mut io::sink())?;
            match skipped == u64::from(head.length) {
                true => Ok(Vec::new()),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }
}

/// The fields of a record, and how many bytes of data come behind them.
struct Head {
    fields: Vec<u8>,
    length: u32,
}

impl Head {
    /// `None` at the end.
    fn read(from: &mut dyn Read) -> io::Result<Option<Self>> {
        let mut length = Vec::new();
        from.take(4).read_to_end(&mut length)?;
        match length.len() {
            0 => return Ok(None),
            4 => {}
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        let length = number(Some(&length));
        let fields = bytes(from, length)?;
        let length = number(Some(&bytes(from, 4)?));
        let head = Self { fields, length };
        // Zeros would be records without end: a kilobyte of a chunk can be gigabytes of them.
        match head.kind() {
            Some(_) => Ok(Some(head)),
            None => Err(io::Error::other("a record is of no kind")),
        }
    }

    fn get(&self, name: &str) -> Option<&[u8]> {
        field(&self.fields, name)
    }

    fn kind(&self) -> Option<u8> {
        self.get("op")?.first().copied()
    }
}

/// The value of a field.
fn field<'a>(mut fields: &'a [u8], name: &str) -> Option<&'a [u8]> {
    loop {
        let (length, rest) = fields.split_at_checked(4)?;
        let (one, rest) = rest.split_at_checked(number(Some(length)) as usize)?;
        match one.strip_prefix(name.as_bytes()).and_then(|value| value.strip_prefix(b"=")) {
            Some(value) => return Some(value),
            None => fields = rest,
        }
    }
}

/// A number, 0 if there is none.
fn number(bytes: Option<&[u8]>) -> u32 {
    bytes.and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

/// The next bytes, all of them.
fn bytes(from: &mut dyn Read, count: u32) -> io::Result<Vec<u8>> {
    if count > LONGEST {
        return Err(io::Error::other(format!("a record has {count} bytes")));
    }
    let bytes = at_most(from, count)?;
    match bytes.len() == count as usize {
        true => Ok(bytes),
        false => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends in a record")),
    }
}

/// The next bytes. They are not allocated by their count, which may be false.
fn at_most(from: &mut dyn Read, count: u32) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(count.into()).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
