//! ROS 2 bags as ROS writes them: a folder with `metadata.yaml` and the bag's files, one or several in MCAP or SQLite.
//! It lists the files; what is in them is for `relay`.

use std::path::{Path, PathBuf};

use super::pattern;

/// What ROS puts beside the files of every bag.
const METADATA: &str = "metadata.yaml";

/// The files of the bag that is the folder at `path`, in the order in which they were recorded; `None` if it is no bag.
///
/// A recorder that was killed leaves no `metadata.yaml`, and the folder then counts as one of separate bags.
pub(crate) fn files(path: &Path) -> Option<Vec<PathBuf>> {
    if !path.join(METADATA).is_file() {
        return None;
    }
    // The recorder numbers them, so natural order is that of recording.
    let files: Vec<PathBuf> = pattern::files_in(path)
        .into_iter()
        .filter(|file| is_mcap(file) || is_sqlite(file))
        .collect();
    (!files.is_empty()).then_some(files)
}

/// Whether the folder at `path` is a bag.
pub(crate) fn is_bag(path: &Path) -> bool {
    files(path).is_some()
}

/// A file in MCAP, maybe compressed as a whole.
pub(crate) fn is_mcap(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    [".mcap", ".mcap.zstd", ".mcap.zst"].iter().any(|ending| name.ends_with(ending))
}

fn is_sqlite(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("db3"))
}
