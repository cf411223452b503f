//! Runs another program to query something, such as its version, with a time limit.
//! The caller interprets its output.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use crate::event::Cancel;

/// Poll interval for the program's exit.
const POLL: Duration = Duration::from_millis(10);

/// The result of a query.
pub(super) enum Answer {
    /// Standard output of the program.
    Output(String),
    TooLate,
    Cancelled,
    NotStarted(io::Error),
}

/// Run `program argument` and read what it prints, for at most `limit`.
pub(super) fn ask(program: &Path, argument: &str, limit: Duration, cancel: &Cancel) -> Answer {
    run(program, argument, limit, cancel).unwrap_or_else(Answer::NotStarted)
}

fn run(program: &Path, argument: &str, limit: Duration, cancel: &Cancel) -> io::Result<Answer> {
    // A file instead of a pipe: a child process left behind by the program would keep a pipe open.
    let output = NamedTempFile::new()?;
    let mut reader = output.reopen()?;
    let mut child = Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .stdout(output.as_file().try_clone()?)
        .stderr(Stdio::null())
        .spawn()?;
    let deadline = Instant::now() + limit;
    while child.try_wait()?.is_none() {
        let given_up = if cancel.is_cancelled() {
            Answer::Cancelled
        } else if Instant::now() > deadline {
            Answer::TooLate
        } else {
            cancel.wait_until(Instant::now() + POLL);
            continue;
        };
        child.kill()?;
        child.wait()?;
        return Ok(given_up);
    }
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    Ok(Answer::Output(String::from_utf8_lossy(&bytes).into_owned()))
}

/// A version number in a program's output.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub major: u32,
    pub minor: u32,
    /// As printed.
    pub text: String,
}

/// The first word that begins with two numbers: "rerun-cli 0.36.3 (release) …", "ffmpeg version 5.1.9-0+deb12u1".
pub(super) fn version(text: &str) -> Option<Version> {
    text.lines().next()?.split_whitespace().find_map(|word| {
        let mut parts = word.trim_start_matches(['n', 'v']).split(['.', '-', '+']);
        let (major, minor) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Version { major, minor, text: word.to_owned() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_parsed_from_program_output() {
        let of = |text| version(text).map(|it| (it.major, it.minor));
        assert_eq!(
            of("rerun-cli 0.36.3 (base lance) [rustc 1.95.0 (5980 2026-04-14)]"),
            Some((0, 36))
        );
        assert_eq!(of("rerun-cli 0.42.0-alpha.1+dev (release)"), Some((0, 42)));
        assert_eq!(of("ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026"), Some((5, 1)));
        assert_eq!(of("ffmpeg version n7.0 Copyright"), Some((7, 0)));
        assert_eq!(of("ffmpeg version N-109542-g4a80db5fc2 Copyright\nbuilt with gcc 12.2"), None);
        assert_eq!(of("rerun: repeats a test until it passes"), None);
        assert_eq!(of(""), None);
    }
}
