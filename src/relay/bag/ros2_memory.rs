//! Whether Rerun can decode messages of ROS 2 by their definition in bounded memory. It lays each message out as a tree,
//! which can take a thousand times the message's bytes, and reserves room for lists by the lengths that they state.
//! It reads definitions as Rerun does, and decodes nothing itself.

use std::collections::BTreeMap;

use re_ros_msg::MessageSchema;
use re_ros_msg::deserialize::{MapResolver, TypeResolver as _};
use re_ros_msg::message_spec::{ArraySize, BuiltInType, MessageSpecification, Type};

use super::definition_size::{MOST_LEVELS, can_be_laid_out};
use super::memory::{Memory, Stop, TooLarge};

/// Bytes of a node in the tree that is a message's map, with room for eleven fields.
const NODE: usize = 752;
const NODE_FIELDS: usize = 11;
/// Fewest fields in a node that was split off another.
const SPLIT_FIELDS: usize = 5;
/// Bytes of a field in a node, in addition to its name.
const FIELD: usize = 24;
/// Bytes of a value in a list.
const VALUE: usize = 40;
/// Bytes of a string, in addition to its characters.
const TEXT: usize = 48;

/// The definition of a message type.
pub(super) struct Definition(MessageSchema);

impl Definition {
    /// Read a definition, with those of the types in it. An error for one that Rerun cannot read or lay out.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let schema = MessageSchema::parse(name, text).map_err(|error| format!("{error:#}"))?;
        let mut parts = BTreeMap::new();
        for part in &schema.dependencies {
            // Rerun takes the first of two in one place and the last in another.
            if parts.insert(&part.name, part).is_some_and(|other| other != part) {
                return Err(format!("it defines {} twice", part.name));
            }
        }
        let definition = Self(schema);
        match definition.can_be_laid_out() {
            true => Ok(definition),
            false => Err("it is too large to lay out".to_owned()),
        }
    }

    fn can_be_laid_out(&self) -> bool {
        let Self(MessageSchema { spec, dependencies }) = self;
        let resolver = self.resolver();
        let places: BTreeMap<&str, usize> =
            dependencies.iter().map(|part| part.name.as_str()).zip(1..).collect();
        let types: Vec<_> = std::iter::once(spec)
            .chain(dependencies)
            .map(|scope| {
                let place = |kind: &Type| match innermost(kind) {
                    Type::Complex(kind) => {
                        let inner = resolver.resolve(scope, kind)?;
                        places.get(inner.name.as_str()).copied()
                    }
                    _ => None,
                };
                scope.fields.iter().map(|field| place(&field.ty)).collect()
            })
            .collect();
        can_be_laid_out(&types)
    }

    fn resolver(&self) -> MapResolver<'_> {
        MapResolver::new(self.0.dependencies.iter().map(|part| (part.name.clone(), part)))
    }

    /// Bytes of memory in which a message can be decoded, as far as it fits the definition.
    pub fn memory(&self, message: &[u8]) -> Result<usize, TooLarge> {
        let Some(([_, representation, _, _], body)) = message.split_first_chunk() else {
            return Ok(0);
        };
        let resolver = self.resolver();
        let mut walk = Walk {
            body,
            at: 0,
            is_big_endian: representation & 1 == 0,
            resolver: &resolver,
            memory: Memory::default(),
        };
        let read = walk.message(&self.0.spec, MOST_LEVELS);
        walk.memory.taken(read)
    }
}

fn innermost(kind: &Type) -> &Type {
    match kind {
        Type::Array { ty, .. } => innermost(ty),
        other => other,
    }
}

/// Goes through a message as Rerun does.
struct Walk<'a> {
    body: &'a [u8],
    at: usize,
    is_big_endian: bool,
    resolver: &'a MapResolver<'a>,
    memory: Memory,
}

impl Walk<'_> {
    fn message(&mut self, of: &MessageSpecification, levels: usize) -> Result<(), Stop> {
        let levels = levels.checked_sub(1).ok_or(Stop::TooLarge)?;
        let fields = of.fields.len();
        let nodes = if fields > NODE_FIELDS { 1 + fields / SPLIT_FIELDS } else { 1 };
        self.memory.take(NODE, nodes)?;
        for field in &of.fields {
            self.memory.take(FIELD + field.name.len(), 1)?;
            self.value(of, &field.ty, levels)?;
        }
        Ok(())
    }

    fn value(&mut self, of: &MessageSpecification, kind: &Type, levels: usize) -> Result<(), Stop> {
        match kind {
            Type::BuiltIn(plain) => self.plain(plain, 1),
            Type::Complex(name) => match self.resolver.resolve(of, name) {
                None => Err(Stop::Misfit),
                // One that has nothing but constants is a byte.
                Some(inner) if inner.fields.is_empty() => self.skip(1, 1),
                Some(inner) => self.message(inner, levels),
            },
            Type::Array { ty, size } => {
                let count = match size {
                    ArraySize::Fixed(count) => *count,
                    ArraySize::Bounded(_) | ArraySize::Unbounded => self.length()?,
                };
                match &**ty {
                    Type::BuiltIn(plain) => self.plain(plain, count),
                    inner => {
                        self.memory.take(VALUE, count)?;
                        (0..count).try_for_each(|_| self.value(of, inner, levels))
                    }
                }
            }
        }
    }

    /// Plain values one behind the other.
    fn plain(&mut self, kind: &BuiltInType, count: usize) -> Result<(), Stop> {
        let size = match kind {
            BuiltInType::Bool
            | BuiltInType::Byte
            | BuiltInType::Char
            | BuiltInType::Int8
            | BuiltInType::UInt8 => 1,
            BuiltInType::Int16 | BuiltInType::UInt16 => 2,
            BuiltInType::Int32 | BuiltInType::UInt32 | BuiltInType::Float32 => 4,
            BuiltInType::Int64 | BuiltInType::UInt64 | BuiltInType::Float64 => 8,
            BuiltInType::String(_) => {
                return (0..count).try_for_each(|_| {
                    let length = self.length()?;
                    self.memory.take(TEXT + length, 1)?;
                    self.skip(1, length)
                });
            }
            BuiltInType::WString(_) => return Err(Stop::Misfit),
        };
        match count {
            0 => Ok(()),
            _ => {
                // Rerun may reserve room for as many as are stated.
                self.memory.take(size, count)?;
                self.skip(size, count)
            }
        }
    }

    fn length(&mut self) -> Result<usize, Stop> {
        self.skip(4, 1)?;
        let four = self.body[..self.at].last_chunk().copied().ok_or(Stop::Misfit)?;
        let number = match self.is_big_endian {
            true => u32::from_be_bytes(four),
            false => u32::from_le_bytes(four),
        };
        Ok(number as usize)
    }

    /// Skip values of 1, 2, 4 or 8 bytes, which are aligned to their size.
    fn skip(&mut self, size: usize, count: usize) -> Result<(), Stop> {
        let at = self.at.next_multiple_of(size);
        let end = size.checked_mul(count).and_then(|bytes| at.checked_add(bytes));
        self.at = end.filter(|end| *end <= self.body.len()).ok_or(Stop::Misfit)?;
        Ok(())
    }
}

#[cfg(test)]
#[path = "ros2_memory_tests.rs"]
mod tests;
