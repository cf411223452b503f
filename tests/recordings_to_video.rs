//! Recordings to MP4 and Matroska: suitable samples are copied, other pictures encoded.
//! Recordings to recordings are in `recordings`.

use std::path::{Path, PathBuf};

use rerun::{EncodedImage, RecordingStream, VideoStream};

use crate::recordings::{drive, jpegs, recording, shot};
use crate::support::messages::{messages, rows};
use crate::support::packets::{nals, packets, packets_of, units};
use crate::support::picture::{decode_source, mean_psnr};
use crate::support::recording::Recording;
use crate::support::run::{Outcome, Workspace, vstream};
use crate::support::{annexb, generate, skip};

/// ffprobe writes microseconds, and the clock of MP4 has ticks of 1/720000 s here.
const HALF_TICK: f64 = 0.5 / 720e3 + 1e-6;

fn save(from: &Path, options: &str, to: &Path) -> Outcome {
    vstream().words(options).arg("--save").arg(to).arg("--").arg(from).run()
}

/// A recording that `vstream` made of a video with a variable rate and B-frames.
fn of_a_video(workspace: &Workspace) -> PathBuf {
    let clip = generate::video(
        "variable.mp4",
        "{v} -vf select=not(eq(mod(n\\,7)\\,3)) -fps_mode vfr -c:v libx264 -bf 2",
    );
    let to = workspace.path("clip.rrd");
    save(&clip, "--preset ultrafast", &to).expect(0);
    to
}

#[test]
fn a_video_comes_back_from_a_recording_bit_by_bit_at_its_times() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let workspace = Workspace::new();
    let rrd = of_a_video(&workspace);
    let recording = Recording::open(&rrd);
    let video = recording.only_video();
    for (name, half_tick) in [("back.mp4", HALF_TICK), ("back.mkv", 0.5e-3 + 1e-6)] {
        let to = workspace.path(name);
        save(&rrd, "--entity video_stream", &to).expect(0);
        assert_eq!(units(&to), nals(&video.annexb()), "{name}: the NAL units differ");
        let packets = packets(&to);
        assert_eq!(packets.len(), video.samples.len());
        for ((time, key), sample) in packets.iter().zip(&video.samples) {
            let wanted = sample.time as f64 / 1e9;
            assert!((time - wanted).abs() <= half_tick, "{name}: {time} for {wanted}");
            assert_eq!(*key, annexb::inspect(&sample.data).idr, "{name}: at {time}");
        }
    }
}

#[test]
fn pictures_of_a_recording_become_a_video_file_beside_a_recording() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let (path, pictures) = jpegs();
    let workspace = Workspace::new();
    let (from, to, rrd) =
        (workspace.path("drive.rrd"), workspace.path("drive.mp4"), workspace.path("small.rrd"));
    drive(&from, &pictures);
    let run = vstream().arg(&from).arg("--timeline").arg("stamp").arg("--save").arg(&to);
    let outcome = run.arg("--save").arg(&rrd).run().expect(0);
    assert_eq!(outcome.summary("logged"), pictures.len() as u64);
    // A clock of the world begins with the first picture.
    for (at, (time, _)) in packets(&to).into_iter().enumerate() {
        let wanted = at as f64 * 0.040_000_001;
        assert!((time - wanted).abs() <= HALF_TICK, "{time} for {wanted}");
    }
    let samples = rows(&messages(&rrd), "robot/camera", VideoStream::descriptor_sample().component);
    let all: Vec<u8> = samples.into_iter().flat_map(|(_, sample)| sample).collect();
    assert_eq!(units(&to), nals(&all), "the recording beside it holds other samples");
    let filter = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
    let shown = decode_source(&to, 0, "format=yuv420p");
    let psnr = mean_psnr(shown, decode_source(&path, 0, filter), 40);
    assert!(psnr > 30.0, "the pictures are not the same: {psnr} dB");
}

/// Two cameras, of which the second begins a second later, by the clock of the world.
fn two_cameras(rec: &RecordingStream) {
    let (_, pictures) = jpegs();
    for (at, picture) in pictures.iter().enumerate() {
        rec.set_timestamp_nanos_since_epoch(
            "stamp",
            1_700_000_000_000_000_000 + at as i64 * 50_000_000,
        );
        let image = EncodedImage::from_file_contents(picture.clone());
        rec.log("camera/front", &image).expect("a picture");
        if at >= 20 {
            rec.log("camera/rear", &image).expect("a picture");
        }
    }
}

#[test]
fn several_videos_are_a_file_each_or_share_one_and_stay_in_step() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("drive.rrd"), workspace.path("out"));
    recording(&from, two_cameras);
    let both = workspace.path("both.mp4");
    save(&from, "", &both).expect(0);
    let [front, rear] = [0, 1].map(|nth| packets_of(&both, &format!("v:{nth}")));
    assert_eq!((front.len(), rear.len()), (40, 20));
    assert!(front[0].0 == 0.0 && (rear[0].0 - 1.0).abs() < 1e-5, "{front:?} {rear:?}");
    save(&from, "--entity camera/rear", &workspace.path("rear.mp4")).expect(0);
    assert_eq!(packets(&workspace.path("rear.mp4")).len(), 20);

    save(&from, "--format mp4", &to.join("")).expect(0);
    let front = packets(&to.join("drive/camera/front.mp4"));
    let rear = packets(&to.join("drive/camera/rear.mp4"));
    assert_eq!((front.len(), rear.len()), (40, 20));
    assert!(front[0].0 == 0.0 && (rear[0].0 - 1.0).abs() < 1e-5, "{front:?} {rear:?}");
    let skipped = save(&from, "--format mp4 --skip-existing=name", &to.join("")).expect(0);
    assert!(skipped.stderr.contains("1 there already"), "{}", skipped.stderr);
}

#[test]
fn several_recordings_are_a_file_each_or_stay_apart_in_one() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let (_, pictures) = jpegs();
    let workspace = Workspace::new();
    let (one, other) = (workspace.path("one.rrd"), workspace.path("other.rrd"));
    recording(&one, |rec| shots(rec, &pictures[..20]));
    let rec = rerun::RecordingStreamBuilder::new("robot").recording_id("other").save(&other);
    let rec = rec.expect("a recording");
    shots(&rec, &pictures);
    rec.flush_blocking().expect("a file");

    let to = workspace.path("out");
    vstream().args([&one, &other]).words("--format mp4 --save").arg(to.join("")).run().expect(0);
    assert_eq!(packets(&to.join("one.mp4")).len(), 20);
    assert_eq!(packets(&to.join("other.mp4")).len(), 40);

    let both = workspace.path("both.rrd");
    let outcome = vstream().args([&one, &other]).arg("--save").arg(&both).run().expect(0);
    assert_eq!(outcome.summary("logged"), 60);
    let messages = messages(&both);
    for (id, count) in [("drive", 20), ("other", 40)] {
        let its: Vec<_> = messages
            .iter()
            .filter(|message| message.store_id().recording_id().to_string() == id)
            .cloned()
            .collect();
        let samples = rows(&its, "robot/camera", VideoStream::descriptor_sample().component);
        assert_eq!(samples.len(), count, "{id}");
    }
    let clip = generate::video("clip.mp4", "{v} -c:v libx264");
    let mixed = vstream().args([&one, &clip]).arg("--save").arg(&both).run().expect(2);
    assert!(mixed.stderr.contains("cannot be inputs of one run"), "{}", mixed.stderr);
}

fn shots(rec: &RecordingStream, pictures: &[Vec<u8>]) {
    pictures.iter().enumerate().for_each(|(at, it)| shot(rec, at as f64 * 0.04, it));
}

#[test]
fn keyframes_without_headers_get_them_and_nothing_is_encoded() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let workspace = Workspace::new();
    let whole = Recording::open(&of_a_video(&workspace));
    let video = whole.only_video();
    let keyframes = video.samples.iter().filter(|it| annexb::inspect(&it.data).idr).count();
    assert!(keyframes > 1, "a single keyframe");
    // The headers stand in the first sample alone.
    let bare = |data: &[u8]| -> Vec<u8> {
        let rest = annexb::nals(data);
        let rest = rest.iter().filter(|nal| ![annexb::SPS, annexb::PPS].contains(&nal.kind));
        rest.flat_map(|nal| [&[0, 0, 0, 1], nal.bytes].concat()).collect()
    };
    let from = workspace.path("bare.rrd");
    recording(&from, |rec| {
        let codec = VideoStream::new(rerun::components::VideoCodec::H264);
        rec.log_static("camera", &codec).expect("a codec");
        for (at, sample) in video.samples.iter().enumerate() {
            rec.set_duration_secs("time", sample.time as f64 / 1e9);
            let data = if at == 0 { sample.data.clone() } else { bare(&sample.data) };
            let row = VideoStream::update_fields().with_sample(data);
            rec.log("camera", &row).expect("a sample");
        }
    });
    let (to, mp4) = (workspace.path("to.rrd"), workspace.path("to.mp4"));
    let outcome = save(&from, "", &to).expect(0);
    assert!(outcome.stderr.contains("headers at every keyframe"), "{}", outcome.stderr);
    let repaired = Recording::open(&to);
    let repaired = repaired.only_video();
    assert_eq!(repaired.samples.len(), video.samples.len());
    for (got, wanted) in repaired.samples.iter().zip(&video.samples) {
        let unit = annexb::inspect(&got.data);
        assert_eq!(
            (unit.sps.len(), unit.pps.len()),
            (usize::from(unit.idr), usize::from(unit.idr))
        );
        assert_eq!(bare(&got.data), bare(&wanted.data), "a slice was changed");
    }
    save(&from, "", &mp4).expect(0);
    assert_eq!(units(&mp4), nals(&repaired.annexb()));
}

#[test]
fn a_good_stream_stays_where_only_video_is_kept() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let workspace = Workspace::new();
    let (from, to) = (of_a_video(&workspace), workspace.path("to.rrd"));
    save(&from, "--drop-other", &to).expect(0);
    let samples = |path: &Path| Recording::open(path).only_video().samples.clone();
    assert_eq!(samples(&to), samples(&from));
    let again = save(&from, "", &workspace.path("again.rrd")).expect(1);
    assert!(again.stderr.contains("the Viewer shows it correctly"), "{}", again.stderr);
}
