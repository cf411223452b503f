//! `vstream --install-importer`: a link to this program under the name that Rerun looks for on PATH.
//! It changes nothing but that link.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::importer::NAME;

const WHAT_FOR: &str =
    "Rerun now opens files with vstream: `rerun clip.mkv`, and those dropped on the viewer.";

/// Create the link, and print its path.
pub fn install() -> anyhow::Result<String> {
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let folder = folder(&program)?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let link = folder.join(NAME).with_extension(std::env::consts::EXE_EXTENSION);
    let target = doorkeeper(&program).unwrap_or_else(|| program.clone());
    if link == target {
        return Ok(format!("{} is installed.\n{WHAT_FOR}", link.display()));
    }
    if fs::symlink_metadata(&link).is_ok_and(|meta| !meta.is_symlink() && !cfg!(windows)) {
        bail!("{} is there already, and is not a link; remove it first", link.display());
    }
    // An existing link may point to another version of this program.
    let _ = fs::remove_file(&link);
    make(&target, &link).with_context(|| format!("cannot make {}", link.display()))?;
    let mut said = format!("{} -> {}\n{WHAT_FOR}", link.display(), target.display());
    if !on_path().contains(&folder) {
        said += &format!(
            "\n{} is not on PATH yet; put it there for Rerun to find it.",
            folder.display()
        );
    }
    Ok(said)
}

/// Next to the program if that folder is on PATH, otherwise in the folder for the user's own programs.
fn folder(program: &Path) -> anyhow::Result<PathBuf> {
    let path = on_path();
    let home = std::env::home_dir().context("there is no home folder")?;
    let own = home.join(".local").join("bin");
    let beside = program.parent().map(Path::to_owned);
    let known = [beside, Some(own.clone()), Some(home.join(".cargo").join("bin"))];
    Ok(known.into_iter().flatten().find(|folder| path.contains(folder)).unwrap_or(own))
}

/// The small program next to this one that declines other files quickly.
fn doorkeeper(program: &Path) -> Option<PathBuf> {
    let beside = program.with_file_name(NAME).with_extension(std::env::consts::EXE_EXTENSION);
    beside.is_file().then_some(beside)
}

fn on_path() -> Vec<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect()
}

#[cfg(unix)]
fn make(program: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(program, link)
}

/// Links need a privilege on Windows.
#[cfg(not(unix))]
fn make(program: &Path, link: &Path) -> std::io::Result<()> {
    fs::copy(program, link).map(drop)
}
