//! Timestamps of files: clocks that jump, rates that are given, missing or absurd, and cuts.
//! Live sources are in `live`, timestamps from other files in `timestamps`.

mod fields;

use std::path::{Path, PathBuf};

use crate::support::check::assert_contract;
use crate::support::convert::convert;
use crate::support::generate::{made, steps, video};
use crate::support::run::{Workspace, read, vstream};
use crate::support::skip;

const MS: i64 = 1_000_000;

/// Whole milliseconds, to compare with.
fn millis(times: &[i64]) -> Vec<i64> {
    times.iter().map(|t| (t + MS / 2) / MS).collect()
}

fn every(step: i64, count: i64) -> Vec<i64> {
    (0..count).map(|n| n * step).collect()
}

/// How often a warning was printed, by its words.
fn told(stderr: &str, words: &str) -> usize {
    stderr.lines().filter(|line| line.contains("warning:") && line.contains(words)).count()
}

/// 40 frames of MPEG-TS from this clock on, in seconds.
fn part(clock: i64) -> String {
    format!("{{v}} -c:v libx264 -g 10 -output_ts_offset {clock} > part.ts")
}

/// Two such parts behind each other.
fn two_parts(first: i64, second: i64) -> PathBuf {
    let parts = [part(first), part(second)];
    steps("leap.ts", &[parts[0].as_str(), parts[1].as_str(), "join {0} {1}"])
}

#[test]
fn times_continue_when_the_clock_restarts() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // Forward; back, which libavformat takes for a wrap of 2^33 ticks; back a little, which it does not.
    for (first, second) in [(0, 30_000), (30_000, 0), (30, 0), (0, 20)] {
        let converted = convert(&two_parts(first, second), "");
        assert_contract(&converted.recording);
        let stderr = &converted.outcome.stderr;
        assert_eq!(millis(&converted.video().times()), every(40, 80), "{first} {second}\n{stderr}");
        assert_eq!(told(stderr, "clock jumps"), 1, "{stderr}");
        assert!(stderr.contains("at 1.600 s"), "{stderr}");
        assert_eq!(converted.outcome.summary("damaged"), 0, "{stderr}");
    }
}

/// Nanoseconds count 292 years. What is behind them was left out without a word.
#[test]
fn times_beyond_64_bits_are_an_error() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let slow = made("ages.avi", &"136 years a frame", |to| {
        let mut bytes = read(&video("quick.avi", "{v} -c:v libx264 -bf 0 -g 20"));
        let header = bytes.windows(4).position(|name| name == b"strh").expect("a header");
        let rate = [u32::MAX.to_le_bytes(), 1_u32.to_le_bytes()].concat();
        bytes[header + 28..header + 36].copy_from_slice(&rate);
        std::fs::write(to, bytes).expect("a file");
    });
    for codec in ["h264", "copy", "auto"] {
        let workspace = Workspace::new();
        let to = workspace.path("out.rrd");
        let run = vstream().arg(&slow).words("--codec").arg(codec).arg("--save").arg(&to);
        let outcome = run.run().expect(1);
        outcome.says(&[
            "cannot read ",
            "ages.avi: its times go on for more than 292 years",
            "hint: ",
        ]);
        assert!(!to.exists() && workspace.path("out.partial.rrd").exists(), "{}", outcome.stderr);
        assert!(outcome.summary("logged") > 0);
    }
    // Only so much was asked for.
    let converted = convert(&slow, "--duration 1000000000");
    assert_eq!(converted.video().samples.len(), 1);
}

#[test]
fn clock_restarts_of_other_containers_are_followed() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let program = |clock: i64| {
        format!("{{v}} -c:v mpeg2video -bf 0 -g 10 -output_ts_offset {clock} -f mpeg > part.mpg")
    };
    let programs = [program(0), program(300)];
    let flash = "{v} -c:v libx264 -bf 0 -g 10 > part.flv";
    let later = "{v} -c:v libx264 -bf 0 -g 10 -output_ts_offset 3600 > part.flv";
    let rows = [
        steps("leap.mpg", &[programs[0].as_str(), programs[1].as_str(), "join {0} {1}"]),
        steps("back.mpg", &[programs[1].as_str(), programs[0].as_str(), "join {0} {1}"]),
        // The second has no header of the file, as a recorder that continues writes it.
        steps("again.flv", &[flash, flash, "drop 13 {1} > rest.flv", "join {0} {2}"]),
        steps("leap.flv", &[flash, later, "drop 13 {1} > rest.flv", "join {0} {2}"]),
        steps("back.flv", &[later, flash, "drop 13 {1} > rest.flv", "join {0} {2}"]),
    ];
    for path in rows {
        let converted = convert(&path, "");
        assert_contract(&converted.recording);
        let (name, stderr) = (path.display(), &converted.outcome.stderr);
        let times = millis(&converted.video().times());
        assert_eq!(told(stderr, "clock jumps"), 1, "{name} {stderr}");
        assert!((78..=80).contains(&times.len()), "{name} {times:?}");
        let most = times.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(most.is_some_and(|most| most <= 120), "{name} {times:?}");
    }
}

#[test]
fn a_jump_does_not_hide_what_is_lost_elsewhere() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let whole = two_parts(0, 30_000);
    let lossy = made("leap_lossy.ts", &"a packet of the picture is missing", |to| {
        let bytes = std::fs::read(&whole).expect("a file");
        let is_video = |packet: &[u8]| packet[1] & 0x1f == 1 && packet[2] == 0;
        let packets: Vec<&[u8]> = bytes.chunks(188).collect();
        let behind = packets.len() * 3 / 4;
        let lost = (behind..packets.len()).find(|&n| is_video(packets[n])).expect("a packet");
        let kept = packets.iter().enumerate().filter(|(n, _)| *n != lost);
        std::fs::write(to, kept.map(|(_, p)| *p).collect::<Vec<_>>().concat()).expect("a file");
    });
    let converted = convert(&lossy, "");
    let stderr = &converted.outcome.stderr;
    assert_eq!(told(stderr, "clock jumps"), 1, "{stderr}");
    assert!(converted.outcome.summary("damaged") > 0, "{stderr}");
}

#[test]
fn a_true_wrap_of_the_clock_is_no_jump() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // The counter has 33 bits: the clock begins 0.8 s before it is full.
    let path = video("wrap.ts", "{v} -c:v libx264 -muxdelay 0 -output_ts_offset 95442.917");
    let converted = convert(&path, "");
    assert_eq!(millis(&converted.video().times()), every(40, 40));
    assert_eq!(told(&converted.outcome.stderr, "clock"), 0, "{}", converted.outcome.stderr);
}

#[test]
fn a_gap_in_a_file_is_kept() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let gap = "setpts='N/25/TB+gte(N,20)*3600/TB'";
    let path =
        video("gap.mkv", &format!("{{v}} -vf {gap} -fps_mode passthrough -c:v libx264 -bf 0"));
    let converted = convert(&path, "");
    let times = millis(&converted.video().times());
    assert_eq!((times[19], times[20]), (760, 3_600_800), "{}", converted.outcome.stderr);
    assert_eq!(told(&converted.outcome.stderr, "clock"), 0, "{}", converted.outcome.stderr);
}

/// A playlist of three segments, each with its own clock.
fn playlist() -> PathBuf {
    made("list.m3u8", &"discontinuities", |path| {
        let folder = path.parent().expect("a folder");
        let mut list = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n".to_owned();
        for (n, clock) in [0, 500, 0].into_iter().enumerate() {
            let command = format!("{{v}} -c:v libx264 -g 10 -output_ts_offset {clock}");
            let segment = video(&format!("segment{n}.ts"), &command);
            let name = format!("segment{n}.ts");
            std::fs::copy(segment, folder.join(&name)).expect("a segment");
            list += &format!("#EXT-X-DISCONTINUITY\n#EXTINF:1.6,\n{name}\n");
        }
        std::fs::write(path, list + "#EXT-X-ENDLIST\n").expect("a playlist");
    })
}

#[test]
fn discontinuities_of_a_playlist_leave_no_gap_and_can_be_cut() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = playlist();
    assert_eq!(millis(&convert(&path, "").video().times()), every(40, 120));
    let cut = convert(&path, "--start 2 --duration 2");
    assert_eq!(millis(&cut.video().times()), every(40, 100)[50..]);
    // Nothing fills a hole.
    assert_eq!(convert(&path, "--fps 10").video().samples.len(), 48);
}

#[test]
fn start_after_a_clock_jump_counts_as_players_do() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    for (first, second) in [(0, 30_000), (30_000, 0), (30, 0)] {
        let cut = convert(&two_parts(first, second), "--start 2.4");
        assert_eq!(millis(&cut.video().times()), every(40, 80)[60..], "{first} {second}");
    }
}

#[test]
fn several_streams_of_an_input_jump_together() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let two = |clock: i64| {
        let map = "-map 0:v -map 1:v -c:v libx264 -g 10";
        format!("{{v}} {{v}} {map} -output_ts_offset {clock} > part.ts")
    };
    let parts = [two(0), two(1000)];
    let path = steps("two.ts", &[parts[0].as_str(), parts[1].as_str(), "join {0} {1}"]);
    let converted = convert(&path, "--all-streams");
    assert_eq!(converted.recording.videos.len(), 2);
    for video in converted.recording.videos.values() {
        assert_eq!(millis(&video.times()), every(40, 80));
    }
}

fn raw(name: &str, options: &str) -> PathBuf {
    video(name, &format!("{{v}} -c:v libx264 -bf 0 -g 10 {options} -f h264"))
}

#[test]
fn a_given_rate_spaces_frames_evenly() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let mp4 = video("rate.mp4", "{v} -c:v libx264");
    for path in [raw("rate.h264", ""), mp4] {
        let converted = convert(&path, "--framerate 3");
        let wanted: Vec<i64> = (0..40).map(|n| (n * 1_000_000_000 + 1) / 3).collect();
        assert_eq!(converted.video().times(), wanted, "{}", path.display());
        assert_contract(&converted.recording);
    }
    // Times are equal, as a broken recorder writes them.
    let same = video("same.mkv", "{v} -c:v libx264 -bf 0 -bsf:v setts=pts=0:dts=N");
    let said = convert(&same, "").outcome.stderr;
    assert!(said.contains("all but equal") && said.contains("--framerate"), "{said}");
    assert_eq!(millis(&convert(&same, "--framerate 25").video().times()), every(40, 40));
}

#[test]
fn missing_and_absurd_rates_are_replaced_with_a_warning() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let untimed =
        "{v} -c:v libx265 -x265-params log-level=error:bframes=0:vui-timing-info=0 -f hevc";
    let absurd = raw("absurd.h264", "-bsf:v h264_metadata=tick_rate=2000000");
    for path in [video("untimed.hevc", untimed), absurd] {
        let converted = convert(&path, "");
        let said = &converted.outcome.stderr;
        assert_eq!(millis(&converted.video().times()), every(40, 40), "{said}");
        assert_eq!(told(said, "25 fps are assumed"), 1, "{said}");
        assert!(said.contains("--framerate"), "{said}");
    }
    // Pictures one behind the other, bare or as a camera sends them over HTTP, whose parts have no times.
    let pictures = read(&video("pictures.mjpeg", "{v} -c:v mjpeg"));
    let parts = read(&video("parts.mpjpeg", "{v} -c:v mjpeg -f mpjpeg"));
    let workspace = Workspace::new();
    for (name, bytes) in [("bare.bin", pictures), ("saved.mjpeg", parts)] {
        let path = workspace.path(name);
        std::fs::write(&path, bytes).expect("a file");
        let converted = convert(&path, "");
        let said = &converted.outcome.stderr;
        assert_contract(&converted.recording);
        assert_eq!(millis(&converted.video().times()), every(40, 40), "{said}");
        assert_eq!(told(said, "25 fps are assumed"), 1, "{said}");
        let given = convert(&path, "--framerate 10");
        assert_eq!(millis(&given.video().times()), every(100, 40));
    }
    // Containers whose times are counted at the rate in their header.
    let y4m = read(&video("rate.y4m", "{v}"));
    let avi = read(&video("rate.avi", "{v} -c:v rawvideo -pix_fmt yuv420p"));
    let units = avi.windows(4).position(|word| word == b"strh").expect("a header") + 28;
    let with_units = |scale: u32, rate: u32| {
        let units_of = [scale.to_le_bytes(), rate.to_le_bytes()].concat();
        [&avi[..units], &units_of, &avi[units + 8..]].concat()
    };
    let with_rate = |rate: &str| {
        let at = y4m.windows(6).position(|word| word == b" F25:1").expect("a rate");
        [&y4m[..at], rate.as_bytes(), &y4m[at + 6..]].concat()
    };
    for (name, bytes) in [
        ("unknown.y4m", with_rate(" F0:0")),
        ("absurd.y4m", with_rate(" F1000000:1")),
        ("unknown.avi", with_units(0, 0)),
        ("absurd.avi", with_units(1, 1_000_000)),
    ] {
        let path = workspace.path(name);
        std::fs::write(&path, bytes).expect("a file");
        let converted = convert(&path, "");
        let said = &converted.outcome.stderr;
        assert_eq!(millis(&converted.video().times()), every(40, 40), "{said}");
        assert_eq!(told(said, "25 fps are assumed"), 1, "{said}");
    }
    let one = convert(&video("one.png", "{v} -frames:v 1"), "").outcome.stderr;
    assert_eq!(told(&one, "assumed"), 0, "{one}");
    for options in ["", "--codec copy"] {
        let said = convert(&raw("said.h264", ""), options).outcome.stderr;
        assert_eq!(told(&said, "assumed"), 0, "{said}");
    }
    let said = convert(&video("untimed.hevc", untimed), "--codec copy").outcome.stderr;
    assert_eq!(told(&said, "25 fps are assumed"), 1, "{said}");
}

/// FFmpeg before 6 gives the first frame a 25th of a second.
#[test]
fn raw_h261_uses_the_clock_of_its_standard() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let small = "-f lavfi -i testsrc2=size=176x144:rate=25:duration=1.6 -c:v h261";
    let times = convert(&video("raw.h261", small), "").video().times();
    assert_eq!(times.len(), 40);
    assert!(
        times.iter().zip(0..).all(|(time, nth)| (time - nth * 33_366_667).abs() < 1000),
        "{times:?}"
    );
}

#[test]
fn raw_streams_and_others_that_cannot_seek_are_cut() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let others = [
        ("cut.hevc", "{v} -c:v libx265 -x265-params log-level=error -f hevc"),
        ("cut.m4v", "{v} -c:v mpeg4 -f m4v"),
        ("cut.m1v", "{v} -c:v mpeg1video -f mpeg1video"),
        ("cut.swf", "{v} -c:v flv1 -f swf"),
    ];
    let paths = others.map(|(name, command)| video(name, command));
    for path in [vec![raw("cut.h264", "")], paths.into()].concat() {
        let cut = convert(&path, "--start 0.8");
        assert_eq!(millis(&cut.video().times()), every(40, 40)[20..], "{}", path.display());
    }
    let cut = convert(&raw("cut.h264", ""), "--start 0.8 --codec copy");
    assert_eq!(millis(&cut.video().times()), every(40, 40)[20..]);
}

#[test]
fn a_start_takes_the_frame_nearest_to_it() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path =
        video("thirds.mp4", "-f lavfi -i testsrc2=size=128x96:rate=30:duration=1 -c:v libx264");
    let first = |start: &str| convert(&path, &format!("--start {start}")).video().times()[0];
    // 0.066667 s, rounded to milliseconds.
    assert_eq!(first("0.067"), 66_666_667);
    assert_eq!(first("0.066"), 66_666_667);
    assert_eq!(first("0.09"), 100_000_000);
    let cut = convert(&path, "--start 0.067 --duration 0.067");
    assert_eq!(cut.video().times(), [66_666_667, 100_000_000]);
}

#[test]
fn rebase_makes_a_part_begin_at_time_zero() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = video("rebased.mp4", "{v} -c:v libx264 -bf 0 -g 10");
    for codec in ["h264", "copy"] {
        let options = format!("--codec {codec} --start 0.8 --duration 0.4 --rebase");
        let options = options + " --start-time 2024-05-01T12:00:00Z";
        let cut = convert(&path, &options);
        let video = cut.video();
        assert_eq!(millis(&video.times()), every(40, 10), "{codec}");
        let captured = video.samples[0].capture_time.expect("a capture time");
        assert_eq!(captured, 1_714_564_800_800_000_000, "{codec}");
    }
}

#[test]
fn the_first_picture_of_a_file_without_presentation_times_is_time_zero() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    for (name, pyramid) in [("reordered.avi", "none"), ("pyramid.avi", "normal")] {
        let path =
            video(name, &format!("{{v}} -c:v libx264 -x264-params bframes=3:b-pyramid={pyramid}"));
        assert_eq!(millis(&convert(&path, "").video().times()), every(40, 40), "{name}");
    }
}

#[test]
fn pictures_of_two_fields_in_two_packets_last_as_long_as_others() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = field_coded();
    let converted = convert(&path, "--deinterlace off");
    let times = converted.video().times();
    assert_eq!(millis(&times), every(40, times.len() as i64), "{}", converted.outcome.stderr);
    assert_eq!(times.len(), 4);
}

/// Four pictures of 25 a second, each of them two field pictures of grey: written bit by bit, since no encoder that
/// FFmpeg has codes fields apart.
fn field_coded() -> PathBuf {
    made("fields.h264", &"four grey pictures", |path: &Path| {
        std::fs::write(path, fields::stream(4)).expect("a stream");
    })
}
