//! Inputs other than whole files: parts of a file, image sequences, pipes, raw pictures.
//! Whole files are in `contract`, false headers in `untrusted`.

use crate::support::check::{assert_contract, violations};
use crate::support::convert::{convert, refused};
use crate::support::probe::source;
use crate::support::recording::Recording;
use crate::support::run::{Workspace, read, vstream};
use crate::support::table::check_all;
use crate::support::{generate, skip};

/// A minute with a keyframe every 8 s, so that the one before 30 s is at 24 s.
const MINUTE: &str = "-f lavfi -i testsrc2=size=64x48:rate=10:duration=60";

#[test]
fn start_and_duration_select_exactly_the_frames_shown_in_them() {
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
fn frames_before_the_start_are_not_decoded() {
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

#[test]
fn image_sequences_have_the_requested_rate() {
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
fn every_streamable_container_can_be_piped() {
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
fn subtitles_are_drawn_only_on_request() {
    let workspace = Workspace::new();
    let path = workspace.path("art.txt");
    std::fs::write(&path, "Only words, line by line.\n".repeat(40)).expect("a text");
    refused(vstream().arg(&path), &["art.txt", "-f tty"]);
    assert!(!convert(&path, "--preset ultrafast -f tty").video().samples.is_empty());
}

#[test]
fn an_invalid_filter_graph_is_explained() {
    refused(vstream().arg("lavfi:nosuch"), &["nosuch", "-filters"]);
    let silent = vstream().words("lavfi:sine=duration=1 --no-audio");
    refused(silent, &["no video stream", "audio"]);
}
