//! Lists the files of a batch, those in folders too, and gives every file its size and its name in the batch.
//! No file is opened with FFmpeg.

use std::path::{Path, PathBuf, absolute};
use std::time::UNIX_EPOCH;

use super::names;
use crate::config::InputConfig;
use crate::error::Result;
use crate::source;

/// One input of a batch.
#[derive(Debug, Clone)]
pub(super) struct BatchFile {
    pub input: InputConfig,
    /// Its name in the batch, relative to the common folder: `a/clip.mp4`.
    pub relative: PathBuf,
    /// Size, and modification time in nanoseconds since 1970, of a regular file or a bag.
    pub stamp: Option<Stamp>,
    /// It was found in a folder, not named by the user, so it may turn out to have no video.
    pub found: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub bytes: u64,
    pub modified: i64,
}

impl BatchFile {
    pub fn bytes(&self) -> u64 {
        self.stamp.map_or(0, |stamp| stamp.bytes)
    }
}

/// All files of `inputs`, sorted by name within each input.
pub(super) fn find(inputs: &[InputConfig]) -> Result<Vec<BatchFile>> {
    let mut all = Vec::new();
    let is_folder = |path: &Path| path.is_dir() && !source::bag::is_bag(path);
    for input in inputs {
        let path = Path::new(&input.location);
        match is_folder(path) {
            true => in_folder(input, path, &mut all)?,
            false => {
                all.push((input.clone(), path.to_owned(), path.is_file() || path.is_dir(), false))
            }
        }
    }
    // Files keep their folders below the common one; other inputs go by their name alone.
    let root = match inputs {
        [only] if is_folder(Path::new(&only.location)) => absolute(&only.location).ok(),
        _ => None,
    };
    let paths: Vec<PathBuf> = all
        .iter()
        .filter(|(_, _, is_file, _)| *is_file)
        .map(|(_, path, ..)| absolute(path).unwrap_or_else(|_| path.clone()))
        .collect();
    let mut relative = names::relative(&paths, root.as_deref()).into_iter();
    let file = |(input, path, is_file, found): (InputConfig, PathBuf, bool, bool)| {
        let stamp = if is_file { stamp(&path) } else { None };
        let own = || source::identify(&input).map_or_else(|_| name_of(&path), |spec| spec.name);
        let relative = is_file.then(|| relative.next()).flatten();
        let relative = relative.unwrap_or_else(|| PathBuf::from(own().replace(['/', '\\'], "_")));
        BatchFile { input, relative, stamp, found }
    };
    Ok(all.into_iter().map(file).collect())
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Input, path, whether it is a regular file or a bag, and whether it was found in a folder.
type Candidate = (InputConfig, PathBuf, bool, bool);

fn in_folder(input: &InputConfig, folder: &Path, all: &mut Vec<Candidate>) -> Result<()> {
    let videos = source::videos_in(folder)?;
    // A folder without videos may be an image sequence, which the run recognises.
    if videos.is_empty() {
        all.push((input.clone(), folder.to_owned(), false, false));
    }
    all.extend(videos.into_iter().map(|video| {
        let mut one = input.clone();
        one.location = video.as_os_str().to_owned();
        (one, video, true, true)
    }));
    Ok(())
}

/// The stamp of a file, or of all files of a bag.
fn stamp(path: &Path) -> Option<Stamp> {
    let of = |path: &PathBuf| {
        let meta = std::fs::metadata(path).ok()?;
        let modified = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Stamp { bytes: meta.len(), modified: i64::try_from(modified.as_nanos()).ok()? })
    };
    let files = source::bag::files(path).unwrap_or_else(|| vec![path.to_owned()]);
    files.iter().map(of).try_fold(Stamp { bytes: 0, modified: 0 }, |all, one| {
        let one = one?;
        Some(Stamp { bytes: all.bytes + one.bytes, modified: all.modified.max(one.modified) })
    })
}
