//! Reads the records of one MCAP file of a bag from front to back, and decompresses a file that ROS 2 compressed as a whole.
//! What the records mean is in `mod.rs`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use mcap::sans_io::{LinearReadEvent, LinearReader, LinearReaderOptions};

use super::counted::{Position, counted};
use super::limits::LONGEST;
use crate::source::bag::contents;
use crate::threads::caught;

/// Bytes to read at once. Tests read many small bags.
const READ: usize = if cfg!(test) { 1 << 10 } else { 1 << 20 };

/// The records of one file.
pub(super) struct McapFile {
    contents: Box<dyn Read + Send>,
    reader: LinearReader,
    position: Position,
}

impl McapFile {
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::of(File::open(path)?)
    }

    fn of(file: impl Read + Send + 'static) -> io::Result<Self> {
        let (file, position) = counted(file);
        let contents = contents(file)?;
        // The decompressed contents of a chunk are allocated by the length that it states.
        let options = LinearReaderOptions::default().with_record_length_limit(LONGEST as usize);
        Ok(Self { contents, reader: LinearReader::new_with_options(options), position })
    }

    /// How many bytes of the file were read so far.
    pub fn position(&self) -> u64 {
        self.position.get()
    }

    /// Pass the next record, its kind and its body, to `take`. Returns false at the end of the file. After an error no more
    /// can be read.
    pub fn read_record(
        &mut self,
        take: impl FnOnce(u8, &[u8]) -> Result<(), String>,
    ) -> Result<bool, String> {
        loop {
            // The reader panics where a record is longer than its chunk.
            let Ok(event) = caught("the bag", || self.reader.next_event()) else {
                return Err("the lengths in it contradict each other".to_owned());
            };
            let Some(event) = event else { return Ok(false) };
            match event.map_err(|error| error.to_string())? {
                // Not by the length that a record states, which may be false.
                LinearReadEvent::ReadRequest(_) => {
                    let space = self.reader.insert(READ);
                    let got = self.contents.read(space).map_err(|error| error.to_string())?;
                    self.reader.notify_read(got);
                }
                LinearReadEvent::Record { data, opcode } => {
                    take(opcode, data)?;
                    return Ok(true);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;

    /// A bag of records, each of a kind with a body.
    fn bag(records: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = b"\x89MCAP0\r\n".to_vec();
        for (kind, body) in records {
            bytes.push(*kind);
            bytes.extend((body.len() as u64).to_le_bytes());
            bytes.extend(*body);
        }
        bytes
    }

    #[test]
    fn every_record_is_read_and_arbitrary_bags_do_not_panic() {
        let header: (u8, &[u8]) = (1, b"\x04\0\0\0ros2\0\0\0\0");
        // Start and end, sizes, no compression, and the records of the chunk: a schema.
        let schema = [&[3][..], &18_u64.to_le_bytes(), b"\x01\0", &[0; 16]].concat();
        let length = schema.len() as u64;
        let head = [&[0; 16][..], &length.to_le_bytes(), &[0; 8], &length.to_le_bytes()].concat();
        let chunk = [&head[..], &schema].concat();
        let whole = bag(&[header, (6, &chunk), (0x0f, &[0; 4]), (2, &[0; 20])]);
        let read = |bytes: &[u8]| {
            let mut file = McapFile::of(io::Cursor::new(bytes.to_vec())).ok()?;
            let (mut kinds, mut size) = (Vec::new(), 0);
            while file.read_record(|kind, body| {
                kinds.push(kind);
                size += body.len();
                Ok(())
            }) == Ok(true)
            {}
            Some((kinds, size))
        };
        assert_eq!(read(&whole).unwrap().0, [1, 3, 0x0f, 2]);
        damaged(&[&whole, &whole[..60]], |bytes| {
            // Of chunks without compression nothing grows.
            let zstd = bytes.windows(4).any(|four| four == b"zstd" || four == b"\x28\xb5\x2f\xfd");
            let lz4 = bytes.windows(3).any(|three| three == b"lz4");
            let Some((_, size)) = read(bytes) else { return };
            assert!(size <= bytes.len() || zstd || lz4, "{size} of {}", bytes.len());
        });
    }
}
