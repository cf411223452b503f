//! Runs the README: each command in a folder that has the files it names, each program as printed.
//! Commands that need a camera, a network or a viewer must fail for that reason, not because of a typo.

mod desk;
mod recipes;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use self::desk::{desk, shell};
use crate::support::markdown::Document;
use crate::support::packets::packets;
use crate::support::recording::{Recording, Video};
use crate::support::run::program;
use crate::support::skip;
use crate::support::table::check_all;

/// Every command of vstream, alone or at the end of a pipe.
fn commands() -> BTreeSet<String> {
    let readme = Document::readme();
    let lines = readme.of("").flat_map(str::lines);
    let all = lines.chain(readme.spans.iter().map(String::as_str));
    let ours = |line: &&str| line.starts_with("vstream ") || line.contains("| vstream ");
    all.filter(ours).map(str::to_owned).collect()
}

/// The same with addresses where nobody is, quick to say no.
fn nowhere(command: &str) -> String {
    let mut command = command.to_owned();
    for (name, nobody) in [
        ("/dev/video0", "/dev/video99"),
        ("camera: ", "camera:nobody "),
        ("192.168.1.7:9876", "127.0.0.1:1"),
        ("//host/", "//127.0.0.1:1/"),
        ("192.168.1.20/", "127.0.0.1:1/"),
        ("192.168.1.21/", "127.0.0.1:1/"),
    ] {
        command = command.replace(name, nobody);
    }
    command
}

fn has(command: &str, words: &[&str]) -> bool {
    words.iter().any(|word| command.contains(word))
}

/// The first recording of a folder or of its folders.
fn first_below(folder: &Path) -> PathBuf {
    let mut inside: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    inside.sort();
    match inside.into_iter().next() {
        Some(path) if path.is_dir() => first_below(&path),
        first => first.unwrap_or_default(),
    }
}

#[test]
fn every_command_runs() {
    if desk().is_none() {
        return;
    }
    let commands: Vec<String> = commands().into_iter().collect();
    assert!(commands.len() > 30, "the README has more commands than these: {commands:?}");
    check_all(&commands, String::clone, |command| {
        let desk = desk().expect("a desk");
        let mut line = nowhere(command);
        let no_run =
            ["--list-", "--man", "--completions", "--install-importer", "--probe", "--dry-run"];
        let elsewhere = ["--spawn", "--connect", "--serve"];
        if !has(&line, &no_run) && !has(&line, &elsewhere) && !has(&line, &["--save", "--stdout"]) {
            line += " --save row.rrd";
        }
        let outcome = shell(&desk, &line);
        let is_elsewhere =
            has(&line, &elsewhere) || has(&line, &["/dev/", "://", "camera:", "screen:"]);
        if is_elsewhere && outcome.code == Some(1) && outcome.stderr.contains("error: cannot ") {
            return Vec::new();
        }
        let mut wrong: Vec<String> = outcome.check(0).err().into_iter().collect();
        for file in line.split("--save ").skip(1).filter_map(|rest| rest.split(' ').next()) {
            // What comes of recordings and bags is on timelines of its own.
            let rows = |v: &Video| v.timelines.len();
            let path =
                if file.ends_with('/') { first_below(&desk.path(file)) } else { desk.path(file) };
            if ["mp4", "mkv"].iter().any(|video| path.extension() == Some(video.as_ref())) {
                assert!(!packets(&path).is_empty(), "{file} holds no packet");
                continue;
            }
            let read = Recording::try_open(&path).unwrap_or_default();
            if has(&line, &["--dry-run"]) {
                assert!(!desk.path(file).exists(), "a dry run wrote {file}");
            } else if read.videos.is_empty() || read.videos.values().any(|v| rows(v) == 0) {
                wrong.push(format!("{file} holds no video"));
            }
        }
        wrong
    });
}

#[test]
fn every_option_in_the_readme_exists() {
    let help = program(env!("CARGO_BIN_EXE_vstream")).arg("--help").run().expect(0).stdout;
    let help = String::from_utf8_lossy(&help).into_owned();
    let letters = |c: char| c.is_ascii_lowercase() || c == '-';
    let known: BTreeSet<&str> = help.split(|c: char| !letters(c)).collect();
    let readme = Document::readme();
    for span in readme.spans.iter().filter(|span| span.starts_with("--")) {
        for option in span.split(' ').filter(|word| word.starts_with("--")) {
            let option = option.split(|c| !letters(c)).next().unwrap_or_default();
            assert!(known.contains(option), "no {option} in --help");
        }
    }
    for variable in readme.spans.iter().filter(|span| span.starts_with("VSTREAM_")) {
        assert!(help.contains(variable.as_str()), "no {variable} in --help");
    }
}

#[test]
fn every_script_in_the_readme_parses() {
    let readme = Document::readme();
    let scripts = readme.of("sh").chain(readme.of(""));
    for script in scripts {
        program("bash").args(["-n", "-c", script]).run().expect(0);
    }
    for python in readme.of("python") {
        if skip::have(&["python3"]) {
            let compile = "import sys; compile(sys.stdin.read(), 'README.md', 'exec')";
            program("python3").args(["-c", compile]).stdin(python.into()).run().expect(0);
        }
    }
}

#[test]
fn the_readme_program_is_the_one_in_the_crate_docs() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let source = fs::read_to_string(source).expect("lib.rs");
    let tested: BTreeSet<&str> =
        source.lines().filter_map(|line| line.strip_prefix("//! ")).collect();
    let readme = Document::readme();
    let mut lines =
        readme.of("rust").flat_map(str::lines).filter(|line| !line.is_empty()).peekable();
    assert!(lines.peek().is_some(), "no Rust in the README");
    for line in lines {
        assert!(tested.contains(line), "not in the documentation's example: {line}");
    }
}
