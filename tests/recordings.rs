//! Recordings as inputs: pictures become video at exactly their own times, and everything else is left alone.
//! Bags are in `bags`.

use std::path::{Path, PathBuf};

use rerun::log::Chunk;
use rerun::{EncodedImage, Points3D, RecordingStream, RecordingStreamBuilder, VideoStream};

use crate::support::check::assert_contract_of_rows;
use crate::support::generate;
use crate::support::messages::{chunks, differences, messages, rows};
use crate::support::picture::{decode_source, decode_video, mean_psnr};
use crate::support::recording::Recording;
use crate::support::run::{Workspace, vstream};
use crate::support::skip;

/// 40 JPEGs behind each other, and each by itself.
fn jpegs() -> (PathBuf, Vec<Vec<u8>>) {
    let path = generate::video("pattern.mjpeg", "{v} -c:v mjpeg -q:v 2 -pix_fmt yuvj420p -f mjpeg");
    let bytes = std::fs::read(&path).expect("JPEGs");
    let starts: Vec<usize> = memchr::memmem::find_iter(&bytes, b"\xff\xd8\xff").collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let pictures =
        starts.iter().zip(ends).map(|(&start, end)| bytes[start..end].to_vec()).collect();
    (path, pictures)
}

fn recording(path: &Path, make: impl FnOnce(&RecordingStream)) {
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
fn drive(path: &Path, pictures: &[Vec<u8>]) {
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
