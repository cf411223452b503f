//! Inputs that hold pictures of which none is recorded: the error says why, and not that they cannot be decoded.
//! Pictures that cannot be decoded are in `errors`.

use std::path::{Path, PathBuf};

use vstream::{Config, ErrorKind, Remedy};

use crate::support::convert::{convert, refused};
use crate::support::run::{Program, Workspace, read, vstream};
use crate::support::{generate, skip};

/// Forty pictures in 1.6 seconds, which can be copied.
fn clip() -> Option<PathBuf> {
    let made = "{v} -c:v libx264 -bf 0 -g 25 -colorspace bt709";
    skip::have(&["ffmpeg"]).then(|| generate::video("clip.mp4", made))
}

/// The clip with an edit list that shows 5 ms of it, between two pictures.
fn hidden(clip: &Path, to: &Path) {
    let mut bytes = read(clip);
    let at = bytes.windows(4).position(|name| name == b"elst").expect("an edit list");
    // Behind the name: version and flags, the number of edits, and of the first one its length, in ms, and its begin.
    bytes[at + 12..at + 16].copy_from_slice(&5_u32.to_be_bytes());
    bytes[at + 16..at + 20].copy_from_slice(&128_u32.to_be_bytes());
    std::fs::write(to, bytes).expect("a file");
}

fn run(path: &Path, options: &str) -> Program {
    vstream().arg(path).words(options)
}

#[test]
fn filters_that_let_nothing_through_are_named() {
    let Some(clip) = clip() else { return };
    let said = ["no picture is left of ", "the filters let none through", "--filter and --fps"];
    for (options, count) in [
        ("--filter select=0", "(40 were decoded, and "),
        ("--filter trim=start=10 --jobs 2", "(40 were decoded, and "),
        ("--fps 1/1000000", "(40 were decoded, and "),
        ("--filter select=0 --start 1", "(15 were decoded from 1.000 s on, and "),
        ("--filter select=0 --start 1.56", "(1 was decoded from 1.560 s on, and "),
    ] {
        refused(run(&clip, options), &[&said[..], &[count]].concat());
    }
    let workspace = Workspace::new();
    let batch = run(&clip, "--filter select=0 --save").arg(workspace.path("folder/"));
    batch.run().expect(1).says(&said);
    let lines = run(&clip, "--filter select=0 --json --save").arg(workspace.path("out.rrd"));
    let lines = lines.run().expect(1).stdout;
    let lines = String::from_utf8(lines).expect("text");
    assert!(lines.contains("\"kind\":\"no_picture_left\""), "{lines}");
    assert!(lines.contains("\"read\":40,\"logged\":0"), "{lines}");
}

#[test]
fn an_edit_list_that_hides_every_picture_is_named_and_can_be_ignored() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    let path = workspace.path("hidden.mp4");
    hidden(&clip, &path);
    let said = ["no picture is left of ", "whose edit list hides all of them"];
    let hint = ["hint: give `--input-option ignore_editlist=1`"];
    for options in ["", "--codec auto", "--start 1"] {
        refused(run(&path, options), &[&said[..], &hint].concat());
    }
    refused(run(&path, "--codec copy"), &["cannot copy ", "an edit list hides some"]);
    let shown = convert(&path, "--preset ultrafast --input-option ignore_editlist=1");
    assert_eq!(shown.video().samples.len(), 40);
}

#[test]
fn a_part_that_holds_none_is_named_copied_or_not() {
    let Some(clip) = clip() else { return };
    for codec in ["h264", "copy", "auto"] {
        for (part, said) in [
            ("--start 5", "and none from 5.000 s on)"),
            ("--start 5 --duration 1", "and none from 5.000 s to 6.000 s)"),
        ] {
            let words = ["no picture is left of ", said, "hint: give an earlier --start"];
            refused(run(&clip, &format!("{part} --codec {codec}")), &words);
        }
        // What is there is copied from the keyframe before it.
        let part = convert(&clip, &format!("--start 1.56 --codec {codec}"));
        let counts = if codec == "copy" { 15 } else { 1 };
        assert_eq!(part.video().samples.len(), counts, "{codec}");
    }
    // Between two pictures.
    refused(run(&clip, "--start 1.001 --duration 0.001"), &["and none from 1.001 s to 1.002 s)"]);
}

#[test]
fn programs_can_tell_it_from_what_cannot_be_decoded() {
    let Some(clip) = clip() else { return };
    let mut config = Config::new(clip);
    config.video.filter = Some("select=0".to_owned());
    let items: Vec<_> = vstream::samples(&config).expect("samples").collect();
    let [Err(error)] = &items[..] else { panic!("{items:?}") };
    assert_eq!(error.kind(), ErrorKind::NoPictureLeft);
    assert_eq!(error.remedy(), Some(&Remedy::CheckFilters));
}
