//! MP4 and Matroska as outputs: the samples and times of the recording, in every container and codec.
//! The contents of a recording are in `contract`.

use std::path::PathBuf;

use crate::support::packets::{nals, packets, units};
use crate::support::recording::Recording;
use crate::support::run::{Workspace, program, vstream};
use crate::support::table::check_all;
use crate::support::{annexb, generate, skip};

/// Variable rate, turned by a quarter, with B-frames and sound: nothing that could be copied as it is.
fn clip() -> Option<PathBuf> {
    let make = || {
        let steps = [
            "{v} -vf select=not(eq(mod(n\\,7)\\,3)) -fps_mode vfr -c:v libx264 -bf 2 > a.mp4",
            "-i {prev} -c copy -output_ts_offset 3 > b.mp4",
            "turn {prev}",
        ];
        generate::steps("turned.mp4", &steps)
    };
    skip::have(&["ffmpeg", "ffprobe"]).then(make)
}

#[test]
fn a_video_file_has_the_samples_and_times_of_the_recording() {
    let Some(path) = clip() else { return };
    struct Row {
        name: &'static str,
        options: &'static str,
        /// Of the container's clock, in seconds.
        tick: f64,
    }
    let rows = [
        Row { name: "clip.mp4", options: "", tick: 1.0 / 720e3 },
        Row { name: "late.mp4", options: "--keep-timestamps", tick: 1.0 / 720e3 },
        Row { name: "clip.mkv", options: "", tick: 1e-3 },
    ];
    check_all(
        &rows,
        |row| row.name.to_owned(),
        |row| {
            let workspace = Workspace::new();
            let (to, rrd) = (workspace.path(row.name), workspace.path("out.rrd"));
            let run = vstream().words("--preset ultrafast").words(row.options).arg(&path);
            run.arg("--save").arg(&to).arg("--save").arg(&rrd).run().expect(0);
            let recording = Recording::open(&rrd);
            let video = recording.only_video();
            let packets = packets(&to);
            assert_eq!(packets.len(), video.samples.len());
            for ((time, key), sample) in packets.iter().zip(&video.samples) {
                let wanted = sample.time as f64 / 1e9;
                // ffprobe writes microseconds.
                assert!((time - wanted).abs() <= row.tick / 2.0 + 1e-6, "{time} for {wanted}");
                assert_eq!(*key, annexb::inspect(&sample.data).idr, "at {time}");
            }
            assert_eq!(units(&to), nals(&video.annexb()), "the NAL units differ");
            let size =
                program("ffprobe").words("-v error -show_entries stream=width,height -of csv=p=0");
            let size = size.arg(&to).run().expect(0);
            // It lies on its side in the file that was read.
            assert_eq!(String::from_utf8_lossy(&size.stdout).trim(), "96,128");
            Vec::new()
        },
    );
}

#[test]
fn every_codec_can_be_decoded_from_every_container_that_takes_it() {
    let Some(path) = clip() else { return };
    let codecs = [("h265", "libx265"), ("av1", "libsvtav1")];
    for (codec, encoder) in codecs.into_iter().filter(|(_, encoder)| skip::have_encoder(encoder)) {
        for name in ["clip.mp4", "clip.mkv"] {
            let workspace = Workspace::new();
            let to = workspace.path(name);
            let run = vstream().arg("--codec").arg(codec).arg("--encoder").arg(encoder).arg(&path);
            let outcome = run.arg("--save").arg(&to).run().expect(0);
            let decode = program("ffmpeg").words("-v error -xerror -i").arg(&to);
            let decoded = decode.words("-f framemd5 -").run().expect(0);
            let frames = String::from_utf8_lossy(&decoded.stdout).into_owned();
            let frames = frames.lines().filter(|line| !line.starts_with('#')).count() as u64;
            assert_eq!(frames, outcome.summary("logged"), "{codec} in {name}");
        }
    }
}

#[test]
fn a_killed_run_leaves_a_file_that_plays() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    for name in ["clip.mp4", "clip.mkv"] {
        let workspace = Workspace::new();
        let to = workspace.path(name);
        let part = workspace.path(format!("{name}.part"));
        let run = vstream().words("--preset ultrafast lavfi:testsrc2=size=320x240 --save").arg(&to);
        let mut running = run.start();
        let length = || std::fs::metadata(&part).map_or(0, |meta| meta.len());
        running.wait_until("it has written some", || length() > 500_000);
        running.signal("KILL");
        running.finish();
        assert!(!to.exists(), "a file that is not whole has its final name");
        let decode = program("ffmpeg").words("-v fatal -i").arg(&part).words("-f framemd5 -");
        let frames = decode.run().expect(0).stdout;
        let frames = String::from_utf8_lossy(&frames).into_owned();
        let frames = frames.lines().filter(|line| !line.starts_with('#')).count();
        assert!(frames > 10, "{frames} frames in what a killed run left as {name}");
    }
}

#[test]
fn interrupted_runs_leave_a_partial_video_and_existing_videos_are_kept() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("clip.mp4");
    let mut running = vstream().arg(&path).args(["--loop", "100000", "--save"]).arg(&to).start();
    let part = workspace.path("clip.mp4.part");
    let length = || std::fs::metadata(&part).map_or(0, |meta| meta.len());
    running.wait_until("it has written some", || length() > 10_000);
    running.signal("INT");
    running.finish().expect(130);
    assert!(!to.exists() && !packets(&workspace.path("clip.partial.mp4")).is_empty());

    // The file that is read is a file that is there.
    let copy = workspace.path("input.mp4");
    std::fs::copy(&path, &copy).expect("a copy");
    let refused = vstream().arg(&copy).arg("--save").arg(&copy).run().expect(1);
    assert!(refused.stderr.contains("it is there already"), "{}", refused.stderr);
    vstream().arg(&path).arg("--force").arg("--save").arg(&copy).run().expect(0);
}

#[test]
fn a_folder_has_a_video_file_for_each_video() {
    let Some(path) = clip() else { return };
    let two = generate::video("two.mkv", "{v} -map 0 -map 0 -c:v libx264");
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("in"), workspace.path("out"));
    std::fs::create_dir(&from).expect("a folder");
    std::fs::copy(&path, from.join("turned.mp4")).expect("a copy");
    std::fs::copy(&two, from.join("two.mkv")).expect("a copy");
    let run = vstream().words("--all-streams --format mkv --save").arg(to.join("")).arg(&from);
    run.run().expect(0);
    for name in ["turned.mkv", "two/two.mkv 0.mkv", "two/two.mkv 1.mkv"] {
        assert!(!packets(&to.join(name)).is_empty(), "{name}");
    }
    // A name says what it is, and nothing in a video file says what it was made from.
    let misplaced = vstream().arg(&path).words("--format mp4 --save").arg(to.join("x.mp4")).run();
    assert!(misplaced.expect(2).stderr.contains("--format is for --save FOLDER/"));
    let again = || vstream().words("--format mkv --save").arg(to.join("")).arg(&from);
    let unknown = again().arg("--skip-existing").run();
    assert!(unknown.expect(2).stderr.contains("--skip-existing=name"));
    let skipped = again().arg("--skip-existing=name").run().expect(0);
    assert!(skipped.stderr.contains("2 there already"), "{}", skipped.stderr);
}
