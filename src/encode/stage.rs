//! Encoded samples from finished frames: closed GOPs by time, no B-frames, headers in every keyframe.
//! It asks the encoder for that and checks that it was given.

use std::collections::VecDeque;

use crate::bitstream::unit::{Flaw, Headers, Inspector};
use crate::encode::plan::EncodePlan;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::ffi::{AvError, Encoder, EncoderSettings, Frame, Received};
use crate::picture::hardware::cannot_open;
use crate::sample::{Sample, SampleCodec};
use crate::time::capture_clock::Captures;
use crate::time::{TimeBase, Timed as _, rescale};

/// Encodes frames until they end.
pub(crate) struct Encode<I> {
    frames: I,
    plan: EncodePlan,
    subject: String,
    /// For live sources: when each frame was captured, and where the source began anew.
    captures: Option<Captures>,
    encoder: Option<Encoder>,
    inspector: Inspector,
    /// Times of the frames that are in the encoder, in order.
    pending: VecDeque<Pending>,
    held: Option<Frame>,
    last: Option<Sent>,
    /// Headers that the encoder gave before the picture they belong to.
    apart: Vec<u8>,
    /// Those of the first keyframe, for later ones that lack them.
    headers: Headers,
    first_sample: bool,
    state: State,
    error: Option<Error>,
}

struct Pending {
    pts: i64,
    time: i64,
    /// A keyframe was asked for.
    keyframe: bool,
}

#[derive(Clone, Copy)]
struct Sent {
    pts: i64,
    time: i64,
    /// Time of the last keyframe that was asked for.
    keyframe: i64,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Encoding,
    Draining,
    Done,
}

impl<I: Iterator<Item = Result<Frame>>> Encode<I> {
    pub fn new(frames: I, plan: EncodePlan, subject: String) -> Self {
        let inspector = Inspector::new(plan.row.codec);
        let headers = Headers::new(plan.row.codec);
        Self {
            frames,
            plan,
            subject,
            captures: None,
            encoder: None,
            inspector,
            pending: VecDeque::new(),
            held: None,
            last: None,
            apart: Vec::new(),
            headers,
            first_sample: true,
            state: State::Encoding,
            error: None,
        }
    }

    /// Say when each frame was captured.
    pub fn with_captures(mut self, captures: Captures) -> Self {
        self.captures = Some(captures);
        self
    }

    fn fail(&self, cause: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Encode, &self.subject, cause)
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
            let size = format!("{width}x{height}");
            if error.code == AvError::OPTION_NOT_FOUND && !unknown.is_empty() {
                return self
                    .fail(format!("{} has no option `{}`", row.name, unknown.join("`, `")))
                    .with_remedy(row.instead());
            }
            let said = cannot_open(&error);
            self.fail(format!("{} refused {size}: {said}", row.name)).with_remedy(match row.name {
                "libx264" => Remedy::ChangeSizeOrPreset,
                _ => row.instead(),
            })
        })
    }

    /// Take in one frame, knowing when the next one comes.
    fn send(&mut self, mut frame: Frame, next: Option<i64>) -> Result<()> {
        let time = frame.time();
        let mut pts = rescale(time, TimeBase::NANOSECONDS, self.plan.tick());
        let begins = self.captures.as_ref().is_some_and(|c| c.begins(time));
        let keyframe = match self.last {
            None => time,
            Some(last) => {
                pts = pts.max(last.pts + 1);
                let step = (time - last.time).max(1);
                // The next frame would come too late to be the keyframe.
                let next = next.unwrap_or(time.saturating_add(step));
                let since = |t: i64| t.saturating_sub(last.keyframe);
                let due = begins
                    || since(time) >= self.plan.keyframe_interval
                    || since(next) > self.plan.keyframe_interval;
                if due { time } else { last.keyframe }
            }
        };
        let asked = keyframe == time && (self.plan.asks || self.last.is_none());
        frame.set_keyframe(asked);
        self.last = Some(Sent { pts, time, keyframe });
        if self.encoder.is_none() {
            self.encoder = Some(self.open(&frame)?);
        }
        if let Some(encoder) = self.encoder.as_mut() {
            let sent = encoder.send(Some((&mut frame, pts)));
            sent.map_err(|e| self.fail(e))?;
        }
        self.pending.push_back(Pending { pts, time, keyframe: asked });
        Ok(())
    }

    /// The error of an encoder that does not do what it was told.
    fn disobeyed(&self, what: &str) -> Error {
        let row = self.plan.row;
        Error::new(ErrorKind::Encode, &self.subject, format!("{} {what}", row.name))
            .with_remedy(row.instead())
    }

    fn receive(&mut self) -> Result<Option<Sample>> {
        let Some(encoder) = self.encoder.as_mut() else {
            return Ok(None);
        };
        let Received::Output(mut encoded) = encoder.receive().map_err(|e| self.fail(e))? else {
            return Ok(None);
        };
        if !self.apart.is_empty() {
            let mut whole = std::mem::take(&mut self.apart);
            whole.append(&mut encoded.data);
            encoded.data = whole;
        }
        let unit = self.inspector.inspect(&encoded.data);
        if unit.pictures == 0 && !unit.headers.is_empty() {
            self.apart = encoded.data;
            return self.receive();
        }
        let pending = self.pending.pop_front();
        let Some(Pending { time, keyframe: asked, .. }) =
            pending.filter(|p| encoded.pts == Some(p.pts))
        else {
            return Err(self.disobeyed("gave frames in another order than they came"));
        };
        // AV1 packs pictures that are shown later into the unit of the one that is shown now.
        let reorders = self.plan.row.codec != SampleCodec::Av1;
        if reorders && encoded.dts.is_some_and(|dts| Some(dts) != encoded.pts) {
            return Err(self.disobeyed("reordered frames"));
        }
        let (keyframe, flaw, lacking) = (unit.start, unit.flaw, unit.start && !unit.complete);
        if unit.pictures != 1 {
            return Err(self.disobeyed("did not give one picture at a time"));
        }
        // Many encoders of H.265 write B slices that refer to nothing later.
        if flaw.is_some_and(|f| f != Flaw::OwnSize) {
            return Err(self.disobeyed("made pictures that depend on later ones"));
        }
        if asked && !keyframe {
            return Err(self.disobeyed(match self.first_sample {
                true => "did not begin with a keyframe",
                false => "made no keyframe where one was asked for",
            }));
        }
        if lacking {
            // Some encoders keep their headers apart.
            if self.headers.is_empty() {
                let kept = self.encoder.as_ref().map_or(&[][..], Encoder::extradata);
                let kept = Inspector::new(self.plan.row.codec).inspect(kept);
                self.headers.learn(&kept.headers);
            }
            encoded.data = self.headers.insert(&encoded.data, unit.delimiter);
            if !self.inspector.inspect(&encoded.data).is_keyframe() {
                return Err(self.disobeyed("made keyframes without headers"));
            }
        } else if keyframe && self.headers.is_empty() {
            self.headers.learn(&unit.headers);
        }
        self.first_sample = false;
        Ok(Some(Sample {
            frame: 0,
            time,
            capture_time: self.captures.as_ref().and_then(|c| c.at(time)),
            data: encoded.data,
            keyframe,
        }))
    }

    fn step(&mut self) -> Result<Option<Sample>> {
        if let Some(sample) = self.receive()? {
            return Ok(Some(sample));
        }
        if self.state == State::Draining {
            self.state = State::Done;
            return Ok(None);
        }
        match self.frames.next() {
            Some(Ok(frame)) if self.plan.live => self.send(frame, None)?,
            Some(Ok(frame)) => {
                let next = frame.time();
                if let Some(held) = self.held.replace(frame) {
                    self.send(held, Some(next))?;
                }
            }
            end => {
                self.error = end.and_then(Result::err);
                self.state = State::Draining;
                if let Some(held) = self.held.take() {
                    self.send(held, None)?;
                }
                // Without this the encoder keeps the last frames it looks ahead at.
                if let Some(encoder) = self.encoder.as_mut() {
                    let ended = encoder.send(None);
                    ended.map_err(|e| self.fail(e))?;
                }
            }
        }
        Ok(None)
    }
}

impl<I: Iterator<Item = Result<Frame>>> Iterator for Encode<I> {
    type Item = Result<Sample>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.state != State::Done {
            match self.step() {
                Ok(Some(sample)) => return Some(Ok(sample)),
                Ok(None) => {}
                Err(error) => {
                    self.state = State::Done;
                    self.error = None;
                    return Some(Err(error));
                }
            }
        }
        self.error.take().map(Err)
    }
}
