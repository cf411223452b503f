//! A recording with a JPEG for each frame, and the ways to make video of it.
//! Timing them is `measure`'s.

use std::path::{Path, PathBuf};
use std::process::Command;

use rerun::{EncodedImage, RecordingStreamBuilder, Scalars};

use crate::measure::Contender;
use crate::peers::Peers;
use crate::video::Video;

/// Where the pictures are.
const ENTITY: &str = "robot/camera";
/// Frames a second.
const RATE: f64 = 30.0;

/// A recording of a camera and a number beside it.
pub struct Pictures {
    path: PathBuf,
    count: usize,
}

impl Pictures {
    /// `count` pictures of 1280x720, those of `video` over and over.
    pub fn new(folder: &Path, video: &Video, count: usize) -> Self {
        let words = ["-v", "error", "-i"];
        let rest = ["-vf", "scale=1280:720", "-c:v", "mjpeg", "-q:v", "3", "-f", "mjpeg", "-"];
        let run = Command::new("ffmpeg").args(words).arg(&video.path).args(rest).output();
        let bytes = run.expect("the ffmpeg command").stdout;
        let starts: Vec<usize> = memchr::memmem::find_iter(&bytes, b"\xff\xd8\xff").collect();
        let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
        let jpegs: Vec<&[u8]> =
            starts.iter().zip(ends).map(|(&start, end)| &bytes[start..end]).collect();
        let path = folder.join(format!("pictures-{count}.rrd"));
        let rec = RecordingStreamBuilder::new("bench").recording_id("bench").save(&path);
        let rec = rec.expect("a recording");
        for (at, jpeg) in jpegs.iter().cycle().take(count).enumerate() {
            rec.set_time_sequence("frame", at as i64);
            rec.set_duration_secs("time", at as f64 / RATE);
            rec.log(ENTITY, &EncodedImage::from_file_contents(jpeg.to_vec())).expect("a picture");
            rec.log("robot/speed", &Scalars::single(at as f64)).expect("a number");
        }
        rec.flush_blocking().expect("a file");
        Self { path, count }
    }

    pub fn describe(&self) -> String {
        let bytes = std::fs::metadata(&self.path).expect("the recording").len();
        format!("{} JPEGs of 1280x720 in a recording of {:.1} MB", self.count, bytes as f64 / 1e6)
    }

    /// vstream, to a file of that name.
    pub fn vstream(&self, peers: &Peers, to: &str) -> Contender {
        let from = self.path.to_string_lossy().into_owned();
        let to_file = peers.out.join(to).to_string_lossy().into_owned();
        let words =
            [peers.program.as_str(), &from, "-q", "--save", &to_file].map(str::to_owned).to_vec();
        Contender { name: format!("vstream to {to}"), words }
    }

    /// A loop of rerun-sdk, Pillow and PyAV.
    pub fn python(&self, peers: &Peers) -> Option<Contender> {
        let script = format!("{}/tests/bench/recording_loop.py", env!("CARGO_MANIFEST_DIR"));
        let from = self.path.to_string_lossy().into_owned();
        let to = peers.out.join("peer.rrd").to_string_lossy().into_owned();
        let words = vec!["python3".to_owned(), script, from, to, ENTITY.to_owned()];
        peers.pillow.then(|| Contender { name: "rerun-sdk, Pillow and PyAV".into(), words })
    }
}
