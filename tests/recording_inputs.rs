//! Recordings and bags through pipes, to viewers, into a stream of the caller's, and in a dry run.
//! From file to file they are in `recordings` and `bags`.

use std::path::Path;

use rerun::log::LogMsg;
use rerun::{EncodedImage, Points3D, RecordingStream, RecordingStreamBuilder, VideoStream};
use vstream::{Config, Silent};

use crate::recordings::{jpegs, recording};
use crate::support::messages::{chunks, messages, rows};
use crate::support::packets::packets;
use crate::support::ports::port_of;
use crate::support::recording::Recording;
use crate::support::run::{Workspace, program, vstream, wait_until};
use crate::support::server::{Server, Serving, connect};
use crate::support::{generate, skip};
use crate::viewers::join;

/// 40 pictures of a camera beside some points, on a timeline as vstream's own.
fn camera(rec: &RecordingStream) {
    rec.log_static("map", &Points3D::new([(0.0, 0.0, 0.0)])).expect("points");
    for (at, picture) in jpegs().1.into_iter().enumerate() {
        rec.set_duration_secs("time", at as f64 * 0.04);
        rec.log("camera", &EncodedImage::from_file_contents(picture)).expect("a picture");
    }
}

fn samples(messages: &[LogMsg], entity: &str) -> usize {
    rows(messages, entity, VideoStream::descriptor_sample().component).len()
}

#[test]
fn recordings_come_through_standard_input() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let workspace = Workspace::new();
    let (rrd, mcap) = (workspace.path("from.rrd"), workspace.path("from.mcap"));
    recording(&rrd, camera);
    crate::bags::small(&mcap);
    for (from, entity, count) in [(&rrd, "camera", 40), (&mcap, "rgb8", 12)] {
        let to = workspace.path("to.rrd");
        let bytes = std::fs::read(from).expect("a recording");
        vstream().arg("-").arg("--save").arg(&to).stdin(bytes.clone()).run().expect(0);
        assert_eq!(samples(&messages(&to), entity), count, "{entity} through a pipe");
        let mp4 = workspace.path(format!("{entity}.mp4"));
        vstream().arg("-").arg("--save").arg(&mp4).stdin(bytes).run().expect(0);
        assert_eq!(packets(&mp4).len(), count, "{entity} through a pipe");
        // A file that is redirected is no pipe.
        let file = std::fs::File::open(from).expect("a recording");
        vstream().arg("-").arg("--save").arg(&to).stdin_file(file).run().expect(0);
        assert_eq!(samples(&messages(&to), entity), count, "{entity} redirected");
    }
    // What is no recording is still read from its beginning.
    let clip = generate::video("clip.mkv", "{v} -c:v libx264");
    let to = workspace.path("clip.rrd");
    let bytes = std::fs::read(&clip).expect("a video");
    vstream().arg("-").arg("--save").arg(&to).stdin(bytes).run().expect(0);
    assert_eq!(Recording::open(&to).only_video().samples.len(), 40);
    // Nothing at all.
    let nothing = vstream().words("- -f rrd --save").arg(&to).stdin(Vec::new()).run().expect(1);
    assert!(nothing.stderr.contains("standard input"), "{}", nothing.stderr);
}

#[test]
fn recordings_go_to_viewers() {
    if !skip::have(&["ffmpeg", "rerun"]) {
        return;
    }
    let workspace = Workspace::new();
    let from = workspace.path("from.rrd");
    recording(&from, camera);
    let server = Server::start();
    connect(&server.address).arg(&from).run().expect(0);
    wait_until("all samples arrive", || server.has_samples(40));
    assert_eq!(server.recording().recording_id, "drive");

    let server = Server::start();
    let run = vstream().arg(&from).arg("--spawn").arg("--port").arg(port_of(&server.address));
    run.run().expect(0);
    wait_until("all samples arrive", || server.has_samples(40));

    let mut serving = Serving::start(vstream().arg(&from).arg("--serve"));
    serving.running.wait_for_line("serving until Ctrl-C");
    let late = workspace.path("late.rrd");
    let viewer = join(&serving, &late);
    wait_until("all samples arrive", || Recording::samples_so_far(&late) == [40]);
    viewer.signal_all("KILL");
    serving.running.signal("INT");
    serving.running.finish().expect(0);
}

#[test]
fn a_recording_goes_into_a_stream_of_the_caller() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let from = workspace.path("from.rrd");
    recording(&from, camera);
    let (rec, storage) = RecordingStreamBuilder::new("mine").recording_id("mine").memory().unwrap();
    rec.set_duration_secs("time", 0.5);
    rec.log("speed", &rerun::Scalars::single(0.7)).unwrap();
    let summary = vstream::log_into(&rec, &Config::new(&from), &mut Silent).unwrap();
    assert_eq!(summary.total(|counts| counts.logged), 40);
    rec.flush_blocking().unwrap();
    let messages = storage.take();
    assert!(messages.iter().all(|message| message.store_id().recording_id().to_string() == "mine"));
    assert_eq!(samples(&messages, "camera"), 40);
    let entities: Vec<String> =
        chunks(&messages).iter().map(|chunk| chunk.entity_path().to_string()).collect();
    for entity in ["/map", "/speed", "/camera"] {
        assert!(entities.iter().any(|it| it == entity), "no {entity} in {entities:?}");
    }
    let names = chunks(&messages).iter().any(|chunk| {
        chunk.components_identifiers().any(|it| it.to_string().starts_with("RecordingInfo:name"))
    });
    assert!(!names, "the name of the other recording replaces the caller's");
}

#[test]
fn a_dry_run_lists_what_happens_to_each_entity() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("from.rrd"), workspace.path("to.rrd"));
    recording(&from, camera);
    let plan = |from: &Path, more: &str| {
        let run = vstream().arg(from).words("--dry-run --save").arg(&to).words(more).run();
        let text = String::from_utf8_lossy(&run.expect(0).stdout).into_owned();
        assert!(!to.exists(), "a dry run wrote something");
        text
    };
    let text = plan(&from, "");
    for word in ["40 pictures as EncodedImage", "mjpeg 128x96", "libx264", "/camera on", "time"] {
        assert!(text.contains(word), "no {word:?} in:\n{text}");
    }
    assert!(plan(&from, "--json").contains("\"entity\":\"/camera\""));
    vstream().arg(&from).arg("--save").arg(&to).run().expect(0);
    let video = workspace.path("video.rrd");
    std::fs::rename(&to, &video).expect("another name");
    let text = plan(&video, "--drop-other");
    assert!(text.contains("h264 packets as they are"), "{text}");
    let piped = program("sh").arg("-c").arg(format!(
        "cat '{}' | '{}' - --probe",
        from.display(),
        env!("CARGO_BIN_EXE_vstream")
    ));
    let piped = piped.run().expect(0).stdout;
    assert!(String::from_utf8_lossy(&piped).contains("standard input"), "{piped:?}");
}
