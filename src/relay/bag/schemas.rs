//! The schemas and channels of a bag, with ids that are valid in all its files, since each file assigns its own.
//! It decodes no message.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use mcap::records::{self, SchemaHeader, Statistics};
use mcap::{Channel, Schema, Summary};

use super::Counts;

/// The schemas and channels seen so far.
#[derive(Default)]
pub(super) struct Schemas {
    schemas: BTreeMap<u16, Arc<Schema<'static>>>,
    channels: BTreeMap<u16, Arc<Channel<'static>>>,
    /// From the current file's ids to those of the bag.
    schema_ids: BTreeMap<u16, u16>,
    channel_ids: BTreeMap<u16, u16>,
}

impl Schemas {
    /// Begin another file, which has its own ids.
    pub fn begin_file(&mut self) {
        self.schema_ids.clear();
        self.channel_ids.clear();
    }

    pub fn schema(&mut self, header: SchemaHeader, data: &[u8]) {
        let SchemaHeader { id, name, encoding } = header;
        let is_same = |schema: &Schema<'_>| {
            schema.name == name && schema.encoding == encoding && *schema.data == *data
        };
        let own = id_for(&self.schemas, id, is_same);
        self.schema_ids.insert(id, own);
        let schema = || {
            let (name, encoding) = (name.clone(), encoding.clone());
            Arc::new(Schema { id: own, name, encoding, data: Cow::Owned(data.to_vec()) })
        };
        self.schemas.entry(own).or_insert_with(schema);
    }

    pub fn channel(&mut self, channel: records::Channel) {
        let records::Channel { id, schema_id, topic, message_encoding, metadata } = channel;
        let schema = self.schema_ids.get(&schema_id).and_then(|id| self.schemas.get(id)).cloned();
        let is_same = |channel: &Channel<'_>| {
            channel.topic == topic
                && channel.message_encoding == message_encoding
                && channel.schema == schema
        };
        let own = id_for(&self.channels, id, is_same);
        self.channel_ids.insert(id, own);
        let (topic, schema) = (topic.clone(), schema.clone());
        let channel = Channel { id: own, topic, schema, message_encoding, metadata };
        self.channels.entry(own).or_insert_with(|| Arc::new(channel));
    }

    /// The channel with this id in the current file.
    pub fn of(&self, id: u16) -> Option<&Channel<'static>> {
        self.by_own_id(*self.channel_ids.get(&id)?)
    }

    /// The channel with this id in the bag.
    pub fn by_own_id(&self, id: u16) -> Option<&Channel<'static>> {
        self.channels.get(&id).map(Arc::as_ref)
    }

    /// Topics, each with its message type.
    pub fn topics(&self) -> Vec<(String, String)> {
        let topic = |channel: &Arc<Channel<'_>>| {
            let kind = channel.schema.as_ref().map(|schema| schema.name.clone());
            (channel.topic.clone(), kind.unwrap_or_default())
        };
        self.channels.values().map(topic).collect()
    }

    /// A summary for a bag with these numbers of messages.
    pub fn summary(&self, counts: &Counts, first: u64, last: u64) -> Summary {
        Summary {
            stats: Some(Statistics {
                message_count: counts.values().sum(),
                schema_count: u16::try_from(self.schemas.len()).unwrap_or(u16::MAX),
                channel_count: u32::try_from(self.channels.len()).unwrap_or(u32::MAX),
                attachment_count: 0,
                metadata_count: 0,
                chunk_count: 0,
                message_start_time: first,
                message_end_time: last,
                channel_message_counts: counts.clone(),
            }),
            channels: self.channels.iter().map(|(&id, channel)| (id, channel.clone())).collect(),
            schemas: self.schemas.iter().map(|(&id, schema)| (id, schema.clone())).collect(),
            ..Summary::default()
        }
    }
}

/// The id of an equal entry, else `wanted` if it is free, else the lowest free id. 0 is not used: as a schema it means none.
fn id_for<T>(all: &BTreeMap<u16, Arc<T>>, wanted: u16, is_same: impl Fn(&T) -> bool) -> u16 {
    let same = all.iter().find(|(_, entry)| is_same(entry)).map(|(&id, _)| id);
    let free = || std::iter::once(wanted).chain(1..=u16::MAX).find(|id| !all.contains_key(id));
    same.or_else(free).unwrap_or(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declare(schemas: &mut Schemas, id: u16, topic: &str, kind: &str) {
        let (name, encoding) = (kind.to_owned(), "ros2msg".to_owned());
        schemas.schema(SchemaHeader { id, name, encoding }, kind.as_bytes());
        schemas.channel(records::Channel {
            id,
            schema_id: id,
            topic: topic.to_owned(),
            message_encoding: "cdr".to_owned(),
            metadata: BTreeMap::new(),
        });
    }

    #[test]
    fn files_that_number_topics_differently_agree() {
        let mut schemas = Schemas::default();
        declare(&mut schemas, 1, "/camera", "Image");
        declare(&mut schemas, 2, "/says", "String");
        schemas.begin_file();
        declare(&mut schemas, 1, "/says", "String");
        declare(&mut schemas, 2, "/imu", "Imu");
        declare(&mut schemas, 7, "/camera", "Image");
        let named = |id| schemas.of(id).map(|channel| (channel.id, channel.topic.as_str()));
        assert_eq!(named(1), Some((2, "/says")));
        assert_eq!(named(2), Some((3, "/imu")));
        assert_eq!(named(7), Some((1, "/camera")));
        assert_eq!(named(9), None);
        assert_eq!(schemas.topics().len(), 3);
    }
}
