//! How fast vstream is beside what else turns a video into H.264 or into a recording, side by side in one run.
//! A measurement for people, not a test: nothing here passes or fails.
//!
//!     cargo bench --bench speed [-- [--video FILE] [--seconds N] [--runs N] [--clips N] [--vstream PROGRAM]
//!                               [--newest-ffmpeg FFMPEG] [PART...]]
//!
//! Parts: `encode`, `pyav`, `reader`, `copy`, `sound`, `conversions`, `hdr`, `live`, `length`, `start`, `intervals`, `size`,
//! `many`, `recordings`; all without one. `many` converts `--clips` (500) short clips, `recordings` a recording of
//! JPEGs and one four times as long. `--video` is a clip of your own, looped to `--seconds` (60); without one a
//! synthetic clip is made. `--vstream` is another program than the one built with this. Programs that are not there are
//! left out by name. `pip install rerun-sdk av numpy pillow imageio-ffmpeg` brings all of them but `ffmpeg` itself.

// A measurement ends where it cannot measure.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod conversions;
mod intervals;
mod live;
mod many;
mod measure;
mod peers;
#[path = "../../support/player.rs"]
mod player;
mod recordings;
mod video;

use std::path::PathBuf;

use conversions::Conversions;
use live::Cameras;
use many::Clips;
use measure::{Contender, paired};
use peers::Peers;
use recordings::Pictures;
use video::Clip;

/// What is asked for on the command line.
struct Asked {
    video: Option<PathBuf>,
    seconds: u32,
    runs: usize,
    clips: usize,
    program: Option<String>,
    newest: Option<PathBuf>,
    parts: Vec<String>,
}

impl Asked {
    fn read() -> Self {
        let mut asked = Self {
            video: None,
            seconds: 60,
            runs: 5,
            clips: 500,
            program: None,
            newest: None,
            parts: Vec::new(),
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().expect("a value behind the option");
            match word.as_str() {
                "--video" => asked.video = Some(value().into()),
                "--seconds" => asked.seconds = value().parse().expect("whole seconds"),
                "--runs" => asked.runs = value().parse().expect("a number of runs"),
                "--clips" => asked.clips = value().parse().expect("a number of clips"),
                "--vstream" => asked.program = Some(value()),
                "--newest-ffmpeg" => asked.newest = Some(value().into()),
                // Cargo's own.
                "--bench" => {}
                part => asked.parts.push(part.to_owned()),
            }
        }
        asked
    }

    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|p| p == part)
    }
}

fn main() {
    let asked = Asked::read();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clip = Clip::new(folder.path(), asked.video.as_deref());
    let peers = Peers::find(folder.path(), asked.program.clone(), asked.newest.clone());
    println!("{}", peers.versions());
    let show = |title: &str, contenders: &[Option<Contender>], runs: usize| {
        let contenders: Vec<&Contender> = contenders.iter().flatten().collect();
        println!("\n## {title}\n{}", paired(&contenders, runs, &peers.out));
    };

    if asked.wants("encode") {
        let video = clip.reordered(asked.seconds);
        for preset in ["ultrafast", "veryfast"] {
            let contenders = [
                Some(peers.vstream(&video, &["--preset", preset])),
                peers.ffmpeg_encode(&video, preset),
                peers.newest_encode(&video, preset),
            ];
            show(&format!("encode, {preset}, {}", video.describe()), &contenders, asked.runs);
        }
    }
    if asked.wants("pyav") {
        let video = clip.reordered(asked.seconds);
        let contenders = [Some(peers.vstream(&video, &[])), peers.pyav(&video, &[])];
        let title = "the PyAV loop as documented, each at its defaults";
        show(&format!("{title}, {}", video.describe()), &contenders, asked.runs);
        let contenders = [
            Some(peers.vstream(&video, &["--preset", "ultrafast"])),
            peers.pyav(&video, &["ultrafast"]),
        ];
        let title = "the PyAV loop with threads, ultrafast";
        show(&format!("{title}, {}", video.describe()), &contenders, asked.runs);
    }
    if asked.wants("reader") {
        let video = clip.reordered(asked.seconds);
        let contenders = [
            Some(peers.vstream(&video, &[])),
            Some(peers.vstream(&video, &["--preset", "medium", "--crf", "18"])),
            peers.mp4_reader(&video),
        ];
        show(&format!("Mp4Reader, encoding, {}", video.describe()), &contenders, asked.runs);
    }
    if asked.wants("copy") {
        let video = clip.in_order(asked.seconds);
        let contenders = [
            Some(peers.vstream(&video, &["--codec", "copy"])),
            Some(peers.vstream(&video, &["--preset", "ultrafast"])),
            peers.ffmpeg_copy(&video),
            peers.newest_copy(&video),
            peers.mp4_reader(&video),
        ];
        show(&format!("copy, {}", video.describe()), &contenders, asked.runs);
    }
    if asked.wants("sound") {
        // Ten minutes, if 60 s are asked for.
        let film = clip.film(asked.seconds * 10);
        let contenders = [
            Some(peers.vstream(&film, &["--codec", "copy", "--no-audio"])),
            Some(peers.vstream(&film, &["--codec", "copy"])),
            peers.ffmpeg_copy(&film),
            peers.ffmpeg_copy_with_sound(&film),
        ];
        show(&format!("copy with and without sound, {}", film.describe()), &contenders, asked.runs);
    }
    if asked.wants("conversions") {
        for (name, contenders) in Conversions::new(folder.path()).rows(&peers) {
            let contenders: Vec<_> = contenders.into_iter().map(Some).collect();
            show(&name, &contenders, asked.runs);
        }
    }
    if asked.wants("hdr") {
        for (size, seconds) in [("1920x1080", 4), ("3840x2160", 2)] {
            let contenders = Conversions::new(folder.path()).hdr(&peers, size, seconds);
            let contenders: Vec<_> = contenders.into_iter().map(Some).collect();
            show(&format!("HDR, {size}, {seconds} s"), &contenders, asked.runs);
        }
    }
    if asked.wants("live") {
        Cameras { folder: folder.path(), seconds: asked.seconds.min(10), peers: &peers }.show();
    }
    if asked.wants("length") {
        for minutes in [1, 10, 60] {
            // Small pictures, so that an hour of them is not an hour of waiting.
            let video = clip.small(minutes * 60);
            let contenders = [
                Some(peers.vstream(&video, &["--preset", "ultrafast"])),
                Some(peers.vstream(&video, &["--codec", "auto"])),
                peers.ffmpeg_encode(&video, "ultrafast"),
            ];
            let runs = if minutes > 10 { 1 } else { asked.runs.min(3) };
            show(&format!("{minutes} min, {}", video.describe()), &contenders, runs);
        }
    }
    if asked.wants("start") {
        let video = clip.one_frame();
        let contenders = [
            Some(peers.vstream(&video, &[])),
            Some(peers.nothing()),
            peers.ffmpeg_encode(&video, "veryfast"),
        ];
        show("from nothing to one frame in a file", &contenders, asked.runs.max(20));
    }
    if asked.wants("many") {
        for codec in ["H.264", "AV1"] {
            let clips = Clips::new(folder.path(), codec, asked.clips);
            for codec in ["h264", "auto"] {
                let contenders = clips.contenders(&peers, codec);
                show(
                    &format!("{}, --codec {codec}", clips.describe()),
                    &contenders,
                    asked.runs.min(3),
                );
            }
        }
        // Twenty times as many: the time has to grow as they do, and the memory not at all.
        for count in [asked.clips / 5, asked.clips, asked.clips * 4] {
            let clips = Clips::new(folder.path(), "H.264", count);
            show(&clips.describe(), &clips.contenders(&peers, "auto")[..1], 1);
        }
    }
    if asked.wants("recordings") {
        let video = clip.reordered(asked.seconds.min(10));
        // Ten seconds of JPEGs are some hundred megabytes.
        let count = asked.seconds.min(10) as usize * 30;
        let pictures = Pictures::new(folder.path(), &video, count);
        let contenders = [
            Some(pictures.vstream(&peers, "out.rrd")),
            pictures.python(&peers),
            Some(pictures.vstream(&peers, "out.mp4")),
        ];
        show(&pictures.describe(), &contenders, asked.runs);
        // The memory must not grow with the recording.
        let pictures = Pictures::new(folder.path(), &video, count * 4);
        show(&pictures.describe(), &[Some(pictures.vstream(&peers, "out.rrd"))], 1);
    }
    if asked.wants("intervals") {
        intervals::show(&peers, &clip.reordered(asked.seconds.min(20)));
    }
    if asked.wants("size") {
        let video = clip.reordered(asked.seconds);
        peers.size(&video);
    }
}
