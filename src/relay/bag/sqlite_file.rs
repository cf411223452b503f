//! Reads one SQLite file of a ROS 2 bag, which earlier releases write by default, as the records of MCAP.
//! It reads in the order of recording, and decodes no message.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use mcap::records::{Channel, MessageHeader, Record, SchemaHeader};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use re_mcap::decoders::McapRos2Decoder;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use tempfile::TempPath;

use super::limits::LONGEST;
use super::{decompressed, definitions};
use crate::event::Cancel;
use crate::source::bag;

/// Instructions of SQLite's machine that one query may take. Tables of a damaged or hostile file can be endless.
const LONGEST_QUERY: i32 = 10_000_000;
/// Instructions between two looks at how many there were.
const LOOK: i32 = 10_000;

/// The message after a row. A single query for all messages would borrow the connection for as long as it is open.
const NEXT: &str =
    "SELECT rowid, topic_id, timestamp, data FROM messages WHERE rowid > ? ORDER BY rowid LIMIT 1";

/// The records of one file.
pub(super) struct SqliteFile {
    database: Connection,
    patience: StepLimit,
    /// Schemas and channels that come before the messages.
    declared: VecDeque<Record<'static>>,
    /// From the ids of the database to those of the records.
    topics: BTreeMap<i64, u16>,
    /// The row of the last message.
    row: i64,
    /// Bytes of the messages read so far, and the sizes of the database and of the file.
    read: u64,
    database_bytes: u64,
    file_bytes: u64,
    /// The database of a compressed file, removed when it is dropped.
    _decompressed: Option<TempPath>,
}

impl SqliteFile {
    pub fn open(path: &Path, cancel: &Cancel) -> io::Result<Self> {
        let decompressed = match bag::is_compressed(path)? {
            true => Some(decompressed::database(path, cancel)?),
            false => None,
        };
        let database_path: PathBuf = decompressed.as_deref().unwrap_or(path).to_owned();
        let size = |path: &Path| std::fs::metadata(path).map(|it| it.len());
        let log_bytes = size(&log_of(&database_path)).unwrap_or(0);
        let (file_bytes, database_bytes) = (size(path)?, size(&database_path)? + log_bytes);
        let failed = |error| io::Error::other(cause(&error));
        let (database, patience) = connect(&database_path, log_bytes > 0).map_err(failed)?;
        if let Some(table) = missing_table(&database).map_err(failed)? {
            let text = "it is an SQLite database and no bag of ROS 2: it has no table";
            return Err(io::Error::other(format!("{text} {table}")));
        }
        let (declared, topics) = declared(&database, &patience).map_err(failed)?;
        Ok(Self {
            database,
            patience,
            declared,
            topics,
            row: i64::MIN,
            read: 0,
            database_bytes,
            file_bytes,
            _decompressed: decompressed,
        })
    }

    /// How many bytes of the file were read so far, from the bytes of its messages.
    pub fn position(&self) -> u64 {
        let part = self.read as f64 / self.database_bytes.max(1) as f64;
        (part.min(1.0) * self.file_bytes as f64) as u64
    }

    /// Pass the next record to `take`. Returns false at the end of the file. After an error no more can be read.
    pub fn read_record(
        &mut self,
        take: impl FnOnce(Record<'_>) -> Result<(), String>,
    ) -> Result<bool, String> {
        if let Some(record) = self.declared.pop_front() {
            take(record)?;
            return Ok(true);
        }
        self.patience.renew();
        let text = |error: rusqlite::Error| cause(&error);
        let mut statement = self.database.prepare_cached(NEXT).map_err(text)?;
        let mut rows = statement.query([self.row]).map_err(text)?;
        let Some(message) = rows.next().map_err(text)? else { return Ok(false) };
        let row: i64 = message.get(0).map_err(text)?;
        if row <= self.row {
            return Err("its messages are not in order".to_owned());
        }
        self.row = row;
        let (topic, time): (i64, i64) =
            (message.get(1).map_err(text)?, message.get(2).map_err(text)?);
        let data = message.get_ref(3).map_err(text)?;
        let data = data.as_bytes().map_err(|error| error.to_string())?;
        self.read += data.len() as u64;
        if self.read > self.database_bytes {
            return Err("its messages are longer than the file".to_owned());
        }
        let Some(&channel_id) = self.topics.get(&topic) else {
            return Err(format!("a message is of topic {topic}, which is not declared"));
        };
        // The time at which the recorder received the message: the only one that is kept.
        let time = time.max(0).cast_unsigned();
        let header = MessageHeader { channel_id, sequence: 0, log_time: time, publish_time: time };
        // Messages may be compressed one by one.
        let data = match data.starts_with(bag::ZSTD) {
            true => Cow::Owned(decompress(data)?),
            false => Cow::Borrowed(data),
        };
        take(Record::Message { header, data })?;
        Ok(true)
    }
}

/// Decompress a message.
fn decompress(data: &[u8]) -> Result<Vec<u8>, String> {
    let mut plain = Vec::new();
    let decoder = zstd::Decoder::new(data).map_err(|error| error.to_string())?;
    let longest = u64::from(LONGEST);
    decoder.take(longest + 1).read_to_end(&mut plain).map_err(|error| error.to_string())?;
    match plain.len() as u64 > longest {
        true => Err(format!("a message is longer than {longest} bytes")),
        false => Ok(plain),
    }
}

/// The log beside a database, which may hold messages that are not in it yet.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// How much longer a query may take.
struct StepLimit(Arc<AtomicI32>);

impl StepLimit {
    fn renew(&self) {
        self.0.store(LONGEST_QUERY / LOOK, Ordering::Relaxed);
    }
}

/// Open a database without leaving anything beside it.
fn connect(path: &Path, is_log: bool) -> rusqlite::Result<(Connection, StepLimit)> {
    // A recorder that was killed leaves messages in a log beside the database. To read it, SQLite makes an index of it,
    // in memory if nobody else may use the database, which a file system without locks lets it believe.
    let mode = match is_log {
        true if cfg!(unix) => "mode=ro&vfs=unix-none",
        true => "mode=ro",
        false => "mode=ro&immutable=1",
    };
    let escaped = percent_encode(path.as_os_str().as_encoded_bytes(), NON_ALPHANUMERIC);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut database = Connection::open_with_flags(format!("file:{escaped}?{mode}"), flags)?;
    let patience = StepLimit(Arc::default());
    patience.renew();
    let left = patience.0.clone();
    let is_over = move || left.fetch_sub(1, Ordering::Relaxed) <= 0;
    database.progress_handler(LOOK, Some(is_over))?;
    if is_log {
        database.pragma_update(None, "locking_mode", "exclusive")?;
    }
    // The file may be anyone's: https://sqlite.org/security.html
    database.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST.cast_signed())?;
    database.pragma_update(None, "trusted_schema", false)?;
    database.pragma_update(None, "cell_size_check", true)?;
    // Nothing is written. SQLite refuses a file that is shorter than it should be without this.
    database.pragma_update(None, "writable_schema", true)?;
    Ok((database, patience))
}

/// A table that a bag has and this database has not.
fn missing_table(database: &Connection) -> rusqlite::Result<Option<&'static str>> {
    for table in ["topics", "messages"] {
        if !has_table(database, table)? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// Whether there is such a table. A view or a virtual table is none: it could run anything.
fn has_table(database: &Connection, name: &str) -> rusqlite::Result<bool> {
    let query = "SELECT 1 FROM pragma_table_list(?) WHERE schema = 'main' AND type = 'table'";
    database.prepare_cached(query)?.exists([name])
}

/// What an error says to people.
fn cause(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => "a table in it is endless".to_owned(),
        _ => error.to_string(),
    }
}

type Declared = (VecDeque<Record<'static>>, BTreeMap<i64, u16>);

/// The topics, as schemas and channels.
fn declared(database: &Connection, patience: &StepLimit) -> rusqlite::Result<Declared> {
    let defines = has_table(database, "message_definitions")?;
    let known = McapRos2Decoder::new();
    let mut query =
        database.prepare("SELECT id, name, type, serialization_format FROM topics ORDER BY id")?;
    let rows =
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let mut records = VecDeque::new();
    let mut topics = BTreeMap::new();
    for (id, row) in (1..=u16::MAX).zip(rows) {
        patience.renew();
        let (topic, name, kind, message_encoding): (i64, String, String, String) = row?;
        let ros = |text| ("ros2msg".to_owned(), text);
        let stored = defines.then(|| definition(database, &kind)).flatten();
        let found = stored.or_else(|| definitions::of(&kind).map(ros));
        let (encoding, definition) = match found {
            Some(found) => found,
            // Rerun decodes these by their name alone; others stay as they are.
            None if known.supports_schema(&kind) => ros(String::new()),
            None => (String::new(), String::new()),
        };
        let header = SchemaHeader { id, name: kind, encoding };
        records.push_back(Record::Schema { header, data: Cow::Owned(definition.into_bytes()) });
        records.push_back(Record::Channel(Channel {
            id,
            schema_id: id,
            topic: name,
            message_encoding,
            metadata: BTreeMap::new(),
        }));
        topics.insert(topic, id);
    }
    Ok((records, topics))
}

/// Encoding and text of the definition of a message type, which ROS 2 stores from Iron on.
fn definition(database: &Connection, kind: &str) -> Option<(String, String)> {
    let query = "SELECT encoding, encoded_message_definition FROM message_definitions \
                 WHERE topic_type = ? AND encoded_message_definition <> ''";
    let mut statement = database.prepare_cached(query).ok()?;
    statement.query_row([kind], |row| Ok((row.get(0)?, row.get(1)?))).optional().ok()?
}
