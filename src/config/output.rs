//! Where a recording goes.
//! Opening one is for `sink`.

use std::path::PathBuf;

/// The gRPC address of a Rerun Viewer on this machine, as Rerun's own tools take it.
pub const DEFAULT_VIEWER_URL: &str = "rerun+http://127.0.0.1:9876/proxy";

/// Where a recording goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputConfig {
    /// A viewer on this machine, started if none is running.
    Spawn {
        /// The viewer's program. Default: `rerun` on `PATH`.
        viewer: Option<PathBuf>,
        /// The viewer's port.
        port: u16,
    },
    /// A viewer that is running already.
    Connect {
        /// Its address, such as [`DEFAULT_VIEWER_URL`].
        url: String,
    },
    /// An `.rrd` file. It is written as `FILE.part` and renamed when complete.
    Save {
        /// The file.
        path: PathBuf,
        /// Replace a file that is there and is not a recording.
        force: bool,
    },
    /// Standard output, as an `.rrd` stream.
    Stdout,
    /// A web viewer with its server, for browsers.
    Serve {
        /// The address to listen on.
        bind: std::net::IpAddr,
        /// Port of the gRPC server.
        port: u16,
        /// Port of the web page.
        web_port: u16,
        /// Open a browser.
        open: bool,
    },
}
