//! Bytes that wait to be written: in memory as long as they are few, in a temporary file otherwise.
//! It does not know what they are.

use std::fs::File;
use std::io::{Read as _, Result, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

/// As many bytes are kept in memory.
const IN_MEMORY: usize = 32 << 20;

/// Where bytes are kept.
#[derive(Debug)]
pub(super) enum Storage {
    Memory(Vec<u8>),
    Disk { at: u64, length: usize },
}

/// Keeps bytes until they are taken back, each once.
pub(super) struct Spool {
    /// Where the temporary file is made.
    folder: PathBuf,
    most: usize,
    /// Bytes in memory.
    bytes: usize,
    file: Option<File>,
    /// The end of what the file holds.
    end: u64,
    /// How many pieces in it are still to be taken.
    on_disk: usize,
}

impl Spool {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, most: IN_MEMORY, bytes: 0, file: None, end: 0, on_disk: 0 }
    }

    pub fn keep(&mut self, data: Vec<u8>) -> Result<Storage> {
        if self.bytes + data.len() <= self.most {
            self.bytes += data.len();
            return Ok(Storage::Memory(data));
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.folder)?),
        };
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(&data)?;
        let kept = Storage::Disk { at: self.end, length: data.len() };
        self.end += data.len() as u64;
        self.on_disk += 1;
        Ok(kept)
    }

    pub fn take(&mut self, kept: Storage) -> Result<Vec<u8>> {
        let (at, length) = match kept {
            Storage::Memory(data) => {
                self.bytes -= data.len();
                return Ok(data);
            }
            Storage::Disk { at, length } => (at, length),
        };
        let mut data = vec![0; length];
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut data)?;
        }
        self.on_disk -= 1;
        if self.on_disk == 0 {
            // It begins anew instead of growing on.
            self.end = 0;
        }
        Ok(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_back_whether_it_fits_into_memory_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool { most: 10, ..Spool::new(folder.path().to_owned()) };
        for _ in 0..3 {
            let data = (0..6).map(|n| vec![n; 4]);
            let kept: Vec<Storage> = data.map(|data| spool.keep(data).unwrap()).collect();
            assert!(
                matches!(kept[1], Storage::Memory(_)) && matches!(kept[2], Storage::Disk { .. })
            );
            for (n, kept) in (0..).zip(kept) {
                assert_eq!(spool.take(kept).unwrap(), vec![n; 4]);
            }
            assert_eq!((spool.bytes, spool.end, spool.on_disk), (0, 0, 0));
        }
    }
}
