//! Recordings as inputs: pictures become video at exactly their own times, and everything else is kept.
//! Bags are in `bags`.

use std::path::{Path, PathBuf};

use rerun::log::Chunk;
use rerun::{EncodedImage, Points3D, RecordingStream, RecordingStreamBuilder, VideoStream};

use crate::support::check::assert_contract_of_rows;
use crate::support::convert::refused;
use crate::support::generate;
use crate::support::messages::{RowTimes, chunks, differences, messages, rows};
use crate::support::picture::{decode_source, decode_video, mean_psnr};
use crate::support::recording::Recording;
use crate::support::run::{Outcome, Workspace, program, vstream};
use crate::support::skip;
use crate::support::table::check_all;

/// 40 JPEGs behind each other, and each by itself.
pub fn jpegs() -> (PathBuf, Vec<Vec<u8>>) {
    let path = generate::video("pattern.mjpeg", "{v} -c:v mjpeg -q:v 2 -pix_fmt yuvj420p -f mjpeg");
    let bytes = std::fs::read(&path).expect("JPEGs");
    let starts: Vec<usize> = memchr::memmem::find_iter(&bytes, b"\xff\xd8\xff").collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let pictures =
        starts.iter().zip(ends).map(|(&start, end)| bytes[start..end].to_vec()).collect();
    (path, pictures)
}

pub fn recording(path: &Path, make: impl FnOnce(&RecordingStream)) {
    let rec = RecordingStreamBuilder::new("robot")
        .recording_id("drive")
        .send_properties(true)
        .recording_name("A drive")
        .save(path)
        .expect("a recording");
    make(&rec);
    rec.flush_blocking().expect("a file");
}

/// A recording of a camera and of much else, on timelines of all three kinds.
pub fn drive(path: &Path, pictures: &[Vec<u8>]) {
    recording(path, |rec| {
        rec.log_static("map", &Points3D::new([(0.0, 0.0, 0.0), (1.0, 2.0, 3.0)])).expect("points");
        for (at, picture) in pictures.iter().enumerate() {
            let at = at as i64;
            rec.set_time_sequence("step", 7 + 2 * at);
            rec.set_duration_secs("since_start", at as f64 * 0.04 + 0.001 * (at % 3) as f64);
            rec.set_timestamp_nanos_since_epoch(
                "stamp",
                1_700_000_000_000_000_123 + at * 40_000_001,
            );
            let image = EncodedImage::from_file_contents(picture.clone()).with_draw_order(-3.0);
            rec.log("robot/camera", &image).expect("a picture");
            rec.log("robot/speed", &rerun::Scalars::single(at as f64)).expect("a number");
            rec.log("robot/says", &rerun::TextLog::new(format!("step {at}"))).expect("words");
        }
    });
}

/// A recording of one camera.
pub fn small(path: &Path) {
    drive(path, &jpegs().1);
}

fn is_camera(chunk: &Chunk) -> bool {
    chunk.entity_path().to_string() == "/robot/camera"
}

#[test]
fn pictures_become_video_on_all_their_timelines_and_the_rest_is_left_alone() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let (path, pictures) = jpegs();
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("drive.rrd"), workspace.path("small.rrd"));
    drive(&from, &pictures);
    let outcome = vstream().arg(&from).arg("--save").arg(&to).run().expect(0);
    assert_eq!(outcome.summary("logged"), pictures.len() as u64);

    let (before, after) = (messages(&from), messages(&to));
    assert_eq!(differences(&before, &after, is_camera), [""; 0]);

    let images = rows(&before, "robot/camera", EncodedImage::descriptor_blob().component);
    let samples = rows(&after, "robot/camera", VideoStream::descriptor_sample().component);
    let times =
        |rows: &[(_, Vec<u8>)]| rows.iter().map(|(t, _)| format!("{t:?}")).collect::<Vec<_>>();
    assert_eq!(images.len(), pictures.len());
    assert_eq!(times(&images), times(&samples), "every row has its times on all timelines");
    for timeline in ["step", "since_start", "stamp", "log_time"] {
        assert!(samples.iter().all(|(times, _)| times.contains_key(timeline)), "{timeline}");
    }
    let left = chunks(&after).into_iter().filter(is_camera).flat_map(|chunk| {
        chunk.component_descriptors().map(|it| it.component.to_string()).collect::<Vec<_>>()
    });
    let left: std::collections::BTreeSet<_> = left.collect();
    let expected =
        ["codec", "draw_order", "is_keyframe", "sample"].map(|name| format!("VideoStream:{name}"));
    assert_eq!(left.into_iter().collect::<Vec<_>>(), expected);

    let recording = Recording::open_on(&to, "since_start");
    let video = &recording.videos["robot/camera"];
    assert_contract_of_rows(video);
    let shown = decode_video(video, &workspace);
    let filter = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
    let psnr = mean_psnr(shown, decode_source(&path, 0, filter), 40);
    assert!(psnr > 30.0, "the pictures are not the same: {psnr} dB");
}

#[test]
fn images_of_every_kind_are_decoded_independently() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let kinds =
        [("png", "png"), ("bmp", "bmp"), ("tiff", "tiff"), ("webp", "libwebp"), ("qoi", "qoi")];
    let kinds = kinds.into_iter().filter(|(_, encoder)| skip::have_encoder(encoder));
    check_all(
        &kinds.collect::<Vec<_>>(),
        |(kind, _)| (*kind).to_owned(),
        |(kind, encoder)| {
            let (source, _) = jpegs();
            let workspace = Workspace::new();
            let (from, to) = (workspace.path("from.rrd"), workspace.path("to.rrd"));
            let run = program("ffmpeg").words("-v error -i").arg(&source).arg("-c:v").arg(encoder);
            run.arg(workspace.path(format!("%02d.{kind}"))).run().expect(0);
            recording(&from, |rec| {
                for at in 0..40 {
                    let file = workspace.path(format!("{:02}.{kind}", at + 1));
                    shot(rec, f64::from(at) * 0.04, &std::fs::read(file).expect("a picture"));
                }
            });
            vstream().arg(&from).arg("--save").arg(&to).run().expect(0);
            let recording = Recording::open_on(&to, "t");
            let shown = decode_video(&recording.videos["robot/camera"], &workspace);
            let filter = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
            let psnr = mean_psnr(shown, decode_source(&source, 0, filter), 40);
            if psnr > 28.0 { Vec::new() } else { vec![format!("{psnr} dB")] }
        },
    );
}

#[test]
fn pictures_in_avif_are_decoded() {
    if !skip::have(&["ffmpeg"]) || !skip::have_encoder("libaom-av1") {
        return;
    }
    let (source, _) = jpegs();
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("from.rrd"), workspace.path("to.rrd"));
    let run = program("ffmpeg").words("-v error -i").arg(&source).words("-frames:v 1");
    let run = run.words("-pix_fmt yuv420p -c:v libaom-av1 -cpu-used 8 -still-picture 1");
    run.arg(workspace.path("0.avif")).run().expect(0);
    let file = std::fs::read(workspace.path("0.avif")).expect("a picture");
    recording(&from, |rec| {
        for at in 0..3 {
            shot(rec, f64::from(at) * 0.04, &file);
        }
        shot(rec, 0.12, &file[..file.len() / 2]);
    });
    let outcome = vstream().arg(&from).arg("--save").arg(&to).run().expect(0);
    // The damaged one is counted.
    assert!(outcome.stderr.contains("1 damaged"), "{}", outcome.stderr);
    let recording = Recording::open_on(&to, "t");
    let video = &recording.videos["robot/camera"];
    assert_eq!(video.samples.len(), 3);
    let shown = decode_video(video, &workspace);
    let filter = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,trim=end_frame=1";
    let psnr = mean_psnr(shown, decode_source(&source, 0, &format!("{filter},loop=2:1")), 3);
    assert!(psnr > 28.0, "{psnr} dB");
}

/// The rows of pictures before, and of samples after, that a run made of a recording.
struct Pair {
    images: Vec<(RowTimes, Vec<u8>)>,
    samples: Vec<(RowTimes, Vec<u8>)>,
    outcome: Outcome,
    to: PathBuf,
    workspace: Workspace,
}

/// Converts a recording with one camera, made by a function.
#[track_caller]
fn pair(options: &str, make: impl FnOnce(&RecordingStream)) -> Pair {
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("from.rrd"), workspace.path("to.rrd"));
    recording(&from, make);
    let outcome = vstream().words(options).arg(&from).arg("--save").arg(&to).run().expect(0);
    // The SDK writes chunks in an order of its own.
    let mut images =
        rows(&messages(&from), "robot/camera", EncodedImage::descriptor_blob().component);
    images.sort_by_key(|(times, _)| times.get("log_time").map(|(_, time)| *time));
    let samples = rows(&messages(&to), "robot/camera", VideoStream::descriptor_sample().component);
    Pair { images, samples, outcome, to, workspace }
}

/// One picture at a time on one timeline.
pub fn shot(rec: &RecordingStream, time: f64, picture: &[u8]) {
    rec.set_duration_secs("t", time);
    let image = EncodedImage::from_file_contents(picture.to_vec());
    rec.log("robot/camera", &image).expect("a picture");
}

fn on(rows: &[(RowTimes, Vec<u8>)], timeline: &str) -> Vec<i64> {
    rows.iter().map(|(times, _)| times[timeline].1).collect()
}

#[test]
fn rows_out_of_order_keep_their_times_and_samples_are_in_order() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let (path, pictures) = jpegs();
    let mut order: Vec<usize> = (0..40).collect();
    order.swap(10, 11);
    order[20..36].rotate_left(8);
    let pair = pair("", |rec| {
        order.iter().for_each(|&at| shot(rec, at as f64 * 0.04, &pictures[at]));
    });
    let mut expected = on(&pair.images, "t");
    assert!(!expected.is_sorted());
    expected.sort();
    assert_eq!(on(&pair.samples, "t"), expected);
    assert!(pair.outcome.stderr.contains("order of their times"), "{}", pair.outcome.stderr);
    // The pictures are those of their times, not those of their rows.
    let recording = Recording::open_on(&pair.to, "t");
    let video = &recording.videos["robot/camera"];
    let filter = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
    let psnr = mean_psnr(decode_video(video, &pair.workspace), decode_source(&path, 0, filter), 40);
    assert!(psnr > 30.0, "the pictures are in another order: {psnr} dB");
}

#[test]
fn equal_times_stay_equal() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let (_, pictures) = jpegs();
    let pair = pair("", |rec| {
        pictures.iter().enumerate().for_each(|(at, it)| shot(rec, (at / 3) as f64 * 0.1, it));
    });
    assert_eq!(on(&pair.samples, "t"), on(&pair.images, "t"));
}

#[test]
fn a_timeline_that_begins_or_ends_in_the_middle_begins_with_a_keyframe() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let (_, pictures) = jpegs();
    let pair = pair("", |rec| {
        for (at, picture) in pictures.iter().enumerate() {
            rec.reset_time();
            if (10..17).contains(&at) {
                rec.set_time_sequence("step", at as i64);
            }
            shot(rec, at as f64 * 0.04, picture);
        }
    });
    let times =
        |rows: &[(RowTimes, _)]| rows.iter().map(|(times, _)| times.clone()).collect::<Vec<_>>();
    assert_eq!(times(&pair.samples), times(&pair.images));
    for at in [0, 10, 17] {
        let start = re_video::detect_gop_start(&pair.samples[at].1, re_video::VideoCodec::H264);
        assert!(start.is_ok_and(|start| start.is_start_of_gop()), "sample {at} is no keyframe");
    }
}

#[test]
fn damaged_pictures_are_counted_and_the_others_keep_their_times() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let (_, pictures) = jpegs();
    let pair = pair("", |rec| {
        for (at, picture) in pictures.iter().enumerate() {
            let picture = if at == 5 {
                &picture[..40]
            } else if at == 9 {
                &b"no picture"[..]
            } else {
                picture
            };
            shot(rec, at as f64 * 0.04, picture);
        }
    });
    assert_eq!((pair.outcome.summary("damaged"), pair.samples.len()), (2, 38));
    let mut expected = on(&pair.images, "t");
    expected.remove(9);
    expected.remove(5);
    assert_eq!(on(&pair.samples, "t"), expected);
}

#[test]
fn a_truncated_recording_is_converted_as_far_as_it_goes() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let (_, pictures) = jpegs();
    let workspace = Workspace::new();
    let (from, cut, to) =
        (workspace.path("from.rrd"), workspace.path("cut.rrd"), workspace.path("to.rrd"));
    recording(&from, |rec| {
        for (at, picture) in pictures.iter().enumerate() {
            shot(rec, at as f64 * 0.04, picture);
            // A message of its own, so that some are whole.
            rec.flush_blocking().expect("a message");
        }
    });
    let bytes = std::fs::read(&from).expect("a recording");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("a part of it");
    let outcome = vstream().arg(&cut).arg("--save").arg(&to).run().expect(0);
    assert!(outcome.stderr.contains("inside a message"), "{}", outcome.stderr);
    let logged = outcome.summary("logged");
    assert!(logged > 5 && logged < 40, "{logged} of 40 pictures");
}

#[test]
fn only_requested_entities_become_video_and_the_rest_can_be_dropped() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let (_, pictures) = jpegs();
    let depth = |rec: &RecordingStream, at: usize| {
        let pixels: Vec<u16> = (0..64 * 48).map(|pixel| (pixel * 9 + at * 100) as u16).collect();
        let bytes: Vec<u8> = pixels.iter().flat_map(|value| value.to_le_bytes()).collect();
        let format =
            rerun::components::ImageFormat::depth([64, 48], rerun::datatypes::ChannelDatatype::U16);
        rec.log(
            "depth",
            &rerun::DepthImage::update_fields().with_buffer(bytes).with_format(format),
        )
        .expect("a depth image");
    };
    let make = |rec: &RecordingStream| {
        for (at, picture) in pictures.iter().enumerate() {
            shot(rec, at as f64 * 0.04, picture);
            rec.log("other", &EncodedImage::from_file_contents(picture.clone()))
                .expect("a picture");
            depth(rec, at);
        }
    };
    let entities = |options: &str| {
        let workspace = Workspace::new();
        let (from, to) = (workspace.path("from.rrd"), workspace.path("to.rrd"));
        recording(&from, make);
        let run = vstream().words(options).arg("--save").arg(&to).arg("--").arg(&from);
        run.run().expect(0);
        let videos = Recording::open_on(&to, "t").videos.into_keys().collect::<Vec<_>>();
        let all: std::collections::BTreeSet<String> = chunks(&messages(&to))
            .iter()
            .map(|chunk| chunk.entity_path().to_string())
            .filter(|entity| !entity.starts_with("/__properties"))
            .collect();
        (videos, all.into_iter().collect::<Vec<_>>())
    };
    let all = ["/depth", "/other", "/robot/camera"].map(str::to_owned);
    assert_eq!(entities(""), (vec!["other".into(), "robot/camera".into()], all.to_vec()));
    assert_eq!(entities("--entity robot/**"), (vec!["robot/camera".into()], all.to_vec()));
    assert_eq!(
        entities("--entity /depth --drop-other"),
        (vec!["depth".into()], vec!["/depth".into()])
    );
}

#[test]
fn a_recording_without_pictures_is_refused() {
    let workspace = Workspace::new();
    let from = workspace.path("from.rrd");
    recording(&from, |rec| {
        rec.log_static("map", &Points3D::new([(0.0, 0.0, 0.0)])).expect("points")
    });
    refused(vstream().arg(&from), &["no video stream", "none of its entities holds pictures"]);
    recording(&from, |rec| {
        shot(rec, 0.0, b"\xff\xd8\xff");
        shot(rec, 1.0, b"\xff\xd8\xff");
    });
    refused(vstream().arg(&from).words("--entity robot/kamera"), &["/robot/camera"]);
    let outcome =
        vstream().arg(&from).words("--start 1 --save").arg(workspace.path("to.rrd")).run();
    assert!(
        outcome.code != Some(0) && outcome.stderr.contains("converted whole"),
        "{}",
        outcome.stderr
    );
}

/// Samples of a video with B-frames, in the order of the file, each with its number among those that are shown.
fn with_b_frames() -> (PathBuf, Vec<(usize, Vec<u8>)>) {
    let path = generate::video(
        "b.h264",
        "{v} -c:v libx264 -bf 3 -g 20 -pix_fmt yuv420p -x264-params aud=1 -bsf:v h264_metadata=aud=insert",
    );
    let bytes = std::fs::read(&path).expect("H.264");
    let starts: Vec<usize> = memchr::memmem::find_iter(&bytes, b"\x00\x00\x00\x01\x09").collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let units: Vec<Vec<u8>> =
        starts.iter().zip(ends).map(|(&start, end)| bytes[start..end].to_vec()).collect();
    let listed = program("ffprobe")
        .words("-v error -f h264 -framerate 25 -show_entries packet=pts -of csv=p=0")
        .arg(&path)
        .run()
        .expect(0);
    assert!(!units.is_empty(), "{}", listed.stderr);
    // The demuxer knows no pts of a raw stream: the order comes from pictures decoded one by one.
    let shown = program("ffprobe")
        .words("-v error -f h264 -framerate 25 -show_entries frame=pkt_pos -of csv=p=0")
        .arg(&path)
        .run()
        .expect(0);
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    let positions: Vec<usize> =
        text.lines().filter_map(|line| line.trim_matches(',').trim().parse().ok()).collect();
    let number = |start: usize| positions.iter().position(|at| *at == start);
    let numbered =
        starts.iter().zip(units).filter_map(|(&start, unit)| Some((number(start)?, unit)));
    (path, numbered.collect())
}

#[test]
fn a_stream_with_b_frames_is_encoded_and_a_good_one_is_kept() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let (path, units) = with_b_frames();
    assert_eq!(units.len(), 40, "every picture is found");
    assert!(!units.is_sorted_by_key(|(shown, _)| *shown), "there are B-frames");
    // As people log them: at the time each is shown, and at times that only count them.
    for shown in [true, false] {
        let pair = pair("", |rec| {
            // It would go back and forth with the samples.
            rec.set_log_time_enabled(false);
            let codec = VideoStream::new(rerun::components::VideoCodec::H264);
            rec.log_static("robot/camera", &codec).expect("a codec");
            for (at, (number, unit)) in units.iter().enumerate() {
                rec.set_duration_secs("t", if shown { *number } else { at } as f64 * 0.04);
                let sample = VideoStream::update_fields().with_sample(unit.clone());
                rec.log("robot/camera", &sample).expect("a sample");
            }
        });
        let expected: Vec<i64> = (0..40).map(|at| at * 40_000_000).collect();
        assert_eq!(on(&pair.samples, "t"), expected);
        let recording = Recording::open_on(&pair.to, "t");
        let video = &recording.videos["robot/camera"];
        assert_contract_of_rows(video);
        let shown = decode_video(video, &pair.workspace);
        let filter = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
        let psnr = mean_psnr(shown, decode_source(&path, 0, filter), 40);
        assert!(psnr > 30.0, "the pictures are in another order: {psnr} dB");
        // What came out is right, and there is nothing left to do.
        let again = vstream().arg(&pair.to).arg("--save").arg(pair.workspace.path("again.rrd"));
        let again = again.run().expect(1);
        assert!(again.stderr.contains("nothing has to be converted"), "{}", again.stderr);
    }
}

#[test]
fn a_probe_lists_the_entities_that_hold_pictures() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let (_, pictures) = jpegs();
    let workspace = Workspace::new();
    let from = workspace.path("drive.rrd");
    drive(&from, &pictures);
    let outcome = vstream().arg(&from).arg("--probe").run().expect(0);
    let text = String::from_utf8_lossy(&outcome.stdout);
    for word in
        ["mjpeg, 128x96", "entity: /robot/camera", "archetype: EncodedImage", "pictures: 40"]
    {
        assert!(text.contains(word), "no {word:?} in:\n{text}");
    }
    // The pattern moves evenly, so that its beginning stands for all of it.
    let estimate = text.split("estimated bytes as video: ").nth(1).expect("an estimate");
    let (bytes, how) = estimate.split_once(',').expect("a number and how it was measured");
    assert!(how.starts_with(" by the first 30 pictures"), "{how}");
    let to = workspace.path("small.rrd");
    vstream().arg(&from).arg("--save").arg(&to).run().expect(0);
    let sample = VideoStream::descriptor_sample().component;
    let samples = rows(&messages(&to), "robot/camera", sample);
    let made: usize = samples.iter().map(|(_, sample)| sample.len()).sum();
    let bytes: f64 = bytes.parse().expect("bytes");
    assert!((bytes / made as f64 - 1.0).abs() < 0.5, "{bytes} estimated, {made} made");
}
