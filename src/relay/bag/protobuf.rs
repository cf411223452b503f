//! The types of a protobuf definition, and whether Rerun can lay them out as columns. A type may contain itself, which is
//! allowed and in use (`google.protobuf.Struct`), but has no columns. It decodes no message.

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, Kind, MessageDescriptor};

use super::definition_size::{Fields, can_be_laid_out};

/// Bytes of a number, or of the end of a text, in a column that may have grown to twice its size.
pub(super) const CELL: usize = 16;

/// A message type.
#[derive(Default)]
pub(super) struct Type {
    /// By their numbers.
    pub fields: BTreeMap<u64, Field>,
    /// Bytes that a message takes in columns, whatever is in it. Lists have columns of their own.
    pub row: usize,
    /// Types of fields with columns, and whether those have as many rows as the message.
    inner: Vec<(usize, bool)>,
}

pub(super) struct Field {
    pub kind: FieldKind,
    pub is_list: bool,
    /// Fields of the same `oneof`: decoding this one looks for all of them, to remove them.
    pub excludes: usize,
}

/// Types of messages are given by their places.
#[derive(Clone, Copy)]
pub(super) enum FieldKind {
    /// Bytes of one in a packed list, unless this varies, and in a column.
    Number {
        packed: Option<usize>,
        cell: usize,
    },
    /// A text or bytes.
    Text,
    Message(usize),
    Group(usize),
    Map(usize),
}

/// Read the definition of the type `name`: this type, and all that it needs. An error for one that Rerun cannot read or lay
/// out.
pub(super) fn types(name: &str, data: &[u8]) -> Result<Vec<Type>, String> {
    let pool = DescriptorPool::decode(data).map_err(|error| error.to_string())?;
    let Some(top) = pool.get_message_by_name(name) else {
        return Err("it is not in it".to_owned());
    };
    let mut found = Found { places: BTreeMap::new(), waiting: Vec::new() };
    found.place(top);
    let mut types: Vec<Type> = Vec::new();
    let mut laid_out: Vec<Fields> = Vec::new();
    while let Some(one) = found.waiting.get(types.len()).cloned() {
        let (mut this, mut fields) = (Type::default(), Fields::new());
        for field in one.fields() {
            let (is_list, is_map) = (field.is_list(), field.is_map());
            let kind = found.kind(&field.kind(), field.is_group(), is_map);
            let inner = match kind {
                FieldKind::Message(inner) | FieldKind::Group(inner) | FieldKind::Map(inner) => {
                    this.inner.push((inner, !is_list && !is_map));
                    Some(inner)
                }
                _ => None,
            };
            this.row += match kind {
                FieldKind::Number { cell, .. } if !is_list => cell,
                _ => CELL,
            };
            fields.push(inner);
            let excludes = field.containing_oneof().map_or(0, |one| one.fields().len() - 1);
            this.fields.insert(u64::from(field.number()), Field { kind, is_list, excludes });
        }
        // They are decoded, but have no columns.
        for field in one.extensions() {
            let kind = found.kind(&field.kind(), field.is_group(), field.is_map());
            let field_number = u64::from(field.number());
            let is_list = field.is_list();
            this.fields.insert(field_number, Field { kind, is_list, excludes: 0 });
        }
        types.push(this);
        laid_out.push(fields);
    }
    if !can_be_laid_out(&laid_out) {
        return Err("it is too large to lay out".to_owned());
    }
    add_rows(0, &mut types);
    Ok(types)
}

/// Types by name, and in the order in which they were found.
struct Found {
    places: BTreeMap<String, usize>,
    waiting: Vec<MessageDescriptor>,
}

impl Found {
    fn place(&mut self, of: MessageDescriptor) -> usize {
        let next = self.waiting.len();
        let place = *self.places.entry(of.full_name().to_owned()).or_insert(next);
        if place == next {
            self.waiting.push(of);
        }
        place
    }

    fn kind(&mut self, of: &Kind, is_group: bool, is_map: bool) -> FieldKind {
        let number = |packed| FieldKind::Number { packed, cell: CELL };
        match of {
            Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => number(Some(8)),
            Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => number(Some(4)),
            Kind::Bool
            | Kind::Int32
            | Kind::Sint32
            | Kind::Uint32
            | Kind::Int64
            | Kind::Sint64
            | Kind::Uint64 => number(None),
            Kind::Enum(kind) => {
                // Its name is written out.
                let longest = kind.values().map(|value| value.name().len()).max();
                let cell = 2 * CELL + 2 * longest.unwrap_or(0);
                FieldKind::Number { packed: None, cell }
            }
            Kind::String | Kind::Bytes => FieldKind::Text,
            Kind::Message(inner) => {
                let place = self.place(inner.clone());
                match (is_group, is_map) {
                    (_, true) => FieldKind::Map(place),
                    (true, _) => FieldKind::Group(place),
                    _ => FieldKind::Message(place),
                }
            }
        }
    }
}

/// Add the rows of messages in a type and in those that it needs, none of which contains itself.
fn add_rows(place: usize, types: &mut [Type]) -> usize {
    for (inner, is_of_row) in std::mem::take(&mut types[place].inner) {
        let row = add_rows(inner, types);
        if is_of_row {
            types[place].row = types[place].row.saturating_add(row);
        }
    }
    types[place].row
}
