//! Decodes pictures that are given one by one in memory, whatever each of them is compressed with.
//! It changes no picture.

use std::collections::BTreeSet;
use std::iter::Map;
use std::sync::Arc;

use crate::bitstream::avif;
use crate::config::MOST_PIXELS;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Tally, Warning};
use crate::ffi::{AvError, Decoder, FfmpegError, Frame, Packet, Received};
use crate::picture::given::{Form, MemoryPicture, UnitOrder, codec_of, raw_frame};
use crate::pump::{Codec, Failure, Pump, Sent};
use crate::time::Timed as _;

/// Pictures as the inputs of a [`Pump`].
type Inputs<I> = Map<I, fn(MemoryPicture) -> Result<MemoryPicture>>;

/// Decodes pictures until they end.
pub(crate) struct DecodeGiven<I> {
    frames: Pump<Inputs<I>, GivenDecoder>,
    tally: Arc<Tally>,
}

impl<I: Iterator<Item = MemoryPicture>> DecodeGiven<I> {
    /// `subject` is what errors are about.
    pub fn new(pictures: I, subject: String, tally: Arc<Tally>) -> Self {
        let decoder = GivenDecoder { subject, tally: tally.clone(), open: None, raw: None };
        let pictures = pictures.map(Ok as fn(MemoryPicture) -> Result<MemoryPicture>);
        Self { frames: Pump::new(pictures, decoder), tally }
    }
}

impl<I: Iterator<Item = MemoryPicture>> Iterator for DecodeGiven<I> {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.frames.next()?;
        if let Ok(frame) = &next {
            Tally::add(&self.tally.read, 1);
            if frame.is_damaged() {
                Tally::add(&self.tally.damaged, 1);
                self.tally.warn(Warning::DamagedFrame);
            }
        }
        Some(next)
    }
}

/// A decoder that is replaced where the pictures change their codec; raw pictures need none.
struct GivenDecoder {
    subject: String,
    tally: Arc<Tally>,
    open: Option<Open>,
    /// The frame of a raw picture that was sent.
    raw: Option<Frame>,
}

struct Open {
    codec: &'static str,
    decoder: Decoder,
    /// No more pictures of its codec are sent.
    draining: bool,
    /// Times of pictures in the decoder, if they are assigned in order.
    times: Option<BTreeSet<i64>>,
}

impl Open {
    fn drain(&mut self) {
        if !std::mem::replace(&mut self.draining, true) {
            // When draining, a decoder can only report errors of earlier input.
            let _ = self.decoder.send(None);
        }
    }
}

/// A picture that does not match its declared form.
fn invalid() -> Failure<Error> {
    Failure::Damaged(AvError::INVALID_DATA.into())
}

impl Codec for GivenDecoder {
    type Input = MemoryPicture;
    type Output = Frame;
    type Error = Error;

    fn send(
        &mut self,
        picture: Option<MemoryPicture>,
    ) -> Result<Sent<MemoryPicture>, Failure<Error>> {
        let Some(picture) = picture else {
            if let Some(open) = &mut self.open {
                open.drain();
            }
            return Ok(Sent::Taken);
        };
        let (codec, order) = match &picture.form {
            Form::Raw(_) => (None, UnitOrder::Shown),
            Form::Unit { codec, order } => (Some(*codec), *order),
            Form::Compressed => {
                (Some(codec_of(&picture.data).ok_or_else(invalid)?), UnitOrder::Shown)
            }
        };
        if let Some(open) = self.open.as_mut().filter(|open| Some(open.codec) != codec) {
            open.drain();
            return Ok(Sent::Refused(Some(picture)));
        }
        if let Form::Raw(form) = &picture.form {
            let mut frame = raw_frame(&picture.data, form).ok_or_else(invalid)?;
            frame.set_time(picture.time);
            self.raw = Some(frame);
            return Ok(Sent::Taken);
        }
        let Some(codec) = codec else { return Err(invalid()) };
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                let pixels = i64::from(MOST_PIXELS) * i64::from(MOST_PIXELS);
                let Ok(decoder) = Decoder::of_codec(codec, pixels) else {
                    let missing = format!("pictures left out: this FFmpeg cannot decode {codec}");
                    Tally::add(&self.tally.damaged, 1);
                    self.tally.warn(Warning::Other(missing));
                    return Ok(Sent::Taken);
                };
                let times = (order == UnitOrder::Decoded).then(BTreeSet::new);
                self.open.insert(Open { codec, decoder, draining: false, times })
            }
        };
        // Without this mark, FFmpeg's PNG decoder adds each picture to the one before.
        let whole = picture.form == Form::Compressed;
        let held = match whole && codec == "av1" {
            true => Some(avif::picture(&picture.data).ok_or_else(invalid)?),
            false => None,
        };
        let data = held.as_deref().unwrap_or(&picture.data);
        let packet = Packet::from_bytes(data, picture.time, whole)
            .map_err(|error| Failure::Damaged(error.into()))?;
        match open.decoder.send(Some(&packet)) {
            Ok(()) => {
                if let Some(times) = &mut open.times {
                    times.insert(picture.time);
                }
                Ok(Sent::Taken)
            }
            Err(error) if error.code == AvError::AGAIN => Ok(Sent::Refused(Some(picture))),
            Err(error) => Err(Failure::Damaged(error)),
        }
    }

    fn receive(&mut self) -> Result<Received<Frame>, Failure<Error>> {
        if let Some(frame) = self.raw.take() {
            return Ok(Received::Output(frame));
        }
        let Some(open) = &mut self.open else {
            return Ok(Received::NeedsInput);
        };
        match open.decoder.receive().map_err(Failure::Damaged)? {
            Received::Output(mut frame) => {
                let own = frame.best_effort_time().unwrap_or(0);
                let next = open.times.as_mut().and_then(BTreeSet::pop_first);
                frame.set_time(next.unwrap_or(own));
                Ok(Received::Output(frame))
            }
            Received::NeedsInput if !open.draining => Ok(Received::NeedsInput),
            // It is empty; another may be opened for the next picture.
            Received::NeedsInput | Received::End => {
                self.open = None;
                Ok(Received::NeedsInput)
            }
        }
    }

    fn skip(&mut self) {
        Tally::add(&self.tally.damaged, 1);
        self.tally.warn(Warning::DamagedPacket);
    }

    fn give_up(&self, last: FfmpegError) -> Error {
        let codec = self.open.as_ref().map_or("pictures", |open| open.codec);
        let cause = format!("decoding {codec} does nothing but fail ({last})");
        Error::new(ErrorKind::Decode, &self.subject, cause).with_source(last.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::given::RawForm;

    fn raw(time: i64) -> MemoryPicture {
        let form =
            RawForm { format: "gray", width: 16, height: 16, stride: 0, yuv: None, numbers: None };
        MemoryPicture { time, data: vec![0; 256], form: Form::Raw(form) }
    }

    /// A bitmap of one white pixel.
    fn bmp(time: i64) -> MemoryPicture {
        let mut data =
            b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
        data.resize(54, 0);
        data.extend([255, 255, 255, 0]);
        MemoryPicture { time, data, form: Form::Compressed }
    }

    fn damaged(time: i64) -> MemoryPicture {
        MemoryPicture { time, data: b"BM and no bitmap".to_vec(), form: Form::Compressed }
    }

    #[test]
    fn pictures_of_any_format_keep_their_times_and_damage_is_counted() {
        let unknown =
            MemoryPicture { time: 5, data: b"no picture".to_vec(), form: Form::Compressed };
        let pictures =
            [bmp(1), raw(2), bmp(3), damaged(4), unknown, bmp(6), raw(7), raw(8), bmp(9)];
        let tally = Arc::<Tally>::default();
        let frames = DecodeGiven::new(pictures.into_iter(), "test".into(), tally.clone());
        let times: Vec<_> = frames.map(|frame| frame.unwrap().time()).collect();
        assert_eq!(times, [1, 2, 3, 6, 7, 8, 9]);
        let load =
            |count: &std::sync::atomic::AtomicU64| count.load(std::sync::atomic::Ordering::Relaxed);
        assert_eq!((load(&tally.read), load(&tally.damaged)), (7, 2));
    }

    #[test]
    fn a_long_run_of_damage_does_not_end_the_pictures() {
        let pictures = (0..3000).map(damaged).chain([bmp(3000)]);
        let frames = DecodeGiven::new(pictures, "test".into(), Arc::default());
        let times: Vec<_> = frames.map(|frame| frame.unwrap().time()).collect();
        assert_eq!(times, [3000]);
    }
}
