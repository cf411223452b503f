//! The threads of every track: one that takes its samples, and one for the notes beside it.
//! What runs on them is in `stages.rs`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{SendError, Sender};

use crate::config::{Config, VideoConfig};
use crate::error::Result;
use crate::event::Warning;
use crate::input::repeat::Items;
use crate::run::accounts::Run;
use crate::run::opening::{Opening, Turn, side_by_side};
use crate::run::stages::{Shared, samples};
use crate::sample::Sample;
use crate::text::beside::NoteTimes;
use crate::text::note::Note;
use crate::threads::{Spawner, caught};
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
    threads: &Spawner,
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
            cancel: threads.cancel().clone(),
            threads: threads.clone(),
        },
        out: out.clone(),
        turn,
    };
    let (files, timed): (Vec<Job>, Vec<Job>) =
        turns.into_iter().enumerate().map(job).partition(|job| job.turn.waits());
    for job in timed {
        work_off(threads, Arc::new(Mutex::new(VecDeque::from([job]))))?;
    }
    let side_by_side = side_by_side(config).min(files.len());
    let files = Arc::new(Mutex::new(VecDeque::from(files)));
    for _ in 0..side_by_side {
        work_off(threads, files.clone())?;
    }
    Ok(notes)
}

/// A thread that takes one track after the other to its end.
fn work_off(threads: &Spawner, jobs: Arc<Mutex<VecDeque<Job>>>) -> Result<()> {
    let next = move || jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    threads.spawn("encode", move || {
        // A closed channel means that nobody wants more.
        while next().is_some_and(|job| job.run().is_ok()) {}
    })?;
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
        if let Some(opening) = opening {
            send_all(|| samples(opening?, &video, epoch, &shared), |s| send(Produced::Sample(s)))?;
        }
        // Hardware is closed before the end is told: a driver that is closed while the program ends may crash.
        drop(shared);
        send(Produced::End)
    }
}

/// Send what a chain gives. That it does not begin, or panics, is the last item: a track that broke off is no shorter
/// recording.
fn send_all<T, E>(
    chain: impl FnOnce() -> Result<Items<T>>,
    mut send: impl FnMut(Result<T>) -> Result<(), E>,
) -> Result<(), E> {
    let sent = caught("the stages of a track", || match chain() {
        Ok(mut items) => items.try_for_each(&mut send),
        Err(error) => send(Err(error)),
    });
    sent.unwrap_or_else(|panic| send(Err(panic)))
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
    let threads = &shared.threads;
    let spawned = threads.spawn_blocking("text", move || {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};

    fn sent(chain: impl FnOnce() -> Result<Items<u8>>) -> Vec<Result<u8>> {
        let mut sent = Vec::new();
        send_all(chain, |item| {
            sent.push(item);
            Ok::<(), ()>(())
        })
        .unwrap();
        sent
    }

    #[test]
    fn a_stage_that_panics_is_an_error_and_not_an_end() {
        let items = (0..3).map(|n| if n == 2 { panic!("on purpose") } else { Ok(n) });
        let broken = || -> Result<Items<u8>> { Ok(Box::new(items)) };
        let sent = sent(broken);
        assert_eq!(sent[..2], [Ok(0), Ok(1)]);
        let error = sent[2].as_ref().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(error.cause().contains("on purpose"), "{error}");
    }

    #[test]
    fn a_chain_that_does_not_begin_is_an_error() {
        let refused = Error::new(ErrorKind::Decode, "x", "y");
        assert_eq!(sent(|| Err(refused.clone())), [Err(refused)]);
    }
}
