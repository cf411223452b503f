//! The schemas and channels of a bag, with ids that are valid in all its files, since each file assigns its own.
//! It decodes no message.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::Arc;

use mcap::records::{self, SchemaHeader, Statistics};
use mcap::{Channel, Schema, Summary};

use super::Counts;

/// The schemas and channels seen so far.
#[derive(Default)]
pub(super) struct Schemas {
    schemas: Entries<Schema<'static>>,
    channels: Entries<Channel<'static>>,
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

    /// Take a schema, and return its id in the bag. An error if there is no id left for it.
    pub fn schema(&mut self, header: SchemaHeader, data: &[u8]) -> Result<u16, String> {
        let SchemaHeader { id, name, encoding } = header;
        let key = (&name, &encoding, data);
        let is_same = |other: &Schema<'_>| (&other.name, &other.encoding, &*other.data) == key;
        let own = self.schemas.id_for(id, &key, is_same, |own| {
            let (name, encoding) = (name.clone(), encoding.clone());
            Schema { id: own, name, encoding, data: Cow::Owned(data.to_vec()) }
        });
        assign(&mut self.schema_ids, id, own, "message types")
    }

    /// Take a channel, and return its id in the bag. An error if there is no id left for it.
    pub fn channel(&mut self, channel: records::Channel) -> Result<u16, String> {
        let records::Channel { id, schema_id, topic, message_encoding, metadata } = channel;
        let schema_id = self.schema_ids.get(&schema_id);
        let schema = schema_id.and_then(|id| self.schemas.by_id.get(id)).cloned();
        let key = (&topic, &message_encoding, schema_id);
        let is_same = |other: &Channel<'_>| {
            (&other.topic, &other.message_encoding) == (key.0, key.1) && other.schema == schema
        };
        let own = self.channels.id_for(id, &key, is_same, |own| {
            let (topic, schema) = (topic.clone(), schema.clone());
            let message_encoding = message_encoding.clone();
            Channel { id: own, topic, schema, message_encoding, metadata }
        });
        assign(&mut self.channel_ids, id, own, "topics")
    }

    /// The channel with this id in the current file.
    pub fn of(&self, id: u16) -> Option<&Channel<'static>> {
        self.by_own_id(*self.channel_ids.get(&id)?)
    }

    /// The channel with this id in the bag.
    pub fn by_own_id(&self, id: u16) -> Option<&Channel<'static>> {
        self.channels.by_id.get(&id).map(Arc::as_ref)
    }

    /// Topics, each with its message type.
    pub fn topics(&self) -> Vec<(String, String)> {
        let topic = |channel: &Arc<Channel<'_>>| {
            let kind = channel.schema.as_ref().map(|schema| schema.name.clone());
            (channel.topic.clone(), kind.unwrap_or_default())
        };
        self.channels.by_id.values().map(topic).collect()
    }

    /// A summary of the whole bag, with these numbers of messages.
    pub fn summary(&self, counts: &Counts, first: u64, last: u64) -> Summary {
        let Self { schemas, channels, .. } = self;
        summary(schemas.by_id.clone(), channels.by_id.clone(), counts, first, last)
    }

    /// A summary of a part of the bag, with the channels of its messages alone: there may be ten thousands.
    pub fn summary_of_part(&self, counts: &Counts, first: u64, last: u64) -> Summary {
        let channel = |id: &u16| Some((*id, self.channels.by_id.get(id)?.clone()));
        let channels: BTreeMap<_, _> = counts.keys().filter_map(channel).collect();
        let schema = |channel: &Arc<Channel<'static>>| channel.schema.clone();
        let schemas = channels.values().filter_map(schema).map(|schema| (schema.id, schema));
        summary(schemas.collect(), channels, counts, first, last)
    }
}

type ById<T> = BTreeMap<u16, Arc<T>>;

fn summary(
    schemas: ById<Schema<'static>>,
    channels: ById<Channel<'static>>,
    counts: &Counts,
    first: u64,
    last: u64,
) -> Summary {
    Summary {
        stats: Some(Statistics {
            message_count: counts.values().sum(),
            schema_count: u16::try_from(schemas.len()).unwrap_or(u16::MAX),
            channel_count: u32::try_from(channels.len()).unwrap_or(u32::MAX),
            attachment_count: 0,
            metadata_count: 0,
            chunk_count: 0,
            message_start_time: first,
            message_end_time: last,
            channel_message_counts: counts.clone(),
        }),
        channels: channels.into_iter().collect(),
        schemas: schemas.into_iter().collect(),
        ..Summary::default()
    }
}

/// Schemas or channels by their ids in the bag.
struct Entries<T> {
    by_id: ById<T>,
    /// Ids by a hash of the entry: a bag may declare ten thousands.
    alike: HashMap<u64, Vec<u16>>,
    hasher: RandomState,
    /// No lower id is free. 0 is not given: as a schema it means none.
    lowest_free: u16,
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        let (alike, hasher) = (HashMap::new(), RandomState::new());
        Self { by_id: BTreeMap::new(), alike, hasher, lowest_free: 1 }
    }
}

impl<T> Entries<T> {
    /// The id of an equal entry, else that of a new one: `wanted` if it is free, else the lowest free id. `None` if no id
    /// is free. Equal entries have equal keys.
    fn id_for(
        &mut self,
        wanted: u16,
        key: &impl Hash,
        is_same: impl Fn(&T) -> bool,
        make: impl FnOnce(u16) -> T,
    ) -> Option<u16> {
        let alike = self.alike.entry(self.hasher.hash_one(key)).or_default();
        let same = |id: &&u16| self.by_id.get(id).is_some_and(|entry| is_same(entry));
        if let Some(same) = alike.iter().find(same) {
            return Some(*same);
        }
        let is_free = |id: &u16| !self.by_id.contains_key(id);
        let id = match Some(wanted).filter(is_free) {
            Some(wanted) => wanted,
            None => {
                self.lowest_free = (self.lowest_free..=u16::MAX).find(is_free)?;
                self.lowest_free
            }
        };
        alike.push(id);
        self.by_id.insert(id, Arc::new(make(id)));
        Some(id)
    }
}

/// Note the id in the bag for one in the current file.
fn assign(
    ids: &mut BTreeMap<u16, u16>,
    id: u16,
    own: Option<u16>,
    what: &str,
) -> Result<u16, String> {
    // Not that of what had it before.
    ids.remove(&id);
    let own = own.ok_or_else(|| format!("it has more than 65535 {what}"))?;
    ids.insert(id, own);
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declare(schemas: &mut Schemas, id: u16, topic: &str, kind: &str) {
        let (name, encoding) = (kind.to_owned(), "ros2msg".to_owned());
        schemas.schema(SchemaHeader { id, name, encoding }, kind.as_bytes()).unwrap();
        let channel = records::Channel {
            id,
            schema_id: id,
            topic: topic.to_owned(),
            message_encoding: "cdr".to_owned(),
            metadata: BTreeMap::new(),
        };
        schemas.channel(channel).unwrap();
    }

    #[test]
    fn files_with_different_topic_numbers_are_merged() {
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

    #[test]
    fn a_topic_without_a_free_id_is_rejected_and_gets_no_other_messages() {
        let mut schemas = Schemas::default();
        let channel = |id: u16, topic: String| records::Channel {
            id,
            schema_id: 0,
            topic,
            message_encoding: "cdr".to_owned(),
            metadata: BTreeMap::new(),
        };
        for id in 0..=u16::MAX {
            schemas.channel(channel(id, format!("/{id}"))).unwrap();
        }
        schemas.begin_file();
        schemas.channel(channel(3, "/7".to_owned())).unwrap();
        assert_eq!(schemas.of(3).unwrap().topic, "/7");
        let error = schemas.channel(channel(3, "/new".to_owned())).unwrap_err();
        assert_eq!(error, "it has more than 65535 topics");
        assert!(schemas.of(3).is_none());
    }
}
