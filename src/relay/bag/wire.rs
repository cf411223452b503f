//! Reads the wire format of protobuf.
//! What the fields of a message mean is in `foxglove.rs` and `protobuf_memory.rs`.

/// What is left of a message.
pub(super) struct Wire<'a>(pub &'a [u8]);

pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Wire<'a> {
    /// The next field, `Some(None)` at the end, `None` if this is not protobuf or has groups.
    #[expect(clippy::option_option)]
    pub fn field(&mut self) -> Option<Option<(u64, Value<'a>)>> {
        if self.0.is_empty() {
            return Some(None);
        }
        let (number, kind) = self.key()?;
        let value = match kind {
            0 => Value::Number(self.varint()?),
            1 => Value::Number(u64::from_le_bytes(self.bytes(8)?.try_into().ok()?)),
            2 => {
                let length = self.length()?;
                Value::Bytes(self.bytes(length)?)
            }
            5 => Value::Number(u64::from(u32::from_le_bytes(self.bytes(4)?.try_into().ok()?))),
            _ => return None,
        };
        Some(Some((number, value)))
    }

    /// The number and the wire type of a field.
    pub fn key(&mut self) -> Option<(u64, u64)> {
        let key = self.varint()?;
        Some((key >> 3, key & 7))
    }

    pub fn length(&mut self) -> Option<usize> {
        usize::try_from(self.varint()?).ok()
    }

    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (got, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(got)
    }

    pub fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes(1)?.first()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}
