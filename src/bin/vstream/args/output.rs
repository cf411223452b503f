//! Options for where the recording goes, and the default output.
//! It opens nothing.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::ValueHint;
use vstream::{
    DEFAULT_VIEWER_URL, Destination, OutputConfig, SaveConfig, SaveFormat, ServeConfig, SpawnConfig,
};

/// The address for `--connect` without a value.
const CONNECT: &str = "VSTREAM_CONNECT";

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Show it in a Rerun Viewer, started if need be
    ///
    /// The default where `rerun` is installed and there is a display.
    #[arg(long)]
    spawn: bool,
    /// Send it to a viewer that is running
    ///
    /// URL is HOST:PORT or rerun+http://HOST:PORT/proxy. [default: rerun+http://127.0.0.1:9876/proxy]
    /// [env: VSTREAM_CONNECT, for --connect without URL]
    #[arg(long, value_name = "URL", num_args = 0..=1, default_missing_value = "", value_hint = ValueHint::Url)]
    pub connect: Option<String>,
    /// Write a recording
    ///
    /// FOLDER/ makes a recording of each input, in the same subfolders; a pattern such as out/{dir}/{stem}-{hash}.rrd
    /// names them ({name} and {ext} are known too). FILE.rrd appears once everything requested is in it; until then it
    /// is FILE.rrd.part. A run that fails or is interrupted leaves FILE.partial.rrd. A live source is complete wherever
    /// it is stopped: Ctrl-C, --duration or an unplugged camera leave FILE.rrd.
    /// FILE.mp4 or FILE.mkv is an ordinary video file: the same pictures at the same times with their sound, subtitles
    /// and chapters; a track for each of several videos. May be given several times.
    #[arg(long, value_name = "FILE.rrd|FOLDER/", value_hint = ValueHint::FilePath)]
    pub save: Vec<PathBuf>,
    /// Format of the files in --save FOLDER/: rrd, mp4 or mkv [default: rrd]
    ///
    /// An input with several videos becomes a folder with an mp4 or mkv file for each.
    #[arg(long, value_name = "FORMAT", hide_short_help = true)]
    pub format: Option<SaveFormat>,
    /// Write the recording to standard output
    #[arg(long, hide_short_help = true)]
    pub stdout: bool,
    /// Serve a web viewer until Ctrl-C
    ///
    /// The default where no `rerun` is installed or there is no display.
    #[arg(long)]
    serve: bool,
    /// The viewer's program for --spawn [default: rerun]
    #[arg(long, env = "VSTREAM_VIEWER_PATH", value_name = "PROGRAM", value_hint = ValueHint::CommandName, hide_short_help = true)]
    viewer_path: Option<PathBuf>,
    /// Address that the viewer listens on, for --spawn and --serve
    #[arg(
        long,
        env = "VSTREAM_BIND",
        value_name = "ADDRESS",
        default_value = "127.0.0.1",
        hide_short_help = true
    )]
    bind: IpAddr,
    /// Port of the viewer's gRPC server, for --spawn and --serve
    #[arg(long, env = "VSTREAM_PORT", default_value_t = 9876, hide_short_help = true)]
    port: u16,
    /// Port of the web page, for --serve
    #[arg(
        long,
        env = "VSTREAM_WEB_PORT",
        value_name = "PORT",
        default_value_t = 9090,
        hide_short_help = true
    )]
    web_port: u16,
    /// Do not open a browser for --serve
    #[arg(long, hide_short_help = true)]
    no_open: bool,
    /// Let --save replace a file that is not a recording
    #[arg(long, hide_short_help = true)]
    pub force: bool,
}

/// An output and why it was chosen.
pub struct Chosen {
    pub config: OutputConfig,
    pub why: &'static str,
}

impl OutputArgs {
    /// All outputs: the requested ones, or the default.
    pub fn outputs(&self) -> Vec<Chosen> {
        let asked = |config| Chosen { config, why: "asked for" };
        let mut outputs = Vec::new();
        for path in &self.save {
            outputs.push(asked(SaveConfig::new(path).with_force(self.force).into()));
        }
        if self.stdout {
            outputs.push(asked(OutputConfig::Stdout));
        }
        if self.connect.is_some() {
            outputs.push(asked(OutputConfig::connect(self.address().0)));
        }
        if self.spawn {
            outputs.push(asked(self.spawned()));
        }
        if self.serve {
            outputs.push(asked(self.served()));
        }
        if outputs.is_empty() {
            outputs.push(self.default());
        }
        outputs
    }

    /// A file that two outputs would write.
    pub fn saved_twice(&self) -> Option<&Path> {
        let paths = self.save.iter().enumerate();
        let mut twice = paths.filter(|(at, path)| self.save[..*at].contains(path));
        twice.next().map(|(_, path)| path.as_path())
    }

    /// A file with the ending of something else than can be saved.
    pub fn saved_as_other(&self) -> Option<&Path> {
        self.save.iter().map(PathBuf::as_path).find(|path| is_other(path))
    }

    /// An option, of those given, that only makes sense for outputs that are not.
    pub fn unused(&self, is_typed: impl Fn(&str) -> bool) -> Option<String> {
        let is_file = self.stdout || self.connect.is_some() || !self.save.is_empty();
        let (spawns, serves) = (self.spawn, self.serve);
        // Without any output, it is one of the two.
        if !(is_file || spawns || serves) {
            return None;
        }
        let needs = [
            ("viewer_path", "--viewer-path", "--spawn", spawns),
            ("bind", "--bind", "--spawn and --serve", spawns || serves),
            ("port", "--port", "--spawn and --serve", spawns || serves),
            ("web_port", "--web-port", "--serve", serves),
            ("no_open", "--no-open", "--serve", serves),
        ];
        let unused = needs.into_iter().find(|(id, .., is_there)| !is_there && is_typed(id));
        unused.map(|(_, option, outputs, _)| format!("{option} is for {outputs}"))
    }

    /// The address for `--connect`, and the variable that it comes from, if any.
    pub fn address(&self) -> (String, Option<&'static str>) {
        let given = self.connect.clone().filter(|url| !url.is_empty());
        let set = || std::env::var(CONNECT).ok().filter(|url| !url.is_empty());
        match given {
            Some(url) => (url, None),
            None => set().map_or((DEFAULT_VIEWER_URL.into(), None), |url| (url, Some(CONNECT))),
        }
    }

    fn spawned(&self) -> OutputConfig {
        let mut spawn = SpawnConfig::default().with_bind(self.bind).with_port(self.port);
        spawn.viewer.clone_from(&self.viewer_path);
        spawn.into()
    }

    fn served(&self) -> OutputConfig {
        ServeConfig::default()
            .with_bind(self.bind)
            .with_port(self.port)
            .with_web_port(self.web_port)
            .with_open(!self.no_open)
            .into()
    }

    fn default(&self) -> Chosen {
        let viewer = self.viewer_path.clone().unwrap_or_else(|| "rerun".into());
        let (config, why) = match (has_display(), is_on_path(&viewer)) {
            (true, true) => (self.spawned(), "the default, since a viewer is installed"),
            (true, false) => (self.served(), "the default, since no `rerun` is on PATH"),
            (false, _) => (self.served(), "the default, since there is no display"),
        };
        Chosen { config, why }
    }
}

/// Whether a name has an ending that is neither one of those that can be saved nor a number, as in `take.2`. What is
/// added to `.rrd`, as in `.rrd.new`, is for the user to take away.
fn is_other(path: &Path) -> bool {
    if matches!(Destination::of_path(path), Some(Destination::Folder(_))) {
        return false;
    }
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    let is_word = ending.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_recording =
        |name: &Path| name.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("rrd"));
    let is_known = ending.to_lowercase().parse::<SaveFormat>().is_ok();
    let is_added = path.file_stem().is_some_and(|stem| is_recording(Path::new(stem)));
    is_word && !is_known && !is_added
}

/// Whether a window can be opened. Over ssh it cannot, though `rerun` may be installed.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(all(unix, not(target_os = "macos"))) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

fn is_on_path(program: &Path) -> bool {
    if program.components().count() > 1 {
        return program.is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| {
        let file = folder.join(program);
        file.is_file() || file.with_extension("exe").is_file()
    })
}
