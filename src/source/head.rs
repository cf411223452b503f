//! The first bytes of a file, opened and read once for everyone who looks at them.
//! The callers interpret the bytes.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::foreign::HEAD;

/// As much as all signatures need.
const START: u64 = HEAD as u64;

/// An open file, and its first bytes.
pub(super) struct Head {
    file: File,
    start: Vec<u8>,
}

impl Head {
    /// Open a file. What cannot be read of it is missing.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let mut head = Self { file: File::open(path)?, start: Vec::new() };
        head.up_to(START);
        Ok(head)
    }

    /// Its first bytes: 4096, or all.
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// Its first `most` bytes, or all.
    pub fn up_to(&mut self, most: u64) -> &[u8] {
        let there = self.start.len() as u64;
        if there < most && self.file.seek(SeekFrom::Start(there)).is_ok() {
            let _ = (&self.file).take(most - there).read_to_end(&mut self.start);
        }
        &self.start
    }

    /// Its first bytes, once the file is of no more use.
    pub fn into_start(mut self) -> Vec<u8> {
        self.start.truncate(HEAD);
        self.start
    }

    /// The file from its beginning.
    pub fn rewound(&mut self) -> std::io::Result<&mut File> {
        self.file.rewind()?;
        Ok(&mut self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_extended_on_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let bytes: Vec<u8> = (0..10_000_u32).map(|n| n as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let mut head = Head::open(&path).unwrap();
        assert_eq!(head.start(), &bytes[..4096]);
        let mut again = Vec::new();
        head.rewound().unwrap().read_to_end(&mut again).unwrap();
        assert_eq!(again, bytes);
        assert_eq!(head.up_to(5000), &bytes[..5000]);
        assert_eq!(head.up_to(1 << 20), bytes);
    }
}
