//! The books of a run: tracks, counts, warnings, names in the recording, and what is told to the reporter.
//! It moves no data; `pipeline` does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::config::{Config, RecordingConfig};
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Progress, Reporter, Summary, Tally, TrackSummary, Warning};
use crate::log::{Entry, Row, TrackSpec, entity_from_name};
use crate::note::Note;
use crate::note_log::NoteRow;
use crate::properties::{self, Property};
use crate::sample::{Sample, SampleCodec, StreamInfo};
use crate::sink::{Completed, Fan, RecordingSpec, random_id};
use crate::source::pipe;

/// One video of a run.
pub(crate) struct Track {
    info: StreamInfo,
    codec: SampleCodec,
    /// "libx264 veryfast crf 23".
    encoding: String,
    entity: String,
    /// Names of the lines of notes beside the video, and then their entities.
    notes: Vec<String>,
    /// The times that are read, where it is not all of them.
    part: Option<std::ops::Range<Duration>>,
    tally: Arc<Tally>,
    logged: u64,
    bytes: u64,
    time: i64,
    /// Wall clock of time 0, where a start time is given.
    epoch: Option<i64>,
    failure: Option<Error>,
    told: BTreeMap<Warning, u64>,
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

    /// Enter something that the user should know.
    pub fn warn(&self, warning: Warning) {
        self.tally.warn(warning);
    }

    fn progress(&self, elapsed: Duration) -> Progress {
        let load = |n: &std::sync::atomic::AtomicU64| n.load(Ordering::Relaxed);
        Progress {
            read: load(&self.tally.read),
            logged: self.logged,
            dropped: load(&self.tally.dropped),
            damaged: load(&self.tally.damaged),
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

/// All tracks of a run and when it began.
pub(crate) struct Run {
    tracks: Vec<Track>,
    began: Instant,
    extra: BTreeMap<Warning, u64>,
    /// Live sources that were not there, while others were.
    absent: Vec<Error>,
}

impl Run {
    pub fn new(mut tracks: Vec<Track>, absent: Vec<Error>, config: &Config) -> Self {
        name_entities(&mut tracks, config.inputs.len(), &config.recording);
        name_notes(&mut tracks, config.inputs.len());
        Self { tracks, began: Instant::now(), extra: BTreeMap::new(), absent }
    }

    pub fn tally(&self, track: usize) -> Arc<Tally> {
        self.tracks[track].tally.clone()
    }

    /// Live sources that are not there, while others are.
    pub fn absent(&self) -> &[Error] {
        &self.absent
    }

    pub fn is_live(&self) -> bool {
        self.tracks.iter().any(|t| t.info.live)
    }

    pub fn logged(&self) -> u64 {
        self.tracks.iter().map(|t| t.logged).sum()
    }

    pub fn track_specs(&self, config: &Config) -> Vec<TrackSpec> {
        let spec = |t: &Track| TrackSpec {
            entity: t.entity.clone(),
            title: match self.tracks.as_slice() {
                [one] => one.info.name.clone(),
                _ => t.entity.replace('\\', ""),
            },
            timeline: config.recording.timeline.clone(),
            codec: t.codec,
            captured: t.info.live || t.epoch.is_some(),
            also_at: config.recording.also_at.clone(),
            notes: t.notes.clone(),
        };
        self.tracks.iter().map(spec).collect()
    }

    pub fn recording_spec(&self, config: &Config) -> RecordingSpec {
        let name = match (config.recording.name.clone(), self.tracks.as_slice()) {
            (Some(name), _) => name,
            (None, []) => "vstream".into(),
            (None, [one]) => one.info.name.clone(),
            (None, [first, rest @ ..]) => format!("{} and {} more", first.info.name, rest.len()),
        };
        RecordingSpec {
            application_id: config.recording.application_id.clone(),
            recording_id: config.recording.recording_id.clone().unwrap_or_else(random_id),
            name,
            properties: self.properties(config.recording.metadata),
            tracks: self.track_specs(config),
            live: self.is_live(),
            guest: config.recording.guest,
        }
    }

    fn properties(&self, metadata: bool) -> Vec<Property> {
        let several = self.tracks.len() > 1;
        let of = |t: &Track| several.then(|| t.entity.replace('\\', ""));
        let all =
            |t: &Track| properties::of_video(&t.info, &t.encoding, metadata, of(t).as_deref());
        self.tracks.iter().flat_map(all).collect()
    }

    pub fn announce(&self, fan: &Fan, reporter: &mut dyn Reporter) {
        for (index, track) in self.tracks.iter().enumerate() {
            reporter.event(&Event::Opened {
                track: index,
                stream: &track.info,
                entity: &track.entity,
                plan: &track.encoding,
            });
        }
        for error in &self.absent {
            let warning = Warning::Other(format!("{error}; the others go on"));
            reporter.event(&Event::Warning { track: None, warning: &warning });
        }
        for what in fan.describe() {
            reporter.event(&Event::Output { what });
        }
    }

    /// A note as a row.
    pub fn note(&self, track: usize, note: Note) -> Entry {
        let capture_time = self.tracks[track].epoch.map(|epoch| epoch.saturating_add(note.time));
        Entry::Note(NoteRow { track, capture_time, note })
    }

    /// Enter a sample in the books and make it a row.
    pub fn count(&mut self, track: usize, mut sample: Sample) -> Entry {
        let books = &mut self.tracks[track];
        if let Some(epoch) = books.epoch {
            sample.capture_time = Some(epoch.saturating_add(sample.time));
        }
        let row = Row::new(track, i64::try_from(books.logged).unwrap_or(i64::MAX), sample);
        books.logged += 1;
        books.bytes += row.bytes as u64;
        books.time = row.time;
        Entry::Sample(row)
    }

    pub fn track_failed(&mut self, track: usize, error: Error, reporter: &mut dyn Reporter) {
        // With other tracks going on, it must be said now.
        if self.tracks.len() > 1 {
            let warning = Warning::Other(error.to_string());
            reporter.event(&Event::Warning { track: Some(track), warning: &warning });
        }
        self.tracks[track].failure.get_or_insert(error);
    }

    /// The last sample of a track has come.
    pub fn ended(&self, track: usize, reporter: &mut dyn Reporter) {
        let progress = self.tracks[track].progress(self.began.elapsed());
        reporter.event(&Event::Ended { track, progress: &progress });
    }

    pub fn output_failed(&mut self, error: &Error, last: bool, reporter: &mut dyn Reporter) {
        if !last {
            let warning = Warning::OutputFailed(format!("{error}; the other outputs go on"));
            reporter.event(&Event::Warning { track: None, warning: &warning });
            *self.extra.entry(warning).or_default() += 1;
        }
    }

    /// Progress, and warnings that came for the first time.
    pub fn tell(&mut self, reporter: &mut dyn Reporter) {
        let elapsed = self.began.elapsed();
        for (index, track) in self.tracks.iter_mut().enumerate() {
            let now = track.tally.warnings();
            for warning in now.keys().filter(|w| !track.told.contains_key(w)) {
                reporter.event(&Event::Warning { track: Some(index), warning });
            }
            track.told = now;
            let progress = track.progress(elapsed);
            reporter.event(&Event::Progress { track: index, progress: &progress });
        }
    }

    pub fn summary(&self, completed: &[Completed], cancelled: bool) -> Summary {
        let elapsed = self.began.elapsed();
        let tracks = self.tracks.iter().map(|track| TrackSummary {
            stream: track.info.clone(),
            entity: track.entity.clone(),
            progress: track.progress(elapsed),
            warnings: track.tally.warnings(),
        });
        Summary {
            tracks: tracks.collect(),
            outputs: completed.iter().map(|c| c.what.clone()).collect(),
            elapsed,
            cancelled,
        }
    }

    /// Why the run failed, if a track did: its own error, or that it had no picture.
    pub fn failure(&self, cancelled: bool) -> Option<Error> {
        let mut failures = self.tracks.iter().filter_map(|t| t.failure.as_ref());
        let own = failures.next().or(self.absent.first()).cloned();
        own.or_else(|| {
            let empty = self.tracks.iter().find(|t| t.logged == 0 && !cancelled)?;
            Some(no_picture(empty))
        })
    }
}

fn no_picture(track: &Track) -> Error {
    let info = &track.info;
    let what = format!("{} in {}", info.codec, info.container);
    let warnings = track.tally.warnings();
    let broke_off = warnings.keys().find_map(|warning| match warning {
        Warning::ReadError(cause) => Some(cause),
        _ => None,
    });
    let began = track.part.as_ref().map(|part| part.start).filter(|start| !start.is_zero());
    let piped = info.source == pipe::NAME && info.container.contains("mp4");
    let (why, hint) = match (track.tally.damaged.load(Ordering::Relaxed), broke_off, began) {
        (0, Some(cause), _) => (format!("{what}: {cause}"), "check the file or the pattern"),
        (0, None, Some(start)) => (
            format!("{what}, and no frame from {:.3} s on", start.as_secs_f64()),
            "give an earlier --start",
        ),
        (0, ..) => (format!("{what}, and not one frame"), "check the file with `ffplay`"),
        (n, ..) if piped => (format!("{what}, {n} damaged packets"), pipe::CANNOT_SEEK),
        (n, ..) => (format!("{what}, {n} damaged packets"), "check the file with `ffplay`"),
    };
    Error::new(ErrorKind::NoPicture, &info.source, why).with_hint(hint)
}

/// A single video is at Rerun's usual path; several are named after their inputs, made unique.
fn name_entities(tracks: &mut [Track], inputs: usize, config: &RecordingConfig) {
    if let ([only], 1, None) = (&mut *tracks, inputs, &config.entity_prefix) {
        only.entity = config.entity.clone().unwrap_or_else(|| "video_stream".to_owned());
        return;
    }
    let prefix = config.entity_prefix.as_deref().or(config.entity.as_deref()).unwrap_or_default();
    let prefix = prefix.trim_matches('/');
    let mut taken: Vec<String> = Vec::new();
    let names: Vec<String> = tracks.iter().map(|t| t.info.name.clone()).collect();
    for track in tracks {
        let shared = names.iter().filter(|n| **n == track.info.name).count() > 1;
        let base = if shared {
            format!("{} {}", track.info.name, track.info.index)
        } else {
            track.info.name.clone()
        };
        let unique = (1..)
            .map(|n| if n == 1 { base.clone() } else { format!("{base} ({n})") })
            .find(|name| !taken.contains(name))
            .unwrap_or(base);
        taken.push(unique.clone());
        let entity = entity_from_name(&unique);
        track.entity = if prefix.is_empty() { entity } else { format!("{prefix}/{entity}") };
    }
}

/// Notes lie beside a single video, and below each of several.
fn name_notes(tracks: &mut [Track], inputs: usize) {
    let single = tracks.len() == 1 && inputs <= 1;
    for track in tracks {
        let entity = track.entity.trim_matches('/');
        let place =
            if single { entity.rsplit_once('/').map(|(parent, _)| parent) } else { Some(entity) };
        let path = |name: &String| {
            let parts: Vec<String> = name.split('/').map(entity_from_name).collect();
            let name = parts.join("/");
            place.map_or_else(|| name.clone(), |place| format!("{place}/{name}"))
        };
        track.notes = track.notes.iter().map(path).collect();
    }
}
