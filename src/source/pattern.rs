//! Names of many files: `frames/%05d.png`, `frames/**/*.{png,jpg}`.
//! It lists the files that match, in the order people count in; it does not open them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use walkdir::{DirEntry, WalkDir};

/// `%d` or `%05d` in a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbered {
    before: String,
    /// Digits that a number has at least; 0 where it has no leading zeros.
    width: usize,
    after: String,
}

impl Numbered {
    /// The only number pattern in one part of a path.
    pub fn parse(name: &str) -> Option<Self> {
        let mut found = None;
        for (at, _) in name.match_indices('%') {
            let digits = name[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit());
            let Some(after) = digits.strip_prefix('d') else { continue };
            let width = &name[at + 1..name.len() - digits.len()];
            if found.is_some() {
                return None;
            }
            found = Some(Self {
                before: name[..at].replace("%%", "%"),
                width: width.parse().unwrap_or(0),
                after: after.replace("%%", "%"),
            });
        }
        found
    }

    /// The number in a name that the pattern matches.
    fn number(&self, name: &str, any_width: bool) -> Option<u64> {
        let digits = name.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let padded = digits.len() > 1 && digits.starts_with('0');
        let fits = match self.width {
            0 => !padded,
            width => digits.len() == width || digits.len() > width && !padded,
        };
        (fits || any_width).then(|| digits.parse().ok()).flatten()
    }
}

/// The files of a number pattern by their numbers. `any_width` finds those with other zeros in front, too.
pub(super) fn numbered(pattern: &str, any_width: bool) -> Vec<(u64, PathBuf)> {
    let (folder, rest) = literal_part(pattern);
    let (name, below) =
        rest.split_once('/').map_or((rest, None), |(name, rest)| (name, Some(rest)));
    let Some(numbered) = Numbered::parse(name) else {
        return Vec::new();
    };
    let mut found: Vec<(u64, PathBuf)> = entries(&folder)
        .filter_map(|entry| {
            let number = numbered.number(entry.file_name()?.to_str()?, any_width)?;
            let path = below.map_or(entry.clone(), |below| entry.join(below));
            path.is_file().then(|| (number, without_dot(path)))
        })
        .collect();
    found.sort();
    found
}

/// The files that a glob matches, in natural order, or what is wrong with the glob.
pub(super) fn globbed(pattern: &str) -> Result<Vec<PathBuf>, globset::Error> {
    let (folder, rest) = literal_part(pattern);
    let glob = GlobBuilder::new(rest).literal_separator(true).build()?.compile_matcher();
    let depth = if rest.contains("**") { usize::MAX } else { rest.matches('/').count() + 1 };
    let hidden_too = rest.split('/').any(|part| part.starts_with('.'));
    let wanted =
        |entry: &DirEntry| entry.depth() == 0 || hidden_too || !is_hidden(entry.file_name());
    let walk = WalkDir::new(&folder).follow_links(true).max_depth(depth).into_iter();
    let files =
        walk.filter_entry(wanted).filter_map(Result::ok).filter(|e| e.file_type().is_file());
    let mut found: Vec<PathBuf> = files
        .map(DirEntry::into_path)
        .filter(|path| glob.is_match(path.strip_prefix(&folder).unwrap_or(path)))
        .map(without_dot)
        .collect();
    sort(&mut found);
    Ok(found)
}

/// The files right in a folder, in natural order.
pub(super) fn files_in(folder: &Path) -> Vec<PathBuf> {
    let shown = |path: &PathBuf| path.file_name().is_some_and(|name| !is_hidden(name));
    let mut found: Vec<PathBuf> =
        entries(folder).filter(shown).filter(|path| path.is_file()).collect();
    sort(&mut found);
    found
}

/// 2 comes before 10.
pub(super) fn sort(paths: &mut [PathBuf]) {
    paths.sort_by(|a, b| natord::compare(&a.to_string_lossy(), &b.to_string_lossy()));
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

/// A pattern without a folder gives names without one.
fn without_dot(path: PathBuf) -> PathBuf {
    path.strip_prefix("./").map(Path::to_owned).unwrap_or(path)
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// The folders in front of a pattern that exist as they are written, whatever characters they hold, and the rest.
fn literal_part(pattern: &str) -> (PathBuf, &str) {
    let mut folder = PathBuf::from(if pattern.starts_with('/') { "/" } else { "." });
    let mut rest = pattern.trim_start_matches('/');
    while let Some((part, behind)) = rest.split_once('/') {
        let next = folder.join(part);
        if !next.is_dir() {
            break;
        }
        folder = next;
        rest = behind.trim_start_matches('/');
    }
    (folder, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_distinguished_from_names() {
        for yes in ["a%d.png", "a%05d.png", "%3d"] {
            assert!(Numbered::parse(yes).is_some(), "{yes}");
        }
        for no in ["100%.png", "a%20b.png", "a%s", "%", "%d_%d.png"] {
            assert!(Numbered::parse(no).is_none(), "{no}");
        }
    }

    #[test]
    fn leading_zeros_must_match_the_pattern() {
        let number =
            |pattern: &str, name: &str| Numbered::parse(pattern).unwrap().number(name, false);
        assert_eq!(number("f%03d.png", "f007.png"), Some(7));
        assert_eq!(number("f%03d.png", "f1007.png"), Some(1007));
        assert_eq!(number("f%03d.png", "f7.png"), None);
        assert_eq!(number("f%d.png", "f7.png"), Some(7));
        assert_eq!(number("f%d.png", "f07.png"), None);
        assert_eq!(number("f%d.png", "f.png"), None);
        assert_eq!(number("50%%_%d.png", "50%_3.png"), Some(3));
    }
}
