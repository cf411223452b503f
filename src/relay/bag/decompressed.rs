//! The database of a bag that is compressed as a whole, in a temporary file, because SQLite needs random access.
//! A few compressed bytes cannot fill the disk. Only the header of the database is parsed.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use tempfile::{NamedTempFile, TempPath};

use crate::event::Cancel;
use crate::source::bag;

/// Bytes to decompress between two looks at the switch.
const STEP: u64 = 1 << 20;
/// What stays free on the disk, or half of what was free if that is less.
const STAYS_FREE: u64 = 1 << 30;
/// As much of a database as holds its size.
const HEAD: usize = 32;

/// Decompress the file at `path`.
pub(super) fn database(path: &Path, cancel: &Cancel) -> io::Result<TempPath> {
    let mut file = NamedTempFile::new()?;
    let most = free(file.path()).map(|free| free - (free / 2).min(STAYS_FREE));
    let contents = bag::contents(File::open(path)?)?;
    match unpack(contents, &mut file, most.unwrap_or(u64::MAX), cancel)? {
        Unpacked::Whole => Ok(file.into_temp_path()),
        Unpacked::Cancelled => Err(io::ErrorKind::Interrupted.into()),
        Unpacked::TooLong { bytes } => {
            let folder = std::env::temp_dir();
            let text = format!(
                "decompressed it has {} MB or more, and {} has no room for so much: decompress it with `zstd -d` where \
                 there is, or name a folder on another disk in TMPDIR",
                bytes / 1_000_000,
                folder.display()
            );
            Err(io::Error::new(io::ErrorKind::StorageFull, text))
        }
    }
}

#[derive(Debug, PartialEq)]
enum Unpacked {
    Whole,
    Cancelled,
    /// It has at least this many bytes.
    TooLong {
        bytes: u64,
    },
}

/// Decompress at most `most` bytes.
fn unpack(
    mut from: impl Read,
    to: &mut impl Write,
    most: u64,
    cancel: &Cancel,
) -> io::Result<Unpacked> {
    let mut bytes = 0;
    while !cancel.is_cancelled() {
        let mut step = Vec::new();
        from.by_ref().take(STEP).read_to_end(&mut step)?;
        if step.is_empty() {
            return Ok(Unpacked::Whole);
        }
        // A database states its size, so most that are too long are refused before they are written.
        let stated = if bytes == 0 { stated_size(&step) } else { 0 };
        bytes += step.len() as u64;
        if bytes.max(stated) > most {
            return Ok(Unpacked::TooLong { bytes: bytes.max(stated) });
        }
        to.write_all(&step)?;
    }
    Ok(Unpacked::Cancelled)
}

/// The size of a database by its head: <https://sqlite.org/fileformat2.html#the_database_header>. 0 if it states none.
fn stated_size(start: &[u8]) -> u64 {
    let Some(head) = start.first_chunk::<HEAD>() else { return 0 };
    let page = u64::from(u16::from_be_bytes([head[16], head[17]]));
    // 65536 does not fit.
    let page = if page == 1 { 1 << 16 } else { page };
    page * u64::from(u32::from_be_bytes([head[28], head[29], head[30], head[31]]))
}

/// Bytes that are free where `path` is, if the system tells.
#[cfg(target_os = "linux")]
fn free(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(target_os = "linux"))]
fn free(_path: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(from: &[u8], most: u64) -> (Unpacked, usize) {
        let mut to = Vec::new();
        (unpack(from, &mut to, most, &Cancel::new()).unwrap(), to.len())
    }

    #[test]
    fn at_most_the_free_space_is_written() {
        let three = vec![0; 3 << 20];
        assert_eq!(unpacked(&three, 3 << 20), (Unpacked::Whole, 3 << 20));
        assert_eq!(unpacked(&three, 2 << 20), (Unpacked::TooLong { bytes: 3 << 20 }, 2 << 20));
        let cancel = Cancel::new();
        cancel.cancel();
        let endless = unpack(io::repeat(0), &mut io::sink(), u64::MAX, &cancel);
        assert_eq!(endless.unwrap(), Unpacked::Cancelled);
    }

    #[test]
    fn a_database_of_excessive_stated_size_is_rejected_before_writing() {
        let mut head = [0; HEAD];
        head[17] = 1;
        head[28..].copy_from_slice(&[0xff; 4]);
        let bytes = u64::from(u32::MAX) << 16;
        assert_eq!(unpacked(&head, 1 << 40), (Unpacked::TooLong { bytes }, 0));
        assert_eq!(unpacked(&head, 1 << 48), (Unpacked::Whole, HEAD));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn free_space_is_known() {
        assert!(free(&std::env::temp_dir()).is_some());
    }
}
