//! Hardware decoding: on any machine the recording is complete, and the output names the decoder that was used.
//! Hardware encoders are in `encoders`.

use std::path::PathBuf;

use crate::support::check::assert_contract;
use crate::support::convert::convert;
use crate::support::run::{Workspace, vstream};
use crate::support::{generate, skip};

fn clip() -> Option<PathBuf> {
    let make = || generate::video("hard.mp4", "{v} -c:v libx264 -bf 2");
    skip::have(&["ffmpeg"]).then(make)
}

#[test]
fn auto_uses_available_hardware_and_warns_if_there_is_none() {
    let Some(path) = clip() else { return };
    let plain = convert(&path, "--preset ultrafast");
    let auto = convert(&path, "--preset ultrafast --hwaccel auto");
    assert_contract(&auto.recording);
    assert_eq!(auto.video().times(), plain.video().times());
    // Hardware may round otherwise; software gives the same bits with or without the attempt.
    if auto.outcome.stderr.contains("decoded in software") {
        assert_eq!(auto.video().samples, plain.video().samples);
    }
    let none = convert(&path, "--preset ultrafast --hwaccel none");
    assert!(!none.outcome.stderr.contains("decoded in software"), "{}", none.outcome.stderr);
}

#[test]
fn an_unknown_kind_of_hardware_lists_the_known_ones() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let run = vstream().words("--hwaccel vaapo --save").arg(workspace.path("out.rrd"));
    let outcome = run.arg(&path).run().expect(2);
    assert!(outcome.stderr.contains("hwaccel `vaapo`"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("choose auto, none"), "{}", outcome.stderr);
}

/// Every kind FFmpeg was built for: it opens and the recording is complete, or it does not and the cause is said.
#[test]
fn every_kind_of_hardware_works_or_says_why_not() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let run = vstream().words("--hwaccel ? --save").arg(workspace.path("out.rrd")).arg(&path);
    let stderr = run.run().expect(2).stderr;
    let Some((_, kinds)) = stderr.trim_end().split_once("none, or one of ") else {
        panic!("no list of kinds: {stderr}");
    };
    for kind in kinds.split(", ").filter(|kind| !kind.is_empty()) {
        let to = workspace.path(format!("{kind}.rrd"));
        let run = vstream().words("--preset ultrafast --hwaccel").arg(kind).arg("--save").arg(&to);
        let outcome = run.arg(&path).run();
        match outcome.code {
            Some(0) => {
                let recording = crate::support::recording::Recording::open(&to);
                assert_contract(&recording);
                assert_eq!(recording.only_video().samples.len(), 40, "{kind}");
            }
            Some(1) => {
                let start = format!("error: cannot decode with {kind}: ");
                assert!(outcome.stderr.contains(&start), "{kind}: {}", outcome.stderr);
                assert!(outcome.stderr.contains("--hwaccel"), "{kind}: {}", outcome.stderr);
                assert!(!to.exists(), "{kind} left a recording");
            }
            code => panic!("{kind}: exit {code:?}\n{}", outcome.stderr),
        }
    }
}
