//! The first step of most tests: a file goes through `vstream --save`, and the recording is read back.
//! For outputs other than files, use `run`.

use std::path::Path;

use super::recording::{Recording, Video};
use super::run::{Outcome, Program, Workspace, vstream};

pub struct Converted {
    pub workspace: Workspace,
    pub recording: Recording,
    pub outcome: Outcome,
}

/// Converts a file with more options, given as one would type them.
#[track_caller]
pub fn convert(path: &Path, options: &str) -> Converted {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let outcome =
        vstream().words(options).arg("--save").arg(&to).arg("--").arg(path).run().expect(0);
    let recording = Recording::open(&to);
    Converted { workspace, recording, outcome }
}

impl Converted {
    #[track_caller]
    pub fn video(&self) -> &Video {
        self.recording.only_video()
    }
}

/// Runs what must fail: these words, a remedy, and no recording.
#[track_caller]
pub fn refused(run: Program, words: &[&str]) {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let outcome = run.arg("--save").arg(&to).run().expect(1);
    for word in words {
        assert!(outcome.stderr.contains(word), "no {word:?} in:\n{}", outcome.stderr);
    }
    assert!(outcome.stderr.contains("hint:"), "no remedy in:\n{}", outcome.stderr);
    assert!(!to.exists(), "a failed run leaves a recording");
}

/// The run printed this.
#[track_caller]
pub fn says(converted: &Converted, words: &str) {
    let stderr = &converted.outcome.stderr;
    assert!(stderr.contains(words), "no {words:?} in:\n{stderr}");
}

/// Everything that is left out makes a strict run fail.
#[track_caller]
pub fn strict_minds(path: &Path) {
    let workspace = Workspace::new();
    let run = vstream()
        .arg(path)
        .words("--preset ultrafast --strict --save")
        .arg(workspace.path("o.rrd"));
    let outcome = run.run().expect(1);
    assert!(outcome.stderr.contains("--strict"), "{}", outcome.stderr);
}
