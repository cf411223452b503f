//! The command line: help, manual page, completions, defaults from the environment, usage errors.
//! The effect of options on a recording is in `options`; output for scripts is in `json`.

use std::path::PathBuf;

use crate::support::run::{Outcome, Program, Workspace, program, vstream};
use crate::support::table::check_all;
use crate::support::{generate, skip};

fn clip() -> Option<PathBuf> {
    let make = || generate::video("clip.mp4", "{v} -c:v libx264 -bf 2");
    skip::have(&["ffmpeg"]).then(make)
}

fn text(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.stdout).into_owned()
}

fn help(flag: &str) -> String {
    text(&vstream().arg(flag).env("COLUMNS", "80").run().expect(0))
}

#[test]
fn the_short_help_is_one_screen() {
    let said = help("-h");
    assert!(said.lines().count() <= 28, "{} lines:\n{said}", said.lines().count());
    let wide: Vec<&str> = said.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    for word in ["INPUT", "--spawn", "--connect", "--save", "--codec", "--dry-run", "--help"] {
        assert!(said.contains(word), "no {word}:\n{said}");
    }
}

#[test]
fn the_long_help_is_grouped_and_ends_with_examples() {
    let said = help("--help");
    for heading in ["Output:", "Input:", "Video:", "Sound:", "Recording:", "Program:"] {
        let count = said.lines().filter(|line| *line == heading).count();
        assert_eq!(count, 1, "{heading}\n{said}");
    }
    assert!(!said.contains("\nOptions:"), "an option without a group:\n{said}");
    let (_, end) = said.split_once("\nExamples:\n").expect("examples");
    assert!(end.contains("vstream input.mp4 --spawn"), "{end}");
    let (examples, statuses) = end.split_once("\nExit status:\n").expect("exit statuses");
    let wide: Vec<&str> = examples.lines().filter(|line| !line.starts_with("  vstream ")).collect();
    assert!(wide.iter().all(|line| line.is_empty()), "broken lines: {wide:?}");
    let numbers: Vec<&str> = statuses.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert_eq!(numbers, ["0", "1", "2", "130"], "{end}");
    let variables = said.matches("[env: VSTREAM_").count();
    assert_eq!(variables, VARIABLES.len(), "{said}");
    for (name, _) in VARIABLES {
        assert!(said.contains(&format!("[env: {name}")), "no {name}:\n{said}");
    }
}

#[test]
fn the_manual_page_is_whole_and_well_formed() {
    let page = vstream().arg("--man").run().expect(0);
    let source = text(&page);
    if !skip::have(&["man"]) {
        return;
    }
    let rendered = program("man")
        .words("--warnings -l -")
        .env("MANWIDTH", "80")
        .env("LC_ALL", "C.UTF-8")
        .stdin(page.stdout)
        .run()
        .expect(0);
    assert_eq!(rendered.stderr, "", "troff complains of:\n{source}");
    let said = text(&rendered);
    let sections = "NAME SYNOPSIS DESCRIPTION OPTIONS OUTPUT INPUT VIDEO SOUND RECORDING PROGRAM ENVIRONMENT FILES JSON EXAMPLES";
    for section in sections.split(' ').chain(["EXIT STATUS", "SEE ALSO"]) {
        let found = said.lines().any(|line| line.replace("\x1b[1m", "").starts_with(section));
        assert!(found, "no section {section}:\n{said}");
    }
    // Each option with its words, also those that -h leaves out.
    assert!(said.contains("Let --save replace a file"), "{said}");
}

/// Every shell loads its completions, and completes a word with them where it can be asked to.
#[test]
fn completions_are_loaded_by_their_shells() {
    let workspace = Workspace::new();
    let script = |shell: &str| {
        let path = workspace.path(format!("vstream.{shell}"));
        let printed = vstream().args(["--completions", shell]).run().expect(0);
        std::fs::write(&path, printed.stdout).expect("a script");
        path
    };
    let ask = |shell: &str, flags: &str, command: &str| {
        let path = script(shell);
        if !skip::have(&[shell]) {
            return None;
        }
        let line = command.replace("SCRIPT", path.to_str().expect("a plain path"));
        let outcome = program(shell).words(flags).arg(line).run().expect(0);
        assert_eq!(outcome.stderr, "", "{shell}");
        Some(text(&outcome))
    };
    let bash = "source SCRIPT; COMP_WORDS=(vstream --pro); COMP_CWORD=1; \
                $(complete -p vstream | sed 's/.*-F \\([^ ]*\\).*/\\1/') vstream --pro vstream; \
                echo ${COMPREPLY[@]}";
    let zsh = "autoload -U compinit; compinit -u -D; source SCRIPT; echo ${_comps[vstream]}; whence -w _vstream";
    let fish = "source SCRIPT; complete -C 'vstream --pro'";
    for (shell, flags, command, wanted) in [
        ("bash", "--norc --noprofile -c", bash, ["--probe", "--progress"]),
        ("zsh", "-f -c", zsh, ["_vstream\n", "_vstream: function"]),
        ("fish", "--no-config -c", fish, ["--probe", "--progress"]),
    ] {
        let Some(said) = ask(shell, flags, command) else { continue };
        for word in wanted {
            assert!(said.contains(word), "{shell} says: {said}");
        }
    }
    for shell in ["powershell", "elvish"] {
        let script = std::fs::read_to_string(script(shell)).expect("a script");
        assert!(script.contains("--dry-run"), "{shell}");
    }
}

/// Variables that options take their defaults from, and a value that each must refuse.
const VARIABLES: [(&str, &str); 17] = [
    ("VSTREAM_CONNECT", "htp://nowhere"),
    ("VSTREAM_VIEWER_PATH", "/no/such/viewer"),
    ("VSTREAM_BIND", "everywhere"),
    ("VSTREAM_PORT", "99999"),
    ("VSTREAM_WEB_PORT", "web"),
    ("VSTREAM_TIMEOUT", "soon"),
    ("VSTREAM_CODEC", "h256"),
    ("VSTREAM_ENCODER", "libx999"),
    ("VSTREAM_HWACCEL", "abacus"),
    ("VSTREAM_PRESET", "quick"),
    ("VSTREAM_CRF", "99"),
    ("VSTREAM_KEYFRAME_INTERVAL", "often"),
    ("VSTREAM_MAX_SIZE", "large"),
    ("VSTREAM_AUDIO_CODEC", "opera"),
    ("VSTREAM_JOBS", "many"),
    ("VSTREAM_PROGRESS", "sometimes"),
    ("VSTREAM_APPLICATION_ID", ""),
];

#[test]
fn a_wrong_value_in_the_environment_names_its_variable() {
    let Some(path) = clip() else { return };
    // An application may have any name; nothing of it can be wrong.
    let wrong: Vec<_> = VARIABLES.iter().filter(|(_, value)| !value.is_empty()).collect();
    check_all(
        &wrong,
        |(name, _)| name.to_string(),
        |(name, value)| {
            let options = match *name {
                "VSTREAM_CONNECT" => "--connect",
                "VSTREAM_VIEWER_PATH" => "--spawn --port 1",
                _ => "--save out.rrd",
            };
            let workspace = Workspace::new();
            let run = vstream().arg(&path).words(options).current_dir(workspace.dir());
            let outcome = run.env(name, value).run();
            let status = if *name == "VSTREAM_VIEWER_PATH" { 1 } else { 2 };
            let complaint = outcome.check(status).err();
            let unnamed = !outcome.stderr.contains(name) || !outcome.stderr.contains(value);
            complaint.into_iter().chain(unnamed.then(|| outcome.stderr.clone())).collect()
        },
    );
}

#[test]
fn the_environment_gives_defaults_and_the_command_line_wins() {
    let Some(path) = clip() else { return };
    let plan = |options: &str, variables: &[(&str, &str)]| {
        let run = vstream().arg(&path).words("--dry-run --save out.rrd").words(options);
        let run = variables.iter().fold(run, |run, (name, value)| run.env(name, value));
        text(&run.run().expect(0))
    };
    let crf = [("VSTREAM_CRF", "31"), ("VSTREAM_PRESET", "medium")];
    assert!(plan("", &crf).contains("libx264 medium crf 31"), "{}", plan("", &crf));
    assert!(plan("--crf 20", &crf).contains("libx264 medium crf 20"));
    // What is asked for once comes before what holds always, also where the two exclude each other.
    assert!(plan("--bitrate 4M", &crf).contains("bitrate 4000000"));
    let size = [("VSTREAM_MAX_SIZE", "64x64")];
    assert!(plan("", &size).contains("64x48") && plan("--size 32x32", &size).contains("32x32"));
    assert!(plan("", &[("VSTREAM_CRF", "")]).contains("crf 23"), "an empty variable is none");
    assert!(plan("", &[("VSTREAM_APPLICATION_ID", "mine")]).contains("application mine"));
}

#[test]
fn every_exit_status_is_what_the_help_says() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let save = |run: Program| run.arg("--save").arg(workspace.path("out.rrd"));
    save(vstream().arg(&path)).run().expect(0);
    save(vstream().arg(workspace.path("missing.mp4"))).run().expect(1);
    save(vstream().arg(&path).arg("--nosuch")).run().expect(2);
    save(vstream().arg(&path).args(["--preset", "nosuch"])).run().expect(2);
    let mut running = save(vstream().arg(&path).args(["--loop", "1000"])).start();
    running.wait_for_line("writing ");
    running.signal("INT");
    let outcome = running.finish().expect(130);
    assert!(outcome.stderr.contains("press Ctrl-C again"), "{}", outcome.stderr);
    vstream().arg("--version").run().expect(0);
    vstream().run().expect(2);
}

#[test]
fn messages_are_coloured_on_terminals_or_on_request() {
    let coloured = |variables: &[(&str, &str)]| {
        let run = vstream().arg("missing.mp4").words("--save out.rrd").env("TERM", "xterm");
        let run = variables.iter().fold(run, |run, (name, value)| run.env(name, value));
        run.run().expect(1).stderr.contains('\u{1b}')
    };
    assert!(!coloured(&[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    let usage = vstream().arg("--nosuch").env("CLICOLOR_FORCE", "1").run().expect(2);
    assert!(usage.stderr.contains('\u{1b}'), "{}", usage.stderr);
}

/// What users get wrong, the status, and words that must be in the answer.
const MISTAKES: [(&str, i32, &str); 48] = [
    ("clpi.mp4", 1, "clpi.mp4|did you mean `clip.mp4`"),
    ("no/clip.mp4", 1, "there is no folder no"),
    ("folder", 1, "directory|a folder of pictures"),
    ("notes.txt", 1, "notes.txt|text"),
    ("clip.mp4 --sav out.rrd", 2, "--sav'|'--save'"),
    ("clip.mp4 --save", 2, "a value is required"),
    ("--save clip.mp4", 2, "no INPUT|vstream clip.mp4 --save out.rrd"),
    ("--loop clip.mp4", 2, "write the input first"),
    ("clip.mp4 --codec h256", 2, "h256|'h265'"),
    ("clip.mp4 --save no/out.rrd", 1, "mkdir -p 'no'"),
    ("clip.mp4 --save clip.mp4", 1, "it is there already|--force"),
    ("clip.mp4 --save a.rrd --save a.rrd", 2, "given twice"),
    ("clip.mp4 --connect htp://127.0.0.1:9876", 2, "htp://|rerun+http://"),
    ("rtps://nowhere/x", 1, "rtps|did you mean `rtsp`"),
    ("rtsp//nowhere/x", 1, "rtsp://HOST"),
    ("no/*.png", 1, "no file matches"),
    ("*.mp5", 1, "no file matches the pattern"),
    ("clip.mp4 --start 99", 1, "99.000 s|earlier --start"),
    ("clip.mp4 --start soon", 2, "not a time|MM:SS"),
    ("clip.mp4 --duration 0", 2, "must not be 0"),
    ("clip.mp4 --crf 20 --bitrate 4M", 2, "--crf|--bitrate"),
    ("clip.mp4 -f matrosk", 1, "did you mean `matroska`"),
    ("clip.mp4 -f v4l", 1, "did you mean `v4l2`"),
    ("clip.mp4 --input-option probsize=1", 1, "did you mean `probesize`"),
    ("clip.mp4 --filter crpo=64:32", 1, "did you mean `crop`"),
    ("lavfi:testsrc3", 1, "did you mean `testsrc2`"),
    ("raw.yuv -f rawvideo --video-size 16x16 --pixel-format yuv420", 1, "did you mean `yuv420p`"),
    ("clip.mp4 --stdout --json", 2, "--stdout|--json"),
    ("clip.mp4 - -", 2, "only once"),
    ("clip.mp4 --fps -1", 2, "`-1` is not a frame rate|29.97"),
    ("clip.mp4 --crf 20.5", 2, "`20.5` is not a quality|whole number"),
    ("clip.mp4 --jobs 0", 2, "`0` is not a number of files|1 or more"),
    ("clip.mp4 --filter crop=9999:3", 1, "Invalid too big or non positive size|crop=9999:3"),
    ("clip.mp4 --save b.avi", 2, "b.avi|.rrd|.mp4, .mkv"),
    ("clip.mp4 --save b.rdr", 2, "b.rdr|for a recording, name it b.rrd"),
    ("clip.mp4 --save b.rrd.new", 0, ""),
    ("clip.mp4 --save take.2", 0, ""),
    ("clip.mp4 --save b.rrd --port 9000", 2, "--port is for --spawn and --serve"),
    ("clip.mp4 --save b.rrd --no-open", 2, "--no-open is for --serve"),
    ("clip.mp4 --no-audio --audio-codec aac", 2, "--audio-codec|--no-audio"),
    ("clip.mp4 --reconnect", 0, "reconnecting is ignored|no live source"),
    ("clip.mp4 --stream 77", 2, "stream 77 of clip.mp4|there is no such stream|0 (h264, 128x96)"),
    ("clip.mp4 --timeline frame", 2, "--timeline frame|choose another name"),
    ("clip.mp4 --video-size 9x9", 1, "video_size|leave out --video-size"),
    ("clip.mp4 --audio-stream 9", 2, "there is no such stream|has no sound"),
    ("clip.mp4 clip.mp4 --join=created", 2, "no creation time|--join=end"),
    ("clip.mp4 --serve --port 9090", 2, "port 9090|cannot share it|--web-port"),
    ("clip.mp4 --range 1:5", 0, "the range of values is ignored"),
];

#[test]
fn every_usage_error_has_a_remedy() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    std::fs::copy(&path, workspace.path("clip.mp4")).expect("a copy");
    std::fs::create_dir(workspace.path("folder")).expect("a folder");
    std::fs::write(workspace.path("notes.txt"), "Only words.\n".repeat(100)).expect("a file");
    std::fs::write(workspace.path("raw.yuv"), vec![0; 16 * 16 * 3]).expect("a file");
    check_all(
        &MISTAKES,
        |(words, ..)| words.to_string(),
        |(words, status, wanted)| {
            let to = if words.contains("--save") || words.contains("--stdout") {
                ""
            } else {
                "--save b.rrd"
            };
            let to = if words.contains("--connect") || words.contains("--serve") { "" } else { to };
            let run = vstream().words(words).words(to).current_dir(workspace.dir());
            let outcome = run.run();
            let said = &outcome.stderr;
            let missing = wanted.split('|').filter(|word| !said.contains(word));
            let missing = missing.map(|word| format!("no {word:?} in: {said}"));
            outcome.check(*status).err().into_iter().chain(missing).collect()
        },
    );
}

#[test]
fn a_closed_stdout_pipe_is_not_an_error() {
    for flag in ["--help", "--man", "--completions=bash", "--json-schema"] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let closed = std::fs::File::from(std::os::fd::OwnedFd::from(writer));
        let outcome = vstream().arg(flag).stdout(closed).run().expect(0);
        assert_eq!(outcome.stderr, "", "{flag}");
    }
}

/// A video behind an option that may stand alone is still the video.
#[test]
fn connect_without_an_address_does_not_take_the_input_as_one() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let run = vstream().arg("--connect").arg(&path).env("VSTREAM_CONNECT", "127.0.0.1:1");
    let outcome = run.current_dir(workspace.dir()).run().expect(1);
    assert!(outcome.stderr.contains("127.0.0.1:1"), "{}", outcome.stderr);
}
