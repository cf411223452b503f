//! Reads `sensor_msgs/msg/Image` of ROS 2 from CDR.
//! What its pixels mean is in `raw_image.rs`.

use super::raw_image::RawImage;

/// Read a message; `None` if it is not one.
pub(super) fn image(data: &[u8]) -> Option<RawImage<'_>> {
    let mut cdr = Cdr::new(data)?;
    let (seconds, nanos) = (cdr.u32()?.cast_signed(), cdr.u32()?);
    let frame = cdr.text()?;
    let (height, width) = (cdr.u32()?, cdr.u32()?);
    let encoding = cdr.text()?;
    let big_endian = cdr.u8()? != 0;
    let step = cdr.u32()?;
    let length = cdr.u32()? as usize;
    let data = cdr.bytes(length)?;
    let stamp = i64::from(seconds) * 1_000_000_000 + i64::from(nanos);
    Some(RawImage { stamp, frame, width, height, encoding, big_endian, step, data })
}

/// Reads CDR. Values are aligned to their size, counted from the end of the header.
struct Cdr<'a> {
    body: &'a [u8],
    at: usize,
    little: bool,
}

impl<'a> Cdr<'a> {
    fn new(data: &'a [u8]) -> Option<Self> {
        let (header, body) = data.split_at_checked(4)?;
        Some(Self { body, at: 0, little: header[1] & 1 == 1 })
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let got = self.body.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(got)
    }

    fn u8(&mut self) -> Option<u8> {
        self.bytes(1)?.first().copied()
    }

    fn u32(&mut self) -> Option<u32> {
        self.at = self.at.next_multiple_of(4);
        let bytes = self.bytes(4)?.try_into().ok()?;
        Some(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.u32()? as usize;
        let bytes = self.bytes(length)?;
        std::str::from_utf8(bytes.strip_suffix(b"\0").unwrap_or(bytes)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;
    use crate::relay::bag::raw_image::pixels;

    #[test]
    fn a_message_of_ros_is_read_as_it_is_laid_out() {
        let mut data = vec![0, 1, 0, 0];
        let u32 = |data: &mut Vec<u8>, value: u32| {
            while !data.len().is_multiple_of(4) {
                data.push(0);
            }
            data.extend(value.to_le_bytes());
        };
        u32(&mut data, 7);
        u32(&mut data, 5);
        u32(&mut data, 4);
        data.extend(b"cam\0");
        u32(&mut data, 2);
        u32(&mut data, 3);
        u32(&mut data, 6);
        data.extend(b"mono8\0");
        data.push(0);
        u32(&mut data, 3);
        u32(&mut data, 6);
        data.extend([9; 6]);
        let read = image(&data).unwrap();
        assert_eq!((read.stamp, read.frame, read.encoding), (7_000_000_005, "cam", "mono8"));
        assert_eq!((read.width, read.height, read.step, read.data), (3, 2, 3, &[9; 6][..]));
        assert_eq!(image(&data[..30]), None);
    }

    #[test]
    fn arbitrary_messages_do_not_panic() {
        let message = b"\0\x01\0\0\x07\0\0\0\x05\0\0\0\x04\0\0\0cam\0\x02\0\0\0\x03\0\0\0\x07\0\0\0bayer_\0\0\x03\0\0\0\x06\0\0\0......";
        damaged(&[message], |bytes| {
            let Some(image) = image(bytes) else { return };
            assert!(pixels(&image).is_none_or(|pixels| pixels.len() <= bytes.len()));
        });
    }
}
