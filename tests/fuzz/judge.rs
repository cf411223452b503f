//! Converts one file and lists every violation.
//! The contract itself is in `support::check`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rerun::components::VideoCodec;
use vstream::{CodecChoice, Config, ErrorKind, OutputConfig, Silent, StreamChoice, Summary};

use crate::support::check::{Wanted, violations};
use crate::support::recording::{Recording, Video};
use crate::support::run::Workspace;

/// Of the whole process, libraries and all.
const MOST_MEMORY: u64 = 1 << 30;

pub fn complaints(name: &str, bytes: &[u8], number: u64) -> Vec<String> {
    let workspace = Workspace::new();
    let input = workspace.path(name);
    std::fs::write(&input, bytes).expect("a damaged file");
    let (whole, partial) = (workspace.path("out.rrd"), workspace.path("out.partial.rrd"));
    let mut config = Config::new(&input).with_output(OutputConfig::save(&whole));
    config.video.preset = Some("ultrafast".to_owned());
    let copies = number % 3 == 1;
    if copies {
        config.video.codec = CodecChoice::Auto;
    }
    if number % 5 == 2 {
        config.inputs[0].stream = StreamChoice::All;
    }

    let judged = match Path::new(name).extension().and_then(|ending| ending.to_str()) {
        Some("rrd" | "mcap" | "db3" | "bag") => Judged::Rows,
        _ if copies => Judged::Copy,
        _ => Judged::Encoded,
    };
    let mut complaints = Vec::new();
    forget_peak_memory();
    let run = catch_unwind(AssertUnwindSafe(|| vstream::run(&config, &mut Silent)));
    if peak_memory() > MOST_MEMORY {
        complaints.push(format!("took {} MB", peak_memory() >> 20));
    }
    match run {
        Err(_) => complaints.push("panicked".to_owned()),
        Ok(Err(error)) => {
            if error.kind() == ErrorKind::Internal {
                complaints.push(format!("a bug of its own: {error}"));
            }
            if whole.exists() {
                complaints.push(format!("a name that means whole, though {error}"));
            }
            recording(name, &partial, error.summary(), judged, &mut complaints);
        }
        Ok(Ok(summary)) => {
            if partial.exists() || !whole.exists() {
                complaints.push("done, and not under its name".to_owned());
            }
            recording(name, &whole, Some(&summary), judged, &mut complaints);
        }
    }
    if left_behind(&workspace) {
        complaints.push("files that are neither input nor recording".to_owned());
    }
    complaints
}

fn left_behind(workspace: &Workspace) -> bool {
    let files = std::fs::read_dir(workspace.dir()).into_iter().flatten().flatten();
    files.map(|file| file.file_name()).any(|name| name.to_string_lossy().ends_with(".part"))
}

/// How much of the contract a recording keeps.
#[derive(Clone, Copy)]
enum Judged {
    Encoded,
    Copy,
    /// The rows of another recording, damaged as they are.
    Rows,
}

fn recording(
    name: &str,
    path: &Path,
    summary: Option<&Summary>,
    judged: Judged,
    complaints: &mut Vec<String>,
) {
    if !path.exists() {
        return;
    }
    // Bags have no `time`.
    let is_bag = [".mcap", ".db3", ".bag"].iter().any(|ending| name.ends_with(ending));
    let timeline = if is_bag { "message_log_time" } else { "time" };
    let recording = match Recording::try_open_on(path, timeline) {
        Ok(recording) => recording,
        Err(error) => return complaints.push(format!("a recording that cannot be read: {error}")),
    };
    let samples: usize = recording.videos.values().map(|video| video.samples.len()).sum();
    let logged = summary.map_or(samples as u64, |summary| summary.total(|p| p.logged));
    if logged != samples as u64 {
        complaints.push(format!("{samples} samples, and {logged} are said to be logged"));
    }
    // A stream without a picture has an entity all the same.
    for (entity, video) in recording.videos.iter().filter(|(_, video)| !video.samples.is_empty()) {
        let broken = match judged {
            Judged::Encoded => violations(video, &Wanted::default()),
            Judged::Copy => times(video),
            Judged::Rows => continue,
        };
        complaints.extend(broken.into_iter().map(|what| format!("{entity}: {what}")));
    }
}

/// What a copy promises, whatever its codec: times that increase. The rest is for H.264.
fn times(video: &Video) -> Vec<String> {
    if video.codecs.iter().any(|row| row.codec == VideoCodec::H264) {
        let wanted = Wanted { keyframe_interval: i64::MAX / 2, ..Wanted::default() };
        return violations(video, &wanted);
    }
    let times = video.times();
    let bad = times.windows(2).any(|pair| pair[0] >= pair[1]) || times.first() < Some(&0);
    if bad && !times.is_empty() { vec![format!("times {times:?}")] } else { Vec::new() }
}

/// The most memory that this process has had since `forget_peak_memory`; 0 where that cannot be known.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}

fn forget_peak_memory() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
