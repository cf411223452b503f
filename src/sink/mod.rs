//! Outputs: each one a recording stream of its own, on a thread of its own, so that none holds up another.
//! What is logged, and in which chunks, is `log.rs`'s; which outputs there are is one file each here.

mod fan;
mod file;
#[cfg_attr(not(feature = "web-viewer"), path = "page_disabled.rs")]
mod page;
mod ports;
mod probe;
mod rrd;
mod serve;
mod stdout;
mod viewer;

pub(crate) use fan::Fan;

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded};
use rerun::components::{LatLon, Text, Timestamp};
use rerun::external::re_log_types::{ApplicationId, RecordingId};
use rerun::log::ChunkBatcherConfig;
use rerun::sink::LogSink;
use rerun::{AnyValues, RecordingStream, RecordingStreamBuilder};

use crate::config::OutputConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;
use crate::log::{Entry, Layout, TrackLog, TrackSpec};
use crate::properties::{Property, Value};

/// Rows that may wait for an output. A slow one slows the run down rather than fill the memory.
const QUEUE: usize = 64;

/// An output is asked this often whether it still works: a viewer that went away is noticed within two seconds.
const CHECK: Duration = Duration::from_millis(500);

/// Chunks that wait are looked after this often.
const TEND: Duration = Duration::from_millis(100);

/// After a run was cancelled, an output that does not take its rows is given up after so long.
const PATIENCE: Duration = Duration::from_secs(3);

/// What every output's recording stream begins with.
#[derive(Debug, Clone)]
pub(crate) struct RecordingSpec {
    pub application_id: String,
    pub recording_id: String,
    pub name: String,
    pub properties: Vec<Property>,
    pub tracks: Vec<TrackSpec>,
    pub live: bool,
    /// The recording is somebody else's: no name, properties or view of ours.
    pub guest: bool,
}

/// An opened output, before its first row.
struct Target {
    recording: RecordingStream,
    layout: Layout,
    /// "writing out.rrd".
    what: String,
    keeper: Box<dyn Keeper>,
}

/// What an output must do besides taking rows.
trait Keeper: Send {
    /// Whether it still takes data.
    fn check(&mut self, recording: &RecordingStream) -> Result<()>;

    /// Everything was logged: make it last, and say where it is.
    fn complete(&mut self, recording: &RecordingStream, cancel: &Cancel) -> Result<Completed>;

    /// There is nothing worth keeping.
    fn discard(&mut self) {}
}

/// A finished output.
pub(crate) struct Completed {
    /// "saved out.rrd (1.2 MB)".
    pub what: String,
    /// It goes on serving until the run is cancelled.
    pub stays: Option<Box<dyn Send>>,
}

enum Command {
    Log(Entry),
    /// The end, and whether there is anything worth keeping.
    End {
        keep: bool,
    },
}

/// One output at work.
pub(crate) struct Output {
    pub what: String,
    rows: Sender<Command>,
    thread: Option<JoinHandle<Result<Completed>>>,
}

impl Output {
    /// Open the output and begin its recording.
    pub fn open(config: &OutputConfig, spec: &RecordingSpec, cancel: &Cancel) -> Result<Self> {
        let target = match config {
            OutputConfig::Save { path, force } => file::open(path, *force, spec)?,
            OutputConfig::Stdout => stdout::open(spec)?,
            OutputConfig::Connect { url } => viewer::connect(url, spec)?,
            OutputConfig::Spawn { viewer, port } => viewer::spawn(viewer.as_deref(), *port, spec)?,
            OutputConfig::Serve { bind, port, web_port, open } => {
                serve::open(*bind, *port, *web_port, *open, spec)?
            }
        };
        let what = target.what.clone();
        let (rows, queue) = bounded(QUEUE);
        let (tracks, cancel) = (spec.tracks.clone(), cancel.clone());
        let thread = thread::Builder::new()
            .name("output".into())
            .spawn(move || work(target, tracks, &queue, &cancel))
            .map_err(|e| Error::new(ErrorKind::Internal, "an output thread", e))?;
        Ok(Self { what, rows, thread: Some(thread) })
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
                    self.thread = None;
                    return Err(self.stuck());
                }
            }
        }
    }

    /// Finish: wait until everything is where it belongs.
    pub fn finish(mut self, keep: bool, cancel: &Cancel) -> Result<Completed> {
        self.command(Command::End { keep }, cancel)?;
        self.joined()
    }

    fn joined(&mut self) -> Result<Completed> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            _ => Err(Error::new(ErrorKind::Internal, &self.what, "its thread broke down")),
        }
    }

    fn stuck(&self) -> Error {
        Error::new(
            ErrorKind::Viewer,
            &self.what,
            "it takes no more data, so the end is missing there",
        )
    }
}

/// What opening an output would do, in words, or why it would fail, as far as that can be told without doing it.
pub(crate) fn foresee(config: &OutputConfig) -> Result<String> {
    match config {
        OutputConfig::Save { path, force } => file::foresee(path, *force),
        OutputConfig::Stdout => Ok("write to standard output".into()),
        OutputConfig::Connect { url } => {
            Ok(format!("send to the viewer at {}", viewer::address(url)?))
        }
        OutputConfig::Spawn { viewer, port } => {
            let program = viewer.as_deref().unwrap_or(std::path::Path::new("rerun")).display();
            Ok(format!(
                "show it in the viewer at port {port}, starting `{program}` if none is there"
            ))
        }
        OutputConfig::Serve { bind, web_port, .. } => {
            Ok(format!("serve a web viewer at {}", std::net::SocketAddr::new(*bind, *web_port)))
        }
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
    let mut checked = Instant::now();
    let keep = loop {
        match queue.recv_timeout(TEND) {
            Ok(Command::Log(entry)) => {
                if let Some(log) = logs.get_mut(entry.track()) {
                    log.take(entry)?;
                }
            }
            Ok(Command::End { keep }) => break keep,
            Err(RecvTimeoutError::Timeout) => {}
            // The run broke down; what came so far is still worth keeping.
            Err(RecvTimeoutError::Disconnected) => break true,
        }
        logs.iter_mut().try_for_each(TrackLog::tend)?;
        if checked.elapsed() >= CHECK {
            target.keeper.check(&target.recording)?;
            checked = Instant::now();
        }
    };
    if !keep {
        target.keeper.discard();
        return Ok(Completed { what: String::new(), stays: None });
    }
    for log in &mut logs {
        log.finish()?;
    }
    target.keeper.complete(&target.recording, cancel)
}

/// A recording stream into `sink`, with its name, properties and default view.
fn record(spec: &RecordingSpec, sink: Box<dyn LogSink>) -> Result<RecordingStream> {
    let failed = |e: rerun::RecordingStreamError| Error::new(ErrorKind::Output, "the recording", e);
    let application = ApplicationId::try_from(spec.application_id.clone()).map_err(|e| {
        Error::new(ErrorKind::Config, "application id", e)
            .with_hint("give it a name, such as vstream")
    })?;
    let mut builder = RecordingStreamBuilder::new(application)
        .recording_id(spec.recording_id.as_str())
        .enabled(true)
        .batcher_config(batching(spec.live));
    if !spec.guest {
        builder = builder
            .recording_name(spec.name.as_str())
            // Naming the id switches them off otherwise.
            .send_properties(true)
            // Also the active one: the viewer remembers what it showed of an application, and would show
            // the places of the last recording's videos.
            .with_blueprint(crate::blueprint::view(&spec.tracks, spec.live));
    }
    let recording = builder.buffered().map_err(failed)?;
    recording.set_log_time_enabled(false);
    recording.set_sink(sink);
    if spec.guest {
        return Ok(recording);
    }
    for group in groups(&spec.properties) {
        let values = spec.properties.iter().filter(|p| p.group == group).fold(
            AnyValues::default(),
            |values, property| {
                // The error is an empty name, and nothing is lost with that.
                let Ok(name) = rerun::ComponentIdentifier::try_new(&property.name) else {
                    return values;
                };
                match &property.value {
                    Value::Text(text) => values.with_component::<Text>(name, [text.as_str()]),
                    Value::Time(nanos) => values.with_component::<Timestamp>(name, [*nanos]),
                    Value::Place(latitude, longitude) => {
                        values.with_component::<LatLon>(name, [[*latitude, *longitude]])
                    }
                }
            },
        );
        recording.send_property(group, &values).map_err(failed)?;
    }
    Ok(recording)
}

/// Live, each row goes out at once: Rerun's own low-latency setting waits up to 8 ms for more, and none comes.
fn batching(live: bool) -> ChunkBatcherConfig {
    let rows = if live { 1 } else { ChunkBatcherConfig::LOW_LATENCY.flush_num_rows };
    ChunkBatcherConfig { flush_num_rows: rows, ..ChunkBatcherConfig::LOW_LATENCY }
}

/// An id for a recording that was given none.
pub(crate) fn random_id() -> String {
    RecordingId::random().to_string()
}

fn groups(properties: &[Property]) -> Vec<String> {
    let mut groups: Vec<String> = properties.iter().map(|p| p.group.clone()).collect();
    groups.dedup();
    groups
}

/// Rerun's own switch for silence is an error here.
pub(crate) fn check_environment() -> Result<()> {
    let off = std::env::var("RERUN")
        .is_ok_and(|v| matches!(v.to_ascii_lowercase().as_str(), "0" | "off" | "false" | "no"));
    if off {
        return Err(Error::new(
            ErrorKind::Output,
            "a recording",
            "RERUN in the environment switches logging off",
        )
        .with_hint("unset it: `env -u RERUN vstream …`"));
    }
    Ok(())
}

/// Log into a stream that the caller owns, on the calling thread.
pub(crate) struct Borrowed {
    logs: Vec<TrackLog>,
}

impl Borrowed {
    pub fn new(recording: &RecordingStream, tracks: &[TrackSpec], layout: Layout) -> Result<Self> {
        let logs = tracks
            .iter()
            .map(|spec| TrackLog::new(recording.clone(), spec.clone(), layout))
            .collect::<Result<_>>()?;
        Ok(Self { logs })
    }

    pub fn push(&mut self, entry: Entry) -> Result<()> {
        self.logs.get_mut(entry.track()).map_or(Ok(()), |log| log.take(entry))
    }

    pub fn tend(&mut self) -> Result<()> {
        self.logs.iter_mut().try_for_each(TrackLog::tend)
    }

    pub fn finish(&mut self) -> Result<()> {
        self.logs.iter_mut().try_for_each(TrackLog::finish)
    }
}

/// Shared by the sinks that keep a handle on what they gave to a recording stream.
struct Handle<S>(Arc<S>);

impl<S: LogSink> LogSink for Handle<S> {
    fn send(&self, msg: rerun::log::LogMsg) {
        self.0.send(msg);
    }

    fn flush_blocking(&self, timeout: Duration) -> Result<(), rerun::sink::SinkFlushError> {
        self.0.flush_blocking(timeout)
    }

    fn default_batcher_config(&self) -> ChunkBatcherConfig {
        self.0.default_batcher_config()
    }
}
