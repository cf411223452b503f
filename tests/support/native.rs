//! Native viewers of any version, with or without a window: screenshots and log messages.
//! The tests decide which pictures are right.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ports::{free_address, port_of};
use super::run::{Program, Running, Workspace, program, vstream};
use super::screen::{Image, Screen};

/// Small, since the processor draws it.
const WINDOW: &str = "900x600";

/// What a viewer says about the machine it runs on, and about data of a newer Rerun. The last is a machine that is so
/// busy that the viewer draws between a recording's view and its first chunk.
const MACHINE: [&str; 10] = [
    "rasterizer",
    "Docker",
    "XDG_RUNTIME_DIR",
    "XSETTINGS",
    "XRandR",
    "parse locale",
    "newer than the local Rerun version",
    "newer then current supported version",
    "Sorbet batch version mismatch",
    "Timeline \"time\" not found",
];

/// Lines of a viewer's log against what it was given.
pub fn complaints(log: &str) -> Vec<String> {
    // The beginning of a line of the `ffmpeg` that the viewer ended while it wrote it.
    let is_begun = |line: &str| line.ends_with("decoder: [h264]");
    let about_us =
        |line: &&str| !MACHINE.iter().any(|word| line.contains(word)) && !is_begun(line.trim_end());
    let bad = log.lines().filter(|line| line.contains("WARN") || line.contains("ERROR"));
    bad.filter(about_us).map(str::to_owned).collect()
}

/// Where the Python package of this very `rerun` is.
fn package(rerun: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let file = std::env::split_paths(&path)
        .find_map(|folder| folder.join(rerun).canonicalize().ok())
        .unwrap_or_default();
    // `…/rerun_cli/rerun` of a folder that pip has filled; elsewhere this finds nothing, and does no harm.
    file.ancestors().nth(2).map(Path::to_owned).unwrap_or_default()
}

/// What the viewer at an address shows now.
fn look(address: &str, package: &Path, workspace: &Workspace) -> Option<Image> {
    let path = workspace.path("look.png");
    std::fs::remove_file(&path).ok();
    let script = "import sys; from rerun.experimental import ViewerClient; \
                  ViewerClient(sys.argv[1]).save_screenshot(sys.argv[2])";
    let python = program("python3").env("PYTHONPATH", package).arg("-c").arg(script);
    let outcome = python.arg(format!("rerun+http://{address}/proxy")).arg(&path).run();
    // On a busy machine it does not answer in time.
    if outcome.stderr.contains("Deadline expired") {
        return None;
    }
    outcome.expect(0);
    // The viewer writes it when it comes to it.
    path.is_file().then(|| Image::of(&["-i", path.to_str()?]))?
}

/// It remembers views between its runs, in its user's home.
fn at_home(run: Program, workspace: &Workspace) -> Program {
    run.env("HOME", workspace.dir()).env("XDG_DATA_HOME", workspace.dir())
}

/// The native viewer without a window, drawn by the processor.
pub struct NativeViewer {
    running: Running,
    address: String,
    package: PathBuf,
    workspace: Workspace,
}

impl NativeViewer {
    /// `rerun` by any name, and what it opens, if anything.
    pub fn open(rerun: &str, file: Option<&Path>) -> Self {
        let (workspace, address) = (Workspace::new(), free_address());
        let run = at_home(program(rerun), &workspace);
        let run = run.words("--headless --window-size").arg(WINDOW);
        let run = run.arg("--port").arg(port_of(&address));
        let mut running = run.args(file).start();
        running.wait_for_line("Headless viewer running");
        Self { running, address, package: package(rerun), workspace }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it shows now.
    pub fn look(&self) -> Option<Image> {
        look(&self.address, &self.package, &self.workspace)
    }

    /// What it had to say against a recording or itself.
    pub fn complaints(&self) -> Vec<String> {
        complaints(&self.running.stderr_so_far())
    }
}

impl Drop for NativeViewer {
    fn drop(&mut self) {
        if !self.running.has_ended() {
            self.running.signal_all("KILL");
        }
    }
}

/// A viewer with its window, as `--spawn` has started it.
pub struct SpawnedViewer {
    pub address: String,
    package: PathBuf,
    workspace: Workspace,
    _screen: Screen,
}

impl SpawnedViewer {
    /// `rerun` by any name, started to show a video.
    pub fn show(rerun: &str, video: &Path) -> Self {
        // The pointer is outside of the window: where it is, the viewer explains what is there.
        let (screen, address) = (Screen::open("2000x1400"), free_address());
        let workspace = Workspace::new();
        let wrapper = workspace.path("wrapper");
        let script = "cd \"${0%/*}\" && echo $$ > id && exec 2>> log";
        let rerun_there = format!("exec {rerun} --window-size {WINDOW} \"$@\"");
        std::fs::write(&wrapper, format!("#!/bin/sh\n{script} && {rerun_there}\n"))
            .and_then(|()| std::fs::set_permissions(&wrapper, PermissionsExt::from_mode(0o755)))
            .expect("a program that starts the viewer");
        let run = at_home(vstream(), &workspace).env("DISPLAY", &screen.display);
        let run = run.arg(video).arg("--spawn").arg("--port").arg(port_of(&address));
        let viewer = Self { address, package: package(rerun), workspace, _screen: screen };
        run.arg("--viewer-path").arg(&wrapper).run().expect(0);
        viewer
    }

    /// `rerun` as somebody calls it while this viewer runs: it sends what it reads to the viewer.
    pub fn beside(&self, rerun: &str) -> Program {
        at_home(program(rerun), &self.workspace).arg("--port").arg(port_of(&self.address))
    }

    /// What it shows now.
    pub fn look(&self) -> Option<Image> {
        look(&self.address, &self.package, &self.workspace)
    }

    pub fn complaints(&self) -> Vec<String> {
        let log = std::fs::read(self.workspace.path("log")).expect("the viewer's log");
        complaints(&String::from_utf8_lossy(&log))
    }
}

impl Drop for SpawnedViewer {
    fn drop(&mut self) {
        // It outlives who started it. It leads a group of processes.
        if let Ok(id) = std::fs::read_to_string(self.workspace.path("id")) {
            let command = format!("kill -KILL -{} 2>&-", id.trim());
            Command::new("sh").arg("-c").arg(command).status().ok();
        }
    }
}
