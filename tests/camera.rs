//! A real V4L2 camera: the kernel's virtual one, in a virtual machine that boots once for all checks.
//! `camera/checks.sh` runs inside the machine; its results are checked here.

use std::path::Path;

use crate::support::check::{Wanted, assert_contract_as};
use crate::support::recording::{Recording, Video};
use crate::support::run::{Workspace, program, read};
use crate::support::skip;
use crate::support::sps::Sps;

const LIVE: Wanted = Wanted {
    timeline: "time",
    keyframe_interval: 1_000_000_000,
    file_layout: true,
    wall_clock: true,
};

struct Results<'a>(&'a Path);

impl Results<'_> {
    fn text(&self, file: &str) -> String {
        String::from_utf8_lossy(&read(&self.0.join(file))).into_owned()
    }

    /// The messages of one run, which ended as it should.
    #[track_caller]
    fn ended(&self, name: &str, status: &str) -> String {
        let said = self.text(&format!("{name}.err"));
        assert_eq!(self.text(&format!("{name}.status")).trim(), status, "{name}:\n{said}");
        said
    }

    #[track_caller]
    fn recording(&self, name: &str) -> Recording {
        let recording = Recording::open(&self.0.join(format!("{name}.rrd")));
        let keyframe_interval =
            if matches!(name, "interrupt" | "unplug") { 300_000_000 } else { 1_000_000_000 };
        assert_contract_as(&recording, &Wanted { keyframe_interval, ..LIVE });
        assert_eq!(recording.only_video().times().first(), Some(&0), "{name}");
        recording
    }
}

fn size(video: &Video) -> (u32, u32) {
    let Sps { width, height, .. } = crate::support::check::sps_of(video);
    (width, height)
}

#[test]
fn a_camera_from_listing_to_unplugging() {
    let programs = ["qemu-system-x86_64", "busybox", "cpio", "depmod", "v4l2-ctl"];
    if !skip::have(&programs) {
        return;
    }
    let workspace = Workspace::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/camera");
    let outcome = program("bash")
        .arg(here.join("vm.sh"))
        .arg(here.join("checks.sh"))
        .args([env!("CARGO_BIN_EXE_vstream").as_ref(), workspace.dir().as_os_str()])
        .env("CAMERA_VM_CACHE", concat!(env!("CARGO_TARGET_TMPDIR"), "/camera-vm"))
        .limit(std::time::Duration::from_secs(600))
        .run();
    if outcome.code == Some(125) {
        skip::missing(&format!("no virtual machine: {}", outcome.stderr));
        return;
    }
    outcome.expect(0);
    let results = Results(workspace.dir());
    listing(&results);
    modes(&results);
    driver_times(&results);
    ends(&results);
}

fn listing(results: &Results<'_>) {
    results.ended("list", "0");
    let listed = results.text("list.out");
    assert!(listed.starts_with("/dev/video0  vivid\n"), "{listed}");
    for mode in ["yuyv422", "nv12", "640x360     40, 30, 25, 15, 12.5, 10, 5, 4, 2, 1 fps"] {
        assert!(listed.contains(mode), "{mode} in {listed}");
    }
    let said = results.ended("no-mode", "1");
    assert!(said.contains("no mode 123x45") && said.contains("640x360"), "{said}");
}

fn modes(results: &Results<'_>) {
    let said = results.ended("default", "0");
    assert!(said.contains("/dev/video0 (vivid)"), "{said}");
    // The largest that is smooth.
    assert_eq!(size(results.recording("default").only_video()), (640, 480));
    let said = results.ended("chosen", "0");
    assert!(said.contains("320x180, 10 fps"), "{said}");
    let recording = results.recording("chosen");
    let video = recording.only_video();
    assert_eq!(size(video), (320, 180));
    assert!(video.times().iter().all(|t| *t < 2_500_000_000));
    assert!(
        recording.properties["video/pixel_format"].contains("uyvy422"),
        "{:?}",
        recording.properties
    );
}

/// The kernel's own record of each buffer it gave out, against the capture times.
fn driver_times(results: &Results<'_>) {
    let trace = results.text("driver.txt");
    let field = |line: &str| {
        let rest = line.split_once("timestamp = ")?.1;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<i64>().ok()
    };
    let driver: Vec<i64> =
        trace.lines().filter(|l| l.contains("v4l2_dqbuf:")).filter_map(field).collect();
    assert!(driver.len() > 3, "the kernel's record of the driver:\n{trace}");
    let recording = results.recording("chosen");
    let samples = &recording.only_video().samples;
    assert!(samples.len() > 3, "{} samples", samples.len());
    let captured: Vec<i64> =
        samples.iter().map(|s| s.capture_time.expect("a capture time")).collect();
    // Drivers tell whole microseconds. One constant offset puts every frame on one of the driver's.
    let micros = |times: &[i64], from: i64| -> Vec<i64> {
        times.iter().map(|t| (t - from) / 1000).collect()
    };
    let ours = micros(&captured, captured[0]);
    let found = driver.iter().any(|start| {
        let theirs = micros(&driver, *start);
        ours.iter().all(|t| theirs.iter().any(|d| (d - t).abs() <= 1))
    });
    assert!(found, "ours {ours:?}\ndriver {:?}", micros(&driver, driver[0]));
    let times: Vec<i64> = samples.iter().map(|s| s.time).collect();
    assert_eq!(micros(&times, times[0]), ours, "both timelines have the same spacing");
}

fn ends(results: &Results<'_>) {
    results.ended("interrupt", "0");
    assert!(!results.recording("interrupt").only_video().samples.is_empty());
    let said = results.ended("unplug", "1");
    assert!(said.contains("unplugged"), "{said}");
    assert!(!results.recording("unplug").only_video().samples.is_empty());
}
