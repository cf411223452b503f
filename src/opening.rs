//! From what a run is told to open inputs, each with its plan: the last step before anything is decoded.
//! It decides nothing itself: what is copied is for `scan.rs`, what is encoded for `plan.rs`.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use crate::codec::beside::Beside;
use crate::codec::copy::{Begin, Clocks, Copy, Form, Stop, refused};
use crate::codec::demux::{Demux, DemuxRules};
use crate::codec::filters::ContainerHints;
use crate::codec::probe::{self, Opened};
use crate::codec::scan::{self, Look, Refusal};
use crate::config::{CodecChoice, Config, InputConfig, StreamChoice, VideoConfig};
use crate::devices;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Tally, Warning};
use crate::plan::{AsIs, Copyable, Plan, Verdict, window};
use crate::redact::redact;
use crate::run::{Run, Track};
use crate::sample::SampleCodec;
use crate::source::{self, OpenSpec};
use crate::time::{ClockRules, FrameClock, TimeBase, rescale};

/// A wait for an input looks at the cancel switch this often.
const TICK: Duration = Duration::from_millis(100);

/// A track before its threads: what to read and how.
pub(crate) struct Opening {
    pub opened: Opened,
    pub spec: OpenSpec,
    pub input: InputConfig,
    pub plan: Plan,
    /// Chapters and subtitles, with the first stream of an input.
    pub beside: Beside,
    /// Wall-clock time of time 0.
    epoch: Option<i64>,
}

impl Opening {
    /// Time 0 of the recording, in microseconds on the input's clock.
    pub fn zero(&self, keep_timestamps: bool) -> i64 {
        if keep_timestamps { 0 } else { self.opened.input.start_time().unwrap_or(0) }
    }

    fn track(&self, keep_timestamps: bool) -> Track {
        // The wall clock is that of the input's beginning, wherever its timestamps are.
        let begin = self.opened.input.start_time().unwrap_or(0) - self.zero(keep_timestamps);
        let epoch = self.epoch.map(|epoch| epoch.saturating_sub(begin.saturating_mul(1000)));
        let (info, lines) = (self.opened.info.clone(), self.beside.lines.clone());
        Track::new(info, self.plan.codec(), self.plan.describe(), lines, epoch)
            .with_part(&self.plan.window)
    }
}

/// Open every input and decide what is done with it.
pub(crate) fn open(config: &Config, cancel: &Cancel) -> Result<(Run, Vec<Opening>)> {
    let (mut openings, mut absent) = (Vec::new(), Vec::new());
    let several = config.inputs.len() > 1;
    for (input, found) in config.inputs.iter().zip(find(&config.inputs, cancel)) {
        let (spec, streams) = match found {
            Ok(found) => found,
            // One source that is not there does not stop the others.
            Err(error) if several && is_live(input) && !cancel.is_cancelled() => {
                absent.push(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        for (nth, mut opened) in streams.into_iter().enumerate() {
            let beside = if config.recording.metadata && nth == 0 {
                Beside::find(&mut opened.input, &spec)
            } else {
                Beside::default()
            };
            openings.push(plan(opened, &spec, input, config, beside, cancel)?);
        }
    }
    if openings.is_empty() {
        let none = || Error::new(ErrorKind::Config, "the inputs", "there is none");
        return Err(absent.into_iter().next().unwrap_or_else(none));
    }
    let keep = config.recording.keep_timestamps;
    let tracks = openings.iter().map(|o| o.track(keep)).collect();
    let run = Run::new(tracks, absent, config);
    for (index, opening) in openings.iter().enumerate() {
        for warning in opening.plan.warnings() {
            run.tally(index).warn(warning);
        }
        if let Some(changed) = devices::changed(&opening.spec, &opening.opened.stream) {
            run.tally(index).warn(Warning::Other(changed));
        }
    }
    Ok((run, openings))
}

/// How to open an input, and its streams.
type Found = Result<(OpenSpec, Vec<Opened>)>;

fn is_live(input: &InputConfig) -> bool {
    source::resolve(input).is_ok_and(|spec| spec.live)
}

/// Open all inputs at once.
fn find(inputs: &[InputConfig], cancel: &Cancel) -> Vec<Found> {
    each(inputs, cancel, |input, cancel| {
        let spec = devices::settle(source::resolve(input)?, input)?;
        let streams = probe::open(&spec, input, cancel)?;
        Ok((spec, streams))
    })
}

/// Do something with all inputs at once, each on a thread: one that does not answer holds up neither the others nor
/// Ctrl-C.
pub(crate) fn each<T: Send + 'static>(
    inputs: &[InputConfig],
    cancel: &Cancel,
    job: impl Fn(&InputConfig, &Cancel) -> Result<T> + Clone + Send + 'static,
) -> Vec<Result<T>> {
    let spawn = |input: &InputConfig| one(input.clone(), cancel.clone(), job.clone());
    let spawned: Vec<_> = inputs.iter().map(spawn).collect();
    let wait = |(input, answer): (&InputConfig, Result<Receiver<Result<T>>>)| {
        let answer = answer?;
        let interrupted = || {
            Error::new(ErrorKind::Open, redact(&input.location.to_string_lossy()), "interrupted")
        };
        loop {
            match answer.recv_timeout(TICK) {
                Ok(found) => return found,
                Err(RecvTimeoutError::Timeout) if !cancel.is_cancelled() => {}
                Err(_) => return Err(interrupted()),
            }
        }
    };
    inputs.iter().zip(spawned).map(wait).collect()
}

fn one<T: Send + 'static>(
    input: InputConfig,
    cancel: Cancel,
    job: impl Fn(&InputConfig, &Cancel) -> Result<T> + Send + 'static,
) -> Result<Receiver<Result<T>>> {
    let (out, answer) = bounded(1);
    thread::Builder::new()
        .name("open".into())
        // Nobody waits any more when the run was cancelled meanwhile.
        .spawn(move || drop(out.send(job(&input, &cancel))))
        .map_err(|e| Error::new(ErrorKind::Internal, "the open thread", e))?;
    Ok(answer)
}

fn plan(
    opened: Opened,
    spec: &OpenSpec,
    input: &InputConfig,
    config: &Config,
    beside: Beside,
    cancel: &Cancel,
) -> Result<Opening> {
    let copyable = match config.video.codec {
        CodecChoice::Encode(_) => None,
        choice => {
            let keep = config.recording.keep_timestamps;
            let verdict = examine(&opened, spec, input, &config.video, keep, cancel)?;
            Some((choice == CodecChoice::Copy, verdict))
        }
    };
    let copyable = match copyable {
        Some((true, Err(refusal))) => return Err(refused(&opened.info.source, &refusal)),
        Some((forced, verdict)) => Some(Copyable { forced, verdict }),
        None => None,
    };
    let average = opened.stream.average_rate;
    let has = crate::ffi::has_encoder;
    let plan = Plan::new(&opened.info, average, input, &config.video, copyable, has)?;
    let epoch = match config.recording.start_time {
        Some(start) => Some(start.of(&opened.info)?),
        None => None,
    };
    let (spec, input) = (spec.clone(), input.clone());
    Ok(Opening { opened, spec, input, plan, beside, epoch })
}

/// The clock of a stream, and whether its container has times at all.
pub(crate) fn clock(opened: &Opened, keep_timestamps: bool) -> (FrameClock, bool) {
    let Opened { input, stream, info } = opened;
    let base = match input.start_time() {
        _ if keep_timestamps => Some(0),
        _ if info.live => None,
        // As the ffmpeg command: the container's start in ticks of this stream.
        Some(start) => Some(rescale(start, TimeBase::MICROSECONDS, stream.time_base)),
        None => Some(0),
    };
    let no_timestamps = input.without_timestamps();
    let clock = FrameClock::new(ClockRules {
        time_base: stream.time_base,
        base,
        no_timestamps,
        rate: stream.guessed_rate.or(stream.average_rate),
    });
    (clock, !no_timestamps)
}

/// The same stream from its beginning once more.
pub(crate) fn again(
    spec: &OpenSpec,
    input: &InputConfig,
    stream: usize,
    cancel: &Cancel,
) -> Result<Opened> {
    let gone = || Error::new(ErrorKind::Open, &spec.display, "it cannot be opened again");
    let input = InputConfig { stream: StreamChoice::Index(stream), ..input.clone() };
    probe::open(spec, &input, cancel)?.into_iter().next().ok_or_else(gone)
}

/// What copying the stream would give: how it would look and where it begins, or why it cannot be.
pub(crate) fn examine(
    opened: &Opened,
    spec: &OpenSpec,
    input: &InputConfig,
    video: &VideoConfig,
    keep_timestamps: bool,
    cancel: &Cancel,
) -> Result<Verdict> {
    let Some(codec) = SampleCodec::from_ffmpeg(&opened.info.codec) else {
        return Ok(Err(Refusal::Codec(opened.info.codec.clone())));
    };
    if let Some(what) = scan::asked(video) {
        return Ok(Err(Refusal::Asked(what)));
    }
    let index = opened.stream.index;
    let hints = ContainerHints { rotation: opened.stream.rotation, aspect: opened.stream.aspect };
    let picture = opened.input.picture(index);
    let looks = |g| scan::looks(g, hints, &opened.stream.metadata, video);
    let mut looks = picture.as_ref().map(looks).unwrap_or_default();
    let cannot = |e| Error::new(ErrorKind::Copy, &opened.info.source, e);
    // Where it will be encoded for its looks, the packets need not be read for it.
    if video.codec == CodecChoice::Auto && !looks.is_empty() {
        return Ok(Ok(AsIs { codec, begin: Begin::First, looks }));
    }
    let start = window(input)?.start;
    if !spec.is_file {
        // Where a live source is cut is known only when it is there.
        if opened.info.live && start > 0 {
            return Ok(Err(Refusal::Asked("a start")));
        }
        let begin = if start > 0 { Begin::At(start) } else { Begin::Keyframe };
        let form = Form::new(codec, &opened.input, index).map_err(cannot)?;
        return Ok(form.promise().map(|()| AsIs { codec, begin, looks }));
    }
    let second = again(spec, input, index, cancel)?;
    let form = Form::new(codec, &second.input, index).map_err(cannot)?;
    let tally = Arc::new(Tally::default());
    let clocks = Clocks { frames: clock(&second, keep_timestamps), capture: None };
    let subject = second.info.source.clone();
    let rules =
        DemuxRules { subject: subject.clone(), live: false, is_device: false, timeout: None };
    let packets = Demux::new(second.input, index, rules, tally.clone(), cancel.clone());
    let whole = (Begin::First, window(input)?.end);
    match Copy::new(packets, form, clocks, whole, subject, tally).examine() {
        Ok((more, keyframes)) => {
            looks.extend(more);
            looks.dedup();
            let before = keyframes.iter().rfind(|&&k| k <= start).copied();
            let begin = if start > 0 { Begin::At(before.unwrap_or(start)) } else { Begin::First };
            if let Some(at) = before.filter(|&at| start > 0 && at < start) {
                looks.push(Look::BeginsEarlier(start - at));
            }
            Ok(Ok(AsIs { codec, begin, looks }))
        }
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(Stop::Failed(error)) => Err(error),
    }
}
