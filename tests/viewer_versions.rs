//! Every output to a viewer, with the oldest and with newer versions: the viewer shows the video.
//! Errors of each output are in `spawn`, `viewers`, `outputs` and `importer`.

use std::path::{Path, PathBuf};

use crate::support::native::{SpawnedViewer, complaints};
use crate::support::quarters::{Order, quarters, wait_for};
use crate::support::run::vstream;
use crate::support::server::{Serving, connect};
use crate::support::skip;

/// A picture of its own for each way, so that none is taken for another.
const SPAWN: Order = [3, 2, 1, 0];
const CONNECT: Order = [0, 1, 2, 3];
const PIPE: Order = [1, 0, 3, 2];
const IMPORTER: Order = [2, 3, 0, 1];
const SERVE: Order = [0, 2, 1, 3];

/// One viewer, reached in all ways after another.
fn shows_what_comes_every_way(rerun: &str) {
    if !skip::have(&["ffmpeg", "python3", "Xvfb", rerun]) {
        return;
    }
    let video = |order| quarters(order).expect("a video");
    let viewer = SpawnedViewer::show(rerun, &video(SPAWN));
    let sees = |order| wait_for(order, || viewer.look());
    sees(SPAWN);

    connect(&viewer.address).arg(video(CONNECT)).run().expect(0);
    sees(CONNECT);

    let piped = vstream().arg(video(PIPE)).arg("--stdout").run().expect(0);
    let reader = viewer.beside(rerun).arg("-").stdin(piped.stdout).run().expect(0);
    assert_eq!(complaints(&reader.stderr), [""; 0]);
    sees(PIPE);

    let opener = viewer.beside(rerun).arg(video(IMPORTER)).env("PATH", path_with_importer());
    assert_eq!(complaints(&opener.run().expect(0).stderr), [""; 0]);
    sees(IMPORTER);

    let serving = Serving::start(vstream().arg(video(SERVE)).arg("--serve"));
    let joined = viewer.beside(rerun).arg(&serving.source).start();
    sees(SERVE);
    assert_eq!(complaints(&joined.stderr_so_far()), [""; 0]);
    // Before the server goes, which a viewer may well complain about.
    assert_eq!(viewer.complaints(), [""; 0]);
}

/// As after `cargo install`.
fn path_with_importer() -> std::ffi::OsString {
    let importer = Path::new(env!("CARGO_BIN_EXE_rerun-importer-vstream"));
    let mut folders: Vec<PathBuf> = importer.parent().map(Path::to_owned).into_iter().collect();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    std::env::join_paths(folders).expect("folders for PATH")
}

#[test]
fn the_oldest_viewer_works_with_every_output() {
    shows_what_comes_every_way("rerun");
}

#[test]
fn an_intermediate_viewer_works_with_every_output() {
    shows_what_comes_every_way("rerun-0.40");
}

#[test]
fn the_newest_viewer_works_with_every_output() {
    shows_what_comes_every_way("rerun-newest");
}
