//! The samples of one input, for callers who record them themselves.
//! No outputs and no Rerun types; the stages are those of every run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

use super::accounts::Accounts;
use super::layout;
use super::open::open;
use super::planned::{PlannedInput, PlannedTrack};
use super::reading::{self, ReadingRules};
use super::share::codec_threads;
use super::stages::{self, Shared, TrackStart};
use crate::config::{AudioChoice, Config};
use crate::copy::examine::CopyCheck;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::{Cancel, Warning};
use crate::input::play::Items;
use crate::sample::{Sample, SampleCodec, StreamInfo};
use crate::threads::{Spawner, Threads};
use crate::time::Placements;
use crate::time::capture_clock::Epoch;

/// The samples of an input's video in order: what [`run`](crate::run()) would record, without a recording.
///
/// An iterator over `Result`s that ends after the first error. Frames that are damaged and skipped are not errors; they
/// are counted in [`warnings`](Self::warnings).
///
/// Its own threads read, decode and filter the input a few frames ahead; encoding happens on the thread that calls
/// [`next`](Iterator::next). Dropping it ends the threads and closes the input.
///
/// ```no_run
/// let mut samples = vstream::samples(&vstream::Config::new("rtsp://camera.local/main"))?;
/// let first = samples.next().transpose()?;
/// println!("{:?} of {}", first.map(|sample| sample.time()), samples.stream().source);
/// # Ok::<(), vstream::Error>(())
/// ```
pub struct Samples {
    stream: StreamInfo,
    codec: SampleCodec,
    encoding: String,
    accounts: Accounts,
    cancel: Cancel,
    /// Declared before the threads, so that the stages are dropped first. `None` after the end.
    stages: Option<(Items<Sample>, Threads)>,
}

/// Open the only input of `config` and return its samples on demand.
///
/// Uses `config.inputs`, `config.video`, and of `config.recording` only `keep_timestamps` and `start_time`. Outputs are
/// ignored.
///
/// ```no_run
/// use std::io::Write as _;
///
/// // The video as a raw H.264 stream.
/// let mut file = std::fs::File::create("out.h264")?;
/// let samples = vstream::samples(&vstream::Config::new("input.mkv"))?;
/// println!("{} {}", samples.stream().name, samples.encoding());
/// for sample in samples {
///     file.write_all(sample?.data())?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The input cannot be opened, or has no video or more than one to read. Later errors are items of the iterator.
pub fn samples(config: &Config) -> Result<Samples> {
    let cancel = config.switch();
    let mut config = config.clone();
    // Chapters, subtitles and sound are not read.
    config.recording.metadata = false;
    config.inputs.iter_mut().for_each(|input| input.audio = AudioChoice::None);
    let threads = Threads::new(&cancel);
    let one = open_one(&config, &CopyCheck::Before, threads.spawner())?;
    let OpenOne { mut input, track, accounts, reading } = one;
    let (spawner, tally) = (threads.spawner(), accounts.tally(0));
    let tallies = std::slice::from_ref(&tally);
    let subscribers = reading::begin(&mut input, tallies, reading, spawner)?;
    let subscriber = subscribers.tracks.into_iter().next().ok_or_else(gone)?;
    let (stream, encoding) = (track.info().clone(), track.plan.describe());
    let codec = track.codec().ok_or_else(gone)?;
    let start = TrackStart {
        track,
        input: input.config,
        joined: input.joined,
        may_end: input.spec.is_pipe,
        keep_timestamps: reading.keep_timestamps,
        subscriber,
        epoch: Epoch::default(),
        places: Placements::default(),
        shared: Shared {
            tally,
            codec_threads: reading.codec_threads,
            cancel: spawner.cancel().clone(),
            threads: spawner.clone(),
        },
    };
    let stages = stages::samples(start)?;
    Ok(Samples { stream, codec, encoding, accounts, cancel, stages: Some((stages, threads)) })
}

/// The only video of the only input of a run, and what it takes to read it.
pub(super) struct OpenOne {
    pub input: PlannedInput,
    pub track: PlannedTrack,
    pub accounts: Accounts,
    pub reading: ReadingRules,
}

/// Open the only input of `config`. An error if it is several, or has several videos to read.
pub(super) fn open_one(config: &Config, check: &CopyCheck, threads: &Spawner) -> Result<OpenOne> {
    let planned = open(config, check, threads).map_err(|error| match error.remedy() {
        Some(Remedy::RecordSound(_)) => error.with_remedy(Remedy::SoundOnly),
        _ => error,
    })?;
    let specs = layout::track_specs(&planned, config);
    let accounts = Accounts::new(&planned, &specs, Instant::now());
    let reading = ReadingRules {
        keep_timestamps: config.recording.keep_timestamps,
        codec_threads: codec_threads(&planned, config),
    };
    let count = specs.len();
    let only = planned.inputs.into_iter().next().filter(|_| count == 1);
    let input = only.ok_or_else(|| {
        let cause = format!("there are {count}, and samples are those of one");
        Error::new(ErrorKind::Config, "the videos", cause).with_remedy(Remedy::PickStream)
    })?;
    let track = input.tracks.first().cloned().ok_or_else(gone)?;
    Ok(OpenOne { input, track, accounts, reading })
}

fn gone() -> Error {
    Error::new(ErrorKind::Internal, "the samples", "there is no video")
}

/// Join the threads; an error if one of them panicked, or if there was no frame at all.
pub(super) fn failure(threads: Threads, accounts: &Accounts, cancel: &Cancel) -> Option<Error> {
    let ended = threads.finish();
    let empty = || accounts.failure(cancel.is_cancelled());
    ended.err().or_else(|| if accounts.logged() == 0 { empty() } else { None })
}

impl Samples {
    /// The stream that is read.
    pub fn stream(&self) -> &StreamInfo {
        &self.stream
    }

    /// The codec of the samples.
    pub fn codec(&self) -> SampleCodec {
        self.codec
    }

    /// How the samples are made, in one line: "libx264 veryfast crf 23", "copied".
    pub fn encoding(&self) -> &str {
        &self.encoding
    }

    /// The warnings so far, with how often each occurred.
    pub fn warnings(&self) -> BTreeMap<Warning, u64> {
        self.accounts.tally(0).warnings()
    }

    fn end(&mut self, stages: Items<Sample>, threads: Threads) -> Option<Error> {
        drop(stages);
        failure(threads, &self.accounts, &self.cancel)
    }
}

impl Iterator for Samples {
    type Item = Result<Sample>;

    fn next(&mut self) -> Option<Self::Item> {
        let (mut stages, threads) = self.stages.take()?;
        match stages.next() {
            Some(Ok(sample)) => {
                self.stages = Some((stages, threads));
                Some(Ok(self.accounts.count(0, sample)))
            }
            // Errors of threads that fail because of this one add nothing.
            Some(Err(error)) => {
                self.end(stages, threads);
                Some(Err(error))
            }
            None => self.end(stages, threads).map(Err),
        }
    }
}

impl std::iter::FusedIterator for Samples {}

impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Samples")
            .field("stream", &self.stream)
            .field("codec", &self.codec)
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}
