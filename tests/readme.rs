//! Runs what the README shows: each command in a folder that has the files it names, each program as it is printed.
//! What needs a camera, a network or a viewer must fail at that, and not at how it is written.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::support::markdown::Document;
use crate::support::recording::Recording;
use crate::support::run::{Outcome, Workspace, program};
use crate::support::server::{free_address, port_of};
use crate::support::table::check_all;
use crate::support::{generate, skip};

const MAKE_BAG: &str = include_str!("readme/make_bag.py");

/// A folder with the files that the README names, each where it names them.
fn desk() -> Option<Workspace> {
    if !skip::have(&["ffmpeg"]) {
        return None;
    }
    let small = "-c:v libx264 -preset ultrafast";
    let clip = |name: &str| generate::video(name, &format!("{{v}} {small} -bf 2"));
    let long = format!("-f lavfi -i testsrc2=size=64x48:rate=5:duration=105 {small}");
    let long = generate::video("long.mp4", &long);
    let created = "-metadata creation_time=2024-05-01T12:00:00Z";
    let phone = generate::video("phone.mov", &format!("{{v}} {small} {created}"));
    let webm = generate::video("clip.webm", "{v} -c:v libvpx -deadline realtime");
    let raw = "-f lavfi -i testsrc2=size=640x480:rate=30:duration=0.2 -f rawvideo";
    let raw = generate::video("frames.yuv", &format!("{raw} -pix_fmt yuv420p"));
    let still = |name: &str| generate::video(name, "{v} -frames:v 1");
    let (png, jpeg) = (still("still.png"), still("still.jpg"));
    let (mp4, mkv, mov) = (clip("clip.mp4"), clip("clip.mkv"), clip("clip.mov"));
    let desk = Workspace::new();
    let put = |from: &Path, names: &[&str]| {
        for name in names {
            let to = desk.path(name);
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            symlink(from, to).expect("a link");
        }
    };
    put(&mp4, &["input.mp4", "front.mp4", "rear.mp4", "drive.mp4", "clips/a.mp4", "clips/b 2.mp4"]);
    put(&mkv, &["in.mkv", "film.mkv"]);
    put(&mov, &["in.mov"]);
    put(&phone, &["IMG_0042.MOV"]);
    put(&webm, &["clip.webm"]);
    put(&long, &["long.mp4"]);
    for camera in ["top", "wrist"] {
        let key = format!("observation.images.{camera}");
        put(&mp4, &[&format!("videos/chunk-000/{key}/episode_000000.mp4")]);
        put(&long, &[&format!("videos/{key}/chunk-000/file-000.mp4")]);
    }
    put(&raw, &["frames.yuv"]);
    put(&png, &["frames/00001.png", "frames/00002.png"]);
    put(&jpeg, &["frames/00001.jpg", "frames/00002.jpg"]);
    fs::write(desk.path("frames.ffconcat"), Document::readme().with("ffconcat version")).expect("");
    put(Path::new(env!("CARGO_BIN_EXE_vstream")), &["bin/vstream"]);
    // Stand-ins for what is not there or must not be started.
    let stand_in = |name: &str, script: &str| {
        let path = desk.path("bin").join(name);
        fs::write(&path, format!("#!/bin/bash\n{script}\n")).expect("a script");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
    };
    stand_in("rerun", "[ \"$1\" = - ] && exec cat > /dev/null; exit 1");
    stand_in("some-program", "exec cat in.mkv");
    stand_in(
        "sbatch",
        "last=${1#--array=0-}; for i in $(seq 0 $last); do SLURM_ARRAY_TASK_ID=$i bash ${@: -1} || exit; done",
    );
    Some(desk)
}

/// Runs a script of the shell on that desk.
fn shell(desk: &Workspace, script: &str) -> Outcome {
    let path = std::env::var("PATH").unwrap_or_default();
    program("bash")
        .args(["-e", "-o", "pipefail", "-c", script])
        .env("PATH", format!("{}:{path}", desk.path("bin").display()))
        .env("HOME", desk.dir().display().to_string())
        .env("DISPLAY", "")
        .current_dir(desk.dir())
        .run()
}

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
        let no_run = ["--list-", "--man", "--completions", "--install-importer"];
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
            let samples = |v: &crate::support::recording::Video| v.samples.len();
            let read = Recording::try_open(&desk.path(file)).unwrap_or_default();
            if read.videos.is_empty() || read.videos.values().any(|v| samples(v) == 0) {
                wrong.push(format!("{file} holds no video"));
            }
        }
        wrong
    });
}

#[test]
fn every_option_it_names_is_there() {
    let help = program(env!("CARGO_BIN_EXE_vstream")).arg("--help").run().expect(0).stdout;
    let help = String::from_utf8_lossy(&help).into_owned();
    let letters = |c: char| c.is_ascii_lowercase() || c == '-';
    let known: BTreeSet<&str> = help.split(|c: char| !letters(c)).collect();
    let readme = Document::readme();
    // GNU parallel's.
    let foreign = ["--sshloginfile"];
    for span in readme.spans.iter().filter(|span| span.starts_with("--")) {
        for option in span.split(' ').filter(|word| word.starts_with("--")) {
            let option = option.split(|c| !letters(c)).next().unwrap_or_default();
            assert!(known.contains(option) || foreign.contains(&option), "no {option} in --help");
        }
    }
    for variable in readme.spans.iter().filter(|span| span.starts_with("VSTREAM_")) {
        assert!(help.contains(variable.as_str()), "no {variable} in --help");
    }
}

#[test]
fn every_script_is_one() {
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
fn the_program_is_the_one_of_the_documentation() {
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

/// A folder of clips, the list, GNU parallel, Slurm and Kubernetes.
#[test]
fn many_files_are_converted_as_it_says() {
    let Some(desk) = desk() else { return };
    let readme = Document::readme();
    shell(&desk, readme.with("for clip in")).expect(0);
    assert!(desk.path("out/a.rrd").is_file() && desk.path("out/b 2.rrd").is_file());
    shell(&desk, readme.with("find videos")).expect(0);
    let list = fs::read_to_string(desk.path("videos.txt")).expect("a list");
    assert_eq!(list.lines().count(), 4, "{list}");
    let ids = |out: &str| -> Vec<String> {
        let id = |video: &str| {
            let file = desk.path("out").join(video).with_extension("rrd");
            let recording = Recording::try_open(&file).unwrap_or_default();
            assert!(!recording.videos.is_empty(), "{out}: no {}", file.display());
            recording.recording_id
        };
        let ids = list.lines().map(id).collect();
        fs::remove_dir_all(desk.path("out")).expect("a folder");
        ids
    };
    let wanted: Vec<&str> = list.lines().filter_map(|video| video.strip_suffix(".mp4")).collect();
    if skip::have(&["parallel"]) {
        shell(&desk, readme.with("parallel --jobs")).expect(0);
        assert_eq!(ids("parallel"), wanted);
    }
    fs::write(desk.path("convert.sh"), readme.with("# convert.sh")).expect("a script");
    shell(&desk, readme.with("sbatch")).expect(0);
    assert_eq!(ids("Slurm"), wanted);

    if !have_modules("yaml") {
        return;
    }
    let load = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
    let job = readme.with("kind: Job").to_owned();
    let json = program("python3").args(["-c", load]).stdin(job.into()).run().expect(0).stdout;
    let job: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let spec = &job["spec"];
    assert_eq!(spec["completionMode"], "Indexed");
    let pod = &spec["template"]["spec"];
    let container = &pod["containers"][0];
    assert_eq!(container["volumeMounts"][0]["name"], pod["volumes"][0]["name"]);
    let words = container["command"].as_array().expect("a command");
    let words: Vec<&str> = words.iter().filter_map(|word| word.as_str()).collect();
    for index in 0..wanted.len() {
        shell(&desk, &format!("export JOB_COMPLETION_INDEX={index}; {}", words.join(" ")))
            .expect(0);
    }
    assert_eq!(ids("Kubernetes"), wanted);
}

#[test]
fn images_of_a_bag_come_through_the_pipe() {
    if !have_modules("rosbags, numpy") {
        return;
    }
    let Some(desk) = desk() else { return };
    let readme = Document::readme();
    fs::write(desk.path("images.py"), readme.with("# images.py")).expect("a program");
    let make = ["-c", MAKE_BAG, "frames/00001.jpg"];
    program("python3").args(make).current_dir(desk.dir()).run().expect(0);
    shell(&desk, readme.with("python3 images.py")).expect(0);
    for file in ["drive.rrd", "compressed.rrd"] {
        let recording = Recording::open(&desk.path(file));
        assert_eq!(recording.only_video().samples.len(), 10, "{file}");
    }
}

#[test]
fn a_catalog_takes_recordings() {
    if !skip::have(&["rerun"]) || !have_modules("rerun.catalog, datafusion") {
        return;
    }
    let Some(desk) = desk() else { return };
    let readme = Document::readme();
    shell(&desk, readme.with("for clip in")).expect(0);
    let address = free_address();
    let words = readme.with("rerun server").trim().to_owned();
    let run = program("rerun").args(words.split(' ').skip(1)).args(["--port", port_of(&address)]);
    let mut server = run.start();
    server.wait_until("it listens", || TcpStream::connect(&address).is_ok());
    let register = readme.with("# register.py").replace("127.0.0.1:51234", &address);
    // A second time, for they replace themselves.
    for _ in 0..2 {
        let run = program("python3").args(["-c", &register]).current_dir(desk.dir());
        let said = String::from_utf8_lossy(&run.run().expect(0).stdout).into_owned();
        assert!(said.contains("80 frames in 2 recordings"), "{said}");
        assert!(said.contains("128x96"), "{said}");
    }
}

/// Whether Python has these.
fn have_modules(names: &str) -> bool {
    skip::have(&["python3"]) && {
        let there = program("python3").args(["-c", &format!("import {names}")]).run().code;
        there == Some(0) || skip::missing(&format!("Python has no {names}"))
    }
}
