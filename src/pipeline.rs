//! The one page that knows the order of the stages, and owns every thread between them.
//! What a stage does is in its own file; stages never name each other.

use std::ops::Range;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use rerun::RecordingStream;

use crate::codec::beside::NoteTimes;
use crate::codec::capture_clock::{CaptureClock, Captures, Epoch};
use crate::codec::copy::{Begin, Clocks, Copied, Copy, FirstHeaders, Form};
use crate::codec::decode::{self, Decode};
use crate::codec::demux::{Demux, DemuxRules};
use crate::codec::encode::{Encode, EncodePlan};
use crate::codec::filters::ContainerHints;
use crate::codec::live::{Live, LiveRules};
use crate::codec::normalise::{Filter, Fit, Orient, OrientAndFit};
use crate::codec::pace::Pace;
use crate::codec::probe::Opened;
use crate::codec::repeat::{Items, Repeat};
use crate::codec::seek::{self, Landed};
use crate::config::{Config, VideoConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Event, Reporter, Summary, Tally, Warning};
use crate::ffi::{Decoder, Frame, Packet};
use crate::note::Note;
use crate::opening::{self, Opening, open};
use crate::plan::{Plan, Way};
use crate::prefetch::{Limits, Prefetch, Weight, WhenFull, prefetch};
use crate::run::Run;
use crate::sample::{Sample, SampleCodec};
use crate::sink::{self, Fan};
use crate::source::OpenSpec;
use crate::time::{TimeBase, Timed, rescale};

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

/// What the chains of one track have in common.
#[derive(Clone)]
struct Shared {
    keep_timestamps: bool,
    tally: Arc<Tally>,
    cancel: Cancel,
}

/// The open input, set to where its window begins, and the packet that was read to find it.
fn seek(opened: &mut Opened, plan: &Plan, shared: &Shared) -> Option<Packet> {
    let input = &mut opened.input;
    if plan.window.start <= 0 || input.without_timestamps() {
        return None;
    }
    let micros = rescale(plan.window.start, TimeBase::NANOSECONDS, TimeBase::MICROSECONDS);
    let zero = if shared.keep_timestamps { 0 } else { input.start_time().unwrap_or(0) };
    match seek::keyframe_before(input, &opened.stream, zero.saturating_add(micros)) {
        Landed::At(packet) => Some(packet),
        Landed::Beginning => None,
    }
}

/// When each packet of a live source was captured.
fn capture_clock(opened: &Opened, spec: &OpenSpec) -> Option<CaptureClock> {
    let clocks = spec.is_device.then(|| opened.input.opened());
    opened.info.live.then(|| CaptureClock::new(opened.stream.time_base, clocks))
}

/// Of a live source, the times to show go on over a break; they are not one session's.
fn session_window(live: bool, plan: &Plan) -> Range<i64> {
    if live { 0..i64::MAX } else { plan.window.clone() }
}

/// The demuxer, on a thread of its own. A packet that nobody has time for is dropped only where it is `whole`.
fn packets(
    opened: Opened,
    first: Option<Packet>,
    spec: &OpenSpec,
    whole: bool,
    shared: &Shared,
) -> Result<Prefetch<Packet>> {
    let Opened { input, stream, info } = opened;
    let rules = DemuxRules {
        subject: info.source,
        live: info.live,
        is_device: spec.is_device,
        timeout: spec.timeout,
    };
    let (tally, cancel) = (shared.tally.clone(), shared.cancel.clone());
    let demux = Demux::new(input, stream.index, rules, tally, cancel.clone());
    let (limits, when_full) = match info.live && whole {
        true => (LIVE_FRAMES, drop_oldest(PROBED, &shared.tally, Tally::drop_packet)),
        false => (PACKETS, WhenFull::Wait),
    };
    // A cancelled run must not wait for a read that may never return.
    prefetch(first.into_iter().map(Ok).chain(demux), "demux", limits, when_full, Some(cancel))
}

/// Demux and decode: frames with their times.
fn frames(
    mut opened: Opened,
    spec: &OpenSpec,
    plan: &Plan,
    shared: &Shared,
) -> Result<Items<Frame>> {
    let first = seek(&mut opened, plan, shared);
    let (clock, _) = opening::clock(&opened, shared.keep_timestamps);
    let capture = capture_clock(&opened, spec);
    let Opened { input, stream, info } = &mut opened;
    let live = info.live;
    let decoder = Decoder::open(input, stream.index, decode::options(stream, live))
        .map_err(|e| decode::cannot_open(info, e))?;
    // A packet of a camera is a whole picture.
    let whole = stream.intra_only;
    let packets = packets(opened, first, spec, whole, shared)?;
    let window = session_window(live, plan);
    Ok(Box::new(Decode::new(packets, decoder, clock, capture, window, shared.tally.clone())))
}

/// Demux and copy: samples that are the packets themselves.
fn copies(
    mut opened: Opened,
    spec: &OpenSpec,
    plan: &Plan,
    (codec, begin): (SampleCodec, Begin),
    headers: &FirstHeaders,
    shared: &Shared,
) -> Result<Items<Copied>> {
    let first = seek(&mut opened, plan, shared);
    let subject = opened.info.source.clone();
    let form = Form::new(codec, &opened.input, opened.stream.index)
        .map_err(|e| Error::new(ErrorKind::Copy, &subject, e))?;
    let clocks = Clocks {
        frames: opening::clock(&opened, shared.keep_timestamps),
        capture: capture_clock(&opened, spec),
    };
    let window = (begin, session_window(opened.info.live, plan).end);
    let packets = packets(opened, first, spec, false, shared)?;
    let form = form.like(headers);
    Ok(Box::new(Copy::new(packets, form, clocks, window, subject, shared.tally.clone())))
}

/// What comes of an input: over every break of a live one, again and again or at its own pace where that is asked for.
fn played<T: Timed + 'static>(
    opening: Opening,
    captures: &Captures,
    epoch: Epoch,
    shared: &Shared,
    chain: impl Fn(Opened, &OpenSpec, &Plan, &Shared) -> Result<Items<T>> + Send + 'static,
) -> Result<Items<T>> {
    let Opening { opened, spec, input, plan, .. } = opening;
    let (subject, live) = (opened.info.source.clone(), opened.info.live);
    let (stream, window) = (opened.stream.index, plan.window.clone());
    let (repeat, realtime, reconnect) = (input.repeat, input.realtime, input.reconnect);
    let (tally, cancel) = (shared.tally.clone(), shared.cancel.clone());
    let mut items = chain(opened, &spec, &plan, shared)?;
    let again = {
        let shared = shared.clone();
        move || {
            let opened = opening::again(&spec, &input, stream, &shared.cancel)?;
            chain(opened, &spec, &plan, &shared)
        }
    };
    if live {
        let keep_timestamps = shared.keep_timestamps;
        let rules = LiveRules { subject, reconnect, keep_timestamps, window, epoch };
        items = Box::new(Live::new(items, again, rules, captures.clone(), tally, cancel.clone()));
    } else if repeat > 0 {
        items = Box::new(Repeat::new(items, again, repeat, cancel.clone()));
    }
    if realtime {
        items = Box::new(Pace::new(items, cancel));
    }
    Ok(items)
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
    epoch: Epoch,
    shared: &Shared,
) -> Result<Items<Sample>> {
    let (subject, live) = (opening.opened.info.source.clone(), opening.opened.info.live);
    // A live source may end before the run does.
    let cancel = if live { shared.cancel.child() } else { shared.cancel.clone() };
    let shared = &Shared { cancel, ..shared.clone() };
    let tally = &shared.tally;
    let captures = Captures::default();
    let encode = match &opening.plan.way {
        Way::Copy(as_is) => {
            let (how, first) = ((as_is.codec, as_is.begin), FirstHeaders::default());
            let copied =
                played(opening, &captures, epoch, shared, move |opened, spec, plan, s| {
                    copies(opened, spec, plan, how, &first, s)
                })?;
            return Ok(Box::new(copied.map(|copied| copied.map(Sample::from))));
        }
        Way::Encode { encode, .. } => encode.clone(),
    };
    let in_bursts = opening.opened.info.comes_in_bursts();
    let stream = &opening.opened.stream;
    let hints = ContainerHints { rotation: stream.rotation, aspect: stream.aspect };
    let rate = Some(encode.frame_rate);

    let decoded = played(opening, &captures, epoch, shared, frames)?;
    let (limits, when_full) = match live && !in_bursts {
        true => (LIVE_FRAMES, drop_oldest(PROBED, tally, Tally::drop_frame)),
        false => (FRAMES, WhenFull::Wait),
    };
    let decoded = prefetch(decoded, "decode", limits, when_full, None)?;

    let orient = Orient { hints, config: video.clone() };
    let fit = Fit::new(video.clone());
    let finished: Items<Frame> = if video.filter.is_some() {
        // The user's filters stand between; what they make of the picture is fitted anew.
        let own = Filter::new(decoded, orient, hints.aspect, rate, subject.clone(), tally.clone());
        Box::new(Filter::new(own, fit, (0, 1), rate, subject.clone(), tally.clone()))
    } else {
        let both = OrientAndFit { orient, fit };
        Box::new(Filter::new(decoded, both, hints.aspect, rate, subject.clone(), tally.clone()))
    };
    let limits = if live { LIVE_FINISHED } else { FRAMES };
    let finished = prefetch(finished, "filter", limits, WhenFull::Wait, None)?;
    let encode = Encode::new(finished, encode, subject);
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
        let (video, out) = (config.video.clone(), out.clone());
        let shared = Shared {
            keep_timestamps: config.recording.keep_timestamps,
            tally: run.tally(index),
            cancel: cancel.clone(),
        };
        if start_notes(index, &opening, &shared, &out) {
            notes += 1;
        }
        let thread = thread::Builder::new().name("encode".into());
        let (failed, epoch) = (out.clone(), epoch.clone());
        let spawned = thread.spawn(move || {
            match samples(opening, &video, epoch, &shared) {
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
    shared: &Shared,
    out: &Sender<(usize, Produced)>,
) -> bool {
    if opening.beside.lines.is_empty() {
        return false;
    }
    let times = NoteTimes {
        zero: opening.zero(shared.keep_timestamps),
        window: opening.plan.window.clone(),
    };
    let (beside, spec) = (opening.beside.clone(), opening.spec.clone());
    let (tally, cancel, out) = (shared.tally.clone(), shared.cancel.clone(), out.clone());
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
            Ok((track, Produced::End)) => {
                active -= 1;
                run.ended(track, reporter);
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
