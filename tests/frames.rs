//! `FrameWriter`: times, threads, errors and ends.
//! Pixel layouts and sizes are in `layouts`.

use std::time::{Duration, SystemTime};

use ::vstream::{
    CodecChoice, ErrorKind, FrameConfig, FrameRate, FrameWriter, PixelLayout, Size, VideoConfig,
};
use rerun::log::{Chunk, LogMsg};
use rerun::{RecordingStream, RecordingStreamBuilder, VideoStream};

use crate::support::check::{SECOND, Wanted, sps_of, violations};
use crate::support::recording::Recording;
use crate::support::run::{Workspace, wait_until};

fn stream(workspace: &Workspace) -> RecordingStream {
    RecordingStreamBuilder::new("frames").save(workspace.path("out.rrd")).expect("a file")
}

/// A recording of what is written.
#[track_caller]
pub fn recorded(
    workspace: &Workspace,
    config: &FrameConfig,
    write: impl FnOnce(&mut FrameWriter),
) -> Recording {
    let rec = stream(workspace);
    let mut writer = FrameWriter::new(&rec, "camera", config).expect("a writer");
    write(&mut writer);
    writer.finish().expect("an end");
    rec.flush_blocking().expect("a file");
    drop(rec);
    Recording::open_on(&workspace.path("out.rrd"), "time")
}

fn grey(size: Size) -> FrameConfig {
    FrameConfig::new(size, PixelLayout::Gray)
}

/// The time of a picture, thirty a second.
pub fn at(frame: u32) -> Duration {
    Duration::from_secs(1) * frame / 30
}

#[test]
fn times_are_those_given_and_keyframes_come_by_time() {
    let workspace = Workspace::new();
    let interval = Duration::from_millis(250);
    let video = VideoConfig::default().with_keyframe_interval(interval);
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let config = grey(Size::new(64, 48)).with_video(video).with_start_time(start);
    // Slow, fast, and one nanosecond apart.
    let mut times: Vec<i64> = (0..20).map(|i| 7 + i * 100_000_000).collect();
    times.extend((0..20).map(|i| 2 * SECOND + i * 5_000_001));
    times.extend([3 * SECOND, 3 * SECOND + 1, 60 * SECOND]);
    let recording = recorded(&workspace, &config, |writer| {
        for time in &times {
            let pixels = vec![*time as u8; 64 * 48];
            writer.write(Duration::from_nanos(*time as u64), &pixels).expect("a picture");
        }
    });
    let video = recording.only_video();
    assert_eq!(video.times(), times);
    let captured: Vec<_> = video.samples.iter().filter_map(|s| s.capture_time).collect();
    let expected: Vec<_> = times.iter().map(|time| 1_700_000_000 * SECOND + time).collect();
    assert_eq!(captured, expected);
    let wanted = Wanted { wall_clock: true, keyframe_interval: SECOND / 4, ..Wanted::default() };
    assert_eq!(violations(video, &wanted), Vec::<String>::new());
}

#[test]
fn the_timeline_has_the_configured_name() {
    let workspace = Workspace::new();
    let config = grey(Size::new(64, 48)).with_timeline("robot_time");
    recorded(&workspace, &config, |writer| {
        (0..3).for_each(|i| writer.write(at(i), &[9; 64 * 48]).expect("a picture"));
    });
    let recording = Recording::open_on(&workspace.path("out.rrd"), "robot_time");
    let wanted = Wanted { timeline: "robot_time", ..Wanted::default() };
    assert_eq!(violations(recording.only_video(), &wanted), Vec::<String>::new());
}

/// The caller's mistakes cost the picture and nothing else.
#[test]
fn a_picture_that_does_not_fit_is_rejected_and_writing_continues() {
    let workspace = Workspace::new();
    let size = Size::new(64, 48);
    let config = FrameConfig::new(size, PixelLayout::Nv12);
    let recording = recorded(&workspace, &config, |writer| {
        let right = vec![100; PixelLayout::Nv12.bytes(size)];
        writer.write(at(1), &right).expect("a picture");
        let (luma, chroma) = right.split_at(64 * 48);
        let refused = [
            ("a short one", writer.write(at(2), &right[1..])),
            ("a larger one", writer.write(at(2), &right.repeat(4))),
            ("none", writer.write(at(2), &[])),
            ("the same time", writer.write(at(1), &right)),
            ("an earlier time", writer.write(at(0), &right)),
            ("a time beyond all", writer.write(Duration::MAX, &right)),
            ("one plane of two", writer.write_strided(at(2), &[(luma, 64)])),
            ("a short plane", writer.write_strided(at(2), &[(luma, 64), (&chroma[1..], 64)])),
            ("rows that overlap", writer.write_strided(at(2), &[(luma, 63), (chroma, 64)])),
            ("a huge stride", writer.write_strided(at(2), &[(luma, usize::MAX), (chroma, 64)])),
            ("a short one, in haste", writer.try_write(at(2), &right[1..]).map(drop)),
        ];
        for (what, result) in refused {
            let error = result.expect_err(what);
            assert_eq!(error.kind(), ErrorKind::Frame, "{what}: {error}");
            assert!(error.subject().contains("camera"), "{what}: {error}");
            assert!(what == "a time beyond all" || error.remedy().is_some(), "{what}: {error}");
        }
        writer.write(at(2), &right).expect("another picture");
        assert_eq!(writer.progress().read, 2);
    });
    assert_eq!(recording.only_video().samples.len(), 2);
}

#[test]
fn invalid_settings_are_rejected_at_once() {
    for (what, rate) in [("no rate", 0.0), ("a rate that is no number", f64::NAN)] {
        assert!(FrameRate::try_from(rate).is_err(), "{what}");
    }
    let (rec, _storage) = RecordingStreamBuilder::new("frames").memory().expect("a stream");
    let good = || grey(Size::new(64, 48));
    let video = VideoConfig::default;
    let refused = [
        ("no columns", grey(Size::new(0, 48))),
        ("too many rows", grey(Size::new(64, 20_000))),
        ("a preset that is none", good().with_video(video().with_preset("quick"))),
        (
            "keyframes all the time",
            good().with_video(video().with_keyframe_interval(Duration::ZERO)),
        ),
        ("a filter", good().with_video(video().with_filter("hflip"))),
        ("a copy", good().with_video(video().with_codec(CodecChoice::Copy))),
        ("a timeline of ours", good().with_timeline("frame")),
        ("a timeline without a name", good().with_timeline("")),
    ];
    for (what, config) in refused {
        let error = FrameWriter::new(&rec, "camera", &config).expect_err(what);
        assert_eq!(error.kind(), ErrorKind::Config, "{what}: {error}");
        assert!(error.remedy().is_some(), "{what}: {error}");
    }
    let error = FrameWriter::new(&RecordingStream::disabled(), "camera", &good());
    let error = error.expect_err("a disabled stream");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("disabled"), "{error}");
}

#[test]
fn several_threads_write_to_one_recording() {
    let workspace = Workspace::new();
    let rec = stream(&workspace);
    std::thread::scope(|scope| {
        for camera in 0..3_u8 {
            let rec = &rec;
            scope.spawn(move || {
                let config = grey(Size::new(64 + 16 * u32::from(camera), 48));
                let entity = format!("robot/camera_{camera}");
                let mut writer = FrameWriter::new(rec, &entity, &config).expect("a writer");
                let pixels = vec![60 * camera; config.layout.bytes(config.size)];
                (0..40).for_each(|i| writer.write(at(i), &pixels).expect("a picture"));
                assert_eq!(writer.finish().expect("an end").logged, 40);
            });
        }
    });
    rec.flush_blocking().expect("a file");
    drop(rec);
    let recording = Recording::open(&workspace.path("out.rrd"));
    assert_eq!(recording.videos.len(), 3);
    for (entity, video) in &recording.videos {
        assert_eq!(violations(video, &Wanted::default()), Vec::<String>::new(), "{entity}");
        assert_eq!(video.samples.len(), 40, "{entity}");
    }
    let widths: Vec<_> = recording.videos.values().map(|video| sps_of(video).width).collect();
    assert_eq!(widths, [64, 80, 96]);
}

/// So slow that much is left to do when the last picture is given.
fn slow() -> FrameConfig {
    grey(Size::new(640, 480)).with_video(VideoConfig::default().with_preset("veryslow"))
}

#[test]
fn a_dropped_writer_has_logged_everything() {
    let workspace = Workspace::new();
    let rec = stream(&workspace);
    let mut writer = FrameWriter::new(&rec, "camera", &slow()).expect("a writer");
    let pixels: Vec<u8> = (0..640 * 480).map(|p| (p * 7 / 3) as u8).collect();
    (0..20).for_each(|i| writer.write(at(i), &pixels).expect("a picture"));
    drop(writer);
    rec.flush_blocking().expect("a file");
    drop(rec);
    let recording = Recording::open(&workspace.path("out.rrd"));
    assert_eq!(recording.only_video().samples.len(), 20);
    assert_eq!(violations(recording.only_video(), &Wanted::default()), Vec::<String>::new());
}

#[test]
fn frames_written_too_fast_are_logged_or_counted_as_dropped() {
    let workspace = Workspace::new();
    let pixels: Vec<u8> = (0..640 * 480).map(|p| (p * 7 / 3) as u8).collect();
    let mut taken = Vec::new();
    let recording = recorded(&workspace, &slow(), |writer| {
        for i in 0..300 {
            if writer.try_write(at(i), &pixels).expect("an answer") {
                taken.push(i64::try_from(at(i).as_nanos()).expect("a time"));
            }
        }
        let counts = writer.progress();
        assert_eq!((counts.read, counts.dropped), (300, 300 - taken.len() as u64));
        assert!(counts.dropped > 0, "the encoder kept up, so nothing is shown");
    });
    assert_eq!(recording.only_video().times(), taken);
}

/// Whoever watches sees a picture when it is written, not when its GOP ends.
#[test]
fn live_pictures_are_logged_one_by_one() {
    let (rec, storage) = RecordingStreamBuilder::new("frames").memory().expect("a stream");
    let config = grey(Size::new(64, 48)).with_live(true);
    let mut writer = FrameWriter::new(&rec, "camera", &config).expect("a writer");
    let mut arrived = Vec::new();
    for i in 0..5 {
        writer.write(at(i), &[i as u8; 64 * 48]).expect("a picture");
        wait_until("the picture is in the recording", || {
            arrived.extend(storage.take().iter().filter_map(rows_of_samples));
            arrived.len() > i as usize
        });
    }
    writer.finish().expect("an end");
    assert_eq!(arrived, [1; 5], "each in a chunk of its own");
}

/// How many samples a message holds, if any.
fn rows_of_samples(message: &LogMsg) -> Option<usize> {
    let LogMsg::ArrowMsg(_, message) = message else { return None };
    let chunk = Chunk::from_arrow_msg(message).expect("a chunk");
    let sample = VideoStream::descriptor_sample().component;
    chunk.component_descriptors().any(|it| it.component == sample).then(|| chunk.num_rows())
}
