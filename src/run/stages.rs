//! The one page that knows the order of the stages of a track, and the threads between them.
//! What a stage does is in its own file; stages never name each other.

use std::ops::Range;
use std::sync::Arc;

use crate::config::VideoConfig;
use crate::copy::copied::{Clocks, Copied};
use crate::copy::form::{FirstHeaders, Form};
use crate::copy::remux::Copy;
use crate::copy::verdict::AsIs;
use crate::encode::plan::EncodePlan;
use crate::encode::stage::Encode;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Tally};
use crate::ffi::{Decoder, Frame, Packet};
use crate::input::demux::{Demux, DemuxRules};
use crate::input::live::{Live, LiveRules};
use crate::input::pace::Pace;
use crate::input::probe::{self, Opened};
use crate::input::repeat::{Items, Repeat};
use crate::input::seek;
use crate::picture::decode::{self, Decode};
use crate::picture::filters::ContainerHints;
use crate::picture::given::{DecodeGiven, Given};
use crate::picture::hardware::Devices;
use crate::picture::normalise::Filter;
use crate::picture::planner::{self, Fit, Orient, OrientAndFit};
use crate::run::opening::Opening;
use crate::run::plan::{Plan, Way};
use crate::sample::Sample;
use crate::source::OpenSpec;
use crate::threads::Spawner;
use crate::threads::queue::{Consumer, Limits, Weight, WhenFull, prefetch};
use crate::time::capture_clock::{CaptureClock, Captures, Epoch};
use crate::time::{GivenTimes, TimeBase, Timed, rescale};

/// Compressed data that may wait for the decoder.
const PACKETS: Limits = Limits { items: 64, bytes: 4 << 20 };
/// Decoded pictures that may wait. While the encoder waits for itself, the decoder uses the cores: of 1080p on two of
/// them, 8 took 4 % less time than 2, and 16 hardly less than 8. Each takes 3 MB.
const FRAMES: Limits = Limits { items: 8, bytes: 64 << 20 };
/// Filtered pictures that may wait for the encoder.
const FINISHED: Limits = Limits { items: 2, bytes: 64 << 20 };
/// Live, a picture that waits is late already.
const LIVE_FRAMES: Limits = Limits { items: 2, bytes: 64 << 20 };
/// What a network has sent while it was probed comes all at once, and is not late for that.
const PROBED: usize = 60;
/// Enough to filter one while another is encoded; more would only be late.
const LIVE_FINISHED: Limits = Limits { items: 1, bytes: 64 << 20 };

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

/// What the chains of one track have in common.
#[derive(Clone)]
pub(crate) struct Shared {
    pub keep_timestamps: bool,
    pub devices: Arc<Devices>,
    pub tally: Arc<Tally>,
    pub cancel: Cancel,
    pub threads: Spawner,
}

/// The open input, set to where its window begins, and the packet that was read to find it.
fn seek(
    opened: &mut Opened,
    spec: &OpenSpec,
    plan: &Plan,
    shared: &Shared,
) -> Result<Option<Packet>> {
    // Frames that are counted to have a time are counted from the first one.
    if plan.window.start <= 0 || opened.counts_frames() {
        return Ok(None);
    }
    let micros = rescale(plan.window.start, TimeBase::NANOSECONDS, TimeBase::MICROSECONDS);
    let zero = if shared.keep_timestamps { 0 } else { opened.input.start_time().unwrap_or(0) };
    seek::go_to(opened, spec, zero.saturating_add(micros), &shared.cancel)
}

/// When each packet of a live source was captured.
fn capture_clock(opened: &Opened, spec: &OpenSpec) -> Option<CaptureClock> {
    // Devices stamp with a clock of this machine, and so does the arrival.
    let own = spec.is_device || opened.input.is_timed_by_arrival();
    let clocks = own.then(|| opened.input.opened());
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
) -> Result<Consumer<Packet>> {
    let Opened { input, stream, info, .. } = opened;
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
    let packets = first.into_iter().map(Ok).chain(demux);
    Ok(prefetch(&shared.threads, packets, "demux", limits, when_full)?.until(&cancel))
}

/// Demux and decode: frames with their times.
fn frames(
    mut opened: Opened,
    spec: &OpenSpec,
    plan: &Plan,
    shared: &Shared,
) -> Result<Items<Frame>> {
    let first = seek(&mut opened, spec, plan, shared)?;
    let (clock, _) = probe::clock(&opened, shared.keep_timestamps);
    let capture = capture_clock(&opened, spec);
    let listed = matches!(opened.given, GivenTimes::List(_));
    let Opened { input, stream, info, .. } = &mut opened;
    let (live, subject) = (info.live, info.source.clone());
    let options = decode::options(stream, live, &shared.devices);
    let decoder =
        Decoder::open(input, stream.index, options).map_err(|e| decode::cannot_open(info, &e))?;
    let in_software = shared.devices.refusal(&info.codec, decoder.device());
    // A packet of a camera is a whole picture.
    let whole = stream.intra_only;
    let packets = packets(opened, first, spec, whole, shared)?;
    let window = session_window(live, plan);
    let decode =
        Decode::new(packets, decoder, subject, clock, capture, window, shared.tally.clone());
    let decode = if listed { decode.counted(shared.cancel.clone()) } else { decode };
    Ok(Box::new(decode.or_in_software(in_software)))
}

/// Demux and copy: samples that are the packets themselves.
fn copies(
    mut opened: Opened,
    spec: &OpenSpec,
    plan: &Plan,
    as_is: &AsIs,
    headers: &FirstHeaders,
    shared: &Shared,
) -> Result<Items<Copied>> {
    let first = seek(&mut opened, spec, plan, shared)?;
    let subject = opened.info.source.clone();
    let form = Form::new(as_is.codec, &opened.input, opened.stream.index)
        .map_err(|e| Error::new(ErrorKind::Copy, &subject, e))?;
    let clocks = Clocks {
        frames: probe::clock(&opened, shared.keep_timestamps),
        capture: capture_clock(&opened, spec),
    };
    let window = (as_is.begin, session_window(opened.info.live, plan).end);
    let packets = packets(opened, first, spec, false, shared)?;
    let form = form.like(headers);
    let copy = Copy::new(packets, form, clocks, window, subject, shared.tally.clone());
    Ok(Box::new(copy.watched(as_is.watch.clone())))
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
            let opened = probe::again(&spec, &input, stream, &shared.cancel)?;
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
pub(crate) fn samples(
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
            let (as_is, first) = (as_is.clone(), FirstHeaders::default());
            let copied =
                played(opening, &captures, epoch, shared, move |opened, spec, plan, s| {
                    copies(opened, spec, plan, &as_is, &first, s)
                })?;
            return Ok(Box::new(numbered(copied.map(|copied| copied.map(Sample::from)))));
        }
        Way::Encode { encode, .. } => encode.clone(),
    };
    let in_bursts = opening.opened.info.comes_in_bursts();
    let hints = ContainerHints::of(&opening.opened.stream);
    // Pictures that are right pass as they are, and a thread that hands them on would only cost. Should they change in
    // mid-stream, they are filtered where they are encoded.
    let right = opening.opened.picture().is_some_and(|picture| {
        planner::preview(&picture, hints, video, encode.row.format).0.is_empty()
    });
    let passes = video.filter.is_none() && right;

    let decoded = played(opening, &captures, epoch, shared, frames)?;
    let (limits, when_full) = match live && !in_bursts {
        true => (LIVE_FRAMES, drop_oldest(PROBED, tally, Tally::drop_frame)),
        false => (FRAMES, WhenFull::Wait),
    };
    let decoded = prefetch(&shared.threads, decoded, "decode", limits, when_full)?;

    let finished = filtered(decoded, hints, video, &encode, &subject, tally);
    let limits = if live { LIVE_FINISHED } else { FINISHED };
    let finished: Items<Frame> = match passes {
        true => finished,
        false => Box::new(prefetch(&shared.threads, finished, "filter", limits, WhenFull::Wait)?),
    };
    let encode = Encode::new(finished, encode, subject);
    let encode = if live { encode.with_captures(captures) } else { encode };
    Ok(Box::new(numbered(encode)))
}

/// Samples with their numbers: over all sessions of a live source, and all rounds of an input that is repeated.
fn numbered(samples: impl Iterator<Item = Result<Sample>>) -> impl Iterator<Item = Result<Sample>> {
    samples.zip(0..).map(|(sample, frame)| sample.map(|sample| Sample { frame, ..sample }))
}

/// Frames upright, and in the size and the colours of the entity.
fn filtered(
    frames: impl Iterator<Item = Result<Frame>> + Send + 'static,
    hints: ContainerHints,
    video: &VideoConfig,
    plan: &EncodePlan,
    subject: &str,
    tally: &Arc<Tally>,
) -> Items<Frame> {
    let rate = Some(plan.frame_rate);
    let orient = Orient { hints, config: video.clone() };
    let fit = Fit::new(video.clone(), plan.row.format);
    if video.filter.is_none() {
        let both = OrientAndFit { orient, fit };
        let (subject, tally) = (subject.to_owned(), tally.clone());
        return Box::new(Filter::new(frames, both, hints.aspect, rate, subject, tally));
    }
    // The user's filters stand between; what they make of the picture is fitted anew.
    let own = Filter::new(frames, orient, hints.aspect, rate, subject.to_owned(), tally.clone());
    Box::new(Filter::new(own, fit, (0, 1), rate, subject.to_owned(), tally.clone()))
}

/// The chain for pictures that lie in memory one by one: decoder, filters, encoder. `begins` says whether a decoder
/// must be able to start at the frame of that time.
pub(crate) fn encode_given(
    pictures: impl Iterator<Item = Given> + Send + 'static,
    video: &VideoConfig,
    plan: EncodePlan,
    mut begins: impl FnMut(i64) -> bool + Send + 'static,
    subject: String,
    tally: Arc<Tally>,
    threads: &Spawner,
) -> Result<Items<Sample>> {
    let decoded = DecodeGiven::new(pictures, tally.clone());
    let decoded = prefetch(threads, decoded, "decode", FRAMES, WhenFull::Wait)?;
    let starts = Captures::default();
    let marks = starts.clone();
    let marked = decoded.inspect(move |frame| {
        if let Ok(frame) = frame
            && begins(frame.time())
        {
            marks.begin(frame.time());
        }
    });
    // Overlays count in pixels of the picture as it lies there, whatever a camera says of its shape or turn.
    let video = VideoConfig { autorotate: false, ..video.clone() };
    let hints = ContainerHints { aspect: (1, 1), ..ContainerHints::default() };
    let finished = filtered(marked, hints, &video, &plan, &subject, &tally);
    Ok(Box::new(Encode::new(finished, plan, subject).with_captures(starts)))
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
        fit: Fit::new(video.clone(), plan.row.format),
    };
    let rate = Some(plan.frame_rate);
    let finished = Filter::new(frames, both, hints.aspect, rate, subject.clone(), tally);
    numbered(Encode::new(finished, plan, subject))
}
