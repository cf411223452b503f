//! The web viewer that is built into the program, served to browsers.
//! The video comes from the gRPC server. `page_disabled.rs` replaces this file in builds without the viewer.

use std::net::SocketAddr;

use rerun::web_viewer::WebViewerConfig;

use super::ports::failed;
use crate::error::Result;

/// A web server with the viewer, which stops on drop.
pub(super) struct Page {
    /// The address to open in a browser.
    pub address: String,
    _server: Box<dyn Send + Sync>,
}

impl Page {
    /// Serve a viewer at `listen` that shows data from `source`; `shown` is the host name for browsers.
    pub fn open(listen: SocketAddr, shown: SocketAddr, source: &str, browse: bool) -> Result<Self> {
        let server = rerun::serve_web_viewer(WebViewerConfig {
            bind_ip: listen.ip().to_string(),
            web_port: listen.port().into(),
            connect_to: vec![source.to_owned()],
            open_browser: browse,
            ..Default::default()
        })
        .map_err(|e| failed(listen, e))?;
        let address = format!("http://{shown}?url={}", escape(source));
        Ok(Self { address, _server: Box::new(server) })
    }
}

fn escape(url: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    url.chars()
        .map(|c| if plain(c) { c.to_string() } else { format!("%{:02X}", u32::from(c)) })
        .collect()
}
