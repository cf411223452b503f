//! Outputs: each one a recording stream of its own, on a thread of its own, so that none holds up another.
//! What is logged, and in which chunks, is `log`'s; which outputs there are is one file each here.

mod borrowed;
mod ending;
mod fan;
mod ffmpeg;
mod file;
mod log;
mod output;
#[cfg_attr(not(feature = "web-viewer"), path = "page_disabled.rs")]
mod page;
mod part;
mod ports;
mod probe;
mod program;
mod recording;
mod relay;
mod rows;
mod rrd;
mod serve;
mod spawn;
mod stdout;
mod video;
mod viewer;

use borrowed::Borrowed;
pub(crate) use ending::Ending;
pub(crate) use fan::{Fan, Finished};
pub use ffmpeg::native_viewer_decodes;
use output::Output;
pub(crate) use recording::random_id;
use recording::record;

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
    /// Whole recordings go through, with messages of their own; what is here of one is not sent.
    pub relay: bool,
}

/// An opened output, before its first row.
struct Target {
    log: Box<dyn log::Log>,
    /// "writing out.rrd".
    what: String,
    keeper: Box<dyn Keeper>,
    /// What the user should know before the first row.
    warning: Option<Warning>,
}

/// What an output must do besides taking rows.
trait Keeper: Send {
    /// Whether it still takes data. It does not wait.
    fn check(&mut self) -> Result<()>;

    /// Why it takes no more data, where Rerun says this.
    fn lost(&mut self, message: &str) -> Error;

    /// The last row was taken: put what there is in its place, and say where that is.
    fn complete(&mut self, ending: Ending) -> Result<Completed>;

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

/// What opening an output would do, in words, or why it would fail, as far as that can be told without doing it.
pub(crate) fn foresee(config: &OutputConfig) -> Result<String> {
    match config {
        OutputConfig::Save(save) => match Container::of(&save.path) {
            Some(_) => video::foresee(&save.path, save.force),
            None => file::foresee(&save.path, save.force),
        },
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
        OutputConfig::Serve(serve) => {
            let page = std::net::SocketAddr::new(serve.bind, serve.web_port);
            Ok(format!("serve a web viewer at {page}"))
        }
    }
}

/// What is logged to a disabled stream is gone without a word.
pub(crate) fn check_enabled(recording: &RecordingStream) -> Result<()> {
    if recording.is_enabled() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Config, "the recording stream", "it is disabled")
        .with_remedy("unset RERUN in the environment, or enable the stream"))
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
        .with_remedy("unset it: `env -u RERUN vstream …`"));
    }
    Ok(())
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
