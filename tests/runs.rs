//! Several runs of the library in one process: consecutive, concurrent, failed and cancelled ones.
//! What a run does with a video is in the other tests.

use std::path::Path;
use std::thread;
use std::time::Duration;

use ::vstream as lib;
use lib::{Cancel, Config, ErrorKind, Event, InputConfig, OutputConfig, Reporter, Silent};

use crate::support::check::assert_contract;
use crate::support::recording::Recording;
use crate::support::run::Workspace;

/// A synthetic video of so many frames, which has that many pixels a row.
fn pattern(frames: u32, width: u32, to: &Path) -> Config {
    let input = format!("lavfi:testsrc2=size={width}x64:rate=25,trim=end_frame={frames}");
    Config::new(input)
        .with_video(lib::VideoConfig::default().with_preset("ultrafast"))
        .with_output(OutputConfig::save(to))
}

/// Runs it and reads it back: the number of its samples.
#[track_caller]
fn recorded(config: &Config, to: &Path) -> usize {
    let summary = lib::run(config, &mut Silent).expect("a run");
    assert!(summary.is_clean() && !summary.cancelled, "{summary:?}");
    let recording = Recording::open(to);
    assert_contract(&recording);
    recording.only_video().samples.len()
}

#[test]
fn consecutive_runs_do_not_affect_each_other() {
    let workspace = Workspace::new();
    for frames in [3, 30, 12] {
        let to = workspace.path(format!("{frames}.rrd"));
        assert_eq!(recorded(&pattern(frames, 96, &to), &to), frames as usize);
        let missing = workspace.path(format!("missing {frames}.mp4"));
        let nowhere = Config::new(&missing).with_output(OutputConfig::save(&to));
        let error = lib::run(&nowhere, &mut Silent).expect_err("a missing file");
        assert_eq!((error.kind(), error.subject()), (ErrorKind::Open, missing.to_str().unwrap()));
        assert_eq!(error.summary(), None, "nothing was opened");
        let source = std::error::Error::source(&error).expect("the system's own error");
        let source = source.downcast_ref::<std::io::Error>().expect("an I/O error");
        assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
    }
}

#[test]
fn concurrent_runs_do_not_affect_each_other() {
    let workspace = Workspace::new();
    thread::scope(|scope| {
        for n in 1..=4_u32 {
            let (good, bad) = (workspace.path(format!("{n}.rrd")), workspace.path(format!("{n}")));
            scope.spawn(move || {
                let frames = 10 * n;
                assert_eq!(recorded(&pattern(frames, 32 * n, &good), &good), frames as usize);
            });
            scope.spawn(move || {
                // Each fails for its own reason, which must not appear in another.
                let filter = format!("nosuchfilter{n}");
                let mut config = pattern(5, 64, &bad);
                config.video.filter = Some(filter.clone());
                let error = lib::run(&config, &mut Silent).expect_err("no such filter");
                assert_eq!(error.kind(), ErrorKind::Filter);
                assert!(error.cause().contains(&filter), "{error}");
            });
        }
    });
}

/// Cancels a run as soon as it reports frames.
struct AtFirstFrame(Cancel);

impl Reporter for AtFirstFrame {
    fn event(&mut self, event: &Event<'_>) {
        if matches!(event, Event::Progress { progress, .. } if progress.logged > 0) {
            self.0.cancel();
        }
    }
}

#[test]
fn a_run_that_is_cancelled_ends_by_itself() {
    let workspace = Workspace::new();
    let (endless, other) = (workspace.path("endless.rrd"), workspace.path("other.rrd"));
    let cancel = Cancel::new();
    let config = Config::new(InputConfig::new("lavfi:testsrc2=size=64x64:rate=25"))
        .with_output(OutputConfig::save(&endless))
        .with_cancel(cancel.clone());
    let summary = thread::scope(|scope| {
        let cancelled = scope.spawn(|| lib::run(&config, &mut AtFirstFrame(cancel.clone())));
        assert_eq!(recorded(&pattern(50, 64, &other), &other), 50);
        cancelled.join().expect("no panic").expect("a cancelled run is no failure")
    });
    assert!(summary.cancelled && summary.total(|counts| counts.logged) > 0, "{summary:?}");

    // What looks at inputs is ended by the same switch.
    assert!(lib::plan(&config).is_err());
    assert!(lib::probe(&config).iter().all(Result::is_err));
}

#[test]
fn a_failed_run_has_a_summary() {
    let workspace = Workspace::new();
    let mut config = pattern(5, 64, &workspace.path("out.rrd"));
    config.video.filter = Some("nosuchfilter".to_owned());
    let failed = |config: &Config| -> lib::Result<lib::Summary> {
        // The error of a run is the error of everything else.
        let summary = lib::run(config, &mut Silent)?;
        Ok(summary)
    };
    let error = failed(&config).expect_err("no such filter");
    let summary = error.summary().expect("a summary");
    let [track] = &summary.tracks[..] else { panic!("{summary:?}") };
    assert_eq!(track.stream.width, 64);
    assert!(track.progress.read > 0 && track.progress.logged == 0, "{summary:?}");
    assert!(summary.outputs.is_empty() && !summary.cancelled, "{summary:?}");
}

#[test]
fn every_input_has_its_own_settings() {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let source = |size: &str, frames| {
        InputConfig::new(format!("lavfi:testsrc2=size={size}:rate=25,trim=end_frame={frames}"))
    };
    let mut config = Config::new(source("64x64", 20).with_entity("robot/rear").with_filter("null"))
        .with_input(source("128x64", 20).with_start(Duration::from_millis(400)))
        .with_video(lib::VideoConfig::default().with_preset("ultrafast"))
        .with_output(OutputConfig::save(&to));
    config.video.filter = Some("crop=32:32".to_owned());
    config.inputs[1].entity = Some("robot/front".to_owned());
    config.inputs.push(source("96x96", 5));
    let plan = lib::plan(&config).expect("a plan");
    let sizes = plan.tracks.iter().map(|track| match &track.way {
        lib::PlannedWay::Encode { filters, .. } => filters.join(","),
        _ => String::new(),
    });
    assert_eq!(sizes.filter(|filters| filters.contains("crop=32:32")).count(), 2);
    let summary = lib::run(&config, &mut Silent).expect("a run");
    let entities: Vec<&str> = summary.tracks.iter().map(|track| &*track.entity).collect();
    assert_eq!(entities[..2], ["robot/rear", "robot/front"]);
    let recording = Recording::open(&to);
    let frames = |entity: &str| recording.videos[entity].samples.len();
    assert_eq!(frames("robot/rear"), 20);
    assert_eq!(frames("robot/front"), 10);
}
