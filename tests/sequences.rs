//! Image sequences: any numbering, gaps, folders of any name, mixed formats, damage.
//! Their frame rate is in `inputs`.

use std::path::{Path, PathBuf};

use crate::support::check::assert_contract;
use crate::support::convert::{Converted, convert, refused};
use crate::support::picture::decode_video;
use crate::support::recording::Recording;
use crate::support::run::{Workspace, read, vstream};
use crate::support::table::check_all;
use crate::support::{generate, skip};

const FAST: &str = "--preset ultrafast";

/// A grey picture. Its brightness tells which it is.
fn grey(path: &Path, brightness: u8) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let mut bytes = b"P5 64 48 255\n".to_vec();
    bytes.resize(bytes.len() + 64 * 48, brightness);
    std::fs::write(path, bytes).expect("a picture");
}

/// Pictures of these names, each brighter than the one before.
fn greys(names: &[&str]) -> Workspace {
    let workspace = Workspace::new();
    for (name, nth) in names.iter().zip(0_u8..) {
        grey(&workspace.path(name), brightness(nth));
    }
    workspace
}

fn brightness(nth: u8) -> u8 {
    20 + nth * 15
}

/// Which pictures a recording shows, by their brightness.
fn shown(converted: &Converted) -> Vec<u8> {
    let pictures = decode_video(converted.video(), &converted.workspace);
    let nth = |luma: f64| {
        let full = (luma - 16.0) * 255.0 / 219.0;
        ((full - 20.0) / 15.0).round() as u8
    };
    pictures.map(|picture| nth(picture.luma(0..64, 0..48))).collect()
}

#[test]
fn every_way_to_name_a_sequence_reads_it_complete_and_in_order() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let unpadded = &["f_1.pgm", "f_2.pgm", "f_9.pgm", "f_10.pgm", "f_11.pgm", "f_100.pgm"][..];
    let late = &["100.pgm", "101.pgm", "102.pgm"][..];
    let long = &["f998.pgm", "f999.pgm", "f1000.pgm"][..];
    let odd = &["a [1] 50%/{x}/1.pgm", "a [1] 50%/{x}/2.pgm", "a [1] 50%/{x}/3.pgm"][..];
    let deep = &["cam/1/a.pgm", "cam/2/a.pgm", "cam/10/a.pgm", "cam/10/b/c.pgm"][..];
    let rows: &[(&[&str], &str, usize)] = &[
        (unpadded, "*.pgm", 6),
        (unpadded, "f_%d.pgm", 6),
        (unpadded, "f_??.pgm", 2),
        (unpadded, "f_{1,2}.pgm", 2),
        (unpadded, "", 6),
        (late, "%03d.pgm", 3),
        (late, "%d.pgm", 3),
        (long, "f%03d.pgm", 3),
        (odd, "a [1] 50%/{x}/*.pgm", 3),
        (odd, "a [1] 50%/{x}/%d.pgm", 3),
        (odd, "a [1] 50%/{x}", 3),
        (deep, "cam/**/*.pgm", 4),
        (deep, "cam/{1,10}/*.pgm", 2),
        (deep, "cam/%d/a.pgm", 3),
    ];
    check_all(
        rows,
        |(_, pattern, _)| format!("{pattern:?}"),
        |(names, pattern, count)| {
            let workspace = greys(names);
            let converted = convert(&workspace.path(pattern), FAST);
            assert_contract(&converted.recording);
            let shown = shown(&converted);
            let ordered = shown.is_sorted_by(|a, b| a < b);
            (shown.len() != *count || !ordered).then(|| format!("{shown:?}")).into_iter().collect()
        },
    );
}

#[test]
fn a_start_number_is_where_it_begins() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = greys(&["1.pgm", "2.pgm", "3.pgm", "4.pgm"]);
    let pattern = workspace.path("%d.pgm");
    let converted = convert(&pattern, "--preset ultrafast --input-option start_number=3");
    assert_eq!(shown(&converted), [2, 3]);
    let late = vstream().arg(&pattern).words("--input-option start_number=9");
    refused(late, &["number 9", "last number is 4"]);
}

#[test]
fn missing_numbers_are_a_warning_and_fail_a_strict_run() {
    let workspace = greys(&["1.pgm", "2.pgm", "3.pgm", "6.pgm", "7.pgm"]);
    for pattern in ["%d.pgm", "*.pgm", ""] {
        let converted = convert(&workspace.path(pattern), FAST);
        assert_eq!(converted.video().samples.len(), 5, "{pattern:?}");
        let stderr = &converted.outcome.stderr;
        assert!(stderr.contains("2 of the numbers 1 to 7 are missing"), "{stderr}");
        assert!(stderr.contains("first of them 4"), "{stderr}");
    }
    let to = workspace.path("out.rrd");
    let strict = vstream().arg(workspace.path("%d.pgm")).words("--strict --save").arg(&to);
    strict.run().expect(1);
    // Every tenth picture is a choice, not a gap.
    let tenth = greys(&["0.pgm", "10.pgm", "20.pgm"]);
    let converted = convert(&tenth.path("%d.pgm"), "--strict --preset ultrafast");
    assert!(!converted.outcome.stderr.contains("missing"), "{}", converted.outcome.stderr);
}

#[test]
fn an_assumed_rate_is_a_warning() {
    let workspace = greys(&["1.pgm", "2.pgm"]);
    let assumed = convert(&workspace.path("%d.pgm"), FAST);
    assert_eq!(assumed.video().times(), [0, 40_000_000]);
    assert!(assumed.outcome.stderr.contains("25 fps are assumed"));
    let given = convert(&workspace.path("%d.pgm"), "--preset ultrafast --framerate 10");
    assert_eq!(given.video().times(), [0, 100_000_000]);
    assert!(!given.outcome.stderr.contains("assumed"), "{}", given.outcome.stderr);
}

/// Ten pictures of a real codec, with one of them spoilt.
fn spoilt(name: &str, spoil: impl FnOnce(&Path)) -> Workspace {
    let commands = ["{v} -frames:v 9 > %03d.jpg", "{v} -frames:v 1"];
    let made = generate::steps("last.jpg", &commands);
    let workspace = Workspace::new();
    for nth in 1..=9 {
        let file = format!("{nth:03}.jpg");
        std::fs::copy(made.with_file_name(format!("0{file}")), workspace.path(&file))
            .expect("a copy");
    }
    spoil(&workspace.path(name));
    workspace
}

#[test]
fn empty_or_truncated_pictures_are_counted_and_the_others_recorded() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let empty = |path: &Path| std::fs::write(path, b"").expect("an empty file");
    let half = |path: &Path| {
        let bytes = read(path);
        std::fs::write(path, &bytes[..bytes.len() / 2]).expect("half a file");
    };
    type Row<'a> = (&'a str, &'a dyn Fn(&Path), usize);
    let rows: [Row<'_>; 4] = [
        ("004.jpg", &empty, 8),
        ("001.jpg", &empty, 8),
        ("005.jpg", &half, 9),
        ("001.jpg", &half, 9),
    ];
    for (name, spoil, frames) in rows {
        let workspace = spoilt(name, spoil);
        let converted = convert(&workspace.path("*.jpg"), FAST);
        assert_contract(&converted.recording);
        assert_eq!(converted.video().samples.len(), frames, "{name}");
        assert_eq!(converted.outcome.summary("damaged"), 1, "{}", converted.outcome.stderr);
        let strict = vstream().arg(workspace.dir()).words("--strict --save");
        strict.arg(workspace.path("out.rrd")).run().expect(1);
    }
    let alone = spoilt("001.jpg", half);
    let converted = convert(&alone.path("001.jpg"), FAST);
    assert_eq!(converted.outcome.summary("damaged"), 1, "{}", converted.outcome.stderr);
}

/// FFmpeg's reader takes all for the codec of the first, or of the ending.
#[test]
fn formats_and_sizes_may_be_mixed_and_extensions_may_be_wrong() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let kinds = [
        ("1.png", ""),
        ("2.jpg", "-pix_fmt yuvj420p"),
        ("3.bmp", "-s 64x48"),
        ("4.png", "-pix_fmt gray"),
        ("5.tif", ""),
        ("6.jpg", "-pix_fmt yuvj420p"),
    ];
    let workspace = Workspace::new();
    for (name, how) in kinds {
        let made = generate::video(name, &format!("{{v}} -frames:v 1 {how}"));
        std::fs::copy(made, workspace.path(name)).expect("a copy");
    }
    // A PNG that is called JPEG.
    std::fs::copy(workspace.path("1.png"), workspace.path("0.jpg")).expect("a copy");
    let converted = convert(&workspace.path("*.*"), FAST);
    assert_contract(&converted.recording);
    assert_eq!(converted.video().samples.len(), 7, "{}", converted.outcome.stderr);
    assert_eq!(converted.outcome.summary("damaged"), 0, "{}", converted.outcome.stderr);
    assert!(converted.outcome.stderr.contains("the picture changed to 64x48"));
}

#[test]
fn a_glob_expanded_by_the_shell_is_still_a_sequence() {
    let workspace = greys(&["f_8.pgm", "f_9.pgm", "f_10.pgm", "f_12.pgm"]);
    let to = workspace.path("out.rrd");
    // In the order of a shell.
    let listed = ["f_10.pgm", "f_12.pgm", "f_8.pgm", "f_9.pgm"].map(|name| workspace.path(name));
    let run = vstream().args(&listed).words(FAST).arg("--save").arg(&to).run().expect(0);
    assert_eq!(Recording::open(&to).only_video().samples.len(), 4, "{}", run.stderr);
    assert!(run.stderr.contains("f_*.pgm"), "{}", run.stderr);

    // Two are two cameras, and stills beside a video are stills.
    let run = vstream().args(&listed[..2]).words("--dry-run --save").arg(&to).run().expect(0);
    let planned = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(planned.contains("f_10") && planned.contains("f_12"), "{planned}");

    let names: Vec<String> = (b'a'..=b'k').map(|c| format!("{}.pgm", char::from(c))).collect();
    let unnumbered = greys(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let paths: Vec<PathBuf> = names.iter().map(|name| unnumbered.path(name)).collect();
    let refused = vstream().args(&paths).arg("--save").arg(&to).run().expect(2);
    assert!(refused.stderr.contains("/*.pgm'"), "{}", refused.stderr);
}

#[test]
fn the_number_in_a_name_may_be_anywhere() {
    let suffixed = greys(&["1_rgb.pgm", "2_rgb.pgm", "4_rgb.pgm", "5_rgb.pgm"]);
    let said = convert(&suffixed.path(""), FAST).outcome.stderr;
    assert!(said.contains("missing, the first of them 3"), "{said}");
    // As a shell lists them: seconds with a fraction, and dates, are one number each.
    let seconds = ["5.96.pgm", "5.99.pgm", "6.02.pgm", "6.05.pgm"];
    let dates = ["2023-10-05_14-22-59.pgm", "2023-10-05_14-23-00.pgm", "2023-10-05_14-24-01.pgm"];
    for names in [&["1_rgb.pgm", "2_rgb.pgm", "3_rgb.pgm"][..], &seconds, &dates] {
        let workspace = greys(names);
        let to = workspace.path("out.rrd");
        let listed = names.iter().map(|name| workspace.path(name));
        let run = vstream().args(listed).words(FAST).arg("--save").arg(&to).run().expect(0);
        assert_eq!(Recording::open(&to).only_video().samples.len(), names.len(), "{}", run.stderr);
    }
    let dated = greys(&dates);
    let times = convert(&dated.path(""), &format!("{FAST} --timestamps names"));
    assert_eq!(times.video().times(), [0, 1_000_000_000, 62_000_000_000]);
    // Two cameras in one folder are shown one after the other, which nobody wants.
    let cameras = greys(&["left_1.pgm", "left_2.pgm", "right_1.pgm", "right_2.pgm"]);
    let said = convert(&cameras.path(""), FAST).outcome.stderr;
    assert!(said.contains("left_1.pgm and right_1.pgm"), "{said}");
    let one = convert(&cameras.path("left_*.pgm"), FAST).outcome.stderr;
    assert!(!one.contains("one after the other"), "{one}");
}

#[test]
fn pictures_that_form_no_sequence_are_explained() {
    let workspace = greys(&["sub/f_001.pgm", "sub/f_002.pgm"]);
    let in_sub = |name: &str| workspace.path("sub").join(name);
    refused(
        vstream().arg(workspace.dir()),
        &["without videos or pictures", "there are pictures in", "sub"],
    );
    refused(vstream().arg(in_sub("f_%02d.pgm")), &["no name fits", "f_001.pgm"]);
    refused(vstream().arg(in_sub("g_%d.pgm")), &["g_%d.pgm", "no name fits"]);
    refused(vstream().arg(in_sub("g*.pgm")), &["no file matches"]);
    refused(vstream().arg(in_sub("[.pgm")), &["not a valid pattern", "unclosed"]);
    std::fs::write(in_sub("notes.txt"), "words").expect("a text");
    let converted = convert(&in_sub("*"), FAST);
    assert!(converted.outcome.stderr.contains("notes.txt"), "{}", converted.outcome.stderr);
    refused(vstream().arg(in_sub("*.txt")), &["only images"]);
    std::fs::write(in_sub("clip.mp4"), b"a video, by its name").expect("a file");
    refused(vstream().arg(workspace.path("sub")), &["directory of 1 videos", "--save FOLDER/"]);
    let nothing = greys(&[]);
    for name in ["1.jpg", "2.jpg"] {
        std::fs::write(nothing.path(name), b"").expect("an empty picture");
    }
    refused(vstream().arg(nothing.dir()), &["no picture of the 2"]);
}

#[test]
fn gifs_are_pictures_or_videos() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let stills = Workspace::new();
    for nth in 0..4 {
        let shade = brightness(nth);
        let pattern = format!("color=#{shade:02x}{shade:02x}{shade:02x}:s=64x48");
        let made = generate::video(
            &format!("still{nth}.gif"),
            &format!("-f lavfi -i {pattern} -frames:v 1"),
        );
        std::fs::copy(made, stills.path(format!("{nth}.gif"))).expect("a picture");
    }
    for named in ["", "%d.gif", "*.gif"] {
        let converted = convert(&stills.path(named), FAST);
        assert_contract(&converted.recording);
        assert_eq!(shown(&converted), [0, 1, 2, 3], "{named}");
    }

    let clips = Workspace::new();
    for name in ["a.gif", "b.gif"] {
        let made = generate::video("animated.gif", "-f lavfi -i testsrc2=s=64x48:r=10:d=0.5");
        std::fs::copy(made, clips.path(name)).expect("a video");
    }
    let to = clips.path("out.rrd");
    vstream().words(FAST).arg("--save").arg(&to).arg(clips.dir()).run().expect(0);
    let recording = Recording::open(&to);
    let frames: Vec<_> = recording.videos.values().map(|video| video.samples.len()).collect();
    assert_eq!(frames, [5, 5]);
    refused(vstream().arg(clips.path("*.gif")), &["only images", "becomes an entity"]);
}
