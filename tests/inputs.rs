//! What people have as inputs beside plain files: a part of a long one, sequences, pipes, raw pictures,
//! and files whose headers lie. What a whole file becomes is for `contract`.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use ::vstream::{Config, OutputConfig, Silent};

use crate::support::check::{assert_contract, violations};
use crate::support::convert::convert;
use crate::support::probe::source;
use crate::support::recording::Recording;
use crate::support::run::{Program, Workspace, program, read, vstream};
use crate::support::table::check_all;
use crate::support::{generate, skip};

/// A minute with a keyframe every 8 s, so that the one before 30 s is at 24 s.
const MINUTE: &str = "-f lavfi -i testsrc2=size=64x48:rate=10:duration=60";

#[test]
fn a_window_holds_exactly_the_frames_shown_in_it() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let rows = [
        ("long.mp4", "-c:v libx264 -bf 2 -g 80"),
        ("long.mkv", "-c:v libx264 -bf 2 -g 80"),
        ("long.ts", "-c:v libx264 -bf 2 -g 80"),
        ("long.flv", "-c:v libx264 -bf 2 -g 80"),
        ("long.avi", "-c:v mpeg4 -bf 0 -g 80"),
        ("long.mpg", "-r 25 -c:v mpeg2video -bf 2 -g 200"),
        ("long.vob", "-r 25 -c:v mpeg2video -bf 2 -g 200"),
        ("late.ts", "-c:v libx264 -bf 2 -g 80 -output_ts_offset 37.123"),
        ("long.nut", "-c:v libx264 -bf 2 -g 80"),
        ("long.m3u8", "-c:v libx264 -bf 2 -g 80 -hls_time 8 -hls_list_size 0"),
        ("all_keys.mov", "-c:v mjpeg"),
    ];
    check_all(
        &rows,
        |(name, _)| name.to_string(),
        |(name, how)| {
            let path = generate::video(name, &format!("{MINUTE} -preset ultrafast {how}"));
            let all = source(&path).expect("a video stream").times();
            let inside = |time: &i64| (30_000_000_000..32_000_000_000).contains(time);
            let wanted: Vec<i64> = all.into_iter().filter(inside).collect();
            let converted = convert(&path, "--preset ultrafast --start 30 --duration 2");
            let got = converted.video().times();
            let mut wrong = violations(converted.video(), &Default::default());
            let near = |(a, b): (&i64, &i64)| (a - b).abs() <= 1;
            if got.len() != wanted.len() || !got.iter().zip(&wanted).all(near) {
                wrong.push(format!("times are {got:?}\n and not {wanted:?}"));
            }
            if wanted.is_empty() {
                wrong.push("ffprobe shows nothing in that window: the row is wrong".to_owned());
            }
            wrong
        },
    );
}

/// Everything before the keyframe at 24 s is noise: whoever decodes it meets damage.
#[test]
fn what_lies_before_a_window_is_not_decoded() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = generate::video("whole.mkv", &format!("{MINUTE} -c:v libx264 -bf 2 -g 80"));
    let noisy = generate::made("noisy.mkv", &"the first third", |to| {
        let mut bytes = read(&path);
        let third = bytes.len() / 3;
        bytes[5000..third].iter_mut().step_by(7).for_each(|byte| *byte ^= 0x55);
        std::fs::write(to, bytes).expect("a noisy file");
    });
    let converted = convert(&noisy, "--preset ultrafast --start 30 --duration 2");
    assert_contract(&converted.recording);
    assert_eq!(converted.video().samples.len(), 20);
    assert_eq!(converted.outcome.summary("damaged"), 0, "{}", converted.outcome.stderr);
}

/// Runs what must fail, and gives back what it says.
#[track_caller]
fn refused(run: Program, words: &[&str]) {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let outcome = run.arg("--save").arg(&to).run().expect(1);
    for word in words {
        assert!(outcome.stderr.contains(word), "no {word:?} in:\n{}", outcome.stderr);
    }
    assert!(outcome.stderr.contains("hint:"), "no remedy in:\n{}", outcome.stderr);
    assert!(!to.exists(), "a failed run leaves a recording");
}

/// Segments that may not be opened would be left out without a word.
#[test]
fn a_local_playlist_that_names_the_network_is_refused_as_a_whole() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let segment = generate::video("segment.ts", "{v} -c:v libx264");
    let workspace = Workspace::new();
    std::fs::copy(&segment, workspace.path("a.ts")).expect("a copy");
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = server.local_addr().expect("an address");
    let list = |name: &str, lines: &str| {
        let path = workspace.path(name);
        let head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n";
        std::fs::write(&path, format!("{head}{lines}\n#EXT-X-ENDLIST\n")).expect("a playlist");
        path
    };
    let remote = format!("#EXTINF:1.6,\na.ts\n#EXTINF:1.6,\nhttp://{address}/b.ts");
    refused(vstream().arg(list("mixed.m3u8", &remote)), &["mixed.m3u8", "http://"]);
    // One level down nobody looks before FFmpeg does.
    list("inner.m3u8", &remote);
    let outer = list("outer.m3u8", "#EXT-X-STREAM-INF:BANDWIDTH=100000\ninner.m3u8");
    let to = workspace.path("outer.rrd");
    let outcome = vstream().arg(outer).words("--preset ultrafast --save").arg(&to).run().expect(1);
    assert!(outcome.stderr.contains("not on whitelist"), "{}", outcome.stderr);
    server.set_nonblocking(true).expect("a socket that does not wait");
    assert!(server.accept().is_err(), "a local file made vstream call {address}");

    let local = convert(&list("local.m3u8", "#EXTINF:1.6,\na.ts"), "--preset ultrafast");
    assert_eq!(local.video().samples.len(), 40);
}

#[test]
fn a_network_playlist_reads_no_file() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let segment = generate::video("segment.ts", "{v} -c:v libx264");
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = server.local_addr().expect("an address");
    let list = format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.6,\nfile://{}\n#EXT-X-ENDLIST\n",
        segment.display()
    );
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\nConnection: close\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{list}", list.len());
        }
    });
    refused(vstream().arg(format!("http://{address}/list.m3u8")), &["list.m3u8", "whitelist"]);
}

#[test]
fn sequences_have_the_rate_they_are_given() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let last = generate::steps(
        "last.png",
        &["{v} -frames:v 10 > %05d.png", "-f lavfi -i testsrc2=size=32x32:duration=0.04"],
    );
    let folder = last.parent().expect("a folder");
    let rows = [
        ("0%05d.png", "10", 100_000_000),
        ("0*.png", "10", 100_000_000),
        ("0%05d.png", "30000/1001", 33_366_667),
    ];
    for (pattern, rate, step) in rows {
        let pattern = folder.join(pattern);
        let converted = convert(&pattern, &format!("--preset ultrafast --framerate {rate}"));
        assert_contract(&converted.recording);
        let wanted: Vec<i64> = (0..10).map(|n| n * step).collect();
        let got = converted.video().times();
        let near = |(a, b): (&i64, &i64)| (a - b).abs() <= 10;
        assert!(got.len() == 10 && got.iter().zip(&wanted).all(near), "{rate}: {got:?}");
    }
    let alone = convert(&folder.join("000001.png"), "--preset ultrafast");
    assert_eq!(alone.video().times(), [0], "a still image is one frame");
    refused(vstream().arg(folder.join("nothing%05d.png")), &["nothing%05d.png", "No such file"]);
    refused(vstream().arg(folder.join("nothing*.png")), &["nothing*.png"]);
}

#[test]
fn raw_pictures_are_read_as_they_are_described() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = generate::video("raw.yuv", "{v} -f rawvideo -pix_fmt yuv422p10le");
    let raw = "-f rawvideo --video-size 128x96 --pixel-format yuv422p10le --framerate 50";
    let converted = convert(&path, &format!("--preset ultrafast {raw}"));
    assert_contract(&converted.recording);
    let wanted: Vec<i64> = (0..40).map(|n| n * 20_000_000).collect();
    assert_eq!(converted.video().times(), wanted);

    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().arg("-").words(raw).words("--preset ultrafast --save").arg(&to);
    run.stdin(read(&path)).run().expect(0);
    assert_eq!(Recording::open(&to).only_video().times(), wanted, "through a pipe");

    refused(vstream().arg(&path), &["raw.yuv", "--video-size"]);
    let wrong = vstream().words("-f rawvideo --video-size 128x96 --pixel-format nosuch");
    refused(wrong.arg(&path), &["raw.yuv", "nosuch", "-pix_fmts"]);
}

/// Of these a part is enough: what must be sought in cannot come through a pipe.
#[test]
fn whatever_can_be_streamed_comes_through_a_pipe() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let rows = [
        ("p.mkv", "-c:v libx264 -bf 2"),
        ("p.webm", "-c:v libvpx -deadline realtime"),
        ("p.ts", "-c:v libx264 -bf 2"),
        ("p.mpg", "-c:v mpeg2video"),
        ("p.flv", "-c:v libx264 -bf 2"),
        ("p.avi", "-c:v mpeg4"),
        ("p.nut", "-c:v libx264 -bf 2"),
        ("p.y4m", "-pix_fmt yuv420p"),
        ("p.gif", ""),
        ("p.mjpeg", ""),
        ("p.h264", "-c:v libx264 -bf 2"),
        ("p.ivf", "-c:v libvpx -deadline realtime"),
        ("p.ogv", "-c:v libtheora"),
        ("p.wmv", "-c:v wmv2"),
        ("fragmented.mp4", "-c:v libx264 -bf 2 -movflags frag_keyframe+empty_moov"),
        ("faststart.mp4", "-c:v libx264 -bf 2 -movflags faststart"),
        ("p.png", "-frames:v 1"),
        ("p.jpg", "-frames:v 1 -pix_fmt yuvj420p"),
    ];
    check_all(
        &rows,
        |(name, _)| name.to_string(),
        |(name, how)| {
            let path = generate::video(name, &format!("{{v}} {how}"));
            let file = convert(&path, "--preset ultrafast");
            let workspace = Workspace::new();
            let to = workspace.path("out.rrd");
            let run = vstream().words("- --preset ultrafast --save").arg(&to).stdin(read(&path));
            if let Err(complaint) = run.run().check(0) {
                return vec![complaint];
            }
            let piped = Recording::open(&to);
            let (piped, file) = (piped.only_video().times(), file.video().times());
            let same = piped == file;
            (!same).then(|| format!("{piped:?}\n and from the file {file:?}")).into_iter().collect()
        },
    );
    // Larger than what FFmpeg keeps of a pipe to go back in.
    let large = "-f lavfi -i testsrc2=size=640x480:rate=25:duration=2 -c:v libx264 -qp 10";
    let at_end = generate::video("index_at_end.mp4", &format!("{large} -preset ultrafast"));
    refused(vstream().arg("-").stdin(read(&at_end)), &["standard input", "fragmented mp4"]);
}

#[test]
fn text_is_drawn_only_where_asked() {
    let workspace = Workspace::new();
    let path = workspace.path("art.txt");
    std::fs::write(&path, "Only words, line by line.\n".repeat(40)).expect("a text");
    refused(vstream().arg(&path), &["art.txt", "-f tty"]);
    assert!(!convert(&path, "--preset ultrafast -f tty").video().samples.is_empty());
}

#[test]
fn a_graph_that_is_none_is_explained() {
    refused(vstream().arg("lavfi:nosuch"), &["nosuch", "-filters"]);
    refused(vstream().arg("lavfi:sine=duration=1"), &["no video stream", "audio"]);
}

/// A header of a kilobyte must not make anyone allocate half a gigabyte.
#[test]
fn a_size_that_lies_costs_no_memory() {
    let workspace = Workspace::new();
    let path = workspace.path("huge.bmp");
    let mut bytes = b"BM\xe8\x03\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bytes.extend(12336_u32.to_le_bytes());
    bytes.extend(12336_u32.to_le_bytes());
    bytes.extend(b"\x01\0\x18\0");
    bytes.resize(1000, 0);
    std::fs::write(&path, bytes).expect("a picture");
    // Code and libraries of a debug build take some; the picture would take 456 MB more.
    let limited = "ulimit -v 1500000 && exec \"$0\" \"$@\"";
    let run = program("sh").arg("-c").arg(limited).arg(env!("CARGO_BIN_EXE_vstream"));
    refused(run.arg(&path), &["huge.bmp", "damaged"]);
    let outcome = vstream().arg(&path).words("-vv --save").arg(workspace.path("out.rrd")).run();
    assert!(outcome.stderr.contains("max pixel"), "{}", outcome.stderr);
}

/// One second whose header says 20 hours: progress follows what is read.
#[test]
fn a_duration_that_lies_gives_no_wrong_progress() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let honest = generate::video("honest.avi", "{v} -c:v mpeg4");
    let path = generate::made("lies.avi", &"20 hours", |to| {
        let mut bytes = read(&honest);
        let frames = (25_u32 * 72_000).to_le_bytes();
        for (name, offset) in [(b"avih", 24), (b"strh", 40)] {
            let at = bytes.windows(4).position(|w| w == name).expect("a header") + offset;
            bytes[at..at + 4].copy_from_slice(&frames);
        }
        std::fs::write(to, bytes).expect("a file");
    });
    let end = |start: Option<u64>| {
        let workspace = Workspace::new();
        let save = OutputConfig::save(workspace.path("out.rrd"));
        let mut config = Config::new(&path).with_output(save);
        config.video.preset = Some("ultrafast".into());
        config.inputs[0].start = start.map(Duration::from_millis);
        config.inputs[0].duration = start.map(|_| Duration::from_millis(400));
        let summary = ::vstream::run(&config, &mut Silent).expect("a recording");
        let track = &summary.tracks[0];
        assert_eq!(track.stream.duration, Some(Duration::from_secs(72_000)), "it does not lie");
        (track.progress.logged, track.progress.fraction.expect("a fraction"))
    };
    let (logged, whole) = end(None);
    assert!(logged == 40 && whole > 0.9, "{logged} frames, {whole}");
    // A part is done when its last frame is, wherever in the file that is.
    let (logged, part) = end(Some(800));
    assert!(logged == 10 && part > 0.85, "{logged} frames, {part}");
}
