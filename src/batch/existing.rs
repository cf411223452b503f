//! Whether a recording that is there is the one that would be made: what a batch writes into each, and compares later.
//! It never opens a video.

use std::hash::Hasher as _;
use std::path::Path;

use super::config::{Batch, SkipExisting};
use super::files::BatchFile;
use crate::config::Config;
use crate::record::recorded;

/// The group of recording properties that say what a recording was made from.
const GROUP: &str = "conversion";

/// What the recording of `file` says of its source and of how it was made.
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

/// Whether the file need not be converted again.
pub(super) fn is_there(batch: &Batch, file: &BatchFile, output: &Path) -> bool {
    match batch.skip_existing {
        SkipExisting::Never => false,
        SkipExisting::Name => output.is_file(),
        // What has no size and time cannot be told from what it was.
        SkipExisting::Same if file.stamp.is_none() => false,
        SkipExisting::Same => {
            let wanted = properties(file, &batch.config);
            recorded::properties(output, GROUP).is_some_and(|found| {
                wanted.iter().all(|(_, name, value)| found.get(name) == Some(value))
            })
        }
    }
}

/// One number for all settings that decide what a recording holds, and for this version, which may make it otherwise:
/// 64-bit FNV-1a of how they print. Where files lie, and how many are converted side by side, is no part of it.
fn settings(file: &BatchFile, config: &Config) -> String {
    let mut input = file.input.clone();
    input.location.clear();
    let text = format!(
        "{} {input:?} {:?} {:?}",
        env!("CARGO_PKG_VERSION"),
        config.video,
        config.recording
    );
    let mut hasher = fnv::FnvHasher::default();
    hasher.write(text.as_bytes());
    format!("{:016x}", hasher.finish())
}
