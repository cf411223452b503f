//! Options for batches: lists of inputs, shards, and which existing recordings to keep.
//! Which files a folder holds, and how their recordings are named, is decided in the library.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use vstream::{Shard, SkipExisting};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Many files")]
pub struct BatchArgs {
    /// With --save FOLDER/: skip inputs whose recordings exist
    ///
    /// `same`, the default, converts again what was made by another version, with other settings, or from a file that
    /// has changed since; `name` compares names only.
    #[arg(long, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "same", hide_short_help = true)]
    skip_existing: Option<SkipMode>,
    /// With --save FOLDER/: convert only this share of the files, such as 3/100
    ///
    /// Shares are counted from 0, do not overlap, and take about equally long, if all runs get the same inputs.
    #[arg(long, value_name = "INDEX/COUNT", hide_short_help = true)]
    pub shard: Option<Shard>,
    /// In lists of inputs (@FILE), names are separated by NUL instead of line breaks
    #[arg(short = '0', long, hide_short_help = true)]
    null: bool,
}

/// Which existing recordings are kept.
#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
pub enum SkipMode {
    /// Those made by this version from the same file with the same settings
    Same,
    /// Those with the expected name
    Name,
}

impl BatchArgs {
    pub fn skip_existing(&self) -> SkipExisting {
        match self.skip_existing {
            None => SkipExisting::Never,
            Some(SkipMode::Same) => SkipExisting::Same,
            Some(SkipMode::Name) => SkipExisting::Name,
        }
    }

    /// The first given option that only makes sense for a batch, if any.
    pub fn given(&self) -> Option<&'static str> {
        match self {
            Self { skip_existing: Some(_), .. } => Some("--skip-existing"),
            Self { shard: Some(_), .. } => Some("--shard"),
            _ => None,
        }
    }

    /// The inputs, with `@FILE` replaced by what the file lists.
    pub fn expand(&self, words: &[OsString]) -> anyhow::Result<Vec<OsString>> {
        let mut inputs = Vec::new();
        for word in words {
            match word.to_string_lossy().strip_prefix('@') {
                Some(list) if !Path::new(word).exists() => inputs.extend(self.read(list)?),
                _ => inputs.push(word.clone()),
            }
        }
        Ok(inputs)
    }

    fn read(&self, list: &str) -> anyhow::Result<Vec<OsString>> {
        let mut bytes = Vec::new();
        let read = match list {
            "-" => std::io::stdin().lock().read_to_end(&mut bytes).map(drop),
            path => std::fs::read(path).map(|read| bytes = read),
        };
        read.with_context(|| format!("cannot read the list of inputs {list}"))?;
        let separator = if self.null { 0 } else { b'\n' };
        let entry = |line: &[u8]| {
            let line = if self.null { line } else { line.strip_suffix(b"\r").unwrap_or(line) };
            (!line.is_empty()).then(|| name(line))
        };
        let entries: Vec<OsString> =
            bytes.split(|&byte| byte == separator).filter_map(entry).collect();
        if entries.is_empty() {
            bail!("the list of inputs {list} is empty");
        }
        Ok(entries)
    }
}

#[cfg(unix)]
fn name(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(bytes).to_owned()
}

#[cfg(not(unix))]
fn name(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}
