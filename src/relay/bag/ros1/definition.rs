//! Definitions of ROS 1's message types: their fields, and the text that defines the same messages in ROS 2.
//! It reads no message; `message.rs` does.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::relay::bag::definition_size::{can_be_laid_out, sections};

/// A message type with the types of its fields.
#[derive(Debug, PartialEq)]
pub(super) struct Definition {
    /// The type itself comes first.
    types: Vec<MessageType>,
}

#[derive(Debug, PartialEq)]
pub(super) struct MessageType {
    /// As ROS 1 writes it, with the package.
    name: String,
    pub fields: Vec<Field>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Field {
    name: String,
    pub kind: Kind,
    pub count: Count,
    /// ROS 2 has no such field.
    pub is_dropped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// ROS 2's name, bytes, and bytes of the parts that it is aligned to.
    Plain(&'static str, usize, usize),
    Text,
    /// The place of its type in the definition.
    Message(usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Count {
    One,
    Fixed(u32),
    /// The message states how many.
    Any,
}

/// <https://wiki.ros.org/msg#Fields>, with ROS 2's names.
const PLAIN: [(&str, Kind); 15] = [
    ("bool", Kind::Plain("bool", 1, 1)),
    ("int8", Kind::Plain("int8", 1, 1)),
    ("uint8", Kind::Plain("uint8", 1, 1)),
    ("byte", Kind::Plain("int8", 1, 1)),
    ("char", Kind::Plain("uint8", 1, 1)),
    ("int16", Kind::Plain("int16", 2, 2)),
    ("uint16", Kind::Plain("uint16", 2, 2)),
    ("int32", Kind::Plain("int32", 4, 4)),
    ("uint32", Kind::Plain("uint32", 4, 4)),
    ("int64", Kind::Plain("int64", 8, 8)),
    ("uint64", Kind::Plain("uint64", 8, 8)),
    ("float32", Kind::Plain("float32", 4, 4)),
    ("float64", Kind::Plain("float64", 8, 8)),
    ("time", Kind::Plain("builtin_interfaces/Time", 8, 4)),
    ("duration", Kind::Plain("builtin_interfaces/Duration", 8, 4)),
];

/// ROS 2's definitions of types that ROS 1 has built in.
const BUILT_IN: [(&str, &str); 2] = [
    ("builtin_interfaces/Time", "int32 sec\nuint32 nanosec\n"),
    ("builtin_interfaces/Duration", "int32 sec\nuint32 nanosec\n"),
];

const HEADER: &str = "std_msgs/Header";

impl Definition {
    /// Read the definition of the type `name`, as a bag holds it: its own text, and below it that of each type in it.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let sections = sections(name, text);
        let places: BTreeMap<&str, usize> =
            sections.iter().enumerate().rev().map(|(at, (name, _))| (*name, at)).collect();
        let types = sections
            .iter()
            .map(|(name, lines)| {
                if !is_type_name(name) {
                    return Err(format!("it has the type {name:?}"));
                }
                let fields = lines.iter().filter_map(|line| field(name, line, &places));
                let fields = fields.collect::<Result<_, String>>()?;
                Ok(MessageType { name: (*name).to_owned(), fields })
            })
            .collect::<Result<Vec<_>, String>>()?;
        let inner = |field: &Field| match field.kind {
            Kind::Message(place) => Some(place),
            _ => None,
        };
        let fields = |one: &MessageType| one.fields.iter().map(inner).collect();
        match can_be_laid_out(&types.iter().map(fields).collect::<Vec<_>>()) {
            true => Ok(Self { types }),
            false => Err(format!("{name} is too large, or contains itself")),
        }
    }

    pub fn top(&self) -> &MessageType {
        &self.types[0]
    }

    pub fn get(&self, place: usize) -> &MessageType {
        &self.types[place]
    }

    /// The name of the type in ROS 2.
    pub fn name(&self) -> String {
        let top = self.top();
        let has = |name: &str| top.fields.iter().any(|field| field.name == name);
        match &*top.name {
            "tf/tfMessage" => "tf2_msgs/msg/TFMessage".to_owned(),
            // Older than ROS 2's: not under its name, by which Rerun would read it.
            name @ "sensor_msgs/BatteryState" if !has("temperature") => name.to_owned(),
            name => match name.split_once('/') {
                Some((package, name)) => format!("{package}/msg/{name}"),
                None => name.to_owned(),
            },
        }
    }

    /// The definition in ROS 2's language, without constants.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut built_in = [false; BUILT_IN.len()];
        let begin = |text: &mut String, name: &str| {
            // Writing to a string does not fail.
            let _ = write!(text, "{}\nMSG: {name}\n", "=".repeat(80));
        };
        for (at, one) in self.types.iter().enumerate() {
            if at > 0 {
                begin(&mut text, &one.name);
            }
            for field in one.fields.iter().filter(|field| !field.is_dropped) {
                let kind = match field.kind {
                    Kind::Plain(name, ..) => name,
                    Kind::Text => "string",
                    Kind::Message(place) => &self.types[place].name,
                };
                for (used, (name, _)) in built_in.iter_mut().zip(BUILT_IN) {
                    *used |= kind == name;
                }
                let count = match field.count {
                    Count::One => String::new(),
                    Count::Fixed(count) => format!("[{count}]"),
                    Count::Any => "[]".to_owned(),
                };
                let _ = writeln!(text, "{kind}{count} {}", field.name.to_lowercase());
            }
        }
        for ((name, fields), _) in BUILT_IN.iter().zip(built_in).filter(|(_, used)| *used) {
            begin(&mut text, name);
            text += fields;
        }
        text
    }
}

/// <https://wiki.ros.org/Names#Package_Resource_Names>
fn is_type_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '/'))
}

/// The field on a line of the type `owner`; `None` for a constant.
fn field(owner: &str, line: &str, places: &BTreeMap<&str, usize>) -> Option<Result<Field, String>> {
    let (kind, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let name = name.trim();
    if name.contains('=') {
        return None;
    }
    let parse = || {
        let bad = || format!("{owner} has the field {line:?}");
        let (kind, count) = match kind.strip_suffix(']').map(|kind| kind.split_once('[')) {
            None => (kind, Count::One),
            Some(Some((kind, ""))) => (kind, Count::Any),
            Some(Some((kind, count))) => (kind, Count::Fixed(count.parse().map_err(|_| bad())?)),
            Some(None) => return Err(bad()),
        };
        let plain = PLAIN.iter().find(|(name, _)| *name == kind).map(|(_, kind)| *kind);
        let message = || {
            let package = owner.split_once('/').map_or("", |(package, _)| package);
            let beside = format!("{package}/{kind}");
            let place = match kind {
                "Header" => places.get(HEADER),
                _ => places.get(kind).or_else(|| places.get(&*beside)),
            };
            place.map(|&place| Kind::Message(place))
        };
        let text = (kind == "string").then_some(Kind::Text);
        let kind = plain.or(text).or_else(message).ok_or_else(bad)?;
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(bad());
        }
        let is_dropped = owner == HEADER && name.eq_ignore_ascii_case("seq");
        Ok(Field { name: name.to_owned(), kind, count, is_dropped })
    };
    Some(parse())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged_text;

    const INFO: &str = "# A camera\nuint8 OTHER=3\nHeader header\nfloat64[9] K   # its matrix\n\
        string[] names\nRegion roi\nduration wait\n\
        ====================\nMSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id\n\
        ====================\nMSG: sensor_msgs/Region\nbyte a\nchar b\n";

    #[test]
    fn a_definition_is_translated_to_ros_2() {
        let definition = Definition::parse("sensor_msgs/Info", INFO).unwrap();
        assert_eq!(definition.name(), "sensor_msgs/msg/Info");
        let line = "=".repeat(80);
        let wanted = format!(
            "std_msgs/Header header\nfloat64[9] k\nstring[] names\nsensor_msgs/Region roi\n\
             builtin_interfaces/Duration wait\n\
             {line}\nMSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id\n\
             {line}\nMSG: sensor_msgs/Region\nint8 a\nuint8 b\n\
             {line}\nMSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n\
             {line}\nMSG: builtin_interfaces/Duration\nint32 sec\nuint32 nanosec\n"
        );
        assert_eq!(definition.text(), wanted);
    }

    #[test]
    fn types_that_ros_2_renamed_or_changed_are_named_for_it() {
        let name = |name, text| Definition::parse(name, text).unwrap().name();
        assert_eq!(name("tf/tfMessage", ""), "tf2_msgs/msg/TFMessage");
        assert_eq!(name("sensor_msgs/BatteryState", "float32 voltage"), "sensor_msgs/BatteryState");
        let new = "float32 voltage\nfloat32 temperature";
        assert_eq!(name("sensor_msgs/BatteryState", new), "sensor_msgs/msg/BatteryState");
    }

    #[test]
    fn invalid_definitions_are_rejected() {
        let error = |text| Definition::parse("a/B", text).unwrap_err();
        assert_eq!(error("Other x"), "a/B has the field \"Other x\"");
        assert_eq!(error("int32"), "a/B has the field \"int32\"");
        assert_eq!(error("int32[x] y"), "a/B has the field \"int32[x] y\"");
        assert_eq!(
            error("int8 x\n====\nMSG: a/C MSG: d\nint8 y"),
            "it has the type \"a/C MSG: d\""
        );
        assert_eq!(error("B again"), "a/B is too large, or contains itself");
        assert_eq!(error("C c\n====\nMSG: a/C\nB b"), "a/B is too large, or contains itself");
    }

    #[test]
    fn arbitrary_definitions_do_not_panic() {
        damaged_text(&[INFO, "B again", "int8[4294967295] x"], |text| {
            if let Ok(definition) = Definition::parse("sensor_msgs/Info", text) {
                assert!(!definition.text().contains("MSG: std_msgs/Header\nuint32 seq\n"));
            }
        });
    }
}
