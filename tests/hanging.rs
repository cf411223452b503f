//! Viewers that stop reading, for a while or for good: other outputs lose nothing, and losses are counted.
//! A viewer is the real program stopped by SIGSTOP, or a server that accepts a connection and never reads from it.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::annexb::inspect;
use crate::support::check::assert_contract;
use crate::support::recording::{Recording, Sample};
use crate::support::run::{Outcome, Running, Workspace, wait_until};
use crate::support::server::{Server, connect};
use crate::support::skip;

/// Much data, made as fast as it can be sent.
pub const LARGE: &str = "--preset ultrafast --crf 10 --filter noise=alls=40:allf=t";
/// Frames that are many megabytes when they are encoded like that.
pub const VIDEO: &str = "lavfi:testsrc2=size=320x240:duration=80";
pub const VIDEO_FRAMES: usize = 2000;

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |meta| meta.len())
}

/// The most memory that a program has had, in kB.
fn peak(running: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.id()));
    let status = status.expect("its status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory");
    peak.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// A run with a file and a viewer that has stopped reading.
struct Stopped {
    server: Server,
    running: Running,
    file: PathBuf,
    workspace: Workspace,
}

impl Stopped {
    fn new(input: &str, options: &str) -> Option<Self> {
        if !skip::have(&["ffmpeg", "rerun"]) {
            return None;
        }
        let (workspace, server) = (Workspace::new(), Server::start());
        let file = workspace.path("out.rrd");
        let run = connect(&server.address).words(options).arg("--save").arg(&file);
        let mut running = run.arg(input).start();
        running.wait_until("it sends", || server.length() > 2_000_000);
        server.stop();
        Some(Self { server, running, file, workspace })
    }

    fn part(&self) -> PathBuf {
        self.file.with_extension("rrd.part")
    }

    fn wait_for_growth(&mut self, bytes: u64) {
        let part = self.part();
        let before = length(&part);
        self.running.wait_until("its file grows", || length(&part) > before + bytes);
    }
}

/// A live source of some 3 MB a second, until it is no longer read. Its address.
fn live_source() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    // Ends when vstream does.
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let noise = "testsrc2=size=320x240:rate=30,noise=alls=80:allf=t";
        let mut ffmpeg = Command::new("ffmpeg")
            .args(["-v", "error", "-re", "-f", "lavfi", "-i", noise])
            .args(["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"])
            .args(["-crf", "6", "-g", "15", "-f", "mpegts", "-"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("ffmpeg");
        let mut stdout = ffmpeg.stdout.take().expect("a pipe");
        std::io::copy(&mut stdout, &mut stream).ok();
        ffmpeg.kill().ok();
        ffmpeg.wait().ok();
    });
    format!("tcp://{address}")
}

#[test]
fn a_hanging_live_viewer_loses_gops_and_the_file_nothing() {
    let source = live_source();
    let Some(mut stopped) = Stopped::new(&source, "--codec copy --json") else { return };
    let said = |stopped: &Stopped| stopped.running.stdout_so_far().contains("output_too_slow");
    let part = stopped.part();
    let mut before = length(&part);
    // More than could wait for the viewer, so that it loses some.
    while !said(&stopped) {
        stopped.wait_for_growth(1_000_000);
        let now = length(&part);
        assert!(now > before, "the file stands still");
        before = now;
    }
    stopped.wait_for_growth(5_000_000);
    let peak = peak(&stopped.running);
    assert!(peak < 400_000, "{peak} kB of memory");

    stopped.server.go_on();
    // The present is what is in the file when the viewer continues.
    let present = samples(&Recording::try_open(&part).expect("a recording")).last().map(|s| s.time);
    let shows = |server: &Server| samples(&server.recording()).last().map(|s| s.time);
    wait_until("the viewer has the present", || shows(&stopped.server) > present);
    stopped.running.signal("INT");
    let outcome = stopped.running.finish().expect(0);
    let counts = last_counts(&outcome);

    let saved = Recording::open(&stopped.file);
    let saved = saved.only_video();
    assert_eq!(saved.samples.len() as u64, counts["logged"].as_u64().expect("a count"));
    let lost = counts["lost"].as_u64().expect("a count");
    assert!(lost > 0, "nothing was lost: {counts}");
    let left = saved.samples.len() - lost as usize;
    wait_until("all samples that are not lost arrive", || stopped.server.has_samples(left));
    let shown = stopped.server.recording();
    let shown = &shown.only_video().samples;
    assert_eq!(shown.len(), left);
    // After every gap comes a keyframe.
    let frame = |sample: &Sample| sample.frame.expect("a frame number");
    for pair in shown.windows(2) {
        let follows = frame(&pair[0]) + 1 == frame(&pair[1]);
        assert!(
            follows || inspect(&pair[1].data).idr,
            "frame {} builds on nothing",
            frame(&pair[1])
        );
    }
    drop(stopped.workspace);
}

fn samples(recording: &Recording) -> &[Sample] {
    recording.videos.values().next().map_or(&[], |video| &video.samples)
}

fn last_counts(outcome: &Outcome) -> serde_json::Value {
    let lines = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let mut lines = lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON"));
    let ended = |line: &serde_json::Value| line["event"] == "ended";
    lines.rfind(ended).expect("a video that ended")
}

#[test]
fn a_file_conversion_waits_for_a_slow_viewer() {
    let Some(mut stopped) = Stopped::new(VIDEO, LARGE) else { return };
    stopped.wait_for_growth(0);
    stopped.server.go_on();
    stopped.running.finish().expect(0);
    let saved = Recording::open(&stopped.file);
    assert_contract(&saved);
    let saved = &saved.only_video().samples;
    assert_eq!(saved.len(), VIDEO_FRAMES);
    wait_until("all samples arrive", || stopped.server.has_samples(saved.len()));
    assert_eq!(stopped.server.recording().only_video().samples, *saved);
}

#[test]
fn a_hanging_viewer_is_given_up_and_the_file_is_complete() {
    let Some(stopped) = Stopped::new(VIDEO, LARGE) else { return };
    let outcome = stopped.running.finish().expect(1);
    outcome.says(&[&stopped.server.address, "takes no more data", "the other outputs continue"]);
    let saved = Recording::open(&stopped.file);
    assert_contract(&saved);
    assert_eq!(saved.only_video().samples.len(), VIDEO_FRAMES);
}

#[test]
fn a_hanging_viewer_does_not_delay_ctrl_c() {
    let Some(mut stopped) = Stopped::new("lavfi:testsrc2=size=320x240", LARGE) else { return };
    stopped.wait_for_growth(1_000_000);
    stopped.running.signal("INT");
    let outcome = stopped.running.finish().expect(1);
    outcome.says(&[&stopped.server.address, "takes no more data"]);
    assert_contract(&Recording::open(&stopped.file.with_extension("partial.rrd")));
}

#[test]
fn a_viewer_that_hangs_and_dies_lets_the_file_continue() {
    let Some(mut stopped) = Stopped::new(VIDEO, LARGE) else { return };
    stopped.server.kill();
    let outcome = stopped.running.finish().expect(1);
    outcome.says(&[&stopped.server.address, "went away", "the other outputs continue"]);
    let saved = Recording::open(&stopped.file);
    assert_contract(&saved);
    assert_eq!(saved.only_video().samples.len(), VIDEO_FRAMES);
}

/// It answers as a viewer does, and never reads what is sent.
fn never_reads() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        let mut held: Vec<TcpStream> = Vec::new();
        for mut stream in listener.incoming().flatten() {
            // The settings of an HTTP/2 server: length 0, type 4.
            stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).ok();
            held.push(stream);
        }
    });
    address
}

#[test]
fn a_viewer_that_never_reads_ends_the_run() {
    let outcome = connect(&never_reads()).arg(VIDEO).run().expect(1);
    outcome.says(&["takes no more data"]);
}

#[test]
fn a_web_viewer_is_served_after_another_output_failed() {
    if !skip::have(&["ffmpeg", "rerun"]) {
        return;
    }
    let mut viewer = Server::start();
    let run = connect(&viewer.address).words("--serve --no-open --port 0 --web-port 0 --realtime");
    let mut running = run.arg("lavfi:testsrc2=duration=4").start();
    running.wait_until("samples arrive", || viewer.has_samples(1));
    viewer.kill();
    running.wait_for_line("went away; the other outputs continue");
    running.wait_for_line("serving until Ctrl-C");
    running.signal("INT");
    let outcome = running.finish().expect(1);
    outcome.says(&["error: ", &viewer.address]);
}
