//! Files that lack something of what their headers state: their end, a fragment, a cluster; and files behind the first
//! in one file. Segments of playlists and entries of lists are in `streams`.

use crate::support::convert::{convert, says, strict_minds};
use crate::support::run::{Workspace, read};
use crate::support::{generate, skip};

const FAST: &str = "--preset ultrafast";

#[test]
fn a_file_that_lacks_its_end_is_said_to() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    for name in ["cut.mkv", "cut.webm", "cut.y4m"] {
        let codec = if name.ends_with("y4m") { "" } else { "-c:v libvpx -b:v 2M" };
        let whole = generate::video(name, &format!("{{v}} {codec}"));
        assert!(!convert(&whole, FAST).outcome.stderr.contains("warning"), "{name}");
        let bytes = read(&whole);
        let path = workspace.path(name);
        std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("a file");
        let cut = convert(&path, FAST);
        assert!((15..25).contains(&cut.video().samples.len()), "{name}");
        says(&cut, "it ends in the middle of its data");
        strict_minds(&path);
    }
}

#[test]
fn a_file_whose_last_bytes_are_missing_is_said_to_be_cut() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let source = |size: &str, rate| {
        format!("-f lavfi -i testsrc2=size={size}:rate={rate}:duration=1 -r {rate} -pix_fmt")
    };
    for (name, codec) in [
        ("cut.gif", source("128x96", 25) + " pal8"),
        ("cut.ogg", source("128x96", 25) + " yuv420p -c:v libvpx -page_duration 100000"),
        ("cut.dv", source("720x576", 25) + " yuv420p"),
        ("cut.flv", source("128x96", 25) + " yuv420p -c:v flv"),
        ("cut.wmv", source("128x96", 25) + " yuv420p -c:v wmv2"),
    ] {
        let whole = generate::video(name, &codec);
        assert!(!convert(&whole, FAST).outcome.stderr.contains("broke off"), "{name}");
        let bytes = read(&whole);
        let path = workspace.path(name);
        std::fs::write(&path, &bytes[..bytes.len() * 6 / 10 + 7]).expect("a file");
        let cut = convert(&path, FAST);
        assert!((5..=20).contains(&cut.video().samples.len()), "{name}");
        says(&cut, "it ends in the middle of its data");
        strict_minds(&path);
    }
}

#[test]
fn fragments_that_are_missing_or_cut_are_said() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let fragments =
        "{v} -c:v libx264 -bf 0 -g 10 -movflags frag_keyframe+empty_moov+default_base_moof";
    let bytes = read(&generate::video("fragments.mp4", fragments));
    let starts = bytes.windows(4).enumerate().filter(|(_, name)| name == b"moof");
    let starts: Vec<usize> = starts.map(|(at, _)| at - 4).collect();
    assert_eq!(starts.len(), 4);
    let workspace = Workspace::new();
    let write = |name: &str, bytes: &[u8]| {
        let path = workspace.path(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    let gap = write("gap.mp4", &[&bytes[..starts[1]], &bytes[starts[2]..]].concat());
    let converted = convert(&gap, FAST);
    assert_eq!(converted.video().samples.len(), 30);
    says(&converted, "1 of its fragments are missing");
    strict_minds(&gap);
    // Within the header of a fragment, for which FFmpeg has no error.
    let cut = write("cut.mp4", &bytes[..starts[2] + 30]);
    let converted = convert(&cut, FAST);
    assert_eq!(converted.video().samples.len(), 20);
    says(&converted, "it ends in the middle of its data");
    strict_minds(&cut);
}

#[test]
fn clusters_that_hold_something_else_are_counted_as_damage() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let clusters = "{v} -c:v libx264 -bf 0 -g 10 -cluster_time_limit 400";
    let bytes = read(&generate::video("clusters.mkv", clusters));
    let starts = bytes.windows(4).enumerate().filter(|(_, id)| *id == b"\x1f\x43\xb6\x75");
    let starts: Vec<usize> = starts.map(|(at, _)| at).collect();
    assert!(starts.len() > 2, "{starts:?}");
    let workspace = Workspace::new();
    let path = workspace.path("zeros.mkv");
    let mut damaged = bytes;
    damaged[starts[1]..starts[2]].fill(0);
    std::fs::write(&path, damaged).expect("a file");
    let converted = convert(&path, FAST);
    assert!(converted.video().samples.len() < 40);
    says(&converted, "damaged packets that could not be decoded");
    strict_minds(&path);
}

#[test]
fn a_second_file_behind_the_first_is_said_to_be_left_out() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    for (name, codec, kind) in [("two.flv", "flv", "FLV"), ("two.wmv", "wmv2", "ASF")] {
        let one = read(&generate::video(name, &format!("{{v}} -c:v {codec}")));
        let path = workspace.path(name);
        std::fs::write(&path, [&one[..], &one].concat()).expect("a file");
        let converted = convert(&path, FAST);
        assert_eq!(converted.video().samples.len(), 40);
        says(&converted, &format!("2 {kind} files one behind the other"));
        strict_minds(&path);
    }
}

/// Containers that state how long they are, in whose cut form FFmpeg finds no error, or another one.
#[test]
fn a_file_that_is_shorter_than_its_headers_state_is_said_to_be() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let source = |size: &str| format!("-f lavfi -i testsrc2=size={size}:rate=25:duration=2");
    for (name, codec, words) in [
        ("end.mxf", source("128x96") + " -c:v libx264 -g 10", "of 2.00 s"),
        ("end.gxf", source("720x576") + " -c:v mpeg2video -g 10", "of 2.00 s"),
        ("end.rm", source("128x96") + " -c:v rv10", "of 2.00 s"),
        ("cut.roq", source("256x256") + " -r 30 -c:v roqvideo", "in the middle of its data"),
    ] {
        let whole = generate::video(name, &codec);
        assert!(!convert(&whole, FAST).outcome.stderr.contains("broke off"), "{name}");
        let bytes = read(&whole);
        let path = workspace.path(name);
        std::fs::write(&path, &bytes[..bytes.len() * 11 / 20]).expect("a file");
        let cut = convert(&path, FAST);
        assert!((3..=33).contains(&cut.video().samples.len()), "{name}");
        says(&cut, "the input broke off: it ends");
        if cut.outcome.stderr.contains("it ends at") {
            says(&cut, words);
        }
        strict_minds(&path);
    }
}

#[test]
fn streams_may_end_at_different_times() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let tone = "-f lavfi -i sine=duration=4";
    let h264 = "-c:v libx264 -bf 2 -g 10";
    for (name, command) in [
        ("longer.mp4", format!("{{v}} {tone} {h264}")),
        ("longer.wmv", format!("{{v}} {tone} -c:v wmv2")),
        ("longer.flv", format!("{{v}} {tone} {h264}")),
        ("longer.mxf", format!("{{v}} {tone} {h264} -ar 48000")),
        ("offset.mp4", format!("{{v}} {h264} -output_ts_offset 100 -movflags frag_keyframe")),
        ("offset.flv", format!("{{v}} {h264} -output_ts_offset 100")),
        ("still.mp4", format!("{{v}} {h264} -vf setpts=N*N/TB/25 -fps_mode passthrough")),
    ] {
        let path = generate::video(name, &command);
        let converted = convert(&path, FAST);
        assert!(!converted.outcome.stderr.contains("broke off"), "{}", converted.outcome.stderr);
        let silent = convert(&path, "--preset ultrafast --no-audio --start 0.5");
        assert!(!silent.outcome.stderr.contains("broke off"), "{}", silent.outcome.stderr);
    }
    let clip = generate::video("to_cut.mp4", "{v} -c:v libx264 -bf 2 -g 20");
    let cut = "-ss 0.5 -i {prev} -c copy -t 0.7";
    let edited = generate::steps("edited.mov", &["{v} -c:v libx264 -bf 2 -g 20 > clip.mp4", cut]);
    for (path, more) in [(&edited, ""), (&clip, "--loop 2"), (&clip, "--duration 9")] {
        let converted = convert(path, &format!("{FAST} {more}"));
        assert!(!converted.outcome.stderr.contains("warning"), "{}", converted.outcome.stderr);
    }
}
