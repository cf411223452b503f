//! Runs the real `vstream` and the other programs, with a time limit, and keeps what they print.
//! Nothing here sleeps: a wait is on the end of a pipe or on a condition with a deadline.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Long enough for a debug build on a loaded machine; only a program that hangs ever meets it.
const LIMIT: Duration = Duration::from_secs(180);

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
        let held = !matches!(self.input, Input::Nothing);
        self.command
            .stdin(if held { Stdio::piped() } else { Stdio::null() })
            .stdout(self.stdout.take().map_or_else(Stdio::piped, Stdio::from))
            .stderr(Stdio::piped());
        let mut child =
            self.command.spawn().unwrap_or_else(|err| panic!("cannot start {}: {err}", self.name));
        let mut stdin = child.stdin.take();
        if let Input::Bytes(bytes) = self.input {
            let mut pipe = stdin.take().expect("a piped stdin");
            // A program that stops reading closes the pipe: that is its business, not an error here.
            std::thread::spawn(move || pipe.write_all(&bytes).ok());
        }
        let stdout = child.stdout.take().map(Capture::of);
        let stderr = Capture::of(child.stderr.take().expect("a piped stderr"));
        Running { child: Some(child), stdin, stdout, stderr, name: self.name, limit: self.limit }
    }

    pub fn run(self) -> Outcome {
        self.start().finish()
    }
}

/// What a pipe has given so far, filled by a thread.
struct Capture {
    bytes: Arc<Mutex<Vec<u8>>>,
    closed: Receiver<()>,
}

impl Capture {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (done, closed) = channel();
        let filled = bytes.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                filled.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
            drop(done);
        });
        Self { bytes, closed }
    }

    fn wait_closed(&self, limit: Duration) -> bool {
        self.closed.recv_timeout(limit) == Err(RecvTimeoutError::Disconnected)
    }

    fn take(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }
}

/// A program that runs. Dropping it ends it.
pub struct Running {
    child: Option<Child>,
    pub stdin: Option<ChildStdin>,
    stdout: Option<Capture>,
    stderr: Capture,
    name: String,
    limit: Duration,
}

impl Running {
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("a running child").id()
    }

    pub fn signal(&self, name: &str) {
        assert!(kill(name, &self.id().to_string()), "cannot send SIG{name} to {}", self.name);
    }

    /// To the program and to all that it has started.
    pub fn signal_all(&self, name: &str) {
        let mut all = vec![self.id()];
        let mut at = 0;
        while at < all.len() {
            let children = format!("/proc/{0}/task/{0}/children", all[at]);
            let children = std::fs::read_to_string(children).unwrap_or_default();
            all.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
            at += 1;
        }
        let all: Vec<String> = all.iter().map(u32::to_string).collect();
        kill(name, &all.join(" ")); // those that have ended meanwhile make it fail
    }

    pub fn stderr_so_far(&self) -> String {
        String::from_utf8_lossy(&self.stderr.take()).into_owned()
    }

    pub fn stdout_so_far(&self) -> String {
        let bytes = self.stdout.as_ref().map(Capture::take).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What follows `start` on the line of stderr that has it, when there is one.
    pub fn wait_for_line(&mut self, start: &str) -> String {
        let said = self.stderr.bytes.clone();
        let mut found = None;
        self.wait_until(start, || {
            let text = String::from_utf8_lossy(&said.lock().unwrap()).into_owned();
            // Only of lines that are there to their end.
            let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
            let mut rests = whole.lines().filter_map(|line| line.split_once(start));
            found = rests.next().map(|(_, rest)| rest.to_owned());
            found.is_some()
        });
        found.unwrap_or_default()
    }

    pub fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut().expect("a running child");
        child.try_wait().expect("a child to wait for").is_some()
    }

    /// Waits for a condition, and fails at once when the program ends before it holds.
    pub fn wait_until(&mut self, what: &str, mut condition: impl FnMut() -> bool) {
        wait_until(&format!("{}: {what}", self.name), || {
            let met = condition();
            assert!(
                met || !self.has_ended(),
                "{} ended before: {what}\n{}",
                self.name,
                self.stderr_so_far()
            );
            met
        });
    }

    pub fn finish(mut self) -> Outcome {
        drop(self.stdin.take());
        let start = Instant::now();
        let mut in_time = true;
        for pipe in self.stdout.iter().chain([&self.stderr]) {
            in_time &= pipe.wait_closed(self.limit.saturating_sub(start.elapsed()));
        }
        let mut child = self.child.take().expect("a running child");
        if !in_time {
            child.kill().ok();
        }
        let status = child.wait().expect("a child to wait for");
        let outcome = Outcome {
            code: status.code(),
            signal: status.signal(),
            stdout: self.stdout.as_ref().map(Capture::take).unwrap_or_default(),
            stderr: String::from_utf8_lossy(&self.stderr.take()).into_owned(),
            name: self.name.clone(),
        };
        assert!(in_time, "{} still ran after {:?}\n{}", self.name, self.limit, outcome.stderr);
        outcome
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// The shell's own `kill`: a bare machine has no `kill` program, and std sends SIGKILL only.
fn kill(signal: &str, processes: &str) -> bool {
    let command = format!("kill -{signal} {processes}");
    Command::new("sh").arg("-c").arg(command).status().expect("sh").success()
}

/// A program that has ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
    name: String,
}

impl Outcome {
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        if let Err(complaint) = self.check(code) {
            panic!("{complaint}");
        }
        self
    }

    /// The exit status is as wanted and the program did not crash.
    pub fn check(&self, code: i32) -> Result<(), String> {
        if self.stderr.contains("panicked") || self.signal.is_some() {
            return Err(format!("{} crashed ({:?}):\n{}", self.name, self.signal, self.stderr));
        }
        if self.code != Some(code) {
            let Self { name, stderr, .. } = self;
            return Err(format!("{name} ended with {:?}, not {code}:\n{stderr}", self.code));
        }
        Ok(())
    }

    /// The number before a word of the summary, as in "30 frames read, 30 logged".
    #[track_caller]
    pub fn summary(&self, word: &str) -> u64 {
        let line = self.stderr.lines().rfind(|line| line.contains(" read, ")).unwrap_or_default();
        line.split([',', ';', ':'])
            .find(|part| part.split_whitespace().any(|w| w == word))
            .and_then(|part| part.split_whitespace().find_map(|w| w.replace('_', "").parse().ok()))
            .unwrap_or_else(|| panic!("no number of {word} in the summary: {line:?}"))
    }
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
