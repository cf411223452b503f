//! Encoded samples without a recording, of inputs and of the caller's own pictures: the same as in a recording.
//! The contract of a sample is in `contract`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::vstream as lib;
use lib::{
    Cancel, CodecChoice, Config, ErrorKind, FrameConfig, FrameEncoder, InputConfig, OutputConfig,
    PixelLayout, Remedy, SampleCodec, Silent, Size,
};

use crate::support::recording::Recording;
use crate::support::run::Workspace;
use crate::support::{generate, skip};

fn pattern() -> Config {
    Config::new("lavfi:testsrc2=size=96x64:rate=25,trim=end_frame=40")
        .with_video(lib::VideoConfig::default().with_preset("ultrafast"))
}

/// Main time, frame, capture time and data of every sample.
type Rows = Vec<(i64, Option<i64>, Option<i64>, Vec<u8>)>;

fn nanos(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).expect("after 1970").as_nanos() as i64
}

fn row(sample: lib::Sample) -> (i64, Option<i64>, Option<i64>, Vec<u8>) {
    let time = sample.time().as_nanos() as i64;
    (time, Some(sample.frame() as i64), sample.capture_time().map(nanos), sample.into_data())
}

fn rows(config: &Config) -> Rows {
    lib::samples(config).expect("samples").map(|s| row(s.expect("a sample"))).collect()
}

fn recorded(config: &Config) -> Rows {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let config = config.clone().with_output(OutputConfig::save(&to));
    lib::run(&config, &mut Silent).expect("a run");
    let recording = Recording::open(&to);
    let samples = recording.only_video().samples.iter().cloned();
    samples.map(|s| (s.time, s.frame, s.capture_time, s.data)).collect()
}

#[test]
fn samples_are_those_of_a_recording() {
    let mut config = pattern();
    assert_eq!(rows(&config), recorded(&config));
    let start = "2024-05-01T12:00:00Z".parse::<lib::StartTime>().expect("a time");
    config.recording = config.recording.with_start_time(start);
    config.inputs[0].start = Some(Duration::from_millis(400));
    config.inputs[0].duration = Some(Duration::from_millis(400));
    let rows = rows(&config);
    assert_eq!(rows.len(), 10);
    assert_eq!(rows, recorded(&config));
}

#[test]
fn samples_describe_themselves() {
    let mut samples = lib::samples(&pattern()).expect("samples");
    assert_eq!((samples.stream().width, samples.codec()), (96, SampleCodec::H264));
    assert!(samples.encoding().starts_with("libx264 ultrafast"), "{samples:?}");
    let first = samples.next().expect("one").expect("a sample");
    assert!(first.is_keyframe() && first.frame() == 0 && first.time().is_zero());
    let keyframes = samples.by_ref().filter(|s| s.as_ref().is_ok_and(lib::Sample::is_keyframe));
    assert_eq!(keyframes.count(), 1, "one every second");
    assert!(samples.next().is_none() && samples.warnings().is_empty());
}

#[test]
fn packets_are_samples_where_they_are_copied() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = generate::video("copied.mp4", "{v} -c:v libx264 -bf 0 -g 10 -pix_fmt yuv420p");
    let mut config = Config::new(&path);
    config.video.codec = CodecChoice::Copy;
    assert_eq!(lib::samples(&config).expect("samples").encoding(), "copied");
    assert_eq!(rows(&config), recorded(&config));
}

#[test]
fn sound_without_a_video_has_no_samples() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let song = generate::video("song.mp3", "-f lavfi -i sine=d=1");
    let error = lib::samples(&Config::new(song)).expect_err("there is no video");
    assert_eq!((error.kind(), error.remedy()), (ErrorKind::NoVideo, Some(&Remedy::SoundOnly)));
    assert!(error.to_string().contains("1 audio stream"), "{error}");
}

#[test]
fn dropping_samples_closes_the_input() {
    if !skip::have(&["ffmpeg", "mkfifo"]) {
        return;
    }
    let workspace = Workspace::new();
    let fifo = workspace.path("endless.h264");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo");
    assert!(made.success());
    let mut writer = std::process::Command::new("ffmpeg")
        .args(["-v", "quiet", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25"])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-f", "h264", "-y"])
        .arg(&fifo)
        .spawn()
        .expect("ffmpeg");
    let mut samples = lib::samples(&Config::new(&fifo)).expect("samples");
    assert!(samples.next().expect("one").is_ok());
    drop(samples);
    // The only reader has gone, so the writer ends by itself.
    writer.wait().expect("ffmpeg ends");
}

#[test]
fn samples_end_when_they_are_cancelled() {
    let cancel = Cancel::new();
    let config = Config::new("lavfi:testsrc2=size=64x64:rate=25").with_cancel(cancel.clone());
    let mut samples = lib::samples(&config).expect("samples");
    assert!(samples.next().expect("one").is_ok());
    cancel.cancel();
    assert!(samples.all(|sample| sample.is_ok()), "a cancellation is no error");
}

#[test]
fn an_error_is_the_last_item() {
    let mut config = pattern();
    config.video.filter = Some("nosuchfilter".to_owned());
    let mut samples = lib::samples(&config).expect("the input is there");
    let error = samples.next().expect("an item").expect_err("no such filter");
    assert_eq!(error.kind(), ErrorKind::Filter);
    assert!(samples.next().is_none());

    let missing = lib::samples(&Config::new("no/such/file.mp4")).expect_err("no such file");
    assert_eq!(missing.kind(), ErrorKind::Open);
    let two = pattern().with_input(InputConfig::new("lavfi:testsrc2"));
    assert_eq!(lib::samples(&two).expect_err("two videos").kind(), ErrorKind::Config);
    let mut none = pattern();
    none.inputs[0].start = Some(Duration::from_secs(100));
    let items: Vec<_> = lib::samples(&none).expect("samples").collect();
    let [Err(error)] = &items[..] else { panic!("{items:?}") };
    assert_eq!(error.kind(), ErrorKind::NoPictureLeft);
}

#[test]
fn pictures_of_the_caller_become_samples() {
    let start = UNIX_EPOCH + Duration::from_secs(1000);
    let config = FrameConfig::new(Size::new(64, 48), PixelLayout::Gray).with_start_time(start);
    let mut encoder = FrameEncoder::new(&config).expect("an encoder");
    assert_eq!(encoder.codec(), SampleCodec::H264);
    let time = |i: u8| Duration::from_millis(40 * u64::from(i));
    let mut samples = Vec::new();
    for i in 0..50 {
        encoder.write(time(i), &[4 * i; 64 * 48]).expect("a picture");
        samples.extend(encoder.samples());
    }
    let late = encoder.write(time(49), &[0; 64 * 48]).expect_err("a time that was");
    assert_eq!(late.kind(), ErrorKind::Frame);
    assert_eq!(encoder.progress().read, 50);
    samples.extend(encoder.finish().expect("the rest"));
    assert_eq!(samples.len(), 50);
    for (i, sample) in (0..).zip(&samples) {
        assert_eq!((sample.frame(), sample.time()), (u64::from(i), time(i)));
        assert_eq!(sample.capture_time(), Some(start + time(i)));
    }
    assert_eq!(samples.iter().filter(|s| s.is_keyframe()).count(), 2);

    let cancel = Cancel::new();
    let mut encoder = FrameEncoder::new(&config.with_cancel(cancel.clone())).expect("an encoder");
    encoder.write(time(0), &[0; 64 * 48]).expect("a picture");
    cancel.cancel();
    let refused = encoder.write(time(1), &[0; 64 * 48]).expect_err("it is cancelled");
    assert_eq!(refused.kind(), ErrorKind::Frame);
    assert_eq!(encoder.finish().expect("the rest").count(), 1);
}
