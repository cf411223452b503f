//! Finds the pictures in a chunk: their archetype, and the bytes, the format and the times of each row.
//! The meaning of raw pixels is in `raw.rs`; `choice.rs` decides which pictures become video.

use std::fmt;

use rerun::components::VideoCodec;
use rerun::external::arrow::array::Array as _;
use rerun::external::arrow::buffer::Buffer;
use rerun::log::{Chunk, RowId};
use rerun::{
    ComponentIdentifier, DepthImage, EncodedDepthImage, EncodedImage, Image, SegmentationImage,
    Timeline, TimelineName, VideoStream,
};

use crate::sample::SampleCodec;

/// An archetype that holds one picture in each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// `EncodedImage`: JPEG, PNG, WebP…
    Encoded,
    /// `Image`: pixels.
    Raw,
    /// `VideoStream`.
    Stream,
    /// `DepthImage`.
    Depth,
    /// `EncodedDepthImage`.
    EncodedDepth,
    /// `SegmentationImage`.
    Segmentation,
}

impl Kind {
    pub const ALL: [Self; 6] = [
        Self::Encoded,
        Self::Raw,
        Self::Stream,
        Self::Depth,
        Self::EncodedDepth,
        Self::Segmentation,
    ];

    /// The component that holds the picture itself.
    pub fn component(self) -> ComponentIdentifier {
        match self {
            Self::Encoded => EncodedImage::descriptor_blob(),
            Self::Raw => Image::descriptor_buffer(),
            Self::Stream => VideoStream::descriptor_sample(),
            Self::Depth => DepthImage::descriptor_buffer(),
            Self::EncodedDepth => EncodedDepthImage::descriptor_blob(),
            Self::Segmentation => SegmentationImage::descriptor_buffer(),
        }
        .component
    }

    /// Components that describe the picture's format, which a video does not need.
    pub fn related_components(self) -> Vec<ComponentIdentifier> {
        match self {
            Self::Encoded => vec![EncodedImage::descriptor_media_type().component],
            Self::Raw => vec![Image::descriptor_format().component],
            Self::Stream => vec![
                VideoStream::descriptor_codec().component,
                VideoStream::descriptor_is_keyframe().component,
            ],
            Self::Depth => vec![DepthImage::descriptor_format().component],
            Self::EncodedDepth => vec![EncodedDepthImage::descriptor_media_type().component],
            Self::Segmentation => vec![SegmentationImage::descriptor_format().component],
        }
    }

    /// Measured values rather than colours: lossy coding would ruin them.
    pub fn is_data(self) -> bool {
        matches!(self, Self::Depth | Self::EncodedDepth | Self::Segmentation)
    }

    /// The kinds of pictures in a chunk.
    pub fn all_in(chunk: &Chunk) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| chunk.components().contains_component(kind.component()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encoded => "EncodedImage",
            Self::Raw => "Image",
            Self::Stream => "VideoStream",
            Self::Depth => "DepthImage",
            Self::EncodedDepth => "EncodedDepthImage",
            Self::Segmentation => "SegmentationImage",
        })
    }
}

/// The identity of a row: its id and its time on each timeline, sorted by name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowKey {
    pub id: RowId,
    pub times: Vec<(Timeline, i64)>,
}

impl RowKey {
    /// The keys of all rows of a chunk.
    fn of(chunk: &Chunk) -> impl Iterator<Item = Self> {
        let mut columns: Vec<_> = chunk
            .timelines()
            .values()
            .map(|column| (*column.timeline(), column.times_raw()))
            .collect();
        columns.sort_by(|a, b| a.0.name().as_str().cmp(b.0.name().as_str()));
        chunk.row_ids().enumerate().map(move |(row, id)| {
            let times = columns.iter().map(|(timeline, times)| (*timeline, times[row])).collect();
            Self { id, times }
        })
    }

    /// Whether both rows are on the same timelines and no time goes back from `earlier` to this row. Rerun's own timelines
    /// follow the order of logging and are ignored if there are others.
    pub fn follows(&self, earlier: &Self) -> bool {
        let own = |timeline: &Timeline| {
            [TimelineName::log_time(), TimelineName::log_tick()].contains(timeline.name())
        };
        let only_own = self.times.iter().all(|(timeline, _)| own(timeline));
        self.times.len() == earlier.times.len()
            && self
                .times
                .iter()
                .zip(&earlier.times)
                .all(|(now, then)| now.0 == then.0 && (now.1 >= then.1 || own(&now.0) && !only_own))
    }
}

/// One picture of a chunk.
pub(crate) struct Picture {
    pub key: RowKey,
    pub data: Buffer,
}

/// The pictures of one kind in a chunk, in the order of its rows. Rows without a picture or with an empty one are skipped.
pub(crate) fn pictures(chunk: &Chunk, kind: Kind) -> Vec<Picture> {
    blobs(chunk, kind.component())
}

/// The values of a component that is bytes. A row that holds none, or an empty one, is left out.
pub(super) fn blobs(chunk: &Chunk, component: ComponentIdentifier) -> Vec<Picture> {
    let Some(column) = chunk.components().get_array(component) else {
        return Vec::new();
    };
    let keys = RowKey::of(chunk).enumerate().filter(|(row, _)| column.is_valid(*row));
    let blobs = chunk.iter_slices::<&[u8]>(component);
    keys.zip(blobs)
        .filter_map(|((_, key), blobs)| {
            let data = blobs.into_iter().next().filter(|data| !data.is_empty())?;
            Some(Picture { key, data })
        })
        .collect()
}

/// The values of a component that is text. A row that holds none is left out.
pub(super) fn texts(chunk: &Chunk, component: ComponentIdentifier) -> Vec<(RowKey, String)> {
    let Some(column) = chunk.components().get_array(component) else {
        return Vec::new();
    };
    let keys = RowKey::of(chunk).enumerate().filter(|(row, _)| column.is_valid(*row));
    let texts = chunk.iter_slices::<String>(component);
    keys.zip(texts)
        .filter_map(|((_, key), texts)| Some((key, texts.into_iter().next()?.as_str().to_owned())))
        .collect()
}

/// The codec of a stream, if the chunk states it.
pub(crate) fn stream_codec(chunk: &Chunk) -> Option<SampleCodec> {
    let rows = chunk.iter_component::<VideoCodec>(VideoStream::descriptor_codec().component);
    let codec = rows.last()?.as_slice().first().copied()?;
    Some(match codec {
        VideoCodec::H264 => SampleCodec::H264,
        VideoCodec::H265 => SampleCodec::H265,
        VideoCodec::AV1 => SampleCodec::Av1,
        VideoCodec::VP8 => SampleCodec::Vp8,
        VideoCodec::VP9 => SampleCodec::Vp9,
        #[allow(unreachable_patterns)]
        _ => return None,
    })
}
