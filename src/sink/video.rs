//! An ordinary video file, `clip.mp4` or `clip.mkv`, with the unmodified samples of videos and their side tracks.
//! Muxing is in `mux`.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::log::Log;
use super::part::{Part, failed, make_folders, no_folder};
use super::{Completed, Ending, Keeper, RecordingSpec, Target, stuck};
use crate::config::SaveConfig;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::Warning;
use crate::label::Label;
use crate::mux::{Container, FileSpec, MuxError, SoundSpec, VideoFile, VideoSpec};
use crate::record::{Entry, TrackSpec};
use crate::text::note::NoteKind;
use crate::time::NANOS;

struct VideoKeeper(Arc<Part>);

struct VideoLog {
    path: PathBuf,
    part: Arc<Part>,
    file: VideoFile,
    places: Places,
}

/// Where in the file the entries of a run go; what is in none of the lists is left out.
#[derive(Default)]
struct Places {
    /// The video of each track.
    videos: HashMap<usize, usize>,
    /// The track of sound of each track and line.
    sounds: HashMap<(usize, usize), usize>,
    /// The track of subtitles of each track and line.
    texts: HashMap<(usize, usize), usize>,
    /// The track and line that become the chapters of the file.
    chapters: Option<(usize, usize)>,
}

/// How far a live video may be behind the others until these are written without it, in nanoseconds: what waits is lost
/// if the program is killed.
const LIVE_PATIENCE: i64 = 10 * NANOS;

pub(super) fn open(
    save: &SaveConfig,
    container: Container,
    tracks: Range<usize>,
    spec: &RecordingSpec,
) -> Result<Target> {
    let path = save.path.clone();
    check(&path, save.force)?;
    let tracks = spec.tracks.iter().enumerate().filter(|(nth, _)| tracks.contains(nth));
    let tracks: Vec<(usize, &TrackSpec)> = tracks.collect();
    let refused = tracks.iter().filter_map(|(_, track)| track.codec);
    if let Some(codec) = refused.into_iter().find(|&codec| !container.takes(codec)) {
        let cause = format!("players do not take {codec} in this container");
        return Err(Error::new(ErrorKind::Config, path.display().to_string(), cause)
            .with_remedy("save it as FILE.mkv, or encode it"));
    }
    if let Some(folder) = path.parent().filter(|_| save.split) {
        make_folders(folder)?;
    }
    let (part, _file) = Part::open(&path)?;
    let part = Arc::new(part);
    let (file, places, warning) = planned(&tracks, container, part.name());
    let patience = if spec.live { LIVE_PATIENCE } else { i64::MAX };
    let file = VideoFile::new(FileSpec { patience, ..file });
    Ok(Target {
        what: format!("writing {}", path.display()),
        stuck: stuck(ErrorKind::Output, path.display().to_string()),
        keeper: Box::new(VideoKeeper(part.clone())),
        warning: warning.map(|text| Warning::Other(format!("{}: {text}", path.display()))),
        log: Box::new(VideoLog { path, part, file, places }),
    })
}

/// What a file of these tracks holds, where its entries go, and what is left out.
fn planned(
    tracks: &[(usize, &TrackSpec)],
    container: Container,
    path: &Path,
) -> (FileSpec, Places, Option<String>) {
    let mut places = Places::default();
    let mut spec = FileSpec {
        path: path.to_owned(),
        container,
        videos: Vec::new(),
        sounds: Vec::new(),
        texts: Vec::new(),
        patience: i64::MAX,
    };
    let mut warning = None;
    let several = tracks.len() > 1;
    let with_more = |track: &TrackSpec| !track.audio.is_empty() || !track.notes.is_empty();
    let apart = tracks.iter().filter(|(_, track)| with_more(track)).count() > 1;
    for &(nth, track) in tracks {
        if let Some(codec) = track.codec {
            places.videos.insert(nth, spec.videos.len());
            let title = several.then(|| track.title.clone());
            spec.videos.push(VideoSpec { codec, title });
        }
        // Sound and texts of several inputs are distinguished by the names of their videos.
        let labelled = |label: &Label| Label {
            title: label.title.clone().or_else(|| apart.then(|| track.title.clone())),
            ..label.clone()
        };
        for (line, sound) in track.audio.iter().enumerate() {
            let Some(form) = sound.form.clone() else { continue };
            places.sounds.insert((nth, line), spec.sounds.len());
            spec.sounds.push(SoundSpec { form, label: labelled(&sound.label) });
        }
        for (line, note) in track.notes.iter().enumerate() {
            match &note.kind {
                NoteKind::Subtitles(label) => {
                    places.texts.insert((nth, line), spec.texts.len());
                    spec.texts.push(labelled(label));
                }
                NoteKind::Chapters if places.chapters.is_none() => {
                    places.chapters = Some((nth, line));
                }
                NoteKind::Chapters => {
                    warning = Some(format!(
                        "a video file has one list of chapters, so those at {} are left out",
                        note.entity
                    ));
                }
            }
        }
    }
    (spec, places, warning)
}

/// Describes what saving would do, without doing it.
pub(super) fn foresee(save: &SaveConfig, tracks: usize) -> Result<String> {
    let path = &save.path;
    check(path, save.force)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !save.split && !folder.is_dir() {
        return Err(failed(path, "No such file or directory").with_remedy(no_folder(folder)));
    }
    let what = if tracks == 1 { "the video" } else { "all videos" };
    Ok(format!("save {what} as {}", path.display()))
}

/// An existing video may be the input itself.
fn check(path: &Path, force: bool) -> Result<()> {
    if path.exists() && (!force || !path.is_file()) {
        return Err(failed(path, "it is there already").with_remedy(Remedy::ReplaceOrRename));
    }
    Ok(())
}

impl VideoLog {
    fn write(&mut self, entry: Entry) -> Result<(), MuxError> {
        let Self { file, places, .. } = self;
        match entry {
            Entry::Sample(row) => {
                let Some(&nth) = places.videos.get(&row.track) else { return Ok(()) };
                file.push(nth, &row.sample.0.0, row.time, row.keyframe)
            }
            Entry::Sound(row) => {
                let Some(&nth) = places.sounds.get(&(row.track, row.line)) else { return Ok(()) };
                file.push_sound(nth, &row.packet)
            }
            Entry::Note(row) => {
                let place = (row.track, row.note.line);
                if places.chapters == Some(place) {
                    file.push_chapter(row.note);
                    return Ok(());
                }
                let Some(&nth) = places.texts.get(&place) else { return Ok(()) };
                file.push_text(nth, &row.note)
            }
            Entry::End { track } => {
                let Some(&nth) = places.videos.get(&track) else { return Ok(()) };
                file.end(nth)
            }
            // Of recordings.
            Entry::Clip(_) | Entry::Message(_) => Ok(()),
        }
    }

    fn failed(&self, error: &MuxError) -> Error {
        match self.file.is_open() {
            true => self.part.broke_off(error),
            false => failed(&self.path, error),
        }
    }
}

impl Log for VideoLog {
    fn take(&mut self, entry: Entry) -> Result<()> {
        self.write(entry).map_err(|error| self.failed(&error))
    }

    fn tend(&mut self) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.file.finish().map_err(|error| self.failed(&error))
    }

    fn is_ready(&self) -> bool {
        false
    }

    fn send(&mut self) {}

    fn is_unsettled(&self) -> bool {
        false
    }

    fn settle(&mut self, _limit: Duration) -> Result<bool, String> {
        Ok(true)
    }
}

impl Keeper for VideoKeeper {
    fn check(&mut self) -> Result<()> {
        self.0.check()
    }

    fn lost(&mut self, message: &str) -> Error {
        self.0.broke_off(message)
    }

    fn complete(&mut self, ending: Ending) -> Result<Completed> {
        self.0.check()?;
        Ok(Completed { what: self.0.complete(ending)?, stays: None })
    }

    fn discard(&mut self) {
        self.0.discard();
    }
}
