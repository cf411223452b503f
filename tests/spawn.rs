//! `--spawn` with every kind of `rerun` that may be installed: newer, too old, hanging, noisy, broken, without
//! `ffmpeg`. Running viewers are in `viewers`; what they show is in `screenshots`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::ports::{free_address, port_of};
use crate::support::recording::Recording;
use crate::support::run::{Program, Workspace, vstream, wait_until};
use crate::support::server::clip;
use crate::support::skip;

const NEWER: &str = "echo 'rerun-cli 0.99.0-alpha.1+dev (release) [rustc 2.0.0]'";
/// It never ends by itself.
const HANG: &str = "exec sleep 1000";

/// A folder on PATH with a `rerun` of our own in it, and nothing else on PATH.
struct Fake {
    programs: Workspace,
    address: String,
}

impl Fake {
    /// `version` is the shell script behind `--version`, `viewer` the rest.
    fn new(version: &str, viewer: &str) -> Self {
        let fake = Self { programs: Workspace::new(), address: free_address() };
        let (path, dir) = (std::env::var("PATH").expect("PATH"), fake.programs.dir());
        fake.program(
            "rerun",
            &format!(
                "PATH='{path}'\nif [ \"$1\" = --version ]; then\n{version}\nexit\nfi\n\
                 cd '{}'\necho $$ > started.part\necho \"$*\" > arguments\nmv started.part started\n{viewer}",
                dir.display()
            ),
        );
        fake
    }

    /// One that works, and talks.
    fn viewer(version: &str) -> Self {
        let args = "for arg; do case $arg in --port=*|--bind=*) ours=\"$ours $arg\";; esac; done";
        let noise = "echo noise; echo noise >&2";
        Self::new(
            version,
            &format!("{noise}\n{args}\nexec rerun --serve-grpc --save out.rrd $ours"),
        )
    }

    fn program(&self, name: &str, script: &str) {
        let file = self.programs.path(name);
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("a script");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("a program");
    }

    fn spawn(&self, path: &Path) -> Program {
        let run = vstream().arg(path).arg("--spawn").arg("--port").arg(port_of(&self.address));
        run.env("PATH", self.programs.dir())
    }

    fn has_started(&self) -> bool {
        self.programs.path("started").is_file()
    }

    fn arguments(&self) -> String {
        std::fs::read_to_string(self.programs.path("arguments")).expect("its arguments")
    }

    #[track_caller]
    fn got_everything(&self) {
        let arrived = self.programs.path("out.rrd");
        wait_until("all samples arrive", || Recording::samples_so_far(&arrived) == [40]);
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        // A viewer outlives who started it. It leads a group of processes.
        if let Ok(id) = std::fs::read_to_string(self.programs.path("started")) {
            let command = format!("kill -KILL -{} 2>&-", id.trim());
            Command::new("sh").arg("-c").arg(command).status().ok();
        }
    }
}

#[test]
fn a_newer_viewer_is_started_for_this_machine_alone_and_its_log_kept_away() {
    let Some(path) = clip() else { return };
    let fake = Fake::viewer(NEWER);
    let outcome = fake.spawn(&path).run().expect(0);
    fake.got_everything();
    assert!(!outcome.stderr.contains("noise"), "{}", outcome.stderr);
    let arguments = fake.arguments();
    assert!(arguments.contains("--bind=127.0.0.1 "), "{arguments}");
}

#[test]
fn a_viewer_listens_where_bind_says() {
    let Some(path) = clip() else { return };
    let fake = Fake::viewer(NEWER);
    fake.spawn(&path).words("--bind 0.0.0.0").run().expect(0);
    fake.got_everything();
    assert!(fake.arguments().contains("--bind=0.0.0.0 "), "{}", fake.arguments());
}

#[test]
fn a_viewer_of_unknown_version_is_started() {
    let Some(path) = clip() else { return };
    let fake = Fake::viewer(HANG);
    fake.spawn(&path).run().expect(0);
    fake.got_everything();
}

#[test]
fn a_viewer_that_is_too_old_is_an_error() {
    let Some(path) = clip() else { return };
    let fake = Fake::new("echo 'rerun-cli 0.22.1 (release) [rustc 1.81.0] x86_64'", "exit");
    let outcome = fake.spawn(&path).run().expect(1);
    outcome.says(&["rerun 0.22.1 is too old: pip install -U rerun-sdk\n"]);
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    assert!(!fake.has_started());
}

#[test]
fn a_program_that_is_not_rerun_is_not_started() {
    let Some(path) = clip() else { return };
    let fake = Fake::new("echo 'rerun: repeats a test until it passes'", "exit");
    let outcome = fake.spawn(&path).run().expect(1);
    outcome.says(&["`rerun`", "not Rerun's viewer", "`pip install rerun-sdk`", "--viewer-path"]);
    assert!(!fake.has_started());
}

#[test]
fn a_missing_viewer_is_an_error_with_a_remedy() {
    let Some(path) = clip() else { return };
    let fake = Fake::new(NEWER, "exit");
    std::fs::remove_file(fake.programs.path("rerun")).expect("no rerun");
    let outcome = fake.spawn(&path).run().expect(1);
    outcome.says(&["not installed, or not on PATH", "`pip install rerun-sdk`", "--save FILE.rrd"]);
}

#[test]
fn the_log_of_a_viewer_that_ends_at_once_is_shown() {
    let Some(path) = clip() else { return };
    let fake = Fake::new(NEWER, "echo starting; echo 'no display to open a window on' >&2; exit 3");
    let outcome = fake.spawn(&path).run().expect(1);
    outcome.says(&["ended", "exit status: 3", "starting", "no display to open a window on"]);
}

#[test]
fn ctrl_c_ends_the_wait_for_a_viewer() {
    let Some(path) = clip() else { return };
    let fake = Fake::new(NEWER, HANG);
    let mut running = fake.spawn(&path).start();
    running.wait_until("the viewer is started", || fake.has_started());
    running.signal("INT");
    let outcome = running.finish().expect(130);
    outcome.says(&["interrupted"]);
    // And while it is asked for its version.
    let mark = "echo > asked";
    let fake = Fake::new(&format!("cd \"${{0%/*}}\"\n{mark}\n{HANG}"), "exit");
    let mut running = fake.spawn(&path).start();
    running.wait_until("it is asked", || fake.programs.path("asked").is_file());
    running.signal("INT");
    running.finish().expect(130);
    assert!(!fake.has_started());
}

#[test]
fn a_viewer_without_ffmpeg_is_a_warning() {
    let Some(path) = clip() else { return };
    let fake = Fake::viewer(NEWER);
    let outcome = fake.spawn(&path).run().expect(0);
    outcome.says(&["`ffmpeg`", "none on PATH", "install ffmpeg", "AV1"]);

    let fake = Fake::viewer(NEWER);
    fake.program("ffmpeg", "echo 'ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021'");
    let outcome = fake.spawn(&path).run().expect(0);
    outcome.says(&["the one on PATH is 4.4.2-0ubuntu0.22.04.1", "5.1 or newer"]);

    let fake = Fake::viewer(NEWER);
    fake.program("ffmpeg", "echo 'ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026'");
    let outcome = fake.spawn(&path).run().expect(0);
    assert!(!outcome.stderr.contains("ffmpeg"), "{}", outcome.stderr);
}

#[test]
fn av1_needs_no_ffmpeg() {
    let Some(path) = clip().filter(|_| skip::have_encoder("libsvtav1")) else { return };
    let fake = Fake::viewer(NEWER);
    let outcome = fake.spawn(&path).words("--codec av1").run().expect(0);
    fake.got_everything();
    assert!(!outcome.stderr.contains("ffmpeg"), "{}", outcome.stderr);
}
