//! The one page that knows the order of the stages, and owns every thread between them.
//! What a stage does is in its own file; stages never name each other.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use rerun::RecordingStream;

use crate::codec::decode::{self, Decode};
use crate::codec::demux::Demux;
use crate::codec::encode::{Encode, EncodePlan};
use crate::codec::filters::ContainerHints;
use crate::codec::normalise::{Filter, Fit, Orient, OrientAndFit};
use crate::codec::pace::Pace;
use crate::codec::probe::{self, Opened};
use crate::codec::repeat::{Frames, Repeat};
use crate::config::{Config, InputConfig, VideoConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Event, Reporter, Summary, Tally};
use crate::ffi::{Decoder, Frame, Packet};
use crate::log::Row;
use crate::plan::Plan;
use crate::prefetch::{Limits, Weight, WhenFull, prefetch};
use crate::run::{Run, Track};
use crate::sample::Sample;
use crate::sink::{self, Fan};
use crate::source;
use crate::time::{ClockRules, FrameClock, TimeBase, rescale};

/// Compressed data that may wait for the decoder.
const PACKETS: Limits = Limits { items: 256, bytes: 16 << 20 };
/// Pictures that may wait for a filter or the encoder: enough to keep both busy, few enough for 8K.
const FRAMES: Limits = Limits { items: 4, bytes: 64 << 20 };
/// Live, a picture that waits is late already.
const LIVE_FRAMES: Limits = Limits { items: 2, bytes: 64 << 20 };
/// Samples that may wait to be logged, over all tracks.
const SAMPLES: usize = 16;
/// Progress is told this often.
const TICK: Duration = Duration::from_millis(100);

impl Weight for Packet {
    fn bytes(&self) -> usize {
        self.size()
    }
}

impl Weight for Frame {
    fn bytes(&self) -> usize {
        Self::bytes(self)
    }
}

/// Do everything that `config` says: read its inputs, encode them, and record them at its outputs.
///
/// What was read is complete in every output that still works when this returns, also with an error.
pub fn run(config: &Config, reporter: &mut dyn Reporter) -> Result<Summary> {
    sink::check_environment()?;
    if config.outputs.is_empty() {
        return Err(Error::new(ErrorKind::Config, "the outputs", "there is none")
            .with_hint("add one, such as OutputConfig::Save"));
    }
    let cancel = reporter.cancel();
    let (run, openings) = open(config, &cancel)?;
    let fan = Fan::open(&config.outputs, &run.recording_spec(config), &cancel)?;
    drive(run, openings, fan, config, reporter, &cancel)
}

/// Like [`run`], into a recording stream that the caller owns; `config.outputs` is not looked at.
///
/// The videos are logged at the entity paths of `config.recording`, on its timelines. Neither a blueprint nor
/// recording properties are sent, since the recording is the caller's. Nothing is flushed.
pub fn log_into(
    recording: &RecordingStream,
    config: &Config,
    reporter: &mut dyn Reporter,
) -> Result<Summary> {
    if !recording.is_enabled() {
        return Err(Error::new(ErrorKind::Config, "the recording stream", "it is disabled")
            .with_hint("unset RERUN in the environment, or enable the stream"));
    }
    let cancel = reporter.cancel();
    let (run, openings) = open(config, &cancel)?;
    let fan = Fan::into_stream(recording, &run.track_specs(config), run.is_live())?;
    drive(run, openings, fan, config, reporter, &cancel)
}

/// A track before its threads: what to read and how.
struct Opening {
    opened: Opened,
    spec: source::OpenSpec,
    input: InputConfig,
    plan: Plan,
}

fn open(config: &Config, cancel: &Cancel) -> Result<(Run, Vec<Opening>)> {
    let mut openings = Vec::new();
    for input in &config.inputs {
        let spec = source::resolve(input)?;
        for opened in probe::open(&spec, input, cancel)? {
            let plan = Plan::new(
                &opened.info,
                opened.stream.average_rate,
                input,
                &config.video,
                crate::ffi::has_encoder,
            )?;
            openings.push(Opening { opened, spec: spec.clone(), input: input.clone(), plan });
        }
    }
    if openings.is_empty() {
        return Err(Error::new(ErrorKind::Config, "the inputs", "there is none"));
    }
    let tracks = openings
        .iter()
        .map(|o| Track::new(o.opened.info.clone(), o.plan.codec(), o.plan.describe()))
        .collect();
    Ok((Run::new(tracks, config), openings))
}

/// Demux and decode: frames with their times, the demuxer on a thread of its own.
fn frames(
    opening: Opened,
    plan: &Plan,
    keep_timestamps: bool,
    tally: &Arc<Tally>,
    cancel: &Cancel,
) -> Result<Frames> {
    let Opened { mut input, stream, info } = opening;
    let start = input.start_time();
    if plan.window.start > 0 && !input.without_timestamps() {
        let micros = rescale(plan.window.start, TimeBase::NANOSECONDS, TimeBase::MICROSECONDS);
        decode::seek(&mut input, if keep_timestamps { 0 } else { start.unwrap_or(0) } + micros);
    }
    let base = match start {
        _ if keep_timestamps => Some(0),
        _ if info.live => None,
        // As the ffmpeg command: the container's start in ticks of this stream.
        Some(start) => Some(rescale(start, TimeBase::MICROSECONDS, stream.time_base)),
        None => Some(0),
    };
    let clock = FrameClock::new(ClockRules {
        time_base: stream.time_base,
        base,
        no_timestamps: input.without_timestamps(),
        rate: stream.guessed_rate.or(stream.average_rate),
    });
    let decoder = Decoder::open(&mut input, stream.index, decode::options(&stream, info.live))
        .map_err(|e| decode::cannot_open(&info, e))?;
    let demux =
        Demux::new(input, stream.index, info.source, info.live, tally.clone(), cancel.clone());
    // A cancelled run must not wait for a read that may never return.
    let packets = prefetch(demux, "demux", PACKETS, WhenFull::Wait, Some(cancel.clone()))?;
    Ok(Box::new(Decode::new(packets, decoder, clock, plan.window.clone(), tally.clone())))
}

/// The whole chain of one track, from its open input to its samples.
fn samples(
    opening: Opening,
    video: &VideoConfig,
    keep_timestamps: bool,
    tally: &Arc<Tally>,
    cancel: &Cancel,
) -> Result<Box<dyn Iterator<Item = Result<Sample>> + Send>> {
    let Opening { opened, spec, input, plan } = opening;
    let (subject, live) = (opened.info.source.clone(), opened.info.live);
    let hints = ContainerHints { rotation: opened.stream.rotation, aspect: opened.stream.aspect };
    let rate = Some(plan.encode.frame_rate);

    let mut decoded = frames(opened, &plan, keep_timestamps, tally, cancel)?;
    if input.repeat > 0 {
        let (plan, tally, stop) = (plan.clone(), tally.clone(), cancel.clone());
        let (times, choice) = (input.repeat, input.clone());
        let again = move || {
            let gone = || Error::new(ErrorKind::Open, &spec.display, "it cannot be opened again");
            let opened = probe::open(&spec, &choice, &stop)?.into_iter().next().ok_or_else(gone)?;
            frames(opened, &plan, keep_timestamps, &tally, &stop)
        };
        decoded = Box::new(Repeat::new(decoded, again, times, cancel.clone()));
    }
    if input.realtime {
        decoded = Box::new(Pace::new(decoded, cancel.clone()));
    }
    let (limits, when_full) = if live {
        let tally = tally.clone();
        let dropped = Box::new(move || Tally::add(&tally.dropped, 1));
        (LIVE_FRAMES, WhenFull::DropOldest(dropped))
    } else {
        (FRAMES, WhenFull::Wait)
    };
    let decoded = prefetch(decoded, "decode", limits, when_full, None)?;

    let orient = Orient { hints, config: video.clone() };
    let fit = Fit::new(video.clone());
    let finished: Frames = if video.filter.is_some() {
        // The user's filters stand between; what they make of the picture is fitted anew.
        let own = Filter::new(decoded, orient, hints.aspect, rate, subject.clone(), tally.clone());
        Box::new(Filter::new(own, fit, (0, 1), rate, subject.clone(), tally.clone()))
    } else {
        let both = OrientAndFit { orient, fit };
        Box::new(Filter::new(decoded, both, hints.aspect, rate, subject.clone(), tally.clone()))
    };
    let finished = prefetch(finished, "filter", FRAMES, WhenFull::Wait, None)?;
    Ok(Box::new(Encode::new(finished, plan.encode, subject)))
}

/// The chain for pictures that the caller makes: filters and encoder, on the thread that takes the samples.
pub(crate) fn encode_frames<I: Iterator<Item = Result<Frame>> + Send>(
    frames: I,
    video: &VideoConfig,
    plan: EncodePlan,
    subject: String,
    tally: Arc<Tally>,
) -> impl Iterator<Item = Result<Sample>> + Send + use<I> {
    let hints = ContainerHints::default();
    let both = OrientAndFit {
        orient: Orient { hints, config: video.clone() },
        fit: Fit::new(video.clone()),
    };
    let rate = Some(plan.frame_rate);
    let finished = Filter::new(frames, both, hints.aspect, rate, subject.clone(), tally);
    Encode::new(finished, plan, subject)
}

/// One message of a track's last stage; `None` is its end.
type Produced = (usize, Option<Result<Sample>>);

fn start(
    openings: Vec<Opening>,
    run: &Run,
    config: &Config,
    cancel: &Cancel,
    out: &Sender<Produced>,
) {
    for (index, opening) in openings.into_iter().enumerate() {
        let (tally, cancel, out) = (run.tally(index), cancel.clone(), out.clone());
        let (video, keep) = (config.video.clone(), config.recording.keep_timestamps);
        let thread = thread::Builder::new().name("encode".into());
        let failed = out.clone();
        let spawned = thread.spawn(move || {
            match samples(opening, &video, keep, &tally, &cancel) {
                Ok(samples) => {
                    // A closed channel means that nobody wants more.
                    let _ = samples.map(|s| (index, Some(s))).try_for_each(|s| out.send(s));
                }
                Err(error) => {
                    let _ = out.send((index, Some(Err(error))));
                }
            }
            let _ = out.send((index, None));
        });
        if let Err(error) = spawned {
            let error = Error::new(ErrorKind::Internal, "the encode thread", error);
            let _ = failed.send((index, Some(Err(error))));
            let _ = failed.send((index, None));
        }
    }
}

/// Log what the tracks produce until all have ended, then complete the outputs.
fn drive(
    mut run: Run,
    openings: Vec<Opening>,
    mut fan: Fan,
    config: &Config,
    reporter: &mut dyn Reporter,
    cancel: &Cancel,
) -> Result<Summary> {
    run.announce(&fan, reporter);
    let (out, produced) = bounded(SAMPLES);
    let mut active = openings.len();
    start(openings, &run, config, cancel, &out);
    drop(out);

    let mut told = Instant::now();
    while active > 0 && !fan.is_empty() {
        match produced.recv_timeout(TICK) {
            Ok((track, Some(Ok(sample)))) => {
                let row: Row = run.count(track, sample);
                for error in fan.push(row, cancel) {
                    run.output_failed(&error, fan.is_empty(), reporter);
                }
            }
            Ok((track, Some(Err(error)))) => run.track_failed(track, error, reporter),
            Ok((_, None)) => active -= 1,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if told.elapsed() >= TICK {
            for error in fan.poll() {
                run.output_failed(&error, fan.is_empty(), reporter);
            }
            run.tell(reporter);
            told = Instant::now();
        }
    }
    // Whoever still produces ends at the next item.
    drop(produced);
    run.tell(reporter);
    reporter.event(&Event::Finishing);
    let (completed, failure) = fan.finish(run.logged() > 0, cancel);
    let summary = run.summary(&completed, cancel.is_cancelled());
    reporter.event(&Event::Finished(&summary));
    if let Some(error) = run.failure(cancel.is_cancelled()).or(failure) {
        return Err(error);
    }
    // A web viewer stays up until it is told to go.
    if completed.iter().any(|c| c.stays.is_some()) {
        reporter.event(&Event::Serving);
        while !cancel.is_cancelled() {
            thread::sleep(TICK);
        }
    }
    Ok(summary)
}
