//! Every network protocol that cameras and streams use, each from a real third-party server.
//! Sources that break off are in `live`.

use std::path::Path;

use crate::support::check::{Wanted, assert_contract_as, violations};
use crate::support::convert::convert;
use crate::support::ports::free_port;
use crate::support::recording::Recording;
use crate::support::run::{Running, Workspace, program, vstream, wait_until};
use crate::support::source::lossy;
use crate::support::{generate, skip};

const LIVE: Wanted = Wanted {
    timeline: "time",
    keyframe_interval: 1_000_000_000,
    file_layout: true,
    wall_clock: true,
};

/// A pattern that plays at its speed until the test ends, with a keyframe every 0.4 s.
fn send(options: &str, to: &str) -> Running {
    program("ffmpeg")
        .words("-nostdin -v error -re -f lavfi -i testsrc2=size=320x240:rate=25")
        .words("-c:v libx264 -preset ultrafast -tune zerolatency -g 10")
        .words(options)
        .arg(to)
        .start()
}

/// Two seconds of a live source, all of the contract.
#[track_caller]
fn record(url: &str, options: &str) -> (Recording, String) {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("--duration 2 --timeout 30").words(options);
    let outcome = run.arg("--save").arg(&to).arg(url).run().expect(0);
    let recording = Recording::open(&to);
    assert_contract_as(&recording, &LIVE);
    let times = recording.only_video().times();
    assert!(times.len() > 5 && times.iter().all(|t| *t < 2_000_000_000), "{times:?}");
    (recording, outcome.stderr)
}

#[test]
fn udp_with_lost_packets() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let port = free_port();
    let relay = lossy(port, 30);
    let _sender = send("-f mpegts", &format!("udp://127.0.0.1:{relay}?pkt_size=1316"));
    let (_, said) = record(&format!("udp://127.0.0.1:{port}"), "");
    assert!(said.contains("logged"), "{said}");
}

#[test]
fn srt() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let port = free_port();
    let secret = "passphrase=correct-horse-battery";
    let _sender = send("-f mpegts", &format!("srt://127.0.0.1:{port}?mode=listener&{secret}"));
    let (recording, said) = record(&format!("srt://127.0.0.1:{port}?{secret}"), "-vv");
    let everything = format!("{said}{:?}", recording.properties);
    assert!(!everything.contains("correct-horse"), "{everything}");
}

#[test]
fn rtmp() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let url = format!("rtmp://127.0.0.1:{}/live/camera", free_port());
    let mut sender = send("-f flv -listen 1", &url);
    // It takes one connection, so whether it listens shows only in the kernel's table.
    let port: u16 = url.split([':', '/']).nth(4).and_then(|p| p.parse().ok()).expect("a port");
    sender.wait_until("it listens", || listens(port));
    record(&url, "");
}

fn listens(port: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let address = format!(":{port:04X} 00000000:0000 0A");
    table.lines().any(|line| line.contains(&address))
}

/// Serves a folder with Python's own web server.
fn web(folder: &Path) -> (Running, String) {
    let port = free_port();
    let words = format!("-m http.server {port} --bind 127.0.0.1 --directory");
    let server = program("python3").words(&words).arg(folder).start();
    wait_until("the web server listens", || listens(port));
    (server, format!("http://127.0.0.1:{port}"))
}

#[test]
fn http_gives_what_the_file_gives() {
    if !skip::have(&["ffmpeg", "python3"]) {
        return;
    }
    let path = generate::video("web.mp4", "{v} -c:v libx264 -bf 2");
    let local = convert(&path, "--preset ultrafast");
    let (_server, url) = web(path.parent().expect("a folder"));
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("--preset ultrafast --save").arg(&to);
    run.arg(format!("{url}/web.mp4")).run().expect(0);
    assert_eq!(Recording::open(&to).only_video().samples, local.video().samples);
}

#[test]
fn a_playlist_on_a_server_continues_after_a_missing_file() {
    if !skip::have(&["ffmpeg", "python3"]) {
        return;
    }
    let clip = generate::video("of_a_web_list.mp4", "{v} -c:v libx264 -bf 0");
    let workspace = Workspace::new();
    std::fs::copy(&clip, workspace.path("a.mp4")).expect("a copy");
    std::fs::write(workspace.path("text.mp4"), "no video").expect("a file");
    let list = "file a.mp4\nfile absent.mp4\nfile text.mp4\nfile a.mp4\n";
    std::fs::write(workspace.path("list.txt"), list).expect("a list");
    let list = format!("ffconcat version 1.0\n{list}");
    std::fs::write(workspace.path("list.ffconcat"), list).expect("a list");
    let (_server, url) = web(&workspace.path(""));
    for (name, format) in [("list.txt", "-f concat"), ("list.ffconcat", "")] {
        let to = workspace.path("out.rrd");
        let run = vstream().words("--preset ultrafast --force --save").arg(&to).words(format);
        let outcome = run.arg(format!("{url}/{name}")).run().expect(0);
        let says = "2 of the 4 files of the list cannot be opened and are left out";
        assert!(outcome.stderr.contains(says), "{}", outcome.stderr);
        assert_eq!(Recording::open(&to).only_video().samples.len(), 80, "{}", outcome.stderr);
    }
}

#[test]
fn hls_with_and_without_an_end() {
    if !skip::have(&["ffmpeg", "python3"]) {
        return;
    }
    let make = |name: &str, flags: &str| {
        let clip = "-f lavfi -i testsrc2=size=128x96:rate=25:duration=4 -c:v libx264 -g 25 -bf 0";
        generate::video(name, &format!("{clip} -f hls -hls_time 1 -hls_list_size 0 {flags}"))
    };
    let path = make("whole.m3u8", "");
    let (_server, url) = web(path.parent().expect("a folder"));
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    vstream().arg("--save").arg(&to).arg(format!("{url}/whole.m3u8")).run().expect(0);
    let recording = Recording::open(&to);
    let video = recording.only_video();
    assert_eq!(violations(video, &Wanted::default()), Vec::<String>::new());
    assert_eq!(video.samples.len(), 100);

    let path = make("live.m3u8", "-hls_flags omit_endlist");
    let (_server, url) = web(path.parent().expect("a folder"));
    record(&format!("{url}/live.m3u8"), "");
}

#[test]
fn the_screen() {
    if !skip::have(&["Xvfb"]) {
        return;
    }
    let display = 100 + free_port() % 10_000;
    let words = format!(":{display} -screen 0 320x240x24 -nolisten tcp");
    let mut server = program("Xvfb").words(&words).start();
    let socket = format!("/tmp/.X11-unix/X{display}");
    server.wait_until("it listens", || Path::new(&socket).exists());
    let (recording, _) = record(&format!("screen::{display}"), "--framerate 10");
    let first = &recording.only_video().samples[0];
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("now");
    let age = now.as_nanos() as i64 - first.capture_time.expect("a capture time");
    assert!((0..300).contains(&(age / 1_000_000_000)), "{age}");
}
