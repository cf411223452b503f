//! What a test needs from the machine, and the message when it is missing.
//! In CI (`CI=true`) a missing program fails the test instead of skipping it.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};

/// Prints why a test, or a row of one, does not run. Once for each reason.
pub fn skip(reason: &str) {
    static SAID: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
    if SAID.lock().unwrap().insert(reason.to_owned()) {
        // Not eprintln!: the test harness hides that of a test that passes, and a skip must be seen.
        writeln!(std::io::stderr(), "skipped: {reason}").ok();
    }
}

/// Whether all programs are on PATH.
pub fn have(programs: &[&str]) -> bool {
    programs.iter().all(|program| {
        let flag = if program.starts_with("ff") { "-version" } else { "--version" };
        let silent = || Stdio::null();
        let found =
            Command::new(program).arg(flag).stdout(silent()).stderr(silent()).status().is_ok();
        found || missing(&format!("no `{program}` on PATH"))
    })
}

/// Whether this FFmpeg has an encoder, or one for a pixel format: `libx265 yuv420p10le`. Builds differ, so its absence
/// is no fault even in CI.
pub fn have_encoder(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<String>> = LazyLock::new(|| list("-encoders"));
    let found = match name.split_once(' ') {
        Some((name, format)) => NAMES.contains(name) && takes(name, format),
        None => NAMES.contains(name),
    };
    found || {
        skip(&format!("ffmpeg has no encoder {name}"));
        false
    }
}

fn takes(encoder: &str, format: &str) -> bool {
    let output = Command::new("ffmpeg").arg("-h").arg(format!("encoder={encoder}")).output();
    let text = output.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
    text.unwrap_or_default()
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Supported pixel formats:"))
        .any(|formats| formats.split_whitespace().any(|one| one == format))
}

/// Whether this FFmpeg has a filter.
pub fn have_filter(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<String>> = LazyLock::new(|| list("-filters"));
    NAMES.contains(name) || missing(&format!("ffmpeg has no filter {name}"))
}

/// Whether this FFmpeg has a demuxer.
pub fn has_demuxer(name: &str) -> bool {
    list("-demuxers").contains(name)
}

fn list(flag: &str) -> HashSet<String> {
    let output = Command::new("ffmpeg").args(["-hide_banner", flag]).output();
    let text = output.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
    let word = |line: &str| line.split_whitespace().nth(1).map(str::to_owned);
    text.unwrap_or_default().lines().filter_map(word).collect()
}

/// Says that something is not there, which CI must have.
pub fn missing(reason: &str) -> bool {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{reason}, which CI must have");
    skip(reason);
    false
}

/// The folder of real videos, which lies beside a checkout and not in it.
pub fn corpus() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    if !dir.join("MANIFEST.tsv").is_file() {
        skip("no ../shared/corpus beside the checkout");
        return None;
    }
    Some(dir)
}

/// One file of the corpus.
pub fn corpus_file(name: &str) -> Option<PathBuf> {
    let path = corpus()?.join(name);
    if !path.is_file() {
        skip(&format!("no {name} in the corpus"));
        return None;
    }
    Some(path)
}
