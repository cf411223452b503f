//! Small videos of every container, damaged at random and converted in this process: whatever the bytes, a run ends,
//! fails only with errors that are not bugs, and leaves recordings that keep the contract.
//!
//! `FUZZ_FILES` is the number of files (default: 1500), `FUZZ_SEED` the first one's number (default: 0). The damage depends
//! on that number alone, so a failed case is repeated by its number.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use fastrand::Rng;

use crate::support::skip;

mod damage;
mod judge;
mod seeds;

const FILES: u64 = 1500;
/// For one file, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn damaged_files_break_no_promise() {
    if let Ok(range) = std::env::var("FUZZ_WORKER") {
        return work(&range);
    }
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let first = number("FUZZ_SEED", 0);
    let end = first + number("FUZZ_FILES", FILES);
    seeds::all();
    let mut found = Vec::new();
    let mut next = first;
    // A worker that dies or hangs takes no other file with it.
    while next < end {
        next = supervise(next, end, &mut found);
    }
    assert!(found.is_empty(), "{} of {} files:\n{}", found.len(), end - first, found.join("\n"));
}

/// Lets a worker take the files from `next` on. The number of the file to go on with.
fn supervise(next: u64, end: u64, found: &mut Vec<String>) -> u64 {
    let mut worker = Command::new(std::env::current_exe().expect("this program"))
        .args(["fuzz::damaged_files_break_no_promise", "--exact", "--nocapture"])
        .env("FUZZ_WORKER", format!("{next}..{end}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a worker");
    let stderr = worker.stderr.take().expect("its messages");
    let words = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = BufReader::new(stderr).read_to_end(&mut text);
        let text = String::from_utf8_lossy(&text).into_owned();
        text.lines().rev().take(5).collect::<Vec<_>>().join(" | ")
    });
    let (lines, said) = mpsc::channel();
    let stdout = BufReader::new(worker.stdout.take().expect("its lines"));
    std::thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                return;
            }
        }
    });
    let mut at = next;
    let why = loop {
        match said.recv_timeout(PATIENCE) {
            Ok(line) => match line.split_once(' ') {
                Some(("begin", number)) => at = number.parse().expect("a number"),
                Some(("broken", what)) => found.push(what.to_owned()),
                Some(("done", _)) => {
                    let _ = worker.wait();
                    return end;
                }
                _ => {}
            },
            Err(mpsc::RecvTimeoutError::Timeout) => break "hangs",
            Err(mpsc::RecvTimeoutError::Disconnected) => break "ends the program",
        }
    };
    let _ = worker.kill();
    let status = worker.wait().expect("its end");
    found.push(format!("file {at} {why} ({status}): {}", words.join().unwrap_or_default()));
    at + 1
}

/// The worker: says which file it begins with, and what is broken about it.
fn work(range: &str) {
    let (first, end) = range.split_once("..").expect("a range");
    let (first, end): (u64, u64) = (first.parse().expect("a number"), end.parse().expect("one"));
    let seeds = seeds::all();
    let sound: Vec<&[u8]> = seeds.iter().map(|seed| &seed.bytes[..]).collect();
    for number in first..end {
        println!("begin {number}");
        let mut random = Rng::with_seed(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed);
        let (nth, bytes) = damage::damaged(&sound, &mut random);
        let name = &seeds[nth].name;
        for complaint in judge::complaints(name, &bytes, number) {
            println!("broken file {number} ({name}): {}", complaint.replace('\n', " "));
        }
    }
    println!("done with all");
}
