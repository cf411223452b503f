//! The packets of a video file, as the `ffprobe` and `ffmpeg` commands read them.
//! The tests decide what they should be.

use std::path::Path;

use super::annexb;
use super::run::program;

/// The times of all packets of video in seconds, and whether they are keyframes.
#[track_caller]
pub fn packets(path: &Path) -> Vec<(f64, bool)> {
    packets_of(path, "v")
}

/// The same, of the streams of this specifier of FFmpeg's.
#[track_caller]
pub fn packets_of(path: &Path, streams: &str) -> Vec<(f64, bool)> {
    let run = program("ffprobe").words("-v error -show_entries packet=pts_time,flags");
    let run = run.words("-select_streams").arg(streams);
    let outcome = run.words("-of csv=p=0").arg(path).run().expect(0);
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let packet = |line: &str| {
        let (time, flags) = line.split_once(',').expect("a time and flags");
        (time.parse().expect("a time"), flags.starts_with('K'))
    };
    text.lines().map(packet).collect()
}

/// The NAL units of all H.264 packets, as a decoder of raw streams gets them.
#[track_caller]
pub fn units(path: &Path) -> Vec<Vec<u8>> {
    units_of(path, "v")
}

/// The same, of the streams of this specifier of FFmpeg's.
#[track_caller]
pub fn units_of(path: &Path, streams: &str) -> Vec<Vec<u8>> {
    let run = program("ffmpeg").words("-v error -i").arg(path).words("-map");
    let run = run.arg(format!("0:{streams}")).words("-c copy -bsf:v");
    let outcome = run.words("h264_mp4toannexb -f data -").run().expect(0);
    nals(&outcome.stdout)
}

/// The NAL units of an Annex B stream.
pub fn nals(stream: &[u8]) -> Vec<Vec<u8>> {
    annexb::nals(stream).into_iter().map(|nal| nal.bytes.to_vec()).collect()
}
