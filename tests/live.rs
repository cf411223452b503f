//! Live sources other than cameras: they stall, end, break off and come back, or are too fast.
//! The real camera is in `camera`.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::support::check::{Wanted, assert_contract_as, violations};
use crate::support::flashes::{beeps, flashes, shown};
use crate::support::ports::free_port;
use crate::support::recording::{Recording, Video};
use crate::support::run::{
    Outcome, Program, Running, Workspace, program, read, vstream, wait_until,
};
use crate::support::sound::decode;
use crate::support::source::{self, Connection};
use crate::support::{annexb, generate, skip};

const LIVE: Wanted = Wanted {
    timeline: "time",
    keyframe_interval: 1_000_000_000,
    file_layout: true,
    wall_clock: true,
};

/// 40 frames of MPEG-TS at 25 a second.
fn stream() -> Option<Vec<u8>> {
    let make = || read(&generate::video("live.ts", "{v} -c:v libx264 -bf 0 -g 10"));
    skip::have(&["ffmpeg"]).then(make)
}

fn once(bytes: Vec<u8>, holds: bool) -> source::TcpSource {
    source::tcp(vec![Connection { bytes, holds }])
}

fn save(url: &str, options: &str, to: &Path) -> Program {
    vstream().words(options).arg("--save").arg(to).arg(url)
}

/// The end of a run that took all 40 frames of the one stream.
#[track_caller]
fn assert_all(to: &Path, outcome: &Outcome) {
    let recording = Recording::open(to);
    assert_contract_as(&recording, &LIVE);
    let video = recording.only_video();
    assert_eq!(video.samples.len(), 40, "{}", outcome.stderr);
    let wanted: Vec<i64> = (0..40).map(|n| n * 40_000_000).collect();
    assert_eq!(video.times(), wanted);
    assert_capture_times(video);
}

/// Capture times are of now, and as far apart as the times.
#[track_caller]
fn assert_capture_times(video: &Video) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("now").as_nanos() as i64;
    let offsets: Vec<i64> =
        video.samples.iter().map(|s| s.capture_time.expect("a capture time") - s.time).collect();
    assert!(offsets.windows(2).all(|o| o[0] == o[1]), "{offsets:?}");
    assert!((0..600).contains(&((now - offsets[0]) / 1_000_000_000)), "{} of {now}", offsets[0]);
}

#[test]
fn a_live_stream_that_ends_is_saved_complete_and_is_an_error() {
    let Some(bytes) = stream() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let outcome = save(&once(bytes, false).url, "", &to).run().expect(1);
    assert!(outcome.stderr.contains("the stream ended"), "{}", outcome.stderr);
    assert_all(&to, &outcome);
}

#[test]
fn a_live_stream_that_stalls_is_saved_complete_and_is_an_error() {
    let Some(bytes) = stream() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let source = once(bytes, true);
    let outcome = save(&source.url, "--timeout 1", &to).run().expect(1);
    assert!(outcome.stderr.contains("nothing came for 1 s"), "{}", outcome.stderr);
    assert_all(&to, &outcome);
}

#[test]
fn a_silent_server_times_out() {
    let workspace = Workspace::new();
    let source = once(Vec::new(), true);
    let outcome = save(&source.url, "--timeout 1", &workspace.path("out.rrd")).run().expect(1);
    assert!(outcome.stderr.contains("nothing came for 1 s"), "{}", outcome.stderr);
}

#[test]
fn ctrl_c_while_connecting_is_an_interruption() {
    let workspace = Workspace::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("tcp://{}", listener.local_addr().expect("an address"));
    let running = save(&url, "", &workspace.path("out.rrd")).start();
    let (_held, _) = listener.accept().expect("a connection");
    running.signal("INT");
    running.finish().expect(130);
}

#[test]
fn ctrl_c_ends_a_silent_stream_with_success() {
    let Some(bytes) = stream() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let source = once(bytes, true);
    let run = save(&source.url, "--timeout 100", &to).words(LARGE);
    let mut running = run.start();
    wait_for_data(&mut running, &to);
    running.signal("INT");
    running.finish().expect(0);
    let wanted = Wanted { keyframe_interval: 200_000_000, ..LIVE };
    assert_contract_as(&Recording::open(&to), &wanted);
}

/// Noise, so that whole chunks are written during the run.
const LARGE: &str = "--filter noise=alls=80:allf=t --size 320x240 --crf 4 --keyframe-interval 0.2";

fn until_said(running: &Running, words: &str) {
    wait_until(words, || running.stderr_so_far().contains(words));
}

/// Waits until there are samples in the file.
fn wait_for_data(running: &mut Running, to: &Path) {
    let part = PathBuf::from(format!("{}.part", to.display()));
    running.wait_for_samples(&part);
}

fn count(recording: &Recording) -> usize {
    recording.videos.values().map(|v| v.samples.len()).sum()
}

#[test]
fn duration_ends_a_live_source_with_success() {
    let Some(bytes) = stream() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let source = once(bytes, true);
    save(&source.url, "--timeout 100 --duration 0.4", &to).run().expect(0);
    let recording = Recording::open(&to);
    assert_contract_as(&recording, &LIVE);
    assert_eq!(recording.only_video().samples.len(), 10);
    // Also when nothing comes any more.
    let (to, source) = (workspace.path("silent.rrd"), once(stream().unwrap_or_default(), true));
    save(&source.url, "--timeout 100 --duration 3", &to).run().expect(0);
    // The demuxer keeps the last two: it waits for the start of what follows.
    assert!(count(&Recording::open(&to)) >= 38);
}

#[test]
fn a_source_that_comes_back_continues() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // Shorter than the pause, for a source that sends no faster than it plays is not longer than the wall clock.
    let bytes = read(&generate::video("session.ts", "{v} -t 0.4 -c:v libx264 -bf 0"));
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let session = |holds| Connection { bytes: bytes.clone(), holds };
    let source = source::tcp(vec![session(false), session(true)]);
    let options = "--reconnect --timeout 100 --keyframe-interval 10";
    let running = save(&source.url, options, &to).start();
    until_said(&running, "is back");
    running.signal("INT");
    let outcome = running.finish().expect(0);
    assert!(outcome.stderr.contains("the stream ended"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("is back"), "{}", outcome.stderr);
    let recording = Recording::open(&to);
    let video = recording.only_video();
    let wanted = Wanted { keyframe_interval: 10_000_000_000, ..LIVE };
    assert_contract_as(&recording, &wanted);
    // The pause is on the timeline, as long as on the wall clock; a fresh IDR begins what follows.
    let times = video.times();
    assert_capture_times(video);
    assert!(times[10] - times[9] >= 100_000_000, "{times:?}");
    let idrs: Vec<usize> =
        (0..times.len()).filter(|n| annexb::inspect(&video.samples[*n].data).idr).collect();
    assert_eq!(idrs, [0, 10]);
}

#[test]
fn a_source_that_is_not_there_does_not_stop_the_others() {
    let Some(bytes) = stream() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let (one, other) = (once(bytes.clone(), false), once(bytes, false));
    let absent = format!("tcp://127.0.0.1:{}", free_port());
    let run = vstream().arg("--save").arg(&to).args([&one.url, &absent, &other.url]);
    let outcome = run.run().expect(1);
    assert!(outcome.stderr.contains(&absent), "{}", outcome.stderr);
    let recording = Recording::open(&to.with_extension("partial.rrd"));
    assert_eq!(recording.videos.len(), 2, "{:?}", recording.videos.keys());
    for (name, video) in &recording.videos {
        assert_eq!(violations(video, &LIVE), Vec::<String>::new(), "{name}");
        assert_eq!(video.samples.len(), 40, "{name}");
    }
    // One clock: what was captured at one moment is at one time.
    let zero = |v: &Video| v.samples[0].capture_time.expect("a capture time") - v.samples[0].time;
    let zeros: Vec<i64> = recording.videos.values().map(zero).collect();
    // The first frame of the one may be a little older than that of the other, which is at time 0; no time is
    // before that.
    assert!(zeros[0].abs_diff(zeros[1]) < 40_000_000, "{zeros:?}");
}

#[test]
fn frames_beyond_the_machine_s_speed_are_dropped_and_counted() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // Each frame takes much longer to encode than the 5 ms to the next.
    let pattern = "-f lavfi -i testsrc2=size=640x480:rate=200:duration=3";
    let path = generate::video("fast.avi", &format!("{pattern} -c:v mjpeg -q:v 8"));
    let bytes = read(&path);
    let parts: Vec<Vec<u8>> = bytes.chunks(bytes.len().div_ceil(600)).map(<[u8]>::to_vec).collect();
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let url = source::paced(parts, Duration::from_millis(5));
    let outcome = save(&url, "--preset veryslow -f avi", &to).run().expect(1);
    let (logged, dropped) = (outcome.summary("logged"), outcome.summary("dropped"));
    assert_eq!(logged + dropped, 600, "{}", outcome.stderr);
    assert_eq!(outcome.summary("read"), 600, "{}", outcome.stderr);
    assert!(dropped > 100, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("could not keep up"), "{}", outcome.stderr);
    let recording = Recording::open(&to);
    assert_contract_as(&recording, &LIVE);
    let times = recording.only_video().times();
    assert_eq!(times.len() as u64, logged);
    assert_eq!(times.last(), Some(&(599 * 5_000_000)), "the newest frame is kept");
}

#[test]
fn pictures_that_come_in_bursts_are_kept() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let pattern = "-f lavfi -i testsrc2=size=64x48:rate=30:duration=6";
    let path = generate::video("bursts.avi", &format!("{pattern} -c:v mjpeg -q:v 8"));
    let bytes = read(&path);
    // Ten pictures at once, and then none for as long as they last.
    let parts: Vec<Vec<u8>> = bytes.chunks(bytes.len().div_ceil(18)).map(<[u8]>::to_vec).collect();
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let url = source::paced(parts, Duration::from_millis(333));
    let outcome = save(&url, "-f avi", &to).run();
    assert_eq!(outcome.summary("read"), 180, "{}", outcome.stderr);
    // A busy machine may be late with some of them.
    assert!(outcome.summary("dropped") < 20, "{}", outcome.stderr);
    assert_contract_as(&Recording::open(&to), &LIVE);
}

/// Pictures, each behind a boundary that opens it, or that only closes it.
fn pictures(opens: bool) -> Option<Vec<Vec<u8>>> {
    if !skip::have(&["ffmpeg"]) {
        return None;
    }
    let bytes = read(&generate::video("pictures.mjpeg", "{v} -c:v mjpeg -q:v 8 -f mjpeg"));
    let starts: Vec<usize> = bytes
        .windows(3)
        .enumerate()
        .filter(|(_, window)| *window == [0xff, 0xd8, 0xff])
        .map(|(at, _)| at)
        .chain([bytes.len()])
        .collect();
    let part = |picture: &[u8]| {
        let head = format!("Content-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", picture.len());
        match opens {
            true => [b"--frame\r\n", head.as_bytes(), picture, b"\r\n"].concat(),
            false => [head.as_bytes(), picture, b"\r\n--frame\r\n"].concat(),
        }
    };
    Some(starts.windows(2).map(|at| part(&bytes[at[0]..at[1]])).collect())
}

/// Pictures that came ten a second, and that FFmpeg would take for 25.
#[track_caller]
fn assert_times_of_arrival(recording: &Path) {
    let recording = Recording::open(recording);
    assert_contract_as(&recording, &LIVE);
    let video = recording.only_video();
    assert_capture_times(video);
    let (count, last) = (video.samples.len(), video.times().last().copied().unwrap_or(0));
    // However late they are read, they take longer than at 25 a second, and no two have one time.
    assert!(count >= 5 && last > (count as i64 - 1) * 50_000_000, "{count} over {last}");
}

const PUSHED: &str = "Content-Type: multipart/x-mixed-replace; boundary=frame";

#[test]
fn pictures_pushed_by_a_camera_are_timed_by_arrival() {
    for opens in [true, false] {
        let Some(parts) = pictures(opens) else { return };
        let workspace = Workspace::new();
        let to = workspace.path("out.rrd");
        let url = source::pushed(PUSHED, parts, Duration::from_millis(100));
        save(&url, "--timeout 30 --duration 2.5", &to).run().expect(0);
        assert_times_of_arrival(&to);
    }
}

#[test]
fn a_raw_network_stream_is_timed_by_arrival() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let bytes =
        read(&generate::video("units.h264", "{v} -c:v libx264 -bf 0 -x264-params aud=1 -f h264"));
    let starts: Vec<usize> = bytes
        .windows(5)
        .enumerate()
        .filter(|(_, window)| *window == [0, 0, 0, 1, 9])
        .map(|(at, _)| at)
        .chain([bytes.len()])
        .collect();
    let units = starts.windows(2).map(|at| bytes[at[0]..at[1]].to_vec()).collect();
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let url = source::paced(units, Duration::from_millis(100));
    save(&url, "-f h264 --duration 2.5", &to).run().expect(0);
    assert_times_of_arrival(&to);
}

#[test]
fn a_response_without_a_length_is_live() {
    let Some(bytes) = stream() else { return };
    let parts: Vec<Vec<u8>> = bytes.chunks(bytes.len().div_ceil(16)).map(<[u8]>::to_vec).collect();
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let url = source::pushed("Content-Type: video/mp2t", parts, Duration::from_millis(100));
    save(&url, "--timeout 100 --duration 0.8", &to).run().expect(0);
    let recording = Recording::open(&to);
    assert_contract_as(&recording, &LIVE);
    assert_capture_times(recording.only_video());
}

/// Ends when it is dropped.
struct RtspServer(#[expect(dead_code, reason = "held for its drop")] Running);

impl RtspServer {
    /// Debian's own Python, which has GStreamer's bindings.
    const PYTHON: &str = "/usr/bin/python3";

    fn is_there() -> bool {
        let script = "import gi; gi.require_version('GstRtspServer', '1.0'); gi.require_version('Gst', '1.0')\n\
            from gi.repository import Gst; Gst.init(None); assert Gst.ElementFactory.find('x264enc')";
        skip::have(&[Self::PYTHON])
            && (program(Self::PYTHON).args(["-c", script]).run().code == Some(0)
                || skip::missing("no GStreamer RTSP server for /usr/bin/python3"))
    }

    /// `film` is a file and the elements that make packets of its sound.
    fn start(port: u16, film: Option<(&Path, &str)>) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/live/rtsp_server.py");
        let server = program(Self::PYTHON).arg(script).arg(port.to_string());
        let mut running = match film {
            Some((path, packets)) => server.arg(path).arg(packets).start(),
            None => server.start(),
        };
        running
            .wait_until("it listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self(running)
    }
}

#[test]
fn sound_is_in_step_with_the_pictures_of_an_rtsp_server() {
    if !RtspServer::is_there() || !skip::have(&["ffmpeg"]) {
        return;
    }
    // By way of TS, which has no place for the encoder's delay: newer FFmpegs write it to Matroska, where GStreamer
    // does not heed it.
    let aac = ["-c:a aac > film.ts", "-i {prev} -c copy -bsf:a aac_adtstoasc"].as_slice();
    // It heeds that of MP3: it moves the time of the first packet, and sends all of it.
    let mp3 = ["-c:a libmp3lame"].as_slice();
    for (name, steps, packets) in [
        ("flashes_aac.mkv", aac, "rtpmp4gpay"),
        ("flashes_mp3.mkv", mp3, "mpegaudioparse ! rtpmpapay"),
    ] {
        let video = "-c:v libx264 -preset ultrafast -bf 0 -g 25";
        let first = format!("{} {video} {}", flashes(8), steps[0]);
        let steps = [&[first.as_str()], &steps[1..]].concat();
        let film = generate::steps(name, &steps);
        let (workspace, port) = (Workspace::new(), free_port());
        let _server = RtspServer::start(port, Some((&film, packets)));
        let to = workspace.path("out.rrd");
        let url = format!("rtsp://127.0.0.1:{port}/film");
        save(&url, "--codec copy --duration 6", &to).run().expect(0);
        let recording = Recording::open(&to);
        let clips = &recording.sounds["audio"];
        let (seen, heard) = (shown(recording.only_video()), beeps(clips));
        assert!(seen.len() >= 2, "{name}: {seen:?} {heard:?}");
        let near = |seen: &f64| heard.iter().any(|heard| (heard - seen).abs() < 0.01);
        assert!(seen.iter().all(near), "{name}: {seen:?} {heard:?}");
        let first = decode(&clips[0]).expect("a clip").seconds();
        assert!(first > 1.0, "{name}: the first clip has {first} s");
    }
}

#[test]
fn an_rtsp_server_is_killed_and_comes_back() {
    if !RtspServer::is_there() {
        return;
    }
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let port = free_port();
    let server = RtspServer::start(port, None);
    let url = format!("rtsp://somebody:hunter2@127.0.0.1:{port}/cam?token=hush");
    let mut running = save(&url, "--reconnect -vv", &to).words(LARGE).start();
    wait_for_data(&mut running, &to);
    drop(server);
    until_said(&running, "trying it again");
    let _server = RtspServer::start(port, None);
    until_said(&running, "is back");
    running.signal("INT");
    let outcome = running.finish().expect(0);
    assert!(outcome.stderr.contains("is back"), "{}", outcome.stderr);
    let recording = Recording::open(&to);
    assert_contract_as(&recording, &Wanted { keyframe_interval: 200_000_000, ..LIVE });
    let everything =
        format!("{}{:?}{:?}", outcome.stderr, recording.properties, recording.videos.keys());
    for secret in ["somebody", "hunter2", "hush"] {
        assert!(!everything.contains(secret), "{secret} shows:\n{everything}");
    }
}
