//! A run with a recording as input. The recording is read twice: first to find its pictures, then to encode them and
//! pass everything else through.
//! The plan for each video is in `plan.rs`, its thread in `job.rs`.

mod job;
mod plan;

pub(crate) use plan::{bag_spec, look, recording};

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rerun::log::LogMsg;

use self::job::Job;
use super::accounts::Accounts;
use super::budget::{Budget, Permit};
use super::layout;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::event::{Cancel, Reporter, Summary, Tally, Warning};
use crate::record::Entry;
use crate::relay::choice::{Fate, choose};
use crate::relay::survey::Survey;
use crate::relay::{BagSpec, Messages, Route, Routed};
use crate::sink::Fan;
use crate::source::recording::RecordingKind;
use crate::threads::Threads;

/// Capacity of the queue of messages and video chunks to log.
const MESSAGES: usize = 16;
/// Capacity of the queue of pictures to decode.
const PICTURES: usize = 4;
/// Bytes of messages in flight to the outputs.
const IN_FLIGHT: usize = 64 << 20;
/// Progress is reported this often.
const REPORT: Duration = Duration::from_millis(100);

/// A message to the outputs.
enum Produced {
    /// Passed through as it is.
    Passing(LogMsg, Permit),
    /// Video of a track: number of samples, bytes, and the last time.
    Video {
        track: usize,
        message: LogMsg,
        logged: Logged,
        permit: Permit,
    },
    Failed(usize, Error),
    Ended(usize),
    /// Reading failed.
    Broken(Error),
}

/// What a message adds to the counts of its track.
#[derive(Default, Clone, Copy)]
struct Logged {
    samples: u64,
    bytes: u64,
    time: i64,
}

/// Convert the recording that is the input of `config`.
pub(crate) fn run(
    config: &Config,
    kind: RecordingKind,
    reporter: &mut dyn Reporter,
) -> Result<Summary> {
    let cancel = config.switch();
    let input = config.inputs.first().cloned().unwrap_or_default();
    plan::refuse_settings(&input, &config.video)?;
    plan::refuse_outputs(&config.outputs)?;
    let path = Path::new(&input.location);
    let subject = path.display().to_string();
    let bag = plan::bag_spec(config, path);
    let pictures = BagSpec { only_pictures: true, ..bag.clone() };
    let survey = Survey::of(|| Messages::open(path, kind, &pictures), |_| !cancel.is_cancelled())?;
    let chosen = choose(&survey, &config.recording.entities, &subject)?;
    let mut route = Route::new(config.recording.drop_other);
    let (mut tracks, mut jobs) = (Vec::new(), Vec::new());
    for (place, found, _) in chosen.iter().filter(|(_, _, fate)| *fate == Fate::Video) {
        let main = found.times.main(Some(config.recording.timeline.as_str()));
        let (track, job) = plan::plan(place, found, kind, path, config)?;
        route.add((*place).clone(), found, tracks.len(), main.as_ref());
        tracks.push(track);
        jobs.push(job);
    }
    if tracks.is_empty() {
        return Err(plan::nothing(&survey, &chosen, &subject));
    }
    for (place, found, fate) in &chosen {
        if let (true, Fate::Left(why)) = (found.kind.is_data(), fate) {
            let text = format!("{} goes through as it is, a {}: {why}", place.1, found.kind);
            if let Some(track) = tracks.first() {
                track.tally.warn(Warning::Other(text));
            }
        }
    }
    if let (damaged @ 1.., cause) = &survey.damaged
        && let Some(track) = tracks.first()
    {
        let cause = cause.clone().unwrap_or_default();
        (0..*damaged).for_each(|_| track.tally.warn(Warning::ReadError(cause.clone())));
    }
    // Release the memory of the first reading.
    drop(chosen);
    drop(survey);
    for (job, track) in jobs.iter_mut().zip(&tracks) {
        job.tally = track.tally.clone();
    }
    let infos: Vec<_> = tracks.iter().map(|track| &track.info).collect();
    let spec = layout::relay_spec(&infos, config);
    let mut accounts = Accounts::of(tracks, Instant::now());
    let outputs = Threads::new(&cancel);
    let fan = Fan::open(&config.outputs, &spec, outputs.spawner(), &cancel)?;
    accounts.set_outputs(&fan);
    accounts.announce(reporter);
    let threads = Threads::new(&cancel);
    let messages = Messages::open(path, kind, &bag)?;
    let produced = start(jobs, route, messages, &threads, &cancel)?;
    let summary = drive(accounts, produced, fan, threads, reporter, &cancel)?;
    outputs.finish().map(|()| summary)
}

/// Start the threads: one that reads, and one per video.
fn start(
    jobs: Vec<Job>,
    route: Route,
    messages: Messages,
    threads: &Threads,
    cancel: &Cancel,
) -> Result<Receiver<Produced>> {
    let budget = Budget::new(IN_FLIGHT);
    let tallies: Vec<Arc<Tally>> = jobs.iter().map(|job| job.tally.clone()).collect();
    let (out, produced) = bounded(MESSAGES);
    let mut inlets = Vec::new();
    for (index, job) in jobs.into_iter().enumerate() {
        let (inlet, pictures) = bounded(PICTURES);
        inlets.push(inlet);
        let (out, budget, spawner) = (out.clone(), budget.clone(), threads.spawner().clone());
        let work = move || job.run(index, pictures, &out, &budget, &spawner);
        threads.spawner().spawn("encode", work)?;
    }
    let stop = cancel.clone();
    threads.spawner().spawn_blocking("recording", move || {
        if let Err(error) = read(messages, route, &inlets, &out, &budget, &tallies, &stop) {
            let _ = out.send(Produced::Broken(error));
        }
    })?;
    Ok(produced)
}

/// Move all messages to the outputs until the recording has ended, then complete the outputs.
fn drive(
    mut accounts: Accounts,
    produced: Receiver<Produced>,
    mut fan: Fan,
    threads: Threads,
    reporter: &mut dyn Reporter,
    cancel: &Cancel,
) -> Result<Summary> {
    let broken = log_all(&mut accounts, &produced, &mut fan, reporter, cancel);
    // Producers stop at their next message.
    drop(produced);
    let ended = threads.finish();
    super::end::end(&mut accounts, fan, ended, broken, reporter, cancel)
}

/// Pass everything that is produced to the outputs.
fn log_all(
    accounts: &mut Accounts,
    produced: &Receiver<Produced>,
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
            Ok(Produced::Video { track, message, logged, permit }) => {
                accounts.add(track, logged.samples, logged.bytes, logged.time);
                let bytes = permit.bytes();
                Some(Entry::message(message, bytes, permit))
            }
            Ok(Produced::Failed(track, error)) => {
                accounts.track_failed(track, error, reporter);
                None
            }
            Ok(Produced::Ended(track)) => {
                accounts.ended(track, cancel.is_cancelled(), reporter);
                None
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

/// The second reading.
fn read(
    mut messages: Messages,
    mut route: Route,
    inlets: &[Sender<Routed>],
    out: &Sender<Produced>,
    budget: &Budget,
    tallies: &[Arc<Tally>],
    cancel: &Cancel,
) -> Result<()> {
    // A thread that is gone has reported its error.
    let send = |routed: Vec<Routed>| {
        for picture in routed {
            if let Some(inlet) = inlets.get(picture.track) {
                let _ = inlet.send(picture);
            }
        }
    };
    while let Some(message) = messages.next() {
        if cancel.is_cancelled() {
            break;
        }
        for tally in tallies {
            tally.position.store(messages.position(), Ordering::Relaxed);
        }
        // Unreadable messages were counted in the first reading.
        let Ok(message) = message else { continue };
        let parts = route.take(message)?;
        send(parts.pictures);
        if let Some(message) = parts.passing {
            let permit = budget.take(bytes_of(&message));
            if out.send(Produced::Passing(message, permit)).is_err() {
                break;
            }
        }
    }
    send(route.finish()?);
    Ok(())
}

fn bytes_of(message: &LogMsg) -> usize {
    match message {
        LogMsg::ArrowMsg(_, arrow) => arrow.batch.get_array_memory_size(),
        _ => 0,
    }
}
