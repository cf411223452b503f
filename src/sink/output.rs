//! A running output on its own thread: it takes rows, logs them, and gives up if the receiver is stuck.
//! It does not know the kinds of outputs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::rows::{Lost, QueueItem, Rows, WhenFull};
use super::{
    Completed, Ending, Opening, RecordingSpec, Target, file, serve, stdout, video, viewer,
};
use crate::config::OutputConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Warning};
use crate::record::Entry;
use crate::threads::{Spawner, Task};

/// Bytes queued for an output. Outputs share the video data, so several take little more memory than one.
const QUEUE_BYTES: usize = 16 << 20;
/// The same for a file that can wait: little, since it is still in the processor's cache when its turn comes.
const FILE_BYTES: usize = 1 << 20;
/// Bytes queued for a file that is recorded live, so that a disk that stalls for some seconds costs no frames.
const LIVE_FILE_BYTES: usize = 64 << 20;

/// How often an output is checked, so that a viewer that quit is noticed within two seconds.
const CHECK: Duration = Duration::from_millis(500);
/// How often waiting chunks are checked.
const TEND: Duration = Duration::from_millis(100);

/// Pause between flushes of an output that is stuck. Each flush leaks a few bytes inside Rerun.
const FLUSH: Duration = Duration::from_millis(500);
const LONG_FLUSH: Duration = Duration::from_secs(2);

/// An output that accepts nothing for this long has failed.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same after the run was cancelled.
const LAST_PATIENCE: Duration = Duration::from_secs(3);

/// A running output.
pub(crate) struct Output {
    pub what: String,
    /// A warning to report before the first row.
    pub warning: Option<Warning>,
    /// It is an ordinary video file.
    is_video: bool,
    stuck: Error,
    rows: Arc<Rows>,
    task: Option<Task<Result<Completed>>>,
}

impl Output {
    /// Open the output and begin its recording. If it is `alone`, it may block, since no other output waits for it.
    pub fn open(
        opening: &Opening,
        alone: bool,
        spec: &RecordingSpec,
        threads: &Spawner,
        cancel: &Cancel,
    ) -> Result<Self> {
        let mut target = match opening {
            Opening::Video { save, container, tracks } => {
                video::open(save, *container, tracks.clone(), spec)?
            }
            Opening::All(OutputConfig::Save(save)) => file::open(&save.path, save.force, spec)?,
            Opening::All(OutputConfig::Stdout) => stdout::open(spec)?,
            Opening::All(OutputConfig::Connect(connect)) => viewer::connect(&connect.url, spec)?,
            Opening::All(OutputConfig::Spawn(spawn)) => viewer::spawn(spawn, spec, cancel)?,
            Opening::All(OutputConfig::Serve(serve)) => serve::open(serve, spec)?,
        };
        let is_file =
            matches!(opening, Opening::Video { .. } | Opening::All(OutputConfig::Save(_)));
        // A disk may stall, and so may the program behind a pipe if there is no other output.
        let waited_for = is_file || alone && *opening == Opening::All(OutputConfig::Stdout);
        let (when_full, most_bytes) = match (spec.live, is_file) {
            (true, true) => (WhenFull::LoseGops, LIVE_FILE_BYTES),
            (true, false) => (WhenFull::LoseGops, QUEUE_BYTES),
            (false, true) => (WhenFull::Wait, FILE_BYTES),
            (false, false) => (WhenFull::Wait, QUEUE_BYTES),
        };
        let (what, warning) = (target.what.clone(), target.warning.take());
        let stuck = target.stuck.clone();
        let rows = Arc::new(Rows::new(spec.tracks.len(), most_bytes, when_full));
        let work = Work {
            rows: rows.clone(),
            target,
            loses: when_full == WhenFull::LoseGops,
            waited_for,
            threads: threads.clone(),
            cancel: cancel.clone(),
        };
        let task = threads.spawn_blocking("output", move || work.run())?;
        let is_video = matches!(opening, Opening::Video { .. });
        Ok(Self { what, warning, is_video, stuck, rows, task: Some(task) })
    }

    /// Wait until `deadline` for room for one more entry. Returns whether there is room.
    pub fn wait_for_room(&self, deadline: Instant) -> bool {
        self.rows.wait_for_room(deadline)
    }

    /// Queue an entry without waiting: in live mode a slow output drops what does not fit.
    pub fn send(&self, entry: Entry) {
        let wanted = match entry {
            Entry::Sample(_) | Entry::Note(_) => true,
            Entry::Sound(_) | Entry::End { .. } => self.is_video,
            Entry::Clip(_) | Entry::Message(_) => !self.is_video,
        };
        if wanted {
            self.rows.push(entry);
        }
    }

    /// For each track of which something was dropped since the last call: how much.
    pub fn take_lost(&self) -> Vec<(usize, Lost)> {
        self.rows.take_lost()
    }

    /// No more entries follow.
    pub fn end(&self, ending: Ending) {
        self.rows.end(ending);
    }

    /// Wait until everything is written and in its final place. Call [`end`](Self::end) first.
    pub fn join(mut self, cancel: &Cancel) -> Result<Completed> {
        let Some(task) = self.task.take() else {
            return Err(Error::new(
                ErrorKind::Internal,
                &self.what,
                "its thread was joined already",
            ));
        };
        if task.wait_unless(cancel) {
            return task.join().flatten();
        }
        // It gives up by itself, unless it is blocked in a system call.
        let late = Cancel::new();
        late.cancel_at(Instant::now() + LAST_PATIENCE * 3);
        if task.wait_unless(&late) {
            return task.join().flatten();
        }
        task.leave_behind();
        Err(self.stuck.clone())
    }

    /// The thread has ended early.
    pub fn failed(&mut self) -> Option<Error> {
        let task = self.task.take_if(|task| task.is_finished())?;
        let early = |_| Error::new(ErrorKind::Internal, &self.what, "it ended early");
        Some(task.join().flatten().map_or_else(|error| error, early))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // After a failed run, what was written is still worth keeping.
        if !self.rows.is_ending() {
            self.rows.end(Ending::Partial);
        }
    }
}

/// The thread of an output.
struct Work {
    rows: Arc<Rows>,
    target: Target,
    /// It may drop rows, and is not given up while rows keep coming.
    loses: bool,
    /// It is never given up, unless the run is cancelled.
    waited_for: bool,
    threads: Spawner,
    cancel: Cancel,
}

impl Work {
    fn run(mut self) -> Result<Completed> {
        let done = self.log();
        // Unblock a producer that waits for room.
        self.rows.close();
        let stuck = self.target.stuck.clone();
        let limit = match &done {
            // It was waited for already.
            Err(error) if *error == stuck => Duration::ZERO,
            _ if self.cancel.is_cancelled() => LAST_PATIENCE,
            _ => PATIENCE,
        };
        let closed = self.close(limit)?;
        if closed { done } else { done.and(Err(stuck)) }
    }

    fn log(&mut self) -> Result<Completed> {
        let mut checked = Instant::now();
        let ending = loop {
            let taken = self.rows.take(TEND);
            let is_idle = matches!(taken, QueueItem::Nothing);
            match taken {
                QueueItem::Entry(entry) => self.target.log.take(entry)?,
                QueueItem::End(ending) => break ending,
                QueueItem::Nothing => {}
            }
            self.target.log.tend()?;
            self.send()?;
            if is_idle {
                self.settle()?;
            }
            if checked.elapsed() >= CHECK {
                self.target.keeper.check()?;
                checked = Instant::now();
            }
        };
        if ending == Ending::Discarded {
            self.target.keeper.discard();
            return Ok(Completed { what: String::new(), stays: None });
        }
        self.target.log.finish()?;
        self.send()?;
        self.settle()?;
        self.target.keeper.complete(ending)
    }

    /// Send what is ready, once everything before it is flushed, so that nothing accumulates in Rerun's own queues: those
    /// are long, and logging into a full one blocks forever. Chunks are put together while the last ones are written.
    fn send(&mut self) -> Result<()> {
        if self.target.log.is_ready() {
            self.settle()?;
            self.target.log.send();
        }
        Ok(())
    }

    /// Flush everything that was sent.
    fn settle(&mut self) -> Result<()> {
        if !self.target.log.is_unsettled() {
            return Ok(());
        }
        let began = Instant::now();
        let (mut accepted, mut accepted_at) = (None, began);
        let (mut ending, mut cancelled) = (None, None);
        loop {
            let flush = if began.elapsed() < PATIENCE { FLUSH } else { LONG_FLUSH };
            match self.target.log.settle(flush) {
                Ok(true) => return Ok(()),
                Ok(false) => self.target.keeper.check()?,
                Err(message) => return Err(self.target.keeper.lost(&message)),
            }
            // A slow receiver takes long for one chunk.
            let now_accepted = self.target.keeper.accepted();
            if now_accepted != accepted {
                (accepted, accepted_at) = (now_accepted, Instant::now());
            }
            // Dropped rows are not worth waiting for; the end is.
            if !self.loses || self.rows.is_ending() {
                let since =
                    *ending.get_or_insert_with(|| if self.loses { Instant::now() } else { began });
                if !self.waited_for && since.max(accepted_at).elapsed() > PATIENCE {
                    return Err(self.target.stuck.clone());
                }
            }
            if self.cancel.is_cancelled() {
                let since = cancelled.get_or_insert_with(Instant::now);
                if since.elapsed() > LAST_PATIENCE {
                    return Err(self.target.stuck.clone());
                }
            }
        }
    }

    /// Drop the recording stream: Rerun blocks forever if a viewer accepts nothing. Returns whether that completed
    /// within `limit`; otherwise it completes when the viewer quits.
    fn close(self, limit: Duration) -> Result<bool> {
        let target = self.target;
        let closing = self.threads.spawn_blocking("closing output", move || drop(target))?;
        let late = Cancel::new();
        late.cancel_at(Instant::now() + limit);
        if closing.wait_unless(&late) {
            return closing.join().map(|()| true);
        }
        closing.leave_behind();
        Ok(false)
    }
}
