//! The effect of each option on the recording.
//! Invalid options are in `errors`; outputs have their own module.

use std::path::PathBuf;

use crate::support::check::{Wanted, assert_contract, assert_contract_as, sps_of, violations};
use crate::support::convert::convert;
use crate::support::probe::{Named, source, source_of};
use crate::support::recording::Recording;
use crate::support::run::{Workspace, vstream};
use crate::support::{generate, skip};

/// Four seconds at 25 frames a second, with B frames and few keyframes.
fn clip() -> Option<PathBuf> {
    let pattern = "-f lavfi -i testsrc2=size=128x96:rate=25:duration=4";
    let clip = || generate::video("clip.mp4", &format!("{pattern} -c:v libx264 -bf 2 -g 50"));
    skip::have(&["ffmpeg", "ffprobe"]).then(clip)
}

const FRAME: i64 = 40_000_000;

#[test]
fn start_and_duration_cut_to_the_frame() {
    let Some(path) = clip() else { return };
    let converted = convert(&path, "--preset ultrafast --start 1.5 --duration 0.8");
    assert_contract(&converted.recording);
    let times = converted.video().times();
    // 1.5 s falls between frames 37 and 38, and 20 frames begin in the 0.8 s after it.
    assert_eq!(times.len(), 20, "{times:?}");
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == FRAME), "{times:?}");
}

#[test]
fn fps_makes_a_constant_rate() {
    let Some(path) = clip() else { return };
    let converted = convert(&path, "--preset ultrafast --fps 10");
    assert_contract(&converted.recording);
    let times = converted.video().times();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 100_000_000), "{times:?}");
    assert_eq!(times.len(), 40, "frames in 4 s");
    // The last frame is repeated like every other.
    let converted = convert(&path, "--preset ultrafast --fps 50");
    assert_contract(&converted.recording);
    assert_eq!(converted.video().times().len(), 200, "frames in 4 s");
}

#[test]
fn sizes_are_as_asked() {
    let Some(path) = clip() else { return };
    let size = |options: &str| {
        let converted = convert(&path, &format!("--preset ultrafast --duration 0.4 {options}"));
        let sps = sps_of(converted.video());
        (sps.width, sps.height)
    };
    assert_eq!(size("--size 64x64"), (64, 64));
    assert_eq!(size("--max-size 64x64"), (64, 48), "the aspect is kept");
    assert_eq!(size("--max-size 1000x1000"), (128, 96), "nothing is enlarged");
}

#[test]
fn a_filter_chain_is_applied() {
    let Some(path) = clip() else { return };
    let converted = convert(&path, "--preset ultrafast --filter crop=64:32,vflip");
    assert_contract(&converted.recording);
    let sps = sps_of(converted.video());
    assert_eq!((sps.width, sps.height), (64, 32));
    assert_eq!(converted.video().samples.len(), 100);
}

#[test]
fn keyframes_come_as_often_as_asked() {
    let Some(path) = clip() else { return };
    let converted = convert(&path, "--preset ultrafast --keyframe-interval 0.2");
    let wanted = Wanted { keyframe_interval: 200_000_000, ..Wanted::default() };
    assert_contract_as(&converted.recording, &wanted);
    assert!(converted.video().keyframes.len() >= 20);
}

#[test]
fn timeline_entity_and_name_are_as_asked() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("--preset ultrafast --timeline video --entity world/camera/image");
    run.arg("--name").arg("My recording").arg("--save").arg(&to).arg(&path).run().expect(0);
    let recording = Recording::open_on(&to, "video");
    assert_contract_as(&recording, &Wanted { timeline: "video", ..Wanted::default() });
    assert_eq!(recording.videos.keys().collect::<Vec<_>>(), ["world/camera/image"]);
    let name = recording.properties.get("RecordingInfo:name").expect("a name");
    assert!(name.contains("My recording"), "{name}");
}

#[test]
fn a_recording_names_its_source() {
    let Some(path) = clip() else { return };
    let converted = convert(&path, "--preset ultrafast");
    let properties = &converted.recording.properties;
    let name = properties.get("RecordingInfo:name").expect("a name");
    assert!(name.contains("clip"), "{name}");
    let all: String = properties.values().map(String::as_str).collect::<Vec<_>>().join(" ");
    for word in ["clip.mp4", "h264", "libx264", "ultrafast", "128", env!("CARGO_PKG_VERSION")] {
        assert!(all.contains(word), "no {word} in the properties: {properties:?}");
    }
}

#[test]
fn timestamps_are_kept_where_asked() {
    let Some(_) = clip() else { return };
    let path = generate::video("late.ts", "{v} -c:v libx264 -bf 2 -output_ts_offset 37.123");
    let source = source(&path).expect("a video stream");
    let kept: Vec<i64> = source.ticks().into_iter().map(|pts| source.nanoseconds(pts)).collect();
    let converted = convert(&path, "--preset ultrafast --keep-timestamps");
    assert_contract(&converted.recording);
    assert_eq!(converted.video().times(), kept);
}

/// A file with a large and a small video, which also start at different times.
fn two_videos() -> PathBuf {
    generate::video(
        "two.mkv",
        "{v} -itsoffset 0.2 -f lavfi -i testsrc2=size=160x120:rate=20:duration=1.6 {a} \
         -map 0 -map 1 -map 2 -c:v libx264 -bf 0 -c:a aac",
    )
}

#[test]
fn a_stream_can_be_chosen() {
    let Some(_) = clip() else { return };
    let path = two_videos();
    for (stream, size, count) in [(0, (128, 96), 40), (1, (160, 120), 32)] {
        let converted = convert(&path, &format!("--preset ultrafast --stream {stream}"));
        assert_contract(&converted.recording);
        let sps = sps_of(converted.video());
        assert_eq!(((sps.width, sps.height), converted.video().samples.len()), (size, count));
    }
}

#[test]
fn all_streams_become_entities_in_step() {
    let Some(_) = clip() else { return };
    let path = two_videos();
    let converted = convert(&path, "--preset ultrafast --all-streams");
    let videos = &converted.recording.videos;
    assert_eq!(videos.len(), 2, "{:?}", videos.keys());
    let input = Named { options: "", path: &path };
    let mut expected =
        [0, 1].map(|stream| source_of(&input, Some(stream)).expect("a stream").times());
    let mut got: Vec<_> = videos.values().map(|video| video.times()).collect();
    expected.sort_by_key(Vec::len);
    got.sort_by_key(Vec::len);
    assert_eq!(got, expected);
    let broken: Vec<_> = videos.values().flat_map(|v| violations(v, &Wanted::default())).collect();
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn several_inputs_go_to_one_recording() {
    let Some(path) = clip() else { return };
    let other = generate::video("clip.mkv", "{v} -c:v libx264 -bf 2");
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("--preset ultrafast --save").arg(&to);
    // One of them twice: names must be made unique.
    run.arg(&path).arg(&other).arg(&other).run().expect(0);
    let recording = Recording::open(&to);
    let mut counts: Vec<_> = recording.videos.values().map(|video| video.samples.len()).collect();
    counts.sort_unstable();
    assert_eq!(counts, [40, 40, 100], "{:?}", recording.videos.keys());
    for (name, video) in &recording.videos {
        assert!(name.contains("clip"), "an entity is named {name}");
        assert_eq!(violations(video, &Wanted::default()), Vec::<String>::new(), "{name}");
    }
    assert!(recording.default_blueprint);
}

#[test]
fn files_of_one_name_are_named_by_the_folders_that_differ() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let mut run = vstream().words("--preset ultrafast --duration 0.4 --save").arg(&to);
    for camera in ["top", "wrist"] {
        let folder = workspace.path(format!("videos/{camera}/chunk-000"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let episode = folder.join("episode_000000.mp4");
        std::fs::copy(&path, &episode).expect("a copy");
        run = run.arg(episode);
    }
    run.run().expect(0);
    let recording = Recording::open(&to);
    let entities: Vec<_> = recording.videos.keys().map(|e| e.trim_start_matches('/')).collect();
    assert_eq!(entities, ["top/episode_000000.mp4", "wrist/episode_000000.mp4"]);
}

#[test]
fn a_synthetic_source_needs_no_file() {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let graph = "lavfi:testsrc2=size=128x96:rate=25:duration=2";
    let outcome = vstream().arg(graph).words("--preset ultrafast --save").arg(&to).run().expect(0);
    let recording = Recording::open(&to);
    assert_contract(&recording);
    assert_eq!(recording.only_video().samples.len(), 50);
    assert_eq!(outcome.summary("logged"), 50);
}

#[test]
fn the_summary_comes_last_unless_quiet() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let run = |to: &str, options: &str| {
        let run = vstream().words("--preset ultrafast --save").arg(workspace.path(to));
        run.words(options).arg(&path).run().expect(0)
    };
    assert_eq!(run("quiet.rrd", "-q").stderr, "");
    let loud = run("loud.rrd", "");
    let counts = ["read", "logged", "dropped", "damaged"].map(|word| loud.summary(word));
    assert_eq!(counts, [100, 100, 0, 0]);
    assert!(loud.stdout.is_empty(), "stdout is for data");
    assert!(!loud.stderr.contains('\r') && !loud.stderr.contains('\u{1b}'), "{:?}", loud.stderr);
}
