//! The only place that knows the order of the stages, and the threads between them: here for the pictures of a track,
//! in `side_tracks` for subtitles and sound, in `sound_only` for sound without pictures, in `memory` for pictures that no
//! input has. What a stage does is in its own file; stages never name each other.

mod memory;
mod sessions;
mod side_tracks;
mod sound_only;

pub(crate) use memory::{encode_frames, encode_given};
pub(crate) use sessions::TrackStart;
pub(crate) use side_tracks::{AudioStart, as_recorded, sound, subtitles};
pub(crate) use sound_only::sound_only;

use std::ops::Range;
use std::sync::Arc;

use crate::config::VideoConfig;
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
use crate::input::play::{Items, Place};
use crate::input::reader::{LATE, PROBED};
use crate::input::session::Feed;
use crate::picture::decode::Decode;
use crate::picture::deep::RangeWatch;
use crate::picture::filters::ContainerHints;
use crate::picture::normalise::Filter;
use crate::picture::planner::{self, Fit, Orient, OrientAndFit};
use crate::run::heads::{CopiesHead, FramesHead, Head, wrong_head};
use crate::run::plan::Way;
use crate::sample::Sample;
use crate::threads::Spawner;
use crate::threads::prefetch::prefetch;
use crate::threads::queue::{Limits, Weight, WhenFull};
use crate::time::capture_clock::Captures;

/// Queue of decoded frames, so that the decoder uses the cores while the encoder stalls: for 1080p on two cores, 5
/// frames took 2 to 4 % less time than 2, and 8 no less than 5. Each takes 3 MB.
const FRAMES: Limits = Limits { items: 5, bytes: 64 << 20 };
/// Queue of filtered frames before the encoder.
const FINISHED: Limits = Limits { items: 2, bytes: 64 << 20 };
/// For live sources: of frames that are late, only the newest matter.
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
        Way::Sound(_) => return Err(wrong_head()),
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

    // Set on every frame, since joined files may differ.
    let hints = ContainerHints::default();
    let bounds = (shared.codec_threads, &shared.cancel);
    let finished = filtered(decoded, hints, video, &encode, bounds, &subject, tally);
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
    WhenFull::DropOldest {
        after: PROBED,
        late: LATE,
        dropped: Box::new(move || tally.drop_frame()),
    }
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
    (share, cancel): (Option<usize>, &Cancel),
    subject: &str,
    tally: &Arc<Tally>,
) -> Items<Frame> {
    let rate = Some(plan.frame_rate);
    let orient = Orient { hints, config: video.clone() };
    let fit = Fit::new(video.clone(), plan.row.format);
    if video.filter.is_none() {
        let both = OrientAndFit { orient, fit };
        let (subject, tally) = (subject.to_owned(), tally.clone());
        let all = Filter::new(frames, both, hints.aspect, rate, share, subject, tally);
        return Box::new(all.until(cancel));
    }
    // The user's filters run in between; their output is fitted again.
    let (named, counts) = (subject.to_owned(), tally.clone());
    let own = Filter::new(frames, orient, hints.aspect, rate, share, named.clone(), counts.clone());
    let own = own.until(cancel);
    Box::new(Filter::new(own, fit, (0, 1), rate, share, named, counts).until(cancel))
}
