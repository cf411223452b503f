//! A run with recordings as inputs. Each is read twice: first to find its pictures, then to encode these and pass on
//! everything else.
//! The plan for a recording is in `planned.rs`, that for each video in `plan.rs`, its thread in `job.rs`; the second
//! reading is in `reading.rs`.

mod beside;
mod emit;
mod estimate;
mod file;
mod job;
mod plan;
mod planned;
mod reading;
mod sound;
mod text;

pub(crate) use estimate::{ESTIMATED, Estimate, estimate};
pub(crate) use file::RecordingFile;
pub(crate) use job::Treatment;
pub(crate) use plan::{bag_spec, look, rate, recordings};

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use rerun::log::LogMsg;
use rerun::{EntityPath, RecordingStream};

use self::beside::Beside;
use self::emit::Logged;
use self::planned::{Planned, align};
use self::reading::{Reading, bytes_of};
use self::sound::{SoundRules, VideoSound, label_of};
use self::text::VideoText;
use super::accounts::Accounts;
use super::budget::{Budget, Permit};
use super::layout;
use super::track_account::TrackAccount;
use crate::audio::targets::AudioTargets;
use crate::config::{Config, OutputConfig};
use crate::error::{Error, Result};
use crate::event::{Cancel, Reporter, Summary};
use crate::input::find;
use crate::mux::Container;
use crate::record::{AudioSpec, Entry};
use crate::sink::{Fan, RecordingSpec};
use crate::source::recording::RecordingKind;
use crate::threads::Threads;

/// Capacity of the queue of messages, samples and video chunks to log.
const MESSAGES: usize = 16;
/// Bytes of messages in flight to the outputs.
const IN_FLIGHT: usize = 64 << 20;
/// Time between two reports of progress.
const REPORT: Duration = Duration::from_millis(100);

/// What the outputs need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wants {
    /// Messages, for recordings.
    messages: bool,
    /// Samples, for video files.
    samples: bool,
}

impl Wants {
    pub fn of(outputs: &[OutputConfig]) -> Self {
        let videos = outputs.iter().filter_map(Container::of_output).count();
        Self { messages: videos < outputs.len(), samples: videos > 0 }
    }
}

/// A run between the two readings of its recordings.
pub(crate) struct Relay {
    pub recordings: Vec<Planned>,
    /// The videos of all recordings.
    pub tracks: Vec<TrackAccount>,
    /// The sound and the texts that go into video files.
    beside: Beside,
    pub spec: RecordingSpec,
}

impl Relay {
    /// Read the input recordings for the first time.
    pub fn plan(
        config: &Config,
        kinds: &[RecordingKind],
        wants: Wants,
        cancel: &Cancel,
    ) -> Result<Self> {
        let threads = Threads::new(cancel);
        // What is read of sound keeps the switch, so it must not be that of the threads, which end here.
        let (own, kinds, cancel) = (config.clone(), kinds.to_vec(), cancel.clone());
        find::look(&config.inputs, threads.spawner(), move |_, _| {
            Self::read(&own, &kinds, wants, &cancel)
        })
    }

    fn read(
        config: &Config,
        kinds: &[RecordingKind],
        wants: Wants,
        cancel: &Cancel,
    ) -> Result<Self> {
        let (mut recordings, mut tracks) = (Vec::new(), Vec::new());
        for (input, &kind) in config.inputs.iter().zip(kinds) {
            plan::refuse_settings(input, &config.video)?;
            let (one, its) = Planned::new(input, kind, config, wants, tracks.len(), cancel)?;
            recordings.push(one);
            tracks.extend(its);
        }
        let mut jobs: Vec<_> = recordings.iter_mut().flat_map(|one| &mut one.jobs).collect();
        for (job, track) in jobs.iter_mut().zip(&tracks) {
            job.tally = track.tally.clone();
        }
        align(&mut jobs, config.recording.rebase);
        let infos: Vec<_> = tracks.iter().map(|track| &track.info).collect();
        let codecs = jobs.iter().map(|job| job.codec);
        let mut spec = layout::relay_spec(&infos, codecs, config);
        let rules = SoundRules {
            codec: config.audio.codec,
            targets: AudioTargets::of(&config.outputs).only_files(),
            cancel: cancel.clone(),
        };
        let sounds = recordings.iter_mut().flat_map(|one| one.take_sounds(&rules));
        let sounds: Vec<VideoSound> = sounds.collect();
        for sound in &sounds {
            let track = &mut spec.tracks[sound.track];
            let (entity, form) = (sound.entity.clone(), Some(sound.form.clone()));
            track.audio.push(AudioSpec {
                label: label_of(&EntityPath::parse_forgiving(&entity)),
                entity,
                form,
            });
        }
        let texts: Vec<VideoText> = recordings.iter_mut().flat_map(Planned::take_texts).collect();
        for text in &texts {
            spec.tracks[text.track].notes.push(text.spec.clone());
        }
        Ok(Self { recordings, tracks, beside: Beside { sounds, texts }, spec })
    }
}

/// What the threads of a run produce.
enum Produced {
    /// A message that passes unchanged.
    Passing(LogMsg, Permit),
    /// Video of a track, and what it adds to the counts of the track.
    Video {
        track: usize,
        entry: Option<Entry>,
        logged: Logged,
    },
    Failed(usize, Error),
    Ended(usize),
    /// Reading failed.
    Broken(Error),
}

/// Convert the input recordings.
pub(crate) fn run(
    config: &Config,
    kinds: &[RecordingKind],
    reporter: &mut dyn Reporter,
) -> Result<Summary> {
    let cancel = config.switch();
    let wants = Wants::of(&config.outputs);
    let Relay { recordings, tracks, beside, spec } = Relay::plan(config, kinds, wants, &cancel)?;
    let accounts = Accounts::of(tracks, Instant::now()).strict(config.strict);
    let outputs = Threads::new(&cancel);
    let fan = Fan::open(&config.outputs, &spec, outputs.spawner(), &cancel)
        .map_err(|error| error.with_summary(accounts.summary(&[], cancel.is_cancelled())))?;
    let summary = drive(accounts, (recordings, beside), wants, fan, reporter, &cancel)?;
    match outputs.finish() {
        Ok(()) => Ok(summary),
        Err(error) => Err(error.with_summary(summary)),
    }
}

/// Convert the input recordings into a recording stream that the caller owns.
pub(crate) fn log_into(
    recording: &RecordingStream,
    config: &Config,
    kinds: &[RecordingKind],
    reporter: &mut dyn Reporter,
) -> Result<Summary> {
    let cancel = config.switch();
    let wants = Wants { messages: true, samples: false };
    let Relay { recordings, tracks, .. } = Relay::plan(config, kinds, wants, &cancel)?;
    let accounts = Accounts::of(tracks, Instant::now()).strict(config.strict);
    let fan = Fan::into_stream(recording, &[], false)?;
    drive(accounts, (recordings, Beside::default()), wants, fan, reporter, &cancel)
}

/// Read the recordings for the second time, pass everything to the outputs, and complete these.
fn drive(
    mut accounts: Accounts,
    (recordings, beside): (Vec<Planned>, Beside),
    wants: Wants,
    mut fan: Fan,
    reporter: &mut dyn Reporter,
    cancel: &Cancel,
) -> Result<Summary> {
    accounts.set_outputs(&fan);
    accounts.announce(reporter);
    let threads = Threads::new(cancel);
    let (out, produced) = bounded(MESSAGES);
    let reading = Reading {
        wants,
        out,
        budget: Budget::new(IN_FLIGHT),
        spawner: threads.spawner().clone(),
        cancel: cancel.clone(),
    };
    threads.spawner().spawn_blocking("recording", move || reading.run(recordings))?;
    let broken = log_all(&mut accounts, &produced, beside, &mut fan, reporter, cancel);
    // Producers stop at their next message.
    drop(produced);
    let ended = threads.finish();
    super::end::end(&mut accounts, fan, ended, broken, reporter, cancel)
}

/// Pass everything that the threads produce to the outputs.
fn log_all(
    accounts: &mut Accounts,
    produced: &Receiver<Produced>,
    mut beside: Beside,
    fan: &mut Fan,
    reporter: &mut dyn Reporter,
    cancel: &Cancel,
) -> Option<Error> {
    let mut broken = None;
    let mut reported = Instant::now();
    while !fan.is_empty() {
        let received = match fan.wait_for_room(reported + REPORT) {
            true => produced.recv_deadline(reported + REPORT),
            false => Err(RecvTimeoutError::Timeout),
        };
        let entry = match received {
            Ok(Produced::Passing(message, permit)) => {
                let bytes = permit.bytes();
                Some(Entry::message(message, bytes, permit))
            }
            Ok(Produced::Video { track, entry, logged }) => {
                accounts.add(track, logged.samples, logged.bytes, logged.time);
                if let Some(Entry::Sample(row)) = &entry {
                    beside.log((track, row.time), accounts, fan, cancel);
                }
                entry
            }
            Ok(Produced::Failed(track, error)) => {
                accounts.track_failed(track, error, reporter);
                None
            }
            Ok(Produced::Ended(track)) => {
                beside.log((track, i64::MAX), accounts, fan, cancel);
                accounts.ended(track, cancel.is_cancelled(), reporter);
                Some(Entry::End { track })
            }
            Ok(Produced::Broken(error)) => {
                broken = Some(error);
                None
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        if let Some(error) = entry.and_then(|entry| fan.push(entry)) {
            accounts.output_failed(&error, fan.is_empty(), reporter);
        }
        if reported.elapsed() >= REPORT {
            for error in fan.poll() {
                accounts.output_failed(&error, fan.is_empty(), reporter);
            }
            accounts.report(reporter);
            reported = Instant::now();
        }
    }
    broken
}
