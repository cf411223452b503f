//! A run with recordings as inputs. Each is read twice: first to find its pictures, then to encode these and pass on
//! everything else.
//! The plan for a recording is in `planned.rs`, that for each video in `plan.rs`, its thread in `job.rs`; the second
//! reading is in `reading.rs`.

mod emit;
mod estimate;
mod file;
mod job;
mod plan;
mod planned;
mod reading;
mod side_tracks;
mod sound;
mod text;

pub(crate) use estimate::{ESTIMATED, Estimate, estimate};
pub(crate) use file::RecordingFile;
pub(crate) use job::Treatment;
pub(crate) use plan::{bag_spec, look, rate, recordings};

use std::time::Instant;

use crossbeam_channel::{RecvTimeoutError, bounded};
use rerun::log::LogMsg;
use rerun::{EntityPath, RecordingStream};

use self::emit::Logged;
use self::planned::{Planned, align};
use self::reading::{Reading, bytes_of};
use self::side_tracks::SideTracks;
use self::sound::{SoundRules, VideoSound, label_of};
use self::text::VideoText;
use super::accounts::Accounts;
use super::budget::{Budget, Permit};
use super::layout;
use super::recorder::Recorder;
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
    side_tracks: SideTracks,
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
        Ok(Self { recordings, tracks, side_tracks: SideTracks { sounds, texts }, spec })
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
    let Relay { recordings, tracks, side_tracks, spec } =
        Relay::plan(config, kinds, wants, &cancel)?;
    let mut accounts = Accounts::of(tracks, Instant::now()).strict(config.strict);
    let outputs = Threads::new(&cancel);
    let fan = Fan::open(&config.outputs, &spec, outputs.spawner(), &cancel)
        .map_err(|error| error.with_summary(accounts.summary(&[], cancel.is_cancelled())))?;
    let recorder = Recorder::new(&mut accounts, fan, reporter, &cancel);
    let summary = drive(recorder, recordings, side_tracks, wants)?;
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
    let mut accounts = Accounts::of(tracks, Instant::now()).strict(config.strict);
    let fan = Fan::into_stream(recording, &[], false)?;
    let recorder = Recorder::new(&mut accounts, fan, reporter, &cancel);
    drive(recorder, recordings, SideTracks::default(), wants)
}

/// Read the recordings for the second time, pass everything to the outputs, and complete these.
fn drive(
    mut recorder: Recorder<'_>,
    recordings: Vec<Planned>,
    mut side_tracks: SideTracks,
    wants: Wants,
) -> Result<Summary> {
    recorder.announce();
    let threads = Threads::new(recorder.cancel);
    let (out, produced) = bounded(MESSAGES);
    let reading = Reading {
        wants,
        out,
        budget: Budget::new(IN_FLIGHT),
        spawner: threads.spawner().clone(),
        cancel: recorder.cancel.clone(),
    };
    threads.spawner().spawn_blocking("recording", move || reading.run(recordings))?;
    let mut broken = None;
    while recorder.has_outputs() {
        let received = match recorder.wait_for_room() {
            Some(deadline) => produced.recv_deadline(deadline),
            None => Err(RecvTimeoutError::Timeout),
        };
        match received {
            Ok(produced) => {
                broken = log(&mut recorder, &mut side_tracks, produced).err().or(broken)
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        recorder.report_when_due();
    }
    // Producers stop at their next message.
    drop(produced);
    recorder.finish(threads.finish(), broken)
}

/// Pass what the threads produced to the outputs. Fails if reading failed.
fn log(
    recorder: &mut Recorder<'_>,
    side_tracks: &mut SideTracks,
    produced: Produced,
) -> Result<()> {
    match produced {
        Produced::Passing(message, permit) => {
            let bytes = permit.bytes();
            recorder.push(Entry::message(message, bytes, permit));
        }
        Produced::Video { track, entry, logged } => {
            recorder.accounts.add(track, logged.samples, logged.bytes, logged.time);
            if let Some(Entry::Sample(row)) = &entry {
                side_tracks.log_until(row.time, track, recorder);
            }
            entry.into_iter().for_each(|entry| recorder.push(entry));
        }
        Produced::Failed(track, error) => recorder.track_failed(track, error),
        Produced::Ended(track) => {
            side_tracks.log_until(i64::MAX, track, recorder);
            recorder.track_ended(track);
            recorder.push(Entry::End { track });
        }
        Produced::Broken(error) => return Err(error),
    }
    Ok(())
}
