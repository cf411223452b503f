//! Bags of Foxglove's protobuf messages: images become video, compressed video is kept.
//! Bags of ROS are in `bags`.

use std::collections::BTreeMap;
use std::path::Path;

use rerun::VideoStream;

use crate::recordings::jpegs;
use crate::support::messages::{messages, rows};
use crate::support::packets::{nals, packets, units};
use crate::support::picture::{decode_source, decode_video, mean_psnr};
use crate::support::recording::Recording;
use crate::support::run::{Workspace, vstream};
use crate::support::{annexb, generate, skip};

/// The first message of every bag, in nanoseconds since 1970.
const START: u64 = 1_700_000_000_000_000_000;
/// From one message to the next.
const STEP: u64 = 40_000_000;

fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// A field of a protobuf message.
enum Field<'a> {
    Number(u64, u64),
    Fixed32(u64, u32),
    Bytes(u64, &'a [u8]),
}

fn protobuf(fields: &[Field<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in fields {
        match field {
            Field::Number(number, value) => {
                varint(&mut bytes, number << 3);
                varint(&mut bytes, *value);
            }
            Field::Fixed32(number, value) => {
                varint(&mut bytes, number << 3 | 5);
                bytes.extend(value.to_le_bytes());
            }
            Field::Bytes(number, value) => {
                varint(&mut bytes, number << 3 | 2);
                varint(&mut bytes, value.len() as u64);
                bytes.extend_from_slice(value);
            }
        }
    }
    bytes
}

/// Numbers of the types that a descriptor gives to fields.
const INT64: u64 = 3;
const INT32: u64 = 5;
const FIXED32: u64 = 7;
const STRING: u64 = 9;
const MESSAGE: u64 = 11;
const BYTES: u64 = 12;

/// The descriptor of a file with one message.
fn file(package: &str, message: &str, fields: &[(&str, u64, u64)], uses: &[&str]) -> Vec<u8> {
    let fields: Vec<Vec<u8>> = fields
        .iter()
        .map(|&(name, number, kind)| {
            let mut field = vec![
                Field::Bytes(1, name.as_bytes()),
                Field::Number(3, number),
                Field::Number(4, 1), // one of them
                Field::Number(5, kind),
            ];
            if kind == MESSAGE {
                field.push(Field::Bytes(6, b".google.protobuf.Timestamp"));
            }
            protobuf(&field)
        })
        .collect();
    let mut parts = vec![Field::Bytes(1, message.as_bytes())];
    parts.extend(fields.iter().map(|field| Field::Bytes(2, field)));
    let descriptor = protobuf(&parts);
    let name = format!("{package}/{message}.proto");
    let mut file = vec![Field::Bytes(1, name.as_bytes()), Field::Bytes(2, package.as_bytes())];
    file.extend(uses.iter().map(|used| Field::Bytes(3, used.as_bytes())));
    file.extend([Field::Bytes(4, &descriptor), Field::Bytes(12, b"proto3")]);
    protobuf(&file)
}

/// What a bag says of a message's fields: a set of descriptors.
fn schema(message: &str, fields: &[(&str, u64, u64)]) -> Vec<u8> {
    let times = [("seconds", 1, INT64), ("nanos", 2, INT32)];
    let stamp = file("google.protobuf", "Timestamp", &times, &[]);
    let message = file("foxglove", message, fields, &["google.protobuf/Timestamp.proto"]);
    protobuf(&[Field::Bytes(1, &stamp), Field::Bytes(1, &message)])
}

/// When the nth message was recorded, by itself.
fn stamp(at: u64) -> Vec<u8> {
    let time = START + at * STEP;
    protobuf(&[Field::Number(1, time / 1_000_000_000), Field::Number(2, time % 1_000_000_000)])
}

/// A topic and its messages.
struct Topic {
    name: &'static str,
    message: &'static str,
    schema: Vec<u8>,
    messages: Vec<Vec<u8>>,
}

fn bag(path: &Path, topics: &[Topic]) {
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = mcap::WriteOptions::new().create(file).expect("a bag");
    for topic in topics {
        let name = format!("foxglove.{}", topic.message);
        let schema = writer.add_schema(&name, "protobuf", &topic.schema).expect("a schema");
        let channel = writer.add_channel(schema, topic.name, "protobuf", &BTreeMap::new());
        let channel_id = channel.expect("a topic");
        for (at, data) in topic.messages.iter().enumerate() {
            let time = START + at as u64 * STEP;
            let header = mcap::records::MessageHeader {
                channel_id,
                sequence: at as u32,
                log_time: time,
                publish_time: time,
            };
            writer.write_to_known_channel(&header, data).expect("a message");
        }
    }
    writer.finish().expect("a whole bag");
}

fn compressed_images(pictures: &[Vec<u8>]) -> Topic {
    let fields = [
        ("timestamp", 1, MESSAGE),
        ("data", 2, BYTES),
        ("format", 3, STRING),
        ("frame_id", 4, STRING),
    ];
    let message = |(at, picture): (usize, &Vec<u8>)| {
        protobuf(&[
            Field::Bytes(1, &stamp(at as u64)),
            Field::Bytes(2, picture),
            Field::Bytes(3, b"jpeg"),
            Field::Bytes(4, b"front"),
        ])
    };
    Topic {
        name: "/front",
        message: "CompressedImage",
        schema: schema("CompressedImage", &fields),
        messages: pictures.iter().enumerate().map(message).collect(),
    }
}

fn compressed_video(units: &[Vec<u8>]) -> Topic {
    let fields = [
        ("timestamp", 1, MESSAGE),
        ("frame_id", 2, STRING),
        ("data", 3, BYTES),
        ("format", 4, STRING),
    ];
    let message = |(at, unit): (usize, &Vec<u8>)| {
        protobuf(&[
            Field::Bytes(1, &stamp(at as u64)),
            Field::Bytes(2, b"rear"),
            Field::Bytes(3, unit),
            Field::Bytes(4, b"h264"),
        ])
    };
    Topic {
        name: "/rear",
        message: "CompressedVideo",
        schema: schema("CompressedVideo", &fields),
        messages: units.iter().enumerate().map(message).collect(),
    }
}

/// Raw pictures of one colour.
fn raw_images(encoding: &'static str, name: &'static str, pixel: &[u8], count: u64) -> Topic {
    let fields = [
        ("timestamp", 1, MESSAGE),
        ("width", 2, FIXED32),
        ("height", 3, FIXED32),
        ("encoding", 4, STRING),
        ("step", 5, FIXED32),
        ("data", 6, BYTES),
        ("frame_id", 7, STRING),
    ];
    let pixels = pixel.repeat(64 * 48);
    let step = 64 * pixel.len() as u32;
    let message = |at| {
        protobuf(&[
            Field::Bytes(1, &stamp(at)),
            Field::Fixed32(2, 64),
            Field::Fixed32(3, 48),
            Field::Bytes(4, encoding.as_bytes()),
            Field::Fixed32(5, step),
            Field::Bytes(6, &pixels),
            Field::Bytes(7, name.as_bytes()),
        ])
    };
    Topic {
        name,
        message: "RawImage",
        schema: schema("RawImage", &fields),
        messages: (0..count).map(message).collect(),
    }
}

#[test]
fn images_become_video_and_compressed_video_is_kept() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let (path, pictures) = jpegs();
    let clip = generate::video("plain.mp4", "{v} -c:v libx264 -bf 0 -g 20");
    let workspace = Workspace::new();
    let (rrd, from) = (workspace.path("clip.rrd"), workspace.path("drive.mcap"));
    vstream().words("--codec copy").arg(&clip).arg("--save").arg(&rrd).run().expect(0);
    let video = Recording::open(&rrd);
    let units_of_video: Vec<Vec<u8>> =
        video.only_video().samples.iter().map(|sample| sample.data.clone()).collect();
    let topics = [
        compressed_images(&pictures),
        compressed_video(&units_of_video),
        raw_images("rgb8", "/red", &[200, 30, 30], 5),
        raw_images("mono8", "/grey", &[130], 5),
        raw_images("bayer_rggb8", "/bayer", &[90], 5),
    ];
    bag(&from, &topics);
    let to = workspace.path("drive.rrd");
    vstream().arg(&from).arg("--save").arg(&to).run().expect(0);

    let messages = messages(&to);
    let sample = VideoStream::descriptor_sample().component;
    let expected = |count: u64| -> Vec<i64> {
        (0..count).map(|at| (START + at * STEP).cast_signed()).collect()
    };
    for (entity, count) in [("front", 40), ("rear", 40), ("red", 5), ("grey", 5), ("bayer", 5)] {
        let samples = rows(&messages, entity, sample);
        for timeline in ["timestamp", "message_log_time", "message_publish_time"] {
            let times: Vec<i64> = samples.iter().map(|(times, _)| times[timeline].1).collect();
            assert_eq!(times, expected(count), "{entity} on {timeline}");
        }
        if entity == "rear" {
            let samples: Vec<Vec<u8>> = samples.into_iter().map(|(_, sample)| sample).collect();
            assert_eq!(samples, units_of_video, "the video was encoded anew");
        }
    }
    let recording = Recording::open_on(&to, "timestamp");
    let filter = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
    let shown = decode_video(&recording.videos["front"], &workspace);
    let psnr = mean_psnr(shown, decode_source(&path, 0, filter), 40);
    assert!(psnr > 30.0, "the pictures are not the same: {psnr} dB");
    for (entity, wanted) in
        [("red", [200.0, 30.0, 30.0]), ("grey", [130.0; 3]), ("bayer", [90.0; 3])]
    {
        let picture = decode_video(&recording.videos[entity], &workspace).next();
        let got = picture.expect("a picture").quarters()[0];
        let near = got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 8.0);
        assert!(near, "{entity} shows {got:?} for {wanted:?}");
    }
}

#[test]
fn a_topic_is_saved_as_an_mp4() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let (path, pictures) = jpegs();
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("drive.mcap"), workspace.path("front.mp4"));
    bag(&from, &[compressed_images(&pictures), raw_images("rgb8", "/red", &[200, 30, 30], 5)]);
    let run = vstream().arg(&from).words("--entity front --save").arg(&to);
    let outcome = run.run().expect(0);
    assert_eq!(outcome.summary("logged"), 40);
    for (at, (time, _)) in packets(&to).into_iter().enumerate() {
        assert!((time - at as f64 * 0.04).abs() < 1e-5, "{time} for picture {at}");
    }
    let shown = decode_source(&to, 0, "format=yuv420p");
    let filter = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
    let psnr = mean_psnr(shown, decode_source(&path, 0, filter), 40);
    assert!(psnr > 30.0, "the pictures are not the same: {psnr} dB");
}

#[test]
fn video_of_a_bag_is_copied_into_an_mp4() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    // An access unit each, as cameras send them.
    let stream = generate::video(
        "plain.h264",
        "{v} -c:v libx264 -bf 0 -g 20 -bsf:v h264_metadata=aud=insert",
    );
    let bytes = std::fs::read(&stream).expect("H.264");
    let starts: Vec<usize> = memchr::memmem::find_iter(&bytes, b"\x00\x00\x00\x01\x09").collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let all: Vec<Vec<u8>> =
        starts.iter().zip(ends).map(|(&start, end)| bytes[start..end].to_vec()).collect();
    assert!(all.len() == 40 && annexb::inspect(&all[0]).idr, "{} access units", all.len());
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("drive.mcap"), workspace.path("rear.mp4"));
    bag(&from, &[compressed_video(&all)]);
    vstream().arg(&from).arg("--save").arg(&to).run().expect(0);
    // MP4 has no access unit delimiters.
    let units = units(&to);
    let without = |units: Vec<Vec<u8>>| -> Vec<Vec<u8>> {
        units.into_iter().filter(|nal| nal.first().is_some_and(|first| first & 31 != 9)).collect()
    };
    assert_eq!(without(units), without(nals(&bytes)));
}
