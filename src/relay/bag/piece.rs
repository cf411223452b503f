//! Converts messages of a bag to chunks with Rerun's own decoders and lenses, a few megabytes at a time, which are given
//! to the decoders as a small bag.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use mcap::records::{self, op};
use mcap::{Channel, Summary};
use re_mcap::decoders::{
    McapAttachmentsDecoder, McapMetadataDecoder, McapProtobufDecoder, McapRawDecoder,
    McapRecordingInfoDecoder, McapRos2Decoder, McapRos2ReflectionDecoder, McapSchemaDecoder,
    McapStatisticDecoder,
};
use re_mcap::{DecoderRegistry, TopicFilter};
use rerun::EntityPath;
use rerun::external::re_log_types::StoreId;
use rerun::lenses::{Lenses, LensesSink, OutputMode};
use rerun::log::{Chunk, LogMsg};
use rerun::sink::{LogSink, SinkFlushError};
use rerun::time::TimeType;

use super::schemas::Schemas;
use super::{BagSpec, Counts, message};
use crate::relay::rrd::Read;
use crate::threads::caught;

/// Times in bags are wall-clock times.
pub(super) const TIME: TimeType = TimeType::TimestampNs;

/// Messages that wait to be decoded, as records of a bag.
#[derive(Default)]
pub(super) struct Piece {
    records: Vec<u8>,
    counts: Counts,
    times: Option<(u64, u64)>,
    /// Bytes that it takes to decode them.
    memory: usize,
}

impl Piece {
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub fn bytes(&self) -> usize {
        self.records.len()
    }

    /// Bytes of memory that it takes to decode the messages.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// Take a message that needs `memory` bytes to be decoded.
    pub fn push(&mut self, header: &records::MessageHeader, payload: &[u8], memory: usize) {
        self.memory += memory;
        let channel = header.channel_id.to_le_bytes();
        let sequence = header.sequence.to_le_bytes();
        let (log, publish) = (header.log_time.to_le_bytes(), header.publish_time.to_le_bytes());
        let body: [&[u8]; 5] = [&channel, &sequence, &log, &publish, payload];
        record(&mut self.records, op::MESSAGE, &body);
        *self.counts.entry(header.channel_id).or_default() += 1;
        let (first, last) = self.times.unwrap_or((header.log_time, header.log_time));
        self.times = Some((first.min(header.log_time), last.max(header.log_time)));
    }

    pub fn flush(&mut self, schemas: &Schemas, describe: &Describe) -> Vec<Read> {
        let Self { records, counts, times, memory: _ } = std::mem::take(self);
        if records.is_empty() {
            return Vec::new();
        }
        let (first, last) = times.unwrap_or_default();
        let size = records.len() as u64;
        // A chunk's header: times, size, no checksum, no compression, size again.
        let mut header = Vec::new();
        header.extend(first.to_le_bytes());
        header.extend(last.to_le_bytes());
        header.extend(size.to_le_bytes());
        header.extend(0_u32.to_le_bytes());
        header.extend(0_u32.to_le_bytes());
        header.extend(size.to_le_bytes());
        let mut bytes = Vec::with_capacity(records.len() + 64);
        record(&mut bytes, op::CHUNK, &[&header, &records]);
        let mut summary = schemas.summary_of_part(&counts, first, last);
        summary.chunk_indexes = vec![records::ChunkIndex {
            message_start_time: first,
            message_end_time: last,
            chunk_start_offset: 0,
            chunk_length: bytes.len() as u64,
            message_index_offsets: BTreeMap::new(),
            message_index_length: 0,
            compression: String::new(),
            compressed_size: size,
            uncompressed_size: size,
        }];
        let registry = DecoderRegistry::empty()
            .register_message_decoder::<McapRos2Decoder>()
            .register_message_decoder::<McapRos2ReflectionDecoder>()
            .register_message_decoder::<McapProtobufDecoder>()
            .register_message_decoder::<McapRawDecoder>()
            .with_global_fallback::<McapRawDecoder>();
        let found = describe.run(&registry, &bytes, &summary);
        let lost = lost(&found, &counts, schemas).map(Err);
        found.iter().flat_map(|chunk| describe.through_lenses(chunk)).chain(lost).collect()
    }
}

/// What could not be decoded, which Rerun reports only to its log.
fn lost(found: &[Chunk], counts: &Counts, schemas: &Schemas) -> impl Iterator<Item = String> {
    let mut sent: BTreeMap<&str, u64> = BTreeMap::new();
    for (id, count) in counts {
        // Of a message with transforms any number of rows is made.
        if let Some(channel) = schemas.by_own_id(*id).filter(|channel| !is_of_transforms(channel)) {
            *sent.entry(&channel.topic).or_default() += count;
        }
    }
    let mut decoded: HashMap<&EntityPath, u64> = HashMap::new();
    for chunk in found {
        let most = decoded.entry(chunk.entity_path()).or_default();
        *most = (*most).max(chunk.num_rows() as u64);
    }
    sent.into_iter().filter_map(move |(topic, count)| {
        let decoded = decoded.get(&EntityPath::from(topic)).copied().unwrap_or(0);
        (decoded < count).then(|| format!("messages of {topic} could not be decoded"))
    })
}

fn is_of_transforms(channel: &Channel<'_>) -> bool {
    channel.schema.as_ref().is_some_and(|schema| schema.name == "tf2_msgs/msg/TFMessage")
}

/// A record of a bag: its kind, its length, its body.
fn record(to: &mut Vec<u8>, opcode: u8, body: &[&[u8]]) {
    let length: usize = body.iter().map(|part| part.len()).sum();
    to.push(opcode);
    to.extend((length as u64).to_le_bytes());
    body.iter().for_each(|part| to.extend_from_slice(part));
}

/// What describes the bag as a recording, and Rerun's lenses for known schemas.
pub(super) struct Describe {
    begin: Vec<LogMsg>,
    store: StoreId,
    lenses: LensesSink<Collect>,
    collected: Collect,
    counts: Counts,
    times: Option<(u64, u64)>,
}

#[derive(Clone, Default)]
struct Collect(Arc<Mutex<Vec<LogMsg>>>);

impl LogSink for Collect {
    fn send(&self, msg: LogMsg) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(msg);
    }

    fn flush_blocking(&self, _timeout: std::time::Duration) -> Result<(), SinkFlushError> {
        Ok(())
    }
}

impl Describe {
    pub fn new(spec: &BagSpec) -> Result<Self, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let application =
            rerun::external::re_log_types::ApplicationId::try_from(spec.application_id.clone())
                .map_err(|e| text(&e))?;
        let (recording, storage) = rerun::RecordingStreamBuilder::new(application)
            .recording_id(spec.recording_id.as_str())
            // Rerun would give the time of conversion as that of the recording.
            .send_properties(false)
            .enabled(true)
            .memory()
            .map_err(|e| text(&e))?;
        recording.send_recording_name(spec.name.as_str()).map_err(|e| text(&e))?;
        recording.flush_blocking().map_err(|e| text(&e))?;
        let mut begin = storage.take();
        // The stream sends its store info twice.
        begin.dedup_by(|a, b| matches!((a, b), (LogMsg::SetStoreInfo(_), LogMsg::SetStoreInfo(_))));
        let store = begin.first().map(|first| first.store_id().clone());
        let store = store.ok_or("the recording has no id")?;
        let all = [
            re_lenses::semantic::foxglove::all(TIME).map_err(|e| text(&e))?,
            re_lenses::semantic::ros2msg::all().map_err(|e| text(&e))?,
        ];
        let lenses = all
            .into_iter()
            .flatten()
            .fold(Lenses::new(OutputMode::ForwardUnmatched), Lenses::add_lens);
        let collected = Collect::default();
        // Where a lens cannot convert a part of a message, the rest is kept.
        let lenses = LensesSink::new(collected.clone(), lenses).strict(true);
        Ok(Self { begin, store, lenses, collected, counts: Counts::new(), times: None })
    }

    /// The first messages of the recording.
    pub fn begin(&self) -> Vec<LogMsg> {
        self.begin.clone()
    }

    pub fn store(&self) -> &StoreId {
        &self.store
    }

    pub fn count(&mut self, header: &records::MessageHeader) {
        *self.counts.entry(header.channel_id).or_default() += 1;
        let (first, last) = self.times.unwrap_or((header.log_time, header.log_time));
        self.times = Some((first.min(header.log_time), last.max(header.log_time)));
    }

    /// Convert an attachment or metadata. An error if it is neither.
    pub fn record(&self, opcode: u8, body: &[u8], schemas: &Schemas) -> Result<Vec<Read>, String> {
        let mut bytes = Vec::with_capacity(body.len() + 16);
        record(&mut bytes, opcode, &[body]);
        let length = bytes.len() as u64;
        let mut summary = schemas.summary_of_part(&Counts::new(), 0, 0);
        match mcap::parse_record(opcode, body).map_err(|error| error.to_string())? {
            records::Record::Metadata(metadata) => {
                let index = records::MetadataIndex { offset: 0, length, name: metadata.name };
                summary.metadata_indexes.push(index);
            }
            records::Record::Attachment { header, data, .. } => {
                summary.attachment_indexes.push(records::AttachmentIndex {
                    offset: 0,
                    length,
                    log_time: header.log_time,
                    create_time: header.create_time,
                    data_size: data.len() as u64,
                    name: header.name,
                    media_type: header.media_type,
                });
            }
            _ => return Ok(Vec::new()),
        }
        let registry = DecoderRegistry::empty()
            .register_file_decoder::<McapAttachmentsDecoder>()
            .register_file_decoder::<McapMetadataDecoder>();
        let found = self.run(&registry, &bytes, &summary);
        Ok(found.iter().map(|chunk| message(&self.store, chunk)).collect())
    }

    /// Messages about the whole bag, once it was read.
    pub fn end(&self, schemas: &Schemas) -> Vec<Read> {
        let (first, last) = self.times.unwrap_or_default();
        let summary = schemas.summary(&self.counts, first, last);
        let registry = DecoderRegistry::empty()
            .register_file_decoder::<McapRecordingInfoDecoder>()
            .register_file_decoder::<McapSchemaDecoder>()
            .register_file_decoder::<McapStatisticDecoder>();
        let found = self.run(&registry, &[], &summary);
        found.iter().map(|chunk| message(&self.store, chunk)).collect()
    }

    fn run(&self, registry: &DecoderRegistry, bytes: &[u8], summary: &Summary) -> Vec<Chunk> {
        let found = Mutex::new(Vec::new());
        let emit = |chunk: Chunk| {
            found.lock().unwrap_or_else(PoisonError::into_inner).push(chunk);
        };
        // The caller finds topics that could not be decoded, and for whose messages a decoder panics.
        let _ = caught("a decoder of messages", || {
            let planned = registry.plan(bytes, summary, &TopicFilter::default());
            let _ = planned.and_then(|plan| plan.run(bytes, summary, TIME, &emit));
        });
        found.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn through_lenses(&self, chunk: &Chunk) -> Vec<Read> {
        match message(&self.store, chunk) {
            Ok(message) => {
                self.lenses.send(message);
                let mut got = self.collected.0.lock().unwrap_or_else(PoisonError::into_inner);
                got.drain(..).map(Ok).collect()
            }
            error => vec![error],
        }
    }
}
