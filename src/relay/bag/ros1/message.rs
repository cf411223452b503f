//! Rewrites messages of ROS 1 as ROS 2 writes them, in CDR: values aligned to their size, text with an end.
//! Both are little-endian. What the fields are is in `definition.rs`.

use super::definition::{Count, Definition, Field, Kind, MessageType};
use crate::relay::bag::limits::LONGEST;

/// What CDR begins with: little-endian, no options.
const CDR: [u8; 4] = [0, 1, 0, 0];

/// The same message in CDR; `None` if it does not fit its definition, or becomes too large.
pub(super) fn to_cdr(definition: &Definition, message: &[u8]) -> Option<Vec<u8>> {
    let mut cdr = Vec::with_capacity(message.len() + message.len() / 8 + 64);
    cdr.extend(CDR);
    // A field of no bytes costs nothing in the message, and may be repeated any number of times.
    let fields_left = message.len().saturating_mul(8).saturating_add(1 << 16);
    let mut rewrite = Rewrite { definition, rest: message, cdr, fields_left };
    rewrite.message(definition.top(), true)?;
    rewrite.rest.is_empty().then_some(rewrite.cdr)
}

struct Rewrite<'a> {
    definition: &'a Definition,
    rest: &'a [u8],
    cdr: Vec<u8>,
    fields_left: usize,
}

impl<'a> Rewrite<'a> {
    /// Read a message of a type, and write it if it is kept.
    fn message(&mut self, of: &MessageType, kept: bool) -> Option<()> {
        if of.fields.is_empty() {
            self.fields_left = self.fields_left.checked_sub(1)?;
            // ROS 2 has no empty message: https://design.ros2.org/articles/idl_interface_definition.html
            self.put(&[0], 1, kept)?;
        }
        of.fields.iter().try_for_each(|field| self.field(field, kept && !field.is_dropped))
    }

    fn field(&mut self, field: &Field, kept: bool) -> Option<()> {
        self.fields_left = self.fields_left.checked_sub(1)?;
        let count = match field.count {
            Count::One => 1,
            Count::Fixed(count) => count as usize,
            Count::Any => {
                let count = self.take(4)?;
                self.put(count, 4, kept)?;
                number(count)
            }
        };
        match field.kind {
            Kind::Plain(_, size, alignment) => {
                let values = self.take(size.checked_mul(count)?)?;
                if !values.is_empty() {
                    self.put(values, alignment, kept)?;
                }
            }
            Kind::Text => {
                for _ in 0..count {
                    self.text(kept)?;
                }
            }
            Kind::Message(place) => {
                let definition = self.definition;
                for _ in 0..count {
                    self.message(definition.get(place), kept)?;
                }
            }
        }
        Some(())
    }

    fn text(&mut self, kept: bool) -> Option<()> {
        let length = number(self.take(4)?);
        let text = self.take(length)?;
        let with_end = u32::try_from(length).ok()?.checked_add(1)?;
        self.put(&with_end.to_le_bytes(), 4, kept)?;
        self.put(text, 1, kept)?;
        self.put(&[0], 1, kept)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// Write values of which each is aligned to `alignment` bytes, counted from behind the beginning of CDR.
    fn put(&mut self, bytes: &[u8], alignment: usize, kept: bool) -> Option<()> {
        if kept {
            let at = (self.cdr.len() - CDR.len()).next_multiple_of(alignment);
            self.cdr.resize(CDR.len() + at, 0);
            self.cdr.extend_from_slice(bytes);
        }
        (self.cdr.len() <= LONGEST as usize).then_some(())
    }
}

/// A number of four bytes.
fn number(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;

    const HEADER: &str = "\n====\nMSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id\n";

    fn cdr(definition: &str, message: &[u8]) -> Option<Vec<u8>> {
        let definition = Definition::parse("a/B", definition).unwrap();
        to_cdr(&definition, message)
    }

    #[test]
    fn a_message_is_laid_out_as_ros_2_does() {
        let definition =
            format!("Header header\nuint8 a\nfloat64 b\nuint8[] c\nint16[2] d{HEADER}");
        let mut message = b"\x09\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0cam\x05".to_vec();
        message.extend(1.5_f64.to_le_bytes());
        message.extend(b"\x03\0\0\0xyz\x01\0\x02\0");
        let mut wanted = b"\0\x01\0\0\x01\0\0\0\x02\0\0\0\x04\0\0\0cam\0\x05".to_vec();
        // The number behind it is aligned to its size.
        wanted.extend([0; 7]);
        wanted.extend(1.5_f64.to_le_bytes());
        wanted.extend(b"\x03\0\0\0xyz\0\x01\0\x02\0");
        assert_eq!(cdr(&definition, &message), Some(wanted));
    }

    #[test]
    fn empty_sequences_need_no_alignment_and_empty_messages_have_one_byte() {
        assert_eq!(cdr("uint8 a\nfloat64[] b\nuint8 c", b"\x07\0\0\0\0\x08").unwrap().len(), 13);
        assert_eq!(cdr("", b""), Some(b"\0\x01\0\0\0".to_vec()));
        let strings = cdr("string[] a", b"\x02\0\0\0\x01\0\0\0x\0\0\0\0").unwrap();
        assert_eq!(strings[4..], *b"\x02\0\0\0\x02\0\0\0x\0\0\0\x01\0\0\0\0");
    }

    #[test]
    fn a_message_that_does_not_match_its_definition_is_rejected() {
        assert_eq!(cdr("uint32 a", b"\0\0\0"), None);
        assert_eq!(cdr("uint8 a", b"\0\0"), None);
        assert_eq!(cdr("string a", b"\xff\xff\xff\xffx"), None);
        let endless = "Empty[4294967295] a\n====\nMSG: a/Empty\n";
        assert_eq!(cdr(endless, b""), None);
    }

    #[test]
    fn a_message_that_becomes_too_long_is_rejected() {
        let of = |count: usize| [&(count as u32).to_le_bytes()[..], &vec![0; 4 * count]].concat();
        assert!(cdr("string[] a", &of(1000)).is_some());
        assert_eq!(cdr("string[] a", &of(LONGEST as usize / 6)), None);
    }

    #[test]
    fn arbitrary_messages_do_not_panic() {
        let text =
            format!("Header header\nuint8[] a\nPart[] b\n====\nMSG: a/Part\nstring x{HEADER}");
        let definition = Definition::parse("a/B", &text).unwrap();
        let message =
            b"\x09\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0cam\x03\0\0\0xyz\x02\0\0\0\x01\0\0\0a\0\0\0\0";
        assert!(to_cdr(&definition, message).is_some());
        damaged(&[message], |bytes| {
            let Some(cdr) = to_cdr(&definition, bytes) else { return };
            assert!(cdr.len() <= 4 * bytes.len() + 64);
        });
    }
}
