//! The outputs to open for what is configured: an ordinary video file holds one video, so several videos need several.
//! It opens none.

use std::collections::HashSet;
use std::path::PathBuf;

use rerun::EntityPath;

use super::RecordingSpec;
use crate::config::{OutputConfig, SaveConfig};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::mux::Container;
use crate::record::TrackSpec;

/// One output to open.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Opening {
    /// An ordinary video file with the samples of one track.
    Video { save: SaveConfig, container: Container, track: usize },
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
        if let Some(sound) = spec.tracks.iter().find(|track| track.codec.is_none()) {
            return Err(no_video(save, sound));
        }
        let paths = match spec.tracks.as_slice() {
            [_] => vec![save.path.clone()],
            tracks if save.split => paths(save, tracks),
            tracks => return Err(several(save, tracks)),
        };
        all.extend(paths.into_iter().enumerate().map(|(track, path)| Opening::Video {
            save: SaveConfig { path, ..save.clone() },
            container,
            track,
        }));
    }
    Ok(all)
}

fn no_video(save: &SaveConfig, sound: &TrackSpec) -> Error {
    let cause = format!("a video file needs a video, and {} is sound only", sound.title);
    Error::new(ErrorKind::Config, save.path.display().to_string(), cause)
        .with_remedy("save it as FILE.rrd")
}

fn several(save: &SaveConfig, tracks: &[TrackSpec]) -> Error {
    let names: Vec<&str> = tracks.iter().map(|track| track.entity.as_str()).collect();
    let cause = match names.as_slice() {
        [] => "a video file holds one video, and there is none".to_owned(),
        names => {
            format!("a video file holds one video, and there are several: {}", names.join(", "))
        }
    };
    Error::new(ErrorKind::Config, save.path.display().to_string(), cause)
        .with_remedy(Remedy::SaveEachVideo)
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
    fn every_video_has_a_path_of_its_own_below_one_folder() {
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
