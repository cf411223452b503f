//! `FrameWriter`: pictures that a program makes itself, in every layout, read back from the recording.
//! Files and cameras have their own tests.

use std::time::{Duration, SystemTime};

use ::vstream::{
    CodecChoice, ErrorKind, FrameConfig, FrameWriter, PixelLayout, Size, VideoConfig, YuvMatrix,
};
use rerun::log::{Chunk, LogMsg};
use rerun::{RecordingStream, RecordingStreamBuilder, VideoStream};

use crate::support::check::{SECOND, Wanted, sps_of, violations};
use crate::support::picture::{decode_video, stripe};
use crate::support::recording::{Recording, Video};
use crate::support::run::{Workspace, wait_until};
use crate::support::skip;
use crate::support::table::check_all;

type Rgb = [u8; 3];
const BARS: [Rgb; 6] =
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [128, 128, 128]];
const BAR: usize = 32;
const SIZE: Size = Size::new((BAR * BARS.len()) as u32, 64);

/// A layout, and for luma and chroma whether in full range and by which matrix.
type Kind = (PixelLayout, bool, YuvMatrix);
const KINDS: [Kind; 11] = [
    (PixelLayout::Rgb, false, YuvMatrix::Auto),
    (PixelLayout::Bgr, false, YuvMatrix::Auto),
    (PixelLayout::Rgba, false, YuvMatrix::Auto),
    (PixelLayout::Bgra, false, YuvMatrix::Auto),
    (PixelLayout::Gray, false, YuvMatrix::Auto),
    (PixelLayout::Nv12, false, YuvMatrix::Auto),
    (PixelLayout::Nv12, true, YuvMatrix::Bt709),
    (PixelLayout::I420, false, YuvMatrix::Bt601),
    (PixelLayout::I420, false, YuvMatrix::Bt709),
    (PixelLayout::I420, true, YuvMatrix::Bt601),
    (PixelLayout::I420, true, YuvMatrix::Bt709),
];

/// The numbers of a colour as luma and two chroma values.
fn yuv([r, g, b]: Rgb, full: bool, matrix: YuvMatrix) -> [u8; 3] {
    // The size of the pictures here is that of BT.601.
    let (kr, kb) = if matrix == YuvMatrix::Bt709 { (0.2126, 0.0722) } else { (0.299, 0.114) };
    let [r, g, b] = [r, g, b].map(f64::from);
    let y = kr * r + (1.0 - kr - kb) * g + kb * b;
    let (u, v) = ((b - y) / (2.0 * (1.0 - kb)), (r - y) / (2.0 * (1.0 - kr)));
    let (black, luma, chroma) =
        if full { (0.0, 1.0, 1.0) } else { (16.0, 219.0 / 255.0, 224.0 / 255.0) };
    [black + y * luma, 128.0 + u * chroma, 128.0 + v * chroma].map(|value| value.round() as u8)
}

/// The planes of a picture of the bars, each with its bytes a row.
fn planes((layout, full, matrix): Kind) -> Vec<(Vec<u8>, usize)> {
    let row = |of: &dyn Fn(Rgb) -> Vec<u8>, wide: usize| -> Vec<u8> {
        BARS.iter().flat_map(|bar| of(*bar).repeat(wide)).collect()
    };
    let plane = |row: Vec<u8>, rows: usize| (row.repeat(rows), row.len());
    let component = |index: usize| move |bar: Rgb| vec![yuv(bar, full, matrix)[index]];
    let high = SIZE.height as usize;
    match layout {
        PixelLayout::Rgb => vec![plane(row(&|c| c.to_vec(), BAR), high)],
        PixelLayout::Bgr => vec![plane(row(&|[r, g, b]| vec![b, g, r], BAR), high)],
        PixelLayout::Rgba => vec![plane(row(&|[r, g, b]| vec![r, g, b, 255], BAR), high)],
        PixelLayout::Bgra => vec![plane(row(&|[r, g, b]| vec![b, g, r, 255], BAR), high)],
        PixelLayout::Gray => vec![plane(row(&|[r, ..]| vec![r], BAR), high)],
        PixelLayout::Nv12 => {
            let both = |bar: Rgb| yuv(bar, full, matrix)[1..].to_vec();
            vec![plane(row(&component(0), BAR), high), plane(row(&both, BAR / 2), high / 2)]
        }
        PixelLayout::I420 => vec![
            plane(row(&component(0), BAR), high),
            plane(row(&component(1), BAR / 2), high / 2),
            plane(row(&component(2), BAR / 2), high / 2),
        ],
        other => panic!("no picture for {other:?}"),
    }
}

fn stream(workspace: &Workspace) -> RecordingStream {
    RecordingStreamBuilder::new("frames").save(workspace.path("out.rrd")).expect("a file")
}

/// A recording of what is written.
#[track_caller]
fn recorded(
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
fn at(frame: u32) -> Duration {
    Duration::from_secs(1) * frame / 30
}

/// What is wrong with the colours of a video of the bars.
fn off_by_more_than_4(video: &Video, kind: Kind, workspace: &Workspace) -> Vec<String> {
    let picture = decode_video(video, workspace).last().expect("a picture");
    let far = |(index, bar): (usize, &Rgb)| {
        let want = if kind.0 == PixelLayout::Gray { [bar[0]; 3] } else { *bar };
        let got = picture.rgb(stripe(index, BARS.len(), picture.width), 16..48);
        let off = got.iter().zip(want).any(|(got, want)| (got - f64::from(want)).abs() > 4.0);
        off.then(|| format!("{got:.0?} and not {want:?}"))
    };
    BARS.iter().enumerate().filter_map(far).collect()
}

#[test]
fn every_layout_comes_back_in_its_colours_with_and_without_gaps() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let rows: Vec<_> = KINDS.iter().flat_map(|kind| [(*kind, 0), (*kind, 13)]).collect();
    check_all(
        &rows,
        |(kind, gap)| format!("{kind:?}, {gap} bytes between rows"),
        |(kind, gap)| {
            let workspace = Workspace::new();
            let config = FrameConfig::new(SIZE, kind.0).with_full_range(kind.1).with_matrix(kind.2);
            let planes = planes(*kind);
            let recording = recorded(&workspace, &config, |writer| {
                if *gap == 0 {
                    let whole: Vec<u8> = planes.iter().flat_map(|(data, _)| data.clone()).collect();
                    (0..3).for_each(|i| writer.write(at(i), &whole).expect("a picture"));
                    return;
                }
                // What lies in the gaps must not be seen.
                let wide = |(data, stride): &(Vec<u8>, usize)| -> (Vec<u8>, usize) {
                    let rows = data.chunks(*stride);
                    let rows = rows.flat_map(|row| row.iter().copied().chain(vec![77; *gap]));
                    (rows.collect(), stride + gap)
                };
                let wide: Vec<_> = planes.iter().map(wide).collect();
                let views: Vec<_> =
                    wide.iter().map(|(data, stride)| (&data[..], *stride)).collect();
                (0..3).for_each(|i| writer.write_strided(at(i), &views).expect("a picture"));
            });
            let video = recording.only_video();
            let mut wrong = violations(video, &Wanted::default());
            wrong.extend(off_by_more_than_4(video, *kind, &workspace));
            wrong
        },
    );
}

#[test]
fn alpha_lies_over_black() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let config = FrameConfig::new(Size::new(64, 64), PixelLayout::Rgba);
    let recording = recorded(&workspace, &config, |writer| {
        let pixels = [255, 255, 255, 128].repeat(64 * 64);
        writer.write(at(0), &pixels).expect("a picture");
    });
    let picture = decode_video(recording.only_video(), &workspace).next().expect("a picture");
    let luma = picture.rgb(16..48, 16..48)[0];
    assert!((luma - 128.0).abs() <= 4.0, "{luma}");
}

#[test]
fn any_size_makes_an_even_one() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let layouts = [PixelLayout::Rgb, PixelLayout::Gray, PixelLayout::Nv12, PixelLayout::I420];
    let sizes = [(1, 1), (2, 2), (1, 7), (3, 5), (17, 33), (639, 2), (2, 639)];
    let rows: Vec<_> =
        layouts.iter().flat_map(|layout| sizes.map(|(w, h)| (*layout, Size::new(w, h)))).collect();
    check_all(
        &rows,
        |(layout, size)| format!("{layout:?} {size}"),
        |(layout, size)| {
            let workspace = Workspace::new();
            let config = FrameConfig::new(*size, *layout);
            let pixels = vec![128; layout.bytes(*size)];
            let recorded = recorded(&workspace, &config, |writer| {
                (0..5).for_each(|i| writer.write(at(i), &pixels).expect("a picture"));
            });
            let video = recorded.only_video();
            let mut wrong = violations(video, &Wanted::default());
            let sps = sps_of(video);
            let even = |side: u32| side.max(2) & !1;
            if (sps.width, sps.height) != (even(size.width), even(size.height)) {
                wrong.push(format!("it became {}x{}", sps.width, sps.height));
            }
            let picture = decode_video(video, &workspace).next().expect("a picture");
            let luma = picture.luma(0..picture.width, 0..picture.height);
            // A grey of 128 is 126 in limited range.
            if (luma - 127.0).abs() > 3.0 {
                wrong.push(format!("the luma is {luma}"));
            }
            wrong
        },
    );
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
fn the_timeline_has_its_name() {
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
fn what_does_not_fit_is_refused_and_the_rest_goes_on() {
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
            assert!(what == "a time beyond all" || error.hint().is_some(), "{what}: {error}");
        }
        writer.write(at(2), &right).expect("another picture");
        assert_eq!(writer.progress().read, 2);
    });
    assert_eq!(recording.only_video().samples.len(), 2);
}

#[test]
fn settings_that_make_no_sense_are_refused_at_once() {
    let (rec, _storage) = RecordingStreamBuilder::new("frames").memory().expect("a stream");
    let good = || grey(Size::new(64, 48));
    let video = VideoConfig::default;
    let refused = [
        ("no columns", grey(Size::new(0, 48))),
        ("too many rows", grey(Size::new(64, 20_000))),
        ("no rate", good().with_rate(0.0)),
        ("a rate that is no number", good().with_rate(f64::NAN)),
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
        assert!(error.hint().is_some(), "{what}: {error}");
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

#[test]
fn a_dropped_writer_has_logged_everything() {
    let workspace = Workspace::new();
    let rec = stream(&workspace);
    let mut writer = FrameWriter::new(&rec, "camera", &grey(Size::new(64, 48))).expect("a writer");
    (0..50).for_each(|i| writer.write(at(i), &[i as u8; 64 * 48]).expect("a picture"));
    drop(writer);
    rec.flush_blocking().expect("a file");
    drop(rec);
    let recording = Recording::open(&workspace.path("out.rrd"));
    assert_eq!(recording.only_video().samples.len(), 50);
    assert_eq!(violations(recording.only_video(), &Wanted::default()), Vec::<String>::new());
}

#[test]
fn what_is_written_in_haste_is_logged_or_counted() {
    let workspace = Workspace::new();
    let size = Size::new(640, 480);
    let slow = VideoConfig::default().with_preset("veryslow");
    let mut taken = Vec::new();
    let recording = recorded(&workspace, &grey(size).with_video(slow), |writer| {
        for i in 0..60 {
            let pixels: Vec<u8> = (0..640 * 480).map(|p| (p * (i + 3) / 7) as u8).collect();
            if writer.try_write(at(i), &pixels).expect("an answer") {
                taken.push(i64::try_from(at(i).as_nanos()).expect("a time"));
            }
        }
        let counts = writer.progress();
        assert_eq!((counts.read, counts.dropped), (60, 60 - taken.len() as u64));
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
