//! Bags of ROS 2 in SQLite as inputs: the same messages as in MCAP, whatever files the recorder left.
//! The contents of messages are in `bags`.

use std::path::Path;

use rerun::VideoStream;
use rusqlite::{Connection, params};

use crate::bags::{IMAGE, PICTURES, QUARTERS, image};
use crate::support::convert::refused;
use crate::support::messages::{chunks, messages, rows};
use crate::support::picture::decode_video;
use crate::support::recording::Recording;
use crate::support::run::{Workspace, vstream};
use crate::support::skip;

pub const START: i64 = 1_700_000_000_000_000_000;
pub const STEP: i64 = 100_000_000;
const SAYS: &[u8] = b"\x00\x01\x00\x00\x03\x00\x00\x00hi\x00";

/// The tables that releases of ROS 2 make, from Iron on with the definitions of the messages.
fn tables(path: &Path, definitions: bool) -> Connection {
    let database = Connection::open(path).expect("a database");
    let all =
        "CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, \
               serialization_format TEXT NOT NULL, offered_qos_profiles TEXT NOT NULL);
               CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, \
               timestamp INTEGER NOT NULL, data BLOB NOT NULL);
               CREATE INDEX timestamp_idx ON messages (timestamp ASC);
               INSERT INTO topics VALUES (4, '/camera', 'sensor_msgs/msg/Image', 'cdr', ''),
               (7, '/says', 'std_msgs/msg/String', 'cdr', '');";
    database.execute_batch(all).expect("tables");
    if definitions {
        let table = "CREATE TABLE message_definitions(id INTEGER PRIMARY KEY, topic_type TEXT NOT NULL, \
                     encoding TEXT NOT NULL, encoded_message_definition TEXT NOT NULL, \
                     type_description_hash TEXT NOT NULL);";
        database.execute_batch(table).expect("a table");
        let one = "INSERT INTO message_definitions VALUES (NULL, ?, 'ros2msg', ?, '')";
        database.execute(one, ["sensor_msgs/msg/Image", IMAGE]).expect("a definition");
        database.execute(one, ["std_msgs/msg/String", "string data\n"]).expect("a definition");
    }
    database
}

/// Put some of the pictures in, each with a word, and their messages through `pack`.
fn fill(database: &Connection, pictures: std::ops::Range<i64>, pack: impl Fn(Vec<u8>) -> Vec<u8>) {
    let one = "INSERT INTO messages(topic_id, timestamp, data) VALUES (?, ?, ?)";
    for at in pictures {
        let picture = pack(image("rgb8", u32::try_from(at).expect("small"), 0));
        database.execute(one, params![4, START + at * STEP, picture]).expect("a message");
        let words = pack(SAYS.to_vec());
        database.execute(one, params![7, START + at * STEP + 1, words]).expect("a message");
    }
}

fn bag(path: &Path, definitions: bool) {
    fill(&tables(path, definitions), 0..PICTURES as i64, |data| data);
}

/// A bag of one camera, as one file.
pub fn file(path: &Path) {
    bag(path, false);
}

/// The folder of a bag of one camera.
pub fn small(folder: &Path) {
    std::fs::create_dir(folder).expect("a folder");
    std::fs::write(folder.join("metadata.yaml"), "rosbag2_bagfile_information:\n").expect("a file");
    file(&folder.join("drive_0.db3"));
}

/// The times of the pictures in a recording, and how many words it has.
pub fn found(recording: &Path) -> (Vec<i64>, u64) {
    let messages = messages(recording);
    let samples = rows(&messages, "camera", VideoStream::descriptor_sample().component);
    let times = samples.iter().map(|(times, _)| times["message_log_time"].1).collect();
    let says = chunks(&messages)
        .into_iter()
        .filter(|chunk| chunk.entity_path().to_string() == "/says" && !chunk.is_static());
    (times, says.map(|chunk| chunk.num_rows() as u64).sum())
}

pub fn everything() -> (Vec<i64>, u64) {
    ((0..PICTURES as i64).map(|at| START + at * STEP).collect(), PICTURES)
}

#[test]
fn pictures_and_text_of_an_sqlite_bag_have_their_times() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    for (name, definitions) in [("humble", false), ("jazzy", true)] {
        let (from, to) = (workspace.path(name), workspace.path(format!("{name}.rrd")));
        bag(&from, definitions);
        vstream().arg(&from).arg("--save").arg(&to).run().expect(0);
        assert_eq!(found(&to), everything(), "{name}");
        let recording = Recording::open_on(&to, "message_log_time");
        let mut shown = decode_video(&recording.videos["camera"], &workspace);
        for (got, wanted) in shown.next().expect("a picture").quarters().into_iter().zip(QUARTERS) {
            let near =
                got.iter().zip(wanted).all(|(got, wanted)| (got - f64::from(wanted)).abs() < 8.0);
            assert!(near, "{name} shows {got:?} for {wanted:?}");
        }
    }
    let bytes = std::fs::read(workspace.path("humble")).expect("a bag");
    let to = workspace.path("piped.rrd");
    vstream().arg("-").arg("--save").arg(&to).stdin(bytes).run().expect(0);
    assert_eq!(found(&to), everything());
}

#[test]
fn a_folder_of_split_and_compressed_files_is_one_bag() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let bag = workspace.path("drive");
    std::fs::create_dir(&bag).expect("a folder");
    std::fs::write(bag.join("metadata.yaml"), "rosbag2_bagfile_information:\n").expect("a file");
    let (half, all) = (PICTURES as i64 / 2, PICTURES as i64);
    let pack = |data: Vec<u8>| zstd::encode_all(&*data, 3).expect("compressed");
    fill(&tables(&bag.join("drive_0.db3"), false), 0..half, pack);
    let plain = bag.join("drive_1.db3");
    fill(&tables(&plain, false), half..all, |data| data);
    let packed = bag.join("drive_1.db3.zstd");
    std::fs::write(packed, pack(std::fs::read(&plain).expect("a file"))).expect("a file");
    std::fs::remove_file(plain).expect("removed");
    let to = workspace.path("drive.rrd");
    vstream().arg(&bag).arg("--save").arg(&to).run().expect(0);
    assert_eq!(found(&to), everything());
}

#[test]
fn a_write_ahead_log_of_a_killed_recorder_is_read_and_the_bag_is_not_changed() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let (whole, killed) = (workspace.path("whole"), workspace.path("killed"));
    std::fs::create_dir(&whole).expect("a folder");
    std::fs::create_dir(&killed).expect("a folder");
    let writing = tables(&whole.join("drive_0.db3"), false);
    writing.pragma_update(None, "journal_mode", "WAL").expect("a log");
    fill(&writing, 0..PICTURES as i64, |data| data);
    for name in ["drive_0.db3", "drive_0.db3-wal"] {
        std::fs::copy(whole.join(name), killed.join(name)).expect("a copy");
    }
    drop(writing);
    for (folder, name) in [(&whole, "whole.rrd"), (&killed, "killed.rrd")] {
        let content = || {
            let name = |file: std::io::Result<std::fs::DirEntry>| file.expect("a file").file_name();
            let mut names: Vec<_> = folder.read_dir().expect("a folder").map(name).collect();
            names.sort();
            names
        };
        let before = content();
        let to = workspace.path(name);
        vstream().arg(folder.join("drive_0.db3")).arg("--save").arg(&to).run().expect(0);
        assert_eq!(found(&to), everything(), "{name}");
        assert_eq!(content(), before);
    }
}

#[test]
fn a_damaged_sqlite_bag_is_reported_and_other_databases_are_rejected() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let from = workspace.path("drive.db3");
    bag(&from, false);
    let bytes = std::fs::read(&from).expect("a bag");
    let cut = workspace.path("cut.db3");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("a part of it");
    let to = workspace.path("cut.rrd");
    let outcome = vstream().arg(&cut).arg("--save").arg(&to).run().expect(0);
    outcome.says(&["the bag breaks off", "malformed"]);
    assert!((1..PICTURES).contains(&outcome.summary("logged")));

    let other = workspace.path("other.db3");
    let database = Connection::open(&other).expect("a database");
    let endless = "CREATE TABLE topics(id INTEGER);
                   CREATE VIEW messages AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) \
                   SELECT x AS id, 1 AS topic_id, x AS timestamp, '' AS data FROM n;";
    database.execute_batch(endless).expect("tables");
    refused(vstream().arg(&other), &["no bag of ROS 2", "no table messages"]);
}

#[test]
fn sqlite_views_are_not_queried() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("drive.db3"), workspace.path("out.rrd"));
    let database = tables(&from, false);
    fill(&database, 0..PICTURES as i64, |data| data);
    let endless = |name: &str| {
        format!(
            "CREATE VIEW {name} AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) \
             SELECT x AS id, 1 AS topic_id, x AS timestamp, '' AS data, x AS topic_type, \
             'ros2msg' AS encoding, 'x' AS encoded_message_definition FROM n;"
        )
    };
    database.execute_batch(&endless("message_definitions")).expect("a view");
    vstream().arg(&from).arg("--save").arg(&to).run().expect(0);
    assert_eq!(found(&to), everything());

    // One that says that it is a table.
    let forged = endless("messages")
        + "PRAGMA writable_schema = on; UPDATE sqlite_schema SET type = 'table';";
    database.execute_batch(&("DROP TABLE messages;".to_owned() + &forged)).expect("a schema");
    refused(vstream().arg(&from), &["no bag of ROS 2", "no table messages"]);
}

#[test]
fn impossibly_long_messages_are_rejected() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let workspace = Workspace::new();
    let (from, to) = (workspace.path("drive.db3"), workspace.path("out.rrd"));
    let database = tables(&from, false);
    // A thousand times 100 MB.
    let computed = "DROP TABLE messages;
                    CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, \
                    timestamp INTEGER NOT NULL, data BLOB AS (zeroblob(100000000)));
                    WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 1000) \
                    INSERT INTO messages SELECT x, 4, x FROM n;";
    database.execute_batch(computed).expect("a table");
    let outcome = vstream().arg(&from).arg("--save").arg(&to).run();
    outcome.says(&["longer than the file"]);
}

#[test]
fn a_database_that_decompresses_to_more_than_the_free_space_is_rejected() {
    let workspace = Workspace::new();
    let (from, temporary) = (workspace.path("drive.db3.zstd"), workspace.path("temporary"));
    std::fs::create_dir(&temporary).expect("a folder");
    let mut head = b"SQLite format 3\0".to_vec();
    // Pages of 64 KiB, and as many as can be said.
    head.extend([0, 1, 1, 1, 0, 64, 32, 32, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]);
    head.resize(1 << 20, 0);
    std::fs::write(&from, zstd::encode_all(&*head, 3).expect("compressed")).expect("a file");
    let run = vstream().arg(&from).env("TMPDIR", &temporary);
    refused(run, &["decompressed it has 281474976 MB", "zstd -d", "TMPDIR"]);
    assert_eq!(std::fs::read_dir(&temporary).expect("a folder").count(), 0);
}

/// An inner page of a table's tree, all of whose children are one page.
fn inner_page(size: usize, child: u32) -> Vec<u8> {
    const CELLS: usize = 20;
    let mut page = vec![0; size];
    page[0] = 5;
    page[3..5].copy_from_slice(&(CELLS as u16).to_be_bytes());
    page[8..12].copy_from_slice(&child.to_be_bytes());
    for cell in 0..CELLS {
        let at = size - 5 * (cell + 1);
        page[at..at + 4].copy_from_slice(&child.to_be_bytes());
        page[at + 4] = cell as u8 + 1;
        page[12 + 2 * cell..14 + 2 * cell].copy_from_slice(&(at as u16).to_be_bytes());
    }
    let content = (size - 5 * CELLS) as u16;
    page[5..7].copy_from_slice(&content.to_be_bytes());
    page
}

#[test]
fn a_table_with_a_page_cycle_is_rejected() {
    let workspace = Workspace::new();
    let from = workspace.path("drive.db3");
    let database = tables(&from, false);
    // Its rows have to be sorted, so it is read to its end.
    let unsorted = "PRAGMA journal_mode = delete; DROP TABLE topics; CREATE TABLE topics(id INTEGER, name TEXT, type TEXT, \
                    serialization_format TEXT); INSERT INTO topics VALUES (4, '/a', 'b', 'cdr'); VACUUM;";
    database.execute_batch(unsorted).expect("a table");
    let number =
        |query: &str| database.query_row(query, [], |row| row.get::<_, u32>(0)).expect("a number");
    let size = number("PRAGMA page_size") as usize;
    let pages = number("PRAGMA page_count");
    let leaf = number("SELECT rootpage FROM sqlite_schema WHERE name = 'topics'");
    // Ten levels of the same page: 21 to the power of ten rows.
    let root = pages + 10;
    let moved = format!(
        "PRAGMA writable_schema = on; UPDATE sqlite_schema SET rootpage = {root} WHERE name = 'topics';"
    );
    database.execute_batch(&moved).expect("a schema");
    drop(database);
    let mut bytes = std::fs::read(&from).expect("a bag");
    for level in 0..10 {
        let child = if level == 0 { leaf } else { pages + level };
        bytes.extend(inner_page(size, child));
    }
    bytes[28..32].copy_from_slice(&root.to_be_bytes());
    std::fs::write(&from, bytes).expect("a bag");
    refused(vstream().arg(&from), &["endless"]);
}
