//! Raw pictures of ROS 2 and Foxglove in encodings that Rerun's own decoders do not handle, as `Image` without padding
//! between rows. Bayer patterns are not converted here; the name of the pattern is kept beside the pixels.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use mcap::Channel;
use mcap::records::MessageHeader;
use rerun::components::ImageFormat;
use rerun::external::re_log_types::StoreId;
use rerun::log::{Chunk, ChunkComponents, ChunkId, RowId, TimeColumn};
use rerun::{CoordinateFrame, EntityPath, Image, Timeline};

use super::encoding::format;
use super::raw_image::pixels;
use super::{foxglove, message, ros};
use crate::relay::raw::mosaic_column;
use crate::relay::rrd::Read;

/// Message types that hold a picture.
pub(crate) const PICTURE_TYPES: [&str; 6] = [
    "sensor_msgs/msg/Image",
    "sensor_msgs/msg/CompressedImage",
    "foxglove.RawImage",
    "foxglove.CompressedImage",
    "foxglove.CompressedVideo",
    "foxglove_msgs/msg/CompressedVideo",
];

/// Whether the messages of a channel hold pictures.
pub(super) fn is_of_pictures(channel: &Channel<'_>) -> bool {
    channel.schema.as_ref().is_some_and(|schema| PICTURE_TYPES.contains(&schema.name.as_str()))
}

/// Pictures that wait to become a chunk, by topic.
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

    /// Take a message if it is a picture in such an encoding; returns whether it is.
    pub fn take(&mut self, channel: &Channel<'_>, header: &MessageHeader, data: &[u8]) -> bool {
        let Some(schema) = channel.schema.as_ref() else { return false };
        let is_ros = schema.name == "sensor_msgs/msg/Image" && schema.encoding == "ros2msg";
        let is_foxglove = schema.name == "foxglove.RawImage" && schema.encoding == "protobuf";
        let image = match (is_ros, is_foxglove) {
            (true, _) => ros::image(data),
            (_, true) => foxglove::image(data),
            _ => None,
        };
        let Some(image) = image else { return false };
        let Some((format, mosaic)) = format(&image, is_ros) else { return false };
        let Some(pixels) = pixels(&image) else { return false };
        let topic = match self.topics.entry(channel.topic.clone()) {
            Entry::Occupied(topic) => topic.into_mut(),
            Entry::Vacant(place) => place.insert(Topic {
                stamps_by: if is_ros { "ros2_timestamp" } else { "timestamp" },
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

    /// Return all that wait, in a chunk for each topic.
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
        // Rerun's own decoder names the frame of the image plane like this.
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
