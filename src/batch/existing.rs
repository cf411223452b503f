//! Whether an existing recording is up to date: the properties a batch writes into each recording and compares later.
//! It never opens a video.

use std::hash::Hasher as _;
use std::path::Path;

use walkdir::WalkDir;

use super::config::{Batch, SkipExisting};
use super::files::BatchFile;
use crate::config::Config;
use crate::record::recorded;

/// The group of recording properties that describe the source.
const GROUP: &str = "conversion";

/// The properties that describe the source `file` and the settings.
pub(super) fn properties(file: &BatchFile, config: &Config) -> Vec<(String, String, String)> {
    let property = |name: &str, value: String| (GROUP.to_owned(), name.to_owned(), value);
    let stamp = file.stamp.iter().flat_map(|stamp| {
        [
            property("source_bytes", stamp.bytes.to_string()),
            property("source_modified", stamp.modified.to_string()),
        ]
    });
    stamp.chain([property("settings", settings(file, config))]).collect()
}

/// Whether the file can be skipped.
pub(super) fn is_there(batch: &Batch, file: &BatchFile, output: &Path) -> bool {
    match batch.skip_existing {
        SkipExisting::Never => false,
        SkipExisting::Name => output.is_file() || has_whole_videos(&output.with_extension("")),
        // Without size and modification time, a change of the source cannot be detected.
        SkipExisting::Same if file.stamp.is_none() => false,
        SkipExisting::Same => {
            let wanted = properties(file, &batch.config);
            recorded::properties(output, GROUP).is_some_and(|found| {
                wanted.iter().all(|(_, name, value)| found.get(name) == Some(value))
            })
        }
    }
}

/// Whether a folder with a file for each video of an input holds no incomplete one.
fn has_whole_videos(folder: &Path) -> bool {
    let files = WalkDir::new(folder).into_iter().flatten();
    let names = files.filter(|entry| entry.file_type().is_file()).map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        !name.ends_with(".part") && !name.contains(".partial.")
    });
    names.reduce(|all, whole| all && whole).unwrap_or(false)
}

/// A hash of all settings that affect the content of a recording, and of this version: 64-bit FNV-1a over their `Debug`
/// output. Paths and the number of parallel jobs are not part of it.
fn settings(file: &BatchFile, config: &Config) -> String {
    let mut input = file.input.clone();
    input.location.clear();
    let text = format!(
        "{} {input:?} {:?} {:?} {:?}",
        env!("CARGO_PKG_VERSION"),
        config.video,
        config.audio,
        config.recording
    );
    let mut hasher = fnv::FnvHasher::default();
    hasher.write(text.as_bytes());
    format!("{:016x}", hasher.finish())
}
