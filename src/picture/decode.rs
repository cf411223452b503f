//! Frames of one stream, each with its time in nanoseconds.
//! It shows what can be decoded, counts what cannot, and changes no picture.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::bitstream::jpeg::CutPictures;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::{Cancel, Tally, Warning};
use crate::ffi;
use crate::ffi::{AvError, Decoder, DecoderOptions, FfmpegError, Frame, Packet, Stream};
use crate::sample::StreamInfo;
use crate::time::{FrameClock, RawTime, Timed as _};

use crate::picture::hardware::Devices;
use crate::time::capture_clock::CaptureClock;

/// How a stream is decoded.
pub(crate) fn options<'a>(stream: &Stream, live: bool, devices: &'a Devices) -> DecoderOptions<'a> {
    // FFmpeg's own decoders for these leave the alpha plane out.
    let alpha =
        stream.metadata.iter().any(|(k, v)| k.eq_ignore_ascii_case("alpha_mode") && v == "1");
    let name = match stream.codec.as_str() {
        "vp8" if alpha => Some("libvpx"),
        "vp9" if alpha => Some("libvpx-vp9"),
        _ => None,
    };
    // Hardware leaves it out as well.
    let devices = if name.is_some() { &[] } else { devices.all() };
    DecoderOptions { name, low_delay: live, devices }
}

/// The error of a decoder that does not open.
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

/// The error of a list of times that has not one for each frame.
fn wrong_count(subject: &str, (frames, times): (u64, usize)) -> Error {
    let cause = format!("it has {frames} frames, and there are {times} timestamps");
    Error::new(ErrorKind::Config, subject, cause)
        .with_remedy("give one timestamp for each frame, in the order in which they are shown")
}

/// Decodes packets until they end.
pub(crate) struct Decode<I> {
    packets: I,
    decoder: Decoder,
    clock: FrameClock,
    /// For live sources.
    capture: Option<CaptureClock>,
    /// Times to show, in nanoseconds; what lies before is decoded and thrown away.
    window: Range<i64>,
    /// Told once the first frame shows whether hardware decodes: why it does not.
    in_software: Option<String>,
    /// The first packet says when it is shown, not only when it is decoded.
    has_pts: Option<bool>,
    tally: Arc<Tally>,
    cut: CutPictures,
    state: State,
    /// A packet the decoder did not take yet.
    refused: Option<Packet>,
    /// Why the packets ended early, told once what they gave is out.
    error: Option<Error>,
    /// Where each frame has a time from outside: what is decoded, and whether all of it was.
    counted: Option<(String, Cancel)>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Decoding,
    /// The packets have ended; the decoder gives out what it holds.
    Draining,
    Done,
}

impl<I> Decode<I> {
    pub fn new(
        packets: I,
        decoder: Decoder,
        clock: FrameClock,
        capture: Option<CaptureClock>,
        window: Range<i64>,
        tally: Arc<Tally>,
    ) -> Self {
        Self {
            packets,
            decoder,
            clock,
            capture,
            window,
            in_software: None,
            has_pts: None,
            tally,
            cut: CutPictures::default(),
            state: State::Decoding,
            refused: None,
            error: None,
            counted: None,
        }
    }

    /// There is a list of times: an error at the end unless it has one for each frame of `subject`.
    pub fn counted(self, subject: String, cancel: Cancel) -> Self {
        Self { counted: Some((subject, cancel)), ..self }
    }

    /// What to say where frames come from software though hardware was asked for.
    pub fn or_in_software(mut self, why: Option<String>) -> Self {
        self.in_software = why;
        self
    }

    fn stamp(&mut self, frame: &mut Frame) -> i64 {
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
            frame.set_capture(clock.frame(frame.best_effort_time(), crate::ffi::now().wall));
        }
        frame.set_time(time);
        time
    }

    fn cut_pictures(&self, count: u64) {
        Tally::add(&self.tally.damaged, count);
        (0..count).for_each(|_| self.tally.warn(Warning::CutPicture));
    }

    /// The packets have ended, and the decoder has given out everything.
    fn end(&mut self) -> Option<Result<Frame>> {
        if self.state == State::Done {
            return None;
        }
        self.state = State::Done;
        let counted = self.counted.as_ref().filter(|(_, cancel)| !cancel.is_cancelled());
        let missing = counted.zip(self.clock.missing_times());
        let wrong = missing.map(|((subject, _), counts)| wrong_count(subject, counts));
        self.error.take().or(wrong).map(Err)
    }

    fn damaged_packet(&self) {
        Tally::add(&self.tally.damaged, 1);
        self.tally.warn(Warning::DamagedPacket);
    }

    /// The next frame the decoder has ready.
    fn receive(&mut self) -> Received {
        match self.decoder.receive() {
            Ok(ffi::Received::Output(mut frame)) => {
                if frame.is_on_device() {
                    self.in_software = None;
                    if frame.download().is_err() {
                        return Received::Damaged;
                    }
                }
                if let Some(why) = self.in_software.take() {
                    self.tally.warn(Warning::DecodedInSoftware(why));
                }
                Received::Frame(frame)
            }
            Ok(ffi::Received::NeedsInput) => Received::Nothing,
            Ok(ffi::Received::End) => Received::End,
            // An error here is about one picture; the next ones may be whole.
            Err(_) => Received::Damaged,
        }
    }
}

enum Received {
    Frame(Frame),
    Damaged,
    Nothing,
    End,
}

impl<I: Iterator<Item = Result<Packet>>> Decode<I> {
    fn feed(&mut self) {
        let retry = self.refused.take();
        let is_retry = retry.is_some();
        match retry.map(Ok).or_else(|| self.packets.next()) {
            Some(Ok(packet)) => {
                if let Some(position) = packet.position() {
                    self.tally.position.fetch_max(position, Ordering::Relaxed);
                }
                if let Some(clock) = self.capture.as_mut().filter(|_| !is_retry) {
                    clock.packet(packet.pts(), packet.sender_time(), packet.arrived());
                }
                self.has_pts.get_or_insert(packet.pts().is_some());
                // What is lost of it may not show in the frame: with frame threads a decoder tells of its errors late.
                if packet.is_corrupt() && !is_retry {
                    self.damaged_packet();
                }
                if !is_retry {
                    let count = self.cut.look_at(packet.data());
                    self.cut_pictures(count);
                }
                match self.decoder.send(Some(&packet)) {
                    Ok(()) => {}
                    // After damage some decoders (dav1d) take a packet only once asked for frames again.
                    Err(error) if error.code == AvError::AGAIN && !is_retry => {
                        self.refused = Some(packet)
                    }
                    Err(_) => self.damaged_packet(),
                }
            }
            end => {
                let count = self.cut.finish();
                self.cut_pictures(count);
                self.state = State::Draining;
                self.error = end.and_then(Result::err);
                // At the end a decoder refuses only what it was told before.
                let _ = self.decoder.send(None);
            }
        }
    }
}

impl<I: Iterator<Item = Result<Packet>>> Iterator for Decode<I> {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        // Errors in a row while draining: a broken decoder must not keep us for ever.
        let mut failures = 0;
        while self.state != State::Done {
            match self.receive() {
                Received::Frame(mut frame) => {
                    let time = self.stamp(&mut frame);
                    if time >= self.window.end {
                        break;
                    }
                    if time < self.window.start {
                        continue;
                    }
                    Tally::add(&self.tally.read, 1);
                    if frame.is_damaged() {
                        Tally::add(&self.tally.damaged, 1);
                        self.tally.warn(Warning::DamagedFrame);
                    }
                    return Some(Ok(frame));
                }
                Received::Damaged => {
                    self.damaged_packet();
                    failures += 1;
                    if failures > 1000 {
                        break;
                    }
                }
                Received::Nothing if self.state == State::Draining => return self.end(),
                Received::Nothing => self.feed(),
                Received::End => return self.end(),
            }
        }
        self.state = State::Done;
        self.error.take().map(Err)
    }
}
