//! Drives a whole run: opens the inputs, starts their tracks, and logs what they produce until all have ended.
//! The order of the stages is in `stages`; what a stage does is in its own file.

use std::time::{Duration, Instant};

use rerun::RecordingStream;

use super::jobs::{Produced, start};
use super::layout;
use crate::audio::targets::AudioTargets;
use crate::config::{CodecChoice, Config, InputConfig, OutputConfig, StreamChoice};
use crate::copy::examine::CopyCheck;
use crate::copy::observer::{Objection, Observer};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Reporter, Summary};
use crate::record::{ClipRow, Entry, NoteRow, Row, SoundRow};
use crate::run::accounts::Accounts;
use crate::run::open::open;
use crate::run::planned::PlannedInputs;
use crate::run::reading::ReadingRules;
use crate::run::share::codec_threads;
use crate::sink::{self, Ending, Fan};
use crate::threads::Threads;
use crate::threads::mailbox::{Received, Receiver, mailbox};

pub(crate) use super::stages::encode_frames;

/// Capacity of the queue of samples to log, over all tracks.
const SAMPLES: usize = 16;
/// So many of them are logged together where none is due at once.
const TOGETHER: usize = 8;
/// Progress is reported this often.
const REPORT: Duration = Duration::from_millis(100);

/// Run `config`: read its inputs, encode them, and record them to its outputs.
///
/// When this returns, also with an error, everything that was read is complete in every output that still works.
///
/// # Errors
/// Whatever keeps the recording from being complete; [`Error::summary`] still says what was recorded.
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
        let (producing, fan) = if planned.is_paced() {
            let fan = open_outputs(&accounts)?;
            (Producing::start(planned, threads, &accounts, config)?, fan)
        } else {
            let producing = Producing::start(planned, threads, &accounts, config)?;
            (producing, open_outputs(&accounts)?)
        };
        match drive(&mut accounts, producing, fan, config, reporter, &cancel)? {
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
    let producing = Producing::start(planned, threads, &accounts, config)?;
    match drive(&mut accounts, producing, fan, config, reporter, &cancel)? {
        Driven::ToItsEnd(summary) => Ok(summary),
        // There was none to come.
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

/// The threads of the inputs, and what is known of the tracks that they produce.
struct Producing {
    /// Declared before the threads, which stop once it is dropped.
    produced: Receiver<(usize, Produced)>,
    threads: Threads,
    observer: Option<Observer>,
    /// Tracks that have not ended.
    active: usize,
    /// The same of what is beside them.
    beside: usize,
}

impl Producing {
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
        let beside = start(planned.inputs, accounts, config, reading, threads.spawner(), &out)?;
        Ok(Self { produced, threads, observer, active, beside })
    }
}

/// Log what the tracks produce until all have ended, then complete the outputs.
fn drive(
    accounts: &mut Accounts,
    producing: Producing,
    mut fan: Fan,
    config: &Config,
    reporter: &mut dyn Reporter,
    cancel: &Cancel,
) -> Result<Driven> {
    // The threads are dropped last here, too.
    let Producing { threads, produced, observer, mut active, mut beside } = producing;
    accounts.set_outputs(&fan);
    // Most streams that cannot be copied show it in their first packets, and then nothing has to be discarded.
    if observer.is_none() {
        accounts.announce(reporter);
    }
    let objection =
        || observer.as_ref().and_then(Observer::objection).filter(|_| !cancel.is_cancelled());

    let clips = AudioTargets::of(&config.outputs).recording;
    let mut reported = Instant::now();
    // What is beside a video without a picture is not worth waiting for.
    while (active > 0 || beside > 0 && accounts.is_anything_logged()) && !fan.is_empty() {
        // While an output is full, nothing more is received; progress is still reported.
        let received = match fan.wait_for_room(reported + REPORT) {
            true => produced.receive(Some(reported + REPORT)),
            false => Received::Nothing,
        };
        let entry = match received {
            Received::Message((track, Produced::Sample(Ok(sample)))) => {
                let sample = accounts.count(track, sample);
                Some(Entry::Sample(Row::new(track, sample)))
            }
            Received::Message((track, Produced::Note(note))) => {
                let note = accounts.note(track, note);
                Some(Entry::Note(NoteRow { track, note }))
            }
            Received::Message((track, Produced::Clip(clip))) => {
                let clip = accounts.clip(track, clip);
                Some(Entry::Clip(ClipRow::new(track, clip)))
            }
            Received::Message((track, Produced::Sound { line, packet })) => {
                // The clips of a recording are counted instead.
                if !clips {
                    accounts.sound(track, &packet);
                }
                Some(Entry::Sound(SoundRow { track, line, packet: *packet }))
            }
            Received::Message((track, Produced::Sample(Err(error)))) => {
                accounts.track_failed(track, error, reporter);
                None
            }
            Received::Message((_, Produced::End)) if objection().is_some() => break,
            Received::Message((track, Produced::End)) => {
                active -= 1;
                accounts.ended(track, cancel.is_cancelled(), reporter);
                Some(Entry::End { track })
            }
            Received::Message((_, Produced::EndBeside)) => {
                beside -= 1;
                None
            }
            Received::Nothing => None,
            Received::End => break,
        };
        if let Some(error) = entry.and_then(|entry| fan.push(entry)) {
            accounts.output_failed(&error, fan.is_empty(), reporter);
        }
        if reported.elapsed() >= REPORT {
            for error in fan.poll() {
                accounts.output_failed(&error, fan.is_empty(), reporter);
            }
            fan.take_lost().into_iter().for_each(|lost| accounts.lost(lost));
            accounts.report(reporter);
            reported = Instant::now();
        }
    }
    // Producers stop at the next send, and blocked readers are interrupted.
    drop(produced);
    let ended = threads.finish();
    if let Some(objection) = objection() {
        fan.finish(Ending::Discarded, cancel);
        return Ok(Driven::UntilObjection(objection.clone()));
    }
    super::end::end(accounts, fan, ended, None, reporter, cancel).map(Driven::ToItsEnd)
}
