//! The web viewer with its server, both inside the program, for any browser.
//! It serves until the run is cancelled.

use std::net::{IpAddr, SocketAddr, TcpListener};

use rerun::RecordingStream;
use rerun::external::re_grpc_server::{PlaybackBehavior, ServerOptions};
use rerun::grpc_server::GrpcServerSink;
use std::sync::Arc;

use super::{Completed, Handle, Keeper, RecordingSpec, Target, record};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Cancel;
use crate::log::{Layout, VIEWER_CHUNK_BYTES};

struct ServeKeeper {
    page: String,
    sink: Arc<GrpcServerSink>,
    #[cfg(feature = "web-viewer")]
    web: Option<Box<dyn Send>>,
}

fn failed(address: impl std::fmt::Display, cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Output, format!("the web viewer at {address}"), cause)
}

/// Rerun's server tells nobody when its port is taken.
fn check_port(bind: IpAddr, port: u16, option: &str) -> Result<()> {
    let address = SocketAddr::new(bind, port);
    TcpListener::bind(address).map(drop).map_err(|error| {
        failed(address, super::rrd::plain(&error))
            .with_hint(format!("another program uses it; choose another with {option} PORT"))
    })
}

pub(super) fn open(
    bind: IpAddr,
    port: u16,
    web_port: u16,
    open_browser: bool,
    spec: &RecordingSpec,
) -> Result<Target> {
    check_port(bind, port, "--port")?;
    let options = ServerOptions {
        playback_behavior: PlaybackBehavior::OldestFirst,
        ..ServerOptions::default()
    };
    let sink = GrpcServerSink::new(&bind.to_string(), port, options)
        .map_err(|e| failed(format!("{bind}:{port}"), e))?;
    let sink = Arc::new(sink);
    let shown = if bind.is_unspecified() { "127.0.0.1".to_owned() } else { bind.to_string() };
    let grpc = format!("rerun+http://{shown}:{port}/proxy");
    #[cfg(feature = "web-viewer")]
    let (page, web) = {
        check_port(bind, web_port, "--web-port")?;
        let config = rerun::web_viewer::WebViewerConfig {
            bind_ip: bind.to_string(),
            web_port: web_port.into(),
            connect_to: vec![grpc.clone()],
            open_browser,
            ..Default::default()
        };
        let server =
            rerun::serve_web_viewer(config).map_err(|e| failed(format!("{bind}:{web_port}"), e))?;
        let page = format!("http://{shown}:{web_port}?url={}", escape(&grpc));
        let server: Box<dyn Send> = Box::new(server);
        (page, Some(server))
    };
    #[cfg(not(feature = "web-viewer"))]
    let page = {
        let _ = (web_port, open_browser);
        format!("rerun --connect {grpc}")
    };
    let recording = record(spec, Box::new(Handle(sink.clone())))?;
    let layout =
        if spec.live { Layout::Rows } else { Layout::Gops { max_bytes: VIEWER_CHUNK_BYTES } };
    Ok(Target {
        recording,
        layout,
        what: format!("serving at {page}"),
        keeper: Box::new(ServeKeeper {
            page,
            sink,
            #[cfg(feature = "web-viewer")]
            web,
        }),
    })
}

#[cfg(feature = "web-viewer")]
fn escape(url: &str) -> String {
    url.replace('+', "%2B").replace(':', "%3A").replace('/', "%2F")
}

impl Keeper for ServeKeeper {
    fn check(&mut self, _recording: &RecordingStream) -> Result<()> {
        Ok(())
    }

    fn complete(&mut self, recording: &RecordingStream, _cancel: &Cancel) -> Result<Completed> {
        recording.flush_blocking().map_err(|e| failed(&self.page, e))?;
        #[cfg(feature = "web-viewer")]
        let kept: Box<dyn Send> = Box::new((recording.clone(), self.sink.clone(), self.web.take()));
        #[cfg(not(feature = "web-viewer"))]
        let kept: Box<dyn Send> = Box::new((recording.clone(), self.sink.clone()));
        Ok(Completed { what: format!("served at {} until Ctrl-C", self.page), stays: Some(kept) })
    }
}
