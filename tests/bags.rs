//! Bags in MCAP as inputs: ROS 2 images of every encoding become video, other topics are logged as Rerun shows them.
//! What bags share with recordings is tested in `recordings`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use mcap::{Compression, WriteOptions};
use rerun::VideoStream;

use crate::support::convert::refused;
use crate::support::messages::{chunks, messages, rows};
use crate::support::picture::decode_video;
use crate::support::recording::Recording;
use crate::support::run::{Workspace, vstream};
use crate::support::skip;

const WIDTH: u32 = 64;
const HEIGHT: u32 = 48;
pub const PICTURES: u64 = 12;

pub const IMAGE: &str = "std_msgs/Header header\nuint32 height\nuint32 width\nstring encoding\n\
    uint8 is_bigendian\nuint32 step\nuint8[] data\n\
    ================================================================================\n\
    MSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id\n\
    ================================================================================\n\
    MSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n";

/// What the quarters of every picture show: red, green, blue and white.
pub const QUARTERS: [[u8; 3]; 4] = [[200, 30, 30], [30, 180, 30], [30, 30, 200], [220, 220, 220]];

fn colour(x: u32, y: u32) -> [u8; 3] {
    QUARTERS[usize::from(x >= WIDTH / 2) + 2 * usize::from(y >= HEIGHT / 2)]
}

fn grey([r, g, b]: [u8; 3]) -> u8 {
    (0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b)) as u8
}

/// The bytes of a row of a picture in an encoding of ROS.
fn row(encoding: &str, y: u32) -> Vec<u8> {
    let pixel = |x: u32| -> Vec<u8> {
        let [r, g, b] = colour(x, y);
        let grey = grey([r, g, b]);
        match encoding {
            "rgb8" => vec![r, g, b],
            "bgr8" => vec![b, g, r],
            "rgba8" => vec![r, g, b, 255],
            "bgra8" => vec![b, g, r, 255],
            "mono8" => vec![grey],
            "mono16" => vec![grey, grey],
            "bayer_rggb8" => vec![match (x % 2, y % 2) {
                (0, 0) => r,
                (1, 1) => b,
                _ => g,
            }],
            "bayer_bggr8" => vec![match (x % 2, y % 2) {
                (0, 0) => b,
                (1, 1) => r,
                _ => g,
            }],
            "yuv422" => vec![128, (16.0 + f64::from(grey) * 219.0 / 255.0) as u8],
            "yuv422_yuy2" => vec![(16.0 + f64::from(grey) * 219.0 / 255.0) as u8, 128],
            other => panic!("no encoding {other}"),
        }
    };
    (0..WIDTH).flat_map(pixel).collect()
}

/// `sensor_msgs/msg/Image` in CDR, with `gap` bytes behind every row.
pub fn image(encoding: &str, seconds: u32, gap: usize) -> Vec<u8> {
    let mut data = vec![0, 1, 0, 0];
    let number = |data: &mut Vec<u8>, value: u32| {
        data.resize(data.len().next_multiple_of(4), 0);
        data.extend(value.to_le_bytes());
    };
    let text = |data: &mut Vec<u8>, text: &str| {
        number(data, text.len() as u32 + 1);
        data.extend(text.bytes().chain([0]));
    };
    number(&mut data, seconds);
    number(&mut data, 5);
    text(&mut data, "camera");
    number(&mut data, HEIGHT);
    number(&mut data, WIDTH);
    text(&mut data, encoding);
    data.push(0);
    let rows: Vec<Vec<u8>> = (0..HEIGHT).map(|y| row(encoding, y)).collect();
    let step = rows[0].len() + gap;
    number(&mut data, step as u32);
    number(&mut data, (step * HEIGHT as usize) as u32);
    for row in rows {
        data.extend(row);
        // Noise, so that a bag of little pictures does not shrink to nothing.
        data.extend(
            (0..gap).map(|at| (data.len() * 31 + at * 97 + at * at * 13) as u8).collect::<Vec<_>>(),
        );
    }
    data
}

fn bag(path: &Path, encodings: &[&str], options: WriteOptions) {
    part(path, encodings, options, 0..PICTURES);
}

/// A bag with some of the pictures, or a file of a bag.
fn part(path: &Path, encodings: &[&str], options: WriteOptions, pictures: Range<u64>) {
    let mut writer = options.create(std::fs::File::create(path).expect("a file")).expect("a bag");
    let schema =
        writer.add_schema("sensor_msgs/msg/Image", "ros2msg", IMAGE.as_bytes()).expect("a schema");
    let words =
        writer.add_schema("std_msgs/msg/String", "ros2msg", b"string data\n").expect("a schema");
    let none = BTreeMap::new();
    let topics: Vec<u16> = encodings
        .iter()
        .map(|name| writer.add_channel(schema, &format!("/{name}"), "cdr", &none).expect("a topic"))
        .collect();
    let says = writer.add_channel(words, "/says", "cdr", &none).expect("a topic");
    for at in pictures {
        let time = 1_700_000_000_000_000_000 + at * 100_000_000;
        let mut send = |channel_id, data: &[u8]| {
            let header = mcap::records::MessageHeader {
                channel_id,
                sequence: at as u32,
                log_time: time + 7,
                publish_time: time,
            };
            writer.write_to_known_channel(&header, data).expect("a message");
        };
        for (topic, encoding) in topics.iter().zip(encodings) {
            let gap = if encoding.ends_with('8') { 301 } else { 0 };
            send(*topic, &image(encoding, at as u32, gap));
        }
        send(says, b"\x00\x01\x00\x00\x03\x00\x00\x00hi\x00");
    }
    writer.finish().expect("a whole bag");
}

/// A bag of one camera.
pub fn small(path: &Path) {
    bag(path, &["rgb8"], WriteOptions::new());
}

#[test]
fn pictures_of_ros_in_every_encoding_are_shown_right_at_their_times() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let colours = ["rgb8", "bgr8", "rgba8", "bgra8", "bayer_rggb8", "bayer_bggr8"];
    let greys = ["mono8", "mono16", "yuv422", "yuv422_yuy2"];
    let all: Vec<&str> = colours.into_iter().chain(greys).collect();
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("drive.mcap"), workspace.path("drive.rrd"));
    bag(&from, &all, WriteOptions::new());
    vstream().arg(&from).arg("--save").arg(&to).run().expect(0);
    let messages = messages(&to);
    let recording = Recording::open_on(&to, "message_log_time");
    for name in all {
        let samples = rows(&messages, name, VideoStream::descriptor_sample().component);
        let times = |timeline: &str| -> Vec<i64> {
            samples.iter().map(|(times, _)| times[timeline].1).collect()
        };
        let expected = |offset: i64, step: i64| -> Vec<i64> {
            (0..PICTURES as i64).map(|at| offset + at * step).collect()
        };
        let start = 1_700_000_000_000_000_000;
        assert_eq!(times("message_log_time"), expected(start + 7, 100_000_000), "{name}");
        assert_eq!(times("message_publish_time"), expected(start, 100_000_000), "{name}");
        assert_eq!(times("ros2_timestamp"), expected(5, 1_000_000_000), "{name}");
        let mut shown = decode_video(&recording.videos[name], &workspace);
        let picture = shown.next().expect("a picture");
        for (got, wanted) in picture.quarters().into_iter().zip(QUARTERS) {
            let wanted = if greys.contains(&name) { [grey(wanted); 3] } else { wanted };
            let near =
                got.iter().zip(wanted).all(|(got, wanted)| (got - f64::from(wanted)).abs() < 8.0);
            assert!(near, "{name} shows {got:?} for {wanted:?}");
        }
    }
    let says = chunks(&messages)
        .into_iter()
        .filter(|chunk| chunk.entity_path().to_string() == "/says" && !chunk.is_static());
    assert_eq!(says.map(|chunk| chunk.num_rows() as u64).sum::<u64>(), PICTURES);
}

#[test]
fn bags_of_every_layout_are_read_as_far_as_they_are_intact() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let chunked =
        |compression| WriteOptions::new().compression(compression).chunk_size(Some(20_000));
    let kinds = [
        ("zstd", chunked(Some(Compression::Zstd))),
        ("lz4", chunked(Some(Compression::Lz4))),
        ("none", chunked(None)),
        ("unchunked", WriteOptions::new().use_chunks(false)),
    ];
    for (name, options) in kinds {
        let (from, to) = (workspace.path(name), workspace.path(format!("{name}.rrd")));
        bag(&from, &["rgb8"], options);
        let outcome = vstream().arg(&from).arg("--save").arg(&to).run().expect(0);
        assert_eq!(outcome.summary("logged"), PICTURES, "{name}");
        // Cut off: no index, and half a message at the end.
        let bytes = std::fs::read(&from).expect("a bag");
        let (cut, to) = (workspace.path("cut.mcap"), workspace.path(format!("{name}-cut.rrd")));
        std::fs::write(&cut, &bytes[..bytes.len() * 2 / 3]).expect("a part of it");
        let outcome = vstream().arg(&cut).arg("--save").arg(&to).run().expect(0);
        assert!(outcome.stderr.contains("breaks off"), "{name}: {}", outcome.stderr);
        let logged = outcome.summary("logged");
        assert!((1..PICTURES).contains(&logged), "{name}: {logged} of {PICTURES} pictures");
    }
}

/// A bag as ROS 2 writes it: a folder, split after half of the pictures, whose files number their topics differently.
fn split(folder: PathBuf) -> PathBuf {
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join("metadata.yaml"), "rosbag2_bagfile_information:\n").expect("a file");
    let half = PICTURES / 2;
    let file = |number: u32| folder.join(format!("drive_{number}.mcap"));
    part(&file(9), &["rgb8", "mono8"], WriteOptions::new(), 0..half);
    part(&file(10), &["mono8", "rgb8"], WriteOptions::new(), half..PICTURES);
    folder
}

#[test]
fn a_bag_that_is_a_folder_is_one_recording_of_all_its_files() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let bag = split(workspace.path("drive"));
    // As ROS 2 compresses whole files.
    let (plain, packed) = (bag.join("drive_10.mcap"), bag.join("drive_10.mcap.zstd"));
    let bytes = std::fs::read(&plain).expect("a file");
    std::fs::write(&packed, zstd::encode_all(&*bytes, 3).expect("compressed")).expect("a file");
    std::fs::remove_file(&plain).expect("removed");
    let to = workspace.path("drive.rrd");
    let id = ["--recording-id", "drive-1"];
    let outcome = vstream().arg(&bag).args(id).arg("--save").arg(&to).run().expect(0);
    assert_eq!(outcome.summary("logged"), 2 * PICTURES);
    let messages = messages(&to);
    for topic in ["rgb8", "mono8"] {
        let mut times: Vec<i64> =
            rows(&messages, topic, VideoStream::descriptor_sample().component)
                .iter()
                .map(|row| row.0["message_publish_time"].1)
                .collect();
        times.dedup();
        let wanted: Vec<i64> =
            (0..PICTURES as i64).map(|at| 1_700_000_000_000_000_000 + at * 100_000_000).collect();
        assert_eq!(times, wanted, "{topic}");
    }
    let says = chunks(&messages)
        .into_iter()
        .filter(|chunk| chunk.entity_path().to_string() == "/says" && !chunk.is_static());
    assert_eq!(says.map(|chunk| chunk.num_rows() as u64).sum::<u64>(), PICTURES);

    let ids = messages.iter().map(|message| message.store_id().recording_id().as_str());
    assert!(ids.clone().count() > 0 && ids.into_iter().all(|id| id == "drive-1"));

    // A file that is broken costs what is missing in it, and says so.
    std::fs::write(&packed, &bytes[..bytes.len() / 2]).expect("a file");
    let outcome = vstream().arg(&bag).args(["--force", "--save"]).arg(&to).run().expect(0);
    assert!(outcome.stderr.contains("drive_10.mcap.zstd breaks off"), "{}", outcome.stderr);
    assert!((PICTURES..2 * PICTURES).contains(&outcome.summary("logged")));
}

#[test]
fn bags_are_found_in_folders_like_videos() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let all = workspace.path("all");
    std::fs::create_dir(&all).expect("a folder");
    split(all.join("split"));
    small(&all.join("small.mcap"));
    let to = workspace.path("out");
    vstream().arg(&all).arg("--save").arg(to.join("")).run().expect(0);
    let logged = |name: &str| {
        let messages = messages(&to.join(name));
        rows(&messages, "rgb8", VideoStream::descriptor_sample().component).len() as u64
    };
    assert_eq!(logged("split.rrd"), PICTURES);
    assert_eq!(logged("small.rrd"), PICTURES);
}

#[test]
fn the_error_for_a_bag_without_pictures_lists_its_topics() {
    let workspace = Workspace::new();
    let from = workspace.path("talk.mcap");
    bag(&from, &[], WriteOptions::new());
    let damaged = workspace.path("damaged.mcap");
    std::fs::write(&damaged, b"\x89MCAP0\r\ngarbage").expect("a file");
    refused(vstream().arg(&damaged), &["the bag breaks off", "mcap recover"]);
    let said = ["no topic holds pictures", "/says (std_msgs/msg/String)", "sensor_msgs/msg/Image"];
    refused(vstream().arg(&from), &said);
}
