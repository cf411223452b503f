//! Picture quality: as good as the `ffmpeg` command with the same settings.
//! Exact colours and geometry are in `colours` and `shapes`.

use std::path::Path;

use crate::support::convert::convert;
use crate::support::generate::{self, PATTERN};
use crate::support::picture::{
    decode_h264, decode_source, decode_video, encoded_by_ffmpeg, mean_psnr, reference_filter,
};
use crate::support::probe::source;
use crate::support::run::Workspace;
use crate::support::skip;
use crate::support::table::check_all;

/// More pictures than this say nothing new, and comparing them takes time.
const COMPARED: usize = 60;

/// Camera and film pictures: turned, flipped, stretched, interlaced, full range and HDR ones too.
const NATURAL: [&str; 12] = [
    "androidx-media/sample.mp4",
    "androidx-media/sample_rotate_and_reflect.mp4",
    "androidx-media/hdr10-video-with-sdr-container.mp4",
    "debian-opencv-doc/Megamind.avi",
    "file-type/fixture-mjpeg.mov",
    "file-type/fixture-raw.mts",
    "gopro-gpmf/max-heromode.mp4",
    "mp4ff/av1.ivf",
    "php-ffmpeg/portrait.MOV",
    "rails/video_with_rectangular_samples.mp4",
    "streamio-ffmpeg/sideways movie.mov",
    "torchcodec/nasa_13013.mp4",
];

#[test]
fn natural_video_is_as_good_as_the_ffmpeg_command_makes_it() {
    if skip::corpus().is_none() || !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    check_all(
        &NATURAL,
        |name| name.to_string(),
        |name| skip::corpus_file(name).map_or(Vec::new(), |path| quality(&path, 30.0)),
    );
}

#[test]
fn generated_video_is_as_good_as_the_ffmpeg_command_makes_it() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let odd = PATTERN.replace("128x96", "129x97");
    let rows = [
        ("plain.mp4", format!("{PATTERN} -c:v libx264 -crf 10 -pix_fmt yuv420p")),
        ("tagged.mkv", format!("{PATTERN} -c:v ffv1 -pix_fmt yuv422p10le -colorspace bt709")),
        ("rgb.mkv", format!("{PATTERN} -c:v ffv1 -pix_fmt bgr0")),
        // Cropped: a scaled picture would be far off.
        ("odd.mkv", format!("{odd} -c:v ffv1 -pix_fmt yuv444p")),
    ];
    check_all(
        &rows,
        |(name, _)| name.to_string(),
        // Hard edges everywhere: harder to encode than nature, so only the difference counts.
        |(name, command)| quality(&generate::video(name, command), 20.0),
    );
}

/// What is wrong with the pictures of a recording of a file: fewer than there are, worse than
/// FFmpeg's by 0.3 dB, or plainly bad.
fn quality(path: &Path, least: f64) -> Vec<String> {
    let source = source(path).expect("a video stream");
    let converted = convert(path, "");
    let video = converted.video();
    let filter = reference_filter(&source, video);
    let truth = || decode_source(path, source.stream, &filter);
    let ours = mean_psnr(decode_video(video, &converted.workspace), truth(), COMPARED);
    let workspace = Workspace::new();
    let encoded = encoded_by_ffmpeg(path, &source, &filter, &workspace);
    let theirs = mean_psnr(decode_h264(&encoded), truth(), COMPARED);

    let mut wrong = Vec::new();
    let decoded = decode_video(video, &converted.workspace).count();
    if decoded != source.frames.len() {
        wrong.push(format!("{decoded} of {} pictures", source.frames.len()));
    }
    if ours < theirs - 0.3 {
        wrong.push(format!("{ours:.2} dB, and the ffmpeg command has {theirs:.2} dB"));
    }
    if ours < least {
        wrong.push(format!("{ours:.2} dB"));
    }
    wrong
}
