//! The books of a run: its tracks, what the recording says of them, and what is told to the reporter.
//! It moves no data; `drive` does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::track::Track;
use crate::config::{Config, RecordingConfig};
use crate::error::Error;
use crate::event::{Event, Reporter, Summary, Tally, TrackSummary, Warning};
use crate::record::properties::{self, Property};
use crate::record::{Entry, NoteRow, TrackSpec};
use crate::sample::Sample;
use crate::sink::{Completed, Ending, Fan, RecordingSpec, random_id};
use crate::text::note::Note;

/// All tracks of a run and when it began.
pub(crate) struct Run {
    tracks: Vec<Track>,
    began: Instant,
    extra: BTreeMap<Warning, u64>,
    /// Live sources that were not there, while others were.
    absent: Vec<Error>,
    /// What the outputs are, in words, until it was told.
    untold: Option<Vec<String>>,
    /// What the user should know of the outputs.
    output_warnings: Vec<Warning>,
}

impl Run {
    pub fn new(mut tracks: Vec<Track>, absent: Vec<Error>, config: &Config) -> Self {
        super::names::name_entities(&mut tracks, config.inputs.len(), &config.recording);
        super::names::name_notes(&mut tracks, config.inputs.len());
        Self {
            tracks,
            began: Instant::now(),
            extra: BTreeMap::new(),
            absent,
            untold: None,
            output_warnings: Vec::new(),
        }
    }

    /// Tracks that have their places in the recording already.
    pub fn named(tracks: Vec<Track>) -> Self {
        let (began, extra) = (Instant::now(), BTreeMap::new());
        let (absent, untold, output_warnings) = (Vec::new(), None, Vec::new());
        Self { tracks, began, extra, absent, untold, output_warnings }
    }

    /// Have these outputs announced with the inputs.
    pub fn will_tell(&mut self, fan: &Fan) {
        self.untold = Some(fan.describe().map(str::to_owned).collect());
        self.output_warnings = fan.warnings().cloned().collect();
    }

    /// Instead of an earlier one, whose time counts.
    pub fn instead_of(self, earlier: Option<&Self>) -> Self {
        Self { began: earlier.map_or(self.began, |earlier| earlier.began), ..self }
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
            also_at: config.recording.import.also_at.clone(),
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
            properties: self.properties(&config.recording),
            tracks: self.track_specs(config),
            live: self.is_live(),
            guest: config.recording.import.into_open,
            relay: false,
        }
    }

    /// What outputs have to know of a recording that goes through.
    pub fn relay_spec(&self, config: &Config) -> RecordingSpec {
        RecordingSpec {
            properties: Vec::new(),
            tracks: Vec::new(),
            guest: true,
            relay: true,
            ..self.recording_spec(config)
        }
    }

    fn properties(&self, config: &RecordingConfig) -> Vec<Property> {
        let several = self.tracks.len() > 1;
        let of = |t: &Track| several.then(|| t.entity.replace('\\', ""));
        let all = |t: &Track| {
            properties::of_video(&t.info, &t.encoding, config.metadata, of(t).as_deref())
        };
        self.tracks.iter().flat_map(all).chain(properties::of_caller(&config.properties)).collect()
    }

    /// Tell what was opened and what is done with it, unless that was told.
    pub fn announce(&mut self, reporter: &mut dyn Reporter) {
        let Some(outputs) = self.untold.take() else {
            return;
        };
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
        for what in &outputs {
            reporter.event(&Event::Output { what });
        }
        for warning in std::mem::take(&mut self.output_warnings) {
            reporter.event(&Event::Warning { track: None, warning: &warning });
            *self.extra.entry(warning).or_default() += 1;
        }
    }

    /// All of it is taken back.
    pub fn take_back(&self, why: &str, reporter: &mut dyn Reporter) {
        // What was not told need not be taken back.
        if self.untold.is_none() {
            reporter.event(&Event::Restarted { why });
        }
    }

    /// A note as a row.
    pub fn note(&self, track: usize, note: Note) -> Entry {
        let capture_time = self.tracks[track].epoch.map(|epoch| epoch.saturating_add(note.time));
        Entry::Note(NoteRow { track, capture_time, note })
    }

    /// Count a sample, and give it its capture time where the input begins at a given one.
    pub fn count(&mut self, track: usize, mut sample: Sample) -> Sample {
        let books = &mut self.tracks[track];
        if let Some(epoch) = books.epoch {
            sample.capture_time = Some(epoch.saturating_add(sample.time));
        }
        books.logged += 1;
        books.bytes += sample.data.len() as u64;
        books.time = sample.time;
        sample
    }

    /// Enter samples in the books that are rows already.
    pub fn enter(&mut self, track: usize, samples: u64, bytes: u64, time: i64) {
        let books = &mut self.tracks[track];
        books.logged += samples;
        books.bytes += bytes;
        books.time = books.time.max(time);
    }

    pub fn track_failed(&mut self, track: usize, error: Error, reporter: &mut dyn Reporter) {
        // With other tracks going on, it must be said now.
        if self.tracks.len() > 1 {
            self.announce(reporter);
            let warning = Warning::Other(error.to_string());
            reporter.event(&Event::Warning { track: Some(track), warning: &warning });
        }
        self.tracks[track].failure.get_or_insert(error);
    }

    /// The last sample of a track has come; `cancelled`: since the run is to end.
    pub fn ended(&mut self, track: usize, cancelled: bool, reporter: &mut dyn Reporter) {
        self.announce(reporter);
        self.tracks[track].ended = !cancelled;
        let progress = self.tracks[track].progress(self.began.elapsed());
        reporter.event(&Event::Ended { track, progress: &progress });
    }

    /// Samples of a track that an output is too slow to get.
    pub fn lost(&self, (track, samples, output): (usize, u64, &str)) {
        let tally = &self.tracks[track].tally;
        Tally::add(&tally.lost, samples);
        tally.warn_times(Warning::OutputTooSlow(output.to_owned()), samples);
    }

    pub fn output_failed(&mut self, error: &Error, last: bool, reporter: &mut dyn Reporter) {
        if !last {
            self.announce(reporter);
            let warning = Warning::OutputFailed(format!("{error}; the other outputs go on"));
            reporter.event(&Event::Warning { track: None, warning: &warning });
            *self.extra.entry(warning).or_default() += 1;
        }
    }

    /// Progress, and warnings that came for the first time.
    pub fn tell(&mut self, reporter: &mut dyn Reporter) {
        self.announce(reporter);
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

    /// How much of what was asked for was logged.
    pub fn ending(&self) -> Ending {
        if self.logged() == 0 {
            Ending::Discarded
        } else if self.absent.is_empty() && self.tracks.iter().all(Track::is_complete) {
            Ending::Complete
        } else {
            Ending::Partial
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
            complete: self.ending() == Ending::Complete,
        }
    }

    /// Why the run failed, if a track did: its own error, or that it had no picture.
    pub fn failure(&self, cancelled: bool) -> Option<Error> {
        let mut failures = self.tracks.iter().filter_map(|t| t.failure.as_ref());
        let own = failures.next().or(self.absent.first()).cloned();
        own.or_else(|| {
            let empty = self.tracks.iter().find(|t| t.logged == 0 && !cancelled)?;
            Some(super::track::no_picture(empty))
        })
    }
}
