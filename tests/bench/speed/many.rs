//! A dataset of short clips, and the ways to turn each into H.264 or its own recording.
//! Timing them is `measure`'s.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::measure::Contender;
use crate::peers::Peers;

/// Seconds of a clip, as episodes of robots are cut.
const SECONDS: u32 = 2;
/// Different clips; the rest are copies.
const KINDS: usize = 8;

/// A folder of clips.
pub struct Clips {
    folder: PathBuf,
    pub count: usize,
    codec: &'static str,
}

impl Clips {
    /// `count` clips of 640x480 at 30 fps, in the codec that datasets have (AV1) or used to have (H.264).
    pub fn new(folder: &Path, codec: &'static str, count: usize) -> Self {
        let made = folder.join(format!("{codec}-{count}"));
        std::fs::create_dir_all(&made).expect("a folder for clips");
        let encoder = match codec {
            "AV1" => "-c:v libsvtav1 -preset 10 -g 2",
            _ => "-c:v libx264 -preset veryfast -g 2 -bf 0",
        };
        for n in 0..count {
            let path = made.join(format!("episode_{n:06}.mp4"));
            if n >= KINDS {
                std::fs::copy(made.join(format!("episode_{:06}.mp4", n % KINDS)), path)
                    .expect("a copy");
                continue;
            }
            let graph = format!(
                "testsrc2=size=640x480:rate=30:duration={SECONDS},hue=h={},noise=alls=8:allf=t",
                n * 40
            );
            let words = ["-v", "error", "-y", "-f", "lavfi", "-i", &graph, "-pix_fmt", "yuv420p"];
            let mut ffmpeg = Command::new("ffmpeg");
            let run = ffmpeg.args(words).args(encoder.split(' ')).arg(path).status();
            assert!(run.expect("the ffmpeg command").success(), "ffmpeg {graph}");
        }
        Self { folder: made, count, codec }
    }

    pub fn describe(&self) -> String {
        format!("{} clips of {SECONDS} s, 640x480 {}", self.count, self.codec)
    }

    /// All ways there are on this machine; the first is ours.
    pub fn contenders(&self, peers: &Peers, codec: &str) -> Vec<Option<Contender>> {
        let (from, out) = (self.folder.display(), peers.out.display());
        let vstream = &peers.program;
        let shell = |name: &str, script: String| {
            Some(Contender { name: name.into(), words: vec!["sh".into(), "-c".into(), script] })
        };
        let ffmpeg = "ffmpeg -v error -nostdin -y -i";
        let encode = "-an -c:v libx264 -preset veryfast -crf 23 -bf 0 -g 250 -forced-idr 1 -pix_fmt yuv420p -force_key_frames 'expr:gte(t,n_forced)' -f h264";
        vec![
            shell(
                "vstream, one process",
                format!("{vstream} {from} -q --codec {codec} --save {out}/"),
            ),
            shell(
                "a shell loop of ffmpeg",
                format!(
                    "for f in {from}/*.mp4; do {ffmpeg} $f {encode} {out}/$(basename $f).h264; done"
                ),
            ),
            peers
                .parallel
                .then(|| {
                    shell(
                        "GNU parallel of ffmpeg",
                        format!(
                            "ls {from}/*.mp4 | parallel \"{ffmpeg} {{}} {encode} {out}/{{/}}.h264\""
                        ),
                    )
                })
                .flatten(),
            shell(
                "a shell loop of vstream",
                format!(
                    "for f in {from}/*.mp4; do {vstream} $f -q --codec {codec} --save {out}/$(basename $f).rrd; done"
                ),
            ),
            peers
                .reader
                .then(|| {
                    shell(
                        "one Python process of Mp4Reader",
                        format!(
                            "python3 {}/tests/bench/mp4_reader.py {from} {out}",
                            env!("CARGO_MANIFEST_DIR")
                        ),
                    )
                })
                .flatten(),
        ]
    }
}
