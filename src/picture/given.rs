//! Decodes or wraps pictures that are passed one by one in memory, compressed or raw, into frames.
//! It does not know where they come from.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::MOST_PIXELS;
use crate::error::Result;
use crate::event::{Tally, Warning};
use crate::ffi::{Decoder, Frame, Packet, Plane, Received};
use crate::time::Timed as _;

/// One picture in memory.
#[derive(Debug)]
pub(crate) struct Given {
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
fn raw_frame(data: &[u8], form: &RawForm) -> Option<Frame> {
    let sides = 1..=MOST_PIXELS;
    if !sides.contains(&form.width) || !sides.contains(&form.height) {
        return None;
    }
    let mut rest = data;
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

/// Decodes pictures until they end.
pub(crate) struct DecodeGiven<I> {
    pictures: I,
    tally: Arc<Tally>,
    open: Option<Open>,
    /// A picture that needs another decoder, kept until the current one is drained.
    waiting: Option<Given>,
    ended: bool,
}

struct Open {
    codec: &'static str,
    decoder: Decoder,
    draining: bool,
    /// Times of pictures in the decoder, if they are assigned in order.
    times: Option<BTreeSet<i64>>,
    /// Consecutive errors while draining.
    failures: u32,
}

impl<I: Iterator<Item = Given>> DecodeGiven<I> {
    pub fn new(pictures: I, tally: Arc<Tally>) -> Self {
        Self { pictures, tally, open: None, waiting: None, ended: false }
    }

    fn damaged(&self) {
        Tally::add(&self.tally.damaged, 1);
        self.tally.warn(Warning::DamagedPacket);
    }

    fn counted(&self, frame: Frame) -> Frame {
        Tally::add(&self.tally.read, 1);
        if frame.is_damaged() {
            Tally::add(&self.tally.damaged, 1);
            self.tally.warn(Warning::DamagedFrame);
        }
        frame
    }

    /// The next frame of the open decoder; `None` if it needs more input, or is drained and closed.
    fn receive(&mut self) -> Option<Frame> {
        loop {
            let open = self.open.as_mut()?;
            match open.decoder.receive() {
                Ok(Received::Output(mut frame)) => {
                    let own = frame.best_effort_time().unwrap_or(0);
                    let time = match &mut open.times {
                        Some(times) => times.pop_first().unwrap_or(own),
                        None => own,
                    };
                    frame.set_time(time);
                    return Some(frame);
                }
                Ok(Received::NeedsInput) if !open.draining => return None,
                Ok(Received::NeedsInput | Received::End) => {
                    self.open = None;
                    return None;
                }
                Err(_) => {
                    open.failures += 1;
                    // A broken decoder must not loop forever.
                    if open.draining && open.failures > 1000 {
                        self.open = None;
                    }
                    self.damaged();
                    if self.open.as_ref().is_some_and(|open| !open.draining) {
                        return None;
                    }
                }
            }
        }
    }

    fn drain(&mut self) {
        if let Some(open) = self.open.as_mut() {
            open.draining = true;
            // When draining, a decoder can only report errors of earlier input.
            let _ = open.decoder.send(None);
        }
    }

    /// Send one picture; raw pixels are returned as a frame at once.
    fn feed(&mut self, picture: Given) -> Option<Frame> {
        let (codec, order) = match &picture.form {
            Form::Raw(_) => (None, UnitOrder::Shown),
            Form::Unit { codec, order } => (Some(*codec), *order),
            Form::Compressed => match codec_of(&picture.data) {
                Some(codec) => (Some(codec), UnitOrder::Shown),
                None => {
                    self.damaged();
                    return None;
                }
            },
        };
        if self.open.as_ref().is_some_and(|open| Some(open.codec) != codec) {
            self.drain();
            self.waiting = Some(picture);
            return None;
        }
        if let Form::Raw(form) = &picture.form {
            let frame = raw_frame(&picture.data, form).map(|mut frame| {
                frame.set_time(picture.time);
                frame
            });
            if frame.is_none() {
                self.damaged();
            }
            return frame;
        }
        let codec = codec?;
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                let pixels = i64::from(MOST_PIXELS) * i64::from(MOST_PIXELS);
                let Ok(decoder) = Decoder::of_codec(codec, pixels) else {
                    let missing = format!("pictures left out: this FFmpeg cannot decode {codec}");
                    Tally::add(&self.tally.damaged, 1);
                    self.tally.warn(Warning::Other(missing));
                    return None;
                };
                let times = (order == UnitOrder::Decoded).then(BTreeSet::new);
                self.open.insert(Open { codec, decoder, draining: false, times, failures: 0 })
            }
        };
        if let Some(times) = &mut open.times {
            times.insert(picture.time);
        }
        let packet = Packet::from_bytes(&picture.data, picture.time);
        let sent = packet.map_err(Into::into).and_then(|packet| open.decoder.send(Some(&packet)));
        match sent {
            Ok(()) => open.failures = 0,
            Err(_) => {
                if let Some(times) = &mut open.times {
                    times.remove(&picture.time);
                }
                self.damaged();
            }
        }
        None
    }
}

impl<I: Iterator<Item = Given>> Iterator for DecodeGiven<I> {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(frame) = self.receive() {
                return Some(Ok(self.counted(frame)));
            }
            let next = match self.waiting.take() {
                Some(picture) => Some(picture),
                None if self.ended => None,
                None => self.pictures.next(),
            };
            match next {
                Some(picture) => {
                    if let Some(frame) = self.feed(picture) {
                        return Some(Ok(self.counted(frame)));
                    }
                }
                None => {
                    self.ended = true;
                    self.open.as_ref()?;
                    self.drain();
                }
            }
        }
    }
}

/// The properties of a picture, found by decoding it: its codec, size and pixel format.
pub(crate) struct Look {
    pub codec: String,
    pub width: u32,
    pub height: u32,
    pub pixel_format: String,
    pub full_range: bool,
    pub alpha: bool,
}

/// Decode one picture to find its properties; `None` if it cannot be decoded.
pub(crate) fn look(data: Vec<u8>, form: Form) -> Option<Look> {
    let codec = match &form {
        Form::Compressed => codec_of(&data)?,
        Form::Unit { codec, .. } => codec,
        Form::Raw(_) => "rawvideo",
    };
    let given = Given { time: 0, data, form };
    let frame = DecodeGiven::new(std::iter::once(given), Arc::default()).next()?.ok()?;
    let geometry = frame.geometry();
    Some(Look {
        codec: codec.to_owned(),
        width: frame.width(),
        height: frame.height(),
        pixel_format: geometry.format_name.to_owned(),
        full_range: geometry.full_range,
        alpha: geometry.alpha,
    })
}
