//! Encodes finished frames into samples: closed GOPs by time, no B-frames, headers in every keyframe.
//! It requests that of the encoder; `check.rs` verifies it.

use std::collections::VecDeque;

use crate::encode::check::{Check, Pending};
use crate::encode::plan::EncodePlan;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::ffi::{AvError, Encoder, EncoderSettings, FfmpegError, Frame, Received};
use crate::picture::hardware::cannot_open;
use crate::pump::{Codec, Failure, Pump, Sent};
use crate::sample::Sample;
use crate::time::capture_clock::Captures;
use crate::time::{TimeBase, Timed as _, rescale};

/// Encodes frames until the stream ends.
pub(crate) struct Encode<I>(Pump<I, FrameEncoder>);

impl<I: Iterator<Item = Result<Frame>>> Encode<I> {
    pub fn new(frames: I, plan: EncodePlan, subject: String) -> Self {
        let check = Check::new(plan.row.codec);
        Self(Pump::new(
            frames,
            FrameEncoder {
                plan,
                subject,
                captures: None,
                encoder: None,
                check,
                pending: VecDeque::new(),
                held: None,
                last: None,
            },
        ))
    }

    /// Adds the capture times of a live source's frames.
    pub fn with_captures(mut self, captures: Captures) -> Self {
        self.0.codec_mut().captures = Some(captures);
        self
    }
}

impl<I: Iterator<Item = Result<Frame>>> Iterator for Encode<I> {
    type Item = Result<Sample>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// An encoder that is opened with the first frame, and requests keyframes by time.
struct FrameEncoder {
    plan: EncodePlan,
    subject: String,
    /// For live sources: when each frame was captured, and where the source was reopened.
    captures: Option<Captures>,
    encoder: Option<Encoder>,
    check: Check,
    /// The frames inside the encoder, in order.
    pending: VecDeque<Pending>,
    /// A frame held back until the time of the next one is known.
    held: Option<Frame>,
    last: Option<LastFrame>,
}

/// The last frame sent.
#[derive(Clone, Copy)]
struct LastFrame {
    pts: i64,
    time: i64,
    /// Time of the last requested keyframe.
    keyframe: i64,
}

impl FrameEncoder {
    fn error(&self, cause: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Encode, &self.subject, cause)
    }

    fn failed(&self, error: FfmpegError) -> Error {
        self.error(&error).with_source(error.code)
    }

    fn open(&self, frame: &Frame) -> Result<Encoder> {
        let row = self.plan.row;
        let (width, height) = (frame.width(), frame.height());
        let mut options = self.plan.options.clone();
        let derived = row.derived_bitrate(&options, (width, height), self.plan.frame_rate);
        options.extend(derived);
        let settings = EncoderSettings {
            name: row.name,
            width,
            height,
            format: row.format,
            time_base: self.plan.tick(),
            frame_rate: self.plan.frame_rate,
            device: self.plan.device(),
            options: &options,
            where_known: row.where_known,
        };
        Encoder::open(&settings).map_err(|(error, unknown)| {
            if error.code == AvError::OPTION_NOT_FOUND && !unknown.is_empty() {
                let options = unknown.join("`, `");
                return self
                    .error(format!("{} has no option `{options}`", row.name))
                    .with_remedy(row.alternative());
            }
            let cause = cannot_open(&error);
            self.error(format!("{} refused {width}x{height}: {cause}", row.name))
                .with_source(error.code)
                .with_remedy(match row.name {
                    "libx264" => Remedy::ChangeSizeOrPreset,
                    _ => row.alternative(),
                })
        })
    }

    /// Send one frame, given the time of the next one.
    fn encode(&mut self, mut frame: Frame, next: Option<i64>) -> Result<()> {
        let time = frame.time();
        let mut pts = rescale(time, TimeBase::NANOSECONDS, self.plan.tick());
        let begins = self.captures.as_ref().is_some_and(|c| c.begins(time));
        let keyframe = match self.last {
            None => time,
            Some(last) => {
                pts = pts.max(last.pts + 1);
                let step = (time - last.time).max(1);
                // The next frame would exceed the keyframe interval.
                let next = next.unwrap_or(time.saturating_add(step));
                let since = |t: i64| t.saturating_sub(last.keyframe);
                let due = begins
                    || since(time) >= self.plan.keyframe_interval
                    || since(next) > self.plan.keyframe_interval;
                if due { time } else { last.keyframe }
            }
        };
        let requested = keyframe == time && (self.plan.requests_keyframes || self.last.is_none());
        frame.set_keyframe(requested);
        self.last = Some(LastFrame { pts, time, keyframe });
        if self.encoder.is_none() {
            self.encoder = Some(self.open(&frame)?);
        }
        if let Some(encoder) = self.encoder.as_mut() {
            let sent = encoder.send(Some((&mut frame, pts)));
            sent.map_err(|error| self.failed(error))?;
        }
        self.pending.push_back(Pending { pts, time, keyframe: requested });
        Ok(())
    }
}

impl Codec for FrameEncoder {
    type Input = Frame;
    type Output = Sample;
    type Error = Error;

    fn send(&mut self, frame: Option<Frame>) -> Result<Sent<Frame>, Failure<Error>> {
        match (frame, self.held.take()) {
            (Some(frame), _) if self.plan.live => self.encode(frame, None)?,
            (Some(frame), held) => {
                let next = frame.time();
                self.held = Some(frame);
                if let Some(held) = held {
                    self.encode(held, Some(next))?;
                }
            }
            (None, Some(held)) => {
                self.encode(held, None)?;
                return Ok(Sent::Refused(None));
            }
            (None, None) => {
                // Without a flush, the encoder would keep the frames in its lookahead.
                let ended = self.encoder.as_mut().map_or(Ok(()), |encoder| encoder.send(None));
                ended.map_err(|error| self.failed(error))?;
            }
        }
        Ok(Sent::Taken)
    }

    fn receive(&mut self) -> Result<Received<Sample>, Failure<Error>> {
        loop {
            let Some(encoder) = self.encoder.as_mut() else {
                return Ok(Received::NeedsInput);
            };
            let encoded = match encoder.receive() {
                Ok(Received::Output(encoded)) => encoded,
                Ok(Received::NeedsInput) => return Ok(Received::NeedsInput),
                Ok(Received::End) => return Ok(Received::End),
                Err(error) => return Err(self.failed(error).into()),
            };
            let Some(encoded) = self.check.whole(encoded) else {
                continue;
            };
            let pending = self.pending.pop_front();
            let checked = self.check.check(encoded, pending.as_ref(), encoder.extradata());
            let time = pending.map_or(0, |pending| pending.time);
            let checked = checked.map_err(|what| {
                let row = self.plan.row;
                self.error(format!("{} {what}", row.name)).with_remedy(row.alternative())
            })?;
            return Ok(Received::Output(Sample {
                frame: 0,
                time,
                capture_time: self.captures.as_ref().and_then(|c| c.at(time)),
                data: checked.data.into(),
                keyframe: checked.keyframe,
            }));
        }
    }

    fn give_up(&self, last: FfmpegError) -> Error {
        self.failed(last)
    }
}
