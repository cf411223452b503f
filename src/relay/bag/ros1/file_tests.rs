//! Which records of a bag of ROS 1 are read, from chunks of every compression and from damaged files.
//! What becomes of the messages is tested by the integration tests.

use super::*;
use crate::attack::damaged;

fn fields(all: &[(&str, &[u8])]) -> Vec<u8> {
    let one = |(name, value): &(&str, &[u8])| {
        let field = [name.as_bytes(), b"=", value].concat();
        [&(field.len() as u32).to_le_bytes()[..], &field].concat()
    };
    all.iter().flat_map(one).collect()
}

fn record(head: &[(&str, &[u8])], data: &[u8]) -> Vec<u8> {
    let head = fields(head);
    let (one, other) = ((head.len() as u32).to_le_bytes(), (data.len() as u32).to_le_bytes());
    [&one[..], &head, &other, data].concat()
}

/// Two messages on one connection.
fn messages() -> Vec<u8> {
    let about = fields(&[("type", b"std_msgs/String"), ("message_definition", b"string data")]);
    let connection =
        record(&[("op", &[CONNECTION]), ("conn", &[7, 0, 0, 0]), ("topic", b"/says")], &about);
    let message = |time: [u8; 8]| {
        record(&[("op", &[MESSAGE]), ("conn", &[7, 0, 0, 0]), ("time", &time)], b"\x02\0\0\0hi")
    };
    [connection, message([3, 0, 0, 0, 5, 0, 0, 0]), message([4, 0, 0, 0, 0, 0, 0, 0])].concat()
}

fn chunk<'a>(compression: &'a str, size: &'a [u8]) -> [(&'a str, &'a [u8]); 3] {
    [("op", &[CHUNK]), ("compression", compression.as_bytes()), ("size", size)]
}

fn bag(compression: &str, packed: &[u8], size: usize) -> Vec<u8> {
    let size = (size as u32).to_le_bytes();
    let chunk = chunk(compression, &size);
    let index = record(&[("op", &[4]), ("conn", &[7, 0, 0, 0])], &[0; 24]);
    [ROS_1, &record(&[("op", &[3])], &[b' '; 9]), &record(&chunk, packed), &index].concat()
}

/// Topics and types, times of messages, and what was wrong.
fn read(bag: &[u8]) -> (Vec<String>, Vec<u64>, Vec<String>) {
    let (mut topics, mut times, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    let mut file = match Ros1File::of(io::Cursor::new(bag.to_vec())) {
        Ok(file) => file,
        Err(error) => return (topics, times, vec![error.to_string()]),
    };
    loop {
        let more = file.read_record(|record| {
            match record {
                Ok(Record::Schema { header, .. }) => topics.push(header.name),
                Ok(Record::Channel(channel)) => topics.push(channel.topic),
                Ok(Record::Message { header, .. }) => times.push(header.log_time),
                Ok(_) => {}
                Err(cause) => wrong.push(cause),
            }
            Ok(())
        });
        match more {
            Ok(true) => {}
            Ok(false) => return (topics, times, wrong),
            Err(cause) => {
                wrong.push(cause);
                return (topics, times, wrong);
            }
        }
    }
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut packed = lz4_flex::frame::FrameEncoder::new(Vec::new());
    io::Write::write_all(&mut packed, bytes).unwrap();
    packed.finish().unwrap()
}

fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    bzip2::read::BzEncoder::new(bytes, bzip2::Compression::fast())
        .read_to_end(&mut packed)
        .unwrap();
    packed
}

#[test]
fn messages_are_read_from_chunks_of_every_compression() {
    let plain = messages();
    let times = vec![3_000_000_005, 4_000_000_000];
    let bags = [("none", plain.clone()), ("lz4", lz4(&plain)), ("bz2", bz2(&plain))];
    for (compression, packed) in bags {
        let found = read(&bag(compression, &packed, plain.len()));
        let topics = vec!["std_msgs/String".to_owned(), "/says".to_owned()];
        assert_eq!(found, (topics, times.clone(), vec![]), "{compression}");
    }
}

#[test]
fn a_bag_whose_recorder_was_killed_is_read_to_its_end() {
    let plain = messages();
    // In a block for each message, as long messages have.
    let mut packed = lz4_flex::frame::FrameEncoder::new(Vec::new());
    let parts = plain.split_at(plain.len() - 20);
    io::Write::write_all(&mut packed, parts.0).unwrap();
    io::Write::flush(&mut packed).unwrap();
    io::Write::write_all(&mut packed, parts.1).unwrap();
    for (compression, packed) in [("none", plain.clone()), ("lz4", packed.finish().unwrap())] {
        let mut bag = [ROS_1, &record(&chunk(compression, &[]), &packed)].concat();
        // The recorder fills in the length at last.
        let length = ROS_1.len() + record(&chunk(compression, &[]), &[]).len();
        bag[length - 4..length].fill(0);
        bag.truncate(bag.len() - 18);
        let (_, times, wrong) = read(&bag);
        assert_eq!((times.len(), wrong.len()), (1, 1), "{compression}: {wrong:?}");
    }
}

#[test]
fn a_chunk_that_cannot_be_read_is_left_out() {
    let plain = messages();
    let mut packed = lz4(&plain);
    packed[20] ^= 0xff;
    packed.truncate(packed.len() / 2);
    let whole = bag("lz4", &lz4(&plain), plain.len());
    let two = [bag("lz4", &packed, plain.len()), whole[ROS_1.len()..].to_vec()].concat();
    let (_, times, wrong) = read(&two);
    assert_eq!((times.len(), wrong.len()), (2, 1), "{wrong:?}");
    let (_, _, wrong) = read(&bag("rar", &packed, plain.len()));
    assert_eq!(wrong, ["a chunk is compressed with \"rar\""]);
}

#[test]
fn a_chunk_of_zeros_holds_no_records() {
    let zeros = bz2(&vec![0; 1 << 20]);
    let plain = messages();
    let whole = bag("none", &plain, plain.len());
    let chunk = record(&chunk("bz2", &[]), &zeros);
    let (_, times, wrong) = read(&[&whole, &chunk[..], &whole[ROS_1.len()..]].concat());
    assert_eq!((times.len(), wrong.len()), (4, 1), "{wrong:?}");
    assert_eq!(wrong, ["a chunk breaks off: a record is of no kind"]);
}

#[test]
fn a_record_over_the_limit_is_rejected() {
    let plain = messages();
    let packed = lz4(&record(&[("op", &[MESSAGE])], &vec![0; LONGEST as usize + 1]));
    let long = bag("lz4", &packed, 0);
    let whole = bag("none", &plain, plain.len());
    let (_, times, wrong) = read(&[&long, &whole[ROS_1.len()..]].concat());
    assert_eq!((times.len(), wrong.len()), (2, 1), "{wrong:?}");
    assert!(wrong[0].starts_with("a chunk breaks off: a record has "), "{wrong:?}");
}

#[test]
fn arbitrary_bags_do_not_panic() {
    let plain = messages();
    let seeds = [
        bag("none", &plain, plain.len()),
        bag("lz4", &lz4(&plain), plain.len()),
        bag("bz2", &bz2(&plain), plain.len()),
    ];
    damaged(&seeds.each_ref().map(Vec::as_slice), |bytes| {
        read(bytes);
    });
}
