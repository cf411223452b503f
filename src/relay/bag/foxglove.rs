//! Reads `foxglove.RawImage` from protobuf.
//! What its pixels mean is in `raw_image.rs`.

use super::raw_image::RawImage;
use super::wire::{Value, Wire};

/// Read a message; `None` if it is not one.
pub(super) fn image(data: &[u8]) -> Option<RawImage<'_>> {
    let mut image = RawImage::default();
    let mut fields = Wire(data);
    while let Some((number, value)) = fields.field()? {
        match (number, value) {
            (1, Value::Bytes(stamp)) => {
                let mut stamp = Wire(stamp);
                while let Some((number, value)) = stamp.field()? {
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
    fn arbitrary_messages_do_not_panic() {
        damaged(&[IMAGE], |bytes| {
            let Some(image) = image(bytes) else { return };
            assert!(pixels(&image).is_none_or(|pixels| pixels.len() <= bytes.len()));
        });
    }

    #[test]
    fn a_stamp_out_of_range_is_clamped() {
        // Twice the largest number of seconds.
        let largest = b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f";
        let stamp = [&[0x0a, 20][..], largest, largest].concat();
        assert_eq!(image(&stamp).unwrap().stamp, i64::MAX);
    }
}
