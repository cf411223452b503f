//! A real Rerun server that saves what it receives to a file, in place of a viewer; and vstream's own server.
//! `rerun` from pip is a script around the program, so signals go to the whole process tree.

use std::net::TcpStream;
use std::path::PathBuf;

use super::ports::{free_address, port_of};
use super::recording::Recording;
use super::run::{Program, Running, Workspace, program, vstream, wait_until};
use super::{generate, skip};

pub struct Server {
    running: Running,
    pub address: String,
    recording: PathBuf,
    _workspace: Workspace,
}

impl Server {
    pub fn start() -> Self {
        let workspace = Workspace::new();
        let recording = workspace.path("arrived.rrd");
        let address = free_address();
        let run = program("rerun").words("--serve-grpc --bind 127.0.0.1 --port");
        let run = run.arg(port_of(&address)).arg("--save").arg(&recording);
        let mut running = run.start();
        running.wait_until("it listens", || TcpStream::connect(&address).is_ok());
        Self { running, address, recording, _workspace: workspace }
    }

    /// What has arrived so far.
    pub fn recording(&self) -> Recording {
        // It is being written, so its end may be half a message.
        Recording::try_open(&self.recording).unwrap_or_default()
    }

    /// Bytes that have arrived so far. Reading them takes long when they are many.
    pub fn length(&self) -> u64 {
        std::fs::metadata(&self.recording).map_or(0, |meta| meta.len())
    }

    pub fn has_samples(&self, count: usize) -> bool {
        Recording::samples_so_far(&self.recording).iter().any(|&so_far| so_far >= count)
    }

    /// It stays there and answers nothing.
    pub fn stop(&self) {
        self.running.signal_all("STOP");
    }

    pub fn go_on(&self) {
        self.running.signal_all("CONT");
    }

    pub fn kill(&mut self) {
        self.running.signal_all("KILL");
        wait_until("the viewer is gone", || {
            self.running.has_ended() && TcpStream::connect(&self.address).is_err()
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.running.has_ended() {
            self.running.signal_all("KILL");
        }
    }
}

/// vstream as it serves a web viewer.
pub struct Serving {
    pub running: Running,
    /// Host and port of the web page.
    pub page: String,
    /// What a viewer connects to.
    pub source: String,
}

impl Serving {
    /// A run with `--serve`, as soon as it does.
    pub fn start(run: Program) -> Self {
        let mut running = run.words("--no-open --port 0 --web-port 0").start();
        let address = running.wait_for_line("serving at http://");
        let (page, source) = address.split_once("?url=").expect("an address with a source");
        let source = source.replace("%2B", "+").replace("%3A", ":").replace("%2F", "/");
        Self { page: page.to_owned(), running, source }
    }
}

/// vstream, sending to a viewer.
pub fn connect(address: &str) -> Program {
    vstream().arg("--connect").arg(format!("rerun+http://{address}/proxy"))
}

/// A video to show, where there are viewers.
pub fn clip() -> Option<PathBuf> {
    let make = || generate::video("clip.mp4", "{v} -c:v libx264 -bf 2");
    skip::have(&["ffmpeg", "rerun"]).then(make)
}
