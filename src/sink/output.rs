//! One output at work, on a thread of its own: it takes rows, logs them, and gives up where nobody takes them.
//! Which outputs there are is not known here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::rows::{Rows, Taken, WhenFull};
use super::{Completed, Ending, RecordingSpec, Target, file, serve, stdout, video, viewer};
use crate::config::OutputConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Warning};
use crate::mux::Container;
use crate::record::Entry;
use crate::threads::{Spawner, Task};

/// What may wait for an output. Outputs share the video itself, so all of them together take little more.
const QUEUE_BYTES: usize = 16 << 20;
/// What may wait for a file that is recorded live: a disk that is busy for some seconds costs nothing.
const LIVE_FILE_BYTES: usize = 64 << 20;

/// An output is asked this often whether it still works: a viewer that went away is noticed within two seconds.
const CHECK: Duration = Duration::from_millis(500);
/// Chunks that wait are looked after this often.
const TEND: Duration = Duration::from_millis(100);

/// Of one that takes nothing, this long is waited before it is asked anew. Each time leaves a few bytes behind in Rerun.
const FLUSH: Duration = Duration::from_millis(500);
const LONG_FLUSH: Duration = Duration::from_secs(2);

/// Who takes nothing for so long has failed.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same after the run was cancelled.
const LAST_PATIENCE: Duration = Duration::from_secs(3);

/// One output at work.
pub(crate) struct Output {
    pub what: String,
    /// What the user should know before the first row.
    pub warning: Option<Warning>,
    rows: Arc<Rows>,
    task: Option<Task<Result<Completed>>>,
}

impl Output {
    /// Open the output and begin its recording. One that is `alone` holds nobody up.
    pub fn open(
        config: &OutputConfig,
        alone: bool,
        spec: &RecordingSpec,
        threads: &Spawner,
        cancel: &Cancel,
    ) -> Result<Self> {
        let mut target = match config {
            OutputConfig::Save(save) => match Container::of(&save.path) {
                Some(container) => video::open(&save.path, container, save.force, spec)?,
                None => file::open(&save.path, save.force, spec)?,
            },
            OutputConfig::Stdout => stdout::open(spec)?,
            OutputConfig::Connect(connect) => viewer::connect(&connect.url, spec)?,
            OutputConfig::Spawn(spawn) => viewer::spawn(spawn, spec, cancel)?,
            OutputConfig::Serve(serve) => serve::open(serve, spec)?,
        };
        // A disk is waited for, and so is the program behind a pipe where nobody else waits.
        let waited_for = match config {
            OutputConfig::Save(_) => true,
            OutputConfig::Stdout => alone,
            _ => false,
        };
        let (when_full, most_bytes) = match (spec.live, config) {
            (true, OutputConfig::Save(_)) => (WhenFull::LoseGops, LIVE_FILE_BYTES),
            (true, _) => (WhenFull::LoseGops, QUEUE_BYTES),
            (false, _) => (WhenFull::Wait, QUEUE_BYTES),
        };
        let (what, warning) = (target.what.clone(), target.warning.take());
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
        Ok(Self { what, warning, rows, task: Some(task) })
    }

    /// Wait until `deadline` for room for one more entry. Whether there is.
    pub fn wait_for_room(&self, deadline: Instant) -> bool {
        self.rows.wait_for_room(deadline)
    }

    /// Hand over an entry. It never waits: live, a slow output loses what it cannot take.
    pub fn send(&self, entry: Entry) {
        self.rows.push(entry);
    }

    /// For each track that lost samples since this was last asked: how many.
    pub fn take_lost(&self) -> Vec<(usize, u64)> {
        self.rows.take_lost()
    }

    /// Nothing more comes.
    pub fn end(&self, ending: Ending) {
        self.rows.end(ending);
    }

    /// Wait until everything is where it belongs. The end was told before.
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
        // It gives up by itself, unless the operating system holds it.
        let late = Cancel::new();
        late.cancel_at(Instant::now() + LAST_PATIENCE * 3);
        if task.wait_unless(&late) {
            return task.join().flatten();
        }
        task.leave_behind();
        Err(stuck(&self.what))
    }

    /// The thread ended before its time.
    pub fn failed(&mut self) -> Option<Error> {
        let task = self.task.take_if(|task| task.is_finished())?;
        let early = |_| Error::new(ErrorKind::Internal, &self.what, "it ended early");
        Some(task.join().flatten().map_or_else(|error| error, early))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // Where the run broke down, what came so far is still worth keeping.
        if !self.rows.is_ending() {
            self.rows.end(Ending::Partial);
        }
    }
}

fn stuck(what: &str) -> Error {
    Error::new(ErrorKind::Viewer, what, "it takes no more data, so the end is missing there")
}

/// The thread of an output.
struct Work {
    rows: Arc<Rows>,
    target: Target,
    /// It may lose rows, and is not given up while rows come.
    loses: bool,
    /// It is not given up, unless the run is cancelled.
    waited_for: bool,
    threads: Spawner,
    cancel: Cancel,
}

impl Work {
    fn run(mut self) -> Result<Completed> {
        let done = self.log();
        // Nobody waits for room any more.
        self.rows.close();
        let what = self.target.what.clone();
        let gave_up = |error: &Error| *error == stuck(&what);
        let limit = match &done {
            // It was waited for already.
            Err(error) if gave_up(error) => Duration::ZERO,
            _ if self.cancel.is_cancelled() => LAST_PATIENCE,
            _ => PATIENCE,
        };
        let closed = self.close(limit)?;
        if closed { done } else { done.and(Err(stuck(&what))) }
    }

    fn log(&mut self) -> Result<Completed> {
        let mut checked = Instant::now();
        let ending = loop {
            match self.rows.take(TEND) {
                Taken::Entry(entry) => self.target.log.take(entry)?,
                Taken::End(ending) => break ending,
                Taken::Nothing => {}
            }
            self.target.log.tend()?;
            if self.target.log.is_unsettled() {
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
        self.settle()?;
        self.target.keeper.complete(ending)
    }

    /// Wait until what was logged is taken, so that nothing waits in Rerun's own queues: those are long, and whoever logs
    /// into a full one waits for ever.
    fn settle(&mut self) -> Result<()> {
        let began = Instant::now();
        let (mut ending, mut cancelled) = (None, None);
        loop {
            let flush = if began.elapsed() < PATIENCE { FLUSH } else { LONG_FLUSH };
            match self.target.log.settle(flush) {
                Ok(true) => return Ok(()),
                Ok(false) => self.target.keeper.check()?,
                Err(message) => return Err(self.target.keeper.lost(&message)),
            }
            // Rows that are lost are nothing to wait for; the end is.
            if !self.loses || self.rows.is_ending() {
                let since =
                    *ending.get_or_insert_with(|| if self.loses { Instant::now() } else { began });
                if !self.waited_for && since.elapsed() > PATIENCE {
                    return Err(stuck(&self.target.what));
                }
            }
            if self.cancel.is_cancelled() {
                let since = cancelled.get_or_insert_with(Instant::now);
                if since.elapsed() > LAST_PATIENCE {
                    return Err(stuck(&self.target.what));
                }
            }
        }
    }

    /// Let go of the recording: Rerun waits for ever where a viewer takes nothing. Whether that was done within `limit`;
    /// else it is done when the viewer ends.
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
