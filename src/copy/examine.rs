//! Whether a stream can be copied: all packets of a file are checked, but only the headers of a live source. Where a copy
//! can be discarded, the packets are checked while they are copied. The verdict is used in `run::plan`.

use std::sync::Arc;

use super::verdict::{CopyPlan, Verdict};
use crate::config::{CodecChoice, InputConfig, VideoConfig};
use crate::copy::check;
use crate::copy::copied::{Clocks, CopyFrom};
use crate::copy::form::Form;
use crate::copy::observer::{Objection, Observer};
use crate::copy::reason::{Caveat, Reason};
use crate::copy::remux::{Copy, Examined, Stop};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Tally;
use crate::ffi::Packet;
use crate::input::demux::Demux;
use crate::input::empty_part::nothing_in;
use crate::input::probe::{OpenStream, SelectedStream, clock, reopen};
use crate::input::rules::{DemuxRules, Wanted};
use crate::picture::filters::ContainerHints;
use crate::sample::SampleCodec;
use crate::source::OpenSpec;
use crate::threads::Spawner;
use crate::threads::prefetch::prefetch;
use crate::threads::queue::{Limits, WhenFull};

/// Packets that may wait to be checked.
const PACKETS: Limits = Limits { items: 64, bytes: 4 << 20 };

/// When the packets of a file are checked.
#[derive(Debug, Clone)]
pub(crate) enum CopyCheck {
    /// Before the first sample, since what is recorded cannot be discarded.
    Before,
    /// While they are copied: the file is copied whole, and once.
    WhileCopying,
    /// They were checked, and this is why they are not copied.
    Failed(Objection),
}

/// How the stream would be copied, or the reason why it cannot be.
pub(crate) fn examine(
    opened: &OpenStream<'_>,
    spec: &OpenSpec,
    input: &InputConfig,
    video: &VideoConfig,
    keep_timestamps: bool,
    check: &CopyCheck,
    threads: &Spawner,
) -> Result<Verdict> {
    let SelectedStream { stream, info, .. } = opened.taken;
    let Some(codec) = SampleCodec::from_ffmpeg(&info.codec) else {
        return Ok(Err(Reason::Codec(info.codec.clone())));
    };
    if let Some(what) = check::setting_that_needs_encoding(video) {
        return Ok(Err(Reason::Setting(what)));
    }
    let index = stream.index;
    let hints = ContainerHints::of(stream);
    let picture = opened.picture();
    let caveats = |g| check::caveats(g, hints, &stream.metadata, video);
    let mut caveats = picture.as_ref().map(caveats).unwrap_or_default();
    let cannot = |e| Error::new(ErrorKind::Copy, &info.source, e);
    let form = |stream: &OpenStream<'_>| Form::new(codec, stream.input, index).map_err(cannot);
    // It will be encoded for these, so its packets need not be read.
    if video.codec == CodecChoice::Auto && !caveats.is_empty() {
        return Ok(Ok(CopyPlan { codec, begin: CopyFrom::First, caveats, observer: None }));
    }
    let window = input.window_of_frames(info)?;
    let start = window.start;
    if !spec.is_file {
        // Where a live source is cut is known only when it is there.
        if info.live && start > 0 {
            return Ok(Err(Reason::Setting("a start")));
        }
        let begin = if start > 0 { CopyFrom::At(start) } else { CopyFrom::Keyframe };
        return Ok(form(opened)?.check_headers().map(|()| CopyPlan {
            codec,
            begin,
            caveats,
            observer: None,
        }));
    }
    match check {
        CopyCheck::WhileCopying => {
            let observer = Some(Observer::new(video.codec == CodecChoice::Auto, caveats.clone()));
            return Ok(Ok(CopyPlan { codec, begin: CopyFrom::First, caveats, observer }));
        }
        CopyCheck::Failed(Objection::NotCopyable(reason)) => return Ok(Err(reason.clone())),
        CopyCheck::Failed(Objection::Caveat(caveat)) => {
            caveats.push(caveat.clone());
            return Ok(Ok(CopyPlan { codec, begin: CopyFrom::First, caveats, observer: None }));
        }
        CopyCheck::Before => {}
    }
    match packets_of(opened, form, (spec, input), keep_timestamps, threads, window.end)?.examine() {
        Ok(Examined { caveats: more, keyframes, last }) => {
            if last < start {
                return Err(nothing_in(&input.window()?, info));
            }
            caveats.extend(more);
            caveats.dedup();
            // The keyframe nearest to what was asked for may be a little behind it.
            let asked = input.window()?.start;
            let latest = asked + (asked - start);
            let before = keyframes.iter().rfind(|&&k| k <= latest).copied();
            let begin =
                if start > 0 { CopyFrom::At(before.unwrap_or(start)) } else { CopyFrom::First };
            if let Some(at) = before.filter(|&at| start > 0 && at < start) {
                caveats.push(Caveat::BeginsEarlier(asked.saturating_sub(at)));
            }
            Ok(Ok(CopyPlan { codec, begin, caveats, observer: None }))
        }
        Err(Stop::NotCopyable(reason)) => Ok(Err(reason)),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// The packets of the stream, read by an input of their own.
fn packets_of(
    opened: &OpenStream<'_>,
    form: impl Fn(&OpenStream<'_>) -> Result<Form>,
    (spec, input): (&OpenSpec, &InputConfig),
    keep_timestamps: bool,
    threads: &Spawner,
    end: i64,
) -> Result<Copy<impl Iterator<Item = Result<Packet>>>> {
    let SelectedStream { stream, info, .. } = opened.taken;
    let mut second = reopen(spec, input, std::slice::from_ref(opened.taken), threads.cancel())?;
    let Some(second_stream) = second.stream(0) else {
        return Err(Error::new(ErrorKind::Copy, &info.source, "its stream is gone"));
    };
    let form = form(&second_stream)?;
    let tally = Arc::new(Tally::default());
    let frames = clock(&second_stream, keep_timestamps);
    let clocks = Clocks { frames, stated_rate: None, capture: None };
    let subject = info.source.clone();
    let other_codec = spec.other_codec.clone();
    let rules = DemuxRules { subject: subject.clone(), other_codec, ..DemuxRules::default() };
    let wanted = Wanted { streams: vec![stream.index], videos: vec![stream.index] };
    let demux = Demux::new(second.input, wanted, rules, tally.clone(), threads.cancel().clone());
    // Reading and checking take about the same time.
    let packets =
        prefetch(threads, demux, "scan", PACKETS, WhenFull::Wait)?.until(threads.cancel());
    Ok(Copy::new(packets, form, clocks, (CopyFrom::First, end), subject, tally))
}
