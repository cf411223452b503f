//! Runs ended from outside: Ctrl-C, SIGTERM, SIGKILL, and a pipe that stalls.
//! Each test waits until the recording grows, so the signal comes in the middle of a run.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rerun::components::VideoCodec;

use crate::support::check::{
    Wanted, assert_contract, keyframes_of_the_viewer, recording_violations, violations,
};
use crate::support::recording::Recording;
use crate::support::run::{Running, Workspace, read, vstream};
use crate::support::{generate, skip};

/// Minutes of encoding, made in a second: the same ten seconds, repeated.
fn long_video() -> Option<PathBuf> {
    let make = || {
        let clip = "-f lavfi -i testsrc2=size=640x480:rate=30:duration=10 -c:v libx264 -preset ultrafast -g 30";
        generate::steps(
            "long.ts",
            &[&format!("{clip} > a.ts"), "-stream_loop 59 -i {prev} -c copy"],
        )
    };
    skip::have(&["ffmpeg"]).then(make)
}

/// Starts a conversion, and returns when some of it is in the file that is being written.
fn half_way(path: &Path, to: &Path) -> Running {
    let mut running = vstream().arg(path).arg("--save").arg(to).start();
    let part = part_of(to);
    running.wait_for_samples(&part);
    running
}

fn part_of(to: &Path) -> PathBuf {
    let mut name = to.file_name().expect("a name").to_owned();
    name.push(".part");
    to.with_file_name(name)
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |meta| meta.len())
}

/// What an earlier run left under the requested name.
const EARLIER: &[u8] = b"RRF2 an earlier recording";

#[test]
fn ctrl_c_leaves_a_partial_recording_and_keeps_the_earlier_one() {
    ends_partial("INT");
}

#[test]
fn sigterm_leaves_a_partial_recording_and_keeps_the_earlier_one() {
    ends_partial("TERM");
}

#[test]
fn cancelling_ends_filters_that_generate_frames_endlessly() {
    let make = || generate::video("few.mp4", "{v} -c:v libx264 -bf 0 -g 20");
    let Some(path) = skip::have(&["ffmpeg"]).then(make) else { return };
    // Of the last frame, without an end; of each frame, so many that it takes hours.
    for words in ["--filter loop=loop=-1:size=1", "--fps 2000000000"] {
        let workspace = Workspace::new();
        let (to, partial) = (workspace.path("out.rrd"), workspace.path("out.partial.rrd"));
        let run = vstream().arg(&path).words(words).words("--preset ultrafast --save").arg(&to);
        // A minute is nothing to them.
        let mut running = run.limit(Duration::from_secs(200)).start();
        running.wait_for_samples(&part_of(&to));
        running.signal("INT");
        let outcome = running.finish().expect(130);
        assert!(partial.exists() && !to.exists(), "{}", outcome.stderr);
        assert!(Recording::open(&partial).videos.values().all(|video| !video.samples.is_empty()));
    }
}

fn ends_partial(signal: &str) {
    let Some(path) = long_video() else { return };
    let workspace = Workspace::new();
    let (to, partial) = (workspace.path("out.rrd"), workspace.path("out.partial.rrd"));
    std::fs::write(&to, EARLIER).expect("a file");
    let running = half_way(&path, &to);
    running.signal(signal);
    let outcome = running.finish().expect(130);
    assert!(!part_of(&to).exists(), "the .part file is still there");
    assert_eq!(read(&to), EARLIER);
    let last = outcome.stderr.lines().last().unwrap_or_default();
    assert!(last.contains("out.partial.rrd"), "{}", outcome.stderr);
    let recording = Recording::open(&partial);
    assert_contract(&recording);
    let count = recording.only_video().samples.len() as u64;
    assert!((1..18_000).contains(&count), "{count} of 18000 samples");
    assert_eq!(outcome.summary("logged"), count);
    if skip::have(&["rerun"]) {
        let verify = crate::support::run::program("rerun").words("rrd verify").arg(&partial);
        verify.run().expect(0); // it wants the footer, which only a completed file has
    }
}

/// As `timeout` does: to the process, and at once to its group.
#[test]
fn the_echo_of_a_signal_is_ignored() {
    let Some(path) = long_video() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let running = half_way(&path, &to);
    running.signal("TERM");
    running.signal("TERM");
    running.finish().expect(130);
    assert!(!part_of(&to).exists(), "the .part file is still there");
    assert_contract(&Recording::open(&workspace.path("out.partial.rrd")));
}

/// A run that cannot end in good order: it waits for the reader of its output.
#[test]
fn a_second_ctrl_c_ends_at_once() {
    let Some(path) = long_video() else { return };
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let stdout = std::fs::File::from(std::os::fd::OwnedFd::from(writer));
    let run = vstream().words("--preset ultrafast --stdout").arg(&path).stdout(stdout);
    let mut running = run.start();
    running.wait_for_line("writing to standard output");
    running.signal("INT");
    running.wait_for_line("press Ctrl-C again");
    // Any number of times, until one of them is no echo any more.
    running.signal_until_it_ends("INT");
    assert_eq!(running.finish().code, Some(130));
    drop(reader);
}

/// At its own pace, since it would be over too soon to be interrupted.
#[test]
fn ctrl_c_leaves_a_copy_that_can_be_read() {
    let Some(path) = long_video() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("--codec copy --realtime --duration 600").arg(&path);
    let mut running = run.arg("--save").arg(&to).start();
    let part = part_of(&to);
    running.wait_for_samples(&part);
    running.signal("INT");
    let outcome = running.finish().expect(130);
    assert!(!part.exists(), "the .part file is still there");
    let recording = Recording::open(&workspace.path("out.partial.rrd"));
    let video = recording.only_video();
    let mut broken = recording_violations(&recording);
    broken.extend(keyframes_of_the_viewer(video, VideoCodec::H264));
    assert!(broken.is_empty(), "{broken:?}");
    let count = video.samples.len() as u64;
    assert!((1..18_000).contains(&count), "{count} of 18000 samples");
    assert_eq!(outcome.summary("logged"), count);
}

#[test]
fn a_killed_run_leaves_complete_messages() {
    let Some(path) = long_video() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let running = half_way(&path, &to);
    let written = read(&part_of(&to));
    running.signal("KILL");
    assert_eq!(running.finish().signal, Some(9));
    assert!(!to.exists(), "a recording that is not whole has its final name");
    let before = Recording::from_bytes(&written);
    let after = Recording::open(&part_of(&to));
    let (before, after) = (before.only_video(), after.only_video());
    assert!(!before.samples.is_empty(), "there was a sample, and now there is none");
    assert_eq!(after.samples[..before.samples.len()], before.samples[..]);
    // The column of keyframes is written at the end, which never came.
    let broken = violations(after, &Wanted::default());
    let broken: Vec<_> = broken.iter().filter(|it| !it.contains("keyframe column")).collect();
    assert!(broken.is_empty(), "{broken:?}");
    let last = after.chunks.last().expect("a chunk");
    assert_eq!(last.first + last.rows, after.samples.len());
}

/// Nobody may have to wait for a pipe: the read on it cannot be broken off from inside.
#[test]
fn ctrl_c_ends_a_stalled_pipe() {
    let Some(path) = long_video() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("- --preset ultrafast --save").arg(&to).stdin_held_open();
    let mut running = run.start();
    let mut pipe = running.stdin.take().expect("a pipe");
    // About a minute of it, and then silence. A pipe takes it only as fast as vstream reads.
    let bytes = read(&path);
    let bytes = bytes[..bytes.len() / 10].to_vec();
    let feeder = std::thread::spawn(move || {
        pipe.write_all(&bytes).ok();
        pipe
    });
    let part = part_of(&to);
    running.wait_until("its recording grows", || length(&part) > 100_000);
    let pipe = {
        running.wait_until("it has read all there is", || feeder.is_finished());
        feeder.join().expect("the feeder")
    };
    running.signal("INT");
    running.finish().expect(130);
    drop(pipe);
    assert!(!to.exists(), "a recording that is not whole has its final name");
    assert_contract(&Recording::open(&workspace.path("out.partial.rrd")));
}
