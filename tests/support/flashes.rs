//! Videos whose pictures flash when their audio beeps, and the times of both in a recording.
//! The tests decide how far apart they may be.

use super::recording::{Clip, Video};
use super::run::program;
use super::sound::heard;

/// White for a frame, and a tone at the same time, at 1 s, 3 s, 5 s and so on.
pub fn flashes(seconds: u32) -> String {
    format!(
        "-f lavfi -i color=black:s=64x48:r=25:d={seconds},geq=lum=if(between(mod(T\\,2)\\,1\\,1.039)\\,235\\,16):cb=128:cr=128 \
         -f lavfi -i aevalsrc=if(between(mod(t\\,2)\\,1\\,1.04)\\,0.8*sin(2*PI*1000*t)\\,0):s=48000:d={seconds}"
    )
}

/// The step that makes `flashes.mkv`, with B-frames and PCM.
pub fn film(seconds: u32) -> String {
    let codecs = "-c:v libx264 -preset ultrafast -bf 2 -g 50 -c:a pcm_s16le";
    format!("{} {codecs} > flashes.mkv", flashes(seconds))
}

/// How far the nearest of these times is.
pub fn distance(at: f64, times: &[f64]) -> f64 {
    times.iter().map(|time| (time - at).abs()).fold(f64::MAX, f64::min)
}

/// When white frames are shown, in seconds.
#[track_caller]
pub fn shown(video: &Video) -> Vec<f64> {
    let decode = program("ffmpeg")
        .words("-v error -f h264 -i - -fps_mode passthrough -f rawvideo -pix_fmt gray -");
    let pictures = decode.stdin(video.annexb()).run().expect(0).stdout;
    let frames = pictures.chunks_exact(64 * 48);
    assert_eq!(frames.len(), video.samples.len());
    let is_white = |frame: &[u8]| frame[64 * 24 + 32] > 128;
    let times = frames.zip(&video.samples).filter(|(frame, _)| is_white(frame));
    times.map(|(_, sample)| sample.time as f64 / 1e9).collect()
}

/// When tones begin, in seconds.
#[track_caller]
pub fn beeps(clips: &[Clip]) -> Vec<f64> {
    let sound = heard(clips);
    let rate = f64::from(sound.sample_rate);
    let mut silent_since = -rate;
    let mut found = Vec::new();
    for (at, sample) in sound.channel(0).into_iter().enumerate() {
        if sample.abs() > 0.25 {
            if at as f64 - silent_since > rate / 4.0 {
                found.push(at as f64 / rate);
            }
            silent_since = at as f64;
        }
    }
    found
}
