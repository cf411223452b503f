//! Runs of hours: a camera that breaks off every minute, and a day of a camera with accelerated clocks. Memory, threads
//! and open files stay constant, and the times are right at the end.
//!
//! Ignored, because they take long: `cargo test -- --ignored soak::`. `SOAK_MINUTES` (60) and `SOAK_HOURS` (24) set their
//! length, `SOAK_RATE` (60) how fast the clocks of the day run. They print what they measured.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::support::check::{SECOND, Wanted, assert_contract_as};
use crate::support::recording::{Recording, Video};
use crate::support::resources::Resources;
use crate::support::run::{Outcome, Running, Workspace, vstream};
use crate::support::schema::Schema;
use crate::support::{faults, skip};

const LIVE: Wanted =
    Wanted { timeline: "time", keyframe_interval: SECOND, file_layout: true, wall_clock: true };

/// Compares the second quarter of a run with its last: the first is for caches to fill. A recording ends with an index
/// of its chunks, one for each second, which is kept until then.
fn assert_flat(held: &[Resources], seconds: u64) {
    let quarter = held.len() / 4;
    let most =
        |part: &[Resources], of: fn(&Resources) -> u64| part.iter().map(of).max().unwrap_or(0);
    let (early, late) = (&held[quarter..2 * quarter], &held[held.len() - quarter..]);
    for of in [|h: &Resources| h.threads, |h: &Resources| h.files] {
        assert!(most(late, of) <= most(early, of), "threads or files grow");
    }
    let (before, after) = (most(early, |h| h.kilobytes), most(late, |h| h.kilobytes));
    println!("memory: at most {before} kB in the second quarter, {after} kB in the last");
    let index = seconds * 3 / 4;
    assert!(after < before + before / 10 + index, "memory grows from {before} to {after} kB");
}

/// A camera on this machine: `ffmpeg` sends what it makes over a connection.
struct Camera {
    listener: TcpListener,
    /// Arguments of `ffmpeg`.
    pattern: String,
}

impl Camera {
    fn new(pattern: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        Self { listener, pattern: pattern.to_owned() }
    }

    fn url(&self) -> String {
        format!("tcp://{}", self.listener.local_addr().expect("an address"))
    }

    /// Takes the next connection, and sends to it until the sender is dropped.
    fn connect(&self) -> Sender {
        let (mut stream, _) = self.listener.accept().expect("a connection");
        let mut ffmpeg = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error"])
            .args(self.pattern.split_whitespace())
            .args(["-f", "mpegts", "-flush_packets", "1", "-"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("ffmpeg");
        let mut stdout = ffmpeg.stdout.take().expect("a pipe");
        let other = stream.try_clone().expect("a connection");
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut stream).ok());
        Sender { ffmpeg, stream: other }
    }
}

struct Sender {
    ffmpeg: Child,
    stream: TcpStream,
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.ffmpeg.kill().ok();
        self.ffmpeg.wait().ok();
        self.stream.shutdown(std::net::Shutdown::Both).ok();
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn sleep_until(time: Instant) {
    std::thread::sleep(time.saturating_duration_since(Instant::now()));
}

fn finish(running: Running, to: &Path) -> (Outcome, Recording) {
    running.signal("INT");
    let outcome = running.finish().expect(0);
    for line in outcome.stderr.lines().filter(|line| !line.is_empty()) {
        println!("{line}");
    }
    let recording = Recording::open(to);
    assert_contract_as(&recording, &LIVE);
    assert_eq!(outcome.summary("logged"), recording.only_video().samples.len() as u64);
    (outcome, recording)
}

/// How often the run warned of something.
fn warnings(outcome: &Outcome, kind: &str) -> u64 {
    let lines = Schema::load().lines(outcome);
    let finished = lines.iter().find(|line| line["event"] == "finished").expect("a summary");
    let counted = finished["tracks"][0]["warnings"].as_array().expect("its warnings");
    let of_kind = counted.iter().filter(|warning| warning["kind"] == kind);
    of_kind.map(|warning| warning["count"].as_u64().expect("a number")).sum()
}

/// The wall clock's time of the recording's time 0, which is the same for every sample.
fn zero(video: &Video) -> i64 {
    let zero = |sample: &crate::support::recording::Sample| {
        sample.capture_time.expect("a capture time") - sample.time
    };
    let zeros: Vec<i64> = video.samples.iter().map(zero).collect();
    assert!(zeros.windows(2).all(|pair| pair[0] == pair[1]), "the clocks part");
    zeros[0]
}

#[test]
#[ignore = "takes an hour"]
fn a_camera_that_breaks_off_every_minute() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let minutes = number("SOAK_MINUTES", 60);
    const PAUSE: Duration = Duration::from_secs(3);
    /// From one frame of the camera to the next.
    const FRAME: i64 = SECOND / 25;
    let camera = Camera::new(
        "-re -f lavfi -i testsrc2=size=320x240:rate=25 -c:v libx264 -preset ultrafast \
         -tune zerolatency -g 25",
    );
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("--json --reconnect --timeout 20 --save").arg(&to).arg(camera.url());
    let running = run.limit(Duration::from_secs(600)).start();
    let mut held = Vec::new();
    for _ in 0..minutes {
        let sender = camera.connect();
        let began = Instant::now();
        sleep_until(began + Duration::from_secs(30));
        held.push(Resources::of(running.id()));
        sleep_until(began + Duration::from_secs(60) - PAUSE);
        drop(sender);
        sleep_until(began + Duration::from_secs(60));
    }
    let last = camera.connect();
    std::thread::sleep(Duration::from_secs(20));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("now").as_nanos() as i64;
    let (outcome, recording) = finish(running, &to);
    drop(last);

    let video = recording.only_video();
    let times = video.times();
    let gaps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // A machine that is busy leaves out whole frames. Where the camera broke off, the gap is the wall clock's.
    let (left_out, breaks): (Vec<i64>, Vec<i64>) = gaps.iter().partition(|gap| **gap % FRAME == 0);
    let missing: i64 = left_out.iter().map(|gap| gap / FRAME - 1).sum();
    let end = zero(video) + times[times.len() - 1];
    println!(
        "{} samples, {missing} are missing, {} breaks, {} attempts, the last is {} ms before the end",
        times.len(),
        breaks.len(),
        warnings(&outcome, "broke_off"),
        (now - end) / 1_000_000
    );
    assert_eq!(warnings(&outcome, "reconnected"), minutes);
    assert_eq!(breaks.len() as u64, minutes, "{breaks:?}");
    assert!(breaks.iter().all(|gap| *gap > SECOND * 5 / 2), "{breaks:?}");
    assert!(missing as u64 <= outcome.summary("dropped"), "frames are gone and not counted");
    assert!((now - end).abs() < 2 * SECOND, "the last sample is {} ns off", now - end);
    assert_flat(&held, minutes * 60);
}

#[test]
#[ignore = "takes 24 minutes on an idle machine"]
fn a_day_of_a_camera() {
    let Some(library) = faults::library().filter(|_| skip::have(&["ffmpeg"])) else { return };
    let (hours, rate) = (number("SOAK_HOURS", 24), number("SOAK_RATE", 60));
    const FRAMES: u64 = 2;
    let camera = Camera::new(&format!(
        "-readrate {rate} -f lavfi -i testsrc2=size=64x48:rate={FRAMES} -c:v libx264 \
         -preset ultrafast -tune zerolatency -g {FRAMES}"
    ));
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("--timeout 600 --save").arg(&to).arg(camera.url());
    // They run as they should when the run ends: how long that may take, is a real time.
    let length = Duration::from_secs(hours * 3600 / rate);
    let faults = [
        ("FAULT_CLOCK_RATE", rate.to_string()),
        ("FAULT_CLOCK_RATE_MILLIS", length.as_millis().to_string()),
    ];
    let run = faults::inject(run, &library, &faults);
    let running = run.limit(Duration::from_secs(600)).start();
    let sender = camera.connect();
    let began = Instant::now();
    let mut held = Vec::new();
    for part in 1..=100 {
        sleep_until(began + length * part / 100);
        held.push(Resources::of(running.id()));
    }
    let (outcome, recording) = finish(running, &to);
    drop(sender);

    let video = recording.only_video();
    let times = video.times();
    let lasted = times[times.len() - 1] / SECOND;
    let exact = SECOND / FRAMES as i64;
    let missing = times.windows(2).map(|pair| (pair[1] - pair[0]) / exact - 1).sum::<i64>();
    println!("{} samples in {lasted} s, and {missing} are missing", times.len());
    zero(video);
    let wanted = (hours * 3600) as i64;
    assert!((lasted - wanted).abs() < wanted / 50, "{lasted} s instead of {wanted}");
    assert!(times.iter().all(|time| time % exact == 0), "they are not the camera's own times");
    // What a machine that is busy for a moment cannot encode in time.
    assert_eq!(missing as u64, outcome.summary("dropped"));
    assert_flat(&held, hours * 3600);
}
