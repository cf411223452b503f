//! `--json`, `--probe` and `--dry-run`: every line matches the schema and is correct.
//! The schema is the one that the program prints.

use serde_json::Value;
use std::path::{Path, PathBuf};

use crate::support::recording::Recording;
use crate::support::run::{Program, Workspace, vstream};
use crate::support::schema::{Schema, events};
use crate::support::{generate, skip};

fn clip() -> Option<PathBuf> {
    let steps = "{v} {a} -metadata title=Testing -c:v libx264 -bf 2 -c:a aac";
    skip::have(&["ffmpeg"]).then(|| generate::video("clip.mp4", steps))
}

fn only<'a>(lines: &'a [Value], event: &str) -> &'a Value {
    let found: Vec<&Value> = lines.iter().filter(|line| line["event"] == event).collect();
    assert_eq!(found.len(), 1, "{event} among {:?}", events(lines));
    found[0]
}

fn with(options: &str, path: &Path) -> Program {
    vstream().arg("--json").words(options).arg("--").arg(path)
}

#[test]
fn a_run_is_reported_from_start_to_exit() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().args(["--json", "--save"]).arg(&to).arg(&path);
    let outcome = run.run().expect(0);
    let lines = Schema::load().lines(&outcome);
    let told = events(&lines);
    assert_eq!(&told[..2], ["opened", "output"]);
    // Warnings come whenever they are due: of so short a clip after its end.
    let told: Vec<&str> = told.into_iter().filter(|event| *event != "warning").collect();
    assert_eq!(&told[told.len() - 3..], ["ended", "finished", "exit"]);
    let count = Recording::open(&to).only_video().samples.len() as u64;
    assert_eq!(only(&lines, "ended")["logged"], count);
    assert_eq!(only(&lines, "finished")["tracks"][0]["logged"], count);
    assert_eq!(only(&lines, "exit")["status"], 0);
    assert_eq!(outcome.summary("logged"), count, "people are told as well");
}

#[test]
fn a_failure_is_reported_with_its_parts() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let schema = Schema::load();
    let missing = workspace.path("missing.mp4");
    let outcome = with("--save out.rrd", &missing).run().expect(1);
    let lines = schema.lines(&outcome);
    assert_eq!(events(&lines), ["error", "exit"]);
    assert_eq!(lines[0]["kind"], "open");
    assert!(lines[0]["subject"].as_str().expect("a subject").ends_with("missing.mp4"));
    assert!(lines[0]["hint"].is_string() && lines[1]["status"] == 1, "{lines:?}");
    assert!(outcome.stderr.starts_with("error: "), "{}", outcome.stderr);
    for wrong in ["--nosuch", "--preset nosuch", "--timeline frame"] {
        let run = vstream().words(wrong).arg("--json").arg(&path).words("--save other.rrd");
        let lines = schema.lines(&run.current_dir(workspace.dir()).run().expect(2));
        let told = [&lines[lines.len() - 2], &lines[lines.len() - 1]];
        assert_eq!((&told[0]["event"], &told[1]["status"]), (&"error".into(), &2.into()));
    }
}

#[test]
fn an_interrupted_run_says_so() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let run = vstream().arg(&path).args(["--json", "--loop", "1000", "--save"]);
    let mut running = run.arg(workspace.path("out.rrd")).start();
    running.wait_for_line("writing ");
    running.signal("INT");
    let lines = Schema::load().lines(&running.finish().expect(130));
    assert_eq!(only(&lines, "exit")["status"], 130);
    let finished = only(&lines, "finished");
    assert_eq!((&finished["cancelled"], &finished["complete"]), (&true.into(), &false.into()));
}

#[test]
fn a_probe_reports_every_stream_and_why_one_is_taken() {
    let Some(_) = clip() else { return };
    let path = generate::video(
        "two.mkv",
        "{v} -itsoffset 0.5 -f lavfi -i testsrc2=size=64x48:rate=10:duration=1 {a} -map 0 -map 1 -map 2 \
          -c:v libx264 -bf 2 -c:a aac -metadata title=Testing -color_range tv -colorspace bt709 \
          -color_primaries bt709 -color_trc bt709",
    );
    let schema = Schema::load();
    let lines = schema.lines(&with("--probe", &path).run().expect(0));
    let input = only(&lines, "input");
    assert_eq!(input["metadata"]["title"], "Testing");
    let streams = input["streams"].as_array().expect("streams");
    let kinds: Vec<_> = streams.iter().map(|s| s["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["video", "video", "audio"]);
    assert_eq!([&streams[0]["taken"], &streams[1]["taken"]], [true, false]);
    assert_eq!(streams[1]["why"], "stream 0 is marked as the default");
    let video = &streams[0]["video"];
    assert_eq!((&video["width"], &video["frame_rate"]), (&128.into(), &"25/1".into()));
    assert_eq!(video["matrix"], "bt709");
    assert_eq!(video["copy"]["can"], false);
    assert!(video["copy"]["because"][0].as_str().unwrap().contains("B-frames"), "{video}");
    let said = vstream().arg("--probe").arg(&path).run().expect(0);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    for words in ["title: Testing", "128x96, 25 fps", "not taken: stream 0", "holds B-frames"] {
        assert!(said.contains(words), "no {words:?} in:\n{said}");
    }
}

/// What the headers of an MP4 file make certain is not decoded from a picture first. FFmpeg does decode one where the
/// headers may lie in the packets, as `avc3` says.
#[test]
fn headers_describe_pictures_as_their_decoder_does() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    for (nth, settings) in [
        "-bf 0",
        "-bf 2",
        "-bf 0 -profile:v baseline",
        "-bf 0 -vf crop=126:90",
        "-bf 0 -vf setsar=1",
        "-bf 0 -vf setsar=4/3",
        "-bf 0 -pix_fmt yuvj420p",
        "-bf 0 -pix_fmt yuv444p",
        "-bf 0 -pix_fmt yuv420p10",
        "-bf 0 -color_range pc -colorspace smpte170m -color_primaries bt470bg -color_trc gamma28",
        "-bf 0 -color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709",
        "-bf 0 -colorspace bt2020nc -color_primaries bt2020 -color_trc arib-std-b67",
        "-bf 0 -flags +ildct+ilme -x264-params tff=1",
        "-bf 0 -fps_mode vfr -vf select=not(eq(n\\,3))",
    ]
    .into_iter()
    .enumerate()
    {
        let encode = format!("{{v}} -c:v libx264 {settings}");
        let headers = generate::video(&format!("headers_{nth}.mp4"), &encode);
        let steps = [&format!("{encode} > encoded.mp4"), "-i {prev} -c copy -tag:v avc3"];
        let decoded = generate::steps(&format!("decoded_{nth}.mp4"), &steps);
        let [headers, decoded] = [headers, decoded].map(|path| {
            let lines = Schema::load().lines(&with("--probe", &path).run().expect(0));
            only(&lines, "input")["streams"].clone()
        });
        assert_eq!(headers, decoded, "{settings}");
    }
}

#[test]
fn a_probe_reports_each_input_separately() {
    let Some(path) = clip() else { return };
    let tone = generate::video("tone.flac", "{a}");
    let workspace = Workspace::new();
    let run = vstream().args(["--json", "--probe"]).arg(&tone).arg(workspace.path("missing"));
    let lines = Schema::load().lines(&run.arg(&path).run().expect(1));
    assert_eq!(events(&lines), ["input", "error", "input", "exit"]);
    assert_eq!(lines[0]["streams"][0]["kind"], "audio");
    assert_eq!(lines[0]["streams"][0]["taken"], true);
}

/// The plan is what the run then does, in the same words, and planning itself does nothing.
#[test]
fn a_dry_run_predicts_a_run_and_changes_nothing() {
    let Some(path) = clip() else { return };
    let turned =
        generate::steps("turned.mp4", &["{v} -c:v libx264 -bf 0 > plain.mp4", "turn {prev}"]);
    let schema = Schema::load();
    for (path, options) in [
        (&path, ""),
        (&path, "--codec auto"),
        (&turned, "--codec auto --max-size 50x50"),
        (&turned, "--start 0.5 --duration 0.5"),
    ] {
        let workspace = Workspace::new();
        let run = |more: &str| {
            let run = vstream().arg("--json").words(options).words(more).words("--save out.rrd");
            schema.lines(&run.arg(path).current_dir(workspace.dir()).run().expect(0))
        };
        let planned = run("--dry-run");
        assert_eq!(std::fs::read_dir(workspace.dir()).unwrap().count(), 0, "a file was made");
        let plan = &only(&planned, "plan")["tracks"][0];
        let done = run("");
        let opened = only(&done, "opened");
        assert_eq!(plan["entity"], opened["entity"]);
        let said = opened["plan"].as_str().unwrap();
        assert!(said.starts_with(plan["encoder"].as_str().unwrap_or("copied")), "{plan}\n{said}");
        assert!(plan["not_copied"].as_str().is_none_or(|why| said.contains(why)), "{plan}\n{said}");
        let recording = Recording::open(&workspace.path("out.rrd"));
        let sps = crate::support::check::sps_of(recording.only_video());
        assert_eq!(plan["size"], format!("{}x{}", sps.width, sps.height), "{plan}");
        let times = recording.only_video().times();
        let seconds = |field: &str| plan[field].as_f64();
        let ends = seconds("end").unwrap_or(f64::MAX);
        let last = *times.last().unwrap() as f64 / 1e9;
        assert!(times[0] as f64 / 1e9 >= seconds("start").unwrap() && last < ends, "{plan}");
    }
}

#[test]
fn a_dry_run_explains_each_output_and_rejects_impossible_ones() {
    let Some(path) = clip() else { return };
    let workspace = Workspace::new();
    let run = |words: &str| {
        let run = vstream().arg(&path).arg("--dry-run").words(words).current_dir(workspace.dir());
        run.env("DISPLAY", "").env("WAYLAND_DISPLAY", "").run()
    };
    let said = String::from_utf8_lossy(&run("").expect(0).stdout).into_owned();
    assert!(said.contains("serve a web viewer") && said.contains("no display"), "{said}");
    let said = String::from_utf8_lossy(&run("--connect --spawn").expect(0).stdout).into_owned();
    assert!(
        said.contains("127.0.0.1:9876") && said.contains("asked for"),
        "nobody listens:\n{said}"
    );
    run("--save no/such/folder/out.rrd").expect(1);
    run("--save .").expect(1);
    run("--codec copy").expect(1);
}

#[test]
fn devices_are_lines_of_json() {
    let outcome = vstream().args(["--json", "--list-devices"]).run().expect(0);
    let lines = Schema::load().lines(&outcome);
    assert!(lines.iter().all(|line| line["event"] == "device" || line["event"] == "exit"));
    assert_eq!(lines.last().expect("a line")["status"], 0);
}

#[test]
fn encoders_are_lines_of_json() {
    let outcome = vstream().args(["--json", "--list-encoders"]).run().expect(0);
    let lines = Schema::load().lines(&outcome);
    let x264 = lines.iter().find(|line| line["name"] == "libx264").expect("libx264");
    assert_eq!((&x264["codec"], &x264["hardware"]), (&"h264".into(), &false.into()));
    assert!(lines[..lines.len() - 1].iter().all(|line| line["event"] == "encoder"));
}
