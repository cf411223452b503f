//! The state of a run's tracks: what was logged, what was reported, and whether the run failed.
//! It moves no data; `drive` does.

use std::sync::Arc;
use std::time::Instant;

use super::nothing_logged::nothing_logged;
use super::planned::PlannedInputs;
use super::track_account::TrackAccount;
use crate::audio::clip::AudioClip;
use crate::audio::packet::AudioPacket;
use crate::error::Error;
use crate::event::{Event, Reporter, Summary, Tally, TrackSummary, Warning};
use crate::record::TrackSpec;
use crate::sample::Sample;
use crate::sink::{Completed, Ending, Fan, Lost};
use crate::text::note::Note;

/// All tracks of a run and when it began.
pub(crate) struct Accounts {
    tracks: Vec<TrackAccount>,
    began: Instant,
    /// Live sources that could not be opened while others could.
    absent: Vec<Error>,
    /// A description of each output.
    outputs: Vec<String>,
    /// Warnings about the outputs.
    output_warnings: Vec<Warning>,
    /// What has damage in it or lacks something is not complete.
    strict: bool,
    /// Inputs and outputs have been reported.
    announced: bool,
}

impl Accounts {
    /// Accounts of a run that began at `began`.
    pub fn new(planned: &PlannedInputs, specs: &[TrackSpec], began: Instant) -> Self {
        let tracks = planned
            .inputs
            .iter()
            .flat_map(|input| input.tracks.iter().map(move |track| (input, track)));
        let account = |((input, track), spec)| TrackAccount::of_planned(input, track, spec);
        let absent = planned.absent.clone();
        Self { absent, ..Self::of(tracks.zip(specs).map(account).collect(), began) }
    }

    /// Accounts of these tracks.
    pub fn of(tracks: Vec<TrackAccount>, began: Instant) -> Self {
        let (absent, outputs, output_warnings) = (Vec::new(), Vec::new(), Vec::new());
        let (strict, announced) = (false, false);
        Self { tracks, began, absent, outputs, output_warnings, strict, announced }
    }

    /// With [`Config::strict`](crate::Config::strict).
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// Report these outputs together with the inputs.
    pub fn set_outputs(&mut self, fan: &Fan) {
        self.outputs = fan.describe().map(str::to_owned).collect();
        self.output_warnings = fan.warnings().cloned().collect();
    }

    pub fn tally(&self, track: usize) -> Arc<Tally> {
        self.tracks[track].tally.clone()
    }

    /// Pictures that were logged.
    pub fn logged(&self) -> u64 {
        self.tracks.iter().map(|t| t.logged).sum()
    }

    /// Something was logged of what a track is about.
    pub fn is_anything_logged(&self) -> bool {
        self.tracks.iter().any(TrackAccount::is_begun)
    }

    /// Report what was opened and what is done with it, once.
    pub fn announce(&mut self, reporter: &mut dyn Reporter) {
        if std::mem::replace(&mut self.announced, true) {
            return;
        }
        for (index, track) in self.tracks.iter().enumerate() {
            reporter.event(&Event::Opened {
                track: index,
                stream: &track.info,
                entity: &track.entity,
                plan: &track.plan,
            });
        }
        for error in &self.absent {
            let warning = Warning::Other(format!("{error}; the others continue"));
            reporter.event(&Event::Warning { track: None, warning: &warning });
        }
        for what in &self.outputs {
            reporter.event(&Event::Output { what });
        }
        for warning in &self.output_warnings {
            reporter.event(&Event::Warning { track: None, warning });
        }
    }

    /// Report a restart, if anything was reported before.
    pub fn take_back(&self, why: &str, reporter: &mut dyn Reporter) {
        if self.announced {
            reporter.event(&Event::Restarted { why });
        }
    }

    /// Set the capture time of a note if the input has a start time.
    pub fn note(&self, track: usize, note: Note) -> Note {
        let capture_time = self.tracks[track].epoch.map(|epoch| epoch.saturating_add(note.time));
        Note { capture_time, ..note }
    }

    /// Count a clip of sound, and set its capture time if the input has a start time.
    pub fn clip(&mut self, track: usize, mut clip: AudioClip) -> AudioClip {
        let account = &mut self.tracks[track];
        if let Some(epoch) = account.epoch {
            clip.capture_time = Some(epoch.saturating_add(clip.time));
        }
        account.sound = account.sound.saturating_add(clip.duration);
        account.bytes += clip.file.len() as u64;
        if account.info.sound_only {
            account.time = clip.time.saturating_add(clip.duration);
        }
        clip
    }

    /// Count a packet of sound of which no clip is made.
    pub fn sound(&mut self, track: usize, packet: &AudioPacket) {
        let account = &mut self.tracks[track];
        account.sound = account.sound.saturating_add(packet.duration());
        account.bytes += packet.packet.size() as u64;
    }

    /// Count a sample, and set its capture time if the input has a start time.
    pub fn count(&mut self, track: usize, mut sample: Sample) -> Sample {
        let account = &mut self.tracks[track];
        if let Some(epoch) = account.epoch {
            sample.capture_time = Some(epoch.saturating_add(sample.time));
        }
        account.logged += 1;
        account.bytes += sample.data.len() as u64;
        account.time = sample.time;
        sample
    }

    /// Count samples that are already rows.
    pub fn add(&mut self, track: usize, samples: u64, bytes: u64, time: i64) {
        let account = &mut self.tracks[track];
        account.logged += samples;
        account.bytes += bytes;
        account.time = account.time.max(time);
    }

    pub fn track_failed(&mut self, track: usize, error: Error, reporter: &mut dyn Reporter) {
        // Other tracks may continue for long, so report the error now.
        if self.tracks.len() > 1 {
            self.announce(reporter);
            let warning = Warning::Other(error.to_string());
            reporter.event(&Event::Warning { track: Some(track), warning: &warning });
        }
        self.tracks[track].failure.get_or_insert(error);
    }

    /// A track has ended; `cancelled`: because the run was cancelled.
    pub fn ended(&mut self, track: usize, cancelled: bool, reporter: &mut dyn Reporter) {
        self.announce(reporter);
        self.tracks[track].ended = !cancelled;
        let progress = self.tracks[track].progress(self.began.elapsed());
        reporter.event(&Event::Ended { track, progress: &progress });
    }

    /// Count samples of a track that an output is too slow for.
    pub fn lost(&self, (track, lost, output): (usize, Lost, &str)) {
        let tally = &self.tracks[track].tally;
        Tally::add(&tally.lost, lost.samples);
        tally.warn_times(Warning::OutputTooSlow(output.to_owned()), lost.samples);
        tally.warn_times(Warning::SoundLost(output.to_owned()), lost.sounds);
    }

    pub fn output_failed(&mut self, error: &Error, last: bool, reporter: &mut dyn Reporter) {
        if !last {
            self.announce(reporter);
            let warning = Warning::OutputFailed(format!("{error}; the other outputs continue"));
            reporter.event(&Event::Warning { track: None, warning: &warning });
        }
    }

    /// Report progress, and warnings that occurred for the first time.
    pub fn report(&mut self, reporter: &mut dyn Reporter) {
        self.announce(reporter);
        let elapsed = self.began.elapsed();
        for (index, track) in self.tracks.iter_mut().enumerate() {
            let now = track.tally.warnings();
            for warning in now.keys().filter(|w| !track.reported.contains_key(w)) {
                reporter.event(&Event::Warning { track: Some(index), warning });
            }
            track.reported = now;
            let progress = track.progress(elapsed);
            reporter.event(&Event::Progress { track: index, progress: &progress });
        }
    }

    /// How much of the requested input was logged.
    pub fn ending(&self) -> Ending {
        if !self.is_anything_logged() {
            Ending::Discarded
        } else if self.absent.is_empty()
            && self.tracks.iter().all(TrackAccount::is_complete)
            && !(self.strict && self.tracks.iter().any(TrackAccount::has_losses))
        {
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

    /// The error of the run, if a track failed or had no frame; `stopped`: before it could have one.
    pub fn failure(&self, stopped: bool) -> Option<Error> {
        let mut failures = self.tracks.iter().filter_map(|t| t.failure.as_ref());
        let own = failures.next().or(self.absent.first()).cloned();
        own.or_else(|| {
            let empty = self.tracks.iter().find(|t| !t.is_begun() && !stopped)?;
            Some(nothing_logged(empty))
        })
    }
}
