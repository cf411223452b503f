//! The outputs to open for what is configured: an ordinary video file holds all tracks, or each track has one.
//! It opens none.

use std::collections::HashSet;
use std::ops::Range;
use std::path::PathBuf;

use rerun::EntityPath;

use super::RecordingSpec;
use crate::config::{OutputConfig, SaveConfig};
use crate::error::{Error, ErrorKind, Result};
use crate::mux::Container;
use crate::record::TrackSpec;

/// One output to open.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Opening {
    /// An ordinary video file with these tracks.
    Video { save: SaveConfig, container: Container, tracks: Range<usize> },
    /// Everything else takes all tracks.
    All(OutputConfig),
}

/// The outputs to open, in the order of `configs`.
pub(crate) fn openings(configs: &[OutputConfig], spec: &RecordingSpec) -> Result<Vec<Opening>> {
    let mut all = Vec::with_capacity(configs.len());
    for config in configs {
        let video = match config {
            OutputConfig::Save(save) => Container::of(&save.path).map(|it| (save, it)),
            _ => None,
        };
        let Some((save, container)) = video else {
            all.push(Opening::All(config.clone()));
            continue;
        };
        let count = spec.tracks.len();
        let is_sound = |track: &TrackSpec| track.codec.is_none();
        let split = save.split && count > 1;
        let needs_video = match split {
            true => spec.tracks.iter().any(is_sound),
            false => spec.tracks.iter().all(is_sound),
        };
        if needs_video {
            return Err(no_video(save, spec.tracks.iter().find(|track| is_sound(track))));
        }
        let files = match split {
            true => {
                (0..count).map(|track| track..track + 1).zip(paths(save, &spec.tracks)).collect()
            }
            false => vec![(0..count, save.path.clone())],
        };
        all.extend(files.into_iter().map(|(tracks, path)| Opening::Video {
            save: SaveConfig { path, ..save.clone() },
            container,
            tracks,
        }));
    }
    Ok(all)
}

fn no_video(save: &SaveConfig, sound: Option<&TrackSpec>) -> Error {
    let cause = match sound {
        Some(sound) => format!("a video file needs a video, and {} is sound only", sound.title),
        None => "a video file needs a video, and there is none".to_owned(),
    };
    Error::new(ErrorKind::Config, save.path.display().to_string(), cause)
        .with_remedy("save it as FILE.rrd")
}

/// A path for each track: `out/drive/camera/front.mp4` for `/camera/front` and `out/drive.mp4`.
fn paths(save: &SaveConfig, tracks: &[TrackSpec]) -> Vec<PathBuf> {
    let folder = save.path.with_extension("");
    let ending = save.path.extension().unwrap_or_default().to_string_lossy().into_owned();
    // Compared without case: some file systems ignore it.
    let mut taken = HashSet::new();
    let path = |track: &TrackSpec| {
        let parts = EntityPath::parse_forgiving(&track.entity);
        let parts: Vec<String> = parts.iter().map(|part| file_name(part.unescaped_str())).collect();
        let name = if parts.is_empty() { "root".to_owned() } else { parts.join("/") };
        let number = |n: u32| if n == 1 { name.clone() } else { format!("{name}-{n}") };
        let unique = (1..).map(number).find(|name| taken.insert(name.to_lowercase()));
        folder.join(format!("{}.{ending}", unique.unwrap_or(name)))
    };
    tracks.iter().map(path).collect()
}

/// A name that every file system takes.
fn file_name(part: &str) -> String {
    let plain = |c: char| if c.is_control() || r#"/\:*?"<>|"#.contains(c) { '_' } else { c };
    let name: String = part.chars().map(plain).collect();
    match name.trim_start_matches('.') {
        "" => "_".to_owned(),
        visible => visible.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_video_has_its_own_path_below_one_folder() {
        let entities = ["/camera/front", "/Camera/Front", r"/a\:b\/c", "/../x", "/"];
        let tracks: Vec<_> = entities.into_iter().map(TrackSpec::of_video).collect();
        let paths = paths(&SaveConfig::new("out/drive.mp4"), &tracks);
        let names: Vec<_> = paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        assert_eq!(
            names,
            [
                "out/drive/camera/front.mp4",
                "out/drive/Camera/Front-2.mp4",
                "out/drive/a_b_c.mp4",
                "out/drive/_/x.mp4",
                "out/drive/root.mp4",
            ]
        );
    }
}
