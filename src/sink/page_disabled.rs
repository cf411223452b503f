//! Stands in for `page.rs` in a build without the feature `web-viewer`: there is no page.
//! A viewer that is installed can still be pointed at the gRPC server.

use std::net::SocketAddr;

use crate::error::Result;

/// What to do instead of opening a page.
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
