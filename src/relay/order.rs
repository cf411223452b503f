//! Sorts the pictures of a recording by time where they are stored in another order.
//! Pictures wait in memory, and beyond a limit in a temporary file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use crate::error::{Error, Result};

/// Limit of pictures waiting in memory, in bytes for each entity.
const IN_MEMORY: usize = 32 << 20;

/// Takes pictures in any order and returns them by rank, without a gap.
pub(crate) struct Order<T> {
    next: u32,
    waiting: BTreeMap<u32, (T, Bytes)>,
    in_memory: usize,
    spill: Option<File>,
}

enum Bytes {
    Memory(Vec<u8>),
    /// Offset in the temporary file, and number of bytes.
    Disk(u64, usize),
}

impl<T> Default for Order<T> {
    fn default() -> Self {
        Self { next: 0, waiting: BTreeMap::new(), in_memory: 0, spill: None }
    }
}

impl<T> Order<T> {
    /// Take a picture; returns all whose turn has come.
    pub fn push(&mut self, rank: u32, item: T, data: Vec<u8>) -> Result<Vec<(T, Vec<u8>)>> {
        let bytes = if rank == self.next {
            Bytes::Memory(data)
        } else if self.in_memory + data.len() <= IN_MEMORY {
            self.in_memory += data.len();
            Bytes::Memory(data)
        } else {
            self.write(&data)?
        };
        self.waiting.insert(rank, (item, bytes));
        let mut due = Vec::new();
        while let Some((item, bytes)) = self.waiting.remove(&self.next) {
            let own = self.next == rank;
            self.next += 1;
            due.push((item, self.read(bytes, own)?));
        }
        Ok(due)
    }

    /// Return the pictures that still wait for others, which did not come.
    pub fn finish(&mut self) -> Result<Vec<(T, Vec<u8>)>> {
        let rest = std::mem::take(&mut self.waiting);
        rest.into_values().map(|(item, bytes)| Ok((item, self.read(bytes, false)?))).collect()
    }

    fn read(&mut self, bytes: Bytes, own: bool) -> Result<Vec<u8>> {
        let (at, length) = match bytes {
            Bytes::Memory(data) => {
                self.in_memory -= if own { 0 } else { data.len() };
                return Ok(data);
            }
            Bytes::Disk(at, length) => (at, length),
        };
        let mut data = vec![0; length];
        let file = self.file()?;
        file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut data)).map_err(failed)?;
        Ok(data)
    }

    fn write(&mut self, data: &[u8]) -> Result<Bytes> {
        let file = self.file()?;
        let at = file.seek(SeekFrom::End(0)).map_err(failed)?;
        file.write_all(data).map_err(failed)?;
        Ok(Bytes::Disk(at, data.len()))
    }

    fn file(&mut self) -> Result<&mut File> {
        match &mut self.spill {
            Some(file) => Ok(file),
            none => Ok(none.insert(tempfile::tempfile().map_err(failed)?)),
        }
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::temporary_file("pictures out of order", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(ranks: &[u32], size: usize) -> Vec<u32> {
        let mut order = Order::default();
        let mut got = Vec::new();
        for &rank in ranks {
            let data = vec![rank as u8; size];
            got.extend(order.push(rank, rank, data).unwrap());
        }
        got.extend(order.finish().unwrap());
        for (rank, data) in &got {
            assert_eq!(data, &vec![*rank as u8; size]);
        }
        got.into_iter().map(|(rank, _)| rank).collect()
    }

    #[test]
    fn items_come_in_order_without_delay() {
        let mut order = Order::default();
        assert_eq!(order.push(0, 'a', vec![0]).unwrap(), [('a', vec![0])]);
        assert!(order.push(2, 'c', vec![2]).unwrap().is_empty());
        assert_eq!(order.push(1, 'b', vec![1]).unwrap().len(), 2);
        assert_eq!(order.in_memory, 0);
    }

    #[test]
    fn items_beyond_the_memory_limit_are_spooled_to_disk() {
        let backwards: Vec<u32> = (0..10).rev().collect();
        assert_eq!(ordered(&backwards, 8 << 20), (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn a_missing_item_does_not_hold_others_back_at_the_end() {
        assert_eq!(ordered(&[0, 3, 2], 1), [0, 2, 3]);
    }
}
