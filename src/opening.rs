//! From what a run is told to open inputs, each with its plan: the last step before anything is decoded.
//! It decides nothing itself: what is copied is for `scan.rs`, what is encoded for `plan.rs`.

use std::sync::Arc;

use crate::codec::copy::{Begin, Clocks, Copy, Form, Stop, refused};
use crate::codec::demux::{Demux, DemuxRules};
use crate::codec::filters::ContainerHints;
use crate::codec::probe::{self, Opened};
use crate::codec::scan::{self, Look, Refusal};
use crate::config::{CodecChoice, Config, InputConfig, StreamChoice, VideoConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Tally};
use crate::plan::{AsIs, Copyable, Plan, Verdict, window};
use crate::run::{Run, Track};
use crate::sample::SampleCodec;
use crate::source::{self, OpenSpec};
use crate::time::{ClockRules, FrameClock, TimeBase, rescale};

/// A track before its threads: what to read and how.
pub(crate) struct Opening {
    pub opened: Opened,
    pub spec: OpenSpec,
    pub input: InputConfig,
    pub plan: Plan,
}

/// Open every input and decide what is done with it.
pub(crate) fn open(config: &Config, cancel: &Cancel) -> Result<(Run, Vec<Opening>)> {
    let mut openings = Vec::new();
    for input in &config.inputs {
        let spec = source::resolve(input)?;
        for opened in probe::open(&spec, input, cancel)? {
            openings.push(plan(opened, &spec, input, config, cancel)?);
        }
    }
    if openings.is_empty() {
        return Err(Error::new(ErrorKind::Config, "the inputs", "there is none"));
    }
    let tracks = openings
        .iter()
        .map(|o| Track::new(o.opened.info.clone(), o.plan.codec(), o.plan.describe()))
        .collect();
    let run = Run::new(tracks, config);
    for (index, opening) in openings.iter().enumerate() {
        for warning in opening.plan.warnings() {
            run.tally(index).warn(warning);
        }
    }
    Ok((run, openings))
}

fn plan(
    opened: Opened,
    spec: &OpenSpec,
    input: &InputConfig,
    config: &Config,
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
    Ok(Opening { opened, spec: spec.clone(), input: input.clone(), plan })
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
fn examine(
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
