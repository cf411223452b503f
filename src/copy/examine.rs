//! What copying a stream would give: a look at all its packets, of a file, or at its promises, of what goes on. Of a file
//! whose copy can be taken back, the look comes while it is copied. What is done with the verdict is for `run::plan`.

use std::sync::Arc;

use super::verdict::{AsIs, Verdict};
use crate::config::{CodecChoice, InputConfig, VideoConfig};
use crate::copy::copied::{Begin, Clocks};
use crate::copy::form::Form;
use crate::copy::refusal::{Look, Refusal};
use crate::copy::remux::{Copy, Stop};
use crate::copy::scan;
use crate::copy::watch::{Objection, Watch};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Tally;
use crate::input::demux::{Demux, DemuxRules};
use crate::input::probe::{OpenStream, TakenStream, clock, reopen};
use crate::picture::filters::ContainerHints;
use crate::sample::SampleCodec;
use crate::source::OpenSpec;
use crate::threads::Spawner;
use crate::threads::queue::{Limits, WhenFull, prefetch};

/// Packets that may wait to be looked at.
const PACKETS: Limits = Limits { items: 64, bytes: 4 << 20 };

/// When the packets of a file are looked at.
#[derive(Debug, Clone)]
pub(crate) enum CopyCheck {
    /// Before the first sample, since what is recorded cannot be taken back.
    Before,
    /// While it is copied, from its beginning and once.
    WhileCopying,
    /// They were, and this speaks against copying.
    Failed(Objection),
}

/// What copying the stream would give: how it would look and where it begins, or why it cannot be.
pub(crate) fn examine(
    opened: &OpenStream<'_>,
    spec: &OpenSpec,
    input: &InputConfig,
    video: &VideoConfig,
    keep_timestamps: bool,
    check: &CopyCheck,
    threads: &Spawner,
) -> Result<Verdict> {
    let TakenStream { stream, info, .. } = opened.taken;
    let Some(codec) = SampleCodec::from_ffmpeg(&info.codec) else {
        return Ok(Err(Refusal::Codec(info.codec.clone())));
    };
    if let Some(what) = scan::asked(video) {
        return Ok(Err(Refusal::Asked(what)));
    }
    let index = stream.index;
    let hints = ContainerHints::of(stream);
    let picture = opened.picture();
    let looks = |g| scan::looks(g, hints, &stream.metadata, video);
    let mut looks = picture.as_ref().map(looks).unwrap_or_default();
    let cannot = |e| Error::new(ErrorKind::Copy, &info.source, e);
    // Where it will be encoded for its looks, the packets need not be read for it.
    if video.codec == CodecChoice::Auto && !looks.is_empty() {
        return Ok(Ok(AsIs { codec, begin: Begin::First, looks, watch: None }));
    }
    let window = input.window_of_frames(info)?;
    let start = window.start;
    if !spec.is_file {
        // Where a live source is cut is known only when it is there.
        if info.live && start > 0 {
            return Ok(Err(Refusal::Asked("a start")));
        }
        let begin = if start > 0 { Begin::At(start) } else { Begin::Keyframe };
        let form = Form::new(codec, opened.input, index).map_err(cannot)?;
        return Ok(form.promise().map(|()| AsIs { codec, begin, looks, watch: None }));
    }
    match check {
        CopyCheck::WhileCopying => {
            let watch = Some(Watch::new(video.codec == CodecChoice::Auto, looks.clone()));
            return Ok(Ok(AsIs { codec, begin: Begin::First, looks, watch }));
        }
        CopyCheck::Failed(Objection::Refused(refusal)) => return Ok(Err(refusal.clone())),
        CopyCheck::Failed(Objection::Look(look)) => {
            looks.push(look.clone());
            return Ok(Ok(AsIs { codec, begin: Begin::First, looks, watch: None }));
        }
        CopyCheck::Before => {}
    }
    let mut second = reopen(spec, input, &[index], threads.cancel())?;
    let Some(second_stream) = second.stream(0) else {
        return Err(Error::new(ErrorKind::Copy, &info.source, "its stream is gone"));
    };
    let form = Form::new(codec, second_stream.input, index).map_err(cannot)?;
    let tally = Arc::new(Tally::default());
    let clocks = Clocks { frames: clock(&second_stream, keep_timestamps), capture: None };
    let subject = info.source.clone();
    let rules =
        DemuxRules { subject: subject.clone(), live: false, is_device: false, timeout: None };
    let demux =
        Demux::new(second.input, vec![index], rules, tally.clone(), threads.cancel().clone());
    // Reading and looking take about as long as each other.
    let packets =
        prefetch(threads, demux, "scan", PACKETS, WhenFull::Wait)?.until(threads.cancel());
    let whole = (Begin::First, window.end);
    match Copy::new(packets, form, clocks, whole, subject, tally).examine() {
        Ok((more, keyframes)) => {
            looks.extend(more);
            looks.dedup();
            // The keyframe nearest to what was asked for may be a little behind it.
            let asked = input.window()?.start;
            let latest = asked + (asked - start);
            let before = keyframes.iter().rfind(|&&k| k <= latest).copied();
            let begin = if start > 0 { Begin::At(before.unwrap_or(start)) } else { Begin::First };
            if let Some(at) = before.filter(|&at| start > 0 && at < start) {
                looks.push(Look::BeginsEarlier(asked.saturating_sub(at)));
            }
            Ok(Ok(AsIs { codec, begin, looks, watch: None }))
        }
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(Stop::Failed(error)) => Err(error),
    }
}
