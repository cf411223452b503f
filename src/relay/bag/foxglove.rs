//! Reads `foxglove.RawImage` from protobuf.
//! What its pixels mean is in `raw_image.rs`.

use super::raw_image::RawImage;

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
                            let nanos = seconds.cast_signed().saturating_mul(1_000_000_000);
                            image.stamp = image.stamp.saturating_add(nanos);
                        }
                        (2, Value::Number(nanos)) => {
                            image.stamp = image.stamp.saturating_add(nanos.cast_signed());
                        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;
    use crate::relay::bag::raw_image::pixels;

    /// 3x2 pixels of grey at 7.000000005 s.
    const IMAGE: &[u8] =
        b"\x0a\x04\x08\x07\x10\x05\x10\x03\x18\x02\x22\x05mono8\x28\x03\x32\x06......\x3a\x03cam";

    #[test]
    fn a_message_of_foxglove_is_read() {
        let read = image(IMAGE).unwrap();
        assert_eq!((read.stamp, read.frame, read.encoding), (7_000_000_005, "cam", "mono8"));
        assert_eq!((read.width, read.height, read.step, read.data), (3, 2, 3, &b"......"[..]));
    }

    #[test]
    fn no_message_breaks_its_reader() {
        damaged(&[IMAGE], |bytes| {
            let Some(image) = image(bytes) else { return };
            assert!(pixels(&image).is_none_or(|pixels| pixels.len() <= bytes.len()));
        });
    }

    #[test]
    fn a_stamp_beyond_all_times_is_the_last() {
        // Twice the largest number of seconds.
        let largest = b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
        let stamp = [&[0x0a, 20][..], largest, largest].concat();
        assert_eq!(image(&stamp).unwrap().stamp, i64::MAX);
    }
}
