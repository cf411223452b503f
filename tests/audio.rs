//! Audio of inputs with video: which streams are recorded, and in which codec.
//! The recorded audio is decoded with the Viewer's decoder; the Viewer itself is not run.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use crate::support::recording::Recording;
use crate::support::run::{Workspace, program, vstream};
use crate::support::sound::{by_ffmpeg, compare, decode, heard};
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

pub struct Run {
    pub recording: Recording,
    pub stderr: String,
    _workspace: Workspace,
}

#[track_caller]
pub fn record(path: &Path, options: &str) -> Run {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let fast = if options.contains("copy") { "" } else { "--preset ultrafast" };
    let run = vstream().words(fast).words(options).arg(path).arg("--save").arg(&to);
    let stderr = run.run().expect(0).stderr;
    Run { recording: Recording::open(&to), stderr, _workspace: workspace }
}

#[test]
fn audio_of_every_container_and_codec_is_what_ffmpeg_decodes() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    struct Row(&'static str, &'static str, &'static str, f64);
    let copied = 60.0;
    let rows = [
        Row("aac.mp4", "-c:a aac", "audio/mp4", copied),
        Row("aac.mkv", "-c:a aac", "audio/mp4", copied),
        Row("aac.ts", "-c:a aac", "audio/mp4", copied),
        Row("aac.flv", "-c:a aac", "audio/mp4", copied),
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
        Row("s24be.mov", "-c:a pcm_s24be", "audio/flac", 120.0),
        Row("f64be.mov", "-c:a pcm_f64be", "audio/flac", 120.0),
        Row("f64.mkv", "-c:a pcm_f64le", "audio/wav", 120.0),
        Row("wavpack.mkv", "-c:a wavpack -sample_fmt s16p", "audio/flac", 120.0),
        Row("opus.mkv", "-c:a libopus", "audio/mp4", 10.0),
        Row("opus.webm", "-c:v libvpx -deadline realtime -c:a libopus", "audio/mp4", 10.0),
        Row("opus.ts", "-c:a libopus", "audio/mp4", 10.0),
        Row("ac3.mkv", "-c:a ac3", "audio/mp4", 10.0),
        Row("ac3.ts", "-c:a ac3", "audio/mp4", 10.0),
        Row("mp2.mpg", "-c:v mpeg2video -c:a mp2", "audio/mp4", 10.0),
        Row("wma.asf", "-c:a wmav2", "audio/mp4", 10.0),
        Row("adpcm.avi", "-c:a adpcm_ms", "audio/mp4", 10.0),
        Row("surround.mkv", "-c:a ac3 -ac 6", "audio/flac", 60.0),
        Row("surround_aac.mp4", "-c:a aac -ac 6", "audio/flac", 60.0),
        Row("eight.mkv", "-c:a flac -ac 8", "audio/flac", 120.0),
        Row("wide.mov", "-c:a alac -ac 8 -channel_layout 7.1(wide)", "audio/flac", 100.0),
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

/// Three streams of sound, of which one is the default.
fn three() -> PathBuf {
    clip(
        "three.mkv",
        "-map 0:v -map 1:a -map 1:a -map 1:a -c:a:0 aac -c:a:1 ac3 -c:a:2 flac -metadata:s:a:0 language=eng \
         -metadata:s:a:1 language=deu -metadata:s:a:2 title=Comments/2 -disposition:a:0 default",
    )
}

#[test]
fn one_audio_stream_is_recorded_unless_more_are_requested() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = three();
    let entities = |run: &Run| run.recording.sounds.keys().cloned().collect::<Vec<_>>();
    let best = record(&path, "");
    assert_eq!(entities(&best), ["audio"]);
    assert_eq!(best.recording.sounds["audio"][0].media_type, "audio/mp4");
    let left_out = "2 other streams of sound are left out: stream 2 (ac3, deu), stream 3 (flac)";
    assert!(
        best.stderr.contains(left_out) && best.stderr.contains("--audio-stream"),
        "{}",
        best.stderr
    );
    let all = record(&path, "--all-streams --strict");
    assert_eq!(entities(&all), ["audio/Comments_2", "audio/deu", "audio/eng"]);
    let third = record(&path, "--audio-stream 3 --strict");
    assert_eq!(third.recording.sounds["audio"][0].media_type, "audio/flac");
    let none = record(&path, "--no-audio --strict");
    assert!(entities(&none).is_empty());
    let encoded = record(&path, "--audio-codec flac --entity robot/front");
    assert_eq!(encoded.recording.sounds["robot/audio"][0].media_type, "audio/flac");
    let mixed = record(&clip("six.mkv", "-c:a ac3 -ac 6"), "--audio-codec aac");
    assert_eq!(heard(&mixed.recording.sounds["audio"]).channels, 2);

    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let other = clip("aac.mp4", "-c:a aac");
    vstream()
        .words("--preset ultrafast")
        .arg(&other)
        .arg(&path)
        .arg("--save")
        .arg(&to)
        .run()
        .expect(0);
    let both: Vec<String> = Recording::open(&to).sounds.into_keys().collect();
    assert_eq!(both, ["aac.mp4/audio", "three.mkv/audio"]);

    let refused = vstream().words("--audio-stream 0 --probe").arg(&path).run().expect(2);
    assert!(
        refused.stderr.contains("its streams of sound are: 1 (aac), 2 (ac3), 3 (flac)"),
        "{}",
        refused.stderr
    );
    let strict = vstream().words("--strict --save").arg(workspace.path("strict.rrd")).arg(&path);
    strict.run().expect(1);
}

#[test]
fn adjacent_clips_play_without_a_gap() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    // Played as it is recorded, sound comes in clips of two seconds.
    struct Row(&'static str, &'static str, usize);
    let rows = [
        Row("aac.mkv", "-c:a aac", 1024),
        Row("mp3.mkv", "-c:a libmp3lame", 4 * 1152),
        Row("flac.mkv", "-c:a flac", 0),
        Row("vorbis.mkv", "-c:a libvorbis", 0),
        Row("s16.mov", "-c:a pcm_s16le", 0),
    ];
    check_all(
        &rows,
        |row| row.0.to_owned(),
        |Row(name, options, most)| {
            let path = clip(name, options);
            let run = record(&path, "--realtime");
            let clips = &run.recording.sounds["audio"];
            let (sound, wanted) = (heard(clips), by_ffmpeg(&path, 0, ""));
            let seam = (clips[1].time as f64 / 1e9 * f64::from(sound.sample_rate)).round() as usize;
            let (own, other) = (sound.channel(0), wanted.channel(0));
            let around = seam - 4800..seam + 9600;
            let wrong: Vec<usize> =
                around.filter(|at| (own[*at] - other[*at]).abs() > 0.01).collect();
            println!(
                "{name}: {} clips, seam at {seam}, wrong from {:?} to {:?}",
                clips.len(),
                wrong.first(),
                wrong.last()
            );
            let first = decode(&clips[0]).expect("a clip").seconds();
            let gap = clips[1].time as f64 / 1e9 - first - clips[0].time as f64 / 1e9;
            let mut complaints = Vec::new();
            if gap.abs() > 0.001 {
                complaints.push(format!("a gap of {gap} s"));
            }
            if wrong.iter().any(|at| !(seam..seam + most).contains(at)) {
                complaints.push(format!("wrong at {wrong:?}, and the seam is at {seam}"));
            }
            complaints
        },
    );
}

#[test]
fn long_audio_is_split_without_a_gap() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let sound = "-f lavfi -i aevalsrc=0.4*sin(2*PI*(150+160*t)*t):s=192000:d=9";
    let options = "-c:v libx264 -preset ultrafast -c:a pcm_s24le -ac 8";
    let path = generate::video(
        "long.mkv",
        &format!("-f lavfi -i color=s=64x48:r=5:d=9 {sound} {options}"),
    );
    let run = record(&path, "");
    let clips = &run.recording.sounds["audio"];
    assert_eq!(clips.len(), 2);
    assert!(clips.iter().all(|clip| clip.file.len() < 34 << 20));
    let (sound, wanted) = (heard(clips), by_ffmpeg(&path, 0, ""));
    let nth = wanted.loudest();
    let (own, other) = (sound.channel(nth), wanted.channel(nth));
    // Matroska counts milliseconds.
    assert!(own.len().abs_diff(other.len()) < 192, "{} and {}", own.len(), other.len());
    let first = decode(&clips[0]).expect("a clip");
    let second = decode(&clips[1]).expect("a clip").channel(nth);
    assert_eq!(first.len() + second.len(), other.len());
    let both = first.channel(nth).into_iter().chain(second);
    let differ = both.zip(&other).filter(|(own, other)| (own - **other).abs() > 1e-6);
    assert_eq!(differ.count(), 0);
}

/// As of a sender that reconnects with another encoder.
#[test]
fn audio_with_new_headers_in_mid_stream_is_decoded_by_them() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let part = |options: &str| {
        format!("{PICTURES} {RISING} -c:v libx264 -preset ultrafast -bf 0 -c:a aac {options}")
    };
    let other = "-ar 44100 -ac 2";
    let steps = [
        part("> one.flv"),
        part(&format!("{other} -output_ts_offset 4 > two.flv")),
        // Without the header of the file.
        "drop 13 1two.flv > rest.flv".to_owned(),
        "join 0one.flv 2rest.flv".to_owned(),
    ];
    let path = generate::steps("both.flv", &steps.each_ref().map(String::as_str));
    let run = record(&path, "--strict");
    assert_eq!(run.recording.only_video().samples.len(), 200);
    let clips = &run.recording.sounds["audio"];
    assert_eq!(clips.len(), 2, "{}", run.stderr);
    // The second sender's begins before its pictures, by what its encoder puts in front.
    for (clip, options, seconds) in [(&clips[0], "", 0.0), (&clips[1], other, 3.977)] {
        let wanted = by_ffmpeg(&generate::video("one.flv", &part(options)), 0, "");
        let sound = decode(clip).expect("a clip");
        assert_eq!((sound.sample_rate, sound.channels), (wanted.sample_rate, wanted.channels));
        let (lag, ratio) = compare(&sound.channel(0), &wanted.channel(0));
        let late = clip.time as f64 / 1e9 - seconds + lag as f64 / f64::from(sound.sample_rate);
        println!(
            "{options}: at {} ms, lag {lag}, {late} s late, {ratio} dB",
            clip.time as f64 / 1e6
        );
        assert!(late.abs() <= 0.001 && ratio >= 60.0, "{options}: {late} s late, {ratio} dB");
    }
}

/// Sound that is damaged, changes or hardly exists, never harms the pictures.
#[test]
fn unusual_audio_is_counted_and_the_video_is_complete() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    struct Row {
        name: &'static str,
        steps: &'static [&'static str],
        pictures: usize,
        clips: RangeInclusive<usize>,
        says: &'static str,
    }
    let row = |name, steps, pictures, clips, says| Row { name, steps, pictures, clips, says };
    const DAMAGED: &str = "damaged packets of sound";
    const AC3: &str = "{v} {a} -c:v libx264 -c:a ac3 > whole.mkv";
    const JOIN: &str = "join 0one.ts 1two.ts";
    let rows = [
        row("noise.mkv", &[AC3, "-i {prev} -c copy -bsf:a noise=amount=200"], 40, 1..=2, DAMAGED),
        // Frames that FFmpeg fills up without an error.
        row(
            "noise_few.mkv",
            &[AC3, "-i {prev} -c copy -bsf:a noise=amount=500"],
            40,
            1..=1,
            DAMAGED,
        ),
        row(
            "noise_flac.mkv",
            &[
                "{v} {a} -c:v libx264 -c:a flac > whole.mkv",
                "-i {prev} -c copy -bsf:a noise=amount=60",
            ],
            40,
            0..=0,
            DAMAGED,
        ),
        row(
            "rate.ts",
            &[
                "{v} {a} -c:v libx264 -bf 0 -c:a mp2 > one.ts",
                "{v} {a} -c:v libx264 -bf 0 -c:a mp2 -ar 32000 > two.ts",
                JOIN,
            ],
            80,
            2..=2,
            "",
        ),
        row(
            "rate_aac.ts",
            &[
                "{v} {a} -c:v libx264 -bf 0 -c:a aac > one.ts",
                "{v} {a} -c:v libx264 -bf 0 -c:a aac -ar 32000 > two.ts",
                JOIN,
            ],
            80,
            // FFmpeg spaces the frames within a packet of the stream by the first rate: more rows, at the right times.
            2..=5,
            "",
        ),
        row(
            "one_sample.mkv",
            &["{v} {a} -c:v libx264 -c:a pcm_s16le -af atrim=end_sample=1"],
            40,
            1..=1,
            "",
        ),
        row(
            "empty.mkv",
            &["{v} {a} -c:v libx264 -c:a pcm_s16le -af atrim=end_sample=0"],
            40,
            0..=0,
            "",
        ),
    ];
    check_all(
        &rows,
        |row| row.name.to_owned(),
        |row| {
            let run = record(&generate::steps(row.name, row.steps), "");
            let pictures = run.recording.only_video().samples.len();
            let clips = run.recording.sounds.get("audio").map_or(0, Vec::len);
            println!("{}: {pictures} pictures, {clips} clips\n{}", row.name, run.stderr);
            let mut wrong = Vec::new();
            if pictures != row.pictures || !row.clips.contains(&clips) {
                wrong.push(format!("{pictures} pictures, {clips} clips"));
            }
            if !run.stderr.contains(row.says)
                || row.says.is_empty() && run.stderr.contains("sound is left out")
            {
                wrong.push(run.stderr.clone());
            }
            wrong
        },
    );
    let workspace = Workspace::new();
    let path = generate::steps(rows[0].name, rows[0].steps);
    let strict = vstream().words("--strict --save").arg(workspace.path("out.rrd")).arg(path);
    assert!(strict.run().expect(1).stderr.contains(DAMAGED));
}

#[test]
fn encrypted_audio_is_left_out_and_the_video_is_complete() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let path = |name: &str| workspace.path(name);
    let ffmpeg = |words: &str| program("ffmpeg").words("-v error").words(words);
    let video = "-c:v libx264 -preset ultrafast -movflags +faststart";
    ffmpeg(PICTURES).words(video).arg(path("v.mp4")).run().expect(0);
    let key = "-encryption_scheme cenc-aes-ctr -encryption_key 76a6c65c5ea762046bd749a2e632ccbb \
               -encryption_kid a7e61c373e219033c21091fa607bf3b8";
    let audio = format!("{RISING} -c:a aac -movflags +faststart {key}");
    ffmpeg(&audio).arg(path("a.mp4")).run().expect(0);
    // FFmpeg encrypts all streams of a file, so the two are put together by a playlist.
    for name in ["a", "v"] {
        let list =
            format!("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{name}.mp4\n#EXT-X-ENDLIST\n");
        std::fs::write(path(&format!("{name}.m3u8")), list).expect("a playlist");
    }
    let main = "#EXTM3U\n\
                #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"a\",DEFAULT=YES,URI=\"a.m3u8\"\n\
                #EXT-X-STREAM-INF:BANDWIDTH=100000,AUDIO=\"a\"\nv.m3u8\n";
    std::fs::write(path("main.m3u8"), main).expect("a playlist");
    let run = record(&path("main.m3u8"), "");
    assert!(run.stderr.contains("sound is left out: it is encrypted"), "{}", run.stderr);
    assert_eq!(run.recording.only_video().samples.len(), 100);
    assert!(run.recording.sounds.is_empty());
}
