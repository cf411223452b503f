//! A whole run: inputs are opened, their tracks started, and what these produce is logged until all have ended.
//! The order of the stages of a track is in `chain.rs`; what a stage does is in its own file.

mod chain;
mod tracks;

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, bounded};
use rerun::RecordingStream;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Event, Reporter, Summary};
use crate::opening::{Turn, open};
use crate::run::Run;
use crate::sink::{self, Fan};
use tracks::{Produced, start};

pub(crate) use chain::encode_frames;

/// Samples that may wait to be logged, over all tracks.
const SAMPLES: usize = 16;
/// Progress is told this often.
const TICK: Duration = Duration::from_millis(100);

/// Do everything that `config` says: read its inputs, encode them, and record them at its outputs.
///
/// What was read is complete in every output that still works when this returns, also with an error.
pub fn run(config: &Config, reporter: &mut dyn Reporter) -> Result<Summary> {
    sink::check_environment()?;
    if config.outputs.is_empty() {
        return Err(Error::new(ErrorKind::Config, "the outputs", "there is none")
            .with_hint("add one, such as OutputConfig::save(path)"));
    }
    let cancel = reporter.cancel();
    let (run, turns) = open(config, &cancel)?;
    let fan = Fan::open(&config.outputs, &run.recording_spec(config), &cancel)?;
    drive(run, turns, fan, config, reporter, &cancel)
}

/// Like [`run`], into a recording stream that the caller owns; `config.outputs` is not looked at.
///
/// The videos are logged at the entity paths of `config.recording`, on its timelines. Neither a blueprint nor
/// recording properties are sent, since the recording is the caller's. Nothing is flushed.
pub fn log_into(
    recording: &RecordingStream,
    config: &Config,
    reporter: &mut dyn Reporter,
) -> Result<Summary> {
    sink::check_enabled(recording)?;
    let cancel = reporter.cancel();
    let (run, turns) = open(config, &cancel)?;
    let fan = Fan::into_stream(recording, &run.track_specs(config), run.is_live())?;
    drive(run, turns, fan, config, reporter, &cancel)
}

/// Log what the tracks produce until all have ended, then complete the outputs.
fn drive(
    mut run: Run,
    turns: Vec<Turn>,
    mut fan: Fan,
    config: &Config,
    reporter: &mut dyn Reporter,
    cancel: &Cancel,
) -> Result<Summary> {
    run.announce(&fan, reporter);
    let (out, produced) = bounded(SAMPLES);
    let mut active = turns.len();
    let mut reading_notes = start(turns, &run, config, cancel, &out)?;
    drop(out);

    let mut told = Instant::now();
    // Words without a picture are not worth waiting for.
    while (active > 0 || reading_notes > 0 && run.logged() > 0) && !fan.is_empty() {
        let entry = match produced.recv_timeout(TICK) {
            Ok((track, Produced::Sample(Ok(sample)))) => Some(run.count(track, sample)),
            Ok((track, Produced::Note(note))) => Some(run.note(track, note)),
            Ok((track, Produced::Sample(Err(error)))) => {
                run.track_failed(track, error, reporter);
                None
            }
            Ok((track, Produced::End)) => {
                active -= 1;
                run.ended(track, reporter);
                None
            }
            Ok((_, Produced::EndOfNotes)) => {
                reading_notes -= 1;
                None
            }
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let failed = entry.map_or_else(Vec::new, |entry| fan.push(entry, cancel));
        for error in failed {
            run.output_failed(&error, fan.is_empty(), reporter);
        }
        if told.elapsed() >= TICK {
            for error in fan.poll() {
                run.output_failed(&error, fan.is_empty(), reporter);
            }
            run.tell(reporter);
            told = Instant::now();
        }
    }
    // Whoever still produces ends at the next item.
    drop(produced);
    run.tell(reporter);
    reporter.event(&Event::Finishing);
    let (completed, failure) = fan.finish(run.logged() > 0, cancel);
    let summary = run.summary(&completed, cancel.is_cancelled());
    reporter.event(&Event::Finished(&summary));
    if let Some(error) = run.failure(cancel.is_cancelled()).or(failure) {
        return Err(error);
    }
    // A web viewer stays up until it is told to go.
    if completed.iter().any(|c| c.stays.is_some()) {
        reporter.event(&Event::Serving);
        while !cancel.is_cancelled() {
            thread::sleep(TICK);
        }
    }
    Ok(summary)
}
