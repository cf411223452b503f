//! Several files as one video: where each begins, what may differ between them, and what cannot be joined.
//! A clock that restarts within a file is in `times`.

use std::path::PathBuf;

use crate::support::check::{assert_contract, assert_contract_of_rows};
use crate::support::convert::{Converted, convert};
use crate::support::generate::{steps, video};
use crate::support::picture::decode_video;
use crate::support::recording::Recording;
use crate::support::run::{Program, Workspace, vstream};
use crate::support::skip;

const MS: i64 = 1_000_000;

/// A chapter of 1.6 s, created at this second of a minute.
fn chapter(second: u32) -> PathBuf {
    let created = format!("-metadata creation_time=2024-05-01T12:00:{second:02}Z");
    video(&format!("chapter{second}.mp4"), &format!("{{v}} -c:v libx264 -bf 2 {created}"))
}

/// Another size and rate, and no creation time: a second, of a camera that was held upright.
fn turned() -> PathBuf {
    let flat = "-f lavfi -i testsrc2=size=160x96:rate=10:duration=1 -c:v libx264 -g 5 > flat.mp4";
    steps("turned.mp4", &[flat, "turn {prev}"])
}

fn joined(files: &[PathBuf], options: &str) -> Converted {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().arg("--join").words(options).args(files);
    let outcome = run.arg("--save").arg(&to).run().expect(0);
    let recording = Recording::open(&to);
    Converted { workspace, recording, outcome }
}

/// What is asked for makes no sense: these words, and a remedy.
#[track_caller]
fn not_joined(run: Program, words: &[&str]) {
    let workspace = Workspace::new();
    let outcome = run.arg("--save").arg(workspace.path("out.rrd")).run().expect(2);
    for word in words.iter().chain(&["hint:"]) {
        assert!(outcome.stderr.contains(word), "no {word:?} in:\n{}", outcome.stderr);
    }
}

/// Times in whole milliseconds.
fn millis(converted: &Converted) -> Vec<i64> {
    converted.video().times().iter().map(|time| (time + MS / 2) / MS).collect()
}

fn every(step: i64, from: i64, count: i64) -> Vec<i64> {
    (0..count).map(|n| from + n * step).collect()
}

#[test]
fn each_file_begins_where_the_one_before_it_ends() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // The creation times of a camera that writes the beginning of the drive into every chapter.
    let files = [chapter(0), chapter(0), chapter(0)];
    let converted = joined(&files, "");
    assert_contract(&converted.recording);
    assert_eq!(millis(&converted), every(40, 0, 120));
    let stderr = &converted.outcome.stderr;
    assert!(stderr.contains("chapter0.mp4 and 2 more"), "{stderr}");
    assert!(!stderr.contains("warning"), "{stderr}");
}

#[test]
fn creation_times_leave_a_gap_and_can_be_ignored() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // The second continues the first as far as whole seconds tell; the third comes a while later.
    let files = [chapter(0), chapter(1), chapter(30)];
    let converted = joined(&files, "--start-time creation");
    let wanted = [every(40, 0, 80), every(40, 30_000, 40)].concat();
    assert_eq!(millis(&converted), wanted);
    let stderr = &converted.outcome.stderr;
    assert!(stderr.contains("chapter30.mp4 begins 27 s after"), "{stderr}");
    assert!(stderr.contains("--join=end"), "{stderr}");
    let captured = Recording::open_on(&converted.workspace.path("out.rrd"), "capture_time");
    let first = captured.only_video().times()[0];
    assert_eq!(first, 1_714_564_800_000 * MS);

    let to = converted.workspace.path("end.rrd");
    vstream().arg("--join=end").args(&files).arg("--save").arg(&to).run().expect(0);
    let times = Recording::open(&to).only_video().times();
    assert_eq!((times.len(), times.last().map(|t| t / MS)), (120, Some(4760)));

    let overlap = vstream().arg("--join=created").args([chapter(30), chapter(0)]);
    not_joined(overlap, &["chapter0.mp4", "before", "ends"]);
}

#[test]
fn sizes_rates_and_rotations_may_differ() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let converted = joined(&[chapter(0), turned(), chapter(0)], "");
    assert_contract_of_rows(converted.video());
    let wanted = [every(40, 0, 40), every(100, 1600, 10), every(40, 2600, 40)].concat();
    assert_eq!(millis(&converted), wanted);
    assert!(converted.outcome.stderr.contains("fitted into the first"));
    // Upright, 96x160 has black at its sides in 128x96, and not above.
    let mut pictures = decode_video(converted.video(), &converted.workspace);
    let first = pictures.next().expect("a picture");
    assert!(first.luma(0..16, 40..56) > 20.0);
    let upright = pictures.nth(44).expect("a picture of the second file");
    let (side, top) = (upright.luma(4..24, 40..56), upright.luma(56..72, 2..10));
    assert!(side < 20.0 && top > 30.0, "{side} {top}");
}

#[test]
fn a_part_of_the_whole_is_cut_at_the_times_of_the_whole() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let files = [chapter(0), turned(), chapter(0)];
    // In the last file; the two before it are not decoded.
    let cut = joined(&files, "--start 3 --duration 1");
    assert_eq!(millis(&cut), every(40, 3000, 25));
    // Over a seam, and the whole part again.
    let again = joined(&files, "--start 2.4 --duration 0.44 --loop 1 --rebase");
    let round = |from: i64| [every(100, from, 2), every(40, from + 200, 5)].concat();
    assert_eq!(millis(&again), [round(0), round(400)].concat());
    // Before the end of the first file.
    let early = joined(&files, "--duration 1.5");
    assert_eq!(millis(&early), every(40, 0, 38));
}

#[test]
fn files_without_timestamps_join_and_cut_too() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let raw = video("raw.h264", "{v} -c:v libx264 -bf 0");
    let files = [raw.clone(), raw];
    assert_eq!(millis(&joined(&files, "")), every(40, 0, 80));
    assert_eq!(millis(&joined(&files, "--start 2")), every(40, 2000, 30));
}

#[test]
fn copies_join_where_the_parameters_agree() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let plain = "{v} -c:v libx264 -bf 0 -g 10";
    let (one, other) = (video("one.mp4", plain), video("two.mkv", plain));
    let copied = joined(&[one.clone(), other.clone()], "--codec copy");
    assert_eq!(millis(&copied), every(40, 0, 80));
    assert!(copied.outcome.stderr.contains("(copied)"), "{}", copied.outcome.stderr);
    // Cut at a keyframe of the second file.
    let cut = joined(&[one.clone(), other], "--codec copy --start 2.4");
    assert_eq!(millis(&cut), every(40, 2400, 20));

    let files = [one, turned()];
    let encoded = joined(&files, "--codec auto");
    assert_contract_of_rows(encoded.video());
    assert_eq!(millis(&encoded).len(), 50);
    let forced = vstream().args(["--join", "--codec", "copy"]).args(&files);
    let outcome = forced.arg("--save").arg(encoded.workspace.path("copy.rrd")).run().expect(1);
    assert!(outcome.stderr.contains("parameters"), "{}", outcome.stderr);
}

#[test]
fn all_streams_of_joined_files_stay_in_step() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let two = "-f lavfi -i testsrc2=size=64x48:rate=10:duration=1.2 {v} -map 0 -map 1 -c:v libx264";
    let front_and_rear = video("two.mp4", two);
    let files = [front_and_rear.clone(), front_and_rear.clone()];
    let converted = joined(&files, "--all-streams");
    let seconds: Vec<Vec<i64>> =
        converted.recording.videos.values().map(|video| video.times()).collect();
    assert_eq!(seconds.iter().map(Vec::len).collect::<Vec<_>>(), [24, 80]);
    // The longer one says where the second file begins.
    assert_eq!((seconds[0][12], seconds[1][40]), (1600 * MS, 1600 * MS));

    let uneven = vstream().args(["--join", "--all-streams"]).args([front_and_rear, chapter(0)]);
    not_joined(uneven, &["chapter0.mp4", "it has 1", "the first 2"]);
}

#[test]
fn live_and_piped_inputs_cannot_be_joined() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let file = chapter(0);
    let join = |files: &[&str]| vstream().arg("--join").args(files);
    let name = file.to_str().expect("a name");
    not_joined(join(&[name, "rtsp://127.0.0.1:9/none"]), &["live", "cannot be joined"]);
    not_joined(join(&[name, "-"]).stdin(Vec::new()), &["standard input", "only once"]);
    not_joined(join(&[name, name, "--keep-timestamps"]), &["timestamps"]);
    let outcome = join(&[name, "no/such.mp4"]).run().expect(1);
    assert!(outcome.stderr.contains("no/such.mp4"), "{}", outcome.stderr);
}

#[test]
fn a_dry_run_and_the_messages_list_the_joined_files() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let files = [chapter(0), chapter(1)];
    let lines = |what: &str| {
        let outcome = vstream().args(["--join", what]).args(&files).run().expect(0);
        String::from_utf8(outcome.stdout).expect("text")
    };
    let foreseen = lines("--dry-run");
    assert!(foreseen.contains("chapter1.mp4") && foreseen.contains("3.2"), "{foreseen}");
    let found = lines("--probe");
    assert!(found.contains("chapter0.mp4") && found.contains("chapter1.mp4"), "{found}");
    let whole = convert(&files[0], "");
    assert_eq!(millis(&whole).len(), 40);
}
