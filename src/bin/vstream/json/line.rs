//! The JSON lines of a run: the library's events as plain data with stable names.
//! Keep it in step with `schema.json`; a test compares them.

use serde::Serialize;
use vstream::{FrameRate, Progress, StreamInfo, Summary, Warning};

use super::inspect::{Device, Encoder, Input, Plan};

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Line<'a> {
    Opened(Opened<'a>),
    Restarted {
        why: &'a str,
    },
    Output {
        what: &'a str,
    },
    Progress {
        track: usize,
        #[serde(flatten)]
        counts: Counts,
    },
    Warning {
        track: Option<usize>,
        kind: &'static str,
        message: String,
    },
    Ended {
        track: usize,
        #[serde(flatten)]
        counts: Counts,
    },
    Finished {
        tracks: Vec<Track<'a>>,
        outputs: &'a [String],
        elapsed: f64,
        cancelled: bool,
        complete: bool,
    },
    Serving,
    Error {
        kind: &'static str,
        subject: Option<&'a str>,
        cause: Option<&'a str>,
        message: &'a str,
        hint: Option<&'a str>,
    },
    Exit {
        status: u8,
    },
    Input(Input<'a>),
    Plan(Plan<'a>),
    Device(Device<'a>),
    Encoder(Encoder<'a>),
}

#[derive(Serialize)]
pub struct Opened<'a> {
    track: usize,
    entity: &'a str,
    plan: &'a str,
    #[serde(flatten)]
    stream: Stream<'a>,
}

/// The properties of an input's stream that a run reports.
#[derive(Serialize)]
pub struct Stream<'a> {
    source: &'a str,
    name: &'a str,
    container: &'a str,
    stream: usize,
    codec: &'a str,
    width: u32,
    height: u32,
    pixel_format: &'a str,
    frame_rate: Option<String>,
    duration: Option<f64>,
    live: bool,
    sound_only: bool,
}

impl<'a> From<&'a StreamInfo> for Stream<'a> {
    fn from(info: &'a StreamInfo) -> Self {
        Self {
            source: &info.source,
            name: &info.name,
            container: &info.container,
            stream: info.index,
            codec: &info.codec,
            width: info.width,
            height: info.height,
            pixel_format: &info.pixel_format,
            frame_rate: info.frame_rate.map(rate),
            duration: info.duration.map(|d| d.as_secs_f64()),
            live: info.live,
            sound_only: info.sound_only,
        }
    }
}

#[derive(Serialize)]
pub struct Counts {
    read: u64,
    logged: u64,
    dropped: u64,
    damaged: u64,
    lost: u64,
    bytes: u64,
    sound: f64,
    time: f64,
    elapsed: f64,
    fraction: Option<f64>,
}

impl Counts {
    pub fn of(progress: &Progress) -> Self {
        Self {
            read: progress.read,
            logged: progress.logged,
            dropped: progress.dropped,
            damaged: progress.damaged,
            lost: progress.lost,
            bytes: progress.bytes,
            sound: progress.sound.as_secs_f64(),
            time: progress.time.as_secs_f64(),
            elapsed: progress.elapsed.as_secs_f64(),
            fraction: progress.fraction,
        }
    }
}

/// The result of one video.
#[derive(Serialize)]
pub struct Track<'a> {
    source: &'a str,
    entity: &'a str,
    #[serde(flatten)]
    counts: Counts,
    warnings: Vec<Counted>,
}

#[derive(Serialize)]
struct Counted {
    kind: &'static str,
    message: String,
    count: u64,
}

impl<'a> Line<'a> {
    pub fn opened(track: usize, stream: &'a StreamInfo, entity: &'a str, plan: &'a str) -> Self {
        Self::Opened(Opened { track, entity, plan, stream: stream.into() })
    }

    pub fn warning(track: Option<usize>, warning: &Warning) -> Self {
        Self::Warning { track, kind: warning.name(), message: warning.to_string() }
    }

    pub fn finished(summary: &'a Summary) -> Self {
        let counted = |(warning, count): (&Warning, &u64)| Counted {
            kind: warning.name(),
            message: warning.to_string(),
            count: *count,
        };
        let tracks = summary.tracks.iter().map(|track| Track {
            source: &track.stream.source,
            entity: &track.entity,
            counts: Counts::of(&track.progress),
            warnings: track.warnings.iter().map(counted).collect(),
        });
        Self::Finished {
            tracks: tracks.collect(),
            outputs: &summary.outputs,
            elapsed: summary.elapsed.as_secs_f64(),
            cancelled: summary.cancelled,
            complete: summary.complete,
        }
    }
}

/// `30000/1001`, `30/1`.
pub fn rate(rate: FrameRate) -> String {
    format!("{}/{}", rate.numerator(), rate.denominator())
}
