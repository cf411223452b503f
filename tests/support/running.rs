//! A running program and its output, and the outcome after it has ended.
//! Nothing here sleeps: waits are for the end of a pipe, or for a condition with a deadline.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::recording::Recording;
use super::run::wait_until;

/// What a pipe has given so far, filled by a thread.
pub(super) struct Capture {
    bytes: Arc<Mutex<Vec<u8>>>,
    closed: Receiver<()>,
}

impl Capture {
    pub(super) fn of(mut pipe: impl Read + Send + 'static) -> Self {
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
    pub(super) child: Option<Child>,
    pub stdin: Option<ChildStdin>,
    pub(super) stdout: Option<Capture>,
    pub(super) stderr: Capture,
    pub(super) name: String,
    pub(super) command: Command,
    pub(super) limit: Duration,
}

impl Running {
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("a running child").id()
    }

    pub fn signal(&self, name: &str) {
        assert!(kill(name, &self.id().to_string()), "cannot send SIG{name} to {}", self.name);
    }

    /// Again and again, until it has ended.
    pub fn signal_until_it_ends(&mut self, name: &str) {
        let id = self.id().to_string();
        wait_until("it ends", || {
            kill(name, &id); // fails once it has ended
            self.has_ended()
        });
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

    /// Waits until there are samples in a recording that it writes. Bytes would not do: a chunk is one long message,
    /// and the file may end within the first of them.
    pub fn wait_for_samples(&mut self, part: &Path) {
        self.wait_until("samples are in its recording", || {
            Recording::samples_so_far(part).iter().any(|&count| count > 0)
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
        let Self { command, limit, .. } = &self;
        assert!(in_time, "still running after {limit:?}: {command:?}\n{}", outcome.stderr);
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

    /// Its messages contain all these words.
    #[track_caller]
    pub fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in:\n{}", self.stderr);
        }
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
