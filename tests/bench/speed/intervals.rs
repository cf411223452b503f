//! What keyframes cost and what they are good for: the size of a recording, and how long the Rerun Viewer's own decoder
//! takes to show a picture after a jump to it.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::peers::{Peers, samples_of};
use crate::player::Player;
use crate::video::Video;

const JUMPS: usize = 40;
/// How often the viewer is asked whether it shows the picture.
const POLL: Duration = Duration::from_millis(1);

/// A row for each number of seconds between keyframes.
pub fn show(peers: &Peers, video: &Video) {
    println!("\n## keyframe intervals, {}", video.describe());
    for seconds in ["0.25", "0.5", "1", "2", "4"] {
        let (bytes, recording) = peers.recorded(video, &["--keyframe-interval", seconds]);
        let jumps = jumps(Path::new(&recording));
        println!(
            "{seconds:>5} s {:>9.3} MB  picture after a jump: median {:>4} ms, 95 of 100 within {:>4} ms",
            bytes as f64 / 1e6,
            jumps[JUMPS / 2].as_millis(),
            jumps[JUMPS * 95 / 100].as_millis()
        );
    }
}

/// How long jumps to pictures here and there take, in order.
fn jumps(recording: &Path) -> Vec<Duration> {
    let samples: Vec<_> = samples_of(recording).collect();
    let samples: Vec<_> = samples.iter().map(|(time, data)| (*time, data.as_slice())).collect();
    let mut player = Player::<bool>::open(re_video::VideoCodec::H264, &samples);
    // The same pictures for all intervals.
    let mut random = fastrand::Rng::with_seed(1);
    let mut jump = || {
        let frame = random.usize(..player.len());
        let began = Instant::now();
        while !player.is_at(frame, |_| true) {
            thread::sleep(POLL);
        }
        assert_eq!(player.shown(), Some(&true));
        began.elapsed()
    };
    let mut taken: Vec<Duration> = (0..JUMPS).map(|_| jump()).collect();
    taken.sort();
    taken
}
