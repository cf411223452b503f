//! Raw pictures of ROS 2 and Foxglove in encodings that Rerun's own decoders leave out: as `Image`, without gaps
//! between rows. A mosaic of a colour filter is kept as it is, with its name beside it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use mcap::Channel;
use mcap::records::MessageHeader;
use rerun::components::ImageFormat;
use rerun::datatypes::{ChannelDatatype, ColorModel, PixelFormat};
use rerun::external::re_log_types::StoreId;
use rerun::log::{Chunk, ChunkComponents, ChunkId, RowId, TimeColumn};
use rerun::{CoordinateFrame, EntityPath, Image, Timeline};

use super::message;
use crate::relay::pictures::mosaic_column;
use crate::relay::rrd::Read;

/// Schemas whose messages are pictures.
const OF_PICTURES: [&str; 6] = [
    "sensor_msgs/msg/Image",
    "sensor_msgs/msg/CompressedImage",
    "foxglove.RawImage",
    "foxglove.CompressedImage",
    "foxglove.CompressedVideo",
    "foxglove_msgs/msg/CompressedVideo",
];

/// Whether the messages of a channel hold pictures.
pub(super) fn is_of_pictures(channel: &Channel<'_>) -> bool {
    channel.schema.as_ref().is_some_and(|schema| OF_PICTURES.contains(&schema.name.as_str()))
}

/// One message that holds a raw picture.
#[derive(Debug, Default, PartialEq)]
struct RawImage<'a> {
    stamp: i64,
    frame: &'a str,
    width: u32,
    height: u32,
    encoding: &'a str,
    big_endian: bool,
    step: u32,
    data: &'a [u8],
}

/// Pictures that wait to become a chunk, by their topic.
#[derive(Default)]
pub(super) struct Images {
    topics: BTreeMap<String, Topic>,
    bytes: usize,
}

#[derive(Default)]
struct Topic {
    stamps_by: &'static str,
    ids: Vec<RowId>,
    log: Vec<i64>,
    publish: Vec<i64>,
    stamps: Vec<i64>,
    frames: Vec<String>,
    formats: Vec<ImageFormat>,
    mosaics: Vec<&'static str>,
    pixels: Vec<Vec<u8>>,
}

impl Images {
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Take a message, if it is a picture of such an encoding.
    pub fn take(&mut self, channel: &Channel<'_>, header: &MessageHeader, data: &[u8]) -> bool {
        let Some(schema) = channel.schema.as_ref() else { return false };
        let ros = schema.name == "sensor_msgs/msg/Image" && schema.encoding == "ros2msg";
        let foxglove = schema.name == "foxglove.RawImage" && schema.encoding == "protobuf";
        let image = match (ros, foxglove) {
            (true, _) => ros_image(data),
            (_, true) => foxglove_image(data),
            _ => None,
        };
        let Some(image) = image else { return false };
        let Some((format, mosaic)) = format(&image, ros) else { return false };
        let Some(pixels) = pixels(&image) else { return false };
        let topic = match self.topics.entry(channel.topic.clone()) {
            Entry::Occupied(topic) => topic.into_mut(),
            Entry::Vacant(place) => place.insert(Topic {
                stamps_by: if ros { "ros2_timestamp" } else { "timestamp" },
                ..Topic::default()
            }),
        };
        let nanos = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
        self.bytes += pixels.len();
        topic.ids.push(RowId::new());
        topic.log.push(nanos(header.log_time));
        topic.publish.push(nanos(header.publish_time));
        topic.stamps.push(image.stamp);
        topic.frames.push(image.frame.to_owned());
        topic.formats.push(format);
        topic.mosaics.push(mosaic);
        topic.pixels.push(pixels);
        true
    }

    /// All that waits, a chunk for each topic.
    pub fn flush(&mut self, store: &StoreId) -> Vec<Read> {
        self.bytes = 0;
        let topics = std::mem::take(&mut self.topics);
        topics.into_iter().map(|(name, topic)| message(store, &topic.chunk(&name)?)).collect()
    }
}

impl Topic {
    fn chunk(self, name: &str) -> Result<Chunk, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let columns = [
            ("message_log_time", self.log),
            ("message_publish_time", self.publish),
            (self.stamps_by, self.stamps),
        ];
        let times = columns.into_iter().map(|(name, times)| {
            let timeline = Timeline::new_timestamp(name);
            (*timeline.name(), TimeColumn::new(None, timeline, times.into()))
        });
        let blobs = self.pixels.into_iter().map(rerun::datatypes::Blob::from);
        let images = Image::update_fields()
            .with_many_buffer(blobs)
            .with_many_format(self.formats)
            .columns_of_unit_batches()
            .map_err(|e| text(&e))?;
        // Rerun calls the frame of the plane that pictures lie in so.
        let frames = self.frames.iter().map(|frame| format!("{frame}_image_plane"));
        let frames = CoordinateFrame::update_fields()
            .with_many_frame(frames)
            .columns_of_unit_batches()
            .map_err(|e| text(&e))?;
        let mut components: ChunkComponents = images.chain(frames).collect();
        if self.mosaics.iter().any(|mosaic| !mosaic.is_empty()) {
            components.insert(mosaic_column(&self.mosaics));
        }
        let entity = EntityPath::from(name);
        Chunk::from_native_row_ids(
            ChunkId::new(),
            entity,
            None,
            &self.ids,
            times.collect(),
            components,
        )
        .map_err(|e| text(&e))
    }
}

/// What the pixels are to Rerun, and FFmpeg's name of a mosaic; `None` for what Rerun's decoders do, or nobody knows.
fn format(image: &RawImage<'_>, ros: bool) -> Option<(ImageFormat, &'static str)> {
    let size = [image.width, image.height];
    let plain = |model, kind| {
        Some((rerun::datatypes::ImageFormat::from_color_model(size, model, kind).into(), ""))
    };
    let (u8, u16) = (ChannelDatatype::U8, ChannelDatatype::U16);
    let mosaic = |name, kind| {
        let grey = rerun::datatypes::ImageFormat::from_color_model(size, ColorModel::L, kind);
        Some((grey.into(), name))
    };
    let wide = |big, little| if image.big_endian { big } else { little };
    match image.encoding {
        "bayer_rggb8" => mosaic("bayer_rggb8", u8),
        "bayer_bggr8" => mosaic("bayer_bggr8", u8),
        "bayer_gbrg8" => mosaic("bayer_gbrg8", u8),
        "bayer_grbg8" => mosaic("bayer_grbg8", u8),
        "bayer_rggb16" => mosaic(wide("bayer_rggb16be", "bayer_rggb16le"), u16),
        "bayer_bggr16" => mosaic(wide("bayer_bggr16be", "bayer_bggr16le"), u16),
        "bayer_gbrg16" => mosaic(wide("bayer_gbrg16be", "bayer_gbrg16le"), u16),
        "bayer_grbg16" => mosaic(wide("bayer_grbg16be", "bayer_grbg16le"), u16),
        "yuv422" | "uyvy" | "yuv422_yuy2" | "yuyv" => {
            let yuy2 = PixelFormat::YUY2;
            Some((rerun::datatypes::ImageFormat::from_pixel_format(size, yuy2).into(), ""))
        }
        "mono8" => plain(ColorModel::L, u8),
        "mono16" => plain(ColorModel::L, u16),
        // Rerun's own decoder of Foxglove's does these; that of ROS does not look at the gaps between rows.
        _ if !ros => None,
        "rgb8" => plain(ColorModel::RGB, u8),
        "rgba8" => plain(ColorModel::RGBA, u8),
        "bgr8" | "8UC3" => plain(ColorModel::BGR, u8),
        "bgra8" | "8UC4" => plain(ColorModel::BGRA, u8),
        "rgb16" => plain(ColorModel::RGB, u16),
        "rgba16" => plain(ColorModel::RGBA, u16),
        "bgr16" => plain(ColorModel::BGR, u16),
        "bgra16" => plain(ColorModel::BGRA, u16),
        _ => None,
    }
}

/// Bytes of a pixel.
fn depth(encoding: &str) -> Option<usize> {
    Some(match encoding {
        "mono8" => 1,
        "mono16" => 2,
        "rgb8" | "bgr8" | "8UC3" => 3,
        "rgba8" | "bgra8" | "8UC4" => 4,
        "rgb16" | "bgr16" => 6,
        "rgba16" | "bgra16" => 8,
        "yuv422" | "uyvy" | "yuv422_yuy2" | "yuyv" => 2,
        bayer if bayer.starts_with("bayer_") => {
            if bayer.ends_with("16") {
                2
            } else {
                1
            }
        }
        _ => return None,
    })
}

/// The pixels without gaps between rows, in the order of bytes that Rerun has; `None` where there are too few.
fn pixels(image: &RawImage<'_>) -> Option<Vec<u8>> {
    let row = (image.width as usize).checked_mul(depth(image.encoding)?)?;
    let step = if image.step == 0 { row } else { image.step as usize };
    let height = image.height as usize;
    if row == 0 || height == 0 || step < row {
        return None;
    }
    let needed = step.checked_mul(height - 1)?.checked_add(row)?;
    let data = image.data.get(..needed)?;
    let mut pixels: Vec<u8> = data.chunks(step).flat_map(|line| &line[..row]).copied().collect();
    let mosaic = image.encoding.starts_with("bayer_");
    let wide = image.encoding.ends_with("16") && !mosaic;
    // A mosaic's name says how its bytes are ordered; UYVY is YUY2 with its bytes swapped.
    if wide && image.big_endian || matches!(image.encoding, "yuv422" | "uyvy") {
        pixels.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
    }
    Some(pixels)
}

/// `sensor_msgs/msg/Image` in CDR.
fn ros_image(data: &[u8]) -> Option<RawImage<'_>> {
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

/// Reads CDR: values stand at multiples of their size, counted from behind the header.
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

/// `foxglove.RawImage` in protobuf.
fn foxglove_image(data: &[u8]) -> Option<RawImage<'_>> {
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
    /// The next field, `Some(None)` at the end, `None` where it is not protobuf.
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

    fn image<'a>(encoding: &'a str, step: u32, data: &'a [u8]) -> RawImage<'a> {
        RawImage { width: 2, height: 2, encoding, step, data, ..RawImage::default() }
    }

    #[test]
    fn gaps_between_rows_go() {
        let data = [1, 2, 0, 3, 4, 0];
        assert_eq!(pixels(&image("mono8", 3, &data)), Some(vec![1, 2, 3, 4]));
        assert_eq!(pixels(&image("mono8", 3, &data[..5])), Some(vec![1, 2, 3, 4]));
        assert_eq!(pixels(&image("mono8", 3, &data[..4])), None, "a pixel is missing");
        assert_eq!(pixels(&image("mono8", 1, &data)), None, "rows lie over each other");
    }

    #[test]
    fn bytes_are_put_in_rerun_s_order() {
        let data = [1, 2, 3, 4, 5, 6, 7, 8];
        let swapped = vec![2, 1, 4, 3, 6, 5, 8, 7];
        assert_eq!(pixels(&image("uyvy", 4, &data)), Some(swapped.clone()));
        let big = RawImage { big_endian: true, ..image("mono16", 4, &data) };
        assert_eq!(pixels(&big), Some(swapped));
        assert_eq!(pixels(&image("mono16", 4, &data)), Some(data.to_vec()));
    }

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
        let image = ros_image(&data).unwrap();
        assert_eq!((image.stamp, image.frame, image.encoding), (7_000_000_005, "cam", "mono8"));
        assert_eq!((image.width, image.height, image.step, image.data), (3, 2, 3, &[9; 6][..]));
        assert_eq!(ros_image(&data[..30]), None);
    }
}
