//! Protects Rerun's decoder, which allocates whatever a length asks for, from false lengths in an `.rrd` file: the file
//! ends where a message is longer than what is left, and a message with impossible lengths inside is replaced by zeros,
//! so that only this message is lost. It does not look at the contents of messages.

use std::collections::VecDeque;
use std::io::{Read, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::lengths::{self, Checked};

/// Each stream begins with `RRF2`. A file may hold several streams in a row.
const MAGIC: &[u8; 4] = b"RRF2";
const STREAM_HEADER: u64 = 12;
/// Kind and length of a message, 8 bytes each, little-endian.
const MESSAGE_HEADER: usize = 16;
/// The kind that ends a stream. With content, a footer follows.
const END: u64 = 0;
const ARROW: u64 = 2;
const LAST_KIND: u64 = 3;
const FOOTER: u64 = 32;

/// A reader that ends where the framing of the messages is damaged.
pub(super) struct Framed<R> {
    inner: R,
    /// Bytes of the file that are still to be read.
    left: u64,
    /// Bytes that were read but not passed on yet: a header, and the part of its message that is checked.
    head: VecDeque<u8>,
    /// Bytes to pass on unchecked until the next header.
    body: u64,
    /// Bytes passed on beyond those in the file, since messages are decompressed.
    grown: Arc<AtomicI64>,
    ended: bool,
}

impl<R: Read> Framed<R> {
    /// Reads a file of that many bytes from its beginning.
    pub fn new(inner: R, bytes: u64) -> Self {
        let (head, grown) = (VecDeque::new(), Arc::default());
        Self { inner, left: bytes, head, body: 0, grown, ended: false }
    }

    /// How many more bytes were passed on than read, kept up to date.
    pub fn grown(&self) -> Arc<AtomicI64> {
        self.grown.clone()
    }

    /// Read the next header, which tells where the one after it begins.
    fn advance(&mut self) -> Result<()> {
        let mut head = Vec::with_capacity(MESSAGE_HEADER);
        self.take(4, &mut head)?;
        if head == MAGIC {
            self.body = STREAM_HEADER - 4;
        } else {
            self.take(MESSAGE_HEADER - head.len(), &mut head)?;
            let number = |at| head.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
            match (number(0), number(8)) {
                (Some(kind), Some(length)) if kind <= LAST_KIND => {
                    if length > self.left {
                        self.ended = true;
                        return Ok(());
                    }
                    if kind == ARROW {
                        self.arrow(length, &mut head)?;
                        self.head = head.into();
                        return Ok(());
                    }
                    let footer = if kind == END && length > 0 { FOOTER } else { 0 };
                    self.body = length + footer;
                }
                // Not a message: the decoder reports it.
                _ => self.body = u64::MAX,
            }
        }
        self.ended = head.is_empty();
        self.head = head.into();
        Ok(())
    }

    /// Read the message after its header. If it is not plausible it is replaced by zeros, which the decoder rejects; if
    /// it is compressed, by the same message without compression.
    fn arrow(&mut self, length: u64, head: &mut Vec<u8>) -> Result<()> {
        let begin = head.len();
        self.take(usize::try_from(length).unwrap_or(usize::MAX), head)?;
        match lengths::check(&head[begin..]) {
            Checked::Plausible => {}
            Checked::Implausible => head[begin..].fill(0),
            Checked::Unpacked(message) => {
                let grown = message.len() as i64 - length as i64;
                self.grown.fetch_add(grown, Ordering::Relaxed);
                head.truncate(begin);
                head[begin - 8..].copy_from_slice(&(message.len() as u64).to_le_bytes());
                head.extend(message);
            }
        }
        Ok(())
    }

    fn take(&mut self, count: usize, to: &mut Vec<u8>) -> Result<()> {
        let taken = self.inner.by_ref().take(count as u64).read_to_end(to)?;
        self.left = self.left.saturating_sub(taken as u64);
        Ok(())
    }
}

impl<R: Read> Read for Framed<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if self.head.is_empty() && self.body == 0 && !self.ended {
            self.advance()?;
        }
        if !self.head.is_empty() {
            return self.head.read(out);
        }
        if self.ended {
            return Ok(0);
        }
        let most = usize::try_from(self.body).unwrap_or(usize::MAX).min(out.len());
        let count = self.inner.read(&mut out[..most])?;
        self.body -= count as u64;
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;

    fn stream(lengths: &[(u64, u64)]) -> Vec<u8> {
        let mut bytes = b"RRF2\0\x24\x03\0\x01\x02\0\0".to_vec();
        for &(kind, length) in lengths {
            bytes.extend(kind.to_le_bytes());
            bytes.extend(length.to_le_bytes());
            bytes.extend(vec![7; length as usize]);
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Framed::new(bytes, bytes.len() as u64).read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn intact_files_pass_unchanged() {
        let one = stream(&[(1, 5), (2, 100), (2, 0), (0, 0)]);
        let mut two = stream(&[(2, 3), (0, 8)]);
        two.extend([9; FOOTER as usize]);
        for bytes in [one.clone(), two.clone(), [one.clone(), two, one].concat(), b"no".to_vec()] {
            assert_eq!(read(&bytes), bytes);
        }
    }

    #[test]
    fn reading_ends_at_a_false_length() {
        let good = stream(&[(1, 5)]);
        let mut bytes = good.clone();
        bytes.extend(2_u64.to_le_bytes());
        bytes.extend(u64::MAX.to_le_bytes());
        bytes.extend([1; 50]);
        assert_eq!(read(&bytes), good);
    }

    #[test]
    fn the_output_is_no_longer_than_the_file() {
        let seeds = [stream(&[(1, 5), (2, 30), (2, 0), (0, 0)]), stream(&[(2, 3), (0, 8)])];
        let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
        damaged(&seeds, |bytes| {
            let mut framed = Framed::new(bytes, bytes.len() as u64);
            let (grown, mut out) = (framed.grown(), Vec::new());
            framed.read_to_end(&mut out).unwrap();
            // But for messages that were decompressed.
            let most = bytes.len() as i64 + grown.load(Ordering::Relaxed).max(0);
            assert!(out.len() as i64 <= most, "{} of {most}", out.len());
        });
    }
}
