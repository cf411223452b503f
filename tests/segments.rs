//! Playlists, manifests and lists of files with a part that is missing, broken, or something else.
//! Single incomplete files are in `incomplete_files`.

use crate::support::check::assert_contract;
use crate::support::convert::{convert, refused, says, strict_minds};
use crate::support::run::{Workspace, program, read, vstream};
use crate::support::{generate, skip};

const FAST: &str = "--preset ultrafast";

#[test]
fn a_missing_segment_is_counted_and_the_rest_is_there() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let segment = generate::video("segment.ts", "{v} -c:v libx264 -bf 0");
    let later = "-i {0} -c copy -output_ts_offset 3.2";
    let last = generate::steps("last.ts", &["{v} -c:v libx264 -bf 0 > clip.mp4", later]);
    let workspace = Workspace::new();
    std::fs::copy(segment, workspace.path("0.ts")).expect("a copy");
    std::fs::copy(last, workspace.path("2.ts")).expect("a copy");
    let list = workspace.path("list.m3u8");
    let segments: String = (0..3).map(|n| format!("#EXTINF:1.6,\n{n}.ts\n")).collect();
    let head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n";
    std::fs::write(&list, format!("{head}{segments}#EXT-X-ENDLIST\n")).expect("a playlist");
    let converted = convert(&list, FAST);
    assert_eq!(converted.video().samples.len(), 80, "{}", converted.outcome.stderr);
    says(&converted, "segments of the playlist that could not be read");
    strict_minds(&list);
}

#[test]
fn a_missing_fragment_of_dash_is_counted() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let longer = "-f lavfi -i testsrc2=size=128x96:rate=25:duration=4 -c:v libx264 -g 25";
    let manifest = generate::video("list.mpd", &format!("{longer} -f dash -seg_duration 1"));
    let workspace = Workspace::new();
    for file in std::fs::read_dir(manifest.parent().expect("a folder")).expect("a folder").flatten()
    {
        let name = file.file_name();
        if !name.to_string_lossy().ends_with("00003.m4s") {
            std::fs::copy(file.path(), workspace.path(&name)).expect("a copy");
        }
    }
    let converted = convert(&workspace.path("list.mpd"), FAST);
    assert_eq!(converted.video().samples.len(), 75, "{}", converted.outcome.stderr);
    says(&converted, "segments of the playlist that could not be read");
    strict_minds(&workspace.path("list.mpd"));

    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    let period = &text[text.find("<Period").expect("a period")..];
    let period = &period[..period.find("</Period>").expect("its end") + "</Period>".len()];
    let two = manifest.with_file_name("two.mpd");
    std::fs::write(&two, text.replace(period, &period.repeat(2))).expect("a manifest");
    let converted = convert(&two, FAST);
    assert_eq!(converted.video().samples.len(), 100, "{}", converted.outcome.stderr);
    says(&converted, "1 of its 2 periods");
    strict_minds(&two);
}

#[test]
fn a_segment_that_holds_no_pictures_is_counted() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    // Long enough for FFmpeg to know the stream by its first segment.
    let clip = "-f lavfi -i testsrc2=size=128x96:rate=25:duration=4 -c:v libx264 -bf 0 -g 25";
    let playlist = generate::video("four.m3u8", &format!("{clip} -hls_time 1 -hls_list_size 0"));
    let list = String::from_utf8(read(&playlist)).expect("a playlist");
    let names: Vec<&str> = list.lines().filter(|line| line.ends_with(".ts")).collect();
    assert_eq!(names.len(), 4);
    let garbage: Vec<u8> = (0..40_000_u32).map(|n| ((n * n) >> 7) as u8).collect();
    for lost in [&names[1..2], &names[1..3], &names[3..]] {
        for bytes in [&garbage[..], b""] {
            let workspace = Workspace::new();
            let copy = workspace.path("list.m3u8");
            std::fs::write(&copy, &list).expect("a playlist");
            for &name in &names {
                let segment = read(&playlist.with_file_name(name));
                let bytes = if lost.contains(&name) { bytes } else { &segment };
                std::fs::write(workspace.path(name), bytes).expect("a segment");
            }
            let converted = convert(&copy, FAST);
            assert_eq!(converted.video().samples.len(), 100 - 25 * lost.len());
            says(&converted, "segments of the playlist that could not be read, left out");
            if lost.len() > 1 {
                says(&converted, &format!("{} × segments of the playlist", lost.len()));
            }
            strict_minds(&copy);
        }
    }
    // Segments that are named again, or in another order, were read all the same.
    for order in [&[0, 0, 1, 1][..], &[3, 2, 1, 0]] {
        let workspace = Workspace::new();
        let again = workspace.path("again.m3u8");
        for &name in &names {
            std::fs::copy(playlist.with_file_name(name), workspace.path(name)).expect("a segment");
        }
        let mut lines = vec!["#EXTM3U", "#EXT-X-TARGETDURATION:1"];
        lines.extend(order.iter().flat_map(|&at| ["#EXTINF:1,", names[at]]));
        lines.push("#EXT-X-ENDLIST\n");
        std::fs::write(&again, lines.join("\n")).expect("a playlist");
        let converted = convert(&again, FAST);
        assert_eq!(converted.video().samples.len(), 100);
        let stderr = &converted.outcome.stderr;
        assert!(!stderr.contains("segments of the playlist"), "{stderr}");
    }
    // From within a segment on, where nothing is lost.
    let part = convert(&playlist, "--preset ultrafast --start 1.6 --strict");
    assert_eq!(part.video().samples.len(), 60);
}

#[test]
fn a_list_continues_after_a_file_that_cannot_be_opened() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let clip = read(&generate::video("of_a_list.mp4", "{v} -c:v libx264 -bf 0 -g 20"));
    let workspace = Workspace::new();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(workspace.path(name), bytes).expect("a file");
    };
    write("a.mp4", &clip);
    write("unfinished.mp4", &clip[..clip.len() / 2]);
    let list = "file a.mp4\nfile absent.mp4\nfile unfinished.mp4\nfile a.mp4\ninpoint 0.8\n";
    write("list.txt", list.as_bytes());
    write("list.ffconcat", format!("ffconcat version 1.0\n{list}").as_bytes());
    for (name, format) in [("list.txt", "-f concat"), ("list.ffconcat", "")] {
        let converted = convert(&workspace.path(name), &format!("{FAST} {format}"));
        assert_contract(&converted.recording);
        assert_eq!(converted.video().samples.len(), 60, "{}", converted.outcome.stderr);
        says(&converted, "2 of the 4 files of the list cannot be opened and are left out");
        says(&converted, "absent.mp4");
    }
    strict_minds(&workspace.path("list.ffconcat"));
    write("only.txt", b"file absent.mp4\n");
    refused(vstream().arg(workspace.path("only.txt")).words("-f concat"), &["absent.mp4"]);
}

#[test]
fn an_unfinished_playlist_is_read_from_beginning_to_end() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let whole = generate::video(
        "unfinished.m3u8",
        "-f lavfi -i testsrc2=size=128x96:rate=25:duration=6 -c:v libx264 -g 25 -bf 0 -f hls -hls_time 1 -hls_list_size 0",
    );
    let text = String::from_utf8(read(&whole)).expect("a playlist");
    let left = whole.with_file_name("left.m3u8");
    std::fs::write(&left, text.replace("#EXT-X-ENDLIST\n", "")).expect("a playlist");
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    let file = std::fs::File::options().append(true).open(&left).expect("the playlist");
    file.set_modified(hour_ago).expect("its time");
    let converted = convert(&left, FAST);
    assert_contract(&converted.recording);
    assert_eq!(converted.video().samples.len(), 150, "{}", converted.outcome.stderr);
    says(&converted, "taken for whole");
}

/// `list.m3u8`, with five segments of a second each.
fn playlist(options: &str) -> Workspace {
    let folder = Workspace::new();
    let ffmpeg = program("ffmpeg")
        .words("-v error -f lavfi -i testsrc2=size=128x96:rate=25:duration=5")
        .words("-c:v libx264 -g 25 -preset ultrafast -f hls -hls_time 1 -hls_list_size 0");
    ffmpeg.words(options).arg("list.m3u8").current_dir(folder.dir()).run().expect(0);
    folder
}

#[test]
fn a_playlist_starts_after_leading_segments_without_video() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let made = playlist("");
    let zeros = vec![0; 30_000];
    let page = b"<!DOCTYPE html><html><body>404 Not Found</body></html>";
    for lost in 1..=2 {
        for first in [&zeros[..], page, b""] {
            for segment in 0..lost {
                std::fs::write(made.path(format!("list{segment}.ts")), first).expect("a file");
            }
            let left = convert(&made.path("list.m3u8"), FAST);
            assert_eq!(left.video().samples.len(), 25 * (5 - lost));
            assert_eq!(left.video().samples[0].time, 0);
            says(&left, "segment");
        }
        strict_minds(&made.path("list.m3u8"));
    }
}

#[test]
fn a_playlist_continues_after_a_broken_fragment() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let made = playlist("-hls_segment_type fmp4");
    let whole = convert(&made.path("list.m3u8"), FAST);
    assert_eq!(whole.video().samples.len(), 125);
    assert!(!whole.outcome.stderr.contains("segment"), "{}", whole.outcome.stderr);
    let variant = "#EXT-X-STREAM-INF:BANDWIDTH=9000,RESOLUTION=256x192";
    let master = format!("#EXTM3U\n{variant}\nabsent.m3u8\n{variant}\nlist.m3u8\n");
    std::fs::write(made.path("master.m3u8"), master).expect("a file");
    let left = convert(&made.path("master.m3u8"), FAST);
    assert_eq!(left.video().samples.len(), 125);
    says(&left, "1 of the 2 variants of the playlist cannot be opened");
    strict_minds(&made.path("master.m3u8"));
    let fragment = read(&made.path("list2.m4s"));
    let cut = &fragment[..fragment.len() * 6 / 10];
    for broken in [&vec![0; 30_000][..], b"<html>404 Not Found</html>", cut, b""] {
        std::fs::write(made.path("list2.m4s"), broken).expect("a file");
        let left = convert(&made.path("list.m3u8"), FAST);
        let video = left.video();
        assert_eq!(video.samples.len(), 100, "{}", left.outcome.stderr);
        assert_eq!(video.times()[50], 3_000_000_000);
        says(&left, "segments of the playlist that could not be read, left out");
        strict_minds(&made.path("list.m3u8"));
    }
}

#[test]
fn byte_ranges_behind_the_end_of_the_file_are_counted() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    for (kind, media) in [("mpegts", "list.ts"), ("fmp4", "list.m4s")] {
        let options = format!("-hls_flags single_file -hls_segment_type {kind}");
        let made = playlist(&options);
        let list = made.path("list.m3u8");
        let text = std::fs::read_to_string(&list).expect("a playlist");
        let media = made.path(if made.path(media).exists() { media } else { "list.mp4" });
        let size = std::fs::metadata(&media).expect("a file").len();
        let (before, last) = text.rsplit_once("#EXTINF:1.000000,").expect("a segment");
        let (_, begin) = last.split_once('@').expect("a byte range");
        let begin: u64 = begin.lines().next().and_then(|n| n.parse().ok()).expect("a number");
        let moved = last.replace(&format!("@{begin}"), &format!("@{size}"));
        let master = made.path("master.m3u8");
        let variant = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9000,RESOLUTION=256x192\nlist.m3u8\n";
        std::fs::write(&master, variant).expect("a playlist");
        // Too short to be missed by the length of the playlist, too.
        for seconds in ["1.0", "0.3"] {
            let broken = format!("{before}#EXTINF:{seconds},{moved}");
            std::fs::write(&list, broken).expect("a playlist");
            for list in [&list, &master] {
                let left = convert(list, FAST);
                assert_eq!(left.video().samples.len(), 100, "{}", left.outcome.stderr);
                says(&left, "segments of the playlist that could not be read, left out");
                let again = left.outcome.stderr.contains("2 × segments");
                assert!(!again, "{kind}: {}", left.outcome.stderr);
                strict_minds(list);
            }
        }
        std::fs::write(&list, &text).expect("a playlist");
        for list in [&list, &master] {
            let whole = convert(list, FAST);
            assert_eq!(whole.video().samples.len(), 125, "{kind}");
            assert!(!whole.outcome.stderr.contains("warning"), "{}", whole.outcome.stderr);
        }
        let bytes = read(&media);
        std::fs::write(&media, &bytes[..bytes.len() - 10_000]).expect("a file");
        for list in [&list, &master] {
            says(&convert(list, FAST), "it ends in the middle of its data");
            strict_minds(list);
        }
    }
}
