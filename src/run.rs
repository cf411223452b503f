//! The books of a run: tracks, counts, warnings, names in the recording, and what is told to the reporter.
//! It moves no data; `pipeline.rs` does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::config::{Config, RecordingConfig};
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Progress, Reporter, Summary, Tally, TrackSummary, Warning};
use crate::log::{Row, TrackSpec, entity_from_name};
use crate::redact::redact;
use crate::sample::{Sample, SampleCodec, StreamInfo};
use crate::sink::{Completed, Fan, RecordingSpec, random_id};

/// One video of a run.
pub(crate) struct Track {
    info: StreamInfo,
    codec: SampleCodec,
    /// "libx264 veryfast crf 23".
    encoding: String,
    entity: String,
    tally: Arc<Tally>,
    logged: u64,
    bytes: u64,
    time: i64,
    /// Wall clock of time 0, for live sources.
    epoch: Option<i64>,
    failure: Option<Error>,
    told: BTreeMap<Warning, u64>,
}

impl Track {
    pub fn new(info: StreamInfo, codec: SampleCodec, encoding: String) -> Self {
        Self {
            info,
            codec,
            encoding,
            entity: String::new(),
            tally: Arc::new(Tally::default()),
            logged: 0,
            bytes: 0,
            time: 0,
            epoch: None,
            failure: None,
            told: BTreeMap::new(),
        }
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

    /// By position in the file, since declared durations lie; by time where there is no file.
    fn fraction(&self) -> Option<f64> {
        let position = self.tally.position.load(Ordering::Relaxed);
        let by_bytes = self.info.bytes.filter(|&b| b > 0 && position > 0);
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
}

impl Run {
    pub fn new(mut tracks: Vec<Track>, config: &Config) -> Self {
        name_entities(&mut tracks, &config.recording);
        Self { tracks, began: Instant::now(), extra: BTreeMap::new() }
    }

    pub fn tally(&self, track: usize) -> Arc<Tally> {
        self.tracks[track].tally.clone()
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
            live: t.info.live,
            also_at: config.recording.also_at.clone(),
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

    /// What was read and how it was encoded. Never a credential.
    fn properties(&self, metadata: bool) -> Vec<(String, String, String)> {
        let mut all = Vec::new();
        for track in &self.tracks {
            let single = self.tracks.len() == 1;
            let group = |kind: &str| {
                if single {
                    kind.to_owned()
                } else {
                    format!("{kind} {}", track.entity.replace('\\', ""))
                }
            };
            let info = &track.info;
            let rate = info.frame_rate.map(|(num, den)| format!("{num}/{den}"));
            let seconds = info.duration.map(|d| format!("{:.3} s", d.as_secs_f64()));
            for (name, value) in [
                ("source", Some(info.source.clone())),
                ("container", Some(info.container.clone())),
                ("codec", Some(info.codec.clone())),
                ("pixel_format", Some(info.pixel_format.clone())),
                ("size", (info.width > 0).then(|| format!("{}x{}", info.width, info.height))),
                ("frame_rate", rate),
                ("duration", seconds),
                ("encoder", Some(track.encoding.clone())),
                ("vstream_version", Some(env!("CARGO_PKG_VERSION").to_owned())),
                ("ffmpeg_version", Some(crate::ffi::versions())),
            ] {
                if let Some(value) = value.filter(|v| !v.is_empty()) {
                    all.push((group("video"), name.to_owned(), redact(&value)));
                }
            }
            if metadata {
                for (key, value) in &info.metadata {
                    all.push((group("metadata"), key.clone(), redact(value)));
                }
            }
        }
        all
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
        for what in fan.describe() {
            reporter.event(&Event::Output { what });
        }
    }

    /// Enter a sample in the books and make it a row.
    pub fn count(&mut self, track: usize, mut sample: Sample) -> Row {
        let books = &mut self.tracks[track];
        if books.info.live {
            let epoch = books.epoch.get_or_insert_with(|| {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(now.as_nanos()).unwrap_or(i64::MAX) - sample.time
            });
            sample.capture_time = Some(*epoch + sample.time);
        }
        let row = Row::new(track, i64::try_from(books.logged).unwrap_or(i64::MAX), sample);
        books.logged += 1;
        books.bytes += row.bytes as u64;
        books.time = row.time;
        row
    }

    pub fn track_failed(&mut self, track: usize, error: Error, reporter: &mut dyn Reporter) {
        // With other tracks going on, it must be said now.
        if self.tracks.len() > 1 {
            let warning = Warning::Other(error.to_string());
            reporter.event(&Event::Warning { track: Some(track), warning: &warning });
        }
        self.tracks[track].failure.get_or_insert(error);
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
        let own = self.tracks.iter().find_map(|t| t.failure.clone());
        own.or_else(|| {
            let empty = self.tracks.iter().find(|t| t.logged == 0 && !cancelled)?;
            Some(no_picture(empty))
        })
    }
}

fn no_picture(track: &Track) -> Error {
    let damaged = track.tally.damaged.load(Ordering::Relaxed);
    let why = match damaged {
        0 => format!("{} in {}, and not one frame", track.info.codec, track.info.container),
        n => format!("{} in {}, {n} damaged packets", track.info.codec, track.info.container),
    };
    Error::new(ErrorKind::NoPicture, &track.info.source, why)
        .with_hint("check the file with `ffplay`, and --start if it was given")
}

/// A single video is at Rerun's usual path; several are named after their inputs, made unique.
fn name_entities(tracks: &mut [Track], config: &RecordingConfig) {
    if let ([only], None) = (&mut *tracks, &config.entity_prefix) {
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
