//! A Rerun Viewer over gRPC, already running or started here.
//! Rerun's own client waits forever and loses data silently, so it is monitored here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rerun::external::re_uri::{ProxyUri, RedapUri};
use rerun::sink::{GrpcSink, GrpcSinkConnectionState};

use super::log::RecordingLog;
use super::probe::{self, ANSWER, unreachable};
use super::{Completed, Ending, Handle, Keeper, RecordingSpec, Target, record, spawn, stuck};
use crate::config::SpawnConfig;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::{Cancel, Warning};
use crate::record::{Layout, VIEWER_CHUNK_BYTES};
use crate::sample::SampleCodec;

struct ViewerKeeper {
    address: String,
    /// What `address` resolves to.
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux counts what they receive")
    )]
    peers: Vec<SocketAddr>,
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

/// Accepts `HOST:PORT` or `HOST` as short forms of the address.
fn parse(url: &str) -> Result<ProxyUri> {
    let whole = match url.rsplit_once(':') {
        _ if url.contains("://") => url.to_owned(),
        Some((_, port)) if port.parse::<u16>().is_ok() => format!("rerun+http://{url}/proxy"),
        // The default port of viewers.
        _ => format!("rerun+http://{url}:9876/proxy"),
    };
    match whole.parse() {
        Ok(RedapUri::Proxy(uri)) => Ok(uri),
        _ => Err(Error::new(
            ErrorKind::Config,
            format!("viewer address `{}`", crate::redact::redact_location(url)),
            "it is not the address of a viewer",
        )
        .with_remedy(format!("write it like {}", crate::config::DEFAULT_VIEWER_URL))),
    }
}

fn open(uri: ProxyUri, address: String, spec: &RecordingSpec) -> Result<Target> {
    let peers = probe::answers(&uri, &address)?;
    let sink = Arc::new(GrpcSink::new(uri));
    let began = Instant::now();
    while matches!(sink.status(), GrpcSinkConnectionState::Connecting { .. }) {
        if began.elapsed() > ANSWER {
            return Err(probe::no_viewer(&address));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut keeper = ViewerKeeper { address: address.clone(), peers, sink: sink.clone() };
    keeper.check()?;
    let recording = record(spec, Box::new(Handle(sink)))?;
    Ok(Target {
        log: RecordingLog::begin(recording, Layout::new(spec.live, VIEWER_CHUNK_BYTES), spec)?,
        what: format!("sending to the viewer at {address}"),
        stuck: stuck(ErrorKind::Viewer, format!("the viewer at {address}")),
        keeper: Box::new(keeper),
        warning: None,
    })
}

impl ViewerKeeper {
    fn gone(&self) -> Error {
        unreachable(&self.address, "the viewer went away").with_remedy(Remedy::SaveAsWell)
    }
}

impl Keeper for ViewerKeeper {
    fn check(&mut self) -> Result<()> {
        match self.sink.status() {
            GrpcSinkConnectionState::Disconnected(_) => Err(self.gone()),
            _ => Ok(()),
        }
    }

    // Rerun's client does not say how much of a message it has sent, nor give out its socket.
    #[cfg(target_os = "linux")]
    fn accepted(&self) -> Option<u64> {
        super::received::received_by(&self.peers)
    }

    fn lost(&mut self, _message: &str) -> Error {
        self.gone()
    }

    fn complete(&mut self, _ending: Ending) -> Result<Completed> {
        self.check()?;
        Ok(Completed { what: format!("sent to the viewer at {}", self.address), stays: None })
    }
}

/// Use the viewer that listens on the port, or start one, and send to it.
pub(super) fn spawn(config: &SpawnConfig, spec: &RecordingSpec, cancel: &Cancel) -> Result<Target> {
    let listen = SocketAddr::new(config.bind, config.port);
    // If the viewer listens on all addresses, connect over loopback.
    let host = match config.bind {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let address = SocketAddr::new(host, config.port).to_string();
    let uri = parse(&address)?;
    if probe::listens(&uri, &address).is_ok() {
        return open(uri, address, spec);
    }
    let program = config.viewer.as_deref().unwrap_or(Path::new("rerun"));
    // The viewer decodes AV1 itself, and everything else with the `ffmpeg` command.
    let mut codecs = spec.tracks.iter().filter_map(|track| track.codec);
    let needs_ffmpeg = codecs.any(|codec| codec != SampleCodec::Av1);
    let warning = spawn::start(program, listen, &uri, needs_ffmpeg, cancel)?;
    let target = open(uri, address, spec)?;
    Ok(Target { warning: warning.map(Warning::Other), ..target })
}
