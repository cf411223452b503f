//! The one page that knows the order of the stages, and owns every thread between them.
//! What a stage does is in its own file; stages never name each other.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rerun::RecordingStream;

use crate::codec::beside::{Beside, NoteTimes};
use crate::codec::capture_clock::{CaptureClock, Captures, Epoch};
use crate::codec::decode::{self, Decode};
use crate::codec::demux::{Demux, DemuxRules};
use crate::codec::encode::{Encode, EncodePlan};
use crate::codec::filters::ContainerHints;
use crate::codec::live::{Live, LiveRules};
use crate::codec::normalise::{Filter, Fit, Orient, OrientAndFit};
use crate::codec::pace::Pace;
use crate::codec::probe::{self, Opened};
use crate::codec::repeat::{Frames, Repeat};
use crate::codec::seek::{self, Landed};
use crate::config::{Config, InputConfig, VideoConfig};
use crate::devices;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Event, Reporter, Summary, Tally, Warning};
use crate::ffi::{Decoder, Frame, Packet};
use crate::note::Note;
use crate::plan::Plan;
use crate::prefetch::{Limits, Weight, WhenFull, prefetch};
use crate::redact::redact;
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
/// What a network has sent while it was probed comes all at once, and is not late for that.
const PROBED: usize = 60;
/// Enough to filter one while another is encoded; more would only be late.
const LIVE_FINISHED: Limits = Limits { items: 1, bytes: 64 << 20 };
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
    /// Chapters and subtitles, with the first stream of an input.
    beside: Beside,
    /// Wall-clock time of time 0.
    epoch: Option<i64>,
}

impl Opening {
    /// Time 0 of the recording, in microseconds on the input's clock.
    fn zero(&self, keep_timestamps: bool) -> i64 {
        if keep_timestamps { 0 } else { self.opened.input.start_time().unwrap_or(0) }
    }
}

fn open(config: &Config, cancel: &Cancel) -> Result<(Run, Vec<Opening>)> {
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
            let plan = Plan::new(
                &opened.info,
                opened.stream.average_rate,
                input,
                &config.video,
                crate::ffi::has_encoder,
            )?;
            let beside = if config.recording.metadata && nth == 0 {
                Beside::find(&mut opened.input, &spec)
            } else {
                Beside::default()
            };
            let epoch = match config.recording.start_time {
                Some(start) => Some(start.of(&opened.info)?),
                None => None,
            };
            let (spec, input) = (spec.clone(), input.clone());
            openings.push(Opening { opened, spec, input, plan, beside, epoch });
        }
    }
    if openings.is_empty() {
        let none = || Error::new(ErrorKind::Config, "the inputs", "there is none");
        return Err(absent.into_iter().next().unwrap_or_else(none));
    }
    let keep = config.recording.keep_timestamps;
    let track = |o: &Opening| {
        // The wall clock is that of the input's beginning, wherever its timestamps are.
        let begin = o.opened.input.start_time().unwrap_or(0) - o.zero(keep);
        let epoch = o.epoch.map(|epoch| epoch.saturating_sub(begin.saturating_mul(1000)));
        let info = o.opened.info.clone();
        Track::new(info, o.plan.codec(), o.plan.describe(), o.beside.lines.clone(), epoch)
            .with_part(&o.plan.window)
    };
    let tracks = openings.iter().map(track).collect();
    let run = Run::new(tracks, absent, config);
    for (index, opening) in openings.iter().enumerate() {
        if let Some(changed) = devices::changed(&opening.spec, &opening.opened.stream) {
            run.tally(index).warn(Warning::Other(changed));
        }
    }
    Ok((run, openings))
}

/// How to open an input, and its streams.
type Found = Result<(source::OpenSpec, Vec<Opened>)>;

fn is_live(input: &InputConfig) -> bool {
    source::resolve(input).is_ok_and(|spec| spec.live)
}

/// Open all inputs at once, each on a thread: one that does not answer holds up neither the others nor Ctrl-C.
fn find(inputs: &[InputConfig], cancel: &Cancel) -> Vec<Found> {
    let spawned: Vec<_> = inputs.iter().map(|input| find_one(input.clone(), cancel)).collect();
    let wait = |(input, answer): (&InputConfig, Result<Receiver<Found>>)| {
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

fn find_one(input: InputConfig, cancel: &Cancel) -> Result<Receiver<Found>> {
    let (out, answer) = bounded(1);
    let cancel = cancel.clone();
    let open = move || {
        let spec = devices::settle(source::resolve(&input)?, &input)?;
        let streams = probe::open(&spec, &input, &cancel)?;
        Ok((spec, streams))
    };
    thread::Builder::new()
        .name("open".into())
        // Nobody waits any more when the run was cancelled meanwhile.
        .spawn(move || drop(out.send(open())))
        .map_err(|e| Error::new(ErrorKind::Internal, "the open thread", e))?;
    Ok(answer)
}

/// Demux and decode: frames with their times, the demuxer on a thread of its own.
fn frames(
    opening: Opened,
    spec: &source::OpenSpec,
    plan: &Plan,
    keep_timestamps: bool,
    tally: &Arc<Tally>,
    cancel: &Cancel,
) -> Result<Frames> {
    let Opened { mut input, stream, info } = opening;
    let live = info.live;
    let start = input.start_time();
    let mut landed = Landed::Beginning;
    if plan.window.start > 0 && !input.without_timestamps() {
        let micros = rescale(plan.window.start, TimeBase::NANOSECONDS, TimeBase::MICROSECONDS);
        let zero = if keep_timestamps { 0 } else { start.unwrap_or(0) };
        landed = seek::keyframe_before(&mut input, &stream, zero.saturating_add(micros));
    }
    let first = match landed {
        Landed::At(packet) => Some(Ok(packet)),
        Landed::Beginning => None,
    };
    let base = match start {
        _ if keep_timestamps => Some(0),
        _ if live => None,
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
    let decoder = Decoder::open(&mut input, stream.index, decode::options(&stream, live))
        .map_err(|e| decode::cannot_open(&info, e))?;
    let is_device = spec.is_device;
    let clocks = is_device.then(|| input.opened());
    let capture = live.then(|| CaptureClock::new(stream.time_base, clocks));
    let rules = DemuxRules { subject: info.source, live, is_device, timeout: spec.timeout };
    let demux = Demux::new(input, stream.index, rules, tally.clone(), cancel.clone());
    // A packet of a camera is a whole picture: one that nobody has time for need not be decoded.
    let (limits, when_full) = match live && stream.intra_only {
        true => (LIVE_FRAMES, drop_oldest(PROBED, tally, Tally::drop_packet)),
        false => (PACKETS, WhenFull::Wait),
    };
    // A cancelled run must not wait for a read that may never return.
    let packets = first.into_iter().chain(demux);
    let packets = prefetch(packets, "demux", limits, when_full, Some(cancel.clone()))?;
    // Of a live source, the times to show go on over a break; they are not this session's.
    let window = if live { 0..i64::MAX } else { plan.window.clone() };
    Ok(Box::new(Decode::new(packets, decoder, clock, capture, window, tally.clone())))
}

/// A queue that a live source does not wait for: whole frames go, the newest stay, and each is counted.
fn drop_oldest(after: usize, tally: &Arc<Tally>, count: fn(&Tally)) -> WhenFull {
    let tally = tally.clone();
    WhenFull::DropOldest { after, dropped: Box::new(move || count(&tally)) }
}

/// The whole chain of one track, from its open input to its samples.
fn samples(
    opening: Opening,
    video: &VideoConfig,
    keep_timestamps: bool,
    epoch: Epoch,
    tally: &Arc<Tally>,
    cancel: &Cancel,
) -> Result<Box<dyn Iterator<Item = Result<Sample>> + Send>> {
    let Opening { opened, spec, input, plan, .. } = opening;
    let (subject, live) = (opened.info.source.clone(), opened.info.live);
    let in_bursts = opened.info.comes_in_bursts();
    // A live source may end before the run does.
    let cancel = &if live { cancel.child() } else { cancel.clone() };
    let captures = Captures::default();
    let hints = ContainerHints { rotation: opened.stream.rotation, aspect: opened.stream.aspect };
    let rate = Some(plan.encode.frame_rate);

    let mut decoded = frames(opened, &spec, &plan, keep_timestamps, tally, cancel)?;
    let again = {
        let (spec, choice) = (spec.clone(), input.clone());
        let (plan, tally, stop) = (plan.clone(), tally.clone(), cancel.clone());
        move || {
            let gone = || Error::new(ErrorKind::Open, &spec.display, "it cannot be opened again");
            let opened = probe::open(&spec, &choice, &stop)?.into_iter().next().ok_or_else(gone)?;
            frames(opened, &spec, &plan, keep_timestamps, &tally, &stop)
        }
    };
    if live {
        let rules = LiveRules {
            subject: subject.clone(),
            reconnect: input.reconnect,
            keep_timestamps,
            window: plan.window.clone(),
            epoch,
        };
        let (captures, tally) = (captures.clone(), tally.clone());
        decoded = Box::new(Live::new(decoded, again, rules, captures, tally, cancel.clone()));
    } else if input.repeat > 0 {
        decoded = Box::new(Repeat::new(decoded, again, input.repeat, cancel.clone()));
    }
    if input.realtime {
        decoded = Box::new(Pace::new(decoded, cancel.clone()));
    }
    let (limits, when_full) = match live && !in_bursts {
        true => (LIVE_FRAMES, drop_oldest(PROBED, tally, Tally::drop_frame)),
        false => (FRAMES, WhenFull::Wait),
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
    let limits = if live { LIVE_FINISHED } else { FRAMES };
    let finished = prefetch(finished, "filter", limits, WhenFull::Wait, None)?;
    let encode = Encode::new(finished, plan.encode, subject);
    Ok(if live { Box::new(encode.with_captures(captures)) } else { Box::new(encode) })
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

/// One message of a track's last stage.
enum Produced {
    Sample(Result<Sample>),
    Note(Note),
    /// The last sample has come.
    End,
    /// The last note has come.
    EndOfNotes,
}

/// Start the threads of every track. Returns how many of them read notes.
fn start(
    openings: Vec<Opening>,
    run: &Run,
    config: &Config,
    cancel: &Cancel,
    out: &Sender<(usize, Produced)>,
) -> usize {
    let epoch = Epoch::default();
    let mut notes = 0;
    for (index, opening) in openings.into_iter().enumerate() {
        let (tally, cancel, out) = (run.tally(index), cancel.clone(), out.clone());
        if start_notes(index, &opening, config, &tally, &cancel, &out) {
            notes += 1;
        }
        let (video, keep) = (config.video.clone(), config.recording.keep_timestamps);
        let thread = thread::Builder::new().name("encode".into());
        let (failed, epoch) = (out.clone(), epoch.clone());
        let spawned = thread.spawn(move || {
            match samples(opening, &video, keep, epoch, &tally, &cancel) {
                Ok(samples) => {
                    // A closed channel means that nobody wants more.
                    let _ = samples
                        .map(|sample| (index, Produced::Sample(sample)))
                        .try_for_each(|sample| out.send(sample));
                }
                Err(error) => {
                    let _ = out.send((index, Produced::Sample(Err(error))));
                }
            }
            let _ = out.send((index, Produced::End));
        });
        if let Err(error) = spawned {
            let error = Error::new(ErrorKind::Internal, "the encode thread", error);
            let _ = failed.send((index, Produced::Sample(Err(error))));
            let _ = failed.send((index, Produced::End));
        }
    }
    notes
}

/// Read what lies beside a video on a thread of its own, if there is anything. The video does not wait for it.
fn start_notes(
    index: usize,
    opening: &Opening,
    config: &Config,
    tally: &Arc<Tally>,
    cancel: &Cancel,
    out: &Sender<(usize, Produced)>,
) -> bool {
    if opening.beside.lines.is_empty() {
        return false;
    }
    let times = NoteTimes {
        zero: opening.zero(config.recording.keep_timestamps),
        window: opening.plan.window.clone(),
    };
    let (beside, spec) = (opening.beside.clone(), opening.spec.clone());
    let (tally, cancel, out) = (tally.clone(), cancel.clone(), out.clone());
    let spawned = thread::Builder::new().name("notes".into()).spawn(move || {
        match beside.notes(&spec, times, tally.clone(), &cancel) {
            Ok(mut notes) => {
                let _ = notes.try_for_each(|note| out.send((index, Produced::Note(note))));
            }
            Err(error) => tally.warn(Warning::Other(format!("no subtitles: {error}"))),
        }
        let _ = out.send((index, Produced::EndOfNotes));
    });
    spawned.is_ok()
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
    let mut reading_notes = start(openings, &run, config, cancel, &out);
    drop(out);

    let mut told = Instant::now();
    // Words without a picture are not worth waiting for.
    while (active > 0 || reading_notes > 0 && run.logged() > 0) && !fan.is_empty() {
        let entry = match produced.recv_timeout(TICK) {
            Ok((track, Produced::Sample(Ok(sample)))) => Some(run.count(track, sample)),
            Ok((track, Produced::Note(note))) => Some(run.note(track, note)),
            Ok((track, Produced::Sample(Err(error)))) => {
                run.track_failed(track, error, reporter);
                None
            }
            Ok((_, Produced::End)) => {
                active -= 1;
                None
            }
            Ok((_, Produced::EndOfNotes)) => {
                reading_notes -= 1;
                None
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let failed = entry.map_or_else(Vec::new, |entry| fan.push(entry, cancel));
        for error in failed {
            run.output_failed(&error, fan.is_empty(), reporter);
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
