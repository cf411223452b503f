//! What a run would do, decided by the run's own code.
//! Plain data and the function that fills it; nothing is recorded.

use std::time::Duration;

use crate::audio::streams::AudioStream;
use crate::config::{Config, Size};
use crate::copy::copied::CopyFrom;
use crate::copy::examine::CopyCheck;
use crate::error::Result;
use crate::event::Warning;
use crate::picture::filters::ContainerHints;
use crate::picture::planner;
use crate::record::{CAPTURE_TIMELINE, TrackSpec};
use crate::run::layout;
use crate::run::open::open;
use crate::run::plan::Way;
use crate::run::planned::PlannedTrack;
use crate::run::relay::recordings;
use crate::sample::{SampleCodec, StreamInfo};
use crate::sink;
use crate::threads::Threads;
use crate::time::FrameRate;

/// What a run would do.
///
/// ```no_run
/// let plan = vstream::plan(&vstream::Config::new("input.mp4"))?;
/// println!("{}: {} videos", plan.recording, plan.tracks.len());
/// plan.outputs.iter().for_each(|output| println!("would {output}"));
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RunPlan {
    /// Name of the recording.
    pub recording: String,
    /// Rerun's application id.
    pub application_id: String,
    /// Every video, in the order of the inputs.
    pub tracks: Vec<TrackPlan>,
    /// A description of every output, in the order of `config.outputs`; if each video goes to its own file, of each of
    /// these files.
    pub outputs: Vec<String>,
    /// Warnings before the first frame that belong to no single track.
    pub warnings: Vec<String>,
}

/// What would be done with one video.
///
/// ```no_run
/// let plan = vstream::plan(&vstream::Config::new("input.mp4"))?;
/// for track in &plan.tracks {
///     println!("{} because it is {}, at {}", track.stream.source, track.why, track.entity);
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TrackPlan {
    /// What would be read.
    pub stream: StreamInfo,
    /// Why this stream of its input.
    pub why: String,
    /// The entity it would be logged at.
    pub entity: String,
    /// Further entities, for chapters and subtitles.
    pub notes: Vec<String>,
    /// Its sound.
    pub audio: Vec<AudioStreamPlan>,
    /// The timelines it would be logged on.
    pub timelines: Vec<String>,
    /// The codec of its samples; `None` for the sound of an input without video.
    pub codec: Option<SampleCodec>,
    /// Copied or encoded, and how.
    pub way: PlannedWay,
    /// The first time to show; 0 is the beginning of the input.
    pub start: Duration,
    /// The time to end before; `None` is the end of the input.
    pub end: Option<Duration>,
    /// Warnings before the first frame.
    pub warnings: Vec<Warning>,
}

/// What would be done with one stream of sound.
///
/// ```no_run
/// let plan = vstream::plan(&vstream::Config::new("input.mp4"))?;
/// for audio in plan.tracks.iter().flat_map(|track| &track.audio) {
///     println!("stream {} -> {}: {}", audio.index, audio.entity, audio.plan);
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AudioStreamPlan {
    /// Index of the stream in its container.
    pub index: usize,
    /// FFmpeg's name of its codec.
    pub codec: String,
    /// Copied or encoded, in a line: "aac copied".
    pub plan: String,
    /// The entity it would be logged at.
    pub entity: String,
}

/// What would be done with the packets of a video.
///
/// ```no_run
/// use vstream::PlannedWay;
///
/// let plan = vstream::plan(&vstream::Config::new("input.mp4"))?;
/// for track in &plan.tracks {
///     match &track.way {
///         PlannedWay::Copy { .. } => println!("copied"),
///         PlannedWay::Encode { encoder, filters, .. } => println!("{encoder} after {filters:?}"),
///         _ => {}
///     }
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PlannedWay {
    /// They are logged as they are.
    Copy {
        /// The keyframe that it begins with, if that is known and is not the first one.
        begin: Option<Duration>,
    },
    /// There are no pictures, only sound, which [`TrackPlan::audio`] describes.
    Sound,
    /// They are decoded, filtered and encoded.
    Encode {
        /// Encoder and settings in a line: "libx264 veryfast crf 23".
        encoder: String,
        /// Every option that the encoder is given, by FFmpeg's name.
        options: Vec<(String, String)>,
        /// Why it is not copied, where copying was an option.
        not_copied: Option<String>,
        /// FFmpeg's filters in their order, then the tone mapping of HDR, as far as the container describes the
        /// pictures; empty if they need none. A stream whose pictures turn out to be different gets other filters.
        filters: Vec<String>,
        /// Size of the pictures in the recording. `None` where it is known only after decoding.
        size: Option<Size>,
        /// Frames a second that the encoder is told to expect.
        frame_rate: FrameRate,
    },
}

/// Decide everything that [`run`](crate::run()) decides before its first frame, without doing it.
///
/// The inputs are opened, and where copying is an option their packets may be read. No output is opened: nothing is
/// created, started or connected to.
///
/// ```no_run
/// let plan = vstream::plan(&vstream::Config::new("input.mp4"))?;
/// for track in &plan.tracks {
///     println!("{} -> {}: {:?}", track.stream.source, track.entity, track.way);
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
///
/// # Errors
/// The errors that the run would fail with before its first frame, as far as they can be known without opening an
/// output.
pub fn plan(config: &Config) -> Result<RunPlan> {
    let cancel = &config.switch();
    sink::check_environment()?;
    sink::check_inputs(config)?;
    if let Some(kinds) = recordings(config)? {
        return super::recording::plan(config, &kinds, cancel);
    }
    let threads = Threads::new(cancel);
    let planned = open(config, &CopyCheck::Before, threads.spawner())?;
    let recording = layout::recording_spec(&planned, config);
    let openings = sink::openings(&config.outputs, &recording)?;
    let outputs = openings.iter().map(sink::foresee).collect::<Result<_>>()?;
    let audio = planned.inputs.iter().flat_map(|input| {
        let rest = input.tracks.len().saturating_sub(1);
        std::iter::once(&*input.audio.streams).chain(std::iter::repeat_n(&[][..], rest))
    });
    let tracks = planned.tracks().zip(recording.tracks).zip(audio);
    Ok(RunPlan {
        recording: recording.name,
        application_id: recording.application_id,
        tracks: tracks.map(|((track, spec), audio)| outline(track.clone(), spec, audio)).collect(),
        outputs,
        warnings: planned
            .absent
            .iter()
            .map(|error| format!("{error}; the others continue"))
            .collect(),
    })
}

fn outline(track: PlannedTrack, spec: TrackSpec, audio: &[AudioStream]) -> TrackPlan {
    let codec = track.codec();
    let PlannedTrack { taken, plan, video, picture, warnings, .. } = track;
    let time = |nanos: i64| Duration::from_nanos(u64::try_from(nanos).unwrap_or(0));
    let mut alone = None;
    let way = match plan.way {
        Way::Copy(copy_plan) => {
            let begin = match copy_plan.begin {
                CopyFrom::At(nanos) => Some(time(nanos)),
                CopyFrom::First | CopyFrom::Keyframe => None,
            };
            PlannedWay::Copy { begin }
        }
        Way::Sound(sound) => {
            alone = Some(sound.stream);
            PlannedWay::Sound
        }
        Way::Encode { encode, because } => {
            let hints = ContainerHints::of(&taken.stream);
            let (filters, size) = picture
                .map(|geometry| planner::preview(&geometry, hints, &video, encode.row.format))
                .unwrap_or_default();
            PlannedWay::Encode {
                encoder: encode.describe(),
                frame_rate: encode.frame_rate,
                options: encode.options,
                not_copied: because,
                filters,
                size,
            }
        }
    };
    let mut timelines = vec![spec.timeline.clone()];
    timelines.extend(codec.map(|_| "frame".to_owned()));
    timelines.extend(spec.captured.then(|| CAPTURE_TIMELINE.to_owned()));
    timelines.extend(spec.also_at.iter().map(|(name, _)| name.clone()));
    TrackPlan {
        why: taken.why,
        stream: taken.info,
        entity: spec.entity,
        notes: spec.notes.into_iter().map(|note| note.entity).collect(),
        audio: audio
            .iter()
            .chain(&alone)
            .zip(spec.audio)
            .map(|(stream, spec)| AudioStreamPlan {
                index: stream.index,
                codec: stream.codec.clone(),
                plan: stream.describe(),
                entity: spec.entity,
            })
            .collect(),
        timelines,
        codec,
        way,
        start: time(plan.window.start),
        end: (plan.window.end < i64::MAX).then(|| time(plan.window.end)),
        warnings,
    }
}
