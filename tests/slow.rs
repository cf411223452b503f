//! Viewers and pipes that read slowly: they are waited for, as long as they read.
//! Viewers that stop reading are in `hanging`.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use crate::hanging::{LARGE, VIDEO, VIDEO_FRAMES};
use crate::support::recording::Recording;
use crate::support::run::{Workspace, vstream, wait_until};
use crate::support::server::{Server, connect};
use crate::support::skip;

/// What a slow connection becomes after a while.
#[derive(Clone, Copy)]
enum Then {
    Fast,
    Stopped,
}

/// A slow way to `server`, for so long: 20 kB/s, as an encrypted tunnel over a bad line. Its address.
fn slow_way(server: String, slow: Duration, then: Then) -> String {
    const STEP: Duration = Duration::from_millis(50);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let forward = move |mut from: TcpStream| -> std::io::Result<()> {
        let mut to = TcpStream::connect(&server)?;
        let (mut answers, mut back) = (to.try_clone()?, from.try_clone()?);
        std::thread::spawn(move || std::io::copy(&mut answers, &mut back));
        let (began, mut buffer) = (Instant::now(), [0; 1000]);
        while began.elapsed() < slow {
            let length = from.read(&mut buffer)?;
            if length == 0 {
                return to.shutdown(Shutdown::Both);
            }
            to.write_all(&buffer[..length])?;
            std::thread::sleep(STEP);
        }
        match then {
            Then::Fast => std::io::copy(&mut from, &mut to).map(drop),
            Then::Stopped => loop {
                std::thread::park();
            },
        }
    };
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let forward = forward.clone();
            std::thread::spawn(move || forward(stream));
        }
    });
    address
}

/// Longer than a viewer may take nothing, and than a chunk takes at that speed.
const SLOW: Duration = Duration::from_secs(25);

#[test]
fn a_slow_viewer_is_waited_for() {
    if !skip::have(&["ffmpeg", "rerun"]) {
        return;
    }
    let server = Server::start();
    let address = slow_way(server.address.clone(), SLOW, Then::Fast);
    connect(&address).words(LARGE).arg("lavfi:testsrc2=size=320x240:duration=12").run().expect(0);
    wait_until("all samples arrive", || server.has_samples(300));
}

#[test]
fn a_viewer_that_stops_reading_is_given_up() {
    if !skip::have(&["ffmpeg", "rerun"]) {
        return;
    }
    let server = Server::start();
    let address = slow_way(server.address.clone(), SLOW, Then::Stopped);
    let outcome = connect(&address).words(LARGE).arg(VIDEO).run().expect(1);
    outcome.says(&[&format!("cannot reach the viewer at {address}: it takes no more data")]);
}

#[test]
fn a_pipe_that_nobody_reads_lets_the_file_continue() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let file = workspace.path("out.rrd");
    let (_unread, pipe) = std::io::pipe().expect("a pipe");
    let run = vstream().words(LARGE).words("--stdout --save").arg(&file).arg(VIDEO);
    run.stdout(File::from(OwnedFd::from(pipe)))
        .run()
        .expect(1)
        .says(&["cannot write standard output: it takes no more data"]);
    let saved = Recording::open(&file);
    assert_eq!(saved.only_video().samples.len(), VIDEO_FRAMES);
}
