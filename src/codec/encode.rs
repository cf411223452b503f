//! Encoded samples from finished frames: closed GOPs by time, no B-frames, headers in every keyframe.
//! It asks the encoder for that and checks that it was given.

use std::collections::VecDeque;

use super::capture_clock::Captures;
use super::encoders::EncoderRow;
use super::unit::{Flaw, Headers, Inspector};
use crate::config::VideoConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{AvError, Encoder, EncoderSettings, Frame};
use crate::sample::{Sample, SampleCodec};
use crate::time::{TimeBase, Timed as _, rescale};

/// What the encoder is set up for before the first frame is there.
#[derive(Debug, Clone)]
pub(crate) struct EncodePlan {
    pub row: &'static EncoderRow,
    pub options: Vec<(String, String)>,
    /// Frames a second: rate control and the level in the SPS depend on it, times do not.
    pub frame_rate: (i32, i32),
    /// Longest time between two keyframes, in nanoseconds.
    pub keyframe_interval: i64,
    /// Each frame goes out at once; otherwise one is held back to know the time of the next.
    pub live: bool,
}

impl EncodePlan {
    /// Settle everything that does not need a frame, so that a wrong setting fails before anything is opened.
    pub fn new(
        row: &'static EncoderRow,
        config: &VideoConfig,
        rates: [Option<(i32, i32)>; 2],
        live: bool,
    ) -> Result<Self> {
        let interval = i64::try_from(config.keyframe_interval.as_nanos()).unwrap_or(i64::MAX);
        if interval == 0 {
            return Err(Error::new(ErrorKind::Config, "keyframe interval", "it must not be 0")
                .with_hint("give seconds, such as 1 or 0.5"));
        }
        let frame_rate = sensible_rate(rates);
        // Twice as many frames as an interval holds at the nominal rate, so that a variable rate seldom meets it.
        let per_interval = config.keyframe_interval.as_secs_f64() * f64::from(frame_rate.0)
            / f64::from(frame_rate.1);
        let gop = (per_interval * 2.0).clamp(250.0, 100_000.0) as u32;
        Ok(Self {
            row,
            options: row.options(config, live, gop)?,
            frame_rate,
            keyframe_interval: interval,
            live,
        })
    }
}

impl EncodePlan {
    /// The encoder's clock ticks once a frame. It is written into the SPS, and there it must read as the frame rate:
    /// the Viewer's decoder parses what `ffmpeg` prints of it, and shows nothing at "90k fps". Only rate control uses
    /// it, so a variable rate may be rounded to it; samples keep their own times.
    fn tick(&self) -> TimeBase {
        TimeBase::new(self.frame_rate.1, self.frame_rate.0)
    }

    /// Encoder and settings in a line: "libx264 veryfast crf 23".
    pub fn describe(&self) -> String {
        let value = |key: &str| {
            let found = self.options.iter().rev().find(|(k, _)| k == key);
            found.map(|(_, v)| v.as_str())
        };
        let mut words = vec![self.row.name.to_owned()];
        for (key, shown) in [("preset", ""), ("tune", "tune "), ("crf", "crf "), ("b", "bitrate ")]
        {
            if let Some(value) = value(key) {
                words.push(format!("{shown}{value}"));
            }
        }
        words.join(" ")
    }
}

/// The first guess that can be true. Containers say 90000 or 1000 frames a second where they do not know, and the
/// encoder would write a level that no decoder takes.
fn sensible_rate(rates: [Option<(i32, i32)>; 2]) -> (i32, i32) {
    let sensible = |&(num, den): &(i32, i32)| {
        let rate = f64::from(num) / f64::from(den);
        (1.0..=240.0).contains(&rate)
    };
    rates.into_iter().flatten().find(sensible).unwrap_or((30, 1))
}

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
    first_sample: bool,
    state: State,
    error: Option<Error>,
}

struct Pending {
    pts: i64,
    time: i64,
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
        Error::new(ErrorKind::Encode, &self.subject, super::cause(cause))
    }

    fn open(&self, frame: &Frame) -> Result<Encoder> {
        let row = self.plan.row;
        let settings = EncoderSettings {
            name: row.name,
            width: frame.width(),
            height: frame.height(),
            format: row.format,
            time_base: self.plan.tick(),
            frame_rate: self.plan.frame_rate,
            options: &self.plan.options,
        };
        Encoder::open(&settings).map_err(|(error, unknown)| {
            let size = format!("{}x{}", frame.width(), frame.height());
            if error == AvError::OPTION_NOT_FOUND && !unknown.is_empty() {
                return self.fail(format!("{} has no option `{}`", row.name, unknown.join("`, `")));
            }
            self.fail(format!("{} refused {size}: {}", row.name, super::cause(error)))
                .with_hint("try another size with --max-size, or another --preset")
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
        frame.set_keyframe(keyframe == time);
        self.last = Some(Sent { pts, time, keyframe });
        if self.encoder.is_none() {
            self.encoder = Some(self.open(&frame)?);
        }
        if let Some(encoder) = self.encoder.as_mut() {
            let sent = encoder.send(Some((&mut frame, pts)));
            sent.map_err(|e| self.fail(e))?;
        }
        self.pending.push_back(Pending { pts, time });
        Ok(())
    }

    fn receive(&mut self) -> Result<Option<Sample>> {
        let Some(encoder) = self.encoder.as_mut() else {
            return Ok(None);
        };
        let (_, Some(mut encoded)) = encoder.receive().map_err(|e| self.fail(e))? else {
            return Ok(None);
        };
        let disobeyed = |what: &str| {
            let name = self.plan.row.name;
            Error::new(ErrorKind::Encode, &self.subject, format!("{name} {what}"))
                .with_hint("this encoder cannot be used; choose another")
        };
        let pending = self.pending.pop_front();
        let Some(Pending { time, .. }) = pending.filter(|p| encoded.pts == Some(p.pts)) else {
            return Err(disobeyed("gave frames in another order than they came"));
        };
        // AV1 packs pictures that are shown later into the unit of the one that is shown now.
        let reorders = self.plan.row.codec != SampleCodec::Av1;
        if reorders && encoded.dts.is_some_and(|dts| Some(dts) != encoded.pts) {
            return Err(disobeyed("reordered frames"));
        }
        let unit = self.inspector.inspect(&encoded.data);
        let (keyframe, flaw, lacking) = (unit.start, unit.flaw, unit.start && !unit.complete);
        // Many encoders of H.265 write B slices that refer to nothing later.
        if flaw.is_some_and(|f| f != Flaw::OwnSize) {
            return Err(disobeyed("made pictures that depend on later ones"));
        }
        if self.first_sample && !keyframe {
            return Err(disobeyed("did not begin with a keyframe"));
        }
        if lacking {
            // Some encoders keep their headers apart.
            let kept = self.encoder.as_ref().map_or(&[][..], Encoder::extradata);
            let mut headers = Headers::new(self.plan.row.codec);
            let delimiter = unit.delimiter;
            headers.learn(&Inspector::new(self.plan.row.codec).inspect(kept).headers);
            encoded.data = headers.insert(&encoded.data, delimiter);
            if !self.inspector.inspect(&encoded.data).is_keyframe() {
                return Err(disobeyed("made keyframes without headers"));
            }
        }
        self.first_sample = false;
        Ok(Some(Sample {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silly_rates_are_not_believed() {
        assert_eq!(sensible_rate([Some((90_000, 1)), Some((30_000, 1001))]), (30_000, 1001));
        assert_eq!(sensible_rate([Some((1000, 1)), None]), (30, 1));
        assert_eq!(sensible_rate([Some((25, 1)), None]), (25, 1));
    }
}
