//! The state of one video of a run: what it is, its progress, and why it failed.
//! The state of a whole run is in `accounts`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::planned::{PlannedInput, PlannedTrack};
use crate::error::{Error, ErrorKind};
use crate::event::{Progress, Tally, Warning};
use crate::record::TrackSpec;
use crate::sample::StreamInfo;

/// The state of one video.
pub(crate) struct TrackAccount {
    pub(crate) info: StreamInfo,
    /// Its plan in one line: "libx264 veryfast crf 23".
    pub(crate) plan: String,
    pub(crate) entity: String,
    pub(crate) tally: Arc<Tally>,
    pub(crate) logged: u64,
    pub(crate) bytes: u64,
    pub(crate) time: i64,
    /// Sound that was logged, in nanoseconds, over all its streams.
    pub(crate) sound: i64,
    /// Wall-clock time of time 0, if a start time is configured.
    pub(crate) epoch: Option<i64>,
    pub(crate) failure: Option<Error>,
    /// It has no end of its own: it is live, or repeated until the run is cancelled.
    endless: bool,
    /// It has ended, and not because the run was cancelled.
    pub(crate) ended: bool,
    /// Warnings already reported, with their counts at that time.
    pub(crate) reported: BTreeMap<Warning, u64>,
    /// The range of times that is read, in nanoseconds.
    pub(crate) part: Range<i64>,
    /// Filters of the user's choose among its pictures.
    pub(crate) filtered: bool,
}

impl TrackAccount {
    /// The state of a video recorded at `entity`; `plan` describes its processing in one line.
    pub fn new(info: StreamInfo, plan: String, entity: String) -> Self {
        Self {
            info,
            plan,
            entity,
            tally: Arc::new(Tally::default()),
            logged: 0,
            bytes: 0,
            time: 0,
            sound: 0,
            epoch: None,
            failure: None,
            endless: false,
            ended: false,
            reported: BTreeMap::new(),
            part: 0..i64::MAX,
            filtered: false,
        }
    }

    pub fn of_planned(input: &PlannedInput, track: &PlannedTrack, spec: &TrackSpec) -> Self {
        let account = Self::new(track.info().clone(), track.plan.describe(), spec.entity.clone());
        track.warnings.iter().for_each(|warning| account.tally.warn(warning.clone()));
        let window = input.config.window().unwrap_or_else(|_| track.plan.window.clone());
        let part = window.start + input.begin..window.end.saturating_add(input.begin);
        let filtered = track.video.filter.is_some() || track.video.frame_rate.is_some();
        Self { epoch: track.epoch, endless: input.is_endless(), part, filtered, ..account }
    }

    /// Something of it was logged: pictures, or sound if it has none.
    pub fn is_begun(&self) -> bool {
        self.logged > 0 || self.info.sound_only && self.sound > 0
    }

    /// Whether everything requested was logged. A track without an end of its own is complete wherever it was stopped.
    pub fn is_complete(&self) -> bool {
        let failed = self.failure.as_ref().is_some_and(|failure| {
            // A camera that is unplugged has ended early.
            !(self.endless && failure.kind() == ErrorKind::Read)
        });
        self.is_begun() && !failed && (self.endless || self.ended)
    }

    /// Something of the input is damaged or not recorded.
    pub fn has_losses(&self) -> bool {
        self.tally.damaged.load(Ordering::Relaxed) > 0
            || self.tally.warnings().keys().any(Warning::is_loss)
    }

    pub(crate) fn progress(&self, elapsed: Duration) -> Progress {
        let load = |n: &std::sync::atomic::AtomicU64| n.load(Ordering::Relaxed);
        Progress {
            read: load(&self.tally.read),
            logged: self.logged,
            dropped: load(&self.tally.dropped),
            damaged: load(&self.tally.damaged),
            lost: load(&self.tally.lost),
            bytes: self.bytes,
            time: Duration::from_nanos(u64::try_from(self.time).unwrap_or(0)),
            sound: Duration::from_nanos(self.sound.unsigned_abs()),
            elapsed,
            fraction: self.fraction(),
        }
    }

    /// By file position, since declared durations may be wrong; by time if there is no file or only a part is read.
    fn fraction(&self) -> Option<f64> {
        if let Some(part) = part(&self.part) {
            // Before the first frame of the part, nothing is done yet.
            let done = Duration::from_nanos(u64::try_from(self.time).unwrap_or(0));
            let whole = self.info.duration.filter(|_| part.end == Duration::MAX);
            let length = whole.unwrap_or(part.end).checked_sub(part.start)?;
            let done = done.saturating_sub(part.start).as_secs_f64();
            return (!length.is_zero()).then(|| (done / length.as_secs_f64()).min(1.0));
        }
        let position = self.tally.position.load(Ordering::Relaxed);
        // A playlist is a small file; the positions reported are those in its segments.
        let by_bytes = self.info.bytes.filter(|&b| b >= position && position > 0);
        let fraction = match (by_bytes, self.info.duration) {
            (Some(bytes), _) => position as f64 / bytes as f64,
            (None, Some(length)) if !length.is_zero() && !self.info.live => {
                self.time as f64 / 1e9 / length.as_secs_f64()
            }
            _ => return None,
        };
        Some(fraction.clamp(0.0, 1.0))
    }
}

/// The part of an input that a window selects, if not all of it.
fn part(window: &Range<i64>) -> Option<Range<Duration>> {
    let time = |nanos: i64| Duration::from_nanos(u64::try_from(nanos).unwrap_or(0));
    let end = if window.end == i64::MAX { Duration::MAX } else { time(window.end) };
    (*window != (0..i64::MAX)).then(|| time(window.start)..end)
}
