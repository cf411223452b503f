//! Failures of the system during a run: full or broken disks, reads that never return, no memory, no file descriptors,
//! clocks that jump, signals at any moment. Each run ends, says what failed, and leaves no incomplete file under a final
//! name.
//!
//! `support::faults` makes the faults. `FAULT_RUNS` is the number of signals to send (default: 20).

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::check::{assert_contract, recording_violations, violations};
use crate::support::faults::{inject, library};
use crate::support::recording::{Recording, Sample};
use crate::support::run::{Outcome, Program, Workspace, program, read, vstream};
use crate::support::source::{Connection, tcp};
use crate::support::{generate, skip};

/// What an earlier run left under the requested name.
const EARLIER: &[u8] = b"RRF2 an earlier recording";
const ENOSPC: u32 = 28;
const EIO: u32 = 5;

/// The library of faults, and a small video.
fn setting() -> Option<(PathBuf, PathBuf)> {
    let library = library().filter(|_| skip::have(&["ffmpeg"]))?;
    Some((
        library,
        generate::video(
            "faults.mp4",
            "{v} -vf setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709 -c:v libx264 -bf 0 -g 10 \
             -movflags +faststart -color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709",
        ),
    ))
}

fn copy(from: &Path, to: &Path) -> Program {
    vstream().arg(from).words("--codec copy --force --save").arg(to)
}

/// The names of all files that begin with `out`.
fn outputs(workspace: &Workspace) -> Vec<String> {
    let files = std::fs::read_dir(workspace.dir()).expect("a folder").flatten();
    let mut names: Vec<String> =
        files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.starts_with("out"));
    names.sort();
    names
}

fn clear(workspace: &Workspace) {
    for name in outputs(workspace) {
        std::fs::remove_file(workspace.path(name)).expect("a file to remove");
    }
}

/// Where to break writes off: at the beginning and in the middle of each that a whole run does.
fn places(library: &Path, video: &Path, workspace: &Workspace, name: &str) -> Vec<u64> {
    let log = workspace.path("writes");
    let faults =
        [("FAULT_WRITE_FILE", "out.".to_owned()), ("FAULT_WRITE_LOG", log.display().to_string())];
    inject(copy(video, &workspace.path(name)), library, &faults).run().expect(0);
    let sizes = std::fs::read_to_string(&log).expect("sizes of writes");
    std::fs::remove_file(&log).expect("a file to remove");
    clear(workspace);
    let mut places = Vec::new();
    let mut at = 0;
    for size in sizes.lines().map(|line| line.parse::<u64>().expect("a size")) {
        places.extend([at, at + size / 2]);
        at += size;
    }
    places.dedup();
    places
}

#[test]
fn a_disk_error_at_any_byte_is_reported_and_keeps_the_earlier_file() {
    let Some((library, video)) = setting() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let places = places(&library, &video, &workspace, "out.rrd");
    assert!(places.len() > 10, "{places:?}");
    let whole = {
        copy(&video, &to).run().expect(0);
        Recording::open(&to).only_video().samples.clone()
    };
    for (nth, place) in places.into_iter().enumerate() {
        clear(&workspace);
        std::fs::write(&to, EARLIER).expect("a file");
        let (errno, words) = match nth % 2 {
            0 => (ENOSPC, "out.rrd: No space left on device"),
            _ => (EIO, "out.rrd: Input/output error"),
        };
        let faults = [
            ("FAULT_WRITE_FILE", "out.".to_owned()),
            ("FAULT_WRITE_END", place.to_string()),
            ("FAULT_WRITE_ERROR", errno.to_string()),
        ];
        let outcome = inject(copy(&video, &to), &library, &faults).run().expect(1);
        assert!(outcome.stderr.contains(words), "at byte {place}: {}", outcome.stderr);
        assert_eq!(read(&to), EARLIER, "at byte {place}");
        let names = outputs(&workspace);
        if place == 0 {
            assert_eq!(names, ["out.rrd"]);
            continue;
        }
        assert_eq!(names, ["out.partial.rrd", "out.rrd"], "at byte {place}");
        outcome.says(&["out.partial.rrd"]);
        // It ends in the middle of a message; what is before can be read, and is the beginning of the whole.
        let partial = Recording::try_open(&workspace.path("out.partial.rrd")).unwrap_or_default();
        for video in partial.videos.values() {
            assert!(whole.starts_with(&video.samples), "at byte {place}");
        }
    }
}

#[test]
fn a_disk_error_while_writing_a_video_file_is_reported() {
    let Some((library, video)) = setting() else { return };
    for name in ["out.mp4", "out.mkv"] {
        let workspace = Workspace::new();
        for place in places(&library, &video, &workspace, name) {
            clear(&workspace);
            let faults = [
                ("FAULT_WRITE_FILE", "out.".to_owned()),
                ("FAULT_WRITE_END", place.to_string()),
                ("FAULT_WRITE_ERROR", ENOSPC.to_string()),
            ];
            let to = workspace.path(name);
            let outcome = inject(copy(&video, &to), &library, &faults).run().expect(1);
            assert!(
                outcome.stderr.contains("No space left on device"),
                "{name} at byte {place}: {}",
                outcome.stderr
            );
            assert!(!to.exists(), "{name} at byte {place} has the name of a whole video");
        }
    }
}

#[test]
fn short_writes_lose_nothing() {
    let Some((library, video)) = setting() else { return };
    let workspace = Workspace::new();
    let (plain, to) = (workspace.path("plain.rrd"), workspace.path("out.rrd"));
    copy(&video, &plain).run().expect(0);
    let faults = [("FAULT_WRITE_FILE", "out.".to_owned()), ("FAULT_WRITE_MOST", "100".to_owned())];
    inject(copy(&video, &to), &library, &faults).run().expect(0);
    let (plain, short) = (Recording::open(&plain), Recording::open(&to));
    assert_contract(&short);
    assert_eq!(plain.only_video().samples, short.only_video().samples);
}

#[test]
fn a_failed_rename_names_the_file_of_the_recording() {
    let Some((library, video)) = setting() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let faults = [("FAULT_WRITE_FILE", "out.".to_owned()), ("FAULT_RENAME", EIO.to_string())];
    let outcome = inject(copy(&video, &to), &library, &faults).run().expect(1);
    outcome.says(&["Input/output error", "it is in", "out.rrd.part"]);
    assert_contract(&Recording::open(&workspace.path("out.rrd.part")));
}

fn reading(library: &Path, video: &Path, end: u64, errno: u32, to: &Path) -> Program {
    let faults = [
        ("FAULT_READ_FILE", "faults.mp4".to_owned()),
        ("FAULT_READ_END", end.to_string()),
        ("FAULT_READ_ERROR", errno.to_string()),
    ];
    let run = vstream().arg(video).words("--preset ultrafast --save").arg(to);
    inject(run, library, &faults)
}

#[test]
fn a_read_error_keeps_what_was_read() {
    let Some((library, video)) = setting() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let length = std::fs::metadata(&video).expect("a video").len();
    let mut partial = 0;
    for part in 0..12 {
        clear(&workspace);
        let outcome = reading(&library, &video, length * part / 12, EIO, &to).run().expect(1);
        outcome.says(&["faults.mp4"]);
        partial += usize::from(keeps_its_word(&workspace, &outcome));
    }
    println!("{partial} of 12 left a part of the video");
}

/// What a failed or interrupted run leaves: nothing, or an incomplete recording that is named and whole in itself.
/// Whether there is one.
fn keeps_its_word(workspace: &Workspace, outcome: &Outcome) -> bool {
    let names = outputs(workspace);
    if names.is_empty() {
        return false;
    }
    assert_eq!(names, ["out.partial.rrd"], "{}", outcome.stderr);
    outcome.says(&["out.partial.rrd"]);
    assert_contract(&Recording::open(&workspace.path("out.partial.rrd")));
    true
}

#[test]
fn ctrl_c_interrupts_a_read_that_never_returns() {
    let Some((library, video)) = setting() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    // The first byte, the next ones, within the headers, and behind these in the middle of the pictures.
    let length = std::fs::metadata(&video).expect("a video").len();
    for end in [0, 16, 2000, length / 2, length * 2 / 3] {
        clear(&workspace);
        let blocked = workspace.path("blocked");
        let run = reading(&library, &video, end, 0, &to);
        let mut running = run.env("FAULT_READ_BLOCKED", &blocked).start();
        running.wait_until("it reads for ever", || blocked.exists());
        running.signal("INT");
        let outcome = running.finish().expect(130);
        keeps_its_word(&workspace, &outcome);
        std::fs::remove_file(&blocked).expect("a file to remove");
    }
}

#[test]
fn ctrl_c_interrupts_a_bag_on_a_disk_that_never_answers() {
    let Some((library, _)) = setting() else { return };
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("drive.mcap"), workspace.path("out.rrd"));
    // A header, which is a record of 1000 bytes.
    let mut bag = b"\x89MCAP0\r\n\x01".to_vec();
    bag.extend(1000_u64.to_le_bytes());
    bag.extend([0; 1000]);
    std::fs::write(&from, bag).expect("a file");
    for end in [16, 200] {
        let blocked = workspace.path("blocked");
        let faults = [
            ("FAULT_READ_FILE", "drive.mcap".to_owned()),
            ("FAULT_READ_END", end.to_string()),
            ("FAULT_READ_ERROR", "0".to_owned()),
        ];
        let run = inject(vstream().arg(&from).arg("--save").arg(&to), &library, &faults);
        let mut running = run.env("FAULT_READ_BLOCKED", &blocked).start();
        running.wait_until("it reads for ever", || blocked.exists());
        running.signal("INT");
        running.finish().expect(130);
        assert_eq!(outputs(&workspace), Vec::<String>::new());
        std::fs::remove_file(&blocked).expect("a file to remove");
    }
}

#[test]
fn out_of_memory_in_ffmpeg_fails_the_run() {
    if cfg!(feature = "static-ffmpeg") {
        return skip::skip("the memory of a static FFmpeg cannot be told from the program's own");
    }
    let Some((library, video)) = setting() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = |allocations: u64| {
        clear(&workspace);
        let run = vstream().arg(&video).words("--preset ultrafast --duration 0.4 --save").arg(&to);
        inject(run, &library, &[("FAULT_ALLOCATIONS", allocations.to_string())]).run()
    };
    let mut failed = 0;
    for allocations in (0..40).step_by(8).chain((40..1200).step_by(180)) {
        let outcome = run(allocations);
        match outcome.code {
            Some(0) => assert_contract(&Recording::open(&to)),
            // Some places in FFmpeg's threads end the program themselves. No name says more than there is.
            None if outcome.signal == Some(6) && !outcome.stderr.contains("panicked") => {
                assert!(outputs(&workspace).iter().all(|name| name == "out.rrd.part"));
            }
            _ => {
                failed += 1;
                let outcome = outcome.expect(1);
                assert!(outcome.stderr.contains("error: "), "{allocations}: {}", outcome.stderr);
                keeps_its_word(&workspace, &outcome);
            }
        }
    }
    assert!(failed > 3, "nothing failed");
}

#[test]
fn too_few_file_descriptors_fail_the_run() {
    let Some((_, video)) = setting() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    for files in 4..16 {
        clear(&workspace);
        let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        let run = program("sh").arg("-c").arg(limited).arg(env!("CARGO_BIN_EXE_vstream"));
        let outcome = run.arg(&video).words("--codec copy --save").arg(&to).run();
        match outcome.code {
            Some(0) => assert_contract(&Recording::open(&to)),
            // The program was not even loaded.
            Some(127) => {}
            _ => {
                outcome.expect(1).says(&["Too many open files"]);
                assert_eq!(outputs(&workspace), Vec::<String>::new(), "with {files}");
            }
        }
    }
}

#[test]
fn running_out_of_file_descriptors_never_leaves_a_file_that_looks_complete() {
    let Some((_, video)) = setting() else { return };
    let workspace = Workspace::new();
    let (to, mp4) = (workspace.path("out.rrd"), workspace.path("out.mp4"));
    let mut done = 0;
    for files in (4..40).step_by(3) {
        clear(&workspace);
        let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        let run = program("sh").arg("-c").arg(limited).arg(env!("CARGO_BIN_EXE_vstream"));
        let run = run.arg(&video).words("--preset ultrafast --save").arg(&to).arg("--save");
        let outcome = run.arg(&mp4).run();
        match outcome.code {
            Some(0) => {
                done += 1;
                assert_contract(&Recording::open(&to));
                assert!(mp4.exists());
            }
            // The program was not even loaded.
            Some(127) => {}
            _ => {
                outcome.expect(1).says(&["Too many open files"]);
                let names = outputs(&workspace);
                let partial = |name: &String| name.starts_with("out.partial.");
                assert!(names.iter().all(partial), "with {files}: {names:?}");
            }
        }
    }
    assert!(done > 0, "none had enough");
}

#[test]
fn a_wall_clock_that_jumps_changes_no_recording() {
    let Some((library, video)) = setting() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    for seconds in [3600, -3600, -1_000_000_000] {
        let faults = [
            ("FAULT_CLOCK_STEP_AT", "20".to_owned()),
            ("FAULT_CLOCK_STEP", i64::to_string(&seconds)),
        ];
        inject(copy(&video, &to), &library, &faults).run().expect(0);
        let recording = Recording::open(&to);
        assert_contract(&recording);
        assert_eq!(recording.only_video().samples.len(), 40);
    }
}

#[test]
fn setting_the_wall_clock_during_a_gap_does_not_stretch_it() {
    let Some((library, _)) = setting() else { return };
    let bytes = read(&generate::video("session.ts", "{v} -t 0.4 -c:v libx264 -bf 0"));
    for set in [3600, -3600] {
        let workspace = Workspace::new();
        let (to, is_set) = (workspace.path("out.rrd"), workspace.path("set"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("tcp://{}", listener.local_addr().expect("an address"));
        let run = vstream().words("--reconnect --timeout 100 --preset ultrafast --save");
        let faults = [
            ("FAULT_CLOCK_STEP_FILE", is_set.display().to_string()),
            ("FAULT_CLOCK_STEP", i64::to_string(&set)),
        ];
        let began = Instant::now();
        let mut running = inject(run.arg(&to).arg(&url), &library, &faults).start();
        let send = || {
            let (mut stream, _) = listener.accept().expect("a connection");
            stream.write_all(&bytes).expect("a source that is read");
            stream
        };
        drop(send());
        running.wait_for_line("trying it again");
        std::fs::write(&is_set, []).expect("a file");
        let second = send();
        running.wait_for_line("is back");
        running.signal("INT");
        running.finish().expect(0);
        let most = began.elapsed().as_nanos() as i64;
        drop(second);

        let recording = Recording::open(&to);
        let samples = &recording.only_video().samples;
        let (before, after) = (&samples[9], &samples[10]);
        let gap = after.time - before.time;
        assert!((100_000_000..most).contains(&gap), "{gap} ns of {most}");
        let capture = |sample: &Sample| sample.capture_time.expect("a capture time");
        // Forward, later frames have the right time. Backward, their times go on.
        let wanted = gap + set.max(0) * 1_000_000_000;
        let off = capture(after) - capture(before) - wanted;
        assert!(off.abs() < 1_000_000_000, "off by {off} ns, set by {set} s");
    }
}

#[test]
fn a_camera_unplugged_at_any_byte_keeps_what_it_sent() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let bytes = read(&generate::video("live.ts", "{v} -c:v libx264 -bf 0 -g 10"));
    let mut last = 0;
    for part in 0..=12 {
        let workspace = Workspace::new();
        let to = workspace.path("out.rrd");
        let sent = bytes[..bytes.len() * part / 12].to_vec();
        let source = tcp(vec![Connection { bytes: sent, holds: false }]);
        let run = vstream().words("--preset ultrafast --save").arg(&to).arg(&source.url);
        let outcome = run.run().expect(1);
        if !to.exists() {
            assert_eq!(outputs(&workspace), Vec::<String>::new(), "{}", outcome.stderr);
            continue;
        }
        // A live source has no end: what came is the recording.
        let recording = Recording::open(&to);
        assert_eq!(recording_violations(&recording), Vec::<String>::new());
        let video = recording.only_video();
        assert!(video.samples.len() >= last, "part {part}: fewer than before");
        last = video.samples.len();
        assert_eq!(outcome.summary("logged") as usize, last);
    }
    assert!(last > 30, "{last} of 40");
}

#[test]
fn sigterm_at_any_moment_leaves_no_partial_file_with_a_complete_name() {
    let Some((_, video)) = setting() else { return };
    let runs: u64 = std::env::var("FAULT_RUNS").map_or(20, |text| text.parse().expect("a number"));
    let next = AtomicU64::new(0);
    let ends = Mutex::new(BTreeMap::<&str, u32>::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let run = next.fetch_add(1, Ordering::Relaxed);
                    if run >= runs {
                        return;
                    }
                    let end = ended_by_sigterm(&video, run);
                    *ends.lock().expect("the ends").entry(end).or_default() += 1;
                }
            });
        }
    });
    println!("{:?}", ends.into_inner().expect("the ends"));
}

/// Ends a run at a moment that depends on its number. How it ended.
fn ended_by_sigterm(video: &Path, run: u64) -> &'static str {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    std::fs::write(&to, EARLIER).expect("a file");
    let mut random = fastrand::Rng::with_seed(run);
    let options = ["--preset ultrafast", "--codec copy", "--preset slow"][run as usize % 3];
    let running = vstream().arg(video).words(options).arg("--save").arg(&to).start();
    // Not to wait for something, but to strike at any moment.
    std::thread::sleep(Duration::from_millis(random.u64(0..1200)));
    running.signal_all("TERM");
    let outcome = running.finish();
    let names = outputs(&workspace);
    match (outcome.code, outcome.signal) {
        // It was done before.
        (Some(0), None) => {
            assert_contract(&Recording::open(&to));
            assert_eq!(names, ["out.rrd"]);
            "done"
        }
        // Before it could listen to signals it had written nothing.
        (None, Some(15)) => {
            assert_eq!(read(&to), EARLIER);
            assert_eq!(names, ["out.rrd"]);
            "not begun"
        }
        (Some(130), None) => {
            assert_eq!(read(&to), EARLIER);
            assert!(!names.iter().any(|name| name.ends_with(".part")), "{names:?}");
            if names.len() > 1 {
                let partial = Recording::open(&workspace.path("out.partial.rrd"));
                let broken = violations(partial.only_video(), &Default::default());
                assert_eq!(broken, Vec::<String>::new());
            }
            "interrupted"
        }
        _ => panic!("run {run}: {outcome:?}"),
    }
}
