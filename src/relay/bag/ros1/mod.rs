//! Turns the records of a ROS 1 bag, or of one that was converted to MCAP, into those that ROS 2 would have written.
//! The rest of the bag reader only handles ROS 2.

mod definition;
mod file;
mod message;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use mcap::records::{Record, SchemaHeader};

use self::definition::Definition;
pub(super) use self::file::Ros1File;

/// MCAP's names for ROS 1: <https://mcap.dev/spec/registry>.
const SCHEMA_ENCODING: &str = "ros1msg";
const MESSAGE_ENCODING: &str = "ros1";

/// What is needed to read the messages of the current file.
#[derive(Default)]
pub(super) struct Ros1 {
    /// By the ids of schemas.
    definitions: BTreeMap<u16, Arc<Definition>>,
    /// By the ids of channels, with the topic.
    channels: BTreeMap<u16, (String, Arc<Definition>)>,
}

impl Ros1 {
    /// Begin another file, with ids of its own.
    pub fn begin_file(&mut self) {
        *self = Self::default();
    }

    /// The record as ROS 2 would have written it, if it is of ROS 1. A schema that cannot be read stays as it is, and so
    /// do its messages. An error for a message that does not fit its definition.
    pub fn translated<'a>(&mut self, record: Record<'a>) -> Result<Record<'a>, String> {
        match record {
            Record::Schema { header, data } if header.encoding == SCHEMA_ENCODING => {
                let text = String::from_utf8_lossy(&data);
                let Ok(definition) = Definition::parse(&header.name, &text) else {
                    return Ok(Record::Schema { header, data });
                };
                let encoding = "ros2msg".to_owned();
                let header = SchemaHeader { id: header.id, name: definition.name(), encoding };
                let data = Cow::Owned(definition.text().into_bytes());
                self.definitions.insert(header.id, Arc::new(definition));
                Ok(Record::Schema { header, data })
            }
            Record::Channel(mut channel) if channel.message_encoding == MESSAGE_ENCODING => {
                if let Some(definition) = self.definitions.get(&channel.schema_id) {
                    let known = (channel.topic.clone(), definition.clone());
                    self.channels.insert(channel.id, known);
                    "cdr".clone_into(&mut channel.message_encoding);
                }
                Ok(Record::Channel(channel))
            }
            Record::Message { header, data } => {
                let Some((topic, definition)) = self.channels.get(&header.channel_id) else {
                    return Ok(Record::Message { header, data });
                };
                match message::to_cdr(definition, &data) {
                    Some(cdr) => Ok(Record::Message { header, data: Cow::Owned(cdr) }),
                    None => Err(format!("a message of {topic} does not fit its definition")),
                }
            }
            other => Ok(other),
        }
    }
}
