//! Audio in MP4 and Matroska files: that of the input, in step with the pictures.
//! Audio in recordings is in `audio`.

use std::path::{Path, PathBuf};

use crate::support::flashes::{beeps, distance, film, flashes, shown};
use crate::support::recording::Recording;
use crate::support::run::{Workspace, program, vstream};
use crate::support::sound::{by_ffmpeg, compare};
use crate::support::table::check_all;
use crate::support::{generate, skip};

/// A tone that rises, so that it is like itself at one place only.
const RISING: &str = "-f lavfi -i aevalsrc=0.4*sin(2*PI*(150+160*t)*t):s=48000:d=4";
const PICTURES: &str = "-f lavfi -i testsrc2=size=64x48:rate=25:duration=4";

fn clip(name: &str, options: &str) -> PathBuf {
    let video = "-c:v libx264 -preset ultrafast -bf 2";
    generate::video(name, &format!("{PICTURES} {RISING} {video} {options}"))
}

/// The codec of the first stream of sound of a file.
fn codec(path: &Path) -> String {
    let probe = "-v error -select_streams a:0 -show_entries stream=codec_name -of csv=p=0";
    let outcome = program("ffprobe").words(probe).arg(path).run().expect(0);
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let first = text.lines().next().unwrap_or_default();
    first.trim_end_matches(',').to_owned()
}

#[test]
fn a_video_file_has_the_sound_of_its_input() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    struct Row {
        from: &'static str,
        options: &'static str,
        to: &'static str,
        codec: &'static str,
        /// The least ratio of signal to noise, in decibels.
        ratio: f64,
    }
    let row = |from, options, to, codec, ratio| Row { from, options, to, codec, ratio };
    // As FFmpeg decodes the very same packets; 16 bits are 90 dB.
    let (copied, encoded) = (85.0, 10.0);
    // Newer FFmpegs take its first packet to begin before the file does: it is left out, and decoders take 0.2 s to
    // be the same again.
    let opus = 30.0;
    let rows = [
        row("aac.mp4", "-c:a aac", "out.mp4", "aac", copied),
        row("aac.ts", "-c:a aac", "out.mp4", "aac", copied),
        row("aac.ts", "-c:a aac", "out.mkv", "aac", copied),
        row("mp3.mkv", "-c:a libmp3lame", "out.mp4", "mp3", copied),
        row("ac3.mkv", "-c:a ac3 -ac 6", "out.mp4", "ac3", copied),
        row("ac3.mkv", "-c:a ac3 -ac 6", "out.mkv", "ac3", copied),
        row("opus.mkv", "-c:a libopus", "out.mp4", "opus", opus),
        row("opus.mkv", "-c:a libopus", "out.mkv", "opus", opus),
        row("flac.mkv", "-c:a flac", "out.mp4", "flac", copied),
        row("pcm.mov", "-c:a pcm_s16le", "out.mkv", "pcm_s16le", copied),
        row("pcm.mov", "-c:a pcm_s16le", "out.mp4", "flac", copied),
        row("vorbis.mkv", "-c:a libvorbis", "out.mkv", "vorbis", copied),
        row("vorbis.mkv", "-c:a libvorbis", "out.mp4", "aac", encoded),
        row("wma.asf", "-c:a wmav2", "out.mkv", "aac", encoded),
    ];
    check_all(
        &rows,
        |row| format!("{} {}", row.from, row.to),
        |row| {
            let from = clip(row.from, row.options);
            let workspace = Workspace::new();
            let to = workspace.path(row.to);
            let run = vstream().words("--preset ultrafast").arg(&from).arg("--save").arg(&to);
            let outcome = run.run().expect(0);
            let mut wrong = Vec::new();
            if !outcome.stderr.contains("of sound") {
                wrong.push(format!("nothing is said of sound: {}", outcome.stderr));
            }
            let is = codec(&to);
            if is != row.codec {
                wrong.push(format!("it is {is}"));
            }
            // Time 0 of the file is that of a recording: the beginning of the input.
            let (had, has) = (by_ffmpeg(&from, 0, ""), by_ffmpeg(&to, 0, "-copyts"));
            let (lag, ratio) = compare(&has.channel(has.loudest()), &had.channel(had.loudest()));
            println!("{} {} {is}: {lag} samples, {ratio:.1} dB", row.from, row.to);
            // Matroska counts milliseconds, and so do some inputs.
            let rounding =
                if row.from.ends_with("mp4") && row.to.ends_with("mp4") { 1 } else { 48 };
            if lag.abs() > rounding || ratio < row.ratio {
                wrong.push(format!("{lag} samples late, {ratio} dB"));
            }
            wrong
        },
    );
}

#[test]
fn a_beep_is_in_step_with_its_flash_in_a_video_file() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    struct Row {
        name: &'static str,
        step: &'static str,
        options: &'static str,
        found: usize,
    }
    let row = |name, step, options, found| Row { name, step, options, found };
    let rows = [
        row("plain.mp4", "-i {0} -c:v copy -c:a aac", "", 5),
        row("late.mp4", "-i {0} -c:v copy -c:a aac -af atrim=start=1.6", "", 4),
        row("part.mp4", "-i {0} -c:v copy -c:a aac", "--start 2.5 --duration 5", 3),
        row("part.mkv", "-i {0} -c copy", "--start 2.5 --duration 5 --rebase", 3),
        row("copied.mp4", "-i {0} -c:v libx264 -bf 0 -g 25 -c:a aac", "--codec copy", 5),
        // Pieces of sound, each of which the next one cuts off.
        row("fast.mp4", "-i {0} -c:v copy -c:a aac", "--framerate 33", 5),
    ];
    check_all(
        &rows,
        |row| format!("{} {}", row.name, row.options),
        |row| {
            let source = film(10);
            let path = generate::steps(row.name, &[&source, row.step]);
            // A piece begins with a whole packet.
            let most = if row.options.contains("framerate") { 0.032 } else { 0.01 };
            let mut wrong = Vec::new();
            for name in ["out.mp4", "out.mkv"] {
                let workspace = Workspace::new();
                let (file, back) = (workspace.path(name), workspace.path("back.rrd"));
                vstream().words(row.options).arg(&path).arg("--save").arg(&file).run().expect(0);
                vstream().arg(&file).arg("--save").arg(&back).run().expect(0);
                let back = Recording::open(&back);
                let (seen, heard) = (shown(back.only_video()), beeps(&back.sounds["audio"]));
                if heard.len() != row.found || seen.len() < row.found {
                    wrong.push(format!("{name}: seen at {seen:?}, heard at {heard:?}"));
                }
                for at in heard {
                    let off = distance(at, &seen);
                    if off > most {
                        wrong.push(format!("{name}: {at} is {off} s off, seen at {seen:?}"));
                    }
                }
            }
            wrong
        },
    );
}

#[test]
fn a_recording_and_a_video_file_of_one_run_have_the_same_sound() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let from = clip("vorbis.mkv", "-c:a libvorbis");
    let workspace = Workspace::new();
    let (video, rrd) = (workspace.path("out.mp4"), workspace.path("out.rrd"));
    let run = vstream().words("--preset ultrafast").arg(&from).arg("--save").arg(&video);
    run.arg("--save").arg(&rrd).run().expect(0);
    // Vorbis could be copied for one of them only.
    assert_eq!(codec(&video), "aac");
    let recording = Recording::open(&rrd);
    assert_eq!(recording.sounds["audio"][0].media_type, "audio/mp4");
    let silent = workspace.path("silent.mp4");
    let run = vstream().words("--preset ultrafast --no-audio").arg(&from);
    run.arg("--save").arg(&silent).run().expect(0);
    assert_eq!(codec(&silent), "");
}

#[test]
fn the_sound_of_a_recording_goes_into_a_video_file() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let rows = [
        ("aac.mp4", "-c:a aac", "out.mp4", "aac", 85.0),
        ("aac_late.mp4", "-af atrim=start=0.5 -c:a aac", "out.mkv", "aac", 85.0),
        ("pcm.mov", "-c:a pcm_s16le", "out.mp4", "flac", 85.0),
        ("vorbis.mkv", "-c:a libvorbis", "out.mp4", "aac", 10.0),
    ];
    check_all(
        &rows,
        |row| format!("{} {}", row.0, row.2),
        |&(name, options, to, wanted, least)| {
            let from = clip(name, options);
            let workspace = Workspace::new();
            let (rrd, to) = (workspace.path("out.rrd"), workspace.path(to));
            let run = vstream().words("--preset ultrafast").arg(&from).arg("--save").arg(&rrd);
            run.run().expect(0);
            let outcome = vstream().arg(&rrd).arg("--save").arg(&to).run().expect(0);
            let mut wrong = Vec::new();
            if !outcome.stderr.contains("of sound") || codec(&to) != wanted {
                wrong.push(format!("{}: {}", codec(&to), outcome.stderr));
            }
            // Time 0 of the file is that of a recording: the beginning of the input.
            let (had, has) = (by_ffmpeg(&from, 0, ""), by_ffmpeg(&to, 0, "-copyts"));
            let (lag, ratio) = compare(&has.channel(0), &had.channel(0));
            println!("{name}: {lag} samples, {ratio:.1} dB");
            if lag.abs() > 48 || ratio < least {
                wrong.push(format!("{lag} samples late, {ratio} dB"));
            }
            wrong
        },
    );
    let from = clip("aac.mp4", "-c:a aac");
    let workspace = Workspace::new();
    let (rrd, to) = (workspace.path("out.rrd"), workspace.path("out.mp4"));
    vstream().words("--preset ultrafast").arg(&from).arg("--save").arg(&rrd).run().expect(0);
    vstream().words("--no-audio").arg(&rrd).arg("--save").arg(&to).run().expect(0);
    assert_eq!(codec(&to), "");
}

/// What is stated of each stream of sound of a file: its language and its title.
fn tags(path: &Path) -> Vec<String> {
    let probe = "-v error -select_streams a -show_entries stream_tags=language,title -of csv=p=0";
    let outcome = program("ffprobe").words(probe).arg(path).run().expect(0);
    String::from_utf8_lossy(&outcome.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn several_audio_tracks_are_labelled_in_a_video_file() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let path = clip(
        "three.mkv",
        "-map 0 -map 1 -map 1 -map 1 -c:a aac -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu \
         -metadata:s:a:2 title=Comments",
    );
    let workspace = Workspace::new();
    let [rrd, mp4, mkv, again] =
        ["out.rrd", "out.mp4", "out.mkv", "again.mkv"].map(|name| workspace.path(name));
    let run = vstream().words("--all-streams --preset ultrafast").arg(&path);
    run.arg("--save").arg(&rrd).arg("--save").arg(&mp4).arg("--save").arg(&mkv).run().expect(0);
    vstream().arg(&rrd).arg("--save").arg(&again).run().expect(0);
    let languages = |tags: &[String]| {
        let languages = tags.iter().filter(|tags| tags.contains("eng") || tags.contains("deu"));
        (tags.len(), languages.count())
    };
    for file in [&mp4, &mkv, &again] {
        let tags = tags(file);
        assert_eq!(languages(&tags), (3, 2), "{}: {tags:?}", file.display());
        let titled = tags.iter().any(|tags| tags.contains("Comments"));
        assert!(titled || file == &mp4, "{}: {tags:?}", file.display());
    }
}

/// What is wrong with beeps that should each be heard at one of the flashes.
fn out_of_step(seen: &[f64], heard: &[f64], count: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    if heard.len() != count || seen.len() < count {
        wrong.push(format!("seen at {seen:?}, heard at {heard:?}"));
    }
    let off = |at: &&f64| distance(**at, seen) > 0.01;
    wrong.extend(heard.iter().filter(off).map(|at| format!("{at}: {seen:?}")));
    wrong
}

#[test]
fn sound_continues_where_its_format_changes() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let rows = [
        ("aac.ts", "-c:a aac", "-c:a aac -ar 44100 -ac 2"),
        ("mp2.ts", "-c:a mp2", "-c:a mp2 -ac 2"),
        ("mp3.ts", "-c:a libmp3lame", "-c:a libmp3lame -ar 44100 -ac 2"),
    ];
    check_all(
        &rows,
        |row| row.0.to_owned(),
        |&(name, one, two)| {
            let source = format!(
                "{} -c:v libx264 -preset ultrafast -g 50 -c:a pcm_s16le > flashes.mkv",
                flashes(10)
            );
            let one = format!("-i {{0}} -c:v copy {one} > one.ts");
            let two = format!("-i {{0}} -c:v copy {two} -output_ts_offset 100 > two.ts");
            let path = generate::steps(name, &[&source, &one, &two, "join 1one.ts 2two.ts"]);
            let workspace = Workspace::new();
            let (rrd, back) = (workspace.path("out.rrd"), workspace.path("back.rrd"));
            let run = vstream().words("--preset ultrafast").arg(&path).arg("--save").arg(&rrd);
            let outcome = run.run().expect(0);
            let recording = Recording::open(&rrd);
            let clips = &recording.sounds["audio"];
            let each = clips.iter().flat_map(|clip| beeps(std::slice::from_ref(clip)));
            let heard: Vec<f64> = each.collect();
            let mut wrong = out_of_step(&shown(recording.only_video()), &heard, 10);
            if outcome.stderr.contains("sound is left out") {
                wrong.push(outcome.stderr);
            }
            println!("{name}: {} clips", clips.len());
            // A track of a video file has one form from its beginning to its end.
            for video in ["out.mp4", "out.mkv"] {
                let video = workspace.path(video);
                let outcome = vstream().arg(&rrd).arg("--save").arg(&video).run().expect(0);
                vstream().arg(&video).words("--force --save").arg(&back).run().expect(0);
                let back = Recording::open(&back);
                let heard = beeps(&back.sounds["audio"]);
                wrong.extend(out_of_step(&shown(back.only_video()), &heard, 10));
                if outcome.stderr.contains("warning") {
                    wrong.push(outcome.stderr);
                }
            }
            wrong
        },
    );
    let path = generate::steps(
        "direct.ts",
        &[
            &format!("{PICTURES} {RISING} -c:v libx264 -preset ultrafast -c:a aac > one.ts"),
            "-i {0} -c:v copy -c:a aac -ar 44100 -output_ts_offset 100 > two.ts",
            "join 0one.ts 1two.ts",
        ],
    );
    let workspace = Workspace::new();
    let run = vstream().arg(&path).words("--preset ultrafast --save");
    let outcome = run.arg(workspace.path("out.mp4")).run().expect(0);
    let lost = "packets of sound left out of video files, since their format changes";
    assert!(outcome.stderr.contains(lost), "{}", outcome.stderr);
    // Of one rate and number of channels, but with other tables.
    let webm = |quality: &str| {
        let options = format!("-c:v libvpx -deadline realtime -c:a libvorbis -q:a {quality}");
        let name = format!("vorbis{quality}.webm");
        generate::video(&name, &format!("{PICTURES} {RISING} {options}"))
    };
    let run = vstream().arg(webm("1")).arg(webm("8")).words("--join --preset ultrafast --save");
    let outcome = run.arg(workspace.path("out.mkv")).run().expect(0);
    assert!(outcome.stderr.contains(lost), "{}", outcome.stderr);
}
