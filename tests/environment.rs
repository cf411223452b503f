//! The environment of a run: full or closed standard streams, file names, system limits.
//! Failing disks are in `write_failures` and `faults`.

use std::path::{Path, PathBuf};

use crate::support::check::assert_contract;
use crate::support::recording::Recording;
use crate::support::run::{Program, Workspace, program, read, vstream};
use crate::support::{generate, skip};

fn clip() -> Option<PathBuf> {
    let make = || generate::video("clip.mp4", "{v} -c:v libx264 -bf 0 -g 25");
    skip::have(&["ffmpeg"]).then(make)
}

/// vstream with what a shell can change before it starts: `ulimit -n 20;` in front, `2>&-` behind.
fn started_by(before: &str, behind: &str) -> Program {
    let script = format!("{before} exec \"$0\" \"$@\" {behind}");
    program("sh").arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_vstream"))
}

#[test]
fn a_closed_stderr_does_not_end_the_run() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    for streams in ["2>/dev/full", "2>&-", "<&- >&- 2>&-", "2>&1 | true"] {
        let to = workspace.path("out.rrd");
        started_by("", streams).arg(&clip).arg("--save").arg(&to).run().expect(0);
        assert_contract(&Recording::open(&to));
        std::fs::remove_file(to).expect("the recording");
    }
}

#[test]
fn a_full_standard_output_is_named() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    let full = ["cannot write to standard output: No space left on device\n"];
    for words in ["--probe", "--dry-run --save x.rrd", "--list-encoders", "--help"] {
        let run = started_by("", ">/dev/full").arg(&clip).words(words);
        run.current_dir(workspace.dir()).run().expect(1).says(&full);
    }
    // The recording is made all the same.
    let to = workspace.path("out.rrd");
    let run = started_by("", ">/dev/full").arg(&clip).arg("--json").arg("--save").arg(&to);
    run.run().expect(1).says(&full);
    assert_contract(&Recording::open(&to));
}

/// Rust puts `/dev/null` in the place of a standard output that is closed, and all that is written there succeeds.
#[test]
fn a_closed_standard_output_is_named() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    let closed = ["cannot write to standard output: it is closed\n"];
    for words in
        ["--probe", "--probe --json", "--dry-run --save x.rrd", "--list-encoders", "--help"]
    {
        let run = started_by("", ">&-").arg(&clip).words(words);
        run.current_dir(workspace.dir()).run().expect(1).says(&closed);
    }
    let to = workspace.path("out.rrd");
    let saved = |streams| started_by("", streams).arg(&clip).arg("--json").arg("--save").arg(&to);
    saved(">&-").run().expect(1).says(&closed);
    assert_contract(&Recording::open(&to));
    let streamed = |streams| started_by("", streams).arg(&clip).arg("--stdout").run();
    let refused = streamed(">&-").expect(1);
    refused.says(&["cannot write standard output: it is closed", "hint: pipe it"]);
    // A `/dev/null` that was asked for, for writing alone and as most programs open it for others.
    std::fs::remove_file(&to).expect("the recording");
    for streams in [">/dev/null", "1<>/dev/null"] {
        streamed(streams).expect(0).says(&["wrote it to standard output"]);
        saved(streams).run().expect(0);
        std::fs::remove_file(&to).expect("the recording");
    }
}

/// By default the system ends the program, without a word.
#[test]
fn a_limit_on_the_size_of_files_is_an_error_like_a_full_disk() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    let (to, streamed) = (workspace.path("out.rrd"), workspace.path("streamed"));
    // 20 or 40 kB, as the shell has it.
    let run = started_by("ulimit -f 40;", "").arg(&clip).arg("--save").arg(&to);
    let outcome = run.run().expect(1);
    outcome.says(&["out.rrd: File too large", "hint: make room", "out.partial.rrd"]);
    assert!(!to.exists() && workspace.path("out.partial.rrd").exists());
    let behind = format!("> '{}'", streamed.display());
    let run = started_by("ulimit -f 40;", &behind).arg(&clip).arg("--stdout");
    run.run().expect(1).says(&["cannot write standard output: File too large"]);
}

#[test]
fn an_input_must_not_be_an_output_s_temporary_file() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    for (input, output) in [
        ("a.rrd.part", "a.rrd"),
        ("b.mp4.part", "b.mp4"),
        ("c.partial.mkv", "c.mkv"),
        ("linked.partial.rrd", "linked.rrd"),
    ] {
        let (input, output) = (workspace.path(input), workspace.path(output));
        let copied = std::fs::copy(&clip, &input);
        copied.expect("a copy");
        let mut named = input.clone();
        if output.ends_with("linked.rrd") {
            named = workspace.path("other.mp4");
            std::fs::hard_link(&input, &named).expect("a link");
        }
        for dry in ["--force", "--dry-run"] {
            let run = vstream().arg(&named).arg(dry).arg("--save").arg(&output);
            run.run().expect(1).says(&[": until it is complete it is ", ", an input\n", "hint: "]);
        }
        assert!(read(&input) == read(&clip) && !output.exists(), "{}", input.display());
    }
}

#[test]
fn a_name_that_is_too_long_only_while_it_is_written_is_explained() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("x".repeat(250) + ".rrd");
    let outcome = vstream().arg(&clip).arg("--save").arg(&to).run().expect(1);
    outcome.says(&["File name too long", "hint: choose a shorter name"]);
}

#[test]
fn an_empty_pipe_is_not_mistaken_for_a_seekable_format() {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().stdin(Vec::new()).arg("-").arg("--save").arg(&to);
    run.run().expect(1).says(&["standard input: nothing came before its end", "hint: "]);
    assert!(!Path::new(&to).exists());
}
