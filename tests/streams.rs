//! Which streams of an input become videos, what they are called, and warnings about the others.
//! Whether pictures look right is in `colours` and `shapes`.

use std::path::PathBuf;

use crate::support::check::assert_contract;
use crate::support::convert::{convert, refused, says, strict_minds};
use crate::support::recording::Recording;
use crate::support::run::{Workspace, read, vstream};
use crate::support::{generate, skip};

const FAST: &str = "--preset ultrafast";

#[test]
fn a_still_picture_is_never_chosen_over_a_video() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let still = "-f lavfi -i testsrc2=size=640x480:duration=0.04 -frames:v 1 > still.jpg";
    for name in ["still_first.mp4", "still_first.mkv"] {
        let beside = "-i {0} -i {1} -map 0:v -map 1:v -c copy -disposition:v 0";
        let path = generate::steps(name, &[still, "{v} -c:v libx264 > cam.mp4", beside]);
        let converted = convert(&path, FAST);
        assert_eq!(converted.video().samples.len(), 40, "{name}");
        assert!(!converted.outcome.stderr.contains("warning"), "{}", converted.outcome.stderr);
    }
}

fn two_equal() -> PathBuf {
    let titles = "-metadata:s:v:0 title=LEFT -metadata:s:v:1 title=RIGHT/2";
    let both = format!("-i {{prev}} -i {{prev}} -map 0:v -map 1:v -c copy {titles}");
    generate::steps("two_equal.mkv", &["{v} -c:v libx264 > cam.mp4", &both])
}

#[test]
fn the_chosen_video_is_explained_and_entities_are_named_by_title() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = two_equal();
    let one = convert(&path, FAST);
    assert_eq!(one.video().samples.len(), 40);
    says(&one, "1 other video is left out: stream 1 (h264, 128x96, RIGHT/2), which is as good");
    says(&one, "--all-streams");
    strict_minds(&path);
    let chosen = convert(&path, "--preset ultrafast --stream 1 --strict");
    assert_eq!(chosen.video().samples.len(), 40);

    let workspace = Workspace::new();
    let to = workspace.path("both.rrd");
    vstream()
        .arg(&path)
        .words("--preset ultrafast --all-streams --strict --save")
        .arg(&to)
        .run()
        .expect(0);
    let recording = Recording::open(&to);
    let entities: Vec<&str> = recording.videos.keys().map(String::as_str).collect();
    assert_eq!(entities, ["LEFT", "RIGHT_2"]);
}

/// The last three quarters of a transport stream with one keyframe at its beginning and one in its middle.
fn cut(name: &str, codec: &str) -> PathBuf {
    let whole = generate::video(
        &format!("whole_{name}"),
        &format!("-f lavfi -i testsrc2=size=320x240:rate=25:duration=4 {codec} -g 50"),
    );
    generate::made(name, &codec, |to| {
        let bytes = read(&whole);
        std::fs::write(to, &bytes[bytes.len() / 188 / 4 * 188..]).expect("a cut file");
    })
}

#[test]
fn frames_before_the_first_keyframe_are_counted_and_left_out() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let x265 = "-c:v libx265 -preset ultrafast -x265-params log-level=error:bframes=0:keyint=50:min-keyint=50";
    let mpeg2 = "-c:v mpeg2video -bf 0 -sc_threshold 1000000000";
    for (name, codec) in
        [("cut264.ts", "-c:v libx264 -bf 0"), ("cut265.ts", x265), ("cut2.ts", mpeg2)]
    {
        let path = cut(name, codec);
        let converted = convert(&path, FAST);
        assert_contract(&converted.recording);
        assert_eq!(converted.video().samples.len(), 50, "{name}: {}", converted.outcome.stderr);
        says(&converted, "before the first keyframe");
        assert!(converted.outcome.summary("damaged") > 10, "{}", converted.outcome.stderr);
        strict_minds(&path);
    }
}

#[test]
fn a_raw_stream_without_headers_is_recognised_by_its_name() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let clip = "{v} -c:v libx264 -preset ultrafast -bf 0 -g 20 > clip.h264";
    let path = generate::steps("cut.h264", &[clip, "drop 3000 {0}"]);
    let converted = convert(&path, FAST);
    assert_eq!(converted.video().samples.len(), 20, "{}", converted.outcome.stderr);
    says(&converted, "before the first keyframe");
    let other = Workspace::new();
    std::fs::copy(&path, other.path("cut.bin")).expect("a copy");
    let outcome = vstream().arg(other.path("cut.bin")).words("--save out.rrd");
    let refused = outcome.current_dir(other.dir()).run().expect(1).stderr;
    assert!(refused.contains("-f h264"), "{refused}");
}

#[test]
fn a_video_that_moves_to_another_pid_is_followed() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let first = "-i {0} -c copy -streamid 0:256 > first.ts";
    let second = "-i {0} -c copy -streamid 0:300 -output_ts_offset 1.6 > second.ts";
    let clip = "{v} -c:v libx264 -bf 0 > clip.mp4";
    let path = generate::steps("moved.ts", &[clip, first, second, "join 1first.ts 2second.ts"]);
    let converted = convert(&path, FAST);
    assert_contract(&converted.recording);
    // FFmpeg gives out the last packets of the first stream only at the end of the file, when they are too late.
    let shown = converted.video().samples.len();
    let late = converted.outcome.summary("damaged") as usize;
    assert!(shown + late == 80 && late <= 2, "{}", converted.outcome.stderr);
    says(&converted, "the video continues as stream 1");

    let third = "-i {0} -c copy -streamid 0:256 -output_ts_offset 3.2 > third.ts";
    let parts = "join 1first.ts 2second.ts 3third.ts";
    let path = generate::steps("returned.ts", &[clip, first, second, third, parts]);
    let converted = convert(&path, FAST);
    assert_contract(&converted.recording);
    let shown = converted.video().samples.len();
    let late = converted.outcome.summary("damaged") as usize;
    assert!(shown + late >= 119 && late <= 4, "{}", converted.outcome.stderr);
    says(&converted, "the video continues as stream 0");
}

#[test]
fn an_encrypted_file_is_an_error_that_says_so() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let key = "0".repeat(32);
    let encrypt = format!(
        "-i {{prev}} -c copy -encryption_scheme cenc-aes-ctr -encryption_key {key} -encryption_kid {key}"
    );
    let path = generate::steps("encrypted.mp4", &["{v} -c:v libx264 > clip.mp4", &encrypt]);
    refused(vstream().arg(&path), &["encrypted", "--input-option decryption_key="]);
    refused(vstream().arg(&path).words("--codec copy"), &["encrypted"]);
    let opened = convert(&path, &format!("{FAST} --input-option decryption_key={key}"));
    assert_eq!(opened.video().samples.len(), 40);
}

#[test]
fn further_pages_of_a_tiff_are_a_warning() {
    let workspace = Workspace::new();
    let path = workspace.path("scan.tif");
    let page = |next: u32, data: u32| {
        let entries: [(u16, u16, u32); 9] = [
            (256, 3, 16),
            (257, 3, 16),
            (258, 3, 8),
            (259, 3, 1),
            (262, 3, 1),
            (273, 4, data),
            (277, 3, 1),
            (278, 3, 16),
            (279, 4, 256),
        ];
        let mut bytes = 9_u16.to_le_bytes().to_vec();
        for (tag, kind, value) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(kind.to_le_bytes());
            bytes.extend(1_u32.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(next.to_le_bytes());
        bytes
    };
    let size = page(0, 0).len() as u32;
    let data = 16 + 2 * size;
    let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
    bytes.extend(page(16 + size, data));
    // As Pillow does it, a page of a file begins with a header.
    let second = (16 + size).to_le_bytes();
    bytes.extend([&b"II\x2a\0"[..], &second].concat());
    bytes.extend(page(0, data));
    bytes.resize(bytes.len() + 256, 128);
    std::fs::write(&path, bytes).expect("a picture");
    let converted = convert(&path, FAST);
    assert_eq!(converted.video().samples.len(), 1);
    says(&converted, "1 of its 2 pages are left out");
    let stderr = &converted.outcome.stderr;
    assert_eq!(stderr.matches("left out").count() + stderr.matches("behind the other").count(), 1);
    strict_minds(&path);
}

#[test]
fn pixel_formats_mean_what_ros_means_by_them() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = generate::video("ros.raw", "{v} -f rawvideo -pix_fmt bgr24");
    let raw =
        "--preset ultrafast -f rawvideo --video-size 128x96 --framerate 25 --pixel-format bgr8";
    let converted = convert(&path, raw);
    assert_eq!(converted.video().samples.len(), 40);
    says(&converted, "bgr8 is read as ROS means it (bgr24)");
}

#[test]
fn a_second_concatenated_mp4_is_a_warning() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let clip = read(&generate::video("one_of_two.mp4", "{v} -c:v libx264 -bf 0"));
    let workspace = Workspace::new();
    let twice = workspace.path("twice.mp4");
    std::fs::write(&twice, [&clip[..], &clip].concat()).expect("a file");
    let converted = convert(&twice, FAST);
    assert_eq!(converted.video().samples.len(), 40);
    says(&converted, "it is 2 MP4 files one behind the other");
    strict_minds(&twice);
    // Files other than MP4 do not matter.
    std::fs::write(&twice, [&clip[..], &[0; 5000]].concat()).expect("a file");
    let padded = convert(&twice, FAST);
    assert!(!padded.outcome.stderr.contains("warning"), "{}", padded.outcome.stderr);
}

#[test]
fn the_end_of_a_file_is_not_a_read_error() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // FFmpeg's readers of these have errors of their own for it.
    for (name, size, codec) in
        [("end.gxf", "720x576", "mpeg2video"), ("end.roq", "256x256", "roqvideo")]
    {
        let source = format!("-f lavfi -i testsrc2=size={size}:rate=25:duration=0.4");
        let rate = if codec == "roqvideo" { 30 } else { 25 };
        let path = generate::video(name, &format!("{source} -r {rate} -c:v {codec}"));
        let converted = convert(&path, FAST);
        assert_contract(&converted.recording);
        assert_eq!(converted.video().samples.len(), if rate == 30 { 12 } else { 10 }, "{name}");
        assert!(!converted.outcome.stderr.contains("warning"), "{}", converted.outcome.stderr);
    }
}
