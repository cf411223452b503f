//! Timestamps from outside the video: a separate file, or the names of pictures.
//! How lines and arrays are parsed is tested beside the code.

use std::path::{Path, PathBuf};

use crate::support::check::{Wanted, assert_contract, assert_contract_as};
use crate::support::generate::{made, video};
use crate::support::recording::Recording;
use crate::support::run::{Outcome, Workspace, vstream};
use crate::support::skip;

const MS: i64 = 1_000_000;
/// A moment of 2014, in nanoseconds since 1970.
const THEN: i64 = 1_403_636_579_763_555_584;

/// 40 frames.
fn clip() -> PathBuf {
    video("timed.mp4", "{v} -c:v libx264 -g 10")
}

/// 40 times that no rate has, in milliseconds.
fn uneven() -> Vec<i64> {
    (0..40).map(|n| n * 50 + n % 3 + if n > 20 { 1000 } else { 0 }).collect()
}

#[track_caller]
fn convert(input: &Path, timestamps: &str, options: &str) -> (Recording, Outcome) {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words(options).arg("--timestamps").arg(timestamps).arg("--save").arg(&to);
    let outcome = run.arg(input).run().expect(0);
    (Recording::open(&to), outcome)
}

fn file(workspace: &Workspace, name: &str, text: &str) -> String {
    let path = workspace.path(name);
    std::fs::write(&path, text).expect("a file");
    path.display().to_string()
}

#[test]
fn a_file_has_a_time_for_each_frame() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let lines: String = uneven().iter().map(|ms| format!("{ms}\n")).collect();
    let csv: String = uneven().iter().map(|ms| format!("{},{ms}.png\n", ms * MS)).collect();
    let files = [
        file(&workspace, "v2.txt", &format!("# timestamp format v2\n{lines}")),
        file(&workspace, "data.csv", &format!("#timestamp [ns],filename\n{csv}")),
        file(&workspace, "plain.txt", &lines) + ":ms",
    ];
    let wanted: Vec<i64> = uneven().iter().map(|ms| ms * MS).collect();
    for timestamps in files {
        let (recording, outcome) = convert(&clip(), &timestamps, "");
        assert_contract(&recording);
        assert_eq!(recording.only_video().times(), wanted, "{timestamps}");
        assert!(!outcome.stderr.contains("warning:"), "{}", outcome.stderr);
    }
    // Without a unit, one is guessed, with a warning.
    let plain = file(&workspace, "guess.txt", &lines);
    let (recording, outcome) = convert(&clip(), &plain, "");
    assert_eq!(recording.only_video().times(), wanted);
    assert!(outcome.stderr.contains("taken for ms"), "{}", outcome.stderr);
    // A part is cut by the new times.
    let v2 = file(&workspace, "cut.txt", &format!("# timestamp format v2\n{lines}"));
    let (recording, _) = convert(&clip(), &v2, "--start 2 --duration 0.2");
    let cut: Vec<i64> =
        wanted.iter().copied().filter(|t| (1980 * MS..2180 * MS).contains(t)).collect();
    assert_eq!(recording.only_video().times(), cut);
}

#[test]
fn times_since_1970_are_capture_times_too() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let lines: String = uneven().iter().map(|ms| format!("{}\n", THEN + ms * MS)).collect();
    let (recording, _) = convert(&clip(), &file(&workspace, "unix.txt", &lines), "");
    assert_contract_as(&recording, &Wanted { wall_clock: true, ..Wanted::default() });
    let video = recording.only_video();
    assert_eq!(video.times()[0], 0);
    let offsets = video.samples.iter().map(|s| s.capture_time.expect("a capture time") - s.time);
    assert!(offsets.clone().all(|offset| offset == THEN), "{:?}", offsets.collect::<Vec<_>>());
}

#[test]
fn a_wrong_number_of_times_is_an_error_with_both_numbers() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    for count in [39, 41] {
        let lines: String = (0..count).map(|n| format!("{}\n", n * 40)).collect();
        let times = file(&workspace, "wrong.txt", &format!("# timestamp format v2\n{lines}"));
        for options in ["", "--codec h264"] {
            let to = workspace.path("out.rrd");
            let run =
                vstream().words(options).args(["--timestamps", &times]).arg("--save").arg(&to);
            let outcome = run.arg(clip()).run();
            assert!(outcome.code.is_some_and(|code| code > 0), "{outcome:?}");
            let said = &outcome.stderr;
            assert!(said.contains("40 frames") && said.contains(&count.to_string()), "{said}");
            assert!(!to.exists(), "a failed run leaves a recording");
        }
    }
}

/// Pictures whose names are times, as EuRoC has them.
fn named() -> PathBuf {
    made("named", &"by time", |folder| {
        std::fs::create_dir(folder).expect("a folder");
        let clip = video("named.mkv", "{v} -t 0.4 -c:v mjpeg -q:v 4");
        let command = crate::support::run::program("ffmpeg").words("-v error -i").arg(clip);
        command.arg(folder.join("%d.jpg")).run().expect(0);
        for n in 1..=10 {
            let time = THEN + i64::from(n) * 50 * MS + i64::from(n % 3) * 1234;
            let from = folder.join(format!("{n}.jpg"));
            std::fs::rename(from, folder.join(format!("{time}.jpg"))).expect("a new name");
        }
    })
}

#[test]
fn picture_names_give_times() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let first = THEN + 50 * MS + 1234;
    let wanted: Vec<i64> = (1..=10).map(|n| THEN + n * 50 * MS + (n % 3) * 1234 - first).collect();
    let (recording, _) = convert(&named().join("*.jpg"), "names", "");
    let video = recording.only_video();
    assert_eq!(video.times(), wanted);
    assert_eq!(video.samples[0].capture_time, Some(first));
    let to = Workspace::new().path("out.rrd");
    let run = vstream().args(["--timestamps", "names"]).arg("--save").arg(to).arg(clip());
    let outcome = run.run().expect(2);
    assert!(outcome.stderr.contains("not an image sequence"), "{}", outcome.stderr);
}

#[test]
fn inputs_timed_by_one_clock_are_in_step() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let list = |name: &str, first: i64| {
        let lines: String = (0..40).map(|n| format!("{}\n", first + n * 40 * MS)).collect();
        file(&workspace, name, &lines)
    };
    let to = workspace.path("out.rrd");
    let times = [list("left.txt", THEN + 300 * MS), list("right.txt", THEN)];
    let run = vstream().args(["--timestamps", &times[0], "--timestamps", &times[1]]);
    run.arg("--save").arg(&to).arg(clip()).arg(clip()).run().expect(0);
    let recording = Recording::open(&to);
    let firsts: Vec<_> =
        recording.videos.values().map(|v| (v.times()[0], v.samples[0].capture_time)).collect();
    assert_eq!(firsts, [(300 * MS, Some(THEN + 300 * MS)), (0, Some(THEN))]);
}

#[test]
fn timestamps_of_a_container_that_are_wall_clock_times_are_capture_times() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let now = "setpts='PTS+1714564800.4/TB'";
    let path = video("now.mkv", &format!("{{v}} -vf {now} -c:v libx264 -bf 2 -copyts"));
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let outcome = vstream().arg("--save").arg(&to).arg(&path).run().expect(0);
    assert!(outcome.stderr.contains("from 2024-05-01T12:00:00.4Z on"), "{}", outcome.stderr);
    let recording = Recording::open(&to);
    let video = recording.only_video();
    let first = &video.samples[0];
    assert_eq!((first.time, first.capture_time), (0, Some(1_714_564_800_400 * MS)));
}
