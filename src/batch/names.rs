//! The paths of the recordings: folders kept, extension replaced, and no path used twice.
//! Pure; folders are created when a file is converted.

use std::collections::HashMap;
use std::hash::Hasher as _;
use std::path::{Component, Path, PathBuf};

use super::config::Destination;
use crate::config::SaveFormat;
use crate::error::{Error, ErrorKind, Result};

/// The fields that a pattern may contain.
const KNOWN: &str = "{dir}, {stem}, {ext}, {name} and {hash} are known";

/// Paths relative to `root`, or to the folder that all `files` have in common. `files` are absolute.
pub(super) fn relative(files: &[PathBuf], root: Option<&Path>) -> Vec<PathBuf> {
    let common = root.map_or_else(|| common_folder(files), Path::to_owned);
    let below = |file: &PathBuf| {
        let rest = file.strip_prefix(&common).unwrap_or(file);
        let plain = rest.components().filter(|part| matches!(part, Component::Normal(_)));
        plain.collect()
    };
    files.iter().map(below).collect()
}

fn common_folder(files: &[PathBuf]) -> PathBuf {
    let mut folders = files.iter().map(|file| file.parent().unwrap_or(Path::new("")));
    let Some(first) = folders.next() else {
        return PathBuf::new();
    };
    folders.fold(first.to_owned(), |common, folder| {
        let alike = common.components().zip(folder.components()).take_while(|(a, b)| a == b);
        alike.map(|(part, _)| part).collect()
    })
}

/// The outputs' paths for the files at `relative`.
pub(super) fn outputs(
    relative: &[PathBuf],
    destination: &Destination,
    format: SaveFormat,
) -> Result<Vec<PathBuf>> {
    let outputs = match destination {
        Destination::Folder(folder) => mirrored(relative, folder, &format.to_string()),
        Destination::Pattern(pattern) => {
            relative.iter().map(|file| filled(pattern, file)).collect::<Result<_>>()?
        }
    };
    let mut taken: HashMap<&PathBuf, &PathBuf> = HashMap::new();
    for (output, file) in outputs.iter().zip(relative) {
        if let Some(other) = taken.insert(output, file) {
            let cause =
                format!("{} and {} would both be written there", other.display(), file.display());
            return Err(Error::new(ErrorKind::Config, output.display().to_string(), cause)
                .with_remedy("put {dir}, {ext} or {hash} into the pattern of names"));
        }
    }
    Ok(outputs)
}

/// `a/clip.mp4` becomes `a/clip.rrd`, or `a/clip.mp4.rrd` if another file would get the same name.
fn mirrored(relative: &[PathBuf], folder: &Path, extension: &str) -> Vec<PathBuf> {
    // Names are compared without case: some file systems ignore it, and the recordings may be copied to one.
    let key = |path: &Path| path.to_string_lossy().to_lowercase();
    let short = |file: &PathBuf| file.with_extension(extension);
    let mut count: HashMap<String, usize> = HashMap::new();
    for file in relative {
        *count.entry(key(&short(file))).or_default() += 1;
    }
    let long = |file: &PathBuf| {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(extension);
        file.with_file_name(name)
    };
    let name = |file: &PathBuf| match count.get(&key(&short(file))) {
        Some(1) => short(file),
        _ => long(file),
    };
    relative.iter().map(|file| folder.join(name(file))).collect()
}

/// Expands a pattern such as `out/{dir}/{stem}-{hash}.rrd` for one file.
fn filled(pattern: &str, file: &Path) -> Result<PathBuf> {
    let text = |part: Option<&std::ffi::OsStr>| {
        part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let wrong = |cause: String| {
        Error::new(ErrorKind::Config, format!("pattern of names `{pattern}`"), cause)
            .with_remedy(KNOWN)
    };
    let (mut name, mut rest) = (String::new(), pattern);
    while let Some((before, behind)) = rest.split_once('{') {
        let (word, after) =
            behind.split_once('}').ok_or_else(|| wrong("a { has no }".to_owned()))?;
        name += before;
        name += &match word {
            "dir" => text(file.parent().map(Path::as_os_str)),
            "stem" => text(file.file_stem()),
            "ext" => text(file.extension()),
            "name" => text(file.file_name()),
            "hash" => hash(file),
            other => return Err(wrong(format!("{{{other}}} stands for nothing"))),
        };
        rest = after;
    }
    name += rest;
    // An empty {dir} must not make a relative pattern absolute or leave two slashes.
    let absolute = pattern.starts_with('/');
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    let joined = parts.join("/");
    Ok(PathBuf::from(if absolute { format!("/{joined}") } else { joined }))
}

/// Eight hexadecimal digits that depend only on the file's name in the batch: 64-bit FNV-1a, folded.
fn hash(file: &Path) -> String {
    let mut hasher = fnv::FnvHasher::default();
    hasher.write(file.to_string_lossy().replace('\\', "/").as_bytes());
    let hash = hasher.finish();
    format!("{:08x}", (hash >> 32) as u32 ^ hash as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(files: &[&str]) -> Vec<PathBuf> {
        files.iter().map(PathBuf::from).collect()
    }

    fn named(files: &[&str], destination: &Destination) -> Vec<String> {
        let outputs = outputs(&paths(files), destination, SaveFormat::Rrd).unwrap();
        outputs.iter().map(|path| path.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn common_parent_folders_are_left_out() {
        let files = paths(&["/d/videos/a/1.mp4", "/d/videos/b/c/2.mp4"]);
        assert_eq!(relative(&files, None), paths(&["a/1.mp4", "b/c/2.mp4"]));
        assert_eq!(relative(&files[..1], None), paths(&["1.mp4"]));
        let root = Path::new("/d");
        assert_eq!(relative(&files, Some(root)), paths(&["videos/a/1.mp4", "videos/b/c/2.mp4"]));
    }

    #[test]
    fn no_two_files_share_a_name() {
        let folder = Destination::Folder("out".into());
        let files = ["a/x.mp4", "a/x.MKV", "b/x.mp4", "a/X.avi", "a/no ending"];
        assert_eq!(
            named(&files, &folder),
            [
                "out/a/x.mp4.rrd",
                "out/a/x.MKV.rrd",
                "out/b/x.rrd",
                "out/a/X.avi.rrd",
                "out/a/no ending.rrd"
            ]
        );
    }

    #[test]
    fn a_pattern_is_filled_in() {
        let pattern = |text: &str| Destination::Pattern(text.to_owned());
        assert_eq!(
            named(&["a/b/x.mp4", "y.mkv"], &pattern("out/{dir}/{stem}.{ext}.rrd")),
            ["out/a/b/x.mp4.rrd", "out/y.mkv.rrd"]
        );
        let hashed = named(&["a/x.mp4", "b/x.mp4"], &pattern("/out/{stem}-{hash}.rrd"));
        assert!(hashed[0].starts_with("/out/x-") && hashed[0] != hashed[1], "{hashed:?}");
    }

    #[test]
    fn an_invalid_pattern_is_rejected() {
        let refused = |pattern: &str| {
            let files = paths(&["a/x.mp4", "b/x.mp4"]);
            let pattern = Destination::Pattern(pattern.to_owned());
            outputs(&files, &pattern, SaveFormat::Rrd).unwrap_err().to_string()
        };
        assert!(refused("{stem}.rrd").contains("a/x.mp4 and b/x.mp4"));
        assert!(refused("{step}.rrd").contains("{step} stands for nothing"));
        assert!(refused("{stem.rrd").contains("no }"));
    }
}
