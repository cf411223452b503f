//! Folders of videos: which files in them and below them are videos, by their first bytes, or bags; or folders of
//! sound. A folder of pictures is one input, an image sequence: `sequence`.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::sequence::is_image;
use super::{bag, gif, pattern, signature};
use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Result};

/// The videos and bags in a folder and in the folders below it, sorted by name; hidden ones are left out. A ROS 2 bag
/// that is a folder counts as one, and so does `folder` if it is a bag.
///
/// Files of sound count where there is no video, and where they are more than the pictures, which may be their covers.
///
/// Recordings of Rerun's are left out: the folder may be where earlier runs saved theirs.
pub(crate) fn videos_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    let mut walk = walk.filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name()));
    let (mut videos, mut sounds, mut pictures) = (Vec::new(), Vec::new(), 0);
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            // A dangling or circular link is no video. A folder that cannot be read is an error, since it may hold
            // videos.
            Err(error) if error.loop_ancestor().is_some() => continue,
            Err(error) if is_dead_link(&error) => continue,
            Err(error) => {
                let path = error.path().unwrap_or(folder).display().to_string();
                return Err(Error::new(ErrorKind::Open, path, error));
            }
        };
        let path = entry.path();
        if entry.file_type().is_dir() && bag::is_bag(path) {
            walk.skip_current_dir();
            videos.push(entry.into_path());
        } else if entry.file_type().is_file()
            && (bag::is_bag_file(path) || signature::is_video(path) || gif::is_animated(path))
        {
            videos.push(entry.into_path());
        } else if signature::is_sound(path) {
            sounds.push(entry.into_path());
        } else if is_image(path) {
            pictures += 1;
        }
    }
    Ok(if videos.is_empty() && sounds.len() > pictures { sounds } else { videos })
}

fn is_dead_link(error: &walkdir::Error) -> bool {
    error.path().is_some_and(|path| path.is_symlink() && !path.exists())
}

/// Inputs with each folder of videos replaced by its videos, for one recording of all of them.
///
/// Folders below it count, hidden files do not. A bag, in MCAP or of ROS 2, counts as a video; files of sound count
/// where there is no video. A folder with pictures in it stays as it is, and so does everything else.
/// [`convert_all`](crate::convert_all) makes a recording of each video instead.
///
/// ```no_run
/// use vstream::{InputConfig, videos_of_folders};
///
/// let inputs = videos_of_folders(vec![InputConfig::new("drive")])?;
/// # Ok::<(), vstream::Error>(())
/// ```
///
/// # Errors
/// A folder that cannot be read.
pub fn videos_of_folders(inputs: Vec<InputConfig>) -> Result<Vec<InputConfig>> {
    let mut expanded = Vec::with_capacity(inputs.len());
    for input in inputs {
        let path = Path::new(&input.location);
        let is_folder = input.pictures.is_empty() && path.is_dir();
        let videos = match is_folder && !pattern::files_in(path).iter().any(|file| is_image(file)) {
            true => videos_in(path)?,
            false => Vec::new(),
        };
        if videos.is_empty() {
            expanded.push(input);
            continue;
        }
        expanded.extend(videos.into_iter().map(|video| {
            let mut one = input.clone();
            one.location = video.into_os_string();
            one
        }));
    }
    Ok(expanded)
}
