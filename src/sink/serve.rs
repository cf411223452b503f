//! The web viewer with its gRPC server, both inside the program, for any browser.
//! It serves until the run is cancelled.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

use rerun::RecordingStream;
use rerun::external::re_grpc_server::{PlaybackBehavior, ServerOptions};
use rerun::grpc_server::GrpcServerSink;

use super::log::RecordingLog;
use super::page::Page;
use super::ports::{self, failed};
use super::{Completed, Ending, Handle, Keeper, RecordingSpec, Target, record, stuck};
use crate::config::ServeConfig;
use crate::error::{Error, ErrorKind, Remedy, Result, ServerPort};
use crate::record::{Layout, VIEWER_CHUNK_BYTES};

struct ServeKeeper {
    recording: RecordingStream,
    page: Arc<Page>,
    sink: Arc<GrpcServerSink>,
}

pub(super) fn open(config: &ServeConfig, spec: &RecordingSpec) -> Result<Target> {
    let &ServeConfig { bind, port, web_port, open: open_browser } = config;
    check_ports(config)?;
    let grpc = ports::free(bind, port, ServerPort::Grpc)?;
    let web = ports::free(bind, web_port, ServerPort::Web)?;
    let host = reachable(bind);
    let (shown_grpc, shown_web) =
        (SocketAddr::new(host, grpc.port()), SocketAddr::new(host, web.port()));
    let options = ServerOptions {
        // With the other order, a viewer that connects late would get its video backwards.
        playback_behavior: PlaybackBehavior::OldestFirst,
        // For CORS: the page comes from one port and reads from another.
        cors_allowed_origins: vec![format!("http://{shown_web}")],
        ..ServerOptions::default()
    };
    // As a URL host, which for IPv6 needs brackets.
    let bind = SocketAddr::new(bind, 0).to_string();
    let bind = bind.trim_end_matches(":0");
    let sink = GrpcServerSink::new(bind, grpc.port(), options).map_err(|e| failed(grpc, e))?;
    let sink = Arc::new(sink);
    let source = format!("rerun+http://{shown_grpc}/proxy");
    let page = Arc::new(Page::open(web, shown_web, &source, open_browser)?);
    let recording = record(spec, Box::new(Handle(sink.clone())))?;
    Ok(Target {
        log: RecordingLog::begin(
            recording.clone(),
            Layout::new(spec.live, VIEWER_CHUNK_BYTES),
            spec,
        )?,
        what: format!("serving at {}", page.address),
        stuck: stuck(ErrorKind::Serve, &page.address),
        keeper: Box::new(ServeKeeper { recording, page, sink }),
        warning: None,
    })
}

/// Describes what serving would do, without doing it.
pub(super) fn foresee(config: &ServeConfig) -> Result<String> {
    check_ports(config)?;
    Ok(format!("serve a web viewer at {}", SocketAddr::new(config.bind, config.web_port)))
}

/// The gRPC server and the web page are two listeners.
fn check_ports(config: &ServeConfig) -> Result<()> {
    if config.port != config.web_port || config.port == 0 {
        return Ok(());
    }
    let cause = "the gRPC server and the web page cannot share it";
    Err(Error::new(ErrorKind::Config, format!("port {}", config.port), cause)
        .with_remedy(Remedy::ChoosePort { port: ServerPort::Web, reserved: false }))
}

/// The host to open in a browser for a server that listens on `bind`: if it listens on all addresses, the one that
/// other machines see.
fn reachable(bind: IpAddr) -> IpAddr {
    if !bind.is_unspecified() {
        return bind;
    }
    // Connecting a datagram socket sends nothing; it only selects a route, here to a documentation address.
    let route = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .and_then(|socket| socket.connect(("192.0.2.1", 9)).and_then(|()| socket.local_addr()));
    route
        .map(|address| address.ip())
        .ok()
        .filter(|ip| !ip.is_unspecified())
        .unwrap_or(Ipv4Addr::LOCALHOST.into())
}

impl Keeper for ServeKeeper {
    fn check(&mut self) -> Result<()> {
        Ok(())
    }

    fn lost(&mut self, message: &str) -> Error {
        failed(&self.page.address, message)
    }

    fn complete(&mut self, _ending: Ending) -> Result<Completed> {
        Ok(Completed {
            what: format!("served at {}", self.page.address),
            stays: Some(Box::new((self.recording.clone(), self.sink.clone(), self.page.clone()))),
        })
    }
}
