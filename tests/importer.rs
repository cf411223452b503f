//! vstream as an importer, started under its importer name with the arguments that Rerun passes.
//! How the arguments are parsed is tested beside the code.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::check::{Wanted, assert_contract_as, violations};
use crate::support::convert::convert;
use crate::support::ports::{free_address, port_of};
use crate::support::recording::Recording;
use crate::support::run::{Outcome, Workspace, program, vstream};
use crate::support::{generate, skip};

const NAME: &str = "rerun-importer-vstream";

fn clip() -> Option<PathBuf> {
    let make = || generate::video("a clip.mkv", "{v} -c:v libx264 -bf 2");
    skip::have(&["ffmpeg"]).then(make)
}

/// A folder with the link in it.
fn linked() -> Workspace {
    let workspace = Workspace::new();
    symlink(env!("CARGO_BIN_EXE_rerun-importer-vstream"), workspace.path(NAME)).expect("a link");
    workspace
}

fn import(path: &Path, words: &str) -> Outcome {
    let folder = linked();
    let link = folder.path(NAME);
    program(link.to_str().expect("a plain path")).arg(path).words(words).run()
}

#[test]
fn a_video_comes_out_with_the_ids_that_rerun_gave() {
    let Some(path) = clip() else { return };
    let words = "--application-id vstream --recording-id r1 --entity-path-prefix cars/front \
                 --time_sequence step=4 --sequence step=4";
    let outcome = import(&path, words).expect(0);
    assert_eq!(outcome.stderr, "", "Rerun reads stderr only at the end");
    let recording = Recording::from_bytes(&outcome.stdout);
    assert_eq!((&*recording.application_id, &*recording.recording_id), ("vstream", "r1"));
    assert!(recording.default_blueprint);
    let (entity, video) = recording.videos.first_key_value().expect("a video");
    assert_eq!(entity, "cars/front/a\\ clip.mkv");
    assert_eq!(video.samples.len(), 40);
    let lines: Vec<&str> = video.timelines.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(lines, ["frame", "step", "time"]);
    let broken = violations(video, &Wanted::default());
    let broken: Vec<_> = broken.iter().filter(|it| !it.starts_with("timelines are")).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn importing_into_an_open_recording_keeps_its_name_and_view() {
    let Some(path) = clip() else { return };
    let words = "--application-id a --recording-id r --opened-application-id theirs \
                 --opened-recording-id open";
    let outcome = import(&path, words).expect(0);
    let recording = Recording::from_bytes(&outcome.stdout);
    assert_eq!((&*recording.application_id, &*recording.recording_id), ("theirs", "open"));
    assert!(!recording.default_blueprint && recording.properties.is_empty(), "{recording:?}");
    let same = convert(&path, "");
    assert_eq!(recording.only_video().samples, same.video().samples);
}

#[test]
fn files_without_video_and_those_that_rerun_opens_are_declined() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let written = |name: &str, bytes: &[u8]| {
        let path = workspace.path(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    let song = generate::video("song.flac", "{a}");
    let words = generate::words("words.mkv");
    let film = generate::video("film.mp4", "{v} -c:v libx264");
    let declined = [
        workspace.dir().to_owned(),
        workspace.path("missing.mkv"),
        written("empty", b""),
        written("notes.txt", b"notes"),
        written("program.ts", b"const answer: number = 42;"),
        written("bytes.bin", &[7; 100_000]),
        written("old.rrd", b"RRF2"),
        // Rerun shows these itself.
        film,
        written("picture.png", b"\x89PNG\r\n\x1a\n"),
        song,
        words,
    ];
    for path in declined {
        let outcome = import(&path, "--application-id a --recording-id r");
        assert_eq!(outcome.check(66), Ok(()), "{}", path.display());
        let said = (outcome.stdout.len(), &*outcome.stderr);
        assert_eq!(said, (0, ""), "{}", path.display());
    }
    // Bags, of which Rerun opens MCAP itself.
    let bag = workspace.path("drive.bag");
    crate::ros1_bags::small(&bag);
    let outcome = import(&bag, "--application-id a --recording-id r").expect(0);
    let read = written("drive.rrd", &outcome.stdout);
    let recording = Recording::open_on(&read, "message_log_time");
    assert_eq!((&*recording.application_id, &*recording.recording_id), ("a", "r"));
    assert!(recording.videos.contains_key("camera"), "{recording:?}");
    // And by its content, what has no telling name.
    let unnamed = written("unnamed", &std::fs::read(&path).expect("the clip"));
    import(&unnamed, "--application-id a --recording-id r").expect(0);
}

/// Rerun asks every importer about every file, and its user waits.
#[test]
fn other_files_are_declined_quickly() {
    let folder = linked();
    let note = folder.path("note.txt");
    std::fs::write(&note, "a note").expect("a file");
    let once = || {
        let start = Instant::now();
        let status = Command::new(folder.path(NAME)).arg(&note).status().expect("the importer");
        assert_eq!(status.code(), Some(66));
        start.elapsed()
    };
    // The best of several, since the machine has other work.
    let best = (0..30).map(|_| once()).min().expect("a time");
    assert!(best < Duration::from_millis(15), "{best:?}");
}

/// The viewer decodes AV1 by itself, and all else with `ffmpeg`.
#[test]
fn without_ffmpeg_it_encodes_what_the_viewer_decodes_itself() {
    let Some(path) = clip().filter(|_| skip::have_encoder("libsvtav1")) else { return };
    let folder = linked();
    let run = program(folder.path(NAME).to_str().expect("a plain path"));
    let outcome = run.arg(&path).env("PATH", folder.dir()).run().expect(0);
    let recording = Recording::from_bytes(&outcome.stdout);
    assert_eq!(recording.only_video().codecs[0].codec, rerun::components::VideoCodec::AV1);
}

/// vstream itself, under the importer's name, where its doorkeeper is not installed.
#[test]
fn the_program_itself_is_an_importer() {
    let Some(path) = clip() else { return };
    let folder = Workspace::new();
    let link = folder.path(NAME);
    symlink(env!("CARGO_BIN_EXE_vstream"), &link).expect("a link");
    let call = |path: &Path| program(link.to_str().expect("a plain path")).arg(path).run();
    let outcome = call(&path).expect(0);
    assert_eq!(Recording::from_bytes(&outcome.stdout).only_video().samples.len(), 40);
    call(folder.dir()).expect(66);
}

#[test]
fn a_damaged_video_is_an_error_with_a_reason() {
    let workspace = Workspace::new();
    let path = workspace.path("broken.mkv");
    std::fs::write(&path, [7; 5000]).expect("a file");
    let outcome = import(&path, "--application-id a --recording-id r").expect(1);
    assert!(outcome.stdout.is_empty() && outcome.stderr.contains("broken.mkv"), "{outcome:?}");
}

#[test]
fn rerun_opens_a_video_by_itself() {
    let Some(path) = clip().filter(|_| skip::have(&["rerun"])) else { return };
    let folder = linked();
    let saved = folder.path("opened.rrd");
    let mut programs = vec![folder.dir().to_owned()];
    programs.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let programs = std::env::join_paths(programs).expect("folders for PATH");
    let rerun = program("rerun").arg("--port").arg(port_of(&free_address()));
    let rerun = rerun.arg("--save").arg(&saved).arg(&path).env("PATH", programs);
    rerun.run().expect(0);
    let recording = Recording::open(&saved);
    assert_eq!(recording.only_video().samples.len(), 40);
    assert!(recording.default_blueprint);
    // Rerun names the application after the file.
    let recording = Recording { application_id: "vstream".into(), ..recording };
    assert_contract_as(&recording, &Wanted::default());
}

#[test]
fn an_installed_importer_is_left_alone() {
    let installed = Workspace::new();
    for program in [env!("CARGO_BIN_EXE_vstream"), env!("CARGO_BIN_EXE_rerun-importer-vstream")] {
        let name = Path::new(program).file_name().expect("a name");
        // Quick to make; a test's folder is on the disk of the programs.
        std::fs::hard_link(program, installed.path(name)).expect("a copy");
    }
    let vstream = installed.path("vstream");
    let run = program(vstream.to_str().expect("a plain path")).arg("--install-importer");
    let outcome = run.env("PATH", installed.dir()).run().expect(0);
    let said = String::from_utf8_lossy(&outcome.stdout).into_owned();
    assert!(said.contains("is installed"), "{said}");
    assert!(!installed.path(NAME).is_symlink());
}

#[test]
fn the_link_is_created_beside_the_viewer() {
    let home = Workspace::new();
    let folder = home.path(".local/bin");
    let install = || vstream().arg("--install-importer").env("HOME", home.dir());
    // Not on PATH: it is made all the same, with a note.
    let outcome = install().env("PATH", "/usr/bin").run().expect(0);
    let link = folder.join(NAME);
    let said = String::from_utf8_lossy(&outcome.stdout).into_owned();
    assert!(said.contains(link.to_str().unwrap()) && said.contains("not on PATH"), "{said}");
    let meant =
        std::fs::canonicalize(env!("CARGO_BIN_EXE_rerun-importer-vstream")).expect("the program");
    assert_eq!(std::fs::canonicalize(&link).expect("a link"), meant);
    // Again, over the link that is there, and now on PATH.
    let outcome = install().env("PATH", &folder).run().expect(0);
    assert!(!String::from_utf8_lossy(&outcome.stdout).contains("not on PATH"));
    // What is not ours stays.
    std::fs::remove_file(&link).and_then(|()| std::fs::write(&link, "mine")).expect("a file");
    let outcome = install().env("PATH", &folder).run().expect(1);
    assert!(outcome.stderr.contains("is not a link"), "{}", outcome.stderr);
    assert_eq!(std::fs::read(&link).expect("the file"), b"mine");
}
