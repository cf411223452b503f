//! Converts files in parallel: each worker takes the next file until none is left, whatever happens to the others.
//! It reports nothing itself: events go through a channel to the calling thread.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::config::{Batch, SkipExisting};
use super::event::{BatchEvent, BatchReporter, BatchSummary, FailedFile, SkipReason};
use super::files::{self, BatchFile};
use super::{existing, names};
use crate::config::{Config, SaveConfig};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::{Cancel, Event, Progress, Reporter, Summary, Warning};
use crate::mux::Container;
use crate::run::drive::run;
use crate::sink::make_folders;
use crate::threads::{self, Threads, caught};

/// Capacity of the channel to the reporter, which may be slow to draw.
const MESSAGES: usize = 256;

/// Convert every file of a batch into its own recording.
///
/// A file that fails does not stop the others; it is listed in [`BatchSummary::failed`], and the result is still `Ok`.
/// Folders are created as needed. Cancelling a batch ends the files in progress and starts no more.
///
/// # Errors
///
/// Only before anything is converted: a folder cannot be read, two files would have the same recording, or there are no
/// files.
pub fn convert_all(batch: &Batch, reporter: &mut dyn BatchReporter) -> Result<BatchSummary> {
    let began = Instant::now();
    let cancel = batch.config.switch();
    let found = files::find(&batch.config.inputs)?;
    let relative: Vec<PathBuf> = found.iter().map(|file| file.relative.clone()).collect();
    let outputs = names::outputs(&relative, &batch.destination, batch.format)?;
    let is_video = |path: &PathBuf| Container::of(path).is_some();
    if batch.skip_existing == SkipExisting::Same && outputs.iter().any(is_video) {
        let cause = "a video file does not say what it was made from";
        return Err(Error::new(ErrorKind::Config, "existing video files", cause)
            .with_remedy(Remedy::SkipByName));
    }
    let mut jobs: Vec<Job> =
        found.into_iter().zip(outputs).map(|(file, output)| Job { file, output }).collect();
    if jobs.is_empty() {
        return Err(Error::new(ErrorKind::Config, "the inputs", "there is none"));
    }
    if let Some(shard) = batch.shard {
        jobs = shard.select(jobs, |job| job.file.bytes());
    }
    let bytes = jobs.iter().map(|job| job.file.bytes()).sum();
    reporter.event(&BatchEvent::Found { files: jobs.len(), bytes });

    let cores = threads::cores();
    let side_by_side = batch.config.jobs.unwrap_or(cores).get().min(jobs.len());
    let threads = Threads::new(&cancel);
    let (out, messages) = bounded(MESSAGES);
    let mut batch = batch.clone();
    if side_by_side > 1 {
        // Files that are converted at the same time share the cores.
        let cores = batch.config.cores.unwrap_or(cores).get();
        batch.config.cores = NonZeroUsize::new(cores.div_ceil(side_by_side));
    }
    let work = Arc::new(Work { batch, jobs, next: AtomicUsize::new(0), cancel });
    for _ in 0..side_by_side {
        let (work, out) = (work.clone(), out.clone());
        threads.spawner().spawn("batch", move || work.convert_files(&out))?;
    }
    drop(out);
    let mut summary = BatchSummary::default();
    account(&messages, &work.jobs, &mut summary, reporter);
    let cancelled = work.cancel.is_cancelled();
    threads.finish()?;
    summary.elapsed = began.elapsed();
    summary.cancelled = cancelled;
    let accounted = summary.converted + summary.existing + summary.no_video;
    summary.unfinished = (work.jobs.len() - summary.failed.len()) as u64 - accounted;
    reporter.event(&BatchEvent::Finished(&summary));
    Ok(summary)
}

/// One file and the path of its recording.
struct Job {
    file: BatchFile,
    output: PathBuf,
}

impl Job {
    fn input(&self) -> String {
        self.file.relative.to_string_lossy().into_owned()
    }
}

/// A worker's message about the file with this index.
struct Message {
    file: usize,
    event: JobEvent,
}

enum JobEvent {
    Started,
    Progress(Progress),
    Warning(Warning),
    Done(Box<Summary>),
    Skipped(SkipReason),
    Failed(Error),
    Cancelled,
}

/// State shared by the workers.
struct Work {
    batch: Batch,
    jobs: Vec<Job>,
    next: AtomicUsize,
    cancel: Cancel,
}

impl Work {
    /// Convert one file after another until none is left or the batch is cancelled.
    fn convert_files(&self, out: &Sender<Message>) {
        loop {
            let file = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = self.jobs.get(file).filter(|_| !self.cancel.is_cancelled()) else {
                return;
            };
            // A panic fails this file only.
            let event = caught(&job.input(), || self.convert(job, file, out));
            let event = event.unwrap_or_else(JobEvent::Failed);
            if out.send(Message { file, event }).is_err() {
                return;
            }
        }
    }

    fn convert(&self, job: &Job, file: usize, out: &Sender<Message>) -> JobEvent {
        if existing::is_there(&self.batch, &job.file, &job.output) {
            return JobEvent::Skipped(SkipReason::Existing);
        }
        let mut relay = Relay { file, out, tracks: Vec::new() };
        relay.send(JobEvent::Started);
        if let Err(error) = make_folder(&job.output) {
            return JobEvent::Failed(error);
        }
        match run(&config(&self.batch, job), &mut relay) {
            Ok(summary) if summary.cancelled => JobEvent::Cancelled,
            Ok(summary) => JobEvent::Done(Box::new(summary)),
            Err(_) if self.cancel.is_cancelled() => JobEvent::Cancelled,
            Err(error) if job.file.found && error.kind() == ErrorKind::NoVideo => {
                JobEvent::Skipped(SkipReason::NoVideo)
            }
            Err(error) => JobEvent::Failed(error),
        }
    }
}

/// Run one file.
fn config(batch: &Batch, job: &Job) -> Config {
    let mut config = batch.config.clone();
    config.inputs = vec![job.file.input.clone()];
    let save = SaveConfig::new(&job.output).with_force(batch.force).with_split(true);
    config.outputs = vec![save.into()];
    config.jobs = Some(NonZeroUsize::MIN);
    let recording = &mut config.recording;
    // A stable recording id: converting the file again replaces it in a catalog.
    let id = || job.file.relative.with_extension("").to_string_lossy().into_owned();
    recording.recording_id.get_or_insert_with(id);
    recording.properties.extend(existing::properties(&job.file, &batch.config));
    config
}

fn make_folder(output: &Path) -> Result<()> {
    let Some(folder) = output.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    make_folders(folder)
}

/// Forwards the events of one file's run.
struct Relay<'a> {
    file: usize,
    out: &'a Sender<Message>,
    /// The last counts of each of its videos.
    tracks: Vec<Progress>,
}

impl Relay<'_> {
    fn send(&self, event: JobEvent) {
        let _ = self.out.send(Message { file: self.file, event });
    }
}

impl Reporter for Relay<'_> {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Opened { .. } => self.tracks.push(Progress::default()),
            Event::Restarted { .. } => self.tracks.clear(),
            Event::Progress { track, progress } | Event::Ended { track, progress } => {
                if let Some(counts) = self.tracks.get_mut(*track) {
                    *counts = (*progress).clone();
                }
                // Every video reports in turn; forward once per round.
                if *track + 1 == self.tracks.len() {
                    self.send(JobEvent::Progress(together(&self.tracks)));
                }
            }
            Event::Warning { warning, .. } => self.send(JobEvent::Warning((*warning).clone())),
            _ => {}
        }
    }
}

/// The counts of all videos of a file, added up.
fn together(tracks: &[Progress]) -> Progress {
    let mut all = Progress::default();
    for one in tracks {
        all.read += one.read;
        all.logged += one.logged;
        all.dropped += one.dropped;
        all.damaged += one.damaged;
        all.bytes += one.bytes;
        all.time = all.time.max(one.time);
        all.elapsed = all.elapsed.max(one.elapsed);
    }
    // The least fraction of all videos, if it is known for each.
    all.fraction = tracks.iter().map(|one| one.fraction).reduce(|a, b| Some(a?.min(b?))).flatten();
    all
}

/// Forward and add up the workers' messages until all workers have ended.
fn account(
    messages: &Receiver<Message>,
    jobs: &[Job],
    summary: &mut BatchSummary,
    reporter: &mut dyn BatchReporter,
) {
    for Message { file, event } in messages {
        let job = &jobs[file];
        let (input, output, bytes) = (job.input(), job.output.as_path(), job.file.bytes());
        match event {
            JobEvent::Started => {
                reporter.event(&BatchEvent::Started { file, input: &input, output, bytes });
            }
            JobEvent::Progress(progress) => {
                reporter.event(&BatchEvent::Progress { file, progress: &progress });
            }
            JobEvent::Warning(warning) => {
                reporter.event(&BatchEvent::Warning { file, warning: &warning });
            }
            JobEvent::Done(done) => {
                summary.converted += 1;
                summary.damaged += u64::from(!done.is_clean());
                summary.frames += done.total(|counts| counts.logged);
                summary.bytes += done.total(|counts| counts.bytes);
                summary.time +=
                    done.tracks.iter().map(|t| t.progress.time).max().unwrap_or_default();
                reporter.event(&BatchEvent::Done { file, summary: &done });
            }
            JobEvent::Skipped(reason) => {
                match reason {
                    SkipReason::Existing => summary.existing += 1,
                    SkipReason::NoVideo => summary.no_video += 1,
                }
                reporter.event(&BatchEvent::Skipped { file, input: &input, output, bytes, reason });
            }
            JobEvent::Failed(error) => {
                let failed = FailedFile { input, error };
                reporter.event(&BatchEvent::Failed { file, failed: &failed });
                summary.failed.push(failed);
            }
            JobEvent::Cancelled => {}
        }
    }
}
