//! An input is opened once and read by one thread: several streams from a pipe, in step, however interleaved.
//! After a run, however it ended, none of its threads and connections are left.

use std::path::PathBuf;
#[cfg(target_os = "linux")]
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
};

#[cfg(target_os = "linux")]
use vstream::{Cancel, Config, Event, InputConfig, OutputConfig, Reporter};

use crate::support::check::{SECOND, Wanted, violations};
use crate::support::convert::convert;
use crate::support::recording::Recording;
#[cfg(target_os = "linux")]
use crate::support::run::alone;
use crate::support::run::{Workspace, read, vstream};
use crate::support::{generate, skip};

/// Two videos of different length and size, with two keyframes a second.
fn two_videos(name: &str) -> Option<PathBuf> {
    two_videos_as(name, "")
}

fn two_videos_as(name: &str, muxer: &str) -> Option<PathBuf> {
    let make = || {
        let source = |size: &str, seconds: u32| {
            format!("-f lavfi -i testsrc2=size={size}:rate=25:duration={seconds}")
        };
        let (one, two) = (source("320x240", 8), source("160x120", 6));
        let how = "-map 0 -map 1 -c:v libx264 -preset ultrafast -bf 0 -g 13";
        generate::video(name, &format!("{one} {two} {how} {muxer}"))
    };
    skip::have(&["ffmpeg"]).then(make)
}

/// How many samples each video has, all of which keep the contract.
fn counts(recording: &Recording) -> Vec<usize> {
    for (name, video) in &recording.videos {
        assert_eq!(violations(video, &Wanted::default()), Vec::<String>::new(), "{name}");
    }
    recording.videos.values().map(|video| video.samples.len()).collect()
}

fn piped(bytes: Vec<u8>, options: &str) -> Recording {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().arg("-").words(options).arg("--save").arg(&to);
    run.stdin(bytes).run().expect(0);
    Recording::open(&to)
}

#[test]
fn all_streams_come_through_a_pipe() {
    let Some(path) = two_videos("two.mkv") else { return };
    assert_eq!(counts(&piped(read(&path), "--all-streams --preset ultrafast")), [200, 150]);
    // A copy has the colours of the file, which are not the contract's.
    let copied = piped(read(&path), "--all-streams --codec copy");
    let copied: Vec<_> = copied.videos.values().map(|video| video.samples.len()).collect();
    assert_eq!(copied, [200, 150]);
}

#[test]
fn a_part_of_all_streams_is_complete_in_each() {
    for name in ["two.mkv", "two.ts", "two.mp4"] {
        let Some(path) = two_videos(name) else { return };
        let converted = convert(&path, "--preset ultrafast --all-streams --start 3.1 --duration 2");
        assert_eq!(counts(&converted.recording), [50, 50], "{name}");
        for video in converted.recording.videos.values() {
            assert!(video.times()[0] >= 3 * SECOND, "{name}: {:?}", video.times()[0]);
        }
        assert_eq!(converted.outcome.summary("damaged"), 0, "{name}");
    }
}

/// One fragment holds all pictures of one stream and then all of the other, and a pipe cannot go back and forth.
#[test]
fn streams_that_follow_each_other_in_the_file_are_both_complete() {
    let Some(path) = two_videos_as("apart.mp4", "-movflags empty_moov -frag_duration 100000000")
    else {
        return;
    };
    assert_eq!(counts(&piped(read(&path), "--all-streams --preset ultrafast")), [200, 150]);
}

/// The threads of this process by their names, but for those of the test harness and of the test.
#[cfg(target_os = "linux")]
fn threads() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("the threads");
    let names = tasks.flatten().filter_map(|task| {
        std::fs::read_to_string(task.path().join("comm")).ok().map(|name| name.trim().to_owned())
    });
    let own = ["read", "open", "encode", "decode", "filter", "text", "output", "scan"];
    names.filter(|name| own.contains(&name.as_str())).collect()
}

/// All threads of this process, whoever started them.
#[cfg(target_os = "linux")]
fn all_threads() -> usize {
    std::fs::read_dir("/proc/self/task").expect("the threads").count()
}

/// Rerun's own threads, too: one left by each of a thousand files would end in a machine without any.
#[cfg(target_os = "linux")]
#[test]
fn many_runs_need_no_more_threads_than_two() {
    let Some(path) = two_videos("two.ts") else { return };
    if !alone("reader::many_runs_need_no_more_threads_than_two") {
        return;
    }
    let workspace = Workspace::new();
    let run = |nth: usize| {
        let to = workspace.path(format!("{nth}.rrd"));
        let config = Config::new(InputConfig::new(&path)).with_output(OutputConfig::save(to));
        vstream::run(&config, &mut vstream::Silent).expect("a run");
        all_threads()
    };
    // What is started once and kept, such as a pool, may come with the first.
    let first = (0..2).map(run).max();
    assert_eq!((2..8).map(run).max(), first);
}

/// A server of one video that is never whole. Returns its address, and a thread that ends when its connections are
/// closed.
#[cfg(target_os = "linux")]
fn endless_server(bytes: Vec<u8>) -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/video.ts", listener.local_addr().expect("its address"));
    let serve = move |mut stream: TcpStream| {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n");
        let _ = stream.write_all(&bytes);
        // The end of the connection, and nothing else, ends this.
        while !matches!(stream.read(&mut request), Ok(0) | Err(_)) {}
    };
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        serve(stream);
    });
    (url, thread)
}

/// Ends the run at its first sample.
#[cfg(target_os = "linux")]
struct EndAtFirst(Cancel);

#[cfg(target_os = "linux")]
impl Reporter for EndAtFirst {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Progress { progress, .. } = event
            && progress.logged > 0
        {
            self.0.cancel();
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_of_a_run_that_fails() {
    let Some(path) = two_videos("two.ts") else { return };
    if !alone("reader::nothing_is_left_of_a_run_that_fails") {
        return;
    }
    let (url, server) = endless_server(read(&path));
    let workspace = Workspace::new();
    let config = Config::new(InputConfig::new(&url))
        .with_input("no such file.mp4")
        .with_output(OutputConfig::save(workspace.path("out.rrd")));
    let error = vstream::run(&config, &mut vstream::Silent).expect_err("a missing file");
    assert!(error.subject().contains("no such file"), "{error}");
    assert_eq!(threads(), Vec::<String>::new());
    server.join().expect("the connection was closed");
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_of_a_run_that_is_ended_in_the_middle_of_a_read() {
    let Some(path) = two_videos("two.ts") else { return };
    if !alone("reader::nothing_is_left_of_a_run_that_is_ended_in_the_middle_of_a_read") {
        return;
    }
    let (url, server) = endless_server(read(&path));
    let workspace = Workspace::new();
    let input = InputConfig::new(&url).with_timeout(std::time::Duration::ZERO);
    let cancel = Cancel::new();
    let config = Config::new(input)
        .with_output(OutputConfig::save(workspace.path("out.rrd")))
        .with_cancel(cancel.clone());
    let summary = vstream::run(&config, &mut EndAtFirst(cancel)).expect("a run");
    assert!(summary.cancelled);
    assert_eq!(threads(), Vec::<String>::new());
    server.join().expect("the connection was closed");
}

/// Reading a pipe blocks in the operating system, where FFmpeg asks nobody.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_of_a_run_that_waits_for_a_pipe() {
    let Some(path) = two_videos("two.ts") else { return };
    if !alone("reader::nothing_is_left_of_a_run_that_waits_for_a_pipe") {
        return;
    }
    let workspace = Workspace::new();
    let fifo = workspace.path("video.ts");
    let made = Command::new("mkfifo").arg(&fifo).status().expect("mkfifo");
    assert!(made.success());
    let (to, bytes) = (fifo.clone(), read(&path));
    let (keep, done) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        let mut pipe = std::fs::OpenOptions::new().write(true).open(to).expect("the pipe");
        // Whoever reads it may go before the end.
        let _ = pipe.write_all(&bytes);
        let _ = done.recv();
    });
    let cancel = Cancel::new();
    let config = Config::new(InputConfig::new(&fifo))
        .with_output(OutputConfig::save(workspace.path("out.rrd")))
        .with_cancel(cancel.clone());
    let summary = vstream::run(&config, &mut EndAtFirst(cancel)).expect("a run");
    assert!(summary.cancelled);
    assert_eq!(threads(), Vec::<String>::new());
    drop(keep);
    writer.join().expect("the writer");
}
