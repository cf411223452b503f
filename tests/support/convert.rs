//! The step that most tests begin with: a file goes through `vstream --save`, and is read back.
//! For a run whose output is not a file, use `run` itself.

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
