//! Replaces `page.rs` in a build without the feature `web-viewer`: there is no page.
//! An installed viewer can still connect to the gRPC server.

use std::net::SocketAddr;

use crate::error::Result;

/// The remedy: another way to watch.
pub(super) struct Page {
    pub address: String,
}

impl Page {
    pub fn open(_: SocketAddr, _: SocketAddr, source: &str, _: bool) -> Result<Self> {
        Ok(Self {
            address: format!("{source} (for `rerun {source}`; built without the web viewer)"),
        })
    }
}
