//! What an input holds: its container, every stream, chapters, metadata, and which stream a run would take.
//! Plain data and the function that fills it; nothing of the input is decoded.

use std::time::Duration;

use super::colour;
use crate::codec::choice::{choose, why};
use crate::codec::filters::ContainerHints;
use crate::codec::open::open_input;
use crate::codec::orientation::upright;
use crate::codec::probe::{self, Opened};
use crate::config::{CodecChoice, Config, InputConfig, VideoConfig};
use crate::devices;
use crate::error::Result;
use crate::event::Cancel;
use crate::ffi::{Input, Medium, Stream};
use crate::opening;
use crate::source::{self, OpenSpec};
use crate::time::{TimeBase, rescale};

/// What one input holds, as its container says before anything is decoded.
///
/// ```no_run
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config, &vstream::Cancel::new()) {
///     let input = input?;
///     println!("{}: {} for {:?}", input.source, input.container, input.duration);
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InputReport {
    /// What was read, without credentials: a path, a URL, a device.
    pub source: String,
    /// FFmpeg's names of the container, separated by commas.
    pub container: String,
    /// The source goes on by itself: a camera, a network stream, a screen.
    pub live: bool,
    /// Size in bytes, where it is a local file.
    pub bytes: Option<u64>,
    /// The earliest timestamp of all streams in microseconds, which becomes time 0 of a recording. May be negative.
    pub start_micros: Option<i64>,
    /// How long the container says it is. It may lie.
    pub duration: Option<Duration>,
    /// Every stream, in the container's order.
    pub streams: Vec<StreamReport>,
    /// The parts that its author gave names.
    pub chapters: Vec<Chapter>,
    /// Metadata of the container, as FFmpeg names it.
    pub metadata: Vec<(String, String)>,
}

/// One stream of an input.
///
/// ```no_run
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config, &vstream::Cancel::new()) {
///     for stream in input?.streams.iter().filter(|stream| stream.taken) {
///         println!("stream {}, {}", stream.index, stream.codec);
///     }
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StreamReport {
    /// Index in the container, as `--stream` takes it.
    pub index: usize,
    /// What it carries.
    pub kind: StreamKind,
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// This FFmpeg has a decoder for it.
    pub decodable: bool,
    /// Marked as the default among its kind.
    pub default: bool,
    /// A picture attached to something else: cover art.
    pub cover: bool,
    /// How long the stream says it is, where it says so.
    pub duration: Option<Duration>,
    /// Its pictures, where it is video.
    pub video: Option<VideoReport>,
    /// A run would take it.
    pub taken: bool,
    /// Why a video stream would be taken, or why not.
    pub why: Option<String>,
    /// Metadata of the stream, as FFmpeg names it.
    pub metadata: Vec<(String, String)>,
}

/// What a stream carries.
///
/// ```no_run
/// use vstream::StreamKind;
///
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config, &vstream::Cancel::new()) {
///     let input = input?;
///     let sounds = input.streams.iter().filter(|stream| stream.kind == StreamKind::Audio);
///     println!("{} are left out", sounds.count());
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamKind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
    /// Words, or pictures of words.
    Subtitle,
    /// Anything else.
    Other,
}

impl StreamKind {
    /// A word that will not change: `video`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Subtitle => "subtitle",
            Self::Other => "data",
        }
    }
}

/// The pictures of a video stream.
///
/// ```no_run
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config, &vstream::Cancel::new()) {
///     for stream in input?.streams {
///         if let Some(video) = stream.video {
///             println!("{}x{} {}", video.width, video.height, video.pixel_format);
///         }
///     }
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct VideoReport {
    /// Width in pixels as coded; 0 where not known yet.
    pub width: u32,
    /// Height in pixels as coded; 0 where not known yet.
    pub height: u32,
    /// Frames a second as a fraction, the container's guess.
    pub frame_rate: Option<(i32, i32)>,
    /// FFmpeg's name of the pixel format; empty where not known yet.
    pub pixel_format: String,
    /// FFmpeg's name of the colour matrix, where it is given.
    pub matrix: Option<&'static str>,
    /// FFmpeg's name of the primaries, where they are given.
    pub primaries: Option<&'static str>,
    /// FFmpeg's name of the transfer function, where it is given.
    pub transfer: Option<&'static str>,
    /// Black is 0 and white 255, rather than 16 and 235.
    pub full_range: bool,
    /// The pictures have an alpha channel.
    pub alpha: bool,
    /// Shape of a pixel, width to height, where it is given.
    pub aspect: Option<(i32, i32)>,
    /// FFmpeg's filters that turn the picture upright, separated by commas; empty where it is upright.
    pub turn: String,
    /// Flagged as interlaced.
    pub interlaced: bool,
    /// Whether it could be logged as it is. `None` where the stream would not be taken.
    pub copy: Option<Copyability>,
}

/// Whether Rerun shows a stream right as it is (`--codec copy`).
///
/// ```no_run
/// use vstream::Copyability;
///
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config, &vstream::Cancel::new()) {
///     for video in input?.streams.into_iter().filter_map(|stream| stream.video) {
///         if let Some(Copyability::No { why }) = video.copy {
///             println!("has to be encoded: {why}");
///         }
///     }
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Copyability {
    /// It can be copied.
    Yes {
        /// What the copy would look worse in than an encoded picture. `--codec auto` encodes where there is any.
        but: Vec<String>,
    },
    /// It cannot be.
    No {
        /// Why not.
        why: String,
    },
}

/// A named part of an input.
///
/// ```no_run
/// let config = vstream::Config::new("input.mp4");
/// for input in vstream::probe(&config, &vstream::Cancel::new()) {
///     for chapter in input?.chapters {
///         println!("{} µs: {:?}", chapter.start_micros, chapter.title);
///     }
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chapter {
    /// Where it begins, in microseconds on the input's own clock.
    pub start_micros: i64,
    /// Its title, if it has one.
    pub title: Option<String>,
}

/// Tell what every input of `config` holds, and which of its streams [`crate::run`] would take.
///
/// Nothing is decoded. To tell whether a file could be copied, its packets are read until one says no, so at most all.
/// Each input is answered for by itself, in the order of `config.inputs`; outputs are not looked at.
///
/// ```no_run
/// let config = vstream::Config::new("input.mp4");
/// for found in vstream::probe(&config, &vstream::Cancel::new()) {
///     let input = found?;
///     println!("{}: {} streams in {}", input.source, input.streams.len(), input.container);
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
pub fn probe(config: &Config, cancel: &Cancel) -> Vec<Result<InputReport>> {
    // Copying is the question, whatever the answer will be used for.
    let video = VideoConfig { codec: CodecChoice::Copy, ..config.video.clone() };
    let keep = config.recording.keep_timestamps;
    opening::each(&config.inputs, cancel, move |input, cancel| {
        probe_one(input, &video, keep, cancel)
    })
    .collect()
}

fn probe_one(
    input: &InputConfig,
    video: &VideoConfig,
    keep_timestamps: bool,
    cancel: &Cancel,
) -> Result<InputReport> {
    let spec = devices::settle(source::resolve(input)?, input)?;
    let mut open = open_input(&spec, cancel)?;
    let streams = probe::streams(&mut open);
    let taken = choose(&streams, input.stream).unwrap_or_default();
    let mut reports = Vec::with_capacity(streams.len());
    for stream in &streams {
        let mut report = report(stream, &open, why(stream, &streams, input.stream, &taken));
        report.taken = taken.contains(&stream.index);
        if let Some(pictures) = report.video.as_mut().filter(|_| report.taken) {
            let info = probe::info(&spec, &open, stream);
            let opened = Opened { input: open, stream: stream.clone(), info };
            let verdict = opening::examine(&opened, &spec, input, video, keep_timestamps, cancel)?;
            pictures.copy = Some(match verdict {
                Ok(as_is) => {
                    Copyability::Yes { but: as_is.looks.iter().map(ToString::to_string).collect() }
                }
                Err(refusal) => Copyability::No { why: refusal.to_string() },
            });
            open = opened.input;
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
        live: probe::is_live(spec, open),
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
        taken: false,
        why,
        metadata: stream.metadata.clone(),
    }
}

fn pictures(stream: &Stream, open: &Input) -> VideoReport {
    let picture = open.picture(stream.index);
    let known = picture.as_ref();
    let hints = ContainerHints { rotation: stream.rotation, aspect: stream.aspect };
    let aspect = if hints.aspect.0 > 0 { hints.aspect } else { known.map_or((0, 1), |g| g.aspect) };
    VideoReport {
        width: stream.width,
        height: stream.height,
        frame_rate: stream.guessed_rate.or(stream.average_rate),
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
