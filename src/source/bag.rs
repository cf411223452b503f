//! Bags as ROS writes them: ROS 1 a file, ROS 2 a folder with `metadata.yaml` and one or several files in MCAP or
//! SQLite. It lists and opens the files; what is in them is for `relay`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::pattern;

/// What ROS puts beside the files of every bag.
const METADATA: &str = "metadata.yaml";

/// What a file begins with if it is compressed with zstd, as ROS 2 compresses files of bags.
pub(crate) const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// What an SQLite database begins with.
pub(crate) const SQLITE: &[u8] = b"SQLite format 3\0";

/// What a bag of ROS 1 begins with, in the version that ROS has written since 2010.
pub(crate) const ROS_1: &[u8] = b"#ROSBAG V2.0\n";

/// As many bytes of a file as tell the formats of bags and recordings apart.
pub(crate) const START: usize = 16;

/// The first bytes of a file, decompressed if it is compressed as a whole.
pub(crate) fn start(path: &Path) -> io::Result<Vec<u8>> {
    first(&mut contents(File::open(path)?)?, START)
}

/// Whether a file is compressed as a whole.
pub(crate) fn is_compressed(path: &Path) -> io::Result<bool> {
    Ok(first(&mut File::open(path)?, ZSTD.len())? == ZSTD)
}

/// The contents of a file, decompressed if it is compressed as a whole.
pub(crate) fn contents<R: Read + Send + 'static>(mut file: R) -> io::Result<Box<dyn Read + Send>> {
    let start = first(&mut file, ZSTD.len())?;
    let is_compressed = start == ZSTD;
    let file = io::Cursor::new(start).chain(file);
    Ok(match is_compressed {
        true => Box::new(zstd::Decoder::new(file)?),
        false => Box::new(file),
    })
}

fn first(file: &mut impl Read, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The files of the bag that is the folder at `path`, in the order in which they were recorded; `None` if it is no bag.
///
/// A recorder that was killed leaves no `metadata.yaml`, and the folder then counts as one of separate bags.
pub(crate) fn files(path: &Path) -> Option<Vec<PathBuf>> {
    if !path.join(METADATA).is_file() {
        return None;
    }
    // The recorder numbers them, so natural order is that of recording.
    let files: Vec<PathBuf> =
        pattern::files_in(path).into_iter().filter(|file| is_bag_file(file)).collect();
    (!files.is_empty()).then_some(files)
}

/// Whether the folder at `path` is a bag.
pub(crate) fn is_bag(path: &Path) -> bool {
    files(path).is_some()
}

/// A file of a bag by its name, maybe compressed as a whole.
pub(crate) fn is_bag_file(path: &Path) -> bool {
    [".mcap", ".db3", ".bag"].iter().any(|ending| has_ending(path, ending))
}

/// A file in MCAP by its name, maybe compressed as a whole.
pub(crate) fn is_mcap(path: &Path) -> bool {
    has_ending(path, ".mcap")
}

fn has_ending(path: &Path, ending: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let plain = name.strip_suffix(".zstd").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    plain.ends_with(ending)
}
