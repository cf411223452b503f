//! Outputs: each has its own recording stream and its own thread, so that none holds up another.
//! What is logged, and in which chunks, is in `record`; here is one file per kind of output.

mod ahead;
mod blueprint;
mod borrowed;
mod ending;
mod fan;
mod ffmpeg;
mod file;
mod log;
mod opening;
mod output;
mod overwritten;
#[cfg_attr(not(feature = "web-viewer"), path = "page_disabled.rs")]
mod page;
mod part;
mod ports;
mod probe;
mod program;
#[cfg(target_os = "linux")]
mod received;
mod recording;
mod relay;
mod rows;
mod rrd;
mod serve;
mod spawn;
mod stdout;
#[cfg(target_os = "linux")]
mod tcp_table;
mod video;
mod viewer;

use borrowed::Borrowed;
pub(crate) use ending::Ending;
pub(crate) use fan::{Fan, Finished};
pub use ffmpeg::native_viewer_decodes;
pub(crate) use opening::{Opening, openings};
use output::Output;
pub(crate) use overwritten::check as check_inputs;
pub(crate) use part::make_folders;
pub(crate) use recording::random_id;
use recording::record;
pub(crate) use rows::Lost;

use std::sync::Arc;
use std::time::Duration;

use rerun::RecordingStream;
use rerun::log::ChunkBatcherConfig;
use rerun::sink::LogSink;

use crate::config::OutputConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Warning;
use crate::mux::Container;
use crate::record::TrackSpec;
use crate::record::properties::Property;
use crate::threads::Spawner;

/// The header of every output's recording stream.
#[derive(Debug, Clone)]
pub(crate) struct RecordingSpec {
    pub application_id: String,
    pub recording_id: String,
    pub name: String,
    pub properties: Vec<Property>,
    pub tracks: Vec<TrackSpec>,
    pub live: bool,
    /// The recording belongs to the caller: do not send a name, properties or a view.
    pub guest: bool,
    /// The messages of other recordings are passed through; the stream's own are not sent.
    pub relay: bool,
}

/// An opened output, before its first row.
struct Target {
    log: Box<dyn log::Log>,
    /// "writing out.rrd".
    what: String,
    /// The error if it accepts no more data.
    stuck: Error,
    keeper: Box<dyn Keeper>,
    /// A warning to report before the first row.
    warning: Option<Warning>,
}

/// What an output does besides taking rows.
trait Keeper: Send {
    /// Whether it still accepts data. Must not block.
    fn check(&mut self) -> Result<()>;

    /// How many bytes the receiver has accepted so far, if that can be seen. Must not block.
    fn accepted(&self) -> Option<u64> {
        None
    }

    /// Why it accepts no more data, if Rerun reported it.
    fn lost(&mut self, message: &str) -> Error;

    /// The last row was written: move the result to its final place, and return a description of it.
    fn complete(&mut self, ending: Ending) -> Result<Completed>;

    /// Nothing is worth keeping.
    fn discard(&mut self) {}
}

/// A finished output.
pub(crate) struct Completed {
    /// "saved out.rrd (1.2 MB)".
    pub what: String,
    /// It keeps serving until the run is cancelled.
    pub stays: Option<Box<dyn Send>>,
}

fn stuck(kind: ErrorKind, subject: impl Into<String>) -> Error {
    Error::new(kind, subject, "it takes no more data, so the end is missing there")
}

/// Describes what opening an output would do, or why it would fail, as far as that is known without doing it.
pub(crate) fn foresee(opening: &Opening) -> Result<String> {
    let config = match opening {
        Opening::Video { save, tracks, .. } => return video::foresee(save, tracks.len()),
        Opening::All(config) => config,
    };
    match config {
        OutputConfig::Save(save) => file::foresee(&save.path, save.force),
        OutputConfig::Stdout => Ok("write to standard output".into()),
        OutputConfig::Connect(connect) => {
            Ok(format!("send to the viewer at {}", viewer::address(&connect.url)?))
        }
        OutputConfig::Spawn(spawn) => {
            let program = spawn.viewer.as_deref().unwrap_or(std::path::Path::new("rerun"));
            Ok(format!(
                "show it in the viewer at port {}, starting `{}` if none is there",
                spawn.port,
                program.display()
            ))
        }
        OutputConfig::Serve(serve) => serve::foresee(serve),
    }
}

/// Prepare what every recording needs, on its own thread, while the inputs are opened.
pub(crate) fn prepare(outputs: &[OutputConfig], threads: &Spawner) -> Result<()> {
    if !outputs.iter().all(|output| Container::of_output(output).is_some()) {
        threads.spawn("view", blueprint::prepare)?;
    }
    Ok(())
}

/// A disabled stream silently drops everything that is logged.
pub(crate) fn check_enabled(recording: &RecordingStream) -> Result<()> {
    if recording.is_enabled() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Config, "the recording stream", "it is disabled")
        .with_remedy("unset RERUN in the environment, or enable the stream"))
}

/// Rerun's environment variable that disables logging is an error here.
pub(crate) fn check_environment() -> Result<()> {
    let off = std::env::var("RERUN")
        .is_ok_and(|v| matches!(v.to_ascii_lowercase().as_str(), "0" | "off" | "false" | "no"));
    if off {
        return Err(Error::new(
            ErrorKind::Output,
            "a recording",
            "RERUN in the environment switches logging off",
        )
        .with_remedy("unset it: `env -u RERUN vstream …`"));
    }
    Ok(())
}

/// Shared by the sinks that keep a handle to what they passed to a recording stream.
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
