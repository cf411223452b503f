//! Audio in step with the pictures: flashes and beeps at the same times, whatever happens to either.
//! Which streams are recorded, and in which codec, is in `audio`.

use std::path::Path;

use crate::audio::{Run, record};
use crate::support::flashes::{beeps, distance, film, flashes, shown};
use crate::support::recording::Recording;
use crate::support::run::{Workspace, read, vstream};
use crate::support::sound::decode;
use crate::support::source::{self, Connection};
use crate::support::table::check_all;
use crate::support::{generate, skip, web};

#[test]
fn beeps_and_flashes_coincide() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    struct Row {
        name: &'static str,
        /// Commands behind the one that makes `flashes.mkv`.
        steps: &'static [&'static str],
        options: &'static str,
        flashes: usize,
        beeps: usize,
    }
    let row = |name, steps, options, flashes, beeps| Row { name, steps, options, flashes, beeps };
    const AAC: &[&str] = &["-i {0} -c:v copy -c:a aac"];
    const AS_IT_IS: &[&str] = &["-i {0} -c copy"];
    let rows = [
        row("plain.mp4", AAC, "", 5, 5),
        row("plain.ts", &["-i {0} -c:v copy -c:a mp2"], "", 5, 5),
        row("late.mp4", &["-i {0} -c:v copy -c:a aac -af atrim=start=1.6"], "", 5, 4),
        row("late_pictures.mkv", &["-i {0} -vf trim=start=1.6 -c:v libx264 -c:a flac"], "", 4, 5),
        row(
            "edits.mp4",
            &["-i {0} -c:v copy -c:a aac > whole.mp4", "-ss 2.32 -i {1} -c copy"],
            "",
            4,
            4,
        ),
        row("part.mp4", AAC, "--start 2.5 --duration 5", 3, 3),
        row("part.mkv", AS_IT_IS, "--start 2.5 --duration 5 --rebase", 3, 3),
        row(
            "copied.mkv",
            &["-i {0} -c:v libx264 -bf 0 -g 25 -c:a flac"],
            "--codec copy --start 2.5 --rebase",
            4,
            4,
        ),
        row(
            "offset.ts",
            &["-i {0} -c:v copy -c:a aac -output_ts_offset 70"],
            "--keep-timestamps",
            5,
            5,
        ),
        row(
            "gap.mkv",
            &[
                "-i {0} -c:v copy -c:a aac > whole.mkv",
                "-i {1} -c copy -bsf:a noise=drop=between(pts*tb\\,3.5\\,4.6)",
            ],
            "",
            5,
            5,
        ),
        row(
            "gap_encoded.mkv",
            &[
                "-i {0} -c:v copy -c:a ac3 > whole.mkv",
                "-i {1} -c copy -bsf:a noise=drop=between(pts*tb\\,3.5\\,4.6)",
            ],
            "",
            5,
            5,
        ),
        row(
            "leap.ts",
            &[
                "-i {0} -c:v copy -c:a aac > one.ts",
                "-i {0} -c:v copy -c:a aac -output_ts_offset 100 > two.ts",
                "join 1one.ts 2two.ts",
            ],
            "",
            10,
            10,
        ),
        row(
            "seam.ts",
            &[
                "-i {0} -c:v copy -c:a ac3 > one.ts",
                "-ss 0.92 -i {0} -c:v libx264 -c:a ac3 -output_ts_offset 10 > two.ts",
                "join 1one.ts 2two.ts",
            ],
            "",
            10,
            10,
        ),
        // Where the second part begins, its sound is read before its pictures; that of the first part ends earlier or
        // later than these.
        row(
            "short.ts",
            &[
                "-i {0} -c:v libx264 -bf 0 -c:a mp2 -af atrim=end=9.7 > one.ts",
                "-i {0} -c:v libx264 -bf 0 -c:a mp2 > two.ts",
                "join 1one.ts 2two.ts",
            ],
            "",
            10,
            10,
        ),
        row(
            "long.ts",
            &[
                "-i {0} -c:v libx264 -bf 0 -vf trim=end=9.6 -c:a aac > one.ts",
                "-i {0} -c:v libx264 -bf 0 -c:a aac > two.ts",
                "join 1one.ts 2two.ts",
            ],
            "",
            10,
            10,
        ),
        // Packets of 0.68 s, whose times count fields.
        row(
            "fields.gxf",
            &["-i {0} -vf scale=720:576 -c:v mpeg2video -c:a pcm_s16le"],
            "--size 64x48",
            5,
            5,
        ),
        row("looped.mkv", AS_IT_IS, "--loop 1", 10, 10),
    ];
    check_all(
        &rows,
        |row| row.name.to_owned(),
        |row| {
            let source = film(10);
            let steps: Vec<&str> =
                std::iter::once(source.as_str()).chain(row.steps.iter().copied()).collect();
            let path = generate::steps(row.name, &steps);
            let run = record(&path, row.options);
            let clips = &run.recording.sounds["audio"];
            let (seen, heard) = (shown(run.recording.only_video()), beeps(clips));
            let mut wrong = Vec::new();
            if (seen.len(), heard.len()) != (row.flashes, row.beeps) {
                wrong.push(format!("seen at {seen:?}, heard at {heard:?}"));
            }
            let mut most: f64 = 0.0;
            for at in heard.iter().filter(|_| seen.len() >= heard.len()) {
                let nearest =
                    seen.iter().map(|seen| at - seen).min_by(|a, b| a.abs().total_cmp(&b.abs()));
                let off = nearest.unwrap_or(f64::MAX);
                most = if off.abs() > most.abs() { off } else { most };
            }
            println!(
                "{}: {} clips at {:?}, off by at most {:.2} ms",
                row.name,
                clips.len(),
                clips.iter().map(|c| c.time / 1_000_000).collect::<Vec<_>>(),
                most * 1e3
            );
            if most.abs() > 0.01 {
                wrong.push(format!("off by {most} s: seen at {seen:?}, heard at {heard:?}"));
            }
            wrong
        },
    );
}

#[test]
fn audio_sent_by_a_server_is_one_clip_in_step() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    for (name, codec) in [("sent.ts", "aac"), ("sent_encoded.ts", "ac3")] {
        let options = format!("-c:v libx264 -preset ultrafast -bf 0 -g 25 -c:a {codec}");
        let bytes = read(&generate::video(name, &format!("{} {options}", flashes(6))));
        let url = format!("http://{}/{name}", web::serve(bytes));
        let run = record(Path::new(&url), "");
        let clips = &run.recording.sounds["audio"];
        let (seen, heard) = (shown(run.recording.only_video()), beeps(clips));
        assert_eq!((clips.len(), seen.len(), heard.len()), (1, 3, 3), "{name}: {seen:?} {heard:?}");
        let off = furthest(&seen, &heard);
        assert!(off < 0.01, "{name}: {seen:?} {heard:?}");
    }
}

/// How far the nearest beep is from a flash at most, in seconds.
fn furthest(seen: &[f64], heard: &[f64]) -> f64 {
    seen.iter().map(|at| distance(*at, heard)).fold(0.0, f64::max)
}

#[test]
fn sound_follows_pictures_whose_times_are_given() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    struct Row {
        name: &'static str,
        make: &'static str,
        /// The time of each picture in seconds.
        times: fn(f64) -> f64,
        options: &'static str,
        /// How many flashes have their beep.
        flashes: usize,
        /// The sound has another speed than the pictures.
        pieces: bool,
    }
    let row =
        |name, make, times, options| Row { name, make, times, options, flashes: 5, pieces: false };
    const AAC: &str = "-i {0} -c:v copy -c:a aac";
    const AC3: &str = "-i {0} -c:v copy -c:a ac3";
    const TS: &str = "-i {0} -c:v copy -c:a aac -output_ts_offset 70";
    const AS_IT_IS: &str = "-i {0} -c copy";
    // As cameras have them: they jitter, drift, and lose frames.
    fn camera(nth: f64) -> f64 {
        let lost = if nth >= 100.0 { 0.04 } else { 0.0 };
        7.0 + nth * 0.0402 + lost + if nth % 7.0 == 3.0 { 0.009 } else { 0.0 }
    }
    fn gap(nth: f64) -> f64 {
        nth * 0.04 + if nth >= 110.0 { 3.0 } else { 0.0 }
    }
    let rows = [
        row("camera.mp4", AAC, camera, ""),
        row("camera_encoded.mkv", AC3, camera, ""),
        row("camera.ts", TS, camera, ""),
        row("copied.mkv", "-i {0} -c:v libx264 -bf 0 -g 25 -c:a flac", camera, "--codec copy"),
        row("kept.mkv", AS_IT_IS, camera, "--keep-timestamps"),
        row("gap.mkv", AS_IT_IS, gap, ""),
        row("gap_encoded.mkv", AC3, gap, ""),
        Row { flashes: 3, ..row("part.mkv", AS_IT_IS, camera, "--start 2.5 --duration 5.5") },
        row("late.mp4", "-i {0} -c:v copy -c:a aac -af atrim=start=0.6", gap, ""),
        Row { flashes: 10, ..row("looped.mkv", AS_IT_IS, gap, "--loop 1") },
        Row { pieces: true, ..row("slow.mp4", AAC, |nth| nth * 0.08, "") },
        Row { pieces: true, ..row("fast.mkv", AC3, |nth| nth * 0.03, "") },
    ];
    let check = |name: &str, run: &Run, flashes: usize, pieces: bool| {
        let clips = &run.recording.sounds["audio"];
        let (seen, heard) = (shown(run.recording.only_video()), beeps(clips));
        let off = furthest(&seen, &heard);
        println!("{name}: {} clips, off by at most {:.2} ms", clips.len(), off * 1e3);
        let mut wrong = Vec::new();
        // A piece begins with a whole packet.
        let most = if pieces { 0.032 } else { 0.01 };
        if seen.len() != flashes || off > most {
            wrong.push(format!("off by {off} s: seen at {seen:?}, heard at {heard:?}"));
        }
        if run.stderr.contains("sound is in pieces of a second") != pieces {
            wrong.push(run.stderr.clone());
        }
        wrong
    };
    let source = film(10);
    let workspace = Workspace::new();
    check_all(
        &rows,
        |row| row.name.to_owned(),
        |row| {
            let path = generate::steps(row.name, &[&source, row.make]);
            let times = workspace.path(format!("{}.txt", row.name));
            let lines = (0..250).map(|nth| format!("{:.6}\n", (row.times)(f64::from(nth))));
            std::fs::write(&times, lines.collect::<String>()).expect("a list of times");
            let options = format!("{} --timestamps {}:s", row.options, times.display());
            check(row.name, &record(&path, &options), row.flashes, row.pieces)
        },
    );
    let path = generate::steps("rate.mp4", &[&source, AAC]);
    for (rate, pieces) in [("25.1", false), ("12.5", true)] {
        let run = record(&path, &format!("--framerate {rate}"));
        assert_eq!(check(rate, &run, 5, pieces), Vec::<String>::new());
    }
    // What can be read only once has no times that could be looked up before.
    let bytes = read(&generate::steps("rate.ts", &[&source, AAC]));
    let piped = vstream().words("- --preset ultrafast --framerate 25.1 --save");
    let piped = piped.arg(workspace.path("piped.rrd")).stdin(bytes).run().expect(0);
    assert!(
        piped.stderr.contains("sound and subtitles keep the clock of the input"),
        "{}",
        piped.stderr
    );
}

#[test]
fn live_sound_is_in_step_across_a_break() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // As many frames as a live source may give at once, over both connections.
    let options = "-t 1.12 -c:v libx264 -preset ultrafast -bf 0 -g 10 -c:a aac";
    let bytes = read(&generate::video("flashes.ts", &format!("{} {options}", flashes(2))));
    let connection = |holds| Connection { bytes: bytes.clone(), holds };
    let server = source::tcp(vec![connection(false), connection(true)]);
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("--preset ultrafast --reconnect --timeout 2").arg(&server.url);
    let mut running = run.arg("--save").arg(&to).start();
    running.wait_until("both connections are read", || running_has(&to, 45));
    running.signal("INT");
    running.finish().expect(0);
    let recording = Recording::open(&to);
    let clips = &recording.sounds["audio"];
    let lengths: Vec<f64> =
        clips.iter().map(|clip| decode(clip).expect("a clip").seconds()).collect();
    assert!(clips.len() >= 2 && lengths.iter().all(|length| *length < 2.1), "{lengths:?}");
    let video = recording.only_video();
    let (seen, heard) = (shown(video), beeps(clips));
    assert_eq!((seen.len(), heard.len()), (2, 2), "{seen:?} {heard:?}");
    for (seen, heard) in seen.iter().zip(&heard) {
        assert!((seen - heard).abs() < 0.01, "{seen} {heard}");
    }
    let offset = |captured: Option<i64>, time| captured.expect("a capture time") - time;
    let wanted = offset(video.samples[0].capture_time, video.samples[0].time);
    let own = offset(clips[0].capture_time, clips[0].time);
    assert!((own - wanted).abs() < 1_000_000, "{own} {wanted}");
}

fn running_has(to: &Path, samples: usize) -> bool {
    let part = to.with_extension("rrd.part");
    Recording::samples_so_far(&part).iter().sum::<usize>() >= samples
}
