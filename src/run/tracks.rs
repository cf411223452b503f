//! The threads of every track: one that takes its samples, and one for the notes beside it.
//! What runs on them is in `stages.rs`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{SendError, Sender};

use crate::config::{Config, VideoConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Warning};
use crate::run::accounts::Run;
use crate::run::opening::{Opening, Turn, side_by_side};
use crate::run::stages::{Shared, samples};
use crate::sample::Sample;
use crate::text::beside::NoteTimes;
use crate::text::note::Note;
use crate::time::capture_clock::Epoch;

/// One message of a track's last stage.
pub(crate) enum Produced {
    Sample(Result<Sample>),
    Note(Note),
    /// The last sample has come.
    End,
    /// The last note has come.
    EndOfNotes,
}

/// A track that waits for its turn.
struct Job {
    index: usize,
    turn: Turn,
    video: VideoConfig,
    epoch: Epoch,
    shared: Shared,
    out: Sender<(usize, Produced)>,
}

/// Start the tracks: those that keep a time of their own at once, files as many as may run side by side, the others as
/// these end, in their order. Returns how many of them read notes.
pub(crate) fn start(
    turns: Vec<Turn>,
    run: &Run,
    config: &Config,
    cancel: &Cancel,
    out: &Sender<(usize, Produced)>,
) -> Result<usize> {
    let epoch = Epoch::default();
    let notes = turns.iter().filter(|turn| turn.has_notes()).count();
    let job = |(index, turn): (usize, Turn)| Job {
        index,
        video: config.video.clone(),
        epoch: epoch.clone(),
        shared: Shared {
            keep_timestamps: config.recording.keep_timestamps,
            devices: turn.devices().clone(),
            tally: run.tally(index),
            cancel: cancel.clone(),
        },
        out: out.clone(),
        turn,
    };
    let (files, timed): (Vec<Job>, Vec<Job>) =
        turns.into_iter().enumerate().map(job).partition(|job| job.turn.waits());
    for job in timed {
        work_off(Arc::new(Mutex::new(VecDeque::from([job]))))?;
    }
    let side_by_side = side_by_side(config).min(files.len());
    let files = Arc::new(Mutex::new(VecDeque::from(files)));
    for _ in 0..side_by_side {
        work_off(files.clone())?;
    }
    Ok(notes)
}

/// A thread that takes one track after the other to its end.
fn work_off(jobs: Arc<Mutex<VecDeque<Job>>>) -> Result<()> {
    let next = move || jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    thread::Builder::new()
        .name("encode".into())
        .spawn(move || {
            // A closed channel means that nobody wants more.
            while next().is_some_and(|job| job.run().is_ok()) {}
        })
        .map_err(|e| Error::new(ErrorKind::Internal, "the encode thread", e))?;
    Ok(())
}

impl Job {
    fn run(self) -> Result<(), SendError<(usize, Produced)>> {
        let Self { index, turn, video, epoch, shared, out } = self;
        let send = |what| out.send((index, what));
        let has_notes = turn.has_notes();
        // A run that is to end begins nothing more.
        let opening = (!shared.cancel.is_cancelled()).then(|| turn.take(&shared.cancel));
        let noted = match &opening {
            Some(Ok(opening)) => start_notes(index, opening, &shared, &out),
            _ => !has_notes,
        };
        if !noted {
            send(Produced::EndOfNotes)?;
        }
        match opening.map(|opening| samples(opening?, &video, epoch, &shared)) {
            Some(Ok(mut samples)) => samples.try_for_each(|s| send(Produced::Sample(s)))?,
            Some(Err(error)) => send(Produced::Sample(Err(error)))?,
            None => {}
        }
        // Hardware is closed before the end is told: a driver that is closed while the program ends may crash.
        drop(shared);
        send(Produced::End)
    }
}

/// Read what lies beside a video on a thread of its own, if there is anything. The video does not wait for it. Says
/// whether the end of it will be told.
fn start_notes(
    index: usize,
    opening: &Opening,
    shared: &Shared,
    out: &Sender<(usize, Produced)>,
) -> bool {
    if opening.beside.lines.is_empty() {
        return true;
    }
    let times = NoteTimes {
        zero: opening.zero(shared.keep_timestamps),
        window: opening.plan.window.clone(),
    };
    let (beside, spec) = (opening.beside.clone(), opening.spec.clone());
    let (tally, cancel, out) = (shared.tally.clone(), shared.cancel.clone(), out.clone());
    let spawned = thread::Builder::new().name("notes".into()).spawn(move || {
        match beside.notes(&spec, times, tally.clone(), &cancel) {
            Ok(mut notes) => {
                let _ = notes.try_for_each(|note| out.send((index, Produced::Note(note))));
            }
            Err(error) => tally.warn(Warning::Other(format!("no subtitles: {error}"))),
        }
        let _ = out.send((index, Produced::EndOfNotes));
    });
    spawned.is_ok()
}
