//! Sources whose pace decides whether they are live: pipes, web servers that state a length, session files.
//! Sources whose address says that they are live are in `live` and `networks`.

use std::path::Path;
use std::time::Duration;

use crate::support::check::{Wanted, assert_contract, assert_contract_as};
use crate::support::convert::convert;
use crate::support::flashes::{beeps, distance, flashes, shown};
use crate::support::generate::video;
use crate::support::ports::free_port;
use crate::support::recording::Recording;
use crate::support::run::{Outcome, Workspace, program, read, vstream};
use crate::support::sound::decode;
use crate::support::web::{self, Framing};
use crate::support::{skip, source};

const LIVE: Wanted = Wanted {
    timeline: "time",
    keyframe_interval: 1_000_000_000,
    file_layout: true,
    wall_clock: true,
};

const VSTREAM: &str = env!("CARGO_BIN_EXE_vstream");

/// Runs a shell command with `| vstream - --save` behind it.
#[track_caller]
fn piped(command: &str, options: &str, to: &Path) -> Outcome {
    let line = format!("{command} | \"$0\" {options} --save \"$1\" -");
    program("bash").arg("-c").arg(line).arg(VSTREAM).arg(to).run().expect(0)
}

/// Frames of a pattern without any times, ten a second, for ever.
const CAMERA: &str =
    "ffmpeg -nostdin -v error -re -f lavfi -i testsrc2=size=640x480:rate=10 -f mjpeg -";

#[test]
fn a_camera_behind_a_pipe_is_timed_by_arrival() {
    if !skip::have(&["ffmpeg", "bash"]) {
        return;
    }
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let outcome = piped(CAMERA, "--duration 1.5", &to);
    let recording = Recording::open(&to);
    assert_contract_as(&recording, &LIVE);
    let stderr = outcome.stderr;
    assert!(stderr.contains("time of their arrival") && stderr.contains("--framerate"), "{stderr}");
    // With a given rate it is no camera, and its end is no failure.
    let some = CAMERA.replace("rate=10", "rate=10:duration=1.5");
    let outcome = piped(&some, "--framerate 25", &to);
    let times = Recording::open(&to).only_video().times();
    assert_eq!(times, (0..15).map(|n| n * 40_000_000).collect::<Vec<i64>>());
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
    piped(&some, "--timestamps arrival", &to);
    assert_contract_as(&Recording::open(&to), &LIVE);
}

#[test]
fn audio_is_in_step_with_pictures_timed_by_arrival() {
    if !skip::have(&["ffmpeg", "bash"]) {
        return;
    }
    let options = "-c:v libx264 -preset ultrafast -bf 0 -g 25 -c:a aac";
    let path = video("flashes.ts", &format!("{} {options}", flashes(8)));
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let send = format!("ffmpeg -nostdin -v error -re -i {} -c copy -f mpegts -", path.display());
    piped(&send, "--codec copy --timestamps arrival", &to);
    let recording = Recording::open(&to);
    let clips = &recording.sounds["audio"];
    let video = recording.only_video();
    let (seen, heard) = (shown(video), beeps(clips));
    assert_eq!(seen.len(), 4, "{seen:?} {heard:?}");
    // A machine that stalls moves pictures and sound, which may cut a tone.
    let mut apart: Vec<f64> = seen.iter().map(|seen| distance(*seen, &heard)).collect();
    apart.sort_by(f64::total_cmp);
    println!("{} clips; beeps are {apart:?} s off", clips.len());
    assert!(apart[1] < 0.01 && apart[2] < 0.01, "{seen:?} {heard:?}");
    // The pictures keep their own intervals, though they do not arrive in them.
    let mut steps: Vec<i64> = video.times().windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable();
    assert!((steps[steps.len() / 2] - 40_000_000).abs() <= 1_000, "{steps:?}");
    let lengths: Vec<f64> =
        clips.iter().map(|clip| decode(clip).expect("a clip").seconds()).collect();
    assert!(lengths.iter().sum::<f64>() > 7.0, "{lengths:?}");
}

#[test]
fn a_file_behind_a_pipe_is_timed_by_its_rate() {
    if !skip::have(&["ffmpeg", "bash"]) {
        return;
    }
    let raw = video("piped.h264", "{v} -c:v libx264 -bf 0 -g 10 -f h264");
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    for command in [format!("cat {}", raw.display()), format!("cat <(cat {})", raw.display())] {
        let outcome = piped(&command, "", &to);
        let recording = Recording::open(&to);
        assert_contract(&recording);
        assert_eq!(recording.only_video().times(), convert(&raw, "").video().times());
        assert!(!outcome.stderr.contains("arrival"), "{}", outcome.stderr);
    }
}

#[test]
fn a_web_server_that_states_a_length_and_sends_in_real_time_is_live() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let clip = "-f lavfi -i testsrc2=size=640x480:rate=10:duration=6 -c:v mjpeg -f mjpeg";
    let bytes = read(&video("pushed.mjpeg", clip));
    let starts = bytes.windows(3).enumerate().filter(|(_, w)| *w == [0xff, 0xd8, 0xff]);
    let starts: Vec<usize> = starts.map(|(at, _)| at).chain([bytes.len()]).collect();
    let parts: Vec<Vec<u8>> = starts.windows(2).map(|at| bytes[at[0]..at[1]].to_vec()).collect();
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let head = "Content-Type: video/x-motion-jpeg\r\nContent-Length: 1000000000";
    let url = source::pushed(head, parts, Duration::from_millis(100));
    vstream().words("--timeout 30 --duration 1.5 --save").arg(&to).arg(&url).run().expect(0);
    assert_contract_as(&Recording::open(&to), &LIVE);
}

#[test]
fn a_session_file_is_live_and_opens_only_what_it_describes() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let (sdp, to) = (workspace.path("camera.sdp"), workspace.path("out.rrd"));
    let port = free_port();
    let mut sender = program("ffmpeg")
        .words("-nostdin -v error -re -f lavfi -i testsrc2=size=128x96:rate=25")
        .words("-c:v libx264 -preset ultrafast -tune zerolatency -g 10 -f rtp -sdp_file")
        .arg(&sdp)
        .arg(format!("rtp://127.0.0.1:{port}"))
        .start();
    sender.wait_until("the session is described", || {
        std::fs::read_to_string(&sdp).is_ok_and(|text| text.contains("m=video"))
    });
    vstream().words("--timeout 30 --duration 1.5 --save").arg(&to).arg(&sdp).run().expect(0);
    assert_contract_as(&Recording::open(&to), &LIVE);

    // Nothing else makes the network talk: not under another name, and not in a playlist.
    let other = workspace.path("clip.mp4");
    std::fs::copy(&sdp, &other).expect("a copy");
    let outcome = vstream().arg("--save").arg(workspace.path("no.rrd")).arg(&other).run().expect(1);
    assert!(outcome.stderr.contains("rtp"), "{}", outcome.stderr);
}

#[test]
fn arrival_replaces_times_that_run_slower_than_the_source() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // Stamped as 25 a second, and sent as ten.
    let clip = "-f lavfi -i testsrc2=size=128x96:rate=25:duration=6 -c:v mpeg2video -b:v 500k";
    let bytes = read(&video("slow.ts", &format!("{clip} -bf 0 -g 5 -muxdelay 0 -f mpegts")));
    let parts = bytes.chunks(bytes.len().div_ceil(150)).map(<[u8]>::to_vec).collect();
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let url = source::paced(parts, Duration::from_millis(100));
    let outcome = vstream().arg("--save").arg(&to).arg(&url).run();
    let stderr = &outcome.stderr;
    assert!(stderr.contains("% of the speed at which it sends"), "{stderr}");
    assert!(stderr.contains("--timestamps arrival"), "{stderr}");
    let recording = Recording::open(&to);
    assert_contract_as(&recording, &LIVE);
    let last = recording.only_video().times().last().copied().unwrap_or(0);
    // However late the machine is, it took longer than the six seconds that the stream says.
    assert!(last > 9_000_000_000, "{last}");
}

#[test]
fn a_file_read_at_playback_speed_is_not_live() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let (workspace, interval) = (Workspace::new(), Duration::from_millis(100));
    let to = workspace.path("out.rrd");
    // The response states the length in bytes, or the container the one in seconds.
    for (name, has_length) in [("pace.ts", true), ("pace.mkv", false), ("pace.flv", false)] {
        let clip =
            "-f lavfi -i testsrc2=size=320x240:rate=25:duration=3 -c:v libx264 -bf 0 -b:v 2M";
        let bytes = read(&video(name, clip));
        let length = format!("Content-Length: {}", bytes.len());
        let head = if has_length { length.as_str() } else { "Connection: close" };
        let parts = bytes.chunks(bytes.len() / 30 + 1).map(<[u8]>::to_vec).collect();
        let url = source::pushed_and_closed(head, parts, interval);
        let outcome = vstream().arg(url).words("--force --save").arg(&to).run().expect(0);
        let recording = Recording::open(&to);
        assert_contract(&recording);
        assert_eq!(recording.only_video().samples.len(), 75, "{name}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("live"), "{name}: {}", outcome.stderr);
    }
}

#[test]
fn a_file_from_a_server_that_states_no_length_is_whole() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    for (name, options) in [("web.ts", ""), ("web.mkv", ""), ("web.mp4", "-movflags faststart")] {
        let file = video(name, &format!("{{v}} -c:v libx264 -bf 0 -g 12 {options}"));
        let local = convert(&file, "");
        for framing in [Framing::Chunks, Framing::Closed] {
            let address = web::serve_as(read(&file), framing);
            let url = format!("http://{address}/{name}");
            let outcome = vstream().arg(url).words("--force --save").arg(&to).run().expect(0);
            let recording = Recording::open(&to);
            assert_contract(&recording);
            let video = recording.only_video();
            assert_eq!(video.times(), local.video().times(), "{name}: {}", outcome.stderr);
        }
    }
}
