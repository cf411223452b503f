//! Failures while vstream writes: full disks, deleted files, kills. Nothing is lost silently.
//! Failing viewers are in `viewers`, errors before the first write in `errors`.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::annexb::inspect;
use crate::support::check::{SECOND, assert_contract};
use crate::support::recording::Recording;
use crate::support::run::{Running, Workspace, program, read, vstream, wait_until};
use crate::support::{generate, skip};

fn clip() -> Option<PathBuf> {
    let make = || generate::video("clip.mp4", "{v} -c:v libx264 -bf 2");
    skip::have(&["ffmpeg"]).then(make)
}

/// A file system of its own. It goes when dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: PathBuf, options: &str) -> Option<Self> {
        std::fs::create_dir(&at).expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&at);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        if !mounted {
            skip::skip("no full or locked disk: only root may mount one");
        }
        mounted.then_some(Self(at))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        program("umount").arg(&self.0).run();
    }
}

#[test]
fn an_unwritable_folder_is_an_error() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let Some(disk) = Disk::mount(workspace.path("disk"), "ro") else { return };
    let to = disk.0.join("out.rrd");
    let outcome = vstream().arg(&path).arg("--save").arg(&to).run().expect(1);
    outcome.says(&["out.rrd: Read-only file system", "hint: "]);
}

#[test]
fn a_full_disk_leaves_the_output_beside_it_unharmed() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let Some(disk) = Disk::mount(workspace.path("disk"), "size=60k") else { return };
    let (full, fine) = (disk.0.join("full.rrd"), workspace.path("fine.rrd"));
    let run = vstream().arg(&path).arg("--stdout").arg("--save").arg(&full);
    let outcome = run.arg("--save").arg(&fine).run().expect(1);
    outcome.says(&["full.rrd: No space left on device"]);
    assert!(!full.exists(), "a recording that is not whole has its final name");
    let (fine, piped) = (Recording::open(&fine), Recording::from_bytes(&outcome.stdout));
    assert_contract(&fine);
    assert_eq!(fine.only_video().samples.len(), 40);
    assert_eq!(fine.only_video().samples, piped.only_video().samples);
}

/// A run that goes on until its pipe is closed, and has written something.
fn endless(to: &Path) -> Running {
    let run = vstream().words("--force - --save").arg(to).stdin_held_open();
    let mut running = run.start();
    let mut pipe = running.stdin.take().expect("a pipe");
    std::thread::spawn(move || {
        let mut frames = Frames::default();
        while pipe.write_all(&frames.next_one()).is_ok() {}
    });
    let part = part_of(to);
    running.wait_until("its recording grows", || length(&part) > 100_000);
    running
}

#[test]
fn a_deleted_output_is_an_error_and_keeps_the_earlier_file() {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    std::fs::write(&to, b"RRF2 an earlier recording").expect("a file");
    let running = endless(&to);
    std::fs::remove_file(part_of(&to)).expect("a .part file");
    let outcome = running.finish().expect(1);
    outcome.says(&["something removed", "out.rrd.part"]);
    assert_eq!(read(&to), b"RRF2 an earlier recording");
}

#[test]
fn two_runs_cannot_write_the_same_file() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let first = endless(&to);
    let second = vstream().arg(&path).arg("--save").arg(&to).run().expect(1);
    second.says(&["out.rrd: another run is writing it"]);
    first.signal("INT");
    first.finish().expect(130);
    assert_contract(&Recording::open(&workspace.path("out.partial.rrd")));
}

#[test]
fn runs_that_race_for_a_name_leave_one_complete_recording() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    for round in 0..4 {
        let to = workspace.path(format!("{round}.rrd"));
        let run = || vstream().arg(&path).arg("--force").arg("--save").arg(&to).start();
        let (first, second) = (run(), run());
        let codes = [first.finish().code, second.finish().code];
        assert!(codes.contains(&Some(0)), "{codes:?}");
        assert!(codes.iter().all(|code| matches!(code, Some(0 | 1))), "{codes:?}");
        assert_contract(&Recording::open(&to));
        assert!(!part_of(&to).exists());
    }
}

/// Serves the first part of a file as the whole, to everybody who asks.
fn drops_behind(bytes: Vec<u8>, part: usize) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/clip.mkv", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            if stream.read(&mut request).is_ok() {
                let length = bytes.len();
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
                stream.write_all(head.as_bytes()).ok();
                stream.write_all(&bytes[..part]).ok();
            }
        }
    });
    url
}

#[test]
fn a_server_that_drops_in_mid_file_leaves_a_partial_recording() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let bytes = read(&generate::video("dropped.mkv", "{v} -c:v libx264 -g 5 -b:v 2M"));
    let part = bytes.len() / 2;
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    std::fs::write(&to, b"RRF2 an earlier recording").expect("a file");
    let url = drops_behind(bytes, part);
    let outcome = vstream().arg("--force").arg("--save").arg(&to).arg(url).run().expect(1);
    outcome.says(&["cannot read on", "what came before", "out.partial.rrd"]);
    let recording = Recording::open(&workspace.path("out.partial.rrd"));
    assert_contract(&recording);
    let count = recording.only_video().samples.len();
    assert!((5..40).contains(&count), "{count}");
    assert_eq!(read(&to), b"RRF2 an earlier recording");
}

#[test]
fn a_strict_run_saves_a_damaged_video_as_partial() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = generate::video("joined_late.ts", "{v} -c:v libx264 -g 10 -bf 0");
    let bytes = read(&path);
    let workspace = Workspace::new();
    let (cut, to) = (workspace.path("cut.ts"), workspace.path("out.rrd"));
    // Tables come again; the first pictures refer to a keyframe that is missing.
    std::fs::write(&cut, &bytes[188 * (bytes.len() / 188 / 6)..]).expect("a file");
    let run = || vstream().arg(&cut).arg("--save").arg(&to);
    let outcome = run().arg("--strict").run().expect(1);
    outcome.says(&["out.partial.rrd"]);
    assert!(!to.exists());
    assert_contract(&Recording::open(&workspace.path("out.partial.rrd")));
    run().run().expect(0);
    assert_contract(&Recording::open(&to));
}

/// A video without an end, as a program would pipe it in: a few hundred bytes a frame.
#[derive(Default)]
struct Frames(u8);

impl Frames {
    const RATE: u32 = 25;

    fn next_one(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.0 == 0 {
            bytes
                .extend(format!("YUV4MPEG2 W64 H64 F{}:1 Ip A1:1 C420\n", Self::RATE).into_bytes());
        }
        self.0 = self.0.wrapping_add(1).max(1);
        bytes.extend(b"FRAME\n");
        // Noise that differs from frame to frame, so that a keyframe has some size.
        let noise = (0..64 * 96_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8);
        bytes.extend(noise.map(|it| it.wrapping_mul(self.0)));
        bytes
    }
}

/// Twenty times: a source that is slow, so that full chunks are a long time coming, and SIGKILL at a random moment.
#[test]
fn a_killed_run_loses_at_most_a_second() {
    // Four at a time, since most of the time goes by in waiting.
    for round in 0..5 {
        let rounds = (0..4).map(|n| std::thread::spawn(move || killed(round * 4 + n)));
        let rounds: Vec<_> = rounds.collect();
        for round in rounds {
            round.join().expect("a killed run leaves what it should");
        }
    }
}

fn killed(seed: u32) {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    // Nothing is held back by the encoder, and a GOP is a fifth of a second.
    let options = "--tune zerolatency --preset ultrafast --keyframe-interval 0.2 - --save";
    let mut running = vstream().words(options).arg(&to).stdin_held_open().start();
    let mut pipe = running.stdin.take().expect("a pipe");
    // A little more than the chunk's own wait, up to some seconds.
    let life = Duration::from_millis(u64::from(seed.wrapping_mul(2_654_435_761) % 2500) + 1500);

    // Written a frame at a time, when it is due.
    let mut frames = Frames::default();
    let mut written: Vec<Instant> = Vec::new();
    let mut began = None;
    wait_until("its time is over", || {
        // The clock begins when vstream has opened the pipe, which takes long on a busy machine.
        let due = match began {
            Some(began) => Instant::now().duration_since(began).as_millis() * 25 / 1000,
            None => 100,
        };
        while (written.len() as u128) < due {
            pipe.write_all(&frames.next_one()).expect("vstream reads");
            written.push(Instant::now());
        }
        if began.is_none() && length(&part_of(&to)) > 0 {
            began = Some(Instant::now() - Duration::from_secs(4));
        }
        began.is_some_and(|began| began.elapsed() > life + Duration::from_secs(4))
    });
    let struck = Instant::now();
    running.signal("KILL");
    assert_eq!(running.finish().signal, Some(9));

    let left = Recording::open(&part_of(&to));
    let samples = left.videos.values().next().map_or(&[][..], |video| &video.samples);
    assert!(samples.is_empty() || inspect(&samples[0].data).idr);
    // A GOP has ended when the first frame of the next one is written; some time for the frame to come
    // through the stages, which on a machine with other work is not nothing.
    let safe =
        written.iter().filter(|at| struck.duration_since(**at) > Duration::from_millis(1600));
    let gop = (SECOND / 5 * i64::from(Frames::RATE) / SECOND) as usize;
    let safe = safe.count().saturating_sub(1) / gop * gop;
    assert!(
        samples.len() >= safe,
        "{} of {} frames, {safe} of them long ago",
        samples.len(),
        written.len()
    );
}

fn part_of(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |meta| meta.len())
}

#[test]
fn a_full_disk_is_an_error_and_keeps_the_earlier_file() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let Some(disk) = Disk::mount(workspace.path("disk"), "size=600k") else { return };
    let large = generate::video(
        "large.mp4",
        "-f lavfi -i testsrc2=size=640x480:rate=30:duration=8 -c:v libx264 -preset ultrafast",
    );
    let to = disk.0.join("out.rrd");
    let save = |path: &Path| vstream().arg(path).arg("--force").arg("--save").arg(&to).run();
    save(&path).expect(0);
    let before = read(&to);
    let outcome = save(&large).expect(1);
    outcome.says(&["out.rrd", "No space left"]);
    assert_eq!(read(&to), before);
}

#[test]
fn a_full_device_behind_stdout_is_an_error() {
    let Some(path) = clip() else { return };
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        return skip::skip("no /dev/full here");
    };
    let outcome = vstream().arg(&path).arg("--stdout").stdout(full).run().expect(1);
    outcome.says(&["No space left"]);
}

#[test]
fn a_reader_that_closes_the_pipe_ends_the_run() {
    let Some(path) = clip() else { return };
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let stdout = File::from(std::os::fd::OwnedFd::from(writer));
    let outcome = vstream().arg(&path).arg("--stdout").stdout(stdout).run();
    // A reader that has had enough is no fault of the recording; but the summary must not claim
    // that it has it all.
    assert!(matches!(outcome.code, Some(0 | 1)), "{outcome:?}");
    assert!(!outcome.stderr.contains("panicked") && !outcome.stderr.is_empty(), "{outcome:?}");
}
