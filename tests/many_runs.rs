//! Fifty runs of several kinds in one process leave no memory, threads or open files behind.
//! What each run produces is in other tests.

use std::path::Path;
use std::thread;
use std::time::Duration;

use ::vstream as lib;
use lib::{
    Cancel, CodecChoice, Config, Event, FrameConfig, FrameWriter, OutputConfig, PixelLayout,
    Reporter, Silent, Size, VideoConfig,
};

use crate::support::resources::Resources;
use crate::support::run::{Workspace, alone};
use crate::support::{generate, skip};

/// Each kind several times before the first look: these fill the caches of FFmpeg, of Rerun and of the allocator.
const FIRST: usize = 21;
const RUNS: usize = 50;

/// So many kilobytes are no growth: 100 for each run.
const MOST: u64 = 5000;

/// Cancels a run at its first event.
struct AtOnce(Cancel);

impl Reporter for AtOnce {
    fn event(&mut self, _event: &Event<'_>) {
        self.0.cancel();
    }
}

/// A run that is done, copied, cancelled, without an input, without its filter, abandoned by its caller, or of pictures
/// of the caller's own.
fn run(nth: usize, video: &Path, workspace: &Workspace) {
    let to = workspace.path(format!("{nth}.rrd"));
    let config = Config::new(video)
        .with_video(VideoConfig::default().with_preset("ultrafast"))
        .with_output(OutputConfig::save(&to));
    match nth % 7 {
        0 => assert!(lib::run(&config, &mut Silent).expect("a run").is_clean()),
        1 => {
            let video = config.video.clone().with_codec(CodecChoice::Auto);
            let mp4 = OutputConfig::save(workspace.path(format!("{nth}.mp4")));
            lib::run(&config.with_video(video).with_output(mp4), &mut Silent).expect("a run");
        }
        2 => {
            let cancel = Cancel::new();
            let config = config.with_cancel(cancel.clone());
            // Whether it is cancelled in time depends on the machine.
            let _ = lib::run(&config, &mut AtOnce(cancel));
        }
        3 => {
            let missing =
                Config::new(workspace.path("missing.mp4")).with_output(OutputConfig::save(&to));
            lib::run(&missing, &mut Silent).expect_err("a missing file");
        }
        4 => {
            let mut config = config;
            config.video.filter = Some("nosuchfilter".to_owned());
            lib::run(&config, &mut Silent).expect_err("no such filter");
        }
        5 => {
            let mut config = config;
            config.outputs.clear();
            let mut samples = lib::samples(&config).expect("samples");
            samples.next().expect("one").expect("a sample");
        }
        _ => {
            let stream = rerun::RecordingStreamBuilder::new("many_runs").save(&to).expect("a file");
            let pictures = FrameConfig::new(Size::new(64, 48), PixelLayout::Rgb)
                .with_video(VideoConfig::default().with_preset("ultrafast"));
            let mut writer = FrameWriter::new(&stream, "camera", &pictures).expect("a writer");
            for n in 0..10_u8 {
                let time = Duration::from_millis(40 * u64::from(n));
                writer.write(time, &[n; 64 * 48 * 3]).expect("a picture");
            }
            assert_eq!(writer.finish().expect("an end").logged, 10);
        }
    }
}

/// What this process holds once the threads of a run have ended: some are about to when it returns.
fn settled() -> Resources {
    let mut held = Resources::of("self");
    loop {
        thread::sleep(Duration::from_millis(200));
        let now = Resources::of("self");
        if (now.threads, now.files) == (held.threads, held.files) {
            return now;
        }
        held = now;
    }
}

#[test]
fn fifty_runs_leave_nothing_behind() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let video = generate::video("many.mp4", "{v} {a} -c:v libx264 -bf 0 -g 10 -c:a aac");
    if !alone("many_runs::fifty_runs_leave_nothing_behind") {
        return;
    }
    let workspace = Workspace::new();
    (0..FIRST).for_each(|nth| run(nth, &video, &workspace));
    let before = settled();
    (FIRST..FIRST + RUNS).for_each(|nth| run(nth, &video, &workspace));
    let after = settled();
    assert_eq!((after.threads, after.files), (before.threads, before.files));
    assert!(after.kilobytes < before.kilobytes + MOST, "memory grows");
}
