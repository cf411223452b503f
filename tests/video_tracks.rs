//! Several tracks in one MP4 or Matroska file: videos, languages, subtitles and chapters.
//! Single tracks are in `videos` and `video_sound`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::packets::{nals, packets_of, units_of};
use crate::support::recording::Recording;
use crate::support::run::{Workspace, program, vstream};
use crate::support::{generate, skip};

const ENGLISH: &str = "1\n00:00:00,200 --> 00:00:00,700\n<i>Hello</i> there,\nsecond line\n\n\
    2\n00:00:00,900 --> 00:00:01,400\nBye\n\n3\n00:00:01,400 --> 00:00:01,550\nAgain\n";
const GERMAN: &str = "1\n00:00:00,300 --> 00:00:00,800\nHällo\n";
const CHAPTERS: &str = ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=800\ntitle=Intro\n\
    [CHAPTER]\nTIMEBASE=1/1000\nSTART=800\nEND=1500\ntitle=The rest\n";

/// Two videos, two languages of sound and of subtitles, and chapters.
fn film() -> Option<PathBuf> {
    let texts = [("eng.srt", ENGLISH), ("deu.srt", GERMAN), ("chapters.txt", CHAPTERS)];
    let texts = texts.map(|(name, text)| {
        generate::made(name, &text, |to| std::fs::write(to, text).expect("a text file"))
    });
    let [english, german, chapters] =
        texts.each_ref().map(|path| path.to_str().expect("a path in UTF-8"));
    let make = || {
        generate::video(
            "tracks.mkv",
            &format!(
                "{{v}} -f lavfi -i testsrc=size=64x48:rate=10:duration=1.2 {{a}} -f lavfi -i sine=880:duration=1.6 \
                 -i {english} -i {german} -i {chapters} -map 0 -map 1 -map 2 -map 3 -map 4 -map 5 \
                 -map_chapters 6 -c:v libx264 -bf 2 -c:a flac -c:s srt \
                 -metadata:s:v:0 title=front -metadata:s:v:1 title=rear -metadata:s:a:0 language=eng \
                 -metadata:s:a:1 language=deu -metadata:s:a:1 title=Kommentar \
                 -metadata:s:s:0 language=eng -metadata:s:s:1 language=deu"
            ),
        )
    };
    skip::have(&["ffmpeg", "ffprobe"]).then(make)
}

fn probe(path: &Path, words: &str) -> Value {
    let run = program("ffprobe").words("-v error -of json").words(words).arg(path);
    serde_json::from_slice(&run.run().expect(0).stdout).expect("JSON")
}

/// The kind of each stream, with its language and its title.
fn streams(path: &Path) -> Vec<String> {
    let found = probe(path, "-show_streams");
    let streams = found["streams"].as_array().expect("streams");
    let tag = |stream: &Value, name: &str| stream["tags"][name].as_str().unwrap_or("").to_owned();
    let described = |stream: &Value| {
        let title = [tag(stream, "title"), tag(stream, "handler_name")].concat();
        let language = tag(stream, "language").replace("und", "");
        format!("{} {language} {title}", stream["codec_name"].as_str().unwrap_or("none"))
    };
    streams.iter().map(described).collect()
}

/// The texts of a stream, with the times in seconds at which they begin and end.
fn texts(path: &Path, stream: &str) -> Vec<(f64, f64, String)> {
    let run =
        program("ffmpeg").words("-v error -i").arg(path).words("-map").arg(format!("0:{stream}"));
    let outcome = run.words("-f webvtt -").run().expect(0);
    let plain = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let words = plain.split("\n\n").filter(|it| it.contains("-->"));
    let words = words.map(|it| it.lines().skip_while(|line| !line.contains("-->")).skip(1));
    let words = words.map(|lines| lines.collect::<Vec<_>>().join("\n"));
    let packets = probe(path, &format!("-select_streams {stream} -show_packets"));
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
    let packets = packets["packets"].as_array().expect("packets").clone();
    // In MPEG-4 an empty text of two bytes ends the one before it, which FFmpeg gives no duration there.
    let packet = |packet: &Value| {
        let is_text = number(&packet["size"])? > 2.0;
        let begin = number(&packet["pts_time"])?;
        Some((is_text, begin, number(&packet["duration_time"]).map(|shown| begin + shown)))
    };
    let packets: Vec<_> = packets.iter().filter_map(packet).collect();
    let next = packets.iter().skip(1).map(|packet| packet.1).chain([f64::INFINITY]);
    let spans = packets.iter().zip(next).filter(|((is_text, ..), _)| *is_text);
    let spans = spans.map(|((_, begin, end), next)| (*begin, end.unwrap_or(next)));
    spans.zip(words).map(|((begin, end), text)| (begin, end, text)).collect()
}

fn assert_texts(path: &Path, stream: &str, wanted: &[(f64, f64, &str)]) {
    let texts = texts(path, stream);
    let near = |a: f64, b: f64| (a - b).abs() < 0.002;
    let same = texts.len() == wanted.len()
        && texts
            .iter()
            .zip(wanted)
            .all(|(is, wanted)| near(is.0, wanted.0) && near(is.1, wanted.1) && is.2 == wanted.2);
    assert!(same, "{} {stream}: {texts:?}", path.display());
}

fn chapters(path: &Path) -> Vec<(f64, f64, String)> {
    let found = probe(path, "-show_chapters");
    let number = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
    let chapter = |chapter: &Value| {
        let title = chapter["tags"]["title"].as_str().unwrap_or_default().to_owned();
        Some((number(&chapter["start_time"])?, number(&chapter["end_time"])?, title))
    };
    found["chapters"].as_array().expect("chapters").iter().filter_map(chapter).collect()
}

#[test]
fn everything_in_a_film_is_in_one_video_file() {
    let Some(path) = film() else { return };
    let workspace = Workspace::new();
    let [rrd, mp4, mkv] = ["out.rrd", "out.mp4", "out.mkv"].map(|name| workspace.path(name));
    let run = vstream().words("--all-streams --preset ultrafast").arg(&path);
    let run = run.arg("--save").arg(&rrd).arg("--save").arg(&mp4).arg("--save").arg(&mkv);
    let outcome = run.run().expect(0);
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
    assert_eq!(
        streams(&mkv),
        [
            "h264  front",
            "h264  rear",
            "flac eng ",
            "flac deu Kommentar",
            "subrip eng ",
            "subrip deu "
        ]
    );
    let named = streams(&mp4);
    for (found, wanted) in named.iter().zip([
        "h264  front",
        "h264  rear",
        "flac eng SoundHandler",
        "flac deu Kommentar",
        "mov_text eng SubtitleHandler",
        "mov_text deu SubtitleHandler",
    ]) {
        assert_eq!(found, wanted, "{named:?}");
    }
    let recording = Recording::open(&rrd);
    for file in [&mp4, &mkv] {
        for (stream, entity) in [("v:0", "front"), ("v:1", "rear")] {
            let video = &recording.videos[entity];
            assert_eq!(units_of(file, stream), nals(&video.annexb()), "{}", file.display());
            let packets = packets_of(file, stream);
            assert_eq!(packets.len(), video.samples.len());
            for ((time, _), sample) in packets.iter().zip(&video.samples) {
                assert!((time - sample.time as f64 / 1e9).abs() < 0.001, "{time}");
            }
        }
        let english =
            [(0.2, 0.7, "Hello there,\nsecond line"), (0.9, 1.4, "Bye"), (1.4, 1.55, "Again")];
        assert_texts(file, "s:0", &english);
        assert_texts(file, "s:1", &[(0.3, 0.8, "Hällo")]);
        let wanted = [(0.0, 0.8, "Intro".to_owned()), (0.8, 1.5, "The rest".to_owned())];
        assert_eq!(chapters(file), wanted);
    }
}

#[test]
fn subtitles_and_chapters_of_a_part_begin_with_it() {
    let Some(path) = film() else { return };
    let workspace = Workspace::new();
    for name in ["out.mkv", "out.mp4"] {
        let to = workspace.path(name);
        let run = vstream().words("--preset ultrafast --start 0.6 --duration 0.7 --rebase");
        run.arg(&path).arg("--save").arg(&to).run().expect(0);
        assert_texts(&to, "s:0", &[(0.3, 0.8, "Bye")]);
        let mut found = chapters(&to);
        // What is before the first one has to be a chapter in MPEG-4.
        found.retain(|(_, _, title)| !title.is_empty());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!((found[0].0 - 0.2).abs() < 0.002 && found[0].2 == "The rest", "{found:?}");
    }
}

#[test]
fn text_of_a_recording_becomes_subtitles_of_a_video_file() {
    let Some(path) = film() else { return };
    let workspace = Workspace::new();
    let rrd = workspace.path("out.rrd");
    vstream().words("--preset ultrafast").arg(&path).arg("--save").arg(&rrd).run().expect(0);
    for name in ["out.mkv", "out.mp4"] {
        let to = workspace.path(name);
        vstream().arg(&rrd).arg("--save").arg(&to).run().expect(0);
        // A recording does not hold where a text ends.
        let english =
            [(0.2, 0.9, "Hello there,\nsecond line"), (0.9, 1.4, "Bye"), (1.4, 6.4, "Again")];
        assert_texts(&to, "s:1", &english);
        assert_texts(&to, "s:0", &[(0.3, 5.3, "Hällo")]);
        let begins: Vec<_> = chapters(&to).into_iter().map(|(at, _, title)| (at, title)).collect();
        assert_eq!(begins, [(0.0, "Intro".to_owned()), (0.8, "The rest".to_owned())]);
        let languages: Vec<_> = streams(&to)
            .into_iter()
            .filter(|it| it.contains("eng") || it.contains("deu"))
            .collect();
        assert!(languages.len() >= 2, "{languages:?}");
        let bare = workspace.path(format!("bare_{name}"));
        vstream().words("--no-metadata").arg(&rrd).arg("--save").arg(&bare).run().expect(0);
        assert!(chapters(&bare).is_empty() && streams(&bare).len() == 2, "{:?}", streams(&bare));
    }
}

/// More inputs than are read at a time: all of the first waits for the beginning of the last.
#[test]
fn several_inputs_are_in_step_in_one_video_file() {
    let Some(film) = film() else { return };
    let plain = |name: &str, rate: u32| {
        let source = format!("-f lavfi -i testsrc2=size=64x48:rate={rate}:duration=1.6");
        generate::video(name, &format!("{source} {{a}} -c:v libx264 -c:a aac"))
    };
    let inputs = [film, plain("left.mp4", 20), plain("right.mp4", 25), plain("top.mp4", 30)];
    let workspace = Workspace::new();
    let (to, rrd) = (workspace.path("out.mkv"), workspace.path("out.rrd"));
    let run = vstream().words("--preset ultrafast --jobs 1").args(&inputs).arg("--save").arg(&to);
    run.arg("--save").arg(&rrd).run().expect(0);
    let recording = Recording::open(&rrd);
    assert_eq!(recording.videos.len(), 4);
    let kinds: Vec<_> =
        streams(&to).into_iter().map(|it| it.split(' ').next().unwrap_or("").to_owned()).collect();
    let [video, aac] = ["h264", "aac"];
    assert_eq!(kinds, [video, video, video, video, "flac", aac, aac, aac, "subrip", "subrip"]);
    for nth in 0..4 {
        let stream = format!("v:{nth}");
        let title =
            probe(&to, &format!("-select_streams {stream} -show_entries stream_tags=title"));
        let title = title["streams"][0]["tags"]["title"].as_str().expect("a title").to_owned();
        let found = recording.videos.iter().find(|(entity, _)| entity.replace('\\', "") == title);
        let (_, video) = found.expect("a video of that title");
        assert_eq!(units_of(&to, &stream), nals(&video.annexb()), "{title}");
    }
    // Interleaved by time, not one behind the other.
    let all = packets_of(&to, "v");
    let back = all.windows(2).map(|pair| pair[0].0 - pair[1].0).fold(0.0, f64::max);
    assert!(back < 0.1, "times go back by {back} s");
}

#[test]
fn a_song_and_a_video_share_one_file() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let silent = generate::video("silent.mp4", "{v} -c:v libx264");
    let song = generate::video("song.mp3", "{a} -c:a libmp3lame");
    let workspace = Workspace::new();
    let to = workspace.path("out.mp4");
    let run = vstream().words("--preset ultrafast").args([&silent, &song]).arg("--save").arg(&to);
    run.run().expect(0);
    let kinds: Vec<_> =
        streams(&to).iter().map(|it| it.split(' ').next().map(str::to_owned)).collect();
    assert_eq!(kinds, [Some("h264".to_owned()), Some("mp3".to_owned())]);
}
