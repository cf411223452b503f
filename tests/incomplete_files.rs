//! Files that lack something their headers promise: their end, a fragment, a cluster; and concatenated files.
//! Playlists and lists of files are in `segments`.

use crate::support::convert::{convert, says, strict_minds};
use crate::support::run::{Workspace, read};
use crate::support::sound::heard;
use crate::support::{generate, skip};

const FAST: &str = "--preset ultrafast";

#[test]
fn a_file_without_its_end_is_reported() {
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
fn a_file_without_its_last_bytes_is_reported_as_cut() {
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
fn missing_and_cut_fragments_are_reported() {
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
fn a_second_concatenated_file_is_reported_as_left_out() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    for (name, codec, kind) in [
        ("two.flv", "flv", "FLV"),
        ("two.wmv", "wmv2", "ASF"),
        ("two.swf", "flv", "SWF"),
        ("two.apng", "apng", "APNG"),
        ("two.wtv", "mpeg2video", "WTV"),
    ] {
        let one = read(&generate::video(name, &format!("{{v}} -c:v {codec}")));
        let path = workspace.path(name);
        std::fs::write(&path, [&one[..], &one].concat()).expect("a file");
        let converted = convert(&path, FAST);
        assert_eq!(converted.video().samples.len(), 40);
        says(&converted, &format!("2 {kind} files one behind the other"));
        strict_minds(&path);
    }
}

#[test]
fn a_video_behind_a_photo_is_reported_as_left_out() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let photo = read(&generate::video("photo.jpg", "{v} -frames:v 1"));
    let video = read(&generate::video("moving.mp4", "{v} -c:v libx264"));
    for (name, before) in [("MVIMG_1.jpg", &b""[..]), ("20240501_120000.jpg", b"MotionPhoto_Data")]
    {
        let path = workspace.path(name);
        std::fs::write(&path, [&photo, before, &video[..]].concat()).expect("a photo");
        let converted = convert(&path, FAST);
        assert_eq!(converted.video().samples.len(), 1);
        let begin = photo.len() + before.len() + 1;
        says(&converted, &format!("a video is behind the picture; `tail -c +{begin} "));
        strict_minds(&path);
    }
    let plain = convert(&generate::video("photo.jpg", "{v} -frames:v 1"), "--strict").outcome;
    assert!(!plain.stderr.contains("behind the picture"), "{}", plain.stderr);
}

/// Containers that state how long they are, in whose cut form FFmpeg finds no error, or another one.
#[test]
fn a_file_shorter_than_its_headers_state_is_reported() {
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

#[test]
fn frames_missing_from_the_index_or_the_data_are_reported() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let write = |name: &str, bytes: &[u8]| {
        let path = workspace.path(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    let plain = read(&generate::video("tables.mp4", "{v} -c:v libx264 -bf 0"));
    let at = |name: &[u8]| memchr::memmem::find(&plain, name).expect("a table");
    // Number of sizes; pictures in a chunk.
    for (name, place) in [("sizes.mp4", at(b"stsz") + 12), ("chunks.mp4", at(b"stsc") + 16)] {
        let mut bytes = plain.clone();
        bytes[place..place + 4].copy_from_slice(&20_u32.to_be_bytes());
        let path = write(name, &bytes);
        let converted = convert(&path, FAST);
        assert_eq!(converted.video().samples.len(), 20, "{name}");
        says(&converted, "its index lists 40 pictures, but lets only 20 be found");
        strict_minds(&path);
    }
    let fragments = "{v} -c:v libx264 -bf 0 -g 10 -movflags frag_keyframe+empty_moov";
    let mut bytes = read(&generate::video("zeros.mp4", fragments));
    let second = memchr::memmem::find_iter(&bytes, b"moof").nth(1).expect("a fragment") - 4;
    bytes[second..second + 200].fill(0);
    let path = write("zeros.mp4", &bytes);
    let converted = convert(&path, FAST);
    assert_eq!(converted.video().samples.len(), 10);
    says(&converted, &format!("there is no box of MP4 at byte {second}; the fragments behind"));
    strict_minds(&path);
}

#[test]
fn pictures_missing_in_a_raw_stream_are_counted() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let x265 = "-c:v libx265 -preset ultrafast -x265-params log-level=error:bframes=0";
    // The type of pictures that are no keyframes, and where it is in a NAL unit.
    for (name, codec, kind) in [("lost.h264", "-c:v libx264 -bf 0", 0x41), ("lost.hevc", x265, 2)] {
        let whole = generate::video(name, &format!("{{v}} {codec} -g 20"));
        let clean = convert(&whole, "--preset ultrafast --strict");
        assert_eq!(clean.video().samples.len(), 40, "{name}");
        let bytes = read(&whole);
        let mut starts: Vec<usize> = memchr::memmem::find_iter(&bytes, b"\0\0\x01").collect();
        starts.push(bytes.len());
        let mut pictures = starts.windows(2).filter(|nal| bytes[nal[0] + 3] == kind);
        let lost = pictures.nth(5).expect("a picture");
        let path = workspace.path(name);
        let rest = [&bytes[..lost[0]], &bytes[lost[1]..]].concat();
        std::fs::write(&path, rest).expect("a file");
        let converted = convert(&path, FAST);
        assert_eq!(converted.video().samples.len(), 39, "{name}");
        says(&converted, "pictures missing in the stream, by its own numbers");
        strict_minds(&path);
    }
    // Where it begins with pictures that refer to others before it, nothing is missing of what it holds.
    let open = "-c:v libx265 -preset ultrafast -x265-params log-level=error:open-gop=1:keyint=20:bframes=3";
    let clip = format!("{{v}} {open} > clip.mp4");
    let path = generate::steps("open.mp4", &[&clip, "-ss 0.9 -i {prev} -c copy"]);
    let converted = convert(&path, FAST);
    assert!(!converted.outcome.stderr.contains("missing"), "{}", converted.outcome.stderr);
}

#[test]
fn a_last_picture_that_is_cut_counts_as_damaged() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let j2k = "{v} -c:v jpeg2000 -f image2pipe";
    let dnxhd = "-f lavfi -i testsrc2=size=1920x1080:rate=25:duration=0.2 -c:v dnxhd -b:v 120M -pix_fmt yuv422p";
    for (name, command, words) in [
        ("cut.j2c", j2k, "damaged packets that could not be decoded"),
        ("cut.dnxhd", dnxhd, "damaged packets that could not be decoded"),
        ("cut.mpjpeg", "{v} -c:v mjpeg -f mpjpeg", "it ends in the middle of its data"),
    ] {
        let whole = generate::video(name, command);
        convert(&whole, "--preset ultrafast --strict");
        let bytes = read(&whole);
        let path = workspace.path(name);
        std::fs::write(&path, &bytes[..bytes.len() - 1500]).expect("a file");
        says(&convert(&path, FAST), words);
        strict_minds(&path);
    }
}

#[test]
fn a_codec_change_in_a_transport_stream_is_reported() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let h264 = read(&generate::video("first.ts", "{v} -c:v libx264 -bf 0"));
    let x265 = "-c:v libx265 -preset ultrafast -x265-params log-level=error";
    let workspace = Workspace::new();
    for (codec, name) in [(x265, "H.265"), ("-c:v mpeg2video", "MPEG-2")] {
        let later = format!("{{v}} {codec} -output_ts_offset 1.6");
        let other = read(&generate::video("other.ts", &later));
        let path = workspace.path("change.ts");
        std::fs::write(&path, [&h264[..], &other].concat()).expect("a file");
        let converted = convert(&path, FAST);
        says(&converted, &format!("its video changes from H.264 to {name} at "));
        says(&converted, "tail -c +");
        assert!((39..=40).contains(&converted.video().samples.len()), "{name}");
        // What FFmpeg takes for the end of the last picture.
        assert!(converted.outcome.summary("damaged") <= 1, "{}", converted.outcome.stderr);
        strict_minds(&path);
    }
}

#[test]
fn a_codec_change_of_sound_is_reported_only_where_the_sound_is_recorded() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let part = |name: &str, sound: &str| {
        let tone = "-f lavfi -i sine=frequency=440:sample_rate=48000:duration=1.6";
        read(&generate::video(name, &format!("{{v}} {tone} -c:v libx264 -bf 0 -c:a {sound}")))
    };
    let aac = part("aac.ts", "aac");
    let workspace = Workspace::new();
    for (codec, name) in [("ac3", "AC-3"), ("mp2", "MPEG audio")] {
        let other = part("other.ts", &format!("{codec} -output_ts_offset 1.6"));
        let again = part("again.ts", "aac -output_ts_offset 3.2");
        let path = workspace.path("change.ts");
        std::fs::write(&path, [&aac[..], &other, &again].concat()).expect("a file");
        let converted = convert(&path, FAST);
        let stderr = &converted.outcome.stderr;
        says(&converted, &format!("its sound changes from AAC to {name} at "));
        says(&converted, ", and back at ");
        // At most the one that FFmpeg's parser makes of both codecs.
        assert!(!stderr.contains("× damaged packets of sound"), "{stderr}");
        assert_eq!(converted.video().samples.len(), 120, "{name}");
        let sound = heard(&converted.recording.sounds["audio"]);
        let rate = sound.sample_rate as usize;
        let is_silent = |from: usize, to: usize| {
            sound.channel(0)[from * rate / 1000..to * rate / 1000].iter().all(|&value| value == 0.0)
        };
        assert!(is_silent(1700, 3150) && !is_silent(1400, 1500), "{name}");
        // FFmpeg's parser takes the first frames for the rest of the other codec.
        assert!(!is_silent(3800, 3900) && (4.7..4.9).contains(&sound.seconds()), "{name}");
        strict_minds(&path);
        let silent = convert(&path, &format!("{FAST} --no-audio"));
        assert!(!silent.outcome.stderr.contains("its sound"), "{}", silent.outcome.stderr);
    }
}

#[test]
fn foreign_data_counts_within_a_file_and_not_after_its_end() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let noise: Vec<u8> = (0..3000_u32).map(|n| ((n * n * 31) >> 5) as u8).collect();
    for (name, codec) in [
        ("within.webm", "-c:v libvpx -b:v 2M"),
        ("within.ogv", "-c:v libtheora"),
        ("within.mxf", "-s 720x576 -c:v mpeg2video"),
    ] {
        let mut bytes = read(&generate::video(name, &format!("{{v}} {codec}")));
        let half = bytes.len() / 2;
        bytes[half..half + noise.len()].copy_from_slice(&noise);
        let path = workspace.path(name);
        std::fs::write(&path, bytes).expect("a file");
        let converted = convert(&path, FAST);
        assert!(converted.outcome.summary("damaged") > 0, "{}", converted.outcome.stderr);
        strict_minds(&path);
    }
    // Some cameras append data of their own.
    let clip = read(&generate::video("before.mp4", "{v} -c:v libx264 -bf 0"));
    let path = workspace.path("before.mp4");
    std::fs::write(&path, [&clip[..], &[0x93; 3000]].concat()).expect("a file");
    let converted = convert(&path, "--preset ultrafast --strict");
    assert_eq!(converted.video().samples.len(), 40);
}

#[test]
fn damage_that_the_demuxer_does_not_report_is_reported() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let gif = read(&generate::video("whole.gif", "{v}"));
    let program = read(&generate::video("whole.mpg", "{v} -c:v mpeg2video"));
    // As of bad sectors.
    let mut zeros = gif.clone();
    zeros[gif.len() / 2..][..4096].fill(0);
    let behind = [&gif[..], &vec![0; 4096]].concat();
    for (name, bytes) in [
        ("zeros.gif", zeros),
        ("behind.gif", behind),
        ("reserved.mpg", [&program[..program.len() / 2], &vec![0; 200_000]].concat()),
    ] {
        let path = workspace.path(name);
        std::fs::write(&path, bytes).expect("a file");
        let left = convert(&path, FAST);
        assert!((10..=40).contains(&left.video().samples.len()), "{name}");
        says(&left, "it ends in the middle of its data");
        strict_minds(&path);
    }
}
