//! Pictures that are passed one by one in memory, compressed or raw: their forms, and frames of raw pixels.
//! It does not know where they come from; `decode_given` decodes a stream of them.

use std::sync::Arc;

use crate::bitstream::avif;
use crate::config::MOST_PIXELS;
use crate::ffi::{Frame, Geometry, Plane};
use crate::picture::decode_given::DecodeGiven;
use crate::picture::numbers::Numbers;

/// One picture in memory.
#[derive(Debug)]
pub(crate) struct MemoryPicture {
    /// In nanoseconds, and unique in the stream: it identifies the picture after decoding.
    pub time: i64,
    pub data: Vec<u8>,
    pub form: Form,
}

/// How a picture is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Form {
    /// A complete image file, such as a JPEG.
    Compressed,
    /// An access unit of a stream, with FFmpeg's name of the codec.
    Unit { codec: &'static str, order: UnitOrder },
    /// Raw pixels.
    Raw(RawForm),
}

/// The meaning of the times of a stream's access units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnitOrder {
    /// Presentation times.
    Shown,
    /// Decoding times: decoded pictures take them in order.
    Decoded,
}

/// Raw pixels, without padding between rows unless `stride` is set.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RawForm {
    /// FFmpeg's name of the pixel format.
    pub format: &'static str,
    pub width: u32,
    pub height: u32,
    /// Bytes from one row of the first plane to the next; 0 for no padding.
    pub stride: usize,
    /// Range and H.273 number of the matrix, if the pixels are luma and chroma.
    pub yuv: Option<(bool, u8)>,
    /// The pixels are numbers that become shades of 16 bits, which `format` describes.
    pub numbers: Option<Numbers>,
}

/// FFmpeg's codec name for an image file, detected by its first bytes.
pub(crate) fn codec_of(data: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| data.starts_with(magic);
    Some(match () {
        () if begins(b"\xff\xd8\xff") => "mjpeg",
        () if begins(b"\x89PNG\r\n\x1a\n") => "png",
        () if begins(b"RIFF") && data.get(8..12) == Some(b"WEBP") => "webp",
        () if begins(b"BM") => "bmp",
        () if begins(b"II*\0") || begins(b"MM\0*") => "tiff",
        () if begins(b"GIF8") => "gif",
        () if begins(b"\0\0\0\x0cjP  ") || begins(b"\xff\x4f\xff\x51") => "jpeg2000",
        () if begins(b"qoif") => "qoi",
        () if avif::is_avif(data) => "av1",
        () => return None,
    })
}

/// Rows of each plane as (bytes per row, rows), for the supported raw formats.
fn planes(form: &RawForm) -> Option<Vec<(usize, usize)>> {
    let (width, height) = (form.width as usize, form.height as usize);
    let (half, rows) = (width.div_ceil(2), height.div_ceil(2));
    let packed = |bytes: usize| vec![(width * bytes, height)];
    Some(match form.format {
        "gray" => packed(1),
        "gray16le" | "gray16be" => packed(2),
        "rgb24" | "bgr24" => packed(3),
        "rgba" | "bgra" => packed(4),
        "rgb48le" | "bgr48le" | "rgb48be" | "bgr48be" => packed(6),
        "rgba64le" | "bgra64le" | "rgba64be" | "bgra64be" => packed(8),
        "yuyv422" | "uyvy422" => vec![(half * 4, height)],
        "nv12" => vec![(width, height), (half * 2, rows)],
        "yuv420p" => vec![(width, height), (half, rows), (half, rows)],
        "yuv422p" => vec![(width, height), (half, height), (half, height)],
        "yuv444p" => vec![(width, height); 3],
        bayer if bayer.starts_with("bayer_") => packed(if bayer.ends_with('8') { 1 } else { 2 }),
        _ => return None,
    })
}

/// A frame of raw pixels; `None` if there are too few bytes for its size.
pub(super) fn raw_frame(data: &[u8], form: &RawForm) -> Option<Frame> {
    let sides = 1..=MOST_PIXELS;
    if !sides.contains(&form.width) || !sides.contains(&form.height) {
        return None;
    }
    let shades = form.numbers.map(|numbers| numbers.shades(data));
    let mut rest = shades.as_deref().unwrap_or(data);
    let mut all = Vec::new();
    for (index, (bytes, rows)) in planes(form)?.into_iter().enumerate() {
        let stride = if index == 0 && form.stride > bytes { form.stride } else { bytes };
        all.push(Plane { data: rest, stride });
        rest = rest.get(stride * rows..).unwrap_or_default();
    }
    let mut frame = Frame::from_planes(form.format, form.width, form.height, &all).ok()?;
    if let Some((full_range, matrix)) = form.yuv {
        frame.tag_yuv(full_range, matrix);
    }
    Some(frame)
}

/// The properties of a picture, found by decoding it: its codec, size and pixel format.
pub(crate) struct PictureInfo {
    pub codec: String,
    pub geometry: Geometry,
}

/// Decode one picture to find its properties; `None` if it cannot be decoded.
pub(crate) fn look(data: Vec<u8>, form: Form) -> Option<PictureInfo> {
    let codec = match &form {
        Form::Compressed => codec_of(&data)?,
        Form::Unit { codec, .. } => codec,
        Form::Raw(_) => "rawvideo",
    };
    let given = MemoryPicture { time: 0, data, form };
    let frame =
        DecodeGiven::new(std::iter::once(given), String::new(), Arc::default()).next()?.ok()?;
    Some(PictureInfo { codec: codec.to_owned(), geometry: frame.geometry() })
}
