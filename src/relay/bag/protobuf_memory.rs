//! How much memory Rerun takes to decode a message of protobuf: it makes a tree of it, in which two bytes may become more
//! than a hundred, and then rows of columns, one for each message in a list, even if it is empty. It reads messages as
//! Rerun does, and decodes nothing itself.

use prost_reflect::{MapKey, Value};

use super::memory::{Memory, Stop, TooLarge};
use super::protobuf::{CELL, Field, FieldKind, Type};
use super::wire::Wire;

/// Bytes of any value.
const VALUE: usize = size_of::<Value>();
/// In a list that may have grown to twice its size.
const ITEM: usize = 2 * VALUE;
/// Of a list or map, however short.
const SHORT: usize = 4 * (VALUE + size_of::<MapKey>());
/// In a map, which may be half empty and is sorted.
const ENTRY: usize = 3 * (VALUE + size_of::<MapKey>());
/// Fields in a node of the tree: at least 5, at most 11.
const NODE_FIELDS: usize = 5;
const NODE: usize = 11 * (VALUE + size_of::<u32>()) + 32;
/// Bytes of a string, in addition to its characters.
const TEXT: usize = 48;
/// Levels of messages. Rerun reads 100, between which maps may lie.
const LEVELS: usize = 200;

/// Bytes of memory in which a message of the first of these types can be decoded, as far as it is one.
pub(super) fn memory(types: &[Type], message: &[u8]) -> Result<usize, TooLarge> {
    let mut walk = Walk { types, wire: Wire(message), memory: Memory::default() };
    let read = walk.top();
    walk.memory.taken(read)
}

/// Where a message ends.
#[derive(Clone, Copy)]
enum End {
    /// Where this many bytes are left.
    Left(usize),
    /// At the mark that ends this group.
    Group(u64),
}

struct Walk<'a> {
    types: &'a [Type],
    wire: Wire<'a>,
    memory: Memory,
}

impl<'a> Walk<'a> {
    fn top(&mut self) -> Result<(), Stop> {
        let Some(top) = self.types.first() else { return Ok(()) };
        self.memory.take(top.row, 1)?;
        self.message(Some(top), End::Left(0), LEVELS)
    }

    /// The fields of a message, which is of no known type in a field that is not known.
    fn message(&mut self, of: Option<&'a Type>, end: End, levels: usize) -> Result<(), Stop> {
        let levels = levels.checked_sub(1).ok_or(Stop::Misfit)?;
        let (mut last, mut fields) = (None, 0);
        loop {
            // The end is looked for between fields only: what lies beyond it is decoded first.
            match (end, self.wire.0.len()) {
                (End::Left(end), left) if left == end => return Ok(()),
                (End::Left(end), left) if left < end => return Err(Stop::Misfit),
                _ => {}
            }
            let (number, kind) = self.wire.key().ok_or(Stop::Misfit)?;
            // Elsewhere it is a wire type like any other, and an entry of a map may have it.
            if let (End::Group(group), 4) = (end, kind) {
                return if group == number { Ok(()) } else { Err(Stop::Misfit) };
            }
            let field = of.and_then(|of| of.fields.get(&number));
            if last != Some(number) {
                if fields % NODE_FIELDS == 0 {
                    self.memory.take(NODE, 1)?;
                }
                let is_many = field
                    .is_none_or(|field| field.is_list || matches!(field.kind, FieldKind::Map(_)));
                self.memory.take(SHORT, usize::from(is_many))?;
                (last, fields) = (Some(number), fields + 1);
            }
            match field {
                Some(field) => {
                    self.memory.look_up(field.excludes)?;
                    self.field(field, number, kind, levels)?;
                }
                None => {
                    self.memory.take(ITEM, 1)?;
                    self.unknown(number, kind, levels)?;
                }
            }
        }
    }

    fn field(&mut self, field: &Field, number: u64, kind: u64, levels: usize) -> Result<(), Stop> {
        let types = self.types;
        let count = usize::from(field.is_list);
        match (field.kind, kind) {
            // Rerun reads the length of an entry whatever the wire type.
            (FieldKind::Map(place), _) => {
                let entry = &types[place];
                self.memory.take(ENTRY.saturating_add(entry.row), 1)?;
                let end = self.end()?;
                self.message(Some(entry), end, levels)
            }
            (FieldKind::Message(place), 2) => {
                let inner = &types[place];
                self.memory.take(ITEM.saturating_add(inner.row), count)?;
                let end = self.end()?;
                self.message(Some(inner), end, levels)
            }
            (FieldKind::Group(place), 3) => {
                let inner = &types[place];
                self.memory.take(ITEM.saturating_add(inner.row), count)?;
                self.message(Some(inner), End::Group(number), levels)
            }
            (FieldKind::Text, 2) => {
                self.memory.take(ITEM + CELL, count)?;
                self.unknown(number, kind, levels)
            }
            (FieldKind::Number { packed, cell }, 2) if field.is_list => {
                let length = self.wire.length().ok_or(Stop::Misfit)?;
                let bytes = self.wire.bytes(length).ok_or(Stop::Misfit)?;
                let count = match packed {
                    Some(size) => bytes.len() / size,
                    None => bytes.iter().filter(|byte| **byte < 0x80).count(),
                };
                Ok(self.memory.take(ITEM + cell, count)?)
            }
            (FieldKind::Number { cell, .. }, 0 | 1 | 5) => {
                self.memory.take(ITEM + cell, count)?;
                self.unknown(number, kind, levels)
            }
            _ => Err(Stop::Misfit),
        }
    }

    /// A value by its wire type alone.
    fn unknown(&mut self, number: u64, kind: u64, levels: usize) -> Result<(), Stop> {
        let got = match kind {
            0 => self.wire.varint().map(|_| ()),
            1 => self.wire.bytes(8).map(|_| ()),
            2 => {
                let length = self.wire.length().ok_or(Stop::Misfit)?;
                let bytes = self.wire.bytes(length).ok_or(Stop::Misfit)?;
                // Also in the column.
                self.memory.take(2 * bytes.len() + TEXT, 1)?;
                Some(())
            }
            3 => return self.message(None, End::Group(number), levels),
            5 => self.wire.bytes(4).map(|_| ()),
            _ => None,
        };
        got.ok_or(Stop::Misfit)
    }

    /// Where the message ends whose length is next.
    fn end(&mut self) -> Result<End, Stop> {
        let length = self.wire.length().ok_or(Stop::Misfit)?;
        self.wire.0.len().checked_sub(length).map(End::Left).ok_or(Stop::Misfit)
    }
}

#[cfg(test)]
mod tests {
    use prost_reflect::prost::Message as _;
    use prost_reflect::prost_types::field_descriptor_proto::{Label, Type as Kind};
    use prost_reflect::prost_types::{
        DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto,
        FileDescriptorProto, FileDescriptorSet, MessageOptions, OneofDescriptorProto,
    };
    use prost_reflect::{DescriptorPool, DynamicMessage};

    use super::*;
    use crate::attack::damaged;
    use crate::relay::bag::protobuf::types;

    fn field(number: i32, label: Label, kind: Kind, of: &str) -> FieldDescriptorProto {
        FieldDescriptorProto {
            name: Some(format!("f{number}")),
            number: Some(number),
            label: Some(label.into()),
            r#type: Some(kind.into()),
            type_name: (!of.is_empty()).then(|| format!(".{of}")),
            ..FieldDescriptorProto::default()
        }
    }

    fn message(name: &str, field: Vec<FieldDescriptorProto>) -> DescriptorProto {
        DescriptorProto { name: Some(name.to_owned()), field, ..DescriptorProto::default() }
    }

    /// `Top` has bytes, lists of numbers, messages and groups, an enum with a long name, and a map.
    fn definition() -> Vec<u8> {
        use Label::{Optional, Repeated};
        let top = vec![
            field(1, Repeated, Kind::Bytes, ""),
            field(2, Repeated, Kind::Message, "Part"),
            field(3, Repeated, Kind::Double, ""),
            field(4, Repeated, Kind::Int32, ""),
            field(5, Repeated, Kind::Message, "Top.F5Entry"),
            field(6, Repeated, Kind::Enum, "Long"),
            field(7, Optional, Kind::Group, "Part"),
            field(8, Optional, Kind::Message, "Wide"),
            field(9, Repeated, Kind::Message, "Wide"),
        ];
        let part = vec![field(1, Optional, Kind::Int32, "")];
        let wide = (1..1000).map(|number| field(number, Optional, Kind::Double, "")).collect();
        let entry =
            vec![field(1, Optional, Kind::Int32, ""), field(2, Optional, Kind::Message, "Part")];
        let options = Some(MessageOptions { map_entry: Some(true), ..MessageOptions::default() });
        let entry = DescriptorProto { options, ..message("F5Entry", entry) };
        let top = DescriptorProto { nested_type: vec![entry], ..message("Top", top) };
        let value = EnumValueDescriptorProto {
            name: Some("L".repeat(10_000)),
            number: Some(0),
            ..EnumValueDescriptorProto::default()
        };
        let long = EnumDescriptorProto {
            name: Some("Long".to_owned()),
            value: vec![value],
            ..EnumDescriptorProto::default()
        };
        let file = FileDescriptorProto {
            name: Some("top.proto".to_owned()),
            message_type: vec![top, message("Part", part), message("Wide", wide)],
            enum_type: vec![long],
            ..FileDescriptorProto::default()
        };
        FileDescriptorSet { file: vec![file] }.encode_to_vec()
    }

    /// A field with bytes.
    fn with(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut field = vec![number << 3 | 2];
        prost_reflect::prost::encoding::encode_varint(bytes.len() as u64, &mut field);
        field.extend(bytes);
        field
    }

    #[test]
    fn messages_that_take_much_more_memory_than_bytes_are_found() {
        let types = types("Top", &definition()).unwrap();
        let is_bounded = |message: &[u8]| memory(&types, message).is_ok();
        let bytes = with(1, &vec![0; 2_000_000]).repeat(5);
        assert!(is_bounded(&bytes));
        assert!(is_bounded(&with(3, &vec![0; 1_000_000])));
        assert!(is_bounded(&with(2, b"\x08\x07").repeat(10_000)));
        let large = [
            ("messages", b"\x12\0".repeat(1_000_000)),
            ("numbers", with(4, &vec![0; 1_000_000])),
            ("numbers one by one", b"\x20\0".repeat(1_000_000)),
            ("entries", b"\x2a\0".repeat(1_000_000)),
            ("names", with(6, &[0; 10_000])),
            ("unknown fields", b"\xa0\x06\0".repeat(1_000_000)),
            ("columns", b"\x4a\0".repeat(10_000)),
            ("a group", [&b"\x3b"[..], &b"\xa0\x06\0".repeat(400_000), b"\x3c"].concat()),
            ("entries that end groups", b"\x2c\0".repeat(1_000_000)),
            // The part in the entry is decoded before it is found that it ends behind it.
            ("beyond", [&b"\x2a\x02"[..], &with(2, &b"\xa0\x06\0".repeat(400_000))].concat()),
        ];
        for (name, message) in large {
            assert!(!is_bounded(&message), "{name}");
        }
    }

    #[test]
    fn messages_whose_fields_exclude_many_others_are_found() {
        let field = |number| FieldDescriptorProto {
            oneof_index: Some(0),
            ..field(number, Label::Optional, Kind::Int32, "")
        };
        let oneof = OneofDescriptorProto { name: Some("one".to_owned()), options: None };
        let top = DescriptorProto {
            oneof_decl: vec![oneof],
            ..message("Top", (1..=1001).map(field).collect())
        };
        let file = FileDescriptorProto {
            name: Some("top.proto".to_owned()),
            message_type: vec![top],
            ..FileDescriptorProto::default()
        };
        let types = types("Top", &FileDescriptorSet { file: vec![file] }.encode_to_vec()).unwrap();
        let is_bounded = |times| memory(&types, &b"\x08\x07\x10\x07".repeat(times)).is_ok();
        // Each field looks for a thousand others, a million of which may be looked for.
        assert!(is_bounded(500));
        assert!(!is_bounded(530));
    }

    #[test]
    fn every_message_that_rerun_decodes_is_measured_to_its_end() {
        let types = types("Top", &definition()).unwrap();
        let pool = DescriptorPool::decode(&definition()[..]).unwrap();
        let top = pool.get_message_by_name("Top").unwrap();
        let (part, entry) = (with(2, b"\x08\x07"), with(5, b"\x08\x01\x12\x02\x08\x09"));
        let group = b"\x3b\x08\x01\x3c\xa3\x06\x08\x01\xa4\x06\xa0\x06\x05".to_vec();
        let numbers = [with(3, &[0; 16]), with(4, b"\x80\x01\x07"), b"\x20\x05".to_vec()].concat();
        let seeds = [part, entry, group, numbers, with(8, &[0x09; 9])];
        let all = seeds.concat();
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).chain([&all[..]]).collect();
        assert!(seeds.iter().all(|seed| DynamicMessage::decode(top.clone(), *seed).is_ok()));
        damaged(&seeds, |bytes| {
            let mut walk = Walk { types: &types, wire: Wire(bytes), memory: Memory::default() };
            let is_read = walk.top().is_ok();
            if DynamicMessage::decode(top.clone(), bytes).is_ok() {
                assert!(is_read);
            }
        });
    }
}
