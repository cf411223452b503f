//! The chains for pictures that are in memory: those of a recording, and frames that the caller makes.
//! The chain for a stream of an input is in `stages`.

use std::sync::Arc;

use super::{FRAMES, filtered, numbered};
use crate::config::VideoConfig;
use crate::encode::plan::EncodePlan;
use crate::encode::stage::Encode;
use crate::error::Result;
use crate::event::Tally;
use crate::ffi::Frame;
use crate::input::play::Items;
use crate::picture::decode_given::DecodeGiven;
use crate::picture::deep::RangeWatch;
use crate::picture::filters::ContainerHints;
use crate::picture::given::MemoryPicture;
use crate::picture::normalise::Filter;
use crate::picture::planner::{Fit, Orient, OrientAndFit};
use crate::sample::Sample;
use crate::threads::Spawner;
use crate::threads::prefetch::prefetch;
use crate::threads::queue::WhenFull;
use crate::time::Timed as _;
use crate::time::capture_clock::Captures;

/// The chain for pictures in memory: decoder, filters, encoder. `begins` says whether a decoder must be able to start
/// at the frame of that time.
pub(crate) fn encode_given(
    pictures: impl Iterator<Item = MemoryPicture> + Send + 'static,
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
    let finished =
        filtered(marked, hints, video, &plan, (None, threads.cancel()), &subject, &tally);
    Ok(Box::new(Encode::new(finished, plan, subject).with_captures(starts)))
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
    let finished = Filter::new(frames, both, hints.aspect, rate, None, subject.clone(), tally);
    numbered(Encode::new(finished, plan, subject))
}
