//! The threads of the inputs: a few files at a time, everything else at once, and a thread for each track.
//! The threads for subtitles and sound are in `side_tracks`; what runs on all of them is in `stages`.

mod produced;
mod side_tracks;

pub(crate) use produced::Produced;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use self::produced::{Out, send_all};
use self::side_tracks::side_track_count;
use crate::audio::clips::ClipRules;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::event::Tally;
use crate::input::session::Subscriber;
use crate::run::accounts::Accounts;
use crate::run::heads::Head;
use crate::run::planned::PlannedInput;
use crate::run::reading::{self, ReadingRules, Subscribers};
use crate::run::share::side_by_side;
use crate::run::stages::{Shared, TrackStart, samples, sound_only};
use crate::threads::Spawner;
use crate::threads::mailbox::Unwanted;
use crate::time::capture_clock::Epoch;
use crate::time::{Placement, Placements};

/// For packets of sound that come behind the last picture of a live source.
const GRACE: Duration = Duration::from_millis(250);

/// State shared by all inputs of a run.
#[derive(Clone)]
struct Common {
    reading: ReadingRules,
    epoch: Epoch,
    threads: Spawner,
    out: Out,
}

/// An input that waits for its turn.
struct Job {
    /// Index of its first track.
    first: usize,
    input: PlannedInput,
    /// One per track.
    tallies: Vec<Arc<Tally>>,
    common: Common,
}

/// Start the inputs. Live and real-time ones start at once; files start in order, at most `jobs` at a time. Returns how
/// many side tracks will end.
pub(crate) fn start(
    inputs: Vec<PlannedInput>,
    accounts: &Accounts,
    config: &Config,
    reading: ReadingRules,
    threads: &Spawner,
    out: &Out,
) -> Result<usize> {
    let common =
        Common { reading, epoch: Epoch::default(), threads: threads.clone(), out: out.clone() };
    let side_tracks = inputs.iter().map(side_track_count).sum();
    let (mut files, mut timed, mut first) = (VecDeque::new(), Vec::new(), 0);
    for input in inputs {
        let tracks = first..first + input.tracks.len();
        let tallies = tracks.clone().map(|track| accounts.tally(track)).collect();
        let can_wait = input.can_wait();
        let job = Job { first, input, tallies, common: common.clone() };
        if can_wait {
            files.push_back(job)
        } else {
            timed.push(job)
        }
        first = tracks.end;
    }
    for job in timed {
        work_off(threads, Arc::new(Mutex::new(VecDeque::from([job]))))?;
    }
    let side_by_side = side_by_side(config).min(files.len());
    let files = Arc::new(Mutex::new(files));
    for _ in 0..side_by_side {
        work_off(threads, files.clone())?;
    }
    Ok(side_tracks)
}

/// Start a thread that reads one input after another to its end.
fn work_off(threads: &Spawner, jobs: Arc<Mutex<VecDeque<Job>>>) -> Result<()> {
    let next = move || jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    // Opening and reading a file may block.
    threads.spawn_blocking(
        "encode",
        move || {
            while next().is_some_and(|job| job.run().is_ok()) {}
        },
    )?;
    Ok(())
}

impl Job {
    fn run(mut self) -> Result<(), Unwanted> {
        // A cancelled run starts no more inputs.
        if self.common.threads.cancel().is_cancelled() {
            return self.ended(None);
        }
        let Common { reading, threads, .. } = &self.common;
        match reading::begin(&mut self.input, &self.tallies, *reading, threads) {
            Ok(subscribers) => self.read(subscribers),
            Err(error) => self.ended(Some(&error)),
        }
    }

    /// Nothing of the input is read.
    fn ended(&self, error: Option<&Error>) -> Result<(), Unwanted> {
        let out = &self.common.out;
        for track in (self.first..).take(self.tallies.len()) {
            if let Some(error) = error {
                out.send((track, Produced::Sample(Err(error.clone()))))?;
            }
            out.send((track, Produced::End))?;
        }
        (0..side_track_count(&self.input))
            .try_for_each(|_| out.send((self.first, Produced::SideTrackEnd)))
    }

    fn read(self, Subscribers { tracks, text, audio }: Subscribers) -> Result<(), Unwanted> {
        let Common { reading, threads, out, .. } = &self.common;
        self.start_notes(text)?;
        let places = Placements::default();
        if !self.input.is_live() {
            let to_time = self.input.begins_at(reading.keep_timestamps) - self.input.shift();
            places.enter(1);
            places.put(Placement { to_time, ..Placement::default() });
        }
        // The sound of a live source ends with its pictures.
        let live = self.input.is_live();
        let cancel = if live { threads.cancel().child() } else { threads.cancel().clone() };
        self.start_audio(audio, &places, &cancel)?;
        let starts = (self.first..).zip(tracks.into_iter().enumerate());
        let mut starts: Vec<_> = starts
            .map(|(track, (nth, subscriber))| (track, self.start(nth, subscriber, &places)))
            .collect();
        // The first track runs on this thread.
        let others = starts.split_off(1);
        let mut tasks = Vec::with_capacity(others.len());
        for (track, start) in others {
            let (to, clips) = (out.clone(), self.clip_rules(track - self.first, 0));
            match threads.spawn("encode", move || run_track(track, start, clips, &to)) {
                Ok(task) => tasks.push(task),
                Err(error) => {
                    out.send((track, Produced::Sample(Err(error))))?;
                    out.send((track, Produced::End))?;
                }
            }
        }
        for (track, start) in starts {
            run_track(track, start, self.clip_rules(track - self.first, 0), out)?;
        }
        // A panic has already been sent as an error of its track.
        let ended = tasks.into_iter().try_for_each(|task| task.join().unwrap_or(Ok(())));
        if live {
            cancel.cancel_at(Instant::now() + GRACE);
        }
        ended
    }

    fn start(&self, nth: usize, subscriber: Subscriber<Head>, places: &Placements) -> TrackStart {
        let Common { reading, epoch, threads, .. } = &self.common;
        TrackStart {
            track: self.input.tracks[nth].clone(),
            input: self.input.config.clone(),
            joined: self.input.joined.clone(),
            may_end: self.input.spec.is_pipe,
            keep_timestamps: reading.keep_timestamps,
            subscriber,
            epoch: epoch.clone(),
            // Side tracks belong to the first video.
            places: if nth == 0 { places.clone() } else { Placements::default() },
            shared: Shared {
                tally: self.tallies[nth].clone(),
                codec_threads: reading.codec_threads,
                cancel: threads.cancel().clone(),
                threads: threads.clone(),
            },
        }
    }
}

fn run_track(track: usize, start: TrackStart, clips: ClipRules, out: &Out) -> Result<(), Unwanted> {
    if start.track.sound().is_some() {
        let line = clips.line;
        send_all(
            || sound_only(start, clips),
            |item| match item {
                Ok(item) => Produced::of_sound(line, item).send_to(out, track),
                Err(error) => out.send((track, Produced::Sample(Err(error)))),
            },
        )?;
        return out.send((track, Produced::End));
    }
    send_all(|| samples(start), |sample| Produced::Sample(sample).send_to(out, track))?;
    out.send((track, Produced::End))
}
