//! Reads `foxglove.RawImage` from protobuf.
//! What its pixels mean is in `encoding.rs`.

use super::encoding::RawImage;

/// Read a message; `None` if it is not one.
pub(super) fn image(data: &[u8]) -> Option<RawImage<'_>> {
    let mut image = RawImage::default();
    let mut fields = Fields(data);
    while let Some((number, value)) = fields.next()? {
        match (number, value) {
            (1, Value::Bytes(stamp)) => {
                let mut stamp = Fields(stamp);
                while let Some((number, value)) = stamp.next()? {
                    match (number, value) {
                        (1, Value::Number(seconds)) => {
                            image.stamp += seconds.cast_signed().saturating_mul(1_000_000_000);
                        }
                        (2, Value::Number(nanos)) => image.stamp += nanos.cast_signed(),
                        _ => {}
                    }
                }
            }
            (2, Value::Number(width)) => image.width = u32::try_from(width).ok()?,
            (3, Value::Number(height)) => image.height = u32::try_from(height).ok()?,
            (4, Value::Bytes(encoding)) => image.encoding = std::str::from_utf8(encoding).ok()?,
            (5, Value::Number(step)) => image.step = u32::try_from(step).ok()?,
            (6, Value::Bytes(pixels)) => image.data = pixels,
            (7, Value::Bytes(frame)) => image.frame = std::str::from_utf8(frame).ok()?,
            _ => {}
        }
    }
    Some(image)
}

/// The fields of a protobuf message.
struct Fields<'a>(&'a [u8]);

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Fields<'a> {
    /// The next field, `Some(None)` at the end, `None` if this is not protobuf.
    #[expect(clippy::option_option)]
    fn next(&mut self) -> Option<Option<(u64, Value<'a>)>> {
        if self.0.is_empty() {
            return Some(None);
        }
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Number(self.varint()?),
            1 => Value::Number(u64::from_le_bytes(self.bytes(8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.bytes(length)?)
            }
            5 => Value::Number(u64::from(u32::from_le_bytes(self.bytes(4)?.try_into().ok()?))),
            _ => return None,
        };
        Some(Some((key >> 3, value)))
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (got, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(got)
    }

    fn varint(&mut self) -> Option<u64> {
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
