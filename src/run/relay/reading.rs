//! The second reading of the recordings of a run: pictures go to the threads of their videos, everything else to the
//! outputs.
//! What such a thread does is in `job`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::{Sender, bounded};
use rerun::log::LogMsg;

use super::planned::Planned;
use super::{Produced, Wants};
use crate::error::Result;
use crate::event::{Cancel, Tally, Warning};
use crate::relay::{Messages, Routed};
use crate::run::budget::Budget;
use crate::threads::Spawner;

/// Capacity of the queue of pictures to decode.
const PICTURES: usize = 4;
/// Reads one recording after the other for the second time.
pub(super) struct Reading {
    pub wants: Wants,
    pub out: Sender<Produced>,
    pub budget: Budget,
    pub spawner: Spawner,
    pub cancel: Cancel,
}

impl Reading {
    pub fn run(self, recordings: Vec<Planned>) {
        for recording in recordings {
            if let Err(error) = self.read(recording) {
                let _ = self.out.send(Produced::Broken(error));
                return;
            }
        }
    }

    /// Read a recording, with a thread for each of its videos.
    fn read(&self, recording: Planned) -> Result<()> {
        let Planned { file, bag, mut route, first, jobs, .. } = recording;
        let mut messages =
            Messages::open(&file.paths, &file.source, file.kind, &bag, &self.cancel)?;
        let tallies: Vec<Arc<Tally>> = jobs.iter().map(|job| job.tally.clone()).collect();
        let mut inlets = Vec::new();
        for (job, track) in jobs.into_iter().zip(first..) {
            let (inlet, pictures) = bounded(PICTURES);
            inlets.push(inlet);
            let (out, budget, spawner) =
                (self.out.clone(), self.budget.clone(), self.spawner.clone());
            let work = move || job.run(track, pictures, &out, &budget, &spawner);
            self.spawner.spawn("encode", work)?;
        }
        // A thread that is gone has reported its error.
        let send = |routed: Vec<Routed>| {
            for picture in routed {
                if let Some(inlet) = inlets.get(picture.track) {
                    let _ = inlet.send(picture);
                }
            }
        };
        while let Some(message) = messages.next() {
            if self.cancel.is_cancelled() {
                break;
            }
            for tally in &tallies {
                tally.position.store(messages.position(), Ordering::Relaxed);
            }
            // Not counted in the first reading, which may have been of the pictures alone.
            let message = match message {
                Ok(message) => message,
                Err(cause) => {
                    if let Some(tally) = tallies.first() {
                        tally.warn(Warning::LostPart(cause));
                    }
                    continue;
                }
            };
            let parts = route.take(message)?;
            send(parts.pictures);
            if let Some(message) = parts.passing.filter(|_| self.wants.messages) {
                let permit = self.budget.take(bytes_of(&message));
                if self.out.send(Produced::Passing(message, permit)).is_err() {
                    break;
                }
            }
        }
        send(route.finish()?);
        Ok(())
    }
}

pub(super) fn bytes_of(message: &LogMsg) -> usize {
    match message {
        LogMsg::ArrowMsg(_, arrow) => arrow.batch.get_array_memory_size(),
        _ => 0,
    }
}
