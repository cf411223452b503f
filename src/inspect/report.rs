//! Reports what inputs hold, without converting them.
//! Videos are not decoded.

use std::time::Duration;

use super::colour;
use super::input::{
    AudioReport, Chapter, Copyability, InputReport, StreamKind, StreamReport, VideoReport,
};
use crate::audio::plan::AudioPlan;
use crate::audio::streams::{self as audio_streams, AudioStreams};
use crate::audio::targets::AudioTargets;
use crate::config::{AudioCodec, CodecChoice, Config, InputConfig, VideoConfig};
use crate::copy::examine::{CopyCheck, examine};
use crate::devices;
use crate::error::Result;
use crate::ffi::{Input, Medium, Stream};
use crate::input::choice::{choose, is_sound_alone, why};
use crate::input::lists;
use crate::input::open::{is_live, open_input};
use crate::input::probe::{self, OpenStream, SelectedStream};
use crate::picture::filters::ContainerHints;
use crate::picture::orientation::upright;
use crate::source::recording::RecordingKind;
use crate::source::{self, OpenSpec};
use crate::threads::{Spawner, Threads};
use crate::time::{GivenTimes, TimeBase, rescale};

/// Report what every input of `config` holds, and which of its streams [`run`](crate::run()) would take.
///
/// Nothing is decoded except the first pictures of each entity of a recording, which are encoded to estimate its size as
/// video. To find out whether a file can be copied, its packets are read up to the first one that cannot be. There is
/// one result for each input, or for each file of a joined one, in the order of `config.inputs`; outputs are ignored.
///
/// ```no_run
/// let config = vstream::Config::new("input.mp4");
/// for found in vstream::probe(&config) {
///     let input = found?;
///     println!("{}: {} streams in {}", input.source, input.streams.len(), input.container);
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
pub fn probe(config: &Config) -> Vec<Result<InputReport>> {
    let cancel = &config.switch();
    // Report whether copying is possible, whatever codec is configured.
    let video = VideoConfig { codec: CodecChoice::Copy, ..config.video.clone() };
    let keep = config.recording.keep_timestamps;
    let threads = Threads::new(cancel);
    let spawner = threads.spawner().clone();
    let config = config.clone();
    // Of a joined input, each file is reported.
    let files = |input: &InputConfig| {
        let first = InputConfig { joined: Vec::new(), ..input.clone() };
        std::iter::once(first).chain(input.joined.clone())
    };
    let inputs: Vec<InputConfig> = config.inputs.iter().flat_map(files).collect();
    crate::input::find::each(&inputs, threads.spawner(), move |input, _| {
        match RecordingKind::of(input, spawner.cancel())? {
            Some(kind) => super::recording::report(input, kind, &config, &spawner),
            None => probe_one(input, &video, config.audio.codec, keep, &spawner),
        }
    })
    .collect()
}

fn probe_one(
    input: &InputConfig,
    video: &VideoConfig,
    codec: AudioCodec,
    keep_timestamps: bool,
    threads: &Spawner,
) -> Result<InputReport> {
    let video = &video.for_input(input);
    let spec = devices::settle(source::resolve(input)?, input)?;
    let spec = lists::without_broken(spec, threads.cancel());
    let mut open = open_input(&spec, threads.cancel())?;
    let streams = probe::streams(&mut open);
    let taken = choose(&streams, input.stream).unwrap_or_default();
    let (video_stream, display) = (taken.first().copied(), &spec.display);
    let targets = AudioTargets::default();
    let audio =
        AudioStreams::find(&mut open, display, input.audio, (codec, targets), video_stream)?;
    let mut reports = Vec::with_capacity(streams.len());
    for stream in &streams {
        let mut report = report(stream, &open, why(stream, &streams, input.stream, &taken));
        let sound = audio.streams.iter().find(|sound| sound.index == stream.index);
        let facts = || audio_streams::facts(&open, stream);
        report.audio = (stream.medium == Medium::Audio).then(|| AudioReport {
            sample_rate: stream.sample_rate,
            channels: stream.channels,
            plan: AudioPlan::new(&facts(), codec, targets).describe(&stream.codec),
        });
        let may = !taken.is_empty() || is_sound_alone(&streams);
        report.taken = taken.contains(&stream.index) || sound.is_some() && may;
        let is_taken = report.taken;
        if let Some(pictures) = report.video.as_mut().filter(|_| is_taken) {
            let info = probe::info(&spec, &open, stream);
            let taken = SelectedStream {
                stream: stream.clone(),
                info,
                given: GivenTimes::None,
                since_1970: false,
                notes: Vec::new(),
                why: String::new(),
            };
            let opened = OpenStream { input: &mut open, taken: &taken };
            let (keep, check) = (keep_timestamps, &CopyCheck::Before);
            let verdict = examine(&opened, &spec, input, video, keep, check, threads)?;
            pictures.copy = Some(match verdict {
                Ok(copy_plan) => Copyability::Yes {
                    but: copy_plan.caveats.iter().map(ToString::to_string).collect(),
                },
                Err(reason) => Copyability::No { why: reason.to_string() },
            });
        }
        reports.push(report);
    }
    Ok(whole(&spec, &open, reports))
}

fn whole(spec: &OpenSpec, open: &Input, streams: Vec<StreamReport>) -> InputReport {
    let chapter = |chapter: crate::ffi::Chapter| Chapter {
        start_micros: rescale(chapter.start, chapter.time_base, TimeBase::MICROSECONDS),
        title: chapter.title,
    };
    InputReport {
        source: spec.display.clone(),
        container: open.format_name(),
        live: is_live(spec, open),
        bytes: open.byte_size().filter(|_| spec.is_file),
        start_micros: open.start_time(),
        duration: open.duration().map(micros),
        streams,
        chapters: open.chapters().into_iter().map(chapter).collect(),
        metadata: open.metadata(),
    }
}

fn micros(us: i64) -> Duration {
    Duration::from_micros(u64::try_from(us).unwrap_or(0))
}

fn report(stream: &Stream, open: &Input, why: Option<String>) -> StreamReport {
    let kind = match stream.medium {
        Medium::Video => StreamKind::Video,
        Medium::Audio => StreamKind::Audio,
        Medium::Subtitle => StreamKind::Subtitle,
        Medium::Other => StreamKind::Other,
    };
    let duration = stream.duration.map(|t| rescale(t, stream.time_base, TimeBase::MICROSECONDS));
    StreamReport {
        index: stream.index,
        kind,
        codec: stream.codec.clone(),
        decodable: stream.decodable,
        default: stream.default,
        cover: stream.attached_picture,
        duration: duration.map(micros),
        video: (kind == StreamKind::Video).then(|| pictures(stream, open)),
        audio: None,
        taken: false,
        why,
        metadata: stream.metadata.clone(),
    }
}

fn pictures(stream: &Stream, open: &Input) -> VideoReport {
    let picture = open.picture(stream.index);
    let known = picture.as_ref();
    let hints = ContainerHints::of(stream);
    let aspect = if hints.aspect.0 > 0 { hints.aspect } else { known.map_or((0, 1), |g| g.aspect) };
    VideoReport {
        width: stream.width,
        height: stream.height,
        frame_rate: probe::frame_rate(stream),
        pixel_format: crate::ffi::Geometry::format_name_of(stream.format).to_owned(),
        matrix: known.and_then(|g| colour::matrix(g.matrix)),
        primaries: known.and_then(|g| colour::primaries(g.primaries)),
        transfer: known.and_then(|g| colour::transfer(g.transfer)),
        full_range: known.is_some_and(|g| g.full_range),
        alpha: known.is_some_and(|g| g.alpha),
        aspect: Some(aspect).filter(|&(num, den)| num > 0 && den > 0),
        turn: hints.rotation.map_or_else(String::new, |matrix| upright(&matrix).0.join(",")),
        interlaced: known.is_some_and(|g| g.interlaced),
        copy: None,
    }
}
