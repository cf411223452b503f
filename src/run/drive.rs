//! Drives a whole run: opens the inputs, starts their tracks, and logs what they produce until all have ended.
//! The order of the stages is in `stages`; what a stage does is in its own file.

use std::time::Instant;

use rerun::RecordingStream;

use super::jobs::{Produced, start};
use super::layout;
use crate::audio::targets::AudioTargets;
use crate::config::{CodecChoice, Config, InputConfig, OutputConfig, StreamChoice};
use crate::copy::examine::CopyCheck;
use crate::copy::observer::{Objection, Observer};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Reporter, Summary};
use crate::record::{ClipRow, Entry, NoteRow, Row, SoundRow};
use crate::run::accounts::Accounts;
use crate::run::open::open;
use crate::run::planned::PlannedInputs;
use crate::run::reading::ReadingRules;
use crate::run::recorder::Recorder;
use crate::run::share::codec_threads;
use crate::sink::{self, Fan};
use crate::threads::Threads;
use crate::threads::mailbox::{Received, Receiver, mailbox};

pub(crate) use super::stages::encode_frames;

/// Capacity of the queue of samples to log, over all tracks.
const SAMPLES: usize = 16;
/// So many of them are logged together where none is due at once.
const TOGETHER: usize = 8;

/// Run `config`: read its inputs, encode them, and record them to its outputs.
///
/// When this returns, even with an error, everything that was read is completely written to every output that still
/// works.
///
/// # Errors
/// Whatever keeps the recording from being complete; [`Error::summary`] then says what was recorded.
pub fn run(config: &Config, reporter: &mut dyn Reporter) -> Result<Summary> {
    sink::check_environment()?;
    sink::check_inputs(config)?;
    if config.outputs.is_empty() {
        return Err(Error::new(ErrorKind::Config, "the outputs", "there is none")
            .with_remedy("add one, such as OutputConfig::save(path)"));
    }
    if let Some(kinds) = super::relay::recordings(config)? {
        return super::relay::run(config, &kinds, reporter);
    }
    let cancel = config.switch();
    let outputs = Threads::new(&cancel);
    sink::prepare(&config.outputs, outputs.spawner())?;
    let mut check = copy_check(config);
    let began = Instant::now();
    loop {
        let threads = Threads::new(&cancel);
        let planned = open(config, &check, threads.spawner())?;
        let spec = layout::recording_spec(&planned, config);
        let mut accounts = Accounts::new(&planned, &spec.tracks, began).strict(config.strict);
        let open_outputs = |accounts: &Accounts| {
            Fan::open(&config.outputs, &spec, outputs.spawner(), &cancel)
                .map_err(|error| error.with_summary(accounts.summary(&[], cancel.is_cancelled())))
        };
        // Files are read while the outputs are opened. What is due at once would be late.
        let (inputs, fan) = if planned.is_paced() {
            let fan = open_outputs(&accounts)?;
            (Inputs::start(planned, threads, &accounts, config)?, fan)
        } else {
            let inputs = Inputs::start(planned, threads, &accounts, config)?;
            (inputs, open_outputs(&accounts)?)
        };
        match drive(Recorder::new(&mut accounts, fan, reporter, &cancel), inputs)? {
            Driven::ToItsEnd(summary) => {
                return match outputs.finish() {
                    Ok(()) => Ok(summary),
                    Err(error) => Err(error.with_summary(summary)),
                };
            }
            Driven::UntilObjection(objection) => {
                // With copying forced, reopening reports the reason as an error.
                if config.video.codec == CodecChoice::Auto {
                    accounts.take_back(&objection.to_string(), reporter);
                }
                check = CopyCheck::Failed(objection);
            }
        }
    }
}

/// Whether a stream is copied without checking its packets first. A file output can be discarded and checking reads
/// everything twice. With a start time, the first keyframe must be found beforehand.
fn copy_check(config: &Config) -> CopyCheck {
    let files = config.outputs.iter().all(|output| matches!(output, OutputConfig::Save(_)));
    let single = |input: &InputConfig| input.stream != StreamChoice::All && input.repeat == 0;
    let from_its_beginning = |input: &InputConfig| input.start.is_none_or(|start| start.is_zero());
    match &*config.inputs {
        [input] if files && single(input) && from_its_beginning(input) => CopyCheck::WhileCopying,
        _ => CopyCheck::Before,
    }
}

/// Like [`run`], into a recording stream that the caller owns; `config.outputs` is ignored.
///
/// The videos are logged at the entity paths of `config.recording`, on its timelines. Neither a blueprint nor recording
/// properties are sent, since the recording is the caller's. Nothing is flushed. Recordings and bags as inputs are
/// logged at their own entity paths, on their own timelines.
pub fn log_into(
    recording: &RecordingStream,
    config: &Config,
    reporter: &mut dyn Reporter,
) -> Result<Summary> {
    sink::check_enabled(recording)?;
    if let Some(kinds) = super::relay::recordings(config)? {
        return super::relay::log_into(recording, config, &kinds, reporter);
    }
    let config = &Config { outputs: Vec::new(), ..config.clone() };
    let cancel = config.switch();
    let threads = Threads::new(&cancel);
    let planned = open(config, &CopyCheck::Before, threads.spawner())?;
    let specs = layout::track_specs(&planned, config);
    let fan = Fan::into_stream(recording, &specs, planned.is_live())?;
    let mut accounts = Accounts::new(&planned, &specs, Instant::now());
    let inputs = Inputs::start(planned, threads, &accounts, config)?;
    match drive(Recorder::new(&mut accounts, fan, reporter, &cancel), inputs)? {
        Driven::ToItsEnd(summary) => Ok(summary),
        // Its copies were checked before they began.
        Driven::UntilObjection(objection) => {
            Err(Error::new(ErrorKind::Internal, "a copy", objection))
        }
    }
}

/// The outcome of a run.
enum Driven {
    ToItsEnd(Summary),
    /// Copying failed and its result was discarded.
    UntilObjection(Objection),
}

/// The inputs while they are read.
struct Inputs {
    /// Declared before the threads, which stop once it is dropped.
    produced: Receiver<(usize, Produced)>,
    threads: Threads,
    observer: Option<Observer>,
    /// Tracks that have not ended.
    active: usize,
    /// Subtitles and sound that have not ended.
    active_side_tracks: usize,
    /// Sound is counted by its clips, not by its packets.
    counts_clips: bool,
}

impl Inputs {
    /// Start to read the inputs.
    fn start(
        planned: PlannedInputs,
        threads: Threads,
        accounts: &Accounts,
        config: &Config,
    ) -> Result<Self> {
        let observer = planned.observer().cloned();
        let reading = ReadingRules {
            keep_timestamps: config.recording.keep_timestamps,
            codec_threads: codec_threads(&planned, config),
        };
        let together = if planned.is_paced() { 1 } else { TOGETHER };
        let (out, produced) = mailbox(SAMPLES, together);
        let active = planned.tracks().count();
        let active_side_tracks =
            start(planned.inputs, accounts, config, reading, threads.spawner(), &out)?;
        let counts_clips = AudioTargets::of(&config.outputs).recording;
        Ok(Self { produced, threads, observer, active, active_side_tracks, counts_clips })
    }

    /// Whether anything that is worth waiting for has not ended. Subtitles and sound of a video without a picture are
    /// not.
    fn are_active(&self, accounts: &Accounts) -> bool {
        self.active > 0 || self.active_side_tracks > 0 && accounts.is_anything_logged()
    }

    /// Log what a track produced.
    fn log(&mut self, recorder: &mut Recorder<'_>, track: usize, produced: Produced) {
        match produced {
            Produced::Sample(Ok(sample)) => {
                let sample = recorder.accounts.count(track, sample);
                recorder.push(Entry::Sample(Row::new(track, sample)));
            }
            Produced::Sample(Err(error)) => recorder.track_failed(track, error),
            Produced::Note(note) => {
                let note = recorder.accounts.note(track, note);
                recorder.push(Entry::Note(NoteRow { track, note }));
            }
            Produced::Clip(clip) => {
                let clip = recorder.accounts.clip(track, clip);
                recorder.push(Entry::Clip(ClipRow::new(track, clip)));
            }
            Produced::Sound { line, packet } => {
                if !self.counts_clips {
                    recorder.accounts.sound(track, &packet);
                }
                recorder.push(Entry::Sound(SoundRow { track, line, packet: *packet }));
            }
            Produced::End => {
                self.active -= 1;
                recorder.track_ended(track);
                recorder.push(Entry::End { track });
            }
            Produced::SideTrackEnd => self.active_side_tracks -= 1,
        }
    }

    /// Stop reading: producers stop at the next send, and blocked readers are interrupted.
    fn finish(self) -> Result<()> {
        drop(self.produced);
        self.threads.finish()
    }
}

/// Log what the inputs produce until all have ended, then complete the outputs.
fn drive(mut recorder: Recorder<'_>, mut inputs: Inputs) -> Result<Driven> {
    let (observer, cancel) = (inputs.observer.clone(), recorder.cancel);
    let objection = || observer.as_ref()?.objection().filter(|_| !cancel.is_cancelled());
    // Most streams that cannot be copied show it in their first packets, and then nothing has to be discarded.
    if observer.is_none() {
        recorder.announce();
    }
    while inputs.are_active(recorder.accounts) && recorder.has_outputs() {
        // While an output is full, nothing more is received; progress is still reported.
        let received = match recorder.wait_for_room() {
            Some(deadline) => inputs.produced.receive(Some(deadline)),
            None => Received::Nothing,
        };
        match received {
            Received::Message((_, Produced::End)) if objection().is_some() => break,
            Received::Message((track, produced)) => inputs.log(&mut recorder, track, produced),
            Received::Nothing => {}
            Received::End => break,
        }
        recorder.report_when_due();
    }
    let threads = inputs.finish();
    if let Some(objection) = objection() {
        recorder.discard();
        return Ok(Driven::UntilObjection(objection.clone()));
    }
    recorder.finish(threads, None).map(Driven::ToItsEnd)
}
