//! The settings of a batch, as plain data with defaults.
//! It opens no file.

use std::path::{Path, PathBuf};

use super::Shard;
use crate::config::{Config, SaveFormat};

/// Converts many files, each into its own recording.
///
/// ```no_run
/// use vstream::{Batch, Config, Destination, SilentBatch, SkipExisting};
///
/// // Every video under `videos` to the same subfolder of `recordings`; recordings that exist already are kept.
/// let batch = Batch::new(Config::new("videos"), Destination::folder("recordings"))
///     .with_skip_existing(SkipExisting::Same);
/// let summary = vstream::convert_all(&batch, &mut SilentBatch)?;
/// for failed in &summary.failed {
///     println!("{}: {}", failed.input, failed.error);
/// }
/// # Ok::<(), vstream::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Batch {
    /// What to convert and how. A folder as input stands for every video in it and in its subfolders, except hidden
    /// ones. `outputs` is ignored; `jobs` is the number of files converted at the same time (default: the number of
    /// cores).
    pub config: Config,
    /// Where the recordings are written.
    pub destination: Destination,
    /// Which existing recordings to keep. Default: [`SkipExisting::Never`].
    pub skip_existing: SkipExisting,
    /// Convert only this shard of the files. Default: all of them.
    pub shard: Option<Shard>,
    /// Replace existing files that are not recordings. Default: no; such a file fails with an error.
    pub force: bool,
    /// What the files in a [folder](Destination::Folder) are. Default: recordings. An input with several videos becomes
    /// an ordinary video file for each, in a folder named after the input. A [pattern](Destination::Pattern) names the
    /// format itself.
    pub format: SaveFormat,
}

impl Batch {
    /// A batch of all inputs of `config`, written to `destination`.
    pub fn new(config: Config, destination: Destination) -> Self {
        Self {
            config,
            destination,
            skip_existing: SkipExisting::Never,
            shard: None,
            force: false,
            format: SaveFormat::Rrd,
        }
    }

    /// Sets [`skip_existing`](Self::skip_existing).
    pub fn with_skip_existing(mut self, skip_existing: SkipExisting) -> Self {
        self.skip_existing = skip_existing;
        self
    }

    /// Sets [`shard`](Self::shard).
    pub fn with_shard(mut self, shard: Shard) -> Self {
        self.shard = Some(shard);
        self
    }

    /// Sets [`force`](Self::force).
    pub fn with_force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Sets [`format`](Self::format).
    pub fn with_format(mut self, format: SaveFormat) -> Self {
        self.format = format;
        self
    }
}

/// Where the recordings of a batch are written.
///
/// ```
/// use vstream::Destination;
///
/// let beside = Destination::Pattern("recordings/{dir}/{stem}.rrd".into());
/// let below = Destination::folder("recordings");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destination {
    /// In this folder, with the subfolders of the inputs: `videos/a/clip.mp4` of `videos` becomes `a/clip.rrd`, or
    /// `a/clip.mp4.rrd` if `a` has another file named `clip`.
    Folder(PathBuf),
    /// Named by a pattern such as `out/{dir}/{stem}-{hash}.rrd`.
    ///
    /// | | of `a/clip.mp4` |
    /// |---|---|
    /// | `{dir}` | `a` |
    /// | `{stem}` | `clip` |
    /// | `{ext}` | `mp4` |
    /// | `{name}` | `clip.mp4` |
    /// | `{hash}` | eight hexadecimal digits that follow from `a/clip.mp4` |
    Pattern(String),
}

impl Destination {
    /// In this folder.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self::Folder(path.into())
    }

    /// Interprets `path` as a destination for several recordings: a pattern, an existing folder, or a path that ends
    /// with a slash. `None` if it names a single file.
    pub fn of_path(path: &Path) -> Option<Self> {
        let text = path.to_string_lossy();
        if text.contains('{') {
            return Some(Self::Pattern(text.into_owned()));
        }
        let ends_as_folder = text.ends_with(std::path::is_separator);
        (ends_as_folder || path.is_dir()).then(|| Self::Folder(path.to_owned()))
    }
}

/// Which existing recordings are kept.
///
/// ```
/// use vstream::{Batch, Config, Destination, SkipExisting};
///
/// // Continues where an earlier run stopped.
/// let batch = Batch::new(Config::new("videos"), Destination::folder("recordings"))
///     .with_skip_existing(SkipExisting::Same);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SkipExisting {
    /// None: each is converted again and replaced when the new one is complete.
    #[default]
    Never,
    /// Those made by this version, with the same settings, from a source of the same size and modification time.
    Same,
    /// All with the expected name, whatever their content.
    Name,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_patterns_are_distinguished_from_files() {
        assert_eq!(Destination::of_path(Path::new("out.rrd")), None);
        assert_eq!(Destination::of_path(Path::new("out/")), Some(Destination::folder("out/")));
        let there = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(Destination::of_path(there), Some(Destination::folder(there)));
        let pattern = Destination::of_path(Path::new("{stem}.rrd"));
        assert_eq!(pattern, Some(Destination::Pattern("{stem}.rrd".into())));
    }
}
