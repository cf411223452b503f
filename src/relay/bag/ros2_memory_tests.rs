//! Which definitions of ROS 2 are laid out, and which of their messages are decoded.
//! That the others are lost alone is tested by the integration tests.

use super::*;
use crate::attack::{damaged, damaged_text};

const LINE: &str = "================";

/// Each type holds the next one twice.
fn doubled(levels: usize) -> String {
    let inner = |at| format!("{LINE}\nMSG: x/T{at}\nT{0} a\nT{0}[] b\n", at + 1);
    let parts: String = (0..levels).map(inner).collect();
    format!("T0 a\n{parts}{LINE}\nMSG: x/T{levels}\nstring<=8[<=2] a\n")
}

fn parse(text: &str) -> Result<Definition, String> {
    Definition::parse("x/msg/Top", &text.replace("----", LINE))
}

#[test]
fn exponentially_growing_definitions_are_found() {
    assert!(Definition::parse("x/Top", &doubled(8)).is_ok());
    let error = |text: &str| Definition::parse("x/Top", text).err().unwrap_or_default();
    assert!(error(&doubled(30)).contains("too large"));
    let chain = |levels: usize| -> String {
        let one = |at| format!("{LINE}\nMSG: x/T{at}\nx/T{} a\n", at + 1);
        let parts: String = (0..levels).map(one).collect();
        format!("T0 a\n{parts}{LINE}\nMSG: x/T{levels}\nint8 a\n")
    };
    assert!(Definition::parse("x/Top", &chain(40)).is_ok());
    assert!(error(&chain(10_000)).contains("too large"));
    assert!(error(&format!("A a\n{LINE}\nMSG: x/A\nA a\n")).contains("too large"));
    let two = format!("A a\n{LINE}\nMSG: x/A\nint8 a\n{LINE}\nMSG: x/A\nA[] a\n");
    assert_eq!(error(&two), "it defines x/A twice");
    assert!(!error("int8").is_empty());
}

#[test]
fn messages_that_take_much_more_memory_than_bytes_are_found() {
    let is_bounded = |text: &str, body: &[u8]| {
        let message = [&b"\0\x01\0\0"[..], body].concat();
        parse(text).unwrap().memory(&message).is_ok()
    };
    let part = "Part[] a\n----\nMSG: x/Part\nuint8 a\nuint8 b\n";
    let many = |count: u32, bytes: usize| [&count.to_le_bytes()[..], &vec![0; bytes]].concat();
    assert!(is_bounded(part, &many(1000, 2000)));
    assert!(!is_bounded(part, &many(60_000, 120_000)));
    assert!(!is_bounded(part, &many(u32::MAX, 8)));
    assert!(!is_bounded("Part[9999999999] a\n----\nMSG: x/Part\nint8 a\n", b""));
    assert!(!is_bounded("string[] a", &many(1_200_000, 4_800_000)));
    assert!(is_bounded("uint8[] a", &many(8_000_000, 8_000_000)));
    assert!(!is_bounded("float64[] a", &many(u32::MAX, 8)));
    assert!(is_bounded("float64[] a", &many(9, 8)));
}

#[test]
fn large_messages_of_ordinary_types_are_decoded() {
    // In unit tests messages may take a 48th of the memory.
    const SMALLER: usize = 48;
    let header = "----\nMSG: std_msgs/Header\nTime stamp\nstring frame_id\n----\nMSG: std_msgs/Time\n\
        int32 sec\nuint32 nanosec\n";
    let geometry = "----\nMSG: x/Pose\nPoint position\nQuaternion orientation\n\
        ----\nMSG: x/Point\nfloat64 x\nfloat64 y\nfloat64 z\n\
        ----\nMSG: x/Quaternion\nfloat64 x\nfloat64 y\nfloat64 z\nfloat64 w\n\
        ----\nMSG: x/Color\nfloat32 r\nfloat32 g\nfloat32 b\nfloat32 a\n";
    let markers = "Marker[] markers\n----\nMSG: x/Marker\nstd_msgs/Header header\nstring ns\nint32 id\n\
        int32 type\nint32 action\nPose pose\nPoint scale\nColor color\nstd_msgs/Time lifetime\n\
        bool frame_locked\nPoint[] points\nColor[] colors\nstring texture_resource\nImage texture\n\
        Point[] uv_coordinates\nstring text\nstring mesh_resource\nFile mesh_file\n\
        bool mesh_use_embedded_materials\n\
        ----\nMSG: x/Image\nstd_msgs/Header header\nstring format\nuint8[] data\n\
        ----\nMSG: x/File\nstring filename\nuint8[] data\n";
    let cloud = "std_msgs/Header header\nPoint32[] points\nChannel[] channels\n\
        ----\nMSG: x/Point32\nfloat32 x\nfloat32 y\nfloat32 z\n\
        ----\nMSG: x/Channel\nstring name\nfloat32[] values\n";
    let bytes = "std_msgs/Header header\nuint8[] data\n";
    // The bytes before the number of elements, and their number, size and the memory they take at the least.
    let cases = [
        ("markers", markers, 0, 100_000, 400, 10_000),
        ("points", cloud, 12, 500_000, 12, 700),
        ("bytes of an image or a cloud", bytes, 12, 120_000_000, 1, 1),
        ("cells of a map", "std_msgs/Header header\nint8[] data\n", 12, 16_000_000, 1, 1),
        ("ranges", "std_msgs/Header header\nfloat32[] ranges\n", 12, 10_000_000, 4, 4),
    ];
    for (name, text, before, count, size, least) in cases {
        let definition = parse(&format!("{text}{header}{geometry}")).unwrap();
        let count = count / SMALLER;
        let length = u32::try_from(count).unwrap().to_le_bytes();
        let body = [&vec![0; before][..], &length, &vec![0; count * size + 8]].concat();
        let memory = definition.memory(&[&b"\0\x01\0\0"[..], &body].concat());
        assert!(memory.is_ok_and(|memory| memory >= count * least), "{name}");
    }
}

#[test]
fn values_are_aligned_as_in_cdr() {
    let text = "uint8 a\nfloat64 b\nstring c\nint16[] d\nKind e\nPart[] f\n\
        ----\nMSG: x/Kind\nuint8 ONE=1\n----\nMSG: x/Part\nint8 a\n";
    let mut body = vec![1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    body.extend(b"\x03\0\0\0hi\0\0\x01\0\0\0\x07\0\x01\0");
    for (count, is_bounded) in [([2, 0, 0, 0], true), ([0, 0, 0, 2], false)] {
        let message = [&b"\0\x01\0\0"[..], &body, &count, &[0; 2]].concat();
        assert_eq!(parse(text).unwrap().memory(&message).is_ok(), is_bounded);
    }
}

#[test]
fn arbitrary_input_does_not_panic() {
    damaged_text(&[&doubled(3), "Top again", "int8[4294967295] x"], |text| {
        let _ = Definition::parse("x/Top", text);
    });
    let definition = parse("Part[] a\n----\nMSG: x/Part\nstring a\nint64 b\n").unwrap();
    damaged(&[b"\0\x01\0\0\x01\0\0\0\x02\0\0\0a\0\0\0\0\0\0\0\0\0\0\0"], |bytes| {
        let _ = definition.memory(bytes);
    });
}
