//! One output at work, on a thread of its own: it takes rows, logs them, and looks whether it still works.
//! Which outputs there are is not known here.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded};

use super::relay::Relay;
use super::{Completed, Ending, RecordingSpec, Target, file, serve, stdout, viewer};
use crate::config::OutputConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Cancel, Warning};
use crate::record::{Entry, TrackLog, TrackSpec};
use crate::threads::{Spawner, Task};

/// Rows that may wait for an output. A slow one slows the run down rather than fill the memory.
const QUEUE: usize = 64;

/// An output is asked this often whether it still works: a viewer that went away is noticed within two seconds.
const CHECK: Duration = Duration::from_millis(500);

/// Chunks that wait are looked after this often.
const TEND: Duration = Duration::from_millis(100);

/// After a run was cancelled, an output that does not take its rows is given up after so long.
const PATIENCE: Duration = Duration::from_secs(3);

enum Command {
    Log(Entry),
    End(Ending),
}

/// One output at work.
pub(crate) struct Output {
    pub what: String,
    /// What the user should know before the first row.
    pub warning: Option<Warning>,
    rows: Sender<Command>,
    task: Option<Task<Result<Completed>>>,
}

impl Output {
    /// Open the output and begin its recording.
    pub fn open(
        config: &OutputConfig,
        spec: &RecordingSpec,
        threads: &Spawner,
        cancel: &Cancel,
    ) -> Result<Self> {
        let mut target = match config {
            OutputConfig::Save(save) => file::open(&save.path, save.force, spec)?,
            OutputConfig::Stdout => stdout::open(spec)?,
            OutputConfig::Connect(connect) => viewer::connect(&connect.url, spec)?,
            OutputConfig::Spawn(spawn) => viewer::spawn(spawn, spec, cancel)?,
            OutputConfig::Serve(serve) => serve::open(serve, spec)?,
        };
        let (what, warning) = (target.what.clone(), target.warning.take());
        let (rows, queue) = bounded(QUEUE);
        let (tracks, cancel) = (spec.tracks.clone(), cancel.clone());
        let work = move || work(target, tracks, &queue, &cancel);
        let task = threads.spawn_blocking("output", work)?;
        Ok(Self { what, warning, rows, task: Some(task) })
    }

    /// Hand over an entry. Waits while the output is slow.
    pub fn send(&mut self, entry: Entry, cancel: &Cancel) -> Result<()> {
        self.command(Command::Log(entry), cancel)
    }

    fn command(&mut self, mut command: Command, cancel: &Cancel) -> Result<()> {
        let mut cancelled_at = None;
        loop {
            match self.rows.send_timeout(command, CHECK) {
                Ok(()) => return Ok(()),
                Err(SendTimeoutError::Disconnected(_)) => return self.joined().map(drop),
                Err(SendTimeoutError::Timeout(back)) => command = back,
            }
            if cancel.is_cancelled() {
                let since = cancelled_at.get_or_insert_with(Instant::now);
                if since.elapsed() > PATIENCE {
                    // The thread is left behind: it waits for someone who does not read.
                    self.task.take().into_iter().for_each(Task::leave_behind);
                    return Err(self.stuck());
                }
            }
        }
    }

    /// Finish: wait until everything is where it belongs.
    pub fn finish(mut self, ending: Ending, cancel: &Cancel) -> Result<Completed> {
        self.command(Command::End(ending), cancel)?;
        self.joined()
    }

    fn joined(&mut self) -> Result<Completed> {
        let gone = || Error::new(ErrorKind::Internal, &self.what, "its thread was joined already");
        self.task.take().map_or_else(|| Err(gone()), |task| task.join().flatten())
    }

    /// The thread ended before its time.
    pub fn failed(&mut self) -> Option<Error> {
        let task = self.task.take_if(|task| task.is_finished())?;
        let early = |_| Error::new(ErrorKind::Internal, &self.what, "it ended early");
        Some(task.join().flatten().map_or_else(|error| error, early))
    }

    fn stuck(&self) -> Error {
        Error::new(
            ErrorKind::Viewer,
            &self.what,
            "it takes no more data, so the end is missing there",
        )
    }
}

/// The life of an output's thread.
fn work(
    mut target: Target,
    tracks: Vec<TrackSpec>,
    queue: &Receiver<Command>,
    cancel: &Cancel,
) -> Result<Completed> {
    let mut logs = Vec::with_capacity(tracks.len());
    for spec in tracks {
        logs.push(TrackLog::new(target.recording.clone(), spec, target.layout)?);
    }
    let mut relay = Relay::default();
    let mut checked = Instant::now();
    let ending = loop {
        match queue.recv_timeout(TEND) {
            Ok(Command::Log(entry)) => {
                if let Entry::Message(passing) = &entry {
                    let keeper = target.keeper.as_mut();
                    relay.send(passing, &target.recording, keeper, cancel)?;
                } else if let Some(log) = logs.get_mut(entry.track()) {
                    log.take(entry)?;
                }
            }
            Ok(Command::End(ending)) => break ending,
            Err(RecvTimeoutError::Timeout) => {}
            // The run broke down; what came so far is still worth keeping.
            Err(RecvTimeoutError::Disconnected) => break Ending::Partial,
        }
        logs.iter_mut().try_for_each(TrackLog::tend)?;
        if checked.elapsed() >= CHECK {
            target.keeper.check(&target.recording)?;
            checked = Instant::now();
        }
    };
    if ending == Ending::Discarded {
        target.keeper.discard();
        return Ok(Completed { what: String::new(), stays: None });
    }
    for log in &mut logs {
        log.finish()?;
    }
    target.keeper.complete(&target.recording, ending, cancel)
}
