//! Maps Rerun's image formats, which may differ from row to row, to FFmpeg's pixel formats.
//! It converts no pixels.

use std::sync::Arc;

use rerun::components::ImageFormat;
use rerun::external::arrow::array::{Array as _, ListArray, StringArray};
use rerun::external::arrow::buffer::OffsetBuffer;
use rerun::external::arrow::datatypes::{DataType, Field};
use rerun::log::Chunk;
use rerun::{
    ComponentDescriptor, ComponentIdentifier, DepthImage, Image, SegmentationImage,
    SerializedComponentColumn,
};

use super::pictures::Kind;
use crate::config::PixelRange;
use crate::picture::given::RawForm;
use crate::picture::numbers::{NumberKind, Numbers};

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

/// The format of each row of raw pictures; a row without one has that of the row before.
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

/// H.273 numbers of the matrices that the Viewer assumes for raw pictures.
const BT709: u8 = 1;
const BT601: u8 = 6;

/// The form of pixels in a format of Rerun's. Measured values, which are all but shades of 8 or 16 bits, need the `range`
/// that is shown; `None` without it, and for formats that are no pictures.
pub(crate) fn raw_form(format: ImageFormat, range: Option<PixelRange>) -> Option<RawForm> {
    let (width, height) = (format.width, format.height);
    let form = |format, yuv| RawForm { format, width, height, stride: 0, yuv, numbers: None };
    // By number: the path of the types changes between versions of Rerun, the numbers do not.
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
        return Some(form(name, Some(yuv)));
    }
    let numbers = match number_kind(format) {
        Some(kind) => Some(Numbers { kind, range: range? }),
        None => None,
    };
    // U8 is 6 and the default; L is 1 and so on.
    let wide = format.channel_datatype.is_some_and(|datatype| datatype as u8 != 6);
    let (name, yuv) = match (format.color_model.map_or(1, |model| model as u8), wide) {
        (1, false) => ("gray", Some((true, BT709))),
        (1, true) => ("gray16le", Some((true, BT709))),
        (2, false) => ("rgb24", None),
        (2, true) => ("rgb48le", None),
        (3, false) => ("rgba", None),
        (3, true) => ("rgba64le", None),
        (4, false) => ("bgr24", None),
        (4, true) => ("bgr48le", None),
        (5, false) => ("bgra", None),
        (5, true) => ("bgra64le", None),
        _ => return None,
    };
    Some(RawForm { numbers, ..form(name, yuv) })
}

/// The number type of measured values, which are all pixels but shades of 8 or 16 bits.
pub(crate) fn number_kind(format: ImageFormat) -> Option<NumberKind> {
    if format.pixel_format.is_some() {
        return None;
    }
    Some(match format.channel_datatype? as u8 {
        7 => NumberKind::I8,
        9 => NumberKind::I16,
        10 => NumberKind::U32,
        11 => NumberKind::I32,
        12 => NumberKind::U64,
        13 => NumberKind::I64,
        33 => NumberKind::F16,
        34 => NumberKind::F32,
        35 => NumberKind::F64,
        _ => return None,
    })
}

/// FFmpeg's name of the Bayer pattern of an image, which a bag states and Rerun cannot express. The column is internal
/// and never written to a recording.
const MOSAIC: &str = "vstream:mosaic";

/// The column of Bayer patterns, one for each row; empty for a picture without one.
pub(super) fn mosaic_column(names: &[&str]) -> SerializedComponentColumn {
    let names = StringArray::from_iter_values(names);
    let rows = OffsetBuffer::from_lengths(std::iter::repeat_n(1, names.len()));
    let field = Arc::new(Field::new_list_field(DataType::Utf8, true));
    let list = ListArray::new(field, rows, Arc::new(names), None);
    SerializedComponentColumn::new(list, ComponentDescriptor::partial(MOSAIC))
}

/// The component of Bayer patterns.
pub(super) fn mosaic() -> ComponentIdentifier {
    ComponentIdentifier::from(MOSAIC)
}

/// The Bayer patterns of all rows of a chunk.
pub(super) fn mosaics(chunk: &Chunk) -> Vec<String> {
    let rows = chunk.iter_slices::<String>(mosaic());
    rows.map(|row| row.first().map(|name| name.as_str().to_owned()).unwrap_or_default()).collect()
}

/// The form of the Bayer pattern that FFmpeg calls `name`.
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
