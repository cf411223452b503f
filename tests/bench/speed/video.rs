//! The videos that are measured on: a clip, encoded once as cameras and phones do it, and looped without encoding.
//! Nothing here is timed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A clip and the folder its variants are made in.
pub struct Clip {
    folder: PathBuf,
    source: Vec<String>,
}

/// A video to measure on.
pub struct Video {
    pub path: PathBuf,
    what: &'static str,
    seconds: u32,
}

impl Video {
    /// A video for one comparison.
    pub fn made(path: PathBuf) -> Self {
        Self { path, what: "", seconds: 0 }
    }

    pub fn describe(&self) -> String {
        let bytes = std::fs::metadata(&self.path).expect("the video").len();
        format!("{}, {} s, {:.1} MB", self.what, self.seconds, bytes as f64 / 1e6)
    }
}

/// Length of the clip before it is looped, in seconds.
const CLIP: u32 = 10;
const RATE: u32 = 30;

impl Clip {
    pub fn new(folder: &Path, video: Option<&Path>) -> Self {
        let synthetic = || {
            // Noise, since nothing else keeps an encoder as busy as what a camera sees.
            let graph = format!("testsrc2=size=1920x1080:rate={RATE},noise=alls=12:allf=t");
            ["-f", "lavfi", "-i", &graph].map(str::to_owned).to_vec()
        };
        let of = |path: &Path| {
            let path = path.to_string_lossy().into_owned();
            ["-stream_loop", "-1", "-i", &path].map(str::to_owned).to_vec()
        };
        Self { folder: folder.to_owned(), source: video.map_or_else(synthetic, of) }
    }

    /// 1080p as most files are: B-frames, a keyframe every few seconds.
    pub fn reordered(&self, seconds: u32) -> Video {
        self.looped("1080p H.264 with B-frames", "1920:1080", &["-bf", "2"], seconds)
    }

    /// 1080p as Rerun takes it without encoding.
    pub fn in_order(&self, seconds: u32) -> Video {
        self.looped("1080p H.264 without B-frames", "1920:1080", &["-bf", "0"], seconds)
    }

    /// Small pictures in order.
    pub fn small(&self, seconds: u32) -> Video {
        self.looped("320x180 H.264 without B-frames", "320:180", &["-bf", "0"], seconds)
    }

    /// With sound.
    pub fn film(&self, seconds: u32) -> Video {
        const WHAT: &str = "1280x720 H.264 without B-frames, AAC";
        let path = self.folder.join(format!("film-{seconds}.mp4"));
        if !path.exists() {
            let silent = self.looped(WHAT, "1280:720", &["-bf", "0"], seconds);
            let noise = format!("anoisesrc=duration={seconds}:colour=pink:amplitude=0.2");
            let silent = silent.path.to_string_lossy().into_owned();
            let words = ["-i", &silent, "-f", "lavfi", "-i", &noise, "-c:v", "copy", "-ac", "2"];
            let more = ["-c:a", "aac", "-b:a", "128k"];
            let words: Vec<String> = words.into_iter().chain(more).map(str::to_owned).collect();
            ffmpeg(&words, &path);
        }
        Video { path, what: WHAT, seconds }
    }

    pub fn one_frame(&self) -> Video {
        let path = self.folder.join("frame.mp4");
        if !path.exists() {
            let mut words = self.source.clone();
            words.extend(
                ["-frames:v", "1", "-vf", "scale=640:360", "-pix_fmt", "yuv420p"]
                    .map(str::to_owned),
            );
            ffmpeg(&words, &path);
        }
        Video { path, what: "640x360, one frame", seconds: 0 }
    }

    fn looped(&self, what: &'static str, size: &str, frames: &[&str], seconds: u32) -> Video {
        let name = format!("{}-{}", size.replace(':', "x"), frames[1]);
        let clip = self.folder.join(format!("{name}.mp4"));
        if !clip.exists() {
            let mut words = self.source.clone();
            // Full-size pictures of real cameras are progressive and BT.709.
            let filter = format!(
                "bwdif=deint=interlaced,fps={RATE},scale={size}:flags=lanczos:out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv,setsar=1"
            );
            let rest = [
                "-an",
                "-sn",
                "-t",
                &CLIP.to_string(),
                "-vf",
                &filter,
                "-c:v",
                "libx264",
                "-preset",
                "medium",
                "-crf",
                "20",
                "-g",
                "60",
            ];
            words.extend(rest.map(str::to_owned));
            words.extend(frames.iter().map(|&w| w.to_owned()));
            ffmpeg(&words, &clip);
        }
        let path = self.folder.join(format!("{name}-{seconds}.mp4"));
        if !path.exists() {
            let times = (seconds.div_ceil(CLIP) - 1).to_string();
            let words = [
                "-stream_loop",
                &times,
                "-i",
                &clip.to_string_lossy(),
                "-c",
                "copy",
                "-t",
                &seconds.to_string(),
            ];
            ffmpeg(&words.map(str::to_owned), &path);
        }
        Video { path, what, seconds }
    }
}

/// Run the `ffmpeg` command to make a file.
pub fn ffmpeg(words: &[String], to: &Path) {
    let made = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(words).arg(to).status();
    assert!(made.expect("the ffmpeg command").success(), "ffmpeg {words:?}");
}
