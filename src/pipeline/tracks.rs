//! The threads of every track: one that takes its samples, and one for the notes beside it.
//! What runs on them is in `chain.rs`.

use std::thread;

use crossbeam_channel::Sender;

use super::chain::{Shared, samples};
use crate::codec::beside::NoteTimes;
use crate::codec::capture_clock::Epoch;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Warning};
use crate::note::Note;
use crate::opening::Opening;
use crate::run::Run;
use crate::sample::Sample;

/// One message of a track's last stage.
pub(super) enum Produced {
    Sample(Result<Sample>),
    Note(Note),
    /// The last sample has come.
    End,
    /// The last note has come.
    EndOfNotes,
}

/// Start the threads of every track. Returns how many of them read notes.
pub(super) fn start(
    openings: Vec<Opening>,
    run: &Run,
    config: &Config,
    cancel: &Cancel,
    out: &Sender<(usize, Produced)>,
) -> usize {
    let epoch = Epoch::default();
    let mut notes = 0;
    for (index, opening) in openings.into_iter().enumerate() {
        let (video, out) = (config.video.clone(), out.clone());
        let shared = Shared {
            keep_timestamps: config.recording.keep_timestamps,
            tally: run.tally(index),
            cancel: cancel.clone(),
        };
        if start_notes(index, &opening, &shared, &out) {
            notes += 1;
        }
        let thread = thread::Builder::new().name("encode".into());
        let (failed, epoch) = (out.clone(), epoch.clone());
        let spawned = thread.spawn(move || {
            match samples(opening, &video, epoch, &shared) {
                Ok(samples) => {
                    // A closed channel means that nobody wants more.
                    let _ = samples
                        .map(|sample| (index, Produced::Sample(sample)))
                        .try_for_each(|sample| out.send(sample));
                }
                Err(error) => {
                    let _ = out.send((index, Produced::Sample(Err(error))));
                }
            }
            let _ = out.send((index, Produced::End));
        });
        if let Err(error) = spawned {
            let error = Error::new(ErrorKind::Internal, "the encode thread", error);
            let _ = failed.send((index, Produced::Sample(Err(error))));
            let _ = failed.send((index, Produced::End));
        }
    }
    notes
}

/// Read what lies beside a video on a thread of its own, if there is anything. The video does not wait for it.
fn start_notes(
    index: usize,
    opening: &Opening,
    shared: &Shared,
    out: &Sender<(usize, Produced)>,
) -> bool {
    if opening.beside.lines.is_empty() {
        return false;
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
