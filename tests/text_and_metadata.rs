//! Subtitles, chapters, metadata and creation times of files.
//! They must not change the video.

use std::path::PathBuf;

use crate::support::check::{SECOND, Wanted, assert_contract, assert_contract_as};
use crate::support::convert::convert;
use crate::support::recording::{Recording, Text};
use crate::support::run::{Workspace, vstream};
use crate::support::table::check_all;
use crate::support::{generate, skip};

const SUBTITLES: &str = "1\n00:00:00,200 --> 00:00:00,700\n<i>Hello</i> there,\nsecond line\n\n\
    2\n00:00:00,900 --> 00:00:01,200\n{\\an8}A comma, and <b>bold</b>\n\n\
    3\n00:00:01,500 --> 00:00:01,590\n日本 Ü\n";
const WORDS: [(i64, &str); 3] = [
    (200_000_000, "Hello there,\nsecond line"),
    (900_000_000, "A comma, and bold"),
    (1_500_000_000, "日本 Ü"),
];
const CHAPTERS: &str = ";FFMETADATA1\ntitle=A walk\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=800\n\
    title=Intro\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=800\nEND=1600\ntitle=The rest\n";
const CREATED: &str = "2024-05-01T12:00:00Z";
const CREATED_NANOS: i64 = 1_714_564_800 * SECOND;

/// A clip with all of it; `how` says the codecs and more.
fn clip(name: &str, how: &str) -> Option<PathBuf> {
    let texts = [("words.srt", SUBTITLES), ("chapters.txt", CHAPTERS)].map(|(name, text)| {
        generate::made(name, &text, |to| std::fs::write(to, text).expect("a text file"))
    });
    let [words, chapters] = texts.each_ref().map(|path| path.to_str().expect("a path in UTF-8"));
    let make = || {
        let command = format!(
            "{{v}} -i {words} -i {chapters} -map 0 -map 1 -map 1 -map_metadata 2 -map_chapters 2 \
             -metadata:s:s:0 language=eng -metadata:s:s:1 language=und -metadata creation_time={CREATED} {how}"
        );
        generate::video(name, &command)
    };
    skip::have(&["ffmpeg", "ffprobe"]).then(make)
}

fn mkv() -> Option<PathBuf> {
    clip("words.mkv", "-c:v libx264 -bf 2 -c:s srt")
}

fn log(words: &[(i64, &str)]) -> Vec<Text> {
    words.iter().map(|(time, text)| (*time, None, (*text).to_owned())).collect()
}

#[test]
fn subtitles_and_chapters_are_logged_at_their_times() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let rows = [
        ("words.mkv", "-c:v libx264 -bf 2 -c:s srt"),
        ("styled.mkv", "-c:v libx264 -bf 2 -c:s ass"),
        ("words.mp4", "-c:v libx264 -bf 2 -c:s mov_text"),
        ("words.mov", "-c:v libx264 -bf 2 -c:s mov_text"),
        ("words.webm", "-c:v libvpx -deadline realtime -c:s webvtt"),
    ];
    check_all(
        &rows,
        |(name, _)| name.to_string(),
        |(name, how)| {
            let Some(path) = clip(name, how) else { return vec![] };
            let converted = convert(&path, "--preset ultrafast");
            assert_contract(&converted.recording);
            assert_eq!(converted.video().samples.len(), 40);
            let texts = &converted.recording.texts;
            // The second subtitles have no language, so their stream's number names them.
            let entities: Vec<_> = texts.keys().map(String::as_str).collect();
            let mut wrong = Vec::new();
            if entities != ["chapters", "subtitles/2", "subtitles/eng"] {
                return vec![format!("the texts are {texts:?}")];
            }
            for (entity, expected) in [
                ("chapters", log(&[(0, "Intro"), (800_000_000, "The rest")])),
                ("subtitles/eng", log(&WORDS)),
                ("subtitles/2", log(&WORDS)),
            ] {
                if texts[entity] != expected {
                    wrong.push(format!("{entity}: {:?}", texts[entity]));
                }
            }
            wrong
        },
    );
}

#[test]
fn subtitles_are_cut_and_timed_like_the_video() {
    let Some(path) = clip("late.mkv", "-c:v libx264 -bf 2 -c:s srt -output_ts_offset 5") else {
        return;
    };
    let words = |options: &str| {
        let converted = convert(&path, &format!("--preset ultrafast {options}"));
        let first = converted.video().times()[0];
        let log = converted.recording.texts.get("subtitles/eng").cloned().unwrap_or_default();
        (first, log.into_iter().map(|(time, _, _)| time).collect::<Vec<_>>())
    };
    let all = WORDS.map(|(time, _)| time);
    assert_eq!(words(""), (0, all.to_vec()));
    assert_eq!(words("--start 0.88 --duration 0.4"), (880_000_000, vec![all[1]]));
    assert_eq!(words("--start 1"), (SECOND, vec![all[2]]));
    let (first, kept) = words("--keep-timestamps");
    assert_eq!(kept, all.map(|time| time + first), "the picture begins at {first}");
    assert!(first >= 5 * SECOND, "{first}");
}

#[test]
fn subtitles_follow_given_timestamps() {
    let Some(path) = mkv() else { return };
    let workspace = Workspace::new();
    let list = workspace.path("times.txt");
    // Half as fast, and a gap of ten seconds behind the first second.
    let at = |n: u32| f64::from(n) * 0.08 + if n >= 25 { 10.0 } else { 0.0 };
    let times: Vec<String> = (0..40).map(|n| format!("{:.3}", at(n))).collect();
    std::fs::write(&list, times.join("\n")).expect("a list");
    let words = |options: &str| {
        let converted = convert(&path, &format!("--preset ultrafast {options}"));
        let times = |entity: &str| -> Vec<i64> {
            let log = converted.recording.texts.get(entity).cloned().unwrap_or_default();
            log.into_iter().map(|(time, _, _)| time / 1_000_000).collect()
        };
        (times("chapters"), times("subtitles/eng"))
    };
    let list = format!("--timestamps {}", list.display());
    assert_eq!(words(&list), (vec![0, 1600], vec![400, 1800, 13_000]));
    assert_eq!(words("--framerate 50"), (vec![0, 400], vec![100, 450, 750]));
    assert_eq!(words(&format!("{list} --start 1.5 --duration 2")), (vec![1600], vec![1800]));
    let rebased = words(&format!("{list} --start 1.6 --duration 2 --rebase"));
    assert_eq!(rebased, (vec![0], vec![200]));
}

#[test]
fn subtitles_before_the_start_are_left_out() {
    let Some(path) = mkv() else { return };
    let converted = convert(&path, "--preset ultrafast --start 0.88 --rebase");
    let texts = &converted.recording.texts;
    assert!(!texts.contains_key("chapters"), "{texts:?}");
    let times: Vec<i64> = texts["subtitles/eng"].iter().map(|(time, _, _)| *time).collect();
    assert_eq!(times, [20_000_000, 620_000_000]);
}

#[test]
fn text_entities_are_siblings_of_one_video_and_children_of_several() {
    let Some(path) = mkv() else { return };
    let converted = convert(&path, "--preset ultrafast --entity world/camera/image");
    let names: Vec<_> = converted.recording.texts.keys().cloned().collect();
    assert_eq!(
        names,
        ["world/camera/chapters", "world/camera/subtitles/2", "world/camera/subtitles/eng"]
    );

    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("--preset ultrafast --save").arg(&to).arg(&path);
    run.arg(generate::video("other.mp4", "{v} -c:v libx264")).run().expect(0);
    let recording = Recording::open(&to);
    let names: Vec<_> = recording.texts.keys().map(|name| name.replace('\\', "")).collect();
    assert_eq!(names, ["words.mkv/chapters", "words.mkv/subtitles/2", "words.mkv/subtitles/eng"]);
}

#[test]
fn no_metadata_omits_text_and_properties_and_keeps_the_video() {
    let Some(path) = mkv() else { return };
    let with = convert(&path, "--preset ultrafast");
    let without = convert(&path, "--preset ultrafast --no-metadata");
    assert_eq!(with.video().samples, without.video().samples);
    assert!(without.recording.texts.is_empty(), "{:?}", without.recording.texts);
    let title =
        |recording: &Recording| recording.properties.values().any(|value| value.contains("A walk"));
    assert!(title(&with.recording) && !title(&without.recording));
}

#[test]
fn subtitles_are_read_from_a_pipe_in_one_pass() {
    let Some(path) = mkv() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let bytes = crate::support::run::read(&path);
    vstream().words("- --preset ultrafast --save").arg(&to).stdin(bytes).run().expect(0);
    let recording = Recording::open(&to);
    assert_contract(&recording);
    assert_eq!(recording.texts["chapters"], log(&[(0, "Intro"), (800_000_000, "The rest")]));
    assert_eq!(recording.texts["subtitles/eng"], log(&WORDS));
    assert_eq!(recording.texts["subtitles/2"], log(&WORDS));
}

#[test]
fn damaged_subtitles_lose_no_frames() {
    let Some(path) = mkv() else { return };
    let damaged = generate::made("damaged.mkv", &"words", |to| {
        let mut bytes = crate::support::run::read(&path);
        for word in ["Hello", "comma", "second"] {
            let places = bytes.windows(word.len()).enumerate();
            let found: Vec<usize> =
                places.filter(|(_, w)| *w == word.as_bytes()).map(|(at, _)| at).collect();
            assert!(!found.is_empty(), "no {word} in the file");
            found.iter().for_each(|at| bytes[*at..at + 4].fill(0xff));
        }
        std::fs::write(to, bytes).expect("a damaged file");
    });
    let converted = convert(&damaged, "--preset ultrafast");
    assert_contract(&converted.recording);
    assert_eq!(converted.video().samples.len(), 40);
    assert_eq!(converted.outcome.summary("damaged"), 0);
}

#[test]
fn metadata_values_have_native_types() {
    let how =
        "-c:v libx264 -c:s mov_text -metadata location=+52.5200+013.4050/ -timecode 10:11:12:13";
    let Some(path) = clip("walk.mov", how) else { return };
    let properties = convert(&path, "--preset ultrafast").recording.properties;
    let property =
        |name: &str| properties.get(&format!("metadata/{name}")).cloned().unwrap_or_default();
    assert!(property("creation_time").contains(&CREATED_NANOS.to_string()), "{properties:?}");
    assert!(property("timecode").contains("10:11:12:13"), "{properties:?}");
    let position = property("position");
    assert!(position.contains("52.52") && position.contains("13.405"), "{properties:?}");
    assert!(property("title").contains("A walk"), "{properties:?}");
}

/// Old containers hold text in any encoding.
#[test]
fn metadata_that_is_not_utf8_is_converted_lossily() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let plain = generate::video("titled.avi", "{v} -c:v mpeg4 -metadata title=Abcdefgh");
    let latin = generate::made("latin.avi", &"Latin-1", |to| {
        let mut bytes = crate::support::run::read(&plain);
        let at = bytes.windows(8).position(|w| w == b"Abcdefgh").expect("the title");
        bytes[at..at + 8].copy_from_slice(b"Caf\xe9 M\xfcn");
        std::fs::write(to, bytes).expect("a file");
    });
    let converted = convert(&latin, "--preset ultrafast");
    let title = &converted.recording.properties["metadata/title"];
    assert!(title.contains("Caf\u{fffd} M\u{fffd}n"), "{title}");
}

#[test]
fn a_start_time_adds_capture_time() {
    let Some(path) = mkv() else { return };
    let at = CREATED_NANOS + 3600 * SECOND;
    let rows = [
        ("--start-time creation", CREATED_NANOS),
        ("--start-time 2024-05-01T15:00:00+02:00", at),
        ("--start-time 2024-05-01T13:00:00Z --start 0.8", at),
        ("--start-time 2024-05-01T13:00:00Z --keep-timestamps", at),
    ];
    for (options, zero) in rows {
        let converted = convert(&path, &format!("--preset ultrafast {options}"));
        let wanted = Wanted { wall_clock: true, ..Wanted::default() };
        assert_contract_as(&converted.recording, &wanted);
        let video = converted.video();
        assert!(video.samples.iter().all(|s| s.capture_time == Some(zero + s.time)), "{options}");
        for (time, captured, text) in converted.recording.texts.values().flatten() {
            assert_eq!(*captured, Some(zero + time), "{options}: {text}");
        }
    }
}

#[test]
fn capture_time_starts_with_the_file_whatever_its_timestamps() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = generate::video("late.ts", "{v} -c:v libx264 -bf 2 -output_ts_offset 37.123");
    let first = |options: &str| {
        let options = format!("--preset ultrafast --start-time {CREATED} {options}");
        let converted = convert(&path, &options);
        let sample = converted.video().samples[0].clone();
        (sample.time, sample.capture_time)
    };
    assert_eq!(first(""), (0, Some(CREATED_NANOS)));
    let (time, captured) = first("--keep-timestamps");
    assert!(time > 37 * SECOND, "{time}");
    assert_eq!(captured, Some(CREATED_NANOS));
}

#[test]
fn an_impossible_start_time_is_an_error_with_a_reason() {
    let Some(path) = mkv() else { return };
    let plain = generate::video("plain.ts", "{v} -c:v libx264");
    let workspace = Workspace::new();
    for (path, when, words) in [
        (&path, "yesterday", "`yesterday` is not a date and time"),
        (&path, "2024-05-01T12:00:00", "offset from UTC"),
        (&plain, "creation", "plain.ts holds no creation time"),
    ] {
        let to = workspace.path("out.rrd");
        let run = vstream().arg(path).arg("--start-time").arg(when).arg("--save").arg(&to);
        let outcome = run.run().expect(2);
        assert!(outcome.stderr.contains(words), "{when}:\n{}", outcome.stderr);
        assert!(!to.exists());
    }
}

/// A real film with subtitles in two languages.
#[test]
fn subtitles_of_real_files_are_read() {
    let Some(path) = skip::corpus_file("torchcodec/nasa_13013.mp4") else { return };
    let converted = convert(&path, "--preset ultrafast --max-size 64x64");
    let texts = &converted.recording.texts;
    let texts: Vec<_> = texts.iter().filter(|(name, _)| name.contains("subtitles")).collect();
    assert!(texts.len() == 2 && texts.iter().all(|(_, log)| !log.is_empty()), "{texts:?}");
}
