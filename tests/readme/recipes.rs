//! The README's longer recipes, run as they are printed: many files, a ROS bag, a catalog.
//! Single commands are run by the module above.

use std::fs;
use std::net::TcpStream;

use super::desk::{desk, shell};
use crate::support::markdown::Document;
use crate::support::recording::Recording;
use crate::support::run::program;
use crate::support::server::{free_address, port_of};
use crate::support::skip;

const MAKE_BAG: &str = include_str!("make_bag.py");

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
