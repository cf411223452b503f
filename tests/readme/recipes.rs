//! The README's longer recipes, run as printed: a ROS bag, a catalog.
//! The array job is in `slurm`; single commands are in the module above.

use std::net::TcpStream;

use super::desk::{desk, shell};
use crate::support::markdown::Document;
use crate::support::ports::{free_address, port_of};
use crate::support::recording::Recording;
use crate::support::run::program;
use crate::support::skip;

const MAKE_BAG: &str = include_str!("make_bag.py");

#[test]
fn images_of_a_bag_become_video() {
    if !have_modules("rosbags, numpy") {
        return;
    }
    let Some(desk) = desk() else { return };
    let make = ["-c", MAKE_BAG, "frames/00001.jpg"];
    program("python3").args(make).current_dir(desk.dir()).run().expect(0);
    let readme = Document::readme();
    // The line after it is for a bag of ROS 1.
    let line = readme.with("vstream drive/ --save").trim().lines().next().expect("a command");
    shell(&desk, &line.replace("drive/", "recorded/")).expect(0);
    let recording = Recording::open_on(&desk.path("drive.rrd"), "message_log_time");
    for topic in ["camera/image_raw", "camera/compressed"] {
        assert_eq!(recording.videos[topic].samples.len(), 10, "{topic}");
    }
}

#[test]
fn a_catalog_takes_recordings() {
    if !skip::have(&["rerun"]) || !have_modules("rerun.catalog, datafusion") {
        return;
    }
    let Some(desk) = desk() else { return };
    let readme = Document::readme();
    shell(&desk, "vstream clips/ --save out/").expect(0);
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
