//! Starts the real `vstream` and other programs, with a time limit.
//! Running programs are in `running`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::running::Capture;
pub use super::running::{Outcome, Running};

/// Long enough for a debug build on a loaded machine; only a program that hangs ever meets it.
const LIMIT: Duration = Duration::from_secs(600);

/// A folder that goes away with the test.
pub struct Workspace(tempfile::TempDir);

impl Workspace {
    pub fn new() -> Self {
        Self(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder"))
    }

    pub fn dir(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }
}

/// A program about to run.
pub struct Program {
    command: Command,
    name: String,
    input: Input,
    stdout: Option<File>,
    limit: Duration,
}

enum Input {
    Nothing,
    Bytes(Vec<u8>),
    File(File),
    HeldOpen,
}

/// The binary under test.
pub fn vstream() -> Program {
    program(env!("CARGO_BIN_EXE_vstream"))
}

/// Any other program on PATH.
pub fn program(name: &str) -> Program {
    let mut command = Command::new(name);
    // What the developer has set for Rerun or vstream must not decide a test.
    for (key, _) in std::env::vars_os() {
        let upper = key.to_string_lossy().to_uppercase();
        if upper.trim_start_matches('_').starts_with("RERUN") || upper.starts_with("VSTREAM") {
            command.env_remove(key);
        }
    }
    Program {
        command,
        name: Path::new(name).file_name().unwrap_or_default().to_string_lossy().into_owned(),
        input: Input::Nothing,
        stdout: None,
        limit: LIMIT,
    }
}

impl Program {
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    /// Arguments that hold no spaces, as one would type them.
    pub fn words(self, words: &str) -> Self {
        self.args(words.split_whitespace())
    }

    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    pub fn current_dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    pub fn stdin(mut self, bytes: Vec<u8>) -> Self {
        self.input = Input::Bytes(bytes);
        self
    }

    /// Its stdin is the file itself, as `< FILE` in a shell.
    pub fn stdin_file(mut self, file: File) -> Self {
        self.input = Input::File(file);
        self
    }

    /// The pipe stays open until `Running::stdin` is dropped.
    pub fn stdin_held_open(mut self) -> Self {
        self.input = Input::HeldOpen;
        self
    }

    /// Its stdout goes to a file, and is not captured.
    pub fn stdout(mut self, file: File) -> Self {
        self.stdout = Some(file);
        self
    }

    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    pub fn start(mut self) -> Running {
        let (stdin, bytes) = match self.input {
            Input::Nothing => (Stdio::null(), None),
            Input::File(file) => (Stdio::from(file), None),
            Input::Bytes(bytes) => (Stdio::piped(), Some(bytes)),
            Input::HeldOpen => (Stdio::piped(), None),
        };
        self.command
            .stdin(stdin)
            .stdout(self.stdout.take().map_or_else(Stdio::piped, Stdio::from))
            .stderr(Stdio::piped());
        let mut child =
            self.command.spawn().unwrap_or_else(|err| panic!("cannot start {}: {err}", self.name));
        let mut stdin = child.stdin.take();
        if let Some(bytes) = bytes {
            let mut pipe = stdin.take().expect("a piped stdin");
            // A program that stops reading closes the pipe: that is its business, not an error here.
            std::thread::spawn(move || pipe.write_all(&bytes).ok());
        }
        let stdout = child.stdout.take().map(Capture::of);
        let stderr = Capture::of(child.stderr.take().expect("a piped stderr"));
        let Self { command, name, limit, .. } = self;
        Running { child: Some(child), stdin, stdout, stderr, name, command, limit }
    }

    pub fn run(self) -> Outcome {
        self.start().finish()
    }
}

/// Runs an integration test again in a process of its own, for what tests in the same process would disturb. `true` in
/// that process: `if !alone("module::test") { return; }`.
pub fn alone(test: &str) -> bool {
    const ALONE: &str = "VSTREAM_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let this = std::env::current_exe().expect("this program");
    let this = program(this.to_str().expect("a path in UTF-8"));
    // Without the setting, each thread has an arena of its own, and their free memory hides what grows.
    let this = this.env(ALONE, "1").env("MALLOC_ARENA_MAX", "1");
    let outcome = this.args(["--exact", test, "--nocapture"]).run();
    let stdout = String::from_utf8_lossy(&outcome.stdout);
    println!("{stdout}");
    assert!(outcome.code == Some(0) && stdout.contains("1 passed"), "{test}: {}", outcome.stderr);
    false
}

/// Waits until a condition holds; panics with `what` when it never does.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "waited {LIMIT:?} in vain: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// The bytes of a file, or a message that names it.
#[track_caller]
pub fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|err| panic!("cannot read {}: {err}", path.display()))
}
