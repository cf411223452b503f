//! What the Rerun Viewer shows at each time, by its own player and decoder (`re_video`), without its window.
//! Each frame of the source carries its number as brightness, so the picture identifies the frame.

use std::path::PathBuf;

use re_video::VideoCodec;
use rerun::components::VideoCodec as LoggedCodec;

use crate::support::convert::convert;
use crate::support::player::Player;
use crate::support::recording::Video;
use crate::support::run::wait_until;
use crate::support::{generate, skip};

const FRAMES: usize = 75;

#[test]
fn constant_rate_shows_the_right_frame() {
    let at_25 = "settb=1/1000,setpts=N*40";
    shows_the_right_frame("constant.mkv", at_25, "");
}

#[test]
fn variable_rate_shows_the_right_frame() {
    // Between 10 and 90 ms a frame, and a pause of half a second now and then.
    let irregular = "settb=1/1000,setpts=N*50+mod(N*37\\,41)+floor(N/20)*500";
    shows_the_right_frame("variable.mkv", irregular, "");
}

#[test]
fn extreme_settings_show_the_right_frame() {
    let at_25 = "settb=1/1000,setpts=N*40";
    // Every frame a keyframe at one end, the slowest search and many references at the other.
    shows_the_right_frame("constant.mkv", at_25, "--preset ultrafast --keyframe-interval 0.04");
    shows_the_right_frame("constant.mkv", at_25, "--preset veryslow --crf 12");
}

#[test]
fn h265_shows_the_right_frame() {
    if skip::have_encoder("libx265") {
        let at_25 = "settb=1/1000,setpts=N*40";
        shows_the_right_frame("constant.mkv", at_25, "--codec h265");
    }
}

fn shows_the_right_frame(name: &str, times: &str, options: &str) {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let converted = convert(&numbered(name, times), options);
    let mut viewer = Viewer::open(converted.video());
    assert_eq!(viewer.0.len(), FRAMES);

    let forward = 0..FRAMES;
    // Each step back restarts the decoder, so there are fewer of them.
    let backward = (0..FRAMES).rev().step_by(6);
    // A fixed walk that comes by everywhere: 29 and the number of frames have no common divisor.
    let random = (0..20).map(|step| step * 29 % FRAMES);
    let wrong: Vec<String> = forward
        .chain(backward)
        .chain(random)
        .filter_map(|frame| {
            let shown = viewer.shown_during(frame);
            (shown != Some(frame)).then(|| format!("{shown:?} at the time of {frame}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{options:?} shows {wrong:?}");
}

/// A clip whose frames show their number in their upper half: the tens as brightness on the left,
/// the ones on the right, in steps that no encoder takes for noise. Below, something moves: the
/// decoder reads its input by the kilobyte, and a flat picture would take it too many frames.
fn numbered(name: &str, times: &str) -> PathBuf {
    let source = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=3,format=yuv420p";
    let number = "16+20*if(lt(X\\,W/2)\\,floor(N/10)\\,mod(N\\,10))";
    let numbers = format!("geq=lum=if(lt(Y\\,H/2)\\,{number}\\,lum(X\\,Y)):cb=128:cr=128");
    let command = format!("{source},{numbers},{times} -fps_mode passthrough -c:v ffv1");
    generate::video(name, &command)
}

/// Luma in the middle of the left and of the right half.
type Digits = [u8; 2];

/// A player that keeps the number of the picture.
struct Viewer(Player<Option<Digits>>);

impl Viewer {
    fn open(video: &Video) -> Self {
        let codec = match video.codecs[0].codec {
            LoggedCodec::H265 => VideoCodec::H265,
            _ => VideoCodec::H264,
        };
        let samples: Vec<_> = video.samples.iter().map(|s| (s.time, s.data.as_slice())).collect();
        Self(Player::open(codec, &samples))
    }

    /// The number that the picture carries when the time cursor is within a frame's time.
    fn shown_during(&mut self, frame: usize) -> Option<usize> {
        wait_until(&format!("the viewer shows frame {frame}"), || {
            self.0.is_at(frame, |picture| {
                let (width, height) =
                    (picture.content.width as usize, picture.content.height as usize);
                let row = &picture.content.data[height / 4 * width..][..width];
                Some([row[width / 4], row[width * 3 / 4]])
            })
        });
        // The viewer's decoder gives full range: 0 for 16 and 255 for 235.
        let digit = |luma: u8| (f64::from(luma) * 219.0 / 255.0 / 20.0).round() as usize;
        let [tens, ones] = self.0.shown().copied().flatten()?.map(digit);
        Some(10 * tens + ones)
    }
}
