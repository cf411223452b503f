//! Sound beside the pictures: which of it is recorded, in which form, and when it is heard.
//! The viewer itself is not run; its decoder is.

use std::path::{Path, PathBuf};

use crate::support::recording::Recording;
use crate::support::run::{Workspace, vstream};
use crate::support::sound::{by_ffmpeg, compare, heard};
use crate::support::table::check_all;
use crate::support::{generate, skip};

/// A tone that rises, so that it is like itself at one place only.
const RISING: &str = "-f lavfi -i aevalsrc=0.4*sin(2*PI*(150+160*t)*t):s=48000:d=4";
const PICTURES: &str = "-f lavfi -i testsrc2=size=64x48:rate=25:duration=4";

fn clip(name: &str, options: &str) -> PathBuf {
    generate::video(
        name,
        &format!("{PICTURES} {RISING} -c:v libx264 -preset ultrafast -bf 2 {options}"),
    )
}

struct Run {
    recording: Recording,
    stderr: String,
    _workspace: Workspace,
}

#[track_caller]
fn record(path: &Path, options: &str) -> Run {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("--preset ultrafast").words(options).arg(path).arg("--save").arg(&to);
    let stderr = run.run().expect(0).stderr;
    Run { recording: Recording::open(&to), stderr, _workspace: workspace }
}

#[test]
fn sound_of_every_container_and_codec_is_what_ffmpeg_decodes() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    struct Row(&'static str, &'static str, &'static str, f64);
    let copied = 60.0;
    let rows = [
        Row("aac.mp4", "-c:a aac", "audio/aac", copied),
        Row("aac.mkv", "-c:a aac", "audio/aac", copied),
        Row("aac.ts", "-c:a aac", "audio/aac", copied),
        Row("aac.flv", "-c:a aac", "audio/aac", copied),
        Row("mp3.mp4", "-c:a libmp3lame", "audio/mpeg", copied),
        Row("mp3.mkv", "-c:a libmp3lame", "audio/mpeg", copied),
        Row("mp3.avi", "-c:a libmp3lame", "audio/mpeg", copied),
        Row("flac.mkv", "-c:a flac", "audio/flac", 120.0),
        Row("flac.mp4", "-c:a flac -strict -2", "audio/flac", 120.0),
        Row("vorbis.mkv", "-c:a libvorbis", "audio/ogg", copied),
        Row("vorbis.webm", "-c:v libvpx -deadline realtime -c:a libvorbis", "audio/ogg", copied),
        Row("vorbis.ogv", "-c:v libtheora -c:a libvorbis", "audio/ogg", copied),
        Row("s16.mov", "-c:a pcm_s16le", "audio/wav", 120.0),
        Row("s24.mkv", "-c:a pcm_s24le", "audio/wav", 120.0),
        Row("f32.mkv", "-c:a pcm_f32le", "audio/wav", 120.0),
        Row("u8.avi", "-c:a pcm_u8", "audio/wav", 120.0),
        Row("alaw.mkv", "-c:a pcm_alaw", "audio/wav", 120.0),
        Row("s16be.mov", "-c:a pcm_s16be", "audio/flac", 120.0),
        Row("alac.mov", "-c:a alac", "audio/flac", 100.0),
        Row("opus.mkv", "-c:a libopus", "audio/aac", 10.0),
        Row("opus.webm", "-c:v libvpx -deadline realtime -c:a libopus", "audio/aac", 10.0),
        Row("opus.ts", "-c:a libopus", "audio/aac", 10.0),
        Row("ac3.mkv", "-c:a ac3", "audio/aac", 10.0),
        Row("ac3.ts", "-c:a ac3", "audio/aac", 10.0),
        Row("mp2.mpg", "-c:v mpeg2video -c:a mp2", "audio/aac", 10.0),
        Row("wma.asf", "-c:a wmav2", "audio/aac", 10.0),
        Row("adpcm.avi", "-c:a adpcm_ms", "audio/aac", 10.0),
        Row("surround.mkv", "-c:a ac3 -ac 6", "audio/flac", 60.0),
        Row("surround_aac.mp4", "-c:a aac -ac 6", "audio/flac", 60.0),
        Row("eight.mkv", "-c:a flac -ac 8", "audio/flac", 120.0),
        Row("high.mkv", "-c:a pcm_s24le -ar 192000", "audio/wav", 120.0),
        Row("low.mov", "-c:a pcm_s16le -ar 8000", "audio/wav", 120.0),
    ];
    check_all(
        &rows,
        |row| row.0.to_owned(),
        |Row(name, options, media_type, like)| {
            let path = clip(name, options);
            let run = record(&path, "");
            let clips = &run.recording.sounds["audio"];
            let sound = heard(clips);
            let wanted = by_ffmpeg(&path, 0, "");
            let (lag, ratio) =
                compare(&sound.channel(wanted.loudest()), &wanted.channel(wanted.loudest()));
            let late = lag as f64 / f64::from(sound.sample_rate) * 1e3;
            let longer = (sound.seconds() - wanted.seconds()) * 1e3;
            let kind = &clips[0].media_type;
            println!(
                "{name}: {kind}, {} clips, at {:.3} ms, lag {late:.3} ms, {ratio:.1} dB, {longer:.1} ms longer, {} ch {} Hz",
                clips.len(),
                clips[0].time as f64 / 1e6,
                sound.channels,
                sound.sample_rate,
            );
            let mut wrong = Vec::new();
            let mut check = |right: bool, what: String| wrong.extend((!right).then_some(what));
            check(kind == media_type, format!("it is {kind}"));
            check(clips.len() == 1, format!("{} clips", clips.len()));
            check(late.abs() <= 1.0, format!("{late} ms late"));
            check(ratio >= *like, format!("{ratio} dB"));
            check(longer.abs() < 50.0, format!("{longer} ms longer"));
            check(
                (sound.channels, sound.sample_rate) == (wanted.channels, wanted.sample_rate),
                format!("{} channels, {} Hz", sound.channels, sound.sample_rate),
            );
            check(!run.stderr.contains("warning"), run.stderr.clone());
            wrong
        },
    );
}
