//! Errors about inputs, outputs and the command line: one line that states operation, subject and cause, the right
//! exit status, and no earlier output lost.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::support::check::assert_contract;
use crate::support::convert::convert;
use crate::support::ports::free_address;
use crate::support::probe::{shown_by_ffmpeg, source};
use crate::support::recording::Recording;
use crate::support::run::{Outcome, Workspace, read, vstream};
use crate::support::table::check_all;
use crate::support::{generate, skip};

fn clip() -> Option<PathBuf> {
    let make = || generate::video("clip.mp4", "{v} -c:v libx264 -bf 2 -g 12 -movflags faststart");
    skip::have(&["ffmpeg", "ffprobe"]).then(make)
}

/// Converts what must fail: exit status 1, one `error:` line with all these words, no output.
#[track_caller]
fn fails(path: &Path, words: &[&str]) -> Outcome {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let outcome = vstream().arg(path).arg("--save").arg(&to).run().expect(1);
    says(&outcome, words);
    assert!(!to.exists(), "a failed run leaves a recording");
    assert_eq!(std::fs::read_dir(workspace.dir()).unwrap().count(), 0, "something is left behind");
    outcome
}

/// The one line that begins with `error:` holds all these words.
#[track_caller]
fn says(outcome: &Outcome, words: &[&str]) {
    let lines: Vec<_> = outcome.stderr.lines().filter(|line| line.starts_with("error:")).collect();
    assert_eq!(lines.len(), 1, "lines that begin with error:\n{}", outcome.stderr);
    let line = lines[0].to_lowercase();
    for word in words {
        assert!(line.contains(&word.to_lowercase()), "no {word:?} in: {}", lines[0]);
    }
}

#[test]
fn a_missing_file_is_named() {
    let workspace = Workspace::new();
    fails(&workspace.path("missing.mp4"), &["missing.mp4", "no such file"]);
    let folder = workspace.path("folder.mp4");
    std::fs::create_dir(&folder).expect("a folder");
    fails(&folder, &["folder.mp4", "directory"]);
}

#[test]
fn inputs_without_video_are_rejected() {
    let workspace = Workspace::new();
    let write = |name: &str, bytes: &[u8]| {
        let path = workspace.path(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    fails(&write("empty.mp4", b""), &["empty.mp4", "empty"]);
    // FFmpeg's ANSI art reader would draw any of these as a video.
    let text = b"Only words.\nNo pictures at all, however long one looks.\n".repeat(200);
    fails(&write("words.txt", &text), &["words.txt"]);
    fails(&write("words.mp4", &text), &["words.mp4"]);
    fails(&write("words.nfo", &text), &["words.nfo"]);
    fails(&write("words", &text), &["words"]);
    fails(&write("zeros.mkv", &[0; 100_000]), &["zeros.mkv"]);
}

#[test]
fn a_truncated_file_is_recorded_as_far_as_it_goes() {
    let Some(path) = clip() else { return };
    let cut = generate::made("cut.mp4", &"three quarters", |to| {
        let bytes = read(&path);
        std::fs::write(to, &bytes[..bytes.len() * 3 / 4]).expect("a cut file");
    });
    let shown = shown_by_ffmpeg(&cut, 0).len();
    assert!((10..40).contains(&shown), "ffmpeg shows {shown} frames: a bad test file");
    let converted = convert(&cut, "--preset ultrafast");
    assert_contract(&converted.recording);
    assert_eq!(converted.video().samples.len(), shown);
    assert!(converted.outcome.stderr.contains("warning"), "{}", converted.outcome.stderr);
}

#[test]
fn a_file_without_its_index_is_an_error_that_says_so() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = generate::video("index_at_end.mp4", "{v} -c:v libx264");
    let workspace = Workspace::new();
    let cut = workspace.path("cut.mp4");
    let bytes = read(&path);
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("a cut file");
    fails(&cut, &["cut.mp4"]);
}

/// Overwrites a few hundred bytes here and there behind the first fifth of a file.
fn damaged(path: &Path) -> PathBuf {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    generate::made(&format!("damaged_{name}"), &"every 9000 bytes", |to| {
        let mut bytes = read(path);
        // A fixed sequence, the same on every machine.
        let mut state = 1_u32;
        for start in (bytes.len() / 5..bytes.len().saturating_sub(2000)).step_by(9000) {
            for byte in &mut bytes[start..start + 300] {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (state >> 24) as u8;
            }
        }
        std::fs::write(to, bytes).expect("a damaged file");
    })
}

#[test]
fn damage_is_counted_and_loses_only_the_damaged_frames() {
    let Some(path) = clip() else { return };
    let stream = generate::video("clip.ts", "{v} -c:v libx264 -bf 2 -g 12");
    let mpeg2 = generate::video("clip.mpg", "{v} -c:v mpeg2video -q:v 3 -bf 2");
    for path in [path, stream, mpeg2].map(|path| damaged(&path)) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let shown = shown_by_ffmpeg(&path, source(&path).expect("a video").stream).len();
        let converted = convert(&path, "--preset ultrafast");
        assert_contract(&converted.recording);
        assert_eq!(converted.video().samples.len(), shown, "{name}");
        let stderr = &converted.outcome.stderr;
        assert!(stderr.contains("warning"), "{name}:\n{stderr}");
        assert!(converted.outcome.summary("damaged") > 0, "{name}:\n{stderr}");

        let workspace = Workspace::new();
        let run = vstream().arg(&path).words("--strict --save").arg(workspace.path("out.rrd"));
        run.run().expect(1);
    }
}

#[test]
fn an_impossible_output_is_named() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let save = |to: &Path| vstream().arg(&path).arg("--save").arg(to).run().expect(1);
    let nowhere = workspace.path("no/such/folder/out.rrd");
    says(&save(&nowhere), &["out.rrd", "no such file"]);
    let under_a_file = path.join("out.rrd");
    says(&save(&under_a_file), &["out.rrd", "not a directory"]);
}

#[test]
fn a_failed_run_leaves_an_earlier_recording_alone() {
    let Some(path) = clip() else { return };
    let good = convert(&path, "--preset ultrafast");
    let to = good.workspace.path("out.rrd");
    let before = read(&to);
    let silent = generate::words("words.mkv");
    let again = |path: &Path| vstream().arg(path).arg("--force").arg("--save").arg(&to).run();
    again(&silent).expect(1);
    assert_eq!(read(&to), before);
    again(&good.workspace.path("missing.mp4")).expect(1);
    assert_eq!(read(&to), before);
}

#[test]
fn usage_errors_exit_with_status_2() {
    let Some(path) = clip() else { return };
    let wrong = [
        "--deinterlace sometimes",
        "--codec nosuch",
        "--keyframe-interval never",
        "--keyframe-interval -1",
        "--size 12",
        "--fps fast",
        "--start soon",
        "--frobnicate",
        "--preset nosuch",
        "--crf 99",
        "--input-option framerate",
    ];
    check_all(
        &wrong,
        |words| words.to_string(),
        |words| {
            let workspace = Workspace::new();
            let to = workspace.path("out.rrd");
            let outcome = vstream().arg(&path).words(words).arg("--save").arg(&to).run();
            if let Err(complaint) = outcome.check(2) {
                return vec![complaint];
            }
            says(&outcome, &[words.split(' ').next_back().unwrap()]);
            assert!(!to.exists(), "leaves a recording");
            Vec::new()
        },
    );
    let outcome = vstream().run().expect(2);
    assert!(outcome.stderr.contains("Usage"), "{}", outcome.stderr);
}

#[test]
fn a_misspelt_input_option_is_an_error_that_names_near_ones() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let run = vstream().arg(&path).words("--input-option probsize=100000 --save");
    let outcome = run.arg(workspace.path("out.rrd")).run();
    assert!(matches!(outcome.code, Some(1 | 2)), "{outcome:?}");
    says(&outcome, &["probsize"]);
    assert!(outcome.stderr.contains("probesize"), "{}", outcome.stderr);
}

#[test]
fn any_file_name_works() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let names: [&[u8]; 8] = [
        b"cl\xff\xfep.mp4",
        b"a:b.mp4",
        b"http:not.mp4",
        b"50% off.mp4",
        b"clip%03d.mp4",
        b"with 'quotes' and \"more\".mp4",
        b"star*.mp4",
        b"-dash.mp4",
    ];
    for name in names {
        let name = OsStr::from_bytes(name);
        std::fs::copy(&path, workspace.path(name)).expect("a copy");
        let mut to = name.to_owned();
        to.push(".rrd");
        let run = vstream().current_dir(workspace.dir()).words("--preset ultrafast");
        let mut save = std::ffi::OsString::from("--save=");
        save.push(&to);
        let outcome = run.arg(save).arg("--").arg(name).run();
        assert_eq!(outcome.check(0), Ok(()), "{name:?}");
        let recording = Recording::open(&workspace.path(&to));
        assert_eq!(recording.only_video().samples.len(), 40, "{name:?}");
    }
    fails(&workspace.path(OsStr::from_bytes(b"no\xffsuch.mp4")), &["such.mp4", "no such file"]);
}

/// A `%` in the name of an image makes it a sequence for FFmpeg, also where it is just a name.
#[test]
fn an_image_whose_name_looks_like_a_pattern_is_one_picture() {
    let Some(_) = clip() else { return };
    let still = generate::video("still.png", "{v} -frames:v 1");
    let workspace = Workspace::new();
    let path = workspace.path("shot%03d.png");
    std::fs::copy(&still, &path).expect("a copy");
    assert_eq!(convert(&path, "--preset ultrafast").video().samples.len(), 1);
}

#[test]
fn a_password_is_never_printed() {
    let address = free_address();
    let workspace = Workspace::new();
    let url = format!("http://someone:hunter2@{address}/clip.mp4");
    let run = vstream().arg(url).arg("--save").arg(workspace.path("out.rrd"));
    let outcome = run.run().expect(1);
    says(&outcome, &["clip.mp4"]);
    assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
}

#[test]
fn a_local_playlist_reaches_no_network() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = server.local_addr().expect("an address");
    let workspace = Workspace::new();
    let list = workspace.path("list.m3u8");
    let text = format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\nhttp://{address}/a.ts\n#EXT-X-ENDLIST\n"
    );
    std::fs::write(&list, text).expect("a playlist");
    fails(&list, &["list.m3u8"]);
    server.set_nonblocking(true).expect("a socket that does not wait");
    assert!(server.accept().is_err(), "a local file made vstream call {address}");
}
