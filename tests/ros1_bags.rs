//! Bags of ROS 1 as inputs, from files and converted to MCAP: the same messages as ROS 2 would have recorded.
//! Chunk compression and damage are tested beside the reader, image encodings in `bags`.

use std::collections::BTreeMap;
use std::path::Path;

use mcap::WriteOptions;

use crate::bags::{PICTURES, QUARTERS, image};
use crate::sqlite_bags::{START, STEP, everything, found};
use crate::support::convert::refused;
use crate::support::messages::{chunks, messages};
use crate::support::picture::decode_video;
use crate::support::recording::Recording;
use crate::support::run::{Workspace, vstream};
use crate::support::skip;

const HEADER: &str = "================================================================================\n\
    MSG: std_msgs/Header\n# counts up\nuint32 seq\ntime stamp\nstring frame_id\n";

const IMAGE: &str = "# A picture\nHeader header\nuint32 height\nuint32 width\nstring encoding\n\
    uint8 is_bigendian\nuint32 step\nuint8[] data\n";

const WHEELS: &str = "Header header\nuint8 GOOD=1\nbool on\nWheel[] wheels\nfloat64[3] Force\n\
    ================================================================================\n\
    MSG: robot/Wheel\nstring name\nfloat64 speed\n";

/// The types of the topics, with their definitions.
const TOPICS: [(&str, &str, &str); 4] = [
    ("/camera", "sensor_msgs/Image", IMAGE),
    ("/says", "std_msgs/String", "string data\n"),
    ("/tf", "tf/tfMessage", TRANSFORMS),
    ("/wheels", "robot/Wheels", WHEELS),
];

const TRANSFORMS: &str = "geometry_msgs/TransformStamped[] transforms\n\
    ================================================================================\n\
    MSG: geometry_msgs/TransformStamped\nHeader header\nstring child_frame_id\nTransform transform\n\
    ================================================================================\n\
    MSG: geometry_msgs/Transform\nVector3 translation\nQuaternion rotation\n\
    ================================================================================\n\
    MSG: geometry_msgs/Vector3\nfloat64 x\nfloat64 y\nfloat64 z\n\
    ================================================================================\n\
    MSG: geometry_msgs/Quaternion\nfloat64 x\nfloat64 y\nfloat64 z\nfloat64 w\n";

fn definition(text: &str) -> String {
    match text.contains("Header ") {
        true => format!("{text}{HEADER}"),
        false => text.to_owned(),
    }
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
}

fn header(seconds: u32, frame: &str) -> Vec<u8> {
    [&9_u32.to_le_bytes()[..], &seconds.to_le_bytes(), &5_u32.to_le_bytes(), &text(frame)].concat()
}

fn numbers(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The messages of all topics at one time, in the layout of ROS 1.
fn at(seconds: u32) -> [Vec<u8>; 4] {
    // The end of the picture in CDR: the number of its bytes, and they.
    let cdr = image("rgb8", seconds, 0);
    let (pixels, step) = (&cdr[cdr.len() - 64 * 48 * 3..], 64 * 3_u32);
    let size = [48_u32.to_le_bytes(), 64_u32.to_le_bytes()].concat();
    let length = (pixels.len() as u32).to_le_bytes();
    let picture = [
        header(seconds, "camera"),
        size,
        text("rgb8"),
        vec![0],
        step.to_le_bytes().to_vec(),
        length.to_vec(),
        pixels.to_vec(),
    ];
    let transform = [
        1_u32.to_le_bytes().to_vec(),
        header(seconds, "map"),
        text("robot"),
        numbers(&[f64::from(seconds), 2.0, 3.0, 0.0, 0.0, 0.0, 1.0]),
    ];
    let wheels = [
        header(seconds, ""),
        vec![1],
        2_u32.to_le_bytes().to_vec(),
        text("left"),
        numbers(&[1.5]),
        text("right"),
        numbers(&[2.5]),
        numbers(&[7.0, 8.0, 9.0]),
    ];
    [picture.concat(), text("hi"), transform.concat(), wheels.concat()]
}

fn record(head: &[(&str, &[u8])], data: &[u8]) -> Vec<u8> {
    let head = fields(head);
    let (one, other) = ((head.len() as u32).to_le_bytes(), (data.len() as u32).to_le_bytes());
    [&one[..], &head, &other, data].concat()
}

fn fields(all: &[(&str, &[u8])]) -> Vec<u8> {
    let one = |(name, value): &(&str, &[u8])| {
        let field = [name.as_bytes(), b"=", value].concat();
        [&(field.len() as u32).to_le_bytes()[..], &field].concat()
    };
    all.iter().flat_map(one).collect()
}

/// A bag with one chunk for each time, packed by `pack` under this name.
fn bag(path: &Path, compression: &str, pack: impl Fn(&[u8]) -> Vec<u8>) {
    let mut file = b"#ROSBAG V2.0\n".to_vec();
    file.extend(record(&[("op", &[3]), ("index_pos", &[0; 8])], &[b' '; 4000]));
    for picture in 0..PICTURES {
        let mut chunk = Vec::new();
        for (number, (topic, kind, of)) in (0_u32..).zip(TOPICS) {
            let number = number.to_le_bytes();
            if picture == 0 {
                let about = fields(&[
                    ("topic", topic.as_bytes()),
                    ("type", kind.as_bytes()),
                    ("md5sum", b"*"),
                    ("message_definition", definition(of).as_bytes()),
                ]);
                let head = [("op", &[7][..]), ("conn", &number), ("topic", topic.as_bytes())];
                chunk.extend(record(&head, &about));
            }
        }
        let time = START + picture as i64 * STEP;
        for (number, message) in (0_u32..).zip(at(picture as u32)) {
            let nanos = time % 1_000_000_000 + i64::from(number);
            let seconds = ((time / 1_000_000_000) as u32).to_le_bytes();
            let time = [seconds, (nanos as u32).to_le_bytes()].concat();
            let head = [("op", &[2][..]), ("conn", &number.to_le_bytes()), ("time", &time)];
            chunk.extend(record(&head, &message));
        }
        let size = (chunk.len() as u32).to_le_bytes();
        let head = [("op", &[5][..]), ("compression", compression.as_bytes()), ("size", &size)];
        file.extend(record(&head, &pack(&chunk)));
        file.extend(record(&[("op", &[4]), ("ver", &[1, 0, 0, 0])], &[0; 12]));
    }
    std::fs::write(path, file).expect("a bag");
}

/// What `mcap convert` makes of such a bag.
fn converted(path: &Path) {
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = WriteOptions::new().create(file).expect("a bag");
    let channels = TOPICS.map(|(topic, kind, of)| {
        let schema = writer.add_schema(kind, "ros1msg", definition(of).as_bytes());
        let schema = schema.expect("a schema");
        writer.add_channel(schema, topic, "ros1", &BTreeMap::new()).expect("a topic")
    });
    for picture in 0..PICTURES {
        for (number, (channel_id, data)) in
            (0_u64..).zip(channels.into_iter().zip(at(picture as u32)))
        {
            let time = START as u64 + picture * STEP as u64 + number;
            let header = mcap::records::MessageHeader {
                channel_id,
                sequence: 0,
                log_time: time,
                publish_time: time,
            };
            writer.write_to_known_channel(&header, &data).expect("a message");
        }
    }
    writer.finish().expect("a bag");
}

/// A bag of one camera, as one file.
pub fn small(path: &Path) {
    bag(path, "none", <[u8]>::to_vec);
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut packed = lz4_flex::frame::FrameEncoder::new(Vec::new());
    std::io::Write::write_all(&mut packed, bytes).expect("compressed");
    packed.finish().expect("compressed")
}

/// All of a topic, as Rust prints it, without spaces.
pub fn shown(recording: &Path, entity: &str) -> String {
    let messages = messages(recording);
    let rows = chunks(&messages)
        .into_iter()
        .filter(|chunk| chunk.entity_path().to_string() == entity && !chunk.is_static());
    let text: String = rows.map(|chunk| format!("{:?}", chunk.components())).collect();
    text.split_whitespace().collect()
}

#[test]
fn every_topic_of_a_bag_of_ros_1_is_there_at_its_times() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let (plain, packed) = (workspace.path("plain.bag"), workspace.path("packed.bag"));
    let mcap = workspace.path("converted.mcap");
    small(&plain);
    bag(&packed, "lz4", lz4);
    converted(&mcap);
    for from in [plain, packed, mcap] {
        let to = from.with_extension("rrd");
        vstream().arg(&from).arg("--save").arg(&to).run().expect(0);
        let name = from.display();
        assert_eq!(found(&to), everything(), "{name}");
        let recording = Recording::open_on(&to, "message_log_time");
        let mut pictures = decode_video(&recording.videos["camera"], &workspace);
        let quarters = pictures.next().expect("a picture").quarters();
        for (got, wanted) in quarters.into_iter().zip(QUARTERS) {
            let near =
                got.iter().zip(wanted).all(|(got, wanted)| (got - f64::from(wanted)).abs() < 8.0);
            assert!(near, "{name} shows {got:?} for {wanted:?}");
        }
        let transforms = shown(&to, "/tf");
        for part in ["Transform3D:translation", "11.0,2.0,3.0", "robot"] {
            assert!(transforms.contains(part), "{name}: no {part} in\n{transforms}");
        }
        let wheels = shown(&to, "/wheels");
        for part in ["left", "1.5", "right", "2.5", "force", "9.0"] {
            assert!(wheels.contains(part), "{name}: no {part} in\n{wheels}");
        }
    }
}

#[test]
fn a_bag_of_ros_1_that_breaks_off_is_recorded_as_far_as_it_goes() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let (whole, cut) = (workspace.path("whole.bag"), workspace.path("cut.bag"));
    small(&whole);
    let bytes = std::fs::read(&whole).expect("a bag");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("a part of it");
    let to = workspace.path("cut.rrd");
    let outcome = vstream().arg(&cut).arg("--save").arg(&to).run().expect(0);
    outcome.says(&["the bag breaks off"]);
    assert_eq!(outcome.summary("logged"), PICTURES / 2 - 1);
    vstream().arg(&cut).arg("--strict").arg("--save").arg(&to).run().expect(1);

    let piped = workspace.path("piped.rrd");
    vstream().arg("-").arg("--save").arg(&piped).stdin(bytes).run().expect(0);
    assert_eq!(found(&piped), everything());
}

#[test]
fn a_damaged_message_of_any_topic_is_said() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("damaged.bag"), workspace.path("out.rrd"));
    small(&from);
    let mut bytes = std::fs::read(&from).expect("a bag");
    // The text is one byte longer than the message has it.
    let length = bytes.windows(9).position(|at| at == b"\x05\0\0\0right").expect("a wheel");
    bytes[length] = 6;
    std::fs::write(&from, bytes).expect("a bag");
    let outcome = vstream().arg(&from).arg("--save").arg(&to).run().expect(0);
    outcome.says(&["is lost: a message of /wheels does not fit its definition"]);
    assert_eq!(found(&to), everything());
    assert_eq!(shown(&to, "/wheels").matches("\"right\"").count(), PICTURES as usize - 1);
    vstream().arg(&from).arg("--strict").arg("--save").arg(&to).run().expect(1);
}

#[test]
fn an_old_bag_of_ros_1_is_refused_with_the_way_to_renew_it() {
    let workspace = Workspace::new();
    let from = workspace.path("old.bag");
    std::fs::write(&from, b"#ROSBAG V1.2\n").expect("a file");
    refused(vstream().arg(&from), &["bag of ROS 1 in an old version", "rosbag filter"]);
}
