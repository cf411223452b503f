//! Every encoder of this FFmpeg keeps the contract in its own codec, for files, live and at a bitrate.
//! Names, settings and missing encoders are in `encoder_names`.

use std::path::{Path, PathBuf};

use rerun::components::VideoCodec;

use crate::support::check::{SECOND, keyframes_of_the_viewer};
use crate::support::convert::convert;
use crate::support::picture::{decode_raw, decode_source, mean_psnr};
use crate::support::probe::source;
use crate::support::recording::{Recording, Video};
use crate::support::run::{Outcome, Workspace, program, read, vstream};
use crate::support::source::{Connection, tcp};
use crate::support::table::check_all;
use crate::support::{generate, skip};

pub struct Row {
    pub encoder: &'static str,
    pub codec: VideoCodec,
    /// FFmpeg's format for the samples behind each other.
    raw: &'static str,
    /// It counts frames to a keyframe: an interval holds at a constant rate only.
    counts: bool,
}

const fn row(encoder: &'static str, codec: VideoCodec, raw: &'static str, counts: bool) -> Row {
    Row { encoder, codec, raw, counts }
}

/// Those that need no hardware.
pub const ROWS: &[Row] = &[
    row("libx264", VideoCodec::H264, "h264", false),
    row("libopenh264", VideoCodec::H264, "h264", true),
    row("libx265", VideoCodec::H265, "hevc", false),
    row("libsvtav1", VideoCodec::AV1, "obu", false),
    row("libaom-av1", VideoCodec::AV1, "obu", false),
    row("librav1e", VideoCodec::AV1, "obu", true),
];

fn rows() -> Vec<&'static Row> {
    let have = skip::have(&["ffmpeg", "ffprobe"]);
    ROWS.iter().filter(|row| have && skip::have_encoder(row.encoder)).collect()
}

/// Three seconds, with B-frames and few keyframes.
pub fn clip() -> PathBuf {
    let pattern = "-f lavfi -i testsrc2=size=160x128:rate=25:duration=3";
    generate::video("three.mp4", &format!("{pattern} -c:v libx264 -crf 15 -bf 2 -g 100"))
}

/// The rate falls and rises between 50 and 5 a second.
fn variable() -> PathBuf {
    let pattern = "-f lavfi -i testsrc2=size=160x128:rate=25:duration=3";
    let times = "setpts=(N*20+(N*N*2))/1000/TB";
    let encoder = "-c:v libx264 -crf 15 -bf 2 -g 100";
    let command = format!("{pattern} -vf {times} -fps_mode passthrough {encoder}");
    generate::video("variable.mp4", &command)
}

/// Runs it on a file, and returns what is wrong with the result.
fn check(row: &Row, path: &Path, options: &str, least: f64) -> Vec<String> {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().arg("--encoder").arg(row.encoder).words(options);
    let outcome = run.arg("--save").arg(&to).arg(path).run();
    if let Err(complaint) = outcome.check(0) {
        return vec![complaint];
    }
    let mut wrong = nothing_else_is_said(&outcome);
    let recording = Recording::open(&to);
    let video = recording.only_video();
    wrong.extend(kept(row, video));
    let source = source(path).expect("a video stream");
    if video.times() != source.times() {
        wrong.push(format!("times {:?} instead of {:?}", video.times(), source.times()));
    }
    wrong.extend(pictures(row, video, &workspace, Some((path, source.stream, least))));
    wrong
}

/// The plan, the output, the summary: three lines, and none of the encoder's own.
fn nothing_else_is_said(outcome: &Outcome) -> Vec<String> {
    let lines = outcome.stderr.lines().count();
    (lines != 3).then(|| format!("it says more:\n{}", outcome.stderr)).into_iter().collect()
}

/// The contract, as far as it is the same for every codec.
fn kept(row: &Row, video: &Video) -> Vec<String> {
    let mut wrong = Vec::new();
    match &video.codecs[..] {
        [logged] if logged.codec == row.codec && logged.is_static && logged.before_samples => {}
        logged => wrong.push(format!("the codec is {logged:?}")),
    }
    wrong.extend(keyframes_of_the_viewer(video, row.codec));
    let keyframes: Vec<i64> = video.keyframes.iter().map(|(time, _)| *time).collect();
    let ends = keyframes.iter().skip(1).chain(video.samples.last().map(|s| &s.time));
    let longest = keyframes.iter().zip(ends).map(|(from, to)| to - from).max();
    if longest.is_none_or(|length| length > SECOND) {
        wrong.push(format!("keyframes at {keyframes:?}"));
    }
    for chunk in &video.chunks {
        let first = video.samples[chunk.first].time;
        if !chunk.sorted || !keyframes.contains(&first) {
            wrong.push(format!("a chunk begins at {first}, within a GOP, or is not sorted"));
        }
    }
    wrong
}

/// Each sample gives one picture, from every keyframe on alike; and they look like the source.
fn pictures(
    row: &Row,
    video: &Video,
    workspace: &Workspace,
    source: Option<(&Path, usize, f64)>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (keyframe, _) in &video.keyframes {
        let first = video.samples.iter().position(|s| s.time == *keyframe).expect("its sample");
        let path = workspace.path("samples");
        let samples = &video.samples[first..];
        let bytes: Vec<u8> = samples.iter().flat_map(|s| &s.data).copied().collect();
        std::fs::write(&path, bytes).expect("a file for the samples");
        let decoded = decode_raw(&path, row.raw).count();
        if decoded != samples.len() {
            wrong.push(format!("{decoded} pictures of {} samples from {first} on", samples.len()));
        }
        if let (0, Some((source, stream, least))) = (first, source) {
            let filter = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
            let truth = decode_source(source, stream, filter);
            let tags = colours(&path, row.raw);
            if tags != "tv bt709 bt709 bt709" {
                wrong.push(format!("the colours are tagged {tags}"));
            }
            let psnr = mean_psnr(decode_raw(&path, row.raw), truth, 1000);
            if psnr < least {
                wrong.push(format!("{psnr:.2} dB"));
            }
        }
    }
    wrong
}

/// What the stream says of its colours: range, matrix, transfer, primaries.
fn colours(path: &Path, raw: &str) -> String {
    let wanted = "stream=color_range,color_space,color_transfer,color_primaries";
    let probe = program("ffprobe").words("-v error -f").arg(raw).words("-show_entries");
    let outcome = probe.arg(wanted).words("-of csv=p=0").arg(path).run();
    String::from_utf8_lossy(&outcome.stdout).trim().replace(',', " ")
}

#[test]
fn every_encoder_keeps_the_contract() {
    let rows = rows();
    let path = clip();
    check_all(&rows, |row| row.encoder.to_owned(), |row| check(row, &path, "", 33.0));
}

#[test]
fn keyframes_keep_their_interval_where_the_rate_varies() {
    let rows: Vec<_> = rows().into_iter().filter(|row| !row.counts).collect();
    let path = variable();
    check_all(&rows, |row| row.encoder.to_owned(), |row| check(row, &path, "", 30.0));
}

#[test]
fn every_encoder_keeps_a_bitrate() {
    let rows = rows();
    let path = clip();
    check_all(&rows, |row| row.encoder.to_owned(), |row| check(row, &path, "--bitrate 600k", 20.0));
}

#[test]
fn pictures_of_a_live_source_keep_the_contract_with_every_encoder() {
    let rows = rows();
    let stream = read(&generate::video("live.ts", "{v} -c:v libx264 -bf 0 -g 10"));
    check_all(
        &rows,
        |row| row.encoder.to_owned(),
        |row| {
            let workspace = Workspace::new();
            let to = workspace.path("out.rrd");
            let source = tcp(vec![Connection { bytes: stream.clone(), holds: false }]);
            let run = vstream().arg("--encoder").arg(row.encoder).arg("--save").arg(&to);
            let outcome = run.arg(&source.url).run();
            // A live stream that ends by itself has broken off.
            if !outcome.stderr.contains("the stream ended") {
                return vec![outcome.stderr];
            }
            let recording = Recording::open(&to);
            let video = recording.only_video();
            let mut wrong = kept(row, video);
            wrong.extend(pictures(row, video, &workspace, None));
            let wanted: Vec<i64> = (0..40).map(|n| n * 40_000_000).collect();
            let times = video.times();
            wrong.extend((times != wanted).then(|| format!("times {times:?}")));
            wrong
        },
    );
}

#[test]
fn a_codec_uses_the_first_encoder_that_works() {
    let path = clip();
    for (name, codec, encoders) in [
        ("h264", VideoCodec::H264, ["libx264"].as_slice()),
        ("h265", VideoCodec::H265, &["libx265"]),
        ("av1", VideoCodec::AV1, &["libsvtav1", "libaom-av1", "librav1e"]),
    ] {
        if !encoders.iter().any(|encoder| skip::have_encoder(encoder)) {
            continue;
        }
        let converted = convert(&path, &format!("--codec {name}"));
        assert_eq!(converted.video().codecs[0].codec, codec);
        let said = encoders.iter().any(|encoder| converted.outcome.stderr.contains(encoder));
        assert!(said, "{}", converted.outcome.stderr);
    }
}
