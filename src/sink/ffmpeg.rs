//! Finds the `ffmpeg` command that a native viewer will use to decode everything but AV1.
//! It decodes nothing. The web viewer needs none.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::program::{self, Answer};
use crate::event::Cancel;
use crate::sample::SampleCodec;

/// The minimum version for Rerun.
const OLDEST: (u32, u32) = (5, 1);
const VERSION: Duration = Duration::from_secs(5);

/// The `ffmpeg` that a viewer started from here will use.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ffmpeg {
    /// The one on PATH.
    OnPath,
    /// The one installed with this program, in a folder that is not on PATH.
    Bundled(PathBuf),
    /// None; with the version of one that is too old.
    Missing(Option<String>),
}

/// Whether the native Rerun Viewer shows samples of `codec`, where it is started with this program's `PATH`: it decodes
/// AV1 by itself, and all else with the `ffmpeg` command of 5.1 or newer.
///
/// ```
/// use vstream::{SampleCodec, native_viewer_decodes};
///
/// assert!(native_viewer_decodes(SampleCodec::Av1));
/// let ffmpeg_is_installed = native_viewer_decodes(SampleCodec::H264);
/// ```
pub fn native_viewer_decodes(codec: SampleCodec) -> bool {
    codec == SampleCodec::Av1 || on_path(&Cancel::new()) == Ffmpeg::OnPath
}

/// The `ffmpeg` that a viewer started by this program will use.
pub(crate) fn find(cancel: &Cancel) -> Ffmpeg {
    match on_path(cancel) {
        Ffmpeg::Missing(old) => bundled().map_or(Ffmpeg::Missing(old), Ffmpeg::Bundled),
        found => found,
    }
}

/// Look for it in the same way as the viewer.
fn on_path(cancel: &Cancel) -> Ffmpeg {
    match program::ask(Path::new("ffmpeg"), "-version", VERSION, cancel) {
        Answer::NotStarted(_) => Ffmpeg::Missing(None),
        Answer::Output(text) => match program::version(&text) {
            Some(version) if (version.major, version.minor) < OLDEST => {
                Ffmpeg::Missing(Some(version.text))
            }
            // Nightly builds have no version number.
            _ => Ffmpeg::OnPath,
        },
        Answer::TooLate | Answer::Cancelled => Ffmpeg::OnPath,
    }
}

/// `bin/vstream` and `libexec/vstream/ffmpeg`, the layout of the wheel.
fn bundled() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?.canonicalize().ok()?;
    let folder = program.parent()?.parent()?.join("libexec").join("vstream");
    let file = folder.join("ffmpeg").with_extension(std::env::consts::EXE_EXTENSION);
    file.is_file().then_some(folder)
}

impl Ffmpeg {
    /// The folder to prepend to PATH.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Bundled(folder) => Some(folder),
            Self::OnPath | Self::Missing(_) => None,
        }
    }

    /// A warning that the picture will stay black, if it will.
    pub fn warning(&self) -> Option<String> {
        let Self::Missing(old) = self else { return None };
        let found = match old {
            None => "there is none on PATH".to_owned(),
            Some(version) => format!("the one on PATH is {version}"),
        };
        Some(format!(
            "the viewer shows all but AV1 only with an `ffmpeg` command of {}.{} or newer, and {found}: install ffmpeg, or encode AV1",
            OLDEST.0, OLDEST.1
        ))
    }
}
