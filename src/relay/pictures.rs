//! What in a chunk is a picture: which archetype, and the bytes, the form and the times of each row.
//! Which pictures become video is decided in `choice.rs`.

use std::fmt;
use std::sync::Arc;

use rerun::components::{ImageFormat, VideoCodec};
use rerun::external::arrow::array::{Array as _, ListArray, StringArray};
use rerun::external::arrow::buffer::{Buffer, OffsetBuffer};
use rerun::external::arrow::datatypes::{DataType, Field};
use rerun::log::{Chunk, RowId};
use rerun::{
    ComponentDescriptor, ComponentIdentifier, DepthImage, EncodedDepthImage, EncodedImage, Image,
    SegmentationImage, SerializedComponentColumn, Timeline, TimelineName, VideoStream,
};

use crate::picture::given::RawForm;
use crate::sample::SampleCodec;

/// An archetype that holds one picture a row.
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

    /// What else of the archetype says how to read the picture, and means nothing for a video.
    pub fn beside(self) -> Vec<ComponentIdentifier> {
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

    /// Numbers rather than a look: lossy coding would ruin them.
    pub fn is_data(self) -> bool {
        matches!(self, Self::Depth | Self::EncodedDepth | Self::Segmentation)
    }

    /// The kinds of picture that a chunk has rows of.
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

/// Where a row stands: its id and its time on each of its timelines, in the order of their names.
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

    /// The same timelines, none of which goes back from `earlier` to this row. Those of Rerun's own follow the order of
    /// logging, and do not count beside others.
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

/// The pictures of one kind in a chunk, in the order of its rows. A row that holds none, or an empty one, is left out.
pub(crate) fn pictures(chunk: &Chunk, kind: Kind) -> Vec<Picture> {
    let component = kind.component();
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

/// The format of raw pictures, from the last row of a chunk that has one.
pub(crate) fn raw_format(chunk: &Chunk, kind: Kind) -> Option<ImageFormat> {
    let component = match kind {
        Kind::Raw => Image::descriptor_format(),
        Kind::Depth => DepthImage::descriptor_format(),
        Kind::Segmentation => SegmentationImage::descriptor_format(),
        Kind::Encoded | Kind::Stream | Kind::EncodedDepth => return None,
    }
    .component;
    let rows = chunk.iter_component::<ImageFormat>(component);
    rows.last().and_then(|row| row.as_slice().first().copied())
}

/// The formats of raw pictures, row by row: where a row has none, the one before holds.
pub(crate) fn raw_formats(
    chunk: &Chunk,
    kind: Kind,
    before: Option<ImageFormat>,
) -> Vec<Option<ImageFormat>> {
    let component = match kind {
        Kind::Raw => Image::descriptor_format(),
        Kind::Depth => DepthImage::descriptor_format(),
        _ => return vec![None; chunk.num_rows()],
    }
    .component;
    let Some(column) = chunk.components().get_array(component) else {
        return vec![before; chunk.num_rows()];
    };
    let mut given =
        chunk.iter_component::<ImageFormat>(component).map(|r| r.as_slice().first().copied());
    let mut now = before;
    (0..chunk.num_rows())
        .map(|row| {
            if column.is_valid(row) {
                now = given.next().flatten().or(now);
            }
            now
        })
        .collect()
}

/// The codec that a chunk says a stream has.
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

/// H.273 numbers of the matrices that the Viewer takes pictures in memory to have.
const BT709: u8 = 1;
const BT601: u8 = 6;

/// What pixels mean that Rerun calls so; `None` for numbers that are not 8 or 16 bits of a picture.
pub(crate) fn raw_form(format: ImageFormat) -> Option<RawForm> {
    let (width, height) = (format.width, format.height);
    let raw = |format, yuv| Some(RawForm { format, width, height, stride: 0, yuv });
    // By number: the types have another path in every other version of Rerun, the numbers are in every file.
    if let Some(pixels) = format.pixel_format {
        let (name, yuv) = match pixels as u8 {
            20 => ("yuv420p", (false, BT709)),
            44 => ("yuv420p", (true, BT709)),
            49 => ("yuv422p", (false, BT709)),
            50 => ("yuv422p", (true, BT709)),
            39 => ("yuv444p", (false, BT709)),
            40 => ("yuv444p", (true, BT709)),
            30 => ("gray", (true, BT709)),
            41 => ("gray", (false, BT709)),
            26 => ("nv12", (false, BT601)),
            27 => ("yuyv422", (false, BT601)),
            _ => return None,
        };
        return raw(name, Some(yuv));
    }
    // U8 is 6 and the default, U16 is 8; L is 1 and so on.
    let wide = match format.channel_datatype.map_or(6, |datatype| datatype as u8) {
        6 => false,
        8 => true,
        _ => return None,
    };
    let name = match (format.color_model.map_or(1, |model| model as u8), wide) {
        (1, false) => return raw("gray", Some((true, BT709))),
        (1, true) => return raw("gray16le", Some((true, BT709))),
        (2, false) => "rgb24",
        (2, true) => "rgb48le",
        (3, false) => "rgba",
        (3, true) => "rgba64le",
        (4, false) => "bgr24",
        (4, true) => "bgr48le",
        (5, false) => "bgra",
        (5, true) => "bgra64le",
        _ => return None,
    };
    raw(name, None)
}

/// FFmpeg's name of the mosaic that the pixels of an image are, which a bag knows and Rerun has no word for. It is a
/// column for ourselves, and none of the recording's.
const MOSAIC: &str = "vstream:mosaic";

/// The column of the mosaics' names, row by row; empty where a picture is none.
pub(super) fn mosaic_column(names: &[&str]) -> SerializedComponentColumn {
    let names = StringArray::from_iter_values(names);
    let rows = OffsetBuffer::from_lengths(std::iter::repeat_n(1, names.len()));
    let field = Arc::new(Field::new_list_field(DataType::Utf8, true));
    let list = ListArray::new(field, rows, Arc::new(names), None);
    SerializedComponentColumn::new(list, ComponentDescriptor::partial(MOSAIC))
}

/// The component of the mosaics' names.
pub(super) fn mosaic() -> ComponentIdentifier {
    ComponentIdentifier::from(MOSAIC)
}

/// The mosaics' names of all rows of a chunk.
pub(super) fn mosaics(chunk: &Chunk) -> Vec<String> {
    let rows = chunk.iter_slices::<String>(mosaic());
    rows.map(|row| row.first().map(|name| name.as_str().to_owned()).unwrap_or_default()).collect()
}

/// The form of a mosaic of that name.
pub(super) fn mosaic_form(name: &str, form: RawForm) -> RawForm {
    const NAMES: [&str; 12] = [
        "bayer_rggb8",
        "bayer_bggr8",
        "bayer_gbrg8",
        "bayer_grbg8",
        "bayer_rggb16le",
        "bayer_bggr16le",
        "bayer_gbrg16le",
        "bayer_grbg16le",
        "bayer_rggb16be",
        "bayer_bggr16be",
        "bayer_gbrg16be",
        "bayer_grbg16be",
    ];
    match NAMES.into_iter().find(|known| *known == name) {
        Some(format) => RawForm { format, yuv: None, ..form },
        None => form,
    }
}
