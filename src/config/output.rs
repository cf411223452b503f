//! Where a recording is written or sent.
//! Outputs are opened in `sink`.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use super::SaveConfig;

/// The default port of a Rerun Viewer's gRPC server.
pub const DEFAULT_PORT: u16 = 9876;

/// The default gRPC address of a Rerun Viewer on this machine.
pub const DEFAULT_VIEWER_URL: &str = "rerun+http://127.0.0.1:9876/proxy";

/// The default port of Rerun's web viewer.
pub const DEFAULT_WEB_PORT: u16 = 9090;

/// Where a recording is written or sent. All outputs get the same data, and one that fails does not affect the others.
///
/// Each kind has a constructor for common use, and a `…Config` type for its other settings.
///
/// ```
/// use vstream::{Config, OutputConfig, SaveConfig, SpawnConfig};
///
/// let config = Config::new("input.mp4")
///     .with_output(OutputConfig::save("out.rrd"))
///     .with_output(OutputConfig::spawn());
///
/// let config = Config::new("input.mp4")
///     .with_output(SaveConfig::new("out.rrd").with_force(true))
///     .with_output(SpawnConfig::default().with_viewer("/opt/rerun/rerun"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputConfig {
    /// A viewer on this machine, started if none is running.
    Spawn(SpawnConfig),
    /// A viewer that is already running.
    Connect(ConnectConfig),
    /// An `.rrd` file.
    Save(SaveConfig),
    /// Standard output, as an `.rrd` stream.
    Stdout,
    /// A web viewer with its server, for browsers.
    Serve(ServeConfig),
}

impl OutputConfig {
    /// A viewer on this machine at the default port, started if none is running.
    pub fn spawn() -> Self {
        SpawnConfig::default().into()
    }

    /// The viewer at this address: `rerun+http://HOST:PORT/proxy`, or just `HOST:PORT`.
    pub fn connect(url: impl Into<String>) -> Self {
        ConnectConfig::new(url).into()
    }

    /// An `.rrd` file at this path.
    pub fn save(path: impl Into<PathBuf>) -> Self {
        SaveConfig::new(path).into()
    }

    /// Standard output, as an `.rrd` stream.
    pub fn stdout() -> Self {
        Self::Stdout
    }

    /// A web viewer at the default ports of this machine, opened in a browser.
    pub fn serve() -> Self {
        ServeConfig::default().into()
    }
}

/// A viewer on this machine, started if none is running.
///
/// ```
/// use vstream::{Config, SpawnConfig};
///
/// let config = Config::new("input.mp4").with_output(SpawnConfig::default().with_port(9999));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpawnConfig {
    /// The viewer's program, Rerun 0.36 or newer. Default: `rerun` on `PATH`.
    pub viewer: Option<PathBuf>,
    /// The address that the viewer listens on. Default: 127.0.0.1, for this machine only.
    pub bind: IpAddr,
    /// The port that the viewer listens on. Default: [`DEFAULT_PORT`].
    pub port: u16,
}

impl Default for SpawnConfig {
    fn default() -> Self {
        Self { viewer: None, bind: Ipv4Addr::LOCALHOST.into(), port: DEFAULT_PORT }
    }
}

impl SpawnConfig {
    /// Sets [`viewer`](Self::viewer).
    pub fn with_viewer(mut self, viewer: impl Into<PathBuf>) -> Self {
        self.viewer = Some(viewer.into());
        self
    }

    /// Sets [`bind`](Self::bind).
    pub fn with_bind(mut self, bind: impl Into<IpAddr>) -> Self {
        self.bind = bind.into();
        self
    }

    /// Sets [`port`](Self::port).
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }
}

/// A viewer that is already running.
///
/// ```
/// use vstream::{ConnectConfig, DEFAULT_VIEWER_URL};
///
/// assert_eq!(ConnectConfig::default(), ConnectConfig::new(DEFAULT_VIEWER_URL));
/// let elsewhere = ConnectConfig::new("192.168.1.7:9876");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectConfig {
    /// Its address: `rerun+http://HOST:PORT/proxy`, or just `HOST:PORT`. Default: [`DEFAULT_VIEWER_URL`].
    pub url: String,
}

impl Default for ConnectConfig {
    fn default() -> Self {
        Self::new(DEFAULT_VIEWER_URL)
    }
}

impl ConnectConfig {
    /// The viewer at this address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }
}

/// A web viewer with its server, for browsers. It keeps serving after the input has ended, until the run is cancelled.
///
/// ```
/// use std::net::Ipv4Addr;
/// use vstream::{Config, ServeConfig};
///
/// // For every machine of this network, and without a browser here.
/// let server = ServeConfig::default().with_bind(Ipv4Addr::UNSPECIFIED).with_open(false);
/// let config = Config::new("/dev/video0").with_output(server);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServeConfig {
    /// The address to listen on. Default: 127.0.0.1, for this machine only.
    pub bind: IpAddr,
    /// Port of the gRPC server. Default: [`DEFAULT_PORT`].
    pub port: u16,
    /// Port of the web page. Default: [`DEFAULT_WEB_PORT`].
    pub web_port: u16,
    /// Open a browser. Default: yes.
    pub open: bool,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            bind: Ipv4Addr::LOCALHOST.into(),
            port: DEFAULT_PORT,
            web_port: DEFAULT_WEB_PORT,
            open: true,
        }
    }
}

impl ServeConfig {
    /// Sets [`bind`](Self::bind).
    pub fn with_bind(mut self, bind: impl Into<IpAddr>) -> Self {
        self.bind = bind.into();
        self
    }

    /// Sets [`port`](Self::port).
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets [`web_port`](Self::web_port).
    pub fn with_web_port(mut self, web_port: u16) -> Self {
        self.web_port = web_port;
        self
    }

    /// Sets [`open`](Self::open).
    pub fn with_open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }
}

impl From<SpawnConfig> for OutputConfig {
    fn from(config: SpawnConfig) -> Self {
        Self::Spawn(config)
    }
}

impl From<ConnectConfig> for OutputConfig {
    fn from(config: ConnectConfig) -> Self {
        Self::Connect(config)
    }
}

impl From<SaveConfig> for OutputConfig {
    fn from(config: SaveConfig) -> Self {
        Self::Save(config)
    }
}

impl From<ServeConfig> for OutputConfig {
    fn from(config: ServeConfig) -> Self {
        Self::Serve(config)
    }
}
