//! The threads of the inputs: a few files at a time, everything else at once. Each track has a thread for its samples,
//! and the subtitles of an input have one more.
//! What runs on them is in `stages`.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{SendError, Sender};

use crate::audio::clip::AudioClip;
use crate::audio::clips::ClipRules;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::event::{Cancel, Tally};
use crate::input::play::Items;
use crate::input::session::Subscriber;
use crate::run::accounts::Accounts;
use crate::run::heads::Head;
use crate::run::open::PlannedInput;
use crate::run::reading::{self, ReadingRules, Subscribers};
use crate::run::share::side_by_side;
use crate::run::stages::{AudioStart, Shared, TrackStart, audio_clips, samples, subtitles};
use crate::sample::Sample;
use crate::text::note::Note;
use crate::threads::{Spawner, caught};
use crate::time::capture_clock::Epoch;
use crate::time::{NANOS, Placement, Placements};

/// A message from a track.
pub(crate) enum Produced {
    Sample(Result<Sample>),
    Note(Note),
    Clip(AudioClip),
    /// The track has ended.
    End,
    /// The notes of the input, or one of its streams of sound, have ended.
    EndBeside,
}

/// The longest time in nanoseconds that the sound of a live source waits for more. The Rerun Viewer fades in at the
/// beginning of each clip, so shorter ones sound worse.
const LONGEST_LIVE_CLIP: i64 = 2 * NANOS;
/// For packets of sound that come behind the last picture of a live source.
const GRACE: Duration = Duration::from_millis(250);

type Out = Sender<(usize, Produced)>;
/// The receiver is gone.
type Unwanted = SendError<(usize, Produced)>;

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
/// many ends there will be of what is beside the videos.
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
    let beside = inputs.iter().map(ends_beside).sum();
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
    Ok(beside)
}

/// How many ends there will be of what is beside the videos of an input: its notes together, and every stream of sound.
fn ends_beside(input: &PlannedInput) -> usize {
    usize::from(!input.text.names.is_empty()) + input.audio.streams.len()
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
        (0..ends_beside(&self.input)).try_for_each(|_| out.send((self.first, Produced::EndBeside)))
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
            let to = out.clone();
            match threads.spawn("encode", move || run_track(track, start, &to)) {
                Ok(task) => tasks.push(task),
                Err(error) => {
                    out.send((track, Produced::Sample(Err(error))))?;
                    out.send((track, Produced::End))?;
                }
            }
        }
        for (track, start) in starts {
            run_track(track, start, out)?;
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
            // What is beside the pictures belongs to the first video.
            places: if nth == 0 { places.clone() } else { Placements::default() },
            shared: Shared {
                tally: self.tallies[nth].clone(),
                codec_threads: reading.codec_threads,
                cancel: threads.cancel().clone(),
                threads: threads.clone(),
            },
        }
    }

    /// Send the clips of every stream of sound, each by a thread of its own.
    fn start_audio(
        &self,
        subscribers: Vec<Subscriber<Head>>,
        places: &Placements,
        cancel: &Cancel,
    ) -> Result<(), Unwanted> {
        let Common { threads, out, .. } = &self.common;
        let (input, first) = (&self.input, self.first);
        let window = input.exact_window();
        let longest = if input.can_wait() { i64::MAX } else { LONGEST_LIVE_CLIP };
        for (line, subscriber) in subscribers.into_iter().enumerate() {
            let tally = self.tallies[0].clone();
            let start = AudioStart {
                subscriber,
                live: input.is_live(),
                window: window.clone(),
                places: places.clone(),
                clips: ClipRules { line, longest, tally: tally.clone() },
                cancel: cancel.clone(),
            };
            let to = out.clone();
            let work = move || {
                let mut clips = audio_clips(start);
                // The receiver may be gone.
                let sent = caught("the sound of an input", || {
                    clips.try_for_each(|clip| to.send((first, Produced::Clip(clip))))
                });
                if let Err(panic) = sent {
                    let _ = to.send((first, Produced::Sample(Err(panic))));
                }
                let _ = to.send((first, Produced::EndBeside));
            };
            if let Err(error) = threads.spawn("audio", work) {
                out.send((first, Produced::Sample(Err(error))))?;
                out.send((first, Produced::EndBeside))?;
            }
        }
        Ok(())
    }

    /// Send the notes, if there are any. Subtitles are sent as they are read, by a thread of their own.
    fn start_notes(&self, subscriber: Option<Subscriber<Head>>) -> Result<(), Unwanted> {
        if self.input.text.names.is_empty() {
            return Ok(());
        }
        let Common { reading, threads, out, .. } = &self.common;
        let (first, times) =
            (self.first, reading::note_times(&self.input, reading.keep_timestamps));
        for note in self.input.text.chapters(&times) {
            out.send((first, Produced::Note(note)))?;
        }
        let Some(subscriber) = subscriber else {
            return out.send((first, Produced::EndBeside));
        };
        let (to, cancel) = (out.clone(), threads.cancel().clone());
        let tally = self.tallies[0].clone();
        let work = move || {
            let mut notes = subtitles(subscriber, times, tally, &cancel).into_iter().flatten();
            // The receiver may be gone.
            let _ = notes.try_for_each(|note| to.send((first, Produced::Note(note))));
            let _ = to.send((first, Produced::EndBeside));
        };
        match threads.spawn("text", work) {
            Ok(_) => Ok(()),
            Err(error) => {
                out.send((first, Produced::Sample(Err(error))))?;
                out.send((first, Produced::EndBeside))
            }
        }
    }
}

fn run_track(track: usize, start: TrackStart, out: &Out) -> Result<(), Unwanted> {
    send_all(|| samples(start), |sample| out.send((track, Produced::Sample(sample))))?;
    out.send((track, Produced::End))
}

/// Send the items of a chain. If the chain fails to start or panics, the last item is that error: a track that broke
/// off must not look like a shorter recording.
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
