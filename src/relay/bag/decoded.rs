//! Whether Rerun can decode messages of ROS 2 by their definition in bounded memory. It lays each message out as a tree,
//! which can take a thousand times the message's bytes, and reserves room for lists by the lengths that they state.
//! It reads definitions as Rerun does, and decodes nothing itself.

use std::collections::BTreeMap;

use re_ros_msg::MessageSchema;
use re_ros_msg::deserialize::{MapResolver, TypeResolver as _};
use re_ros_msg::message_spec::{ArraySize, BuiltInType, MessageSpecification, Type};

use super::definition_size::{MOST_LEVELS, can_be_laid_out};
use super::limits::{Memory, TooLarge};

/// Bytes of a node in the tree that is a message's map, with room for eleven fields.
const NODE: usize = 752;
const NODE_FIELDS: usize = 11;
/// Nodes that were split have at least so many fields.
const SPLIT_FIELDS: usize = 5;
/// Of a field in it, beside its name.
const FIELD: usize = 24;
/// Of a value in a list.
const VALUE: usize = 40;
/// Of a text, beside its bytes.
const TEXT: usize = 48;

/// The definition of a message type.
pub(super) struct Definition(MessageSchema);

/// Why a message was not read to its end.
enum Stop {
    TooLarge,
    /// It does not fit its definition, as Rerun will find.
    Misfit,
}

impl From<TooLarge> for Stop {
    fn from(TooLarge: TooLarge) -> Self {
        Self::TooLarge
    }
}

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
        match walk.message(&self.0.spec, MOST_LEVELS) {
            Err(Stop::TooLarge) => Err(TooLarge),
            Ok(()) | Err(Stop::Misfit) => Ok(walk.memory.taken()),
        }
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
mod tests {
    use super::*;
    use crate::attack::{damaged, damaged_text};

    const LINE: &str = "================";

    /// Each type holds the next one twice.
    fn doubled(levels: usize) -> String {
        let inner = |at| format!("{LINE}\nMSG: x/T{at}\nT{0} a\nT{0}[] b\n", at + 1);
        let parts: String = (0..levels).map(inner).collect();
        format!("T0 a\n{parts}{LINE}\nMSG: x/T{levels}\nstring<=8[<=2] a\n")
    }

    fn parse(text: &str) -> Result<Definition, String> {
        Definition::parse("x/msg/Top", &text.replace("----", LINE))
    }

    #[test]
    fn what_grows_beyond_all_bounds_is_found() {
        assert!(Definition::parse("x/Top", &doubled(8)).is_ok());
        let error = |text: &str| Definition::parse("x/Top", text).err().unwrap_or_default();
        assert!(error(&doubled(30)).contains("too large"));
        let chain = |levels: usize| -> String {
            let one = |at| format!("{LINE}\nMSG: x/T{at}\nx/T{} a\n", at + 1);
            let parts: String = (0..levels).map(one).collect();
            format!("T0 a\n{parts}{LINE}\nMSG: x/T{levels}\nint8 a\n")
        };
        assert!(Definition::parse("x/Top", &chain(40)).is_ok());
        assert!(error(&chain(10_000)).contains("too large"));
        assert!(error(&format!("A a\n{LINE}\nMSG: x/A\nA a\n")).contains("too large"));
        let two = format!("A a\n{LINE}\nMSG: x/A\nint8 a\n{LINE}\nMSG: x/A\nA[] a\n");
        assert_eq!(error(&two), "it defines x/A twice");
        assert!(!error("int8").is_empty());
    }

    #[test]
    fn messages_that_take_much_more_memory_than_bytes_are_found() {
        let is_bounded = |text: &str, body: &[u8]| {
            let message = [&b"\0\x01\0\0"[..], body].concat();
            parse(text).unwrap().memory(&message).is_ok()
        };
        let part = "Part[] a\n----\nMSG: x/Part\nuint8 a\nuint8 b\n";
        let many = |count: u32, bytes: usize| [&count.to_le_bytes()[..], &vec![0; bytes]].concat();
        assert!(is_bounded(part, &many(1000, 2000)));
        assert!(!is_bounded(part, &many(60_000, 120_000)));
        assert!(!is_bounded(part, &many(u32::MAX, 8)));
        assert!(!is_bounded("Part[9999999999] a\n----\nMSG: x/Part\nint8 a\n", b""));
        assert!(!is_bounded("string[] a", &many(1_200_000, 4_800_000)));
        assert!(is_bounded("uint8[] a", &many(8_000_000, 8_000_000)));
        assert!(!is_bounded("float64[] a", &many(u32::MAX, 8)));
        assert!(is_bounded("float64[] a", &many(9, 8)));
    }

    #[test]
    fn large_messages_of_ordinary_types_are_decoded() {
        // In unit tests messages may take a 48th of the memory.
        const SMALLER: usize = 48;
        let header = "----\nMSG: std_msgs/Header\nTime stamp\nstring frame_id\n----\nMSG: std_msgs/Time\n\
            int32 sec\nuint32 nanosec\n";
        let geometry = "----\nMSG: x/Pose\nPoint position\nQuaternion orientation\n\
            ----\nMSG: x/Point\nfloat64 x\nfloat64 y\nfloat64 z\n\
            ----\nMSG: x/Quaternion\nfloat64 x\nfloat64 y\nfloat64 z\nfloat64 w\n\
            ----\nMSG: x/Color\nfloat32 r\nfloat32 g\nfloat32 b\nfloat32 a\n";
        let markers = "Marker[] markers\n----\nMSG: x/Marker\nstd_msgs/Header header\nstring ns\nint32 id\n\
            int32 type\nint32 action\nPose pose\nPoint scale\nColor color\nstd_msgs/Time lifetime\n\
            bool frame_locked\nPoint[] points\nColor[] colors\nstring texture_resource\nImage texture\n\
            Point[] uv_coordinates\nstring text\nstring mesh_resource\nFile mesh_file\n\
            bool mesh_use_embedded_materials\n\
            ----\nMSG: x/Image\nstd_msgs/Header header\nstring format\nuint8[] data\n\
            ----\nMSG: x/File\nstring filename\nuint8[] data\n";
        let cloud = "std_msgs/Header header\nPoint32[] points\nChannel[] channels\n\
            ----\nMSG: x/Point32\nfloat32 x\nfloat32 y\nfloat32 z\n\
            ----\nMSG: x/Channel\nstring name\nfloat32[] values\n";
        let bytes = "std_msgs/Header header\nuint8[] data\n";
        // The bytes before the number of elements, and their number, size and the memory they take at the least.
        let cases = [
            ("markers", markers, 0, 100_000, 400, 10_000),
            ("points", cloud, 12, 500_000, 12, 700),
            ("bytes of an image or a cloud", bytes, 12, 120_000_000, 1, 1),
            ("cells of a map", "std_msgs/Header header\nint8[] data\n", 12, 16_000_000, 1, 1),
            ("ranges", "std_msgs/Header header\nfloat32[] ranges\n", 12, 10_000_000, 4, 4),
        ];
        for (name, text, before, count, size, least) in cases {
            let definition = parse(&format!("{text}{header}{geometry}")).unwrap();
            let count = count / SMALLER;
            let length = u32::try_from(count).unwrap().to_le_bytes();
            let body = [&vec![0; before][..], &length, &vec![0; count * size + 8]].concat();
            let memory = definition.memory(&[&b"\0\x01\0\0"[..], &body].concat());
            assert!(memory.is_ok_and(|memory| memory >= count * least), "{name}");
        }
    }

    #[test]
    fn values_are_where_cdr_has_them() {
        let text = "uint8 a\nfloat64 b\nstring c\nint16[] d\nKind e\nPart[] f\n\
            ----\nMSG: x/Kind\nuint8 ONE=1\n----\nMSG: x/Part\nint8 a\n";
        let mut body = vec![1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        body.extend(b"\x03\0\0\0hi\0\0\x01\0\0\0\x07\0\x01\0");
        for (count, is_bounded) in [([2, 0, 0, 0], true), ([0, 0, 0, 2], false)] {
            let message = [&b"\0\x01\0\0"[..], &body, &count, &[0; 2]].concat();
            assert_eq!(parse(text).unwrap().memory(&message).is_ok(), is_bounded);
        }
    }

    #[test]
    fn nothing_breaks_the_reader() {
        damaged_text(&[&doubled(3), "Top again", "int8[4294967295] x"], |text| {
            let _ = Definition::parse("x/Top", text);
        });
        let definition = parse("Part[] a\n----\nMSG: x/Part\nstring a\nint64 b\n").unwrap();
        damaged(&[b"\0\x01\0\0\x01\0\0\0\x02\0\0\0a\0\0\0\0\0\0\0\0\0\0\0"], |bytes| {
            let _ = definition.memory(bytes);
        });
    }
}
