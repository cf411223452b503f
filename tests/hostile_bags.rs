//! Bags whose messages or definitions decode to far more memory than they have bytes, beside intact topics.
//! Other hostile inputs are in `untrusted`, hostile databases in `sqlite_bags`.

use std::collections::BTreeMap;
use std::path::Path;

use mcap::WriteOptions;

use crate::bags::{IMAGE, PICTURES, image};
use crate::ros1_bags;
use crate::support::run::{Program, Workspace, program, vstream};
use crate::support::skip;

const LINE: &str = "\n================\nMSG: ";

/// A bag of ROS 2 with a camera, words, and one message of the type `x/Top`.
fn bag(path: &Path, definition: &str, body: &[u8]) {
    let message = [&b"\0\x01\0\0"[..], body].concat();
    let definition = definition.replace("----", LINE);
    bag_with(path, ("x/msg/Top", "ros2msg", definition.as_bytes()), "cdr", &message);
}

/// The same with a message of any type: its name, the encoding of its definition, and that.
fn bag_with(path: &Path, kind: (&str, &str, &[u8]), encoding: &str, message: &[u8]) {
    let file = std::fs::File::create(path).expect("a file");
    let mut writer = WriteOptions::new().create(file).expect("a bag");
    let types = [
        (("sensor_msgs/msg/Image", "ros2msg", IMAGE.as_bytes()), "cdr"),
        (("x/msg/Words", "ros2msg", &b"string data"[..]), "cdr"),
        (kind, encoding),
    ];
    let mut topics = types.iter().map(|((name, language, text), encoding)| {
        let schema = writer.add_schema(name, language, text).expect("a schema");
        let topic = format!("/{name}");
        writer.add_channel(schema, &topic, encoding, &BTreeMap::new()).expect("a topic")
    });
    let topics: [u16; 3] = std::array::from_fn(|_| topics.next().expect("three topics"));
    let mut send = |channel_id, time, data: &[u8]| {
        let (log_time, publish_time) = (time, time);
        let header =
            mcap::records::MessageHeader { channel_id, sequence: 0, log_time, publish_time };
        writer.write_to_known_channel(&header, data).expect("a message");
    };
    for at in 0..PICTURES {
        let time = 1_700_000_000_000_000_000 + at * 100_000_000;
        send(topics[0], time, &image("rgb8", at as u32, 0));
        send(topics[1], time, b"\0\x01\0\0\x03\0\0\0hi\0");
        if at == 1 {
            send(topics[2], time, message);
        }
    }
    writer.finish().expect("a whole bag");
}

/// The program, with so much memory as a small bag takes and little more.
fn limited() -> Program {
    let limited = "ulimit -v 2500000 && exec \"$0\" \"$@\"";
    program("sh").arg("-c").arg(limited).arg(env!("CARGO_BIN_EXE_vstream"))
}

/// Records the bag, which says these words about what is lost; the pictures and words are there.
#[track_caller]
fn all_else_is_there(run: Program, (from, to): (&Path, &Path), lost: &[&str]) {
    let outcome = run.arg(from).arg("--force").arg("--save").arg(to).run().expect(0);
    outcome.says(lost);
    assert_eq!(outcome.summary("logged"), PICTURES);
    let words = ros1_bags::shown(to, "/x/msg/Words");
    assert_eq!(words.matches("\"hi\"").count(), PICTURES as usize, "{words}");
}

#[test]
fn a_ros_message_that_decodes_to_too_much_memory_is_the_only_one_lost() {
    if !skip::have(&["ffmpeg", "rerun"]) {
        return;
    }
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("lies.mcap"), workspace.path("out.rrd"));
    let part = "Part[] a----x/Part\nuint8 a\n";
    let many = [&3_000_000_u32.to_le_bytes()[..], &vec![0; 3_000_000]].concat();
    let cases: [(&str, &[u8]); 4] = [
        // A list of three million messages of one byte, lists that say they have four billion, and an array of as many.
        (part, &many),
        (part, &[0xff; 4]),
        ("float64[] a", &[0xff; 4]),
        ("Part[9999999999] a----x/Part\nuint8 a\n", &[0; 8]),
    ];
    for (definition, body) in cases {
        bag(&from, definition, body);
        let lost = ["is lost: a message of /x/msg/Top is too large to lay out"];
        all_else_is_there(limited(), (&from, &to), &lost);
    }
}

#[test]
fn a_recursive_or_unreadable_definition_affects_no_other_topic() {
    if !skip::have(&["ffmpeg", "rerun"]) {
        return;
    }
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("endless.mcap"), workspace.path("out.rrd"));
    let cases = [
        ("A a----x/A\nA a\n", "too large to lay out"),
        // Only the second contains itself.
        ("A a----x/A\nuint8 a----x/A\nA[] a\n", "it defines x/A twice"),
        ("uint8\n", "missing name"),
    ];
    for (definition, words) in cases {
        bag(&from, definition, &[1, 0, 0, 0, 1, 0, 0, 0]);
        let lost = ["is lost: the definition of x/msg/Top is not used: ", words];
        all_else_is_there(vstream(), (&from, &to), &lost);
    }
}

/// A field of protobuf: its number, and what is in it.
fn part(number: u8, of: &[u8]) -> Vec<u8> {
    let length = u8::try_from(of.len()).ok().filter(|length| *length < 0x80).expect("short");
    [&[number << 3 | 2, length], of].concat()
}

#[test]
fn a_recursive_protobuf_type_is_passed_on_unchanged() {
    if !skip::have(&["ffmpeg", "rerun"]) {
        return;
    }
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("endless.mcap"), workspace.path("out.rrd"));
    // The field `a`, number 1, at most once, a message.
    let a = [part(1, b"a"), b"\x18\x01\x20\x01\x28\x0b".to_vec(), part(6, b".Top")].concat();
    let top = [part(1, b"Top"), part(2, &a)].concat();
    let file = [part(1, b"a.proto"), part(4, &top), part(12, b"proto3")].concat();
    let words = "the definition of Top is not used: it is too large to lay out";
    for (definition, words) in [(part(1, &file), words), (vec![0xff], "of Top is not used: ")] {
        bag_with(&from, ("Top", "protobuf", &definition), "protobuf", b"\x0a\x02\x0a\0");
        all_else_is_there(vstream(), (&from, &to), &[words]);
    }
}

#[test]
fn a_protobuf_message_that_decodes_to_too_much_memory_is_the_only_one_lost() {
    if !skip::have(&["ffmpeg", "rerun"]) {
        return;
    }
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("many.mcap"), workspace.path("out.rrd"));
    // A list `a`, number 1, of messages without fields.
    let a = [part(1, b"a"), b"\x18\x01\x20\x03\x28\x0b".to_vec(), part(6, b".Part")].concat();
    let (top, inner) = ([part(1, b"Top"), part(2, &a)].concat(), part(1, b"Part"));
    let file = [part(1, b"a.proto"), part(4, &top), part(4, &inner), part(12, b"proto3")].concat();
    let many = b"\x0a\0".repeat(20_000_000);
    bag_with(&from, ("Top", "protobuf", &part(1, &file)), "protobuf", &many);
    let lost = ["is lost: a message of /Top is too large to lay out"];
    all_else_is_there(limited(), (&from, &to), &lost);
}
