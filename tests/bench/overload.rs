//! A live source that sends three times as many pictures as the machine can encode: memory must stay flat, and what
//! was logged and what was dropped must be all that was sent. A measurement for people, not a test.
//!
//!     cargo bench --bench overload [-- SECONDS]
//!
//! 1280x720 over TCP, for 60 seconds, encoded at `--preset slow` so that a small machine's network stack is not what
//! is measured. Needs the `ffmpeg` command for the pictures.

#[path = "pictures.rs"]
mod pictures;

use std::io::{BufWriter, Read as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pictures::Pictures;

const PRESET: &str = "slow";
/// How many times the pictures that can be encoded are sent.
const TOO_MANY: f64 = 3.0;
/// Pictures that are encoded, one after the other, to see how many can be.
const TRIAL: usize = 200;

type Anything = Box<dyn std::error::Error>;

fn main() -> Result<(), Anything> {
    let seconds = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(60);
    let pictures = Pictures::new()?;
    let folder = tempfile::tempdir()?;

    // The same pictures, preset and tuning from a file, which waits for the encoder.
    let file = folder.path().join("trial.y4m");
    let mut to = BufWriter::new(std::fs::File::create(&file)?);
    Pictures::begin(&mut to, 30)?;
    for number in 0..TRIAL {
        pictures.send(&mut to, number)?;
    }
    drop(to);
    let began = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_vstream"))
        .arg(&file)
        .args(["-q", "--preset", PRESET, "--tune", "zerolatency", "--save"])
        .arg(folder.path().join("trial.rrd"))
        .status()?;
    assert!(status.success(), "{status}");
    let can = TRIAL as f64 / began.elapsed().as_secs_f64();
    let rate = (can * TOO_MANY).ceil() as u32;
    println!(
        "{can:.1} pictures a second can be encoded at {PRESET}; {rate} are sent, for {seconds} s"
    );

    let camera = TcpListener::bind("127.0.0.1:0")?;
    let mut vstream = Command::new(env!("CARGO_BIN_EXE_vstream"))
        .args(["-f", "yuv4mpegpipe", "--preset", PRESET, "--save"])
        .arg(folder.path().join("live.rrd"))
        .arg(format!("tcp://{}", camera.local_addr()?))
        .stderr(Stdio::piped())
        .spawn()?;
    let (stream, _) = camera.accept()?;
    let sent = send(&pictures, stream, rate, seconds, &vstream)?;
    let mut said = String::new();
    if let Some(pipe) = &mut vstream.stderr {
        pipe.read_to_string(&mut said)?;
    }
    vstream.wait()?;
    println!("{sent} pictures sent; vstream said:\n{said}");
    Ok(())
}

/// Send at a pace, and report vstream's memory every ten seconds.
fn send(
    pictures: &Pictures,
    mut to: TcpStream,
    rate: u32,
    seconds: u64,
    vstream: &Child,
) -> Result<usize, Anything> {
    Pictures::begin(&mut to, rate)?;
    let began = Instant::now();
    let (mut number, mut told) = (0, 0);
    while began.elapsed() < Duration::from_secs(seconds) {
        let due = Duration::from_secs(number as u64) / rate;
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        pictures.send(&mut to, number)?;
        number += 1;
        let now = began.elapsed().as_secs();
        if now >= told + 10 {
            told = now;
            println!("after {now:>2} s: {number} sent, {}", memory(vstream));
        }
    }
    Ok(number)
}

/// "148 MB", where the system says it.
fn memory(of: &Child) -> String {
    let status = std::fs::read_to_string(format!("/proc/{}/status", of.id())).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    let kib = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.map_or_else(|| "memory unknown".to_owned(), |kib| format!("{:.1} MB", kib * 1.024e-3))
}
