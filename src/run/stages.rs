//! The only file that knows the order of the stages of a track, and the threads between them.
//! What a stage does is in its own file; stages never name each other.

use std::ops::Range;
use std::sync::Arc;

use crate::audio::clip::AudioClip;
use crate::audio::clips::{ClipRules, Clips};
use crate::audio::copy::CopyAudio;
use crate::audio::decode::DecodeAudio;
use crate::audio::encode::EncodeAudio;
use crate::audio::packet::AudioPacket;
use crate::audio::place::{PlaceAudio, PlaceRules};
use crate::audio::readable::Readable;
use crate::audio::streams::{AudioHead, AudioWay};
use crate::config::{InputConfig, VideoConfig};
use crate::copy::copied::{Copied, CopyFrom};
use crate::copy::form::FirstHeaders;
use crate::copy::remux::Copy;
use crate::copy::verdict::CopyPlan;
use crate::encode::plan::EncodePlan;
use crate::encode::stage::Encode;
use crate::error::Result;
use crate::event::{Cancel, Tally};
use crate::ffi::Frame;
use crate::input::from_keyframe::FromKeyframe;
use crate::input::live::{Live, LiveRules};
use crate::input::pace::Pace;
use crate::input::parts::Joined;
use crate::input::play::{Items, Place, Play, PlayRules};
use crate::input::reader::PROBED;
use crate::input::session::{Feed, Subscriber};
use crate::picture::decode::Decode;
use crate::picture::decode_given::DecodeGiven;
use crate::picture::deep::RangeWatch;
use crate::picture::filters::ContainerHints;
use crate::picture::given::Given;
use crate::picture::normalise::Filter;
use crate::picture::planner::{self, Fit, Orient, OrientAndFit};
use crate::run::heads::{CopiesHead, FramesHead, Head, wrong_head};
use crate::run::open::PlannedTrack;
use crate::run::plan::{Plan, Way};
use crate::sample::Sample;
use crate::text::lines::{NoteTimes, Subtitles};
use crate::text::note::Note;
use crate::threads::Spawner;
use crate::threads::queue::{Limits, Weight, WhenFull, prefetch};
use crate::time::capture_clock::{Captures, Epoch};
use crate::time::{Placements, Timed};

/// Queue of decoded frames, so that the decoder uses the cores while the encoder stalls: for 1080p on two cores, 8
/// frames took 4 % less time than 2, and 16 hardly less than 8. Each takes 3 MB.
const FRAMES: Limits = Limits { items: 8, bytes: 64 << 20 };
/// Queue of filtered frames before the encoder.
const FINISHED: Limits = Limits { items: 2, bytes: 64 << 20 };
/// For live sources: a frame that waits is already late.
const LIVE_FRAMES: Limits = Limits { items: 2, bytes: 64 << 20 };
/// Enough to filter one frame while another is encoded; a longer queue only adds latency.
const LIVE_FINISHED: Limits = Limits { items: 1, bytes: 64 << 20 };

impl Weight for Frame {
    fn bytes(&self) -> usize {
        Self::bytes(self)
    }
}

/// Shared by the stages of one track.
#[derive(Clone)]
pub(crate) struct Shared {
    pub tally: Arc<Tally>,
    /// Threads for the decoder and for the encoder; `None` leaves the number to them.
    pub codec_threads: Option<usize>,
    pub cancel: Cancel,
    pub threads: Spawner,
}

/// Decode: frames with their times.
fn frames(feed: Feed<Head>, window: Range<i64>, shared: &Shared) -> Result<Items<Frame>> {
    let Head::Frames(head) = feed.head else {
        return Err(wrong_head());
    };
    let FramesHead { decoder, clock, capture, in_software, counted, subject, .. } = head;
    let (from_keyframe, live, mut tagger) = (head.from_keyframe, head.live, head.tagger);
    let ContainerHints { rotation, aspect } = head.hints;
    // A cancelled run must not wait for a read that may never return.
    let packets = feed.packets.until(&shared.cancel);
    let packets = FromKeyframe::new(packets, from_keyframe, live, shared.tally.clone());
    let decode =
        Decode::new(packets, decoder, subject, clock, capture, window, shared.tally.clone());
    let decode = if counted { decode.counted(shared.cancel.clone()) } else { decode };
    let tagged = decode.or_in_software(in_software).map(move |decoded| {
        decoded.map(|mut frame| {
            tagger.tag(&mut frame);
            frame.set_stated(rotation, aspect);
            frame
        })
    });
    Ok(Box::new(tagged))
}

/// Copy: the packets themselves as samples.
fn copies(
    feed: Feed<Head>,
    (begin, end): (CopyFrom, i64),
    copy_plan: &CopyPlan,
    headers: &FirstHeaders,
    subject: String,
    shared: &Shared,
) -> Result<Items<Copied>> {
    let Head::Copies(CopiesHead { form, clocks }) = feed.head else {
        return Err(wrong_head());
    };
    let packets = feed.packets.until(&shared.cancel);
    let form = form.like(headers);
    let copy = Copy::new(packets, form, clocks, (begin, end), subject, shared.tally.clone());
    let copy = copy.observed(copy_plan.observer.clone()).counted(shared.cancel.clone());
    Ok(Box::new(copy))
}

/// A track that is about to start.
pub(crate) struct TrackStart {
    pub track: PlannedTrack,
    pub input: InputConfig,
    pub joined: Joined,
    /// The end of a live source is no failure.
    pub may_end: bool,
    pub keep_timestamps: bool,
    pub subscriber: Subscriber<Head>,
    pub epoch: Epoch,
    /// Where the times of its sessions lie, for the sound beside it.
    pub places: Placements,
    pub shared: Shared,
}

impl TrackStart {
    /// For a live source, the range of times spans reconnects, so it is not applied per session.
    fn session_window(&self) -> Range<i64> {
        let Plan { window, .. } = &self.track.plan;
        match self.track.info().live {
            true => 0..i64::MAX,
            false if self.joined.untimed => 0..window.end,
            false => window.clone(),
        }
    }

    /// The packets of an input, across reconnects of a live source, joined, repeated, or at real-time speed, as
    /// configured.
    fn played<T: Timed + 'static>(
        self,
        captures: &Captures,
        chain: impl Fn(Feed<Head>, Place, &Shared) -> Result<Items<T>> + Send + 'static,
    ) -> Result<Items<T>> {
        let Self { track, input, joined, may_end, keep_timestamps, .. } = self;
        let Self { mut subscriber, epoch, places, shared, .. } = self;
        let InputConfig { repeat, realtime, reconnect, .. } = input;
        let (subject, window) = (track.info().source.clone(), track.plan.window.clone());
        let (tally, cancel) = (shared.tally.clone(), shared.cancel.clone());
        let (begun, first) = (places.clone(), places.of(1).unwrap_or_default());
        let live = track.info().live;
        let mut open = move |place: Place| {
            begun.enter(subscriber.session() + 1);
            if !live {
                begun.put(first.at(place.begin, place.round));
            }
            let feed = subscriber.next_session(place.part)?;
            chain(feed, place, &shared)
        };
        let mut items = open(Place::default())?;
        if live {
            let again = move || open(Place::default());
            let rules =
                LiveRules { subject, reconnect, may_end, keep_timestamps, window, epoch, places };
            let captures = captures.clone();
            items = Box::new(Live::new(items, again, rules, captures, tally, cancel.clone()));
        } else if repeat > 0 || joined.count() > 1 {
            let rules = PlayRules { joined, again: repeat, window };
            items = Box::new(Play::new(items, open, rules, tally, cancel.clone()));
        }
        if track.shift != 0 {
            items = Box::new(items.map(move |item| item.map(|item| earlier(item, track.shift))));
        }
        if realtime {
            items = Box::new(Pace::new(items, cancel));
        }
        Ok(items)
    }
}

/// Shift a frame or sample to an earlier time.
fn earlier<T: Timed>(mut item: T, shift: i64) -> T {
    // The first frame may be slightly before a start that becomes time 0.
    item.set_time((item.time() - shift).max(0));
    item
}

/// The whole chain of one track, from packets to samples.
pub(crate) fn samples(start: TrackStart) -> Result<Items<Sample>> {
    let video = &start.track.video.clone();
    let info = start.track.info().clone();
    let (subject, live) = (info.source.clone(), info.live);
    // A live source may end before the run does.
    let cancel = if live { start.shared.cancel.child() } else { start.shared.cancel.clone() };
    let shared = Shared { cancel, ..start.shared.clone() };
    let start = TrackStart { shared: shared.clone(), ..start };
    let (tally, threads) = (&shared.tally, &shared.threads);
    let captures = Captures::default();
    let window = start.session_window();
    let encode = match &start.track.plan.way {
        Way::Copy(copy_plan) => {
            let (copy_plan, first) = (copy_plan.clone(), FirstHeaders::default());
            let copied = start.played(&captures, move |feed, place, shared| {
                let begin = if place.part == 0 { copy_plan.begin } else { CopyFrom::First };
                let range = (begin, place.window(&window).end);
                copies(feed, range, &copy_plan, &first, subject.clone(), shared)
            })?;
            return Ok(Box::new(numbered(copied.map(|copied| copied.map(Sample::from)))));
        }
        Way::Encode { encode, .. } => encode.clone().with_threads(shared.codec_threads),
    };
    let hints = ContainerHints::of(&start.track.taken.stream);
    // Frames that need no filter pass unchanged, so a filter thread would only add cost. If they change in mid-stream,
    // they are filtered on the encoder's thread.
    let right = start.track.picture.as_ref().is_some_and(|picture| {
        planner::preview(picture, hints, video, encode.row.format).0.is_empty()
    });
    let passes = video.filter.is_none() && right;

    let chain = move |feed, place: Place, s: &Shared| frames(feed, place.window(&window), s);
    let decoded = start.played(&captures, chain)?;
    let mut watch = video.range.is_none().then(|| RangeWatch::new(tally.clone()));
    let decoded = decoded.inspect(move |decoded| {
        if let (Ok(frame), Some(watch)) = (decoded, &mut watch) {
            watch.see(frame);
        }
    });
    let (limits, when_full) = match live && !info.comes_in_bursts() {
        true => (LIVE_FRAMES, drop_oldest(tally)),
        false => (FRAMES, WhenFull::Wait),
    };
    let decoded = prefetch(threads, decoded, "decode", limits, when_full)?;

    // Every frame says what the container states, since joined files may differ in it.
    let finished = filtered(decoded, ContainerHints::default(), video, &encode, &subject, tally);
    let limits = if live { LIVE_FINISHED } else { FINISHED };
    let finished: Items<Frame> = match passes {
        true => finished,
        false => Box::new(prefetch(threads, finished, "filter", limits, WhenFull::Wait)?),
    };
    let encode = Encode::new(finished, encode, subject);
    let encode = if live { encode.with_captures(captures) } else { encode };
    Ok(Box::new(numbered(encode)))
}

/// A queue that drops the oldest frames of a live source when it is full, and counts them.
fn drop_oldest(tally: &Arc<Tally>) -> WhenFull {
    let tally = tally.clone();
    WhenFull::DropOldest { after: PROBED, dropped: Box::new(move || tally.drop_frame()) }
}

/// Number samples across the sessions of a live source and the rounds of a repeated input.
fn numbered(samples: impl Iterator<Item = Result<Sample>>) -> impl Iterator<Item = Result<Sample>> {
    samples.zip(0..).map(|(sample, frame)| sample.map(|sample| Sample { frame, ..sample }))
}

/// Make frames upright, in the size and the colours of the entity.
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
    // The user's filters run in between; their output is fitted again.
    let own = Filter::new(frames, orient, hints.aspect, rate, subject.to_owned(), tally.clone());
    Box::new(Filter::new(own, fit, (0, 1), rate, subject.to_owned(), tally.clone()))
}

/// The chain for pictures in memory: decoder, filters, encoder. `begins` says whether a decoder must be able to start
/// at the frame of that time.
pub(crate) fn encode_given(
    pictures: impl Iterator<Item = Given> + Send + 'static,
    video: &VideoConfig,
    plan: EncodePlan,
    mut begins: impl FnMut(i64) -> bool + Send + 'static,
    subject: String,
    tally: Arc<Tally>,
    threads: &Spawner,
) -> Result<Items<Sample>> {
    let mut watch = video.range.is_none().then(|| RangeWatch::new(tally.clone()));
    let decoded = DecodeGiven::new(pictures, subject.clone(), tally.clone()).inspect(move |it| {
        if let (Ok(frame), Some(watch)) = (it, &mut watch) {
            watch.see(frame);
        }
    });
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
    let hints = ContainerHints::of_pictures();
    let finished = filtered(marked, hints, video, &plan, &subject, &tally);
    Ok(Box::new(Encode::new(finished, plan, subject).with_captures(starts)))
}

/// The subtitles of an input.
pub(crate) fn subtitles(
    mut subscriber: Subscriber<Head>,
    times: NoteTimes,
    tally: Arc<Tally>,
    cancel: &Cancel,
) -> Result<impl Iterator<Item = Note> + use<>> {
    let Feed { head: Head::Text(decoders), packets } = subscriber.next_session(0)? else {
        return Err(wrong_head());
    };
    Ok(Subtitles::new(packets.until(cancel), decoders, times, tally))
}

/// The sound of a stream of an input, about to start.
pub(crate) struct AudioStart {
    pub subscriber: Subscriber<Head>,
    pub live: bool,
    /// The range of times of the recording, in nanoseconds.
    pub window: Range<i64>,
    pub places: Placements,
    pub clips: ClipRules,
    pub cancel: Cancel,
}

/// The chain of one stream of sound, from packets to clips, across all sessions of its input.
pub(crate) fn audio_clips(start: AudioStart) -> impl Iterator<Item = AudioClip> {
    let AudioStart { mut subscriber, live, window, places, clips, cancel } = start;
    let tally = clips.tally.clone();
    let sessions = std::iter::from_fn(move || {
        let Feed { head, packets } = subscriber.join_session(&cancel)?.ok()?;
        let Head::Audio(Some(AudioHead { form, clock })) = head else { return None };
        let session = subscriber.session();
        let own = if live {
            // Where it lies is known with its first picture.
            i64::MIN..i64::MAX
        } else {
            subscriber.wait_for_video(|| places.of(session).is_some(), &cancel);
            places.of(session)?.own(&window)
        };
        let (packets, tally) =
            (Readable::new(packets.until(&cancel), tally.clone()), tally.clone());
        let packets: Box<dyn Iterator<Item = AudioPacket>> = match form {
            AudioWay::Copy(form) => Box::new(CopyAudio::new(packets, form, clock, own, tally)),
            AudioWay::Encode(decoder, codec) => {
                let frames = DecodeAudio::frames(packets, decoder, clock, tally.clone());
                Box::new(EncodeAudio::new(frames, codec, own, tally))
            }
        };
        let end = if live { window.end } else { i64::MAX };
        let rules = PlaceRules { places: places.clone(), session, end };
        Some(Clips::new(PlaceAudio::new(packets, rules), clips.clone()))
    });
    sessions.flatten()
}

/// The chain for frames that the caller makes: filters and encoder, on the thread that takes the samples.
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
