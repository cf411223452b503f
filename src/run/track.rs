//! One video of a run: what is known of it, how far it is, and why it came to nothing.
//! Its name in the recording is given in `names.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Remedy};
use crate::event::{Progress, Tally, Warning};
use crate::sample::{SampleCodec, StreamInfo};
use crate::source::pipe;

/// One video of a run.
pub(crate) struct Track {
    pub(crate) info: StreamInfo,
    pub(crate) codec: SampleCodec,
    /// "libx264 veryfast crf 23".
    pub(crate) encoding: String,
    pub(crate) entity: String,
    /// Names of the lines of notes beside the video, and then their entities.
    pub(crate) notes: Vec<String>,
    /// The times that are read, where it is not all of them.
    pub(crate) part: Option<std::ops::Range<Duration>>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) logged: u64,
    pub(crate) bytes: u64,
    pub(crate) time: i64,
    /// Wall clock of time 0, where a start time is given.
    pub(crate) epoch: Option<i64>,
    pub(crate) failure: Option<Error>,
    /// It has no end of its own: it is live, or repeated until the run is ended.
    pub(crate) endless: bool,
    /// Its last sample has come, and not because the run was cancelled.
    pub(crate) ended: bool,
    pub(crate) told: BTreeMap<Warning, u64>,
}

impl Track {
    pub fn new(
        info: StreamInfo,
        codec: SampleCodec,
        encoding: String,
        notes: Vec<String>,
        epoch: Option<i64>,
    ) -> Self {
        Self {
            notes,
            epoch,
            part: None,
            info,
            codec,
            encoding,
            entity: String::new(),
            tally: Arc::new(Tally::default()),
            logged: 0,
            bytes: 0,
            time: 0,
            failure: None,
            endless: false,
            ended: false,
            told: BTreeMap::new(),
        }
    }

    /// Only a part of the input is read.
    pub fn with_part(mut self, window: &std::ops::Range<i64>) -> Self {
        let time = |nanos: i64| Duration::from_nanos(u64::try_from(nanos).unwrap_or(0));
        let end = if window.end == i64::MAX { Duration::MAX } else { time(window.end) };
        if *window != (0..i64::MAX) {
            self.part = Some(time(window.start)..end);
        }
        self
    }

    /// It goes on until it is ended from outside.
    pub fn with_endless(self, endless: bool) -> Self {
        Self { endless, ..self }
    }

    /// Whether all that was asked for of it was logged. What has no end of its own is complete wherever it was ended.
    pub(crate) fn is_complete(&self) -> bool {
        let failed = self.failure.as_ref().is_some_and(|failure| {
            // A camera that is unplugged has ended.
            !(self.endless && failure.kind() == ErrorKind::Read)
        });
        self.logged > 0 && !failed && (self.endless || self.ended)
    }

    /// Enter something that the user should know.
    pub fn warn(&self, warning: Warning) {
        self.tally.warn(warning);
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
            elapsed,
            fraction: self.fraction(),
        }
    }

    /// By position in the file, since declared durations lie; by time where there is no file, or only a part is read.
    fn fraction(&self) -> Option<f64> {
        if let Some(part) = &self.part {
            // Before the first picture of the part, nothing of it is done.
            let done = Duration::from_nanos(u64::try_from(self.time).unwrap_or(0));
            let whole = self.info.duration.filter(|_| part.end == Duration::MAX);
            let length = whole.unwrap_or(part.end).checked_sub(part.start)?;
            let done = done.saturating_sub(part.start).as_secs_f64();
            return (!length.is_zero()).then(|| (done / length.as_secs_f64()).min(1.0));
        }
        let position = self.tally.position.load(Ordering::Relaxed);
        // A playlist is one small file, and the positions are those in its parts.
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

pub(crate) fn no_picture(track: &Track) -> Error {
    let info = &track.info;
    let what = format!("{} in {}", info.codec, info.container);
    let warnings = track.tally.warnings();
    let broke_off = warnings.keys().find_map(|warning| match warning {
        Warning::ReadError(cause) => Some(cause),
        _ => None,
    });
    let began = track.part.as_ref().map(|part| part.start).filter(|start| !start.is_zero());
    let piped = info.source == pipe::NAME && info.container.contains("mp4");
    let (why, remedy): (String, Remedy) =
        match (track.tally.damaged.load(Ordering::Relaxed), broke_off, began) {
            (0, Some(cause), _) => {
                (format!("{what}: {cause}"), "check the file or the pattern".into())
            }
            (0, None, Some(start)) => (
                format!("{what}, and no frame from {:.3} s on", start.as_secs_f64()),
                Remedy::StartEarlier,
            ),
            (0, ..) => {
                (format!("{what}, and not one frame"), "check the file with `ffplay`".into())
            }
            (n, ..) if piped => (format!("{what}, {n} damaged packets"), pipe::CANNOT_SEEK.into()),
            (n, ..) => {
                (format!("{what}, {n} damaged packets"), "check the file with `ffplay`".into())
            }
        };
    Error::new(ErrorKind::NoPicture, &info.source, why).with_remedy(remedy)
}
