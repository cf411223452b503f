//! Reads the records of one file of a bag from front to back, and decompresses a file that ROS 2 compressed as a whole.
//! What the records mean is in `mod.rs`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mcap::sans_io::{LinearReadEvent, LinearReader, LinearReaderOptions};

use crate::source::bag::contents;

/// Bytes to read at once.
const READ: usize = 1 << 20;

/// Longer records are refused: the decompressed contents of a chunk are allocated by the length that it states.
const LONGEST: usize = 128 << 20;

/// The records of one file.
pub(super) struct BagFile {
    contents: Box<dyn Read + Send>,
    reader: LinearReader,
    position: Arc<AtomicU64>,
}

/// A file that counts the bytes read from it.
struct Counted {
    file: File,
    position: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.file.read(buffer)?;
        self.position.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}

impl BagFile {
    pub fn open(path: &Path) -> io::Result<Self> {
        let position = Arc::new(AtomicU64::new(0));
        let contents = contents(Counted { file: File::open(path)?, position: position.clone() })?;
        let options = LinearReaderOptions::default().with_record_length_limit(LONGEST);
        Ok(Self { contents, reader: LinearReader::new_with_options(options), position })
    }

    /// How many bytes of the file were read so far.
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// Pass the next record, its kind and its body, to `take`. Returns false at the end of the file. After an error no more
    /// can be read.
    pub fn read_record(
        &mut self,
        take: impl FnOnce(u8, &[u8]) -> Result<(), String>,
    ) -> Result<bool, String> {
        loop {
            let Some(event) = self.reader.next_event() else { return Ok(false) };
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
