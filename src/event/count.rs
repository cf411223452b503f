//! Counts of frames and warnings, during a run and at its end.
//! The stages count; `run` reads the counts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Warning;
use crate::sample::StreamInfo;

/// Counts of one track, shared by its stages.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub read: AtomicU64,
    pub dropped: AtomicU64,
    pub damaged: AtomicU64,
    pub lost: AtomicU64,
    /// Packets whose frames are decoded but not shown, because an edit list hides them.
    pub hidden: AtomicU64,
    /// Position in the input's bytes, where it is a file.
    pub position: AtomicU64,
    warnings: Mutex<BTreeMap<Warning, u64>>,
}

impl Tally {
    pub fn add(counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Ordering::Relaxed);
    }

    /// Frames that were counted as decoded and then discarded.
    pub fn take_back(counter: &AtomicU64, n: u64) {
        counter.fetch_sub(n, Ordering::Relaxed);
    }

    /// A live frame that was dropped before it was decoded, because the machine is too slow.
    pub fn drop_packet(&self) {
        Self::add(&self.read, 1);
        self.drop_frame();
    }

    /// A live frame that was dropped because the machine is too slow.
    pub fn drop_frame(&self) {
        Self::add(&self.dropped, 1);
        self.warn(Warning::Dropped);
    }

    pub fn warn(&self, warning: Warning) {
        self.warn_times(warning, 1);
    }

    pub fn warn_times(&self, warning: Warning, n: u64) {
        if n > 0 {
            let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
            *warnings.entry(warning).or_default() += n;
        }
    }

    pub fn warnings(&self) -> BTreeMap<Warning, u64> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Counts of one track while it runs.
///
/// ```
/// use vstream::Progress;
///
/// fn line(progress: &Progress) -> String {
///     let speed = progress.time.as_secs_f64() / progress.elapsed.as_secs_f64();
///     format!("{} frames, {speed:.1} times as fast as it plays", progress.logged)
/// }
/// ```
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
    /// Frames that a slow output of a live source did not get, over all outputs. Other outputs have them.
    pub lost: u64,
    /// Bytes of video and sound in the recording.
    pub bytes: u64,
    /// Sound of the input in the recording, over all its streams.
    pub sound: Duration,
    /// Timestamp of the last sample.
    pub time: Duration,
    /// Wall time since the run began.
    pub elapsed: Duration,
    /// How much of the input was read, 0 to 1, if known.
    pub fraction: Option<f64>,
}

/// The result of one track.
///
/// ```
/// use vstream::TrackSummary;
///
/// fn complaints(track: &TrackSummary) -> Vec<String> {
///     track.warnings.iter().map(|(warning, times)| format!("{times} × {warning}")).collect()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct TrackSummary {
    /// The stream that was read.
    pub stream: StreamInfo,
    /// The entity path it was logged at.
    pub entity: String,
    /// Final counts.
    pub progress: Progress,
    /// Each warning, with how often it occurred.
    pub warnings: BTreeMap<Warning, u64>,
}

/// The result of a run.
///
/// ```no_run
/// use vstream::{Config, OutputConfig, Silent};
///
/// let config = Config::new("front.mp4")
///     .with_input("rear.mp4")
///     .with_output(OutputConfig::save("drive.rrd"));
/// let summary = vstream::run(&config, &mut Silent)?;
/// for track in &summary.tracks {
///     println!("{}: {} frames at {}", track.stream.name, track.progress.logged, track.entity);
/// }
/// if !summary.is_clean() {
///     println!("{} damaged", summary.total(|counts| counts.damaged));
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Summary {
    /// One entry per track.
    pub tracks: Vec<TrackSummary>,
    /// A description of each output.
    pub outputs: Vec<String>,
    /// Wall time of the whole run.
    pub elapsed: Duration,
    /// The run was ended early with its [`Cancel`](crate::Cancel).
    pub cancelled: bool,
    /// The recording has everything that was requested: no input failed and none broke off early, and with
    /// [`Config::strict`](crate::Config::strict) nothing was damaged or left out. A live source has no
    /// end of its own, so it is complete wherever it was stopped. The file of an incomplete recording is named
    /// `out.partial.rrd` instead of `out.rrd`.
    pub complete: bool,
}

impl Summary {
    /// The sum of a count over all tracks.
    pub fn total(&self, count: impl Fn(&Progress) -> u64) -> u64 {
        self.tracks.iter().map(|t| count(&t.progress)).sum()
    }

    /// Whether everything in the input is in the recording, with nothing damaged.
    pub fn is_clean(&self) -> bool {
        let whole =
            |t: &TrackSummary| t.progress.damaged == 0 && !t.warnings.keys().any(Warning::is_loss);
        self.tracks.iter().all(whole)
    }
}
