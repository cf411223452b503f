//! Decodes the packets of one stream into frames, each with its time in nanoseconds.
//! It counts what cannot be decoded, and changes no picture.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::bitstream::jpeg::CutPictures;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::{Cancel, Tally, Warning};
use crate::ffi::{
    self, AvError, Decoder, DecoderOptions, FfmpegError, Frame, Packet, Received, Stream,
};
use crate::picture::hardware::Devices;
use crate::pump::{Codec, Failure, Pump, Sent};
use crate::sample::StreamInfo;
use crate::time::capture_clock::CaptureClock;
use crate::time::{FrameClock, RawTime, Timed as _};

/// This many consecutive failures mean that the device is lost, not that packets are damaged.
const MOST_DEVICE_FAILURES: u32 = 250;

/// How a stream is decoded.
pub(crate) fn options<'a>(
    stream: &Stream,
    live: bool,
    devices: &'a Devices,
    threads: Option<usize>,
) -> DecoderOptions<'a> {
    // FFmpeg's native decoders for these ignore the alpha plane.
    let alpha =
        stream.metadata.iter().any(|(k, v)| k.eq_ignore_ascii_case("alpha_mode") && v == "1");
    let name = match stream.codec.as_str() {
        "vp8" if alpha => Some("libvpx"),
        "vp9" if alpha => Some("libvpx-vp9"),
        _ => None,
    };
    // Hardware decoders ignore it too.
    let devices = if name.is_some() { &[] } else { devices.all() };
    DecoderOptions { name, low_delay: live, devices, threads }
}

/// The error of a decoder that cannot be opened.
pub(crate) fn cannot_open(info: &StreamInfo, error: &FfmpegError) -> Error {
    let cause = format!("{}: {error}", info.codec);
    Error::new(ErrorKind::Decode, &info.source, cause).with_source(error.code).with_remedy(
        if info.codec == "rawvideo" {
            Remedy::DescribeRawPictures
        } else {
            "`ffmpeg -decoders` lists what this FFmpeg can decode".into()
        },
    )
}

/// Decodes packets until the stream ends.
pub(crate) struct Decode<I> {
    frames: Pump<I, VideoDecoder>,
    /// The range of times to show, in nanoseconds; earlier frames are decoded and discarded.
    window: Range<i64>,
    tally: Arc<Tally>,
    /// There is a list of times, one per frame; a mismatch in number is an error unless the run was cancelled.
    counted: Option<Cancel>,
    done: bool,
}

impl<I: Iterator<Item = Result<Packet>>> Decode<I> {
    pub fn new(
        packets: I,
        decoder: Decoder,
        subject: String,
        clock: FrameClock,
        capture: Option<CaptureClock>,
        window: Range<i64>,
        tally: Arc<Tally>,
    ) -> Self {
        let decoder = VideoDecoder {
            decoder,
            subject,
            clock,
            capture,
            in_software: None,
            has_pts: None,
            device_failures: 0,
            has_begun: false,
            tally: tally.clone(),
            cut: CutPictures::default(),
        };
        Self { frames: Pump::new(packets, decoder), window, tally, counted: None, done: false }
    }

    /// With a list of times: an error at the end unless the number of frames matches.
    pub fn counted(self, cancel: Cancel) -> Self {
        Self { counted: Some(cancel), ..self }
    }

    /// The error of a list of times, checked after the last frame.
    fn wrong_count(&self) -> Option<Error> {
        self.counted.as_ref().filter(|cancel| !cancel.is_cancelled())?;
        let decoder = self.frames.codec();
        let counts = decoder.clock.missing_times()?;
        Some(crate::time::wrong_count(&decoder.subject, counts))
    }

    /// Why frames are decoded in software although hardware was requested, if so.
    pub fn or_in_software(mut self, why: Option<String>) -> Self {
        self.frames.codec_mut().in_software = why;
        self
    }
}

impl<I: Iterator<Item = Result<Packet>>> Iterator for Decode<I> {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            match self.frames.next() {
                Some(Ok(frame)) if frame.time() >= self.window.end => {
                    self.done = true;
                    let subject = &self.frames.codec().subject;
                    return crate::time::uncountable(subject, frame.time(), self.window.end)
                        .map(Err);
                }
                Some(Ok(frame)) if frame.time() < self.window.start => {}
                Some(Ok(frame)) => {
                    Tally::add(&self.tally.read, 1);
                    if frame.is_damaged() {
                        Tally::add(&self.tally.damaged, 1);
                        self.tally.warn(Warning::DamagedFrame);
                    }
                    return Some(Ok(frame));
                }
                end => {
                    self.done = true;
                    return end.or_else(|| self.wrong_count().map(Err));
                }
            }
        }
        None
    }
}

/// A decoder and the clocks that give its frames their times.
struct VideoDecoder {
    decoder: Decoder,
    subject: String,
    clock: FrameClock,
    /// For live sources.
    capture: Option<CaptureClock>,
    /// Why software decodes although hardware was requested; reported once the first frame confirms it.
    in_software: Option<String>,
    /// The first packet has a presentation time, not only a decoding time.
    has_pts: Option<bool>,
    /// Consecutive failures while a hardware device may be in use.
    device_failures: u32,
    /// A frame was decoded.
    has_begun: bool,
    tally: Arc<Tally>,
    cut: CutPictures,
}

impl VideoDecoder {
    fn stamp(&mut self, frame: &mut Frame) {
        let (time, fix) = self.clock.stamp(RawTime {
            pts: frame.best_effort_time(),
            reordered: (self.has_pts == Some(false)).then(|| self.decoder.delay()),
            duration: frame.duration(),
            repeat_fields: frame.repeat_fields(),
            codec_rate: self.decoder.frame_rate(),
        });
        if let Some(fix) = fix {
            self.tally.warn(Warning::from(fix));
        }
        if let Some(clock) = &mut self.capture {
            frame.set_capture(clock.frame(frame.best_effort_time(), ffi::now().wall));
            if let Some(ahead) = clock.take_error() {
                self.tally.warn(Warning::far_clock(ahead));
            }
        }
        frame.set_time(time);
    }

    fn count_cut_pictures(&self, count: u64) {
        Tally::add(&self.tally.damaged, count);
        (0..count).for_each(|_| self.tally.warn(Warning::CutPicture));
    }

    fn count_missing_pictures(&mut self) {
        let count = self.decoder.take_missing_pictures();
        // A stream may begin with pictures that refer to others before it.
        if std::mem::replace(&mut self.has_begun, true) {
            Tally::add(&self.tally.damaged, count);
            self.tally.warn_times(Warning::LostReference, count);
        }
    }

    /// How to continue after a packet or frame could not be decoded.
    fn failed(&mut self, error: FfmpegError) -> Failure<Error> {
        self.device_failures += u32::from(self.decoder.device().is_some());
        match self.device_failures {
            MOST_DEVICE_FAILURES.. => Failure::Fatal(self.give_up(error)),
            _ => Failure::Damaged(error),
        }
    }
}

impl Codec for VideoDecoder {
    type Input = Packet;
    type Output = Frame;
    type Error = Error;

    fn prepare(&mut self, packet: &Packet) {
        if let Some(position) = packet.position() {
            self.tally.position.fetch_max(position, Ordering::Relaxed);
        }
        if let Some(clock) = &mut self.capture {
            clock.packet(packet.pts(), packet.sender_time(), packet.arrived());
        }
        self.has_pts.get_or_insert(packet.pts().is_some());
        // Count the packet: its frame may carry no error flag, since decoders with frame threads report errors late.
        if packet.is_corrupt() {
            self.skip();
        }
        Tally::add(&self.tally.hidden, u64::from(packet.is_discarded()));
        let count = self.cut.look_at(packet.data());
        self.count_cut_pictures(count);
    }

    fn send(&mut self, packet: Option<Packet>) -> Result<Sent<Packet>, Failure<Error>> {
        if packet.is_none() {
            let count = std::mem::take(&mut self.cut).finish();
            self.count_cut_pictures(count);
        }
        match self.decoder.send(packet.as_ref()) {
            Ok(()) => Ok(Sent::Taken),
            // After an error some decoders (dav1d) accept a packet only after another request for frames.
            Err(error) if error.code == AvError::AGAIN => Ok(Sent::Refused(packet)),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn receive(&mut self) -> Result<Received<Frame>, Failure<Error>> {
        let received = self.decoder.receive().map_err(|error| self.failed(error))?;
        let Received::Output(mut frame) = received else {
            return Ok(received);
        };
        if frame.is_on_device() {
            self.in_software = None;
            frame.download().map_err(|error| self.failed(error.into()))?;
        }
        if let Some(why) = self.in_software.take() {
            self.tally.warn(Warning::DecodedInSoftware(why));
        }
        self.device_failures = 0;
        self.count_missing_pictures();
        self.stamp(&mut frame);
        Ok(Received::Output(frame))
    }

    fn skip(&mut self) {
        Tally::add(&self.tally.damaged, 1);
        self.tally.warn(Warning::DamagedPacket);
    }

    fn give_up(&self, last: FfmpegError) -> Error {
        let by = self.decoder.device().map(|device| format!(" by {device}")).unwrap_or_default();
        let cause = format!("decoding{by} does nothing but fail ({last})");
        let error = Error::new(ErrorKind::Decode, &self.subject, cause).with_source(last.code);
        match self.decoder.device() {
            Some(_) => error.with_remedy(Remedy::DecodeInSoftware),
            None => error,
        }
    }
}
