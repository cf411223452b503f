//! The definitions of messages that Rerun decodes, and the memory that this takes, in whichever language they are.
//! It decodes no message.

use super::memory::TooLarge;
use super::protobuf::{self, Type};
use super::protobuf_memory;
use super::ros2_memory::Definition;

/// The definition of a message type.
pub(super) enum Layout {
    Ros2(Definition),
    Protobuf(Vec<Type>),
}

impl Layout {
    /// Read the definition of the type `name`. `None` if messages with this encoding are not decoded; an error for a
    /// definition that Rerun cannot read or lay out.
    pub fn parse(name: &str, encoding: &str, data: &[u8]) -> Result<Option<Self>, String> {
        match encoding {
            "ros2msg" => {
                let definition = Definition::parse(name, &String::from_utf8_lossy(data))?;
                Ok(Some(Self::Ros2(definition)))
            }
            "protobuf" => Ok(Some(Self::Protobuf(protobuf::types(name, data)?))),
            _ => Ok(None),
        }
    }

    /// Bytes of memory in which a message can be decoded, as far as it fits the definition.
    pub fn memory(&self, message: &[u8]) -> Result<usize, TooLarge> {
        match self {
            Self::Ros2(definition) => definition.memory(message),
            Self::Protobuf(types) => protobuf_memory::memory(types, message),
        }
    }
}
