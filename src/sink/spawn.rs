//! Starts the Rerun Viewer of this machine: checks its version, keeps its log, waits until it listens.
//! It sends nothing; `viewer` does.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rerun::external::re_uri::ProxyUri;
use tempfile::NamedTempFile;

use super::ffmpeg::{self, Ffmpeg};
use super::probe;
use super::program::{self, Answer};
use crate::error::{Error, ErrorKind, Remedy, Result, plain};
use crate::event::Cancel;

/// How long a viewer may take to listen: it opens a window first.
const START: Duration = Duration::from_secs(30);
/// How long a viewer may take to print its version. The one from PyPI starts Python first.
const VERSION: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);
/// Older viewers do not show a `VideoStream` as this library logs it.
const OLDEST: (u32, u32) = (0, 36);
/// How much of a failed viewer's log to show, in bytes and lines.
const LOG_TAIL: u64 = 2000;
const LOG_LINES: usize = 8;

/// Start `program` and wait until it listens on `listen`; clients connect to it at `uri`. Returns a warning if its
/// pictures will stay black, which is possible if the video `needs_ffmpeg`.
pub(super) fn start(
    program: &Path,
    listen: SocketAddr,
    uri: &ProxyUri,
    needs_ffmpeg: bool,
    cancel: &Cancel,
) -> Result<Option<String>> {
    check_version(program, cancel)?;
    let ffmpeg = if needs_ffmpeg { ffmpeg::find(cancel) } else { Ffmpeg::OnPath };
    let mut viewer = Viewer::start(program, listen, ffmpeg.folder())?;
    let address = listen.to_string();
    let began = Instant::now();
    while probe::listens(uri, &address).is_err() {
        if let Some(status) = viewer.ended() {
            return Err(viewer.failed(&format!("it ended at once ({status})")));
        }
        if began.elapsed() > START {
            viewer.kill();
            return Err(viewer.failed(&format!(
                "it was started, but does not listen at {address} after {} s",
                START.as_secs()
            )));
        }
        if cancel.is_cancelled() {
            viewer.kill();
            return Err(error(program, "interrupted while it was starting"));
        }
        cancel.wait_until(Instant::now() + POLL);
    }
    Ok(ffmpeg.warning())
}

fn error(program: &Path, cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Viewer, format!("the viewer `{}`", program.display()), cause)
}

/// Refuse versions that are known not to work. A version that could not be determined in time is accepted.
fn check_version(program: &Path, cancel: &Cancel) -> Result<()> {
    let text = match program::ask(program, "--version", VERSION, cancel) {
        Answer::Output(text) => text,
        Answer::TooLate => return Ok(()),
        Answer::Cancelled => return Err(error(program, "interrupted before it was started")),
        Answer::NotStarted(cause) => {
            let text = match cause.kind() {
                std::io::ErrorKind::NotFound => "it is not installed, or not on PATH".to_owned(),
                _ => plain(&cause),
            };
            return Err(error(program, text).with_source(cause).with_remedy(Remedy::InstallViewer));
        }
    };
    let Some(version) = program::version(&text).filter(|_| text.starts_with("rerun")) else {
        return Err(error(program, "it is not Rerun's viewer").with_remedy(Remedy::InstallViewer));
    };
    if (version.major, version.minor) < OLDEST {
        let name = program.file_name().unwrap_or(program.as_os_str()).display();
        let cause = format!("{name} {} is too old: pip install -U rerun-sdk", version.text);
        return Err(Error::new(ErrorKind::Viewer, "the viewer", cause));
    }
    Ok(())
}

/// A started viewer. It outlives this program.
struct Viewer {
    program: PathBuf,
    child: Child,
    /// Its output, which would otherwise disturb the progress display on the terminal.
    log: Option<File>,
}

impl Viewer {
    fn start(program: &Path, listen: SocketAddr, ffmpeg: Option<&Path>) -> Result<Self> {
        let log = Log::new();
        let mut command = Command::new(program);
        command
            .arg(format!("--port={}", listen.port()))
            .arg(format!("--bind={}", listen.ip()))
            // The same arguments as Rerun's own SDK.
            .args(["--memory-limit=75%", "--server-memory-limit=1GiB"])
            .args(["--expect-data-soon", "--hide-welcome-screen"])
            // Its log is a file, and yet some of it would be coloured.
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(log.as_ref().map_or_else(Stdio::null, Log::writer))
            .stderr(log.as_ref().map_or_else(Stdio::null, Log::writer));
        if let Some(folder) = ffmpeg {
            command.env("PATH", with_folder(folder));
        }
        leave_alone(&mut command);
        let child = command
            .spawn()
            .map_err(|cause| error(program, plain(&cause)).with_remedy(Remedy::InstallViewer))?;
        Ok(Self { program: program.to_owned(), child, log: log.map(|log| log.reader) })
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    fn kill(&mut self) {
        // It may have exited just now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The viewer's own output is the best explanation.
    fn failed(&mut self, cause: &str) -> Error {
        let said = self.log.as_mut().map(tail).unwrap_or_default();
        let cause = if said.is_empty() { cause.to_owned() } else { format!("{cause}:\n{said}") };
        error(&self.program, cause)
            .with_remedy(Remedy::CheckViewer { program: self.program.display().to_string() })
    }
}

/// Detach the viewer, so that Ctrl-C does not end it.
fn leave_alone(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(command, 0x0000_0200); // CREATE_NEW_PROCESS_GROUP
    #[cfg(not(any(unix, windows)))]
    let _ = command;
}

/// An unnamed file: a pipe would break when this program ends, and stop the viewer.
struct Log {
    file: NamedTempFile,
    reader: File,
}

impl Log {
    fn new() -> Option<Self> {
        let file = NamedTempFile::new().ok()?;
        let reader = file.reopen().ok()?;
        Some(Self { file, reader })
    }

    fn writer(&self) -> Stdio {
        self.file.as_file().try_clone().map_or_else(|_| Stdio::null(), Stdio::from)
    }
}

/// The last lines of a viewer's log.
fn tail(log: &mut File) -> String {
    let length = log.metadata().map_or(0, |meta| meta.len());
    let mut bytes = Vec::new();
    let read = log
        .seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL)))
        .and_then(|_| log.read_to_end(&mut bytes));
    if read.is_err() {
        return String::new();
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let lines = &lines[lines.len().saturating_sub(LOG_LINES)..];
    lines.iter().map(|line| format!("  {}", line.trim_end())).collect::<Vec<_>>().join("\n")
}

/// PATH with a folder in front.
fn with_folder(folder: &Path) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).unwrap_or(path)
}
