//! Many files in one run: only a few are converted at once, in order, and all of them are complete.
//! Other tests of several inputs are in `options`.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use vstream::{Config, Event, InputConfig, OutputConfig, Reporter};

use crate::support::check::{Wanted, violations};
use crate::support::recording::Recording;
use crate::support::run::{Workspace, read, vstream};
use crate::support::{generate, skip};

/// Long enough that a run reports its progress several times.
fn clip() -> Option<PathBuf> {
    let make = || {
        let pattern = "-f lavfi -i testsrc2=size=320x240:rate=25:duration=8";
        generate::video("eight.mp4", &format!("{pattern} -c:v libx264 -preset ultrafast"))
    };
    skip::have(&["ffmpeg"]).then(make)
}

const FRAMES: u64 = 200;

/// Remembers which tracks were under way at the same time.
#[derive(Default)]
struct Watch {
    logged: BTreeMap<usize, u64>,
    most: usize,
    /// Tracks in the order in which they were first seen with a sample.
    began: Vec<usize>,
}

impl Reporter for Watch {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Progress { track, progress } = event {
            self.logged.insert(*track, progress.logged);
            if progress.logged > 0 && !self.began.contains(track) {
                self.began.push(*track);
            }
            let under_way = self.logged.values().filter(|&&n| (1..FRAMES).contains(&n)).count();
            self.most = self.most.max(under_way);
        }
    }
}

fn watched(count: usize, jobs: usize, preset: &str) -> Option<Watch> {
    let path = clip()?;
    let workspace = Workspace::new();
    let mut config = Config::default();
    config.inputs = vec![InputConfig::new(&path); count];
    config.jobs = NonZeroUsize::new(jobs);
    config.video.preset = Some(preset.into());
    config.outputs = vec![OutputConfig::save(workspace.path("out.rrd"))];
    let mut watch = Watch::default();
    let summary = vstream::run(&config, &mut watch).expect("a run");
    assert_eq!(summary.total(|p| p.logged), FRAMES * count as u64);
    Some(watch)
}

#[test]
fn one_job_takes_one_file_after_the_other() {
    let Some(watch) = watched(4, 1, "medium") else { return };
    assert_eq!(watch.most, 1, "files were converted side by side");
    assert_eq!(watch.began, [0, 1, 2, 3]);
}

#[test]
fn at_most_the_given_number_of_jobs_run_at_once() {
    let Some(watch) = watched(7, 3, "fast") else { return };
    assert!(watch.most <= 3, "{} side by side", watch.most);
}

#[test]
fn more_files_than_jobs_are_all_complete() {
    let Some(_) = clip() else { return };
    let path = generate::video("small.mkv", "{v} -c:v libx264 -bf 2");
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words("--preset ultrafast --jobs 2 --save").arg(&to);
    run.args(vec![&path; 40]).run().expect(0);
    let recording = Recording::open(&to);
    assert_eq!(recording.videos.len(), 40);
    for (name, video) in &recording.videos {
        assert_eq!(video.samples.len(), 40, "{name}");
        assert_eq!(violations(video, &Wanted::default()), Vec::<String>::new(), "{name}");
    }
}

/// A file whose container is whole, and whose pictures are not.
fn blank() -> PathBuf {
    let whole = generate::video("whole.mp4", "{v} -c:v libx264 -bf 2");
    generate::made("blank.mp4", &"zeros for pictures", |path| {
        let mut bytes = read(&whole);
        let moov = bytes.windows(4).position(|w| w == b"moov").expect("a moov box");
        // The sizes of the packets stay; what is in them goes.
        bytes[60..moov - 4].fill(0);
        std::fs::write(path, bytes).expect("a file");
    })
}

#[test]
fn a_failed_file_does_not_stop_waiting_ones() {
    let Some(_) = clip() else { return };
    let good = generate::video("small.mkv", "{v} -c:v libx264 -bf 2");
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    std::fs::write(&to, b"RRF2 an earlier recording").expect("a file");
    let run = vstream().words("--preset ultrafast --jobs 1 --save").arg(&to).arg(blank());
    let outcome = run.arg(&good).arg(&good).run().expect(1);
    assert!(outcome.stderr.contains("blank.mp4"), "{}", outcome.stderr);
    let last = outcome.stderr.lines().last().unwrap_or_default();
    assert!(last.contains("out.partial.rrd"), "{}", outcome.stderr);
    assert_eq!(read(&to), b"RRF2 an earlier recording");
    let recording = Recording::open(&workspace.path("out.partial.rrd"));
    let counts: Vec<_> =
        recording.videos.iter().filter(|(name, _)| name.contains("small")).collect();
    assert_eq!(counts.len(), 2, "{:?}", recording.videos.keys());
    assert!(counts.iter().all(|(_, video)| video.samples.len() == 40));
}

#[test]
fn endless_files_do_not_wait_for_each_other() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let part = workspace.path("out.rrd.part");
    let run = vstream().words("--preset ultrafast --jobs 1 --loop --save").arg(&to);
    let mut running = run.arg(&path).arg(&path).start();
    running.wait_until("samples of both are in its recording", || {
        let counts = Recording::samples_so_far(&part);
        counts.len() == 2 && counts.iter().all(|&count| count > 0)
    });
    running.signal("INT");
    running.finish().expect(0);
    let recording = Recording::open(&to);
    assert!(recording.videos.values().all(|video| !video.samples.is_empty()));
    assert_eq!(recording.videos.len(), 2);
}

#[test]
fn ctrl_c_also_ends_waiting_files() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let part = workspace.path("out.rrd.part");
    let run = vstream().words("--jobs 1 --preset slow --loop 1000 --save").arg(&to);
    let mut running = run.args(vec![&path; 20]).start();
    running.wait_for_samples(&part);
    running.signal("INT");
    running.finish().expect(130);
    let recording = Recording::open(&workspace.path("out.partial.rrd"));
    let begun = recording.videos.values().filter(|video| !video.samples.is_empty()).count();
    assert_eq!(begun, 1, "only the first file had its turn");
}
