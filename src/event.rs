//! What a run tells while it works: events, warnings, counts, and the switch that stops it.
//! It draws and prints nothing; that is the caller's.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::sample::StreamInfo;

/// Told to the caller's [`Reporter`] while a run goes on, always from the thread that called [`crate::run`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An input is open and it is decided what to do with it.
    Opened {
        /// Which track, from 0.
        track: usize,
        /// What was found.
        stream: &'a StreamInfo,
        /// The entity it is logged at.
        entity: &'a str,
        /// What is done with it, in a line.
        plan: &'a str,
    },
    /// An output is open.
    Output {
        /// What it is, in a few words: "writing out.rrd", "sending to 127.0.0.1:9876".
        what: &'a str,
    },
    /// Counts of one track, several times a second.
    Progress {
        /// Which track, from 0.
        track: usize,
        /// The counts so far.
        progress: &'a Progress,
    },
    /// Something went not quite right for the first time. How often is in the [`Summary`].
    Warning {
        /// Which track, where it is about one.
        track: Option<usize>,
        /// What it is.
        warning: &'a Warning,
    },
    /// The last sample of one track has come; others may go on.
    Ended {
        /// Which track, from 0.
        track: usize,
        /// Its final counts.
        progress: &'a Progress,
    },
    /// The input has ended and the outputs are being completed.
    Finishing,
    /// Everything is done and in its place.
    Finished(&'a Summary),
    /// The input has ended, and an output serves on until the run is cancelled.
    Serving,
}

/// Where a run's events go. Implement it to show progress in a program of your own.
pub trait Reporter {
    /// Take one event.
    fn event(&mut self, event: &Event<'_>);

    /// The switch that ends the run early, if the caller has one.
    fn cancel(&self) -> Cancel {
        Cancel::default()
    }
}

/// A reporter that says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn event(&mut self, _event: &Event<'_>) {}
}

/// A switch that ends a run early: what was read so far is encoded, logged and kept.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<Switch>);

#[derive(Debug, Default)]
struct Switch {
    pulled: AtomicBool,
    /// It pulls itself at this time.
    deadline: OnceLock<Instant>,
    /// The switch of everything around: that pulls this one, never the other way.
    parent: Option<Cancel>,
}

impl Cancel {
    /// A switch nobody has pulled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// End the run. May be called from any thread, and from a signal handler.
    pub fn cancel(&self) {
        self.0.pulled.store(true, Ordering::Release);
    }

    /// Whether the run is to end.
    pub fn is_cancelled(&self) -> bool {
        self.0.pulled.load(Ordering::Acquire)
            || self.0.deadline.get().is_some_and(|at| Instant::now() >= *at)
            || self.0.parent.as_ref().is_some_and(Self::is_cancelled)
    }

    /// A switch for one part of the run, which ends with the whole or by itself.
    pub(crate) fn child(&self) -> Self {
        Self(Arc::new(Switch { parent: Some(self.clone()), ..Switch::default() }))
    }

    /// End this part at `deadline`, also while it waits. The first deadline stays.
    pub(crate) fn cancel_at(&self, deadline: Instant) {
        let _ = self.0.deadline.set(deadline);
    }
}

/// Something that went not quite right and did not stop the run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// Packets that could not be decoded.
    DamagedPacket,
    /// Frames that were decoded with errors and are shown as they are.
    DamagedFrame,
    /// Subtitles that could not be decoded.
    DamagedSubtitle,
    /// The input broke off: reading failed before its end.
    ReadError(String),
    /// Frames with the time of the one before, moved by a nanosecond.
    DuplicateTime,
    /// Jumps back of the source's clock, after which times go on from the last.
    TimeJumpedBack,
    /// Changes of size, format or orientation in mid-stream, fitted into the first picture.
    PictureChanged(String),
    /// HDR shown without tone mapping, for want of the filter.
    NoToneMapping,
    /// The container asks for a picture shape that makes no sense.
    AspectIgnored(String),
    /// A stream is copied though it would look better encoded.
    Copied(String),
    /// Hardware was to decode, and software does.
    DecodedInSoftware(String),
    /// Pictures of a stream that was joined in mid-GOP, before its first keyframe.
    BeforeKeyframe,
    /// Live frames dropped because the machine could not keep up.
    Dropped,
    /// A live source broke off and is being tried again.
    BrokeOff(String),
    /// A live source is back after it broke off.
    Reconnected,
    /// An output failed and the others went on.
    OutputFailed(String),
    /// Anything else, in words.
    Other(String),
}

impl Warning {
    /// A word for scripts that will not change: `damaged_packet`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::DamagedPacket => "damaged_packet",
            Self::DamagedFrame => "damaged_frame",
            Self::DamagedSubtitle => "damaged_subtitle",
            Self::ReadError(_) => "read_error",
            Self::DuplicateTime => "duplicate_time",
            Self::TimeJumpedBack => "time_jumped_back",
            Self::PictureChanged(_) => "picture_changed",
            Self::NoToneMapping => "no_tone_mapping",
            Self::AspectIgnored(_) => "aspect_ignored",
            Self::Copied(_) => "copied",
            Self::BeforeKeyframe => "before_keyframe",
            Self::Dropped => "dropped",
            Self::BrokeOff(_) => "broke_off",
            Self::Reconnected => "reconnected",
            Self::OutputFailed(_) => "output_failed",
            Self::DecodedInSoftware(_) => "decoded_in_software",
            Self::Other(_) => "other",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DamagedPacket => f.write_str("damaged packets that could not be decoded"),
            Self::DamagedFrame => f.write_str("frames decoded with errors, kept as they are"),
            Self::DamagedSubtitle => f.write_str("subtitles that could not be decoded"),
            Self::ReadError(cause) => write!(f, "the input broke off: {cause}"),
            Self::DuplicateTime => f.write_str(
                "frames with the time of the one before, set a nanosecond later",
            ),
            Self::TimeJumpedBack => f.write_str(
                "jumps back of the input's clock; times go on from the last frame",
            ),
            Self::PictureChanged(what) => {
                write!(f, "the picture changed to {what}; fitted into the first one")
            }
            Self::NoToneMapping => f.write_str(
                "HDR shown without tone mapping: this FFmpeg has no zscale filter (build it with libzimg)",
            ),
            Self::AspectIgnored(aspect) => {
                write!(f, "pixel aspect {aspect} makes no sense and is ignored")
            }
            Self::Copied(why) => write!(f, "copied as it is, though {why}"),
            Self::DecodedInSoftware(why) => write!(f, "decoded in software: {why}"),
            Self::BeforeKeyframe => {
                f.write_str("pictures before the first keyframe, which nothing can decode")
            }
            Self::Dropped => f.write_str("frames dropped because encoding could not keep up"),
            Self::BrokeOff(cause) => write!(f, "the source broke off ({cause}); trying it again"),
            Self::Reconnected => f.write_str("the source is back; the gap stays on the timeline"),
            Self::OutputFailed(what) => f.write_str(what),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// Counts of one track, shared by its stages.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub read: AtomicU64,
    pub dropped: AtomicU64,
    pub damaged: AtomicU64,
    /// Position in the input's bytes, where it is a file.
    pub position: AtomicU64,
    warnings: Mutex<BTreeMap<Warning, u64>>,
}

impl Tally {
    pub fn add(counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Ordering::Relaxed);
    }

    /// Frames that were counted and then not wanted.
    pub fn take_back(counter: &AtomicU64, n: u64) {
        counter.fetch_sub(n, Ordering::Relaxed);
    }

    /// A live frame that nobody had time for, not even to decode it.
    pub fn drop_packet(&self) {
        Self::add(&self.read, 1);
        self.drop_frame();
    }

    /// A live frame that nobody had time for.
    pub fn drop_frame(&self) {
        Self::add(&self.dropped, 1);
        self.warn(Warning::Dropped);
    }

    pub fn warn(&self, warning: Warning) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        *warnings.entry(warning).or_default() += 1;
    }

    pub fn warnings(&self) -> BTreeMap<Warning, u64> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Counts of one track while it runs.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Frames decoded.
    pub read: u64,
    /// Frames in the recording.
    pub logged: u64,
    /// Frames dropped on purpose or because a live source outran the machine.
    pub dropped: u64,
    /// Packets and frames with errors.
    pub damaged: u64,
    /// Bytes of video in the recording.
    pub bytes: u64,
    /// Time of the last sample.
    pub time: Duration,
    /// Wall time since the run began.
    pub elapsed: Duration,
    /// How far the input is read, 0 to 1, where that can be known.
    pub fraction: Option<f64>,
}

/// What became of one track.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct TrackSummary {
    /// What was read.
    pub stream: StreamInfo,
    /// The entity it was logged at.
    pub entity: String,
    /// Final counts.
    pub progress: Progress,
    /// Each warning with how often it came.
    pub warnings: BTreeMap<Warning, u64>,
}

/// What a run did.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Summary {
    /// One entry a track.
    pub tracks: Vec<TrackSummary>,
    /// Where the recording went, in words.
    pub outputs: Vec<String>,
    /// Wall time of the whole run.
    pub elapsed: Duration,
    /// The run was ended early by its [`Cancel`].
    pub cancelled: bool,
}

impl Summary {
    /// The sum of a count over all tracks.
    pub fn total(&self, count: impl Fn(&Progress) -> u64) -> u64 {
        self.tracks.iter().map(|t| count(&t.progress)).sum()
    }

    /// Whether every frame of the input came through undamaged and nothing was cut short.
    pub fn is_clean(&self) -> bool {
        let harmless = |w: &Warning| {
            !matches!(w, Warning::DamagedPacket | Warning::DamagedFrame | Warning::ReadError(_))
        };
        self.tracks.iter().all(|t| t.progress.damaged == 0 && t.warnings.keys().all(harmless))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_with_the_whole_but_not_the_whole_with_a_part() {
        let whole = Cancel::new();
        let (one, other) = (whole.child(), whole.child());
        one.cancel();
        assert!(one.is_cancelled() && !whole.is_cancelled() && !other.is_cancelled());
        whole.cancel();
        assert!(other.is_cancelled());
    }

    #[test]
    fn a_deadline_ends_a_part() {
        let part = Cancel::new().child();
        part.cancel_at(Instant::now() + Duration::from_secs(3600));
        assert!(!part.is_cancelled());
        let part = Cancel::new().child();
        part.cancel_at(Instant::now());
        assert!(part.is_cancelled());
    }
}
