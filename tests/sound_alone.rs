//! Inputs with audio and no video: recorded as audio in every container, and never reported as a broken video.
//! Audio of inputs with video is in `audio`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::recording::Recording;
use crate::support::run::{Outcome, Workspace, read, vstream};
use crate::support::schema::Schema;
use crate::support::sound::{by_ffmpeg, compare, heard};
use crate::support::table::check_all;
use crate::support::{generate, skip, source};

/// A tone that rises, so that it is like itself at one place only.
const RISING: &str = "-f lavfi -i aevalsrc=0.4*sin(2*PI*(150+160*t)*t):s=48000:d=4";

fn song(name: &str, options: &str) -> PathBuf {
    generate::video(name, &format!("{RISING} {options}"))
}

/// A song with a picture of its cover.
fn album(name: &str, options: &str) -> PathBuf {
    let cover = "{v} -frames:v 1 > cover.png";
    let both = format!(
        "{RISING} -i {{prev}} -map 0 -map 1 -c:v copy -disposition:v attached_pic {options}"
    );
    generate::steps(name, &[cover, &both])
}

struct Run {
    recording: Recording,
    outcome: Outcome,
    _workspace: Workspace,
}

#[track_caller]
fn record(options: &str, path: &Path) -> Run {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let outcome = vstream().words(options).arg(path).arg("--save").arg(&to).run().expect(0);
    Run { recording: Recording::open(&to), outcome, _workspace: workspace }
}

/// What is wrong with the only sound of a recording that should sound like a file; `like` in decibels.
fn unlike(recording: &Recording, path: &Path, like: f64) -> Vec<String> {
    let clips = &recording.sounds["audio"];
    let (sound, wanted) = (heard(clips), by_ffmpeg(path, 0, ""));
    let (lag, ratio) = compare(&sound.channel(0), &wanted.channel(0));
    let late = lag as f64 / f64::from(sound.sample_rate) * 1e3;
    let longer = (sound.seconds() - wanted.seconds()) * 1e3;
    let mut wrong = Vec::new();
    let mut check = |right: bool, what: String| wrong.extend((!right).then_some(what));
    check(late.abs() <= 1.0, format!("{late} ms late"));
    check(ratio >= like, format!("{ratio} dB"));
    check(longer.abs() < 60.0, format!("{longer} ms longer"));
    check(recording.videos.is_empty(), format!("videos: {:?}", recording.videos.keys()));
    wrong
}

/// As a radio station sends it.
#[test]
fn chained_ogg_songs_are_recorded() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    // With headers like those of the first song, and with others, by which its packets are decoded.
    for quality in [3, 8] {
        let (first, second) = ("-c:a libvorbis -q:a 3", format!("-c:a libvorbis -q:a {quality}"));
        let songs = [
            format!("{RISING} {first} > one.ogg"),
            format!("{RISING} {second} > one.ogg"),
            "join 0one.ogg 1one.ogg".to_owned(),
        ];
        let path = generate::steps("two.ogg", &songs.each_ref().map(String::as_str));
        let run = record("--strict", &path);
        let whole = heard(&run.recording.sounds["audio"]);
        assert!((whole.seconds() - 8.0).abs() < 0.05, "{} s", whole.seconds());
        let behind = &whole.channel(0)[4 * whole.sample_rate as usize..];
        for (own, options) in [(&whole.channel(0)[..], first), (behind, &second)] {
            let one = by_ffmpeg(&song("one.ogg", options), 0, "").channel(0);
            let (lag, ratio) = compare(&own[..one.len().min(own.len())], &one);
            // FFmpeg 9 counts the first packet of the second song, of which nothing is heard: 128 samples.
            assert!(
                (-48..=144).contains(&lag) && ratio >= 60.0,
                "{options}: {lag} samples late, {ratio} dB"
            );
        }
    }
}

#[test]
fn a_song_is_recorded_as_sound_in_every_container() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    struct Row(&'static str, &'static str, &'static str, f64);
    let rows = [
        Row("song.mp3", "-c:a libmp3lame", "audio/mpeg", 60.0),
        // Its first frame, which is not heard, holds data of those behind it.
        Row("variable.mp3", "-c:a libmp3lame -q:a 4", "audio/mpeg", 60.0),
        Row("slow.mp3", "-c:a libmp3lame -q:a 6 -ar 22050 -ac 2", "audio/mpeg", 60.0),
        Row("song.wav", "-c:a pcm_s16le", "audio/wav", 120.0),
        Row("song.flac", "-c:a flac", "audio/flac", 120.0),
        Row("song.m4a", "-c:a aac", "audio/mp4", 60.0),
        Row("song.aac", "-c:a aac", "audio/mp4", 60.0),
        Row("song.ogg", "-c:a libvorbis", "audio/ogg", 60.0),
        Row("song.opus", "-c:a libopus", "audio/mp4", 10.0),
        Row("alac.caf", "-c:a alac", "audio/flac", 100.0),
        Row("song.mka", "-c:a ac3", "audio/mp4", 10.0),
        Row("song.wma", "-c:a wmav2", "audio/mp4", 10.0),
        Row("song.ts", "-c:a aac", "audio/mp4", 60.0),
        Row("song.aiff", "-c:a pcm_s16be", "audio/flac", 100.0),
        // Their last packet is shorter than the others.
        Row("song.adx", "-c:a adpcm_adx", "audio/mp4", 10.0),
        Row("song.aptx", "-c:a aptx -ac 2", "audio/mp4", 10.0),
    ];
    check_all(
        &rows,
        |row| row.0.to_owned(),
        |Row(name, options, media_type, like)| {
            let path = song(name, options);
            let run = record("", &path);
            let clips = &run.recording.sounds["audio"];
            let mut wrong = unlike(&run.recording, &path, *like);
            if clips[0].media_type != *media_type || clips.len() != 1 {
                wrong.push(format!("{} clips, {}", clips.len(), clips[0].media_type));
            }
            let said = &run.outcome.stderr;
            if said.contains("warning") || !said.contains("no video: sound only, 4.0 s; ") {
                wrong.push(said.clone());
            }
            wrong
        },
    );
}

#[test]
fn cover_art_is_not_recorded_as_video() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    for (name, options) in [("album.mp3", ""), ("album.m4a", ""), ("album.flac", "")] {
        let path = album(name, options);
        let run = record("--strict", &path);
        assert_eq!(unlike(&run.recording, &path, 60.0), Vec::<String>::new(), "{name}");
        let probed = vstream().words("--probe").arg(&path).run().expect(0);
        let probed = String::from_utf8_lossy(&probed.stdout).into_owned();
        assert!(probed.contains("not taken: it is cover art"), "{probed}");
        assert!(probed.contains("taken: ") && !probed.contains("no stream that"), "{probed}");
    }
}

#[test]
fn no_video_and_no_sound_is_an_error() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = song("song.mp3", "-c:a libmp3lame");
    let refused = |words: &str, path: &Path, exit: i32, said: &[&str]| {
        let workspace = Workspace::new();
        let run = vstream().words(words).arg(path).current_dir(workspace.dir());
        let outcome = run.run().expect(exit);
        for said in said {
            assert!(outcome.stderr.contains(said), "{words}: {}", outcome.stderr);
        }
        let left = std::fs::read_dir(workspace.dir()).expect("a folder").count();
        assert_eq!(left, 0, "{words}");
    };
    let no_audio = ["no video stream in", "1 audio stream, mp3", "leave --no-audio out"];
    refused("--no-audio --save out.rrd", &path, 1, &no_audio);
    let video = ["out.mp4: a video file needs a video, and song.mp3 is sound only", "FILE.rrd"];
    refused("--save out.mp4", &path, 2, &video);
    refused("--dry-run --save out.mp4", &path, 2, &video);
    refused("--stream 0 --save out.rrd", &path, 2, &["stream 0 of", "it is not video"]);
    // What is named as a video should have one.
    let film = song("silent.mp4", "-c:a aac");
    let no_video = ["no video stream in", "1 audio stream", "--audio-stream 0 records its"];
    refused("--save out.rrd", &film, 1, &no_video);
    assert_eq!(record("--audio-stream 0", &film).recording.sounds.len(), 1);
    refused("--audio-stream 3 --save out.rrd", &path, 2, &["its streams of sound are: 0 (mp3)"]);
    let times = Workspace::new();
    std::fs::write(times.path("times.txt"), "0\n1\n").expect("a list");
    let listed = format!("--timestamps {} --save out.rrd", times.path("times.txt").display());
    refused(&listed, &path, 2, &["has no video"]);
    // A video that cannot be decoded is not left out.
    let unknown = generate::made("unknown.mp4", &"fourcc", |to| {
        let film = generate::video("film.mp4", &format!("{{v}} {RISING} -c:v mpeg4 -c:a aac"));
        let mut bytes = read(&film);
        let at = bytes.windows(4).position(|word| word == b"mp4v").expect("the codec");
        bytes[at..at + 4].copy_from_slice(b"zzzz");
        // The other description of the codec goes with it.
        let at = bytes.windows(4).position(|word| word == b"esds").expect("the headers");
        bytes[at..at + 4].copy_from_slice(b"free");
        std::fs::write(to, bytes).expect("a file");
    });
    refused("--save out.rrd", &unknown, 1, &["no video stream in", "no decoder for"]);
    // Data that looks a little like sound.
    let noise = times.path("noise.bin");
    let frames = [b"some words first".repeat(3), read(&path)].concat();
    std::fs::write(&noise, frames).expect("a file");
    refused("--save out.rrd", &noise, 1, &["noise.bin"]);
}

#[test]
fn cut_looped_and_joined_songs_have_the_right_times() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let path = song("song.flac", "-c:a flac");
    let times = |options: &str| {
        let run = record(options, &path);
        let clips = &run.recording.sounds["audio"];
        let length: f64 =
            clips.iter().map(|clip| crate::support::sound::decode(clip).unwrap().seconds()).sum();
        (clips.iter().map(|clip| clip.time as f64 / 1e9).collect::<Vec<_>>(), length)
    };
    let near = |(times, length): (Vec<f64>, f64), wanted: &[f64], long: f64| {
        let off = times.iter().zip(wanted).any(|(time, wanted)| (time - wanted).abs() > 0.11);
        assert!(times.len() == wanted.len() && !off, "{times:?}, not {wanted:?}");
        assert!((length - long).abs() < 0.2, "{length} s, not {long}");
    };
    near(times("--start 1 --duration 2"), &[1.0], 2.0);
    near(times("--start 1 --duration 2 --rebase"), &[0.0], 2.0);
    near(times("--loop 1"), &[0.0, 4.0], 8.0);
    near(times("--realtime --duration 3"), &[0.0, 2.0], 3.0);

    let workspace = Workspace::new();
    let to = workspace.path("joined.rrd");
    let run = vstream().words("--join").arg(&path).arg(&path).arg("--save").arg(&to);
    run.run().expect(0);
    let joined = Recording::open(&to);
    let starts: Vec<i64> =
        joined.sounds["audio"].iter().map(|clip| clip.time / 10_000_000).collect();
    assert_eq!(starts, [0, 400]);
    let film = generate::video("film.mp4", "{v} -c:v libx264");
    let mixed = vstream().words("--join --save").arg(workspace.path("x.rrd")).arg(&film).arg(&path);
    assert!(mixed.run().expect(2).stderr.contains("joined files need a video each"));
}

#[test]
fn songs_and_videos_have_separate_entities() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let film = generate::video("film.mp4", "{v} -c:v libx264 -preset ultrafast");
    let tone = song("song.mp3", "-c:a libmp3lame");
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("--preset ultrafast").arg(&film).arg(&tone).arg("--save").arg(&to);
    let outcome = run.run().expect(0);
    let recording = Recording::open(&to);
    assert_eq!(recording.videos.keys().collect::<Vec<_>>(), ["film.mp4"]);
    assert_eq!(recording.sounds.keys().collect::<Vec<_>>(), ["song.mp3"]);
    assert!(outcome.stderr.contains("4.0 s of sound"), "{}", outcome.stderr);

    let two = song(
        "two.mka",
        "-map 0 -map 0 -c:a:0 flac -c:a:1 libvorbis -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu",
    );
    let all = record("--all-streams", &two).recording;
    assert_eq!(all.sounds.keys().collect::<Vec<_>>(), ["audio/deu", "audio/eng"]);
    let one = record("--audio-stream 1 --entity robot/microphone", &two).recording;
    assert_eq!(one.sounds["robot/microphone"][0].media_type, "audio/ogg");
    let best = record("", &two);
    let left_out = "1 other stream of sound is left out: stream 1 (vorbis, deu)";
    assert!(best.outcome.stderr.contains(left_out), "{}", best.outcome.stderr);
}

#[test]
fn sound_only_is_reported_before_during_and_after_a_run() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = song("song.mp3", "-c:a libmp3lame");
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let planned = vstream().words("--dry-run --save").arg(&to).arg(&path).run().expect(0);
    let planned = String::from_utf8_lossy(&planned.stdout).into_owned();
    assert!(planned.contains("none: sound only") && planned.contains("mp3 copied"), "{planned}");
    let schema = Schema::load();
    for words in ["--probe --json", "--dry-run --json", "--json"] {
        let outcome = vstream().words(words).words("--save").arg(&to).arg(&path).run().expect(0);
        let lines = schema.lines(&outcome);
        match lines[0]["event"].as_str() {
            Some("input") => assert_eq!(lines[0]["streams"][0]["taken"], true),
            Some("plan") => {
                let track = &lines[0]["tracks"][0];
                assert!(track["result"].is_null() && track["sound_only"] == true, "{track}");
                assert_eq!(track["audio"][0]["plan"], "mp3 copied");
            }
            _ => {
                assert_eq!(lines[0]["sound_only"], true, "{}", lines[0]);
                let end = lines.iter().find(|line| line["event"] == "finished").expect("an end");
                assert!(end["tracks"][0]["sound"].as_f64() > Some(3.9), "{end}");
            }
        }
    }
}

#[test]
fn a_folder_of_songs_is_a_batch() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let folder = workspace.path("songs");
    std::fs::create_dir(&folder).expect("a folder");
    for (name, options) in [("a.mp3", "-c:a libmp3lame"), ("b.wav", "-c:a pcm_s16le")] {
        std::fs::copy(song(name, options), folder.join(name)).expect("a copy");
    }
    let cover = generate::video("cover.png", "{v} -frames:v 1");
    std::fs::copy(cover, folder.join("cover.png")).expect("a copy");
    let run = vstream().words("songs --save out/").current_dir(workspace.dir());
    let outcome = run.run().expect(0);
    assert!(outcome.stderr.contains("2 converted"), "{}", outcome.stderr);
    for name in ["a.rrd", "b.rrd"] {
        let recording = Recording::open(&workspace.path("out").join(name));
        assert_eq!(recording.sounds["audio"].len(), 1, "{name}");
    }
    // Beside a video they are something else.
    let film = generate::video("film.mp4", "{v} -c:v libx264 -preset ultrafast");
    std::fs::copy(film, folder.join("film.mp4")).expect("a copy");
    let run = vstream().words("songs --preset ultrafast --save films/");
    let outcome = run.current_dir(workspace.dir()).run().expect(0);
    assert!(outcome.stderr.contains("1 converted"), "{}", outcome.stderr);
}

#[test]
fn sound_comes_through_pipes_and_networks() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let path = song("song.aac", "-c:a aac");
    let workspace = Workspace::new();
    let piped = workspace.path("piped.rrd");
    let run = vstream().words("- --save").arg(&piped).stdin(read(&path));
    run.run().expect(0);
    assert_eq!(unlike(&Recording::open(&piped), &path, 60.0), Vec::<String>::new());
    // A radio: it comes as fast as it is heard, and has no end.
    let bytes = read(&path);
    let parts: Vec<Vec<u8>> = bytes.chunks(bytes.len() / 40 + 1).map(<[u8]>::to_vec).collect();
    let url = source::paced(parts, Duration::from_millis(100));
    let radio = workspace.path("radio.rrd");
    let run = vstream().arg(&url).arg("--save").arg(&radio).run();
    assert!(run.stderr.contains("no video: sound only"), "{}", run.stderr);
    let recording = Recording::open(&radio);
    let clips = &recording.sounds["audio"];
    let sound = heard(clips);
    assert!(sound.seconds() > 3.0, "{} s", sound.seconds());
}

#[test]
fn a_song_becomes_part_of_the_callers_recording() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    use rerun::RecordingStreamBuilder;
    use vstream::{Config, RecordingConfig, Silent};

    let path = song("song.wav", "-c:a pcm_s16le");
    let workspace = Workspace::new();
    let to = workspace.path("own.rrd");
    let own = RecordingStreamBuilder::new("own").save(&to).expect("a recording");
    let entity = RecordingConfig::default().with_entity("robot/ear");
    let config = Config::new(&path).with_recording(entity);
    let summary = vstream::log_into(&own, &config, &mut Silent).expect("a run");
    own.flush_blocking().expect("a flush");
    drop(own);
    assert!(summary.complete && summary.tracks[0].stream.sound_only);
    assert_eq!(Recording::open(&to).sounds["robot/ear"].len(), 1);
    let error = vstream::samples(&Config::new(&path)).expect_err("no video");
    assert_eq!(error.kind(), vstream::ErrorKind::NoVideo);
}
