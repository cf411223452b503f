//! A Rerun Viewer over gRPC: one that is running, or one that is started.
//! Rerun's own client waits for ever and loses data without a word; here it is watched.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rerun::external::re_uri::{ProxyUri, RedapUri};
use rerun::sink::{GrpcSink, GrpcSinkConnectionState, SinkFlushError};
use rerun::{RecordingStream, SpawnOptions};

use super::probe::{self, ANSWER, unreachable};
use super::{Completed, Ending, Handle, Keeper, RecordingSpec, Target, record};
use crate::error::{Error, ErrorKind, Remedy, Result, plain};
use crate::event::Cancel;
use crate::record::{Layout, VIEWER_CHUNK_BYTES};

/// How long a viewer that is being started may take to listen: it opens a window first.
const START: Duration = Duration::from_secs(30);
/// One wait of a flush; between two, a cancelled run is noticed.
const FLUSH: Duration = Duration::from_millis(500);
/// After a run was cancelled, a viewer that takes no more data is given up after so long.
const PATIENCE: Duration = Duration::from_secs(3);

struct ViewerKeeper {
    address: String,
    sink: Arc<GrpcSink>,
}

/// Send to the viewer at `url`.
pub(super) fn connect(url: &str, spec: &RecordingSpec) -> Result<Target> {
    let uri = parse(url)?;
    let address = address_of(&uri);
    open(uri, address, spec)
}

/// Host and port of a viewer's URL.
pub(super) fn address(url: &str) -> Result<String> {
    parse(url).map(|uri| address_of(&uri))
}

fn address_of(uri: &ProxyUri) -> String {
    format!("{}:{}", uri.origin.format_host(), uri.origin.port)
}

/// `HOST:PORT` or `HOST` will do for the whole address.
fn parse(url: &str) -> Result<ProxyUri> {
    let whole = match url.rsplit_once(':') {
        _ if url.contains("://") => url.to_owned(),
        Some((_, port)) if port.parse::<u16>().is_ok() => format!("rerun+http://{url}/proxy"),
        // Without a port, the one that viewers have.
        _ => format!("rerun+http://{url}:9876/proxy"),
    };
    match whole.parse() {
        Ok(RedapUri::Proxy(uri)) => Ok(uri),
        _ => Err(Error::new(
            ErrorKind::Config,
            format!("viewer address `{}`", crate::redact::redact(url)),
            "it is not the address of a viewer",
        )
        .with_remedy(format!("write it like {}", crate::config::DEFAULT_VIEWER_URL))),
    }
}

fn open(uri: ProxyUri, address: String, spec: &RecordingSpec) -> Result<Target> {
    probe::answers(&uri, &address)?;
    let sink = Arc::new(GrpcSink::new(uri));
    let began = Instant::now();
    while matches!(sink.status(), GrpcSinkConnectionState::Connecting { .. }) {
        if began.elapsed() > ANSWER {
            return Err(probe::no_viewer(&address));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut keeper = ViewerKeeper { address: address.clone(), sink: sink.clone() };
    keeper.connected()?;
    let recording = record(spec, Box::new(Handle(sink)))?;
    keeper.check(&recording)?;
    Ok(Target {
        recording,
        layout: Layout::new(spec.live, VIEWER_CHUNK_BYTES),
        what: format!("sending to the viewer at {address}"),
        keeper: Box::new(keeper),
    })
}

impl ViewerKeeper {
    fn connected(&self) -> Result<()> {
        match self.sink.status() {
            GrpcSinkConnectionState::Disconnected(_) => Err(self.lost()),
            _ => Ok(()),
        }
    }

    fn lost(&self) -> Error {
        unreachable(&self.address, "the viewer went away").with_remedy(Remedy::SaveAsWell)
    }
}

impl Keeper for ViewerKeeper {
    fn check(&mut self, recording: &RecordingStream) -> Result<()> {
        self.connected()?;
        match recording.flush_with_timeout(FLUSH) {
            // A slow viewer is no error; it slows the run down.
            Ok(()) | Err(SinkFlushError::Timeout) => Ok(()),
            Err(SinkFlushError::Failed { .. }) => Err(self.lost()),
        }
    }

    fn complete(
        &mut self,
        recording: &RecordingStream,
        _ending: Ending,
        cancel: &Cancel,
    ) -> Result<Completed> {
        let mut cancelled_at = None;
        loop {
            self.connected()?;
            match recording.flush_with_timeout(FLUSH) {
                Ok(()) => break,
                Err(SinkFlushError::Timeout) => {}
                Err(SinkFlushError::Failed { .. }) => return Err(self.lost()),
            }
            if cancel.is_cancelled() {
                let since = cancelled_at.get_or_insert_with(Instant::now);
                if since.elapsed() > PATIENCE {
                    // Letting go of the stream would wait for the viewer for ever.
                    std::mem::forget(recording.clone());
                    return Err(unreachable(
                        &self.address,
                        "it takes no more data, so the end is missing there",
                    ));
                }
            }
        }
        self.connected()?;
        Ok(Completed { what: format!("sent to the viewer at {}", self.address), stays: None })
    }
}

/// Start a viewer, or use the one that listens on the port, and send to it.
pub(super) fn spawn(viewer: Option<&Path>, port: u16, spec: &RecordingSpec) -> Result<Target> {
    let address = format!("127.0.0.1:{port}");
    let uri = parse(&address)?;
    if probe::listens(&uri, &address).is_ok() {
        return open(uri, address, spec);
    }
    let program = viewer.map_or("rerun".into(), |p| p.to_string_lossy().into_owned());
    check_version(&program)?;
    let options = SpawnOptions {
        port,
        executable_path: Some(program.clone()),
        hide_welcome_screen: true,
        ..SpawnOptions::default()
    };
    rerun::spawn(&options).map_err(|e| {
        Error::new(ErrorKind::Viewer, format!("the viewer `{program}`"), &e)
            .with_source(e)
            .with_remedy(install())
    })?;
    let began = Instant::now();
    while let Err(error) = probe::listens(&uri, &address) {
        if began.elapsed() > START {
            return Err(error.with_remedy(Remedy::CheckViewer { program }));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    open(uri, address, spec)
}

fn install() -> Remedy {
    Remedy::InstallViewer { version: "0.36.3".to_owned() }
}

/// Rerun promises nothing between versions, and its own warning goes by unseen.
fn check_version(program: &str) -> Result<()> {
    let failed =
        |cause: String| Error::new(ErrorKind::Viewer, format!("the viewer `{program}`"), cause);
    let output = Command::new(program).arg("--version").output().map_err(|error| {
        let cause = match error.kind() {
            std::io::ErrorKind::NotFound => "it is not installed, or not on PATH".to_owned(),
            _ => plain(&error),
        };
        failed(cause).with_source(error).with_remedy(install())
    })?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = |text: &str| {
        let number =
            text.split_whitespace().find(|w| w.starts_with(|c: char| c.is_ascii_digit()))?;
        let mut parts = number.split('.');
        Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
    };
    let ours = version(rerun::external::re_build_info::CrateVersion::LOCAL.to_string().as_str());
    match version(&text) {
        None => Err(failed("it is not Rerun's viewer".into()).with_remedy(install())),
        found if found == ours => Ok(()),
        _ => Err(failed(format!("it is {}, which does not match this program", text.trim()))
            .with_remedy(install())),
    }
}
