//! A file that counts the bytes read from it, for progress.
//! It counts the file's own bytes, which may be compressed.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many bytes were read.
pub(super) struct Position(Arc<AtomicU64>);

impl Position {
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Counted<R> {
    file: R,
    position: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.file.read(buffer)?;
        self.position.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}

/// The same file, counted.
pub(super) fn counted<R: Read + Send + 'static>(file: R) -> (impl Read + Send + 'static, Position) {
    let position = Arc::new(AtomicU64::new(0));
    (Counted { file, position: position.clone() }, Position(position))
}
