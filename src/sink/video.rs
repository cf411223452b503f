//! An ordinary video file, `clip.mp4` or `clip.mkv`, with the unmodified samples of one video and the sound beside it.
//! Muxing is in `mux`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rerun::EntityPath;

use super::log::Log;
use super::part::{Part, failed, no_folder};
use super::{Completed, Ending, Keeper, RecordingSpec, Target, stuck};
use crate::audio::packet::AudioForm;
use crate::config::SaveConfig;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::Warning;
use crate::mux::{Container, SoundSpec, VideoFile};
use crate::record::{Entry, Row, SoundRow, TrackSpec};
use crate::sample::SampleCodec;

struct VideoKeeper(Arc<Part>);

struct VideoLog {
    path: PathBuf,
    track: usize,
    part: Arc<Part>,
    container: Container,
    codec: SampleCodec,
    /// What is stated of each track of sound.
    sounds: Vec<SoundSpec>,
    /// The track of each stream of sound, if it has one.
    lines: Vec<Option<usize>>,
    /// `None` until the first sample.
    file: Option<VideoFile>,
    /// Packets of sound that came before it.
    early: Vec<SoundRow>,
}

pub(super) fn open(
    save: &SaveConfig,
    container: Container,
    track: usize,
    spec: &RecordingSpec,
) -> Result<Target> {
    let path = save.path.clone();
    check(&path, save.force)?;
    let spec = spec.tracks.get(track).and_then(|spec| Some((spec, spec.codec?)));
    let Some((spec, codec)) = spec else {
        return Err(Error::new(ErrorKind::Internal, path.display().to_string(), "no such video"));
    };
    let left_out = (!spec.notes.is_empty()).then(|| {
        let text = "chapters and subtitles are left out of it; a recording holds them";
        Warning::Other(format!("{}: {text}", path.display()))
    });
    if !container.takes(codec) {
        let cause = format!("players do not take {codec} in this container");
        return Err(Error::new(ErrorKind::Config, path.display().to_string(), cause)
            .with_remedy("save it as FILE.mkv, or encode it"));
    }
    if let Some(folder) = path.parent().filter(|_| save.split) {
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    }
    let (part, _file) = Part::open(&path)?;
    let part = Arc::new(part);
    Ok(Target {
        what: format!("writing {}", path.display()),
        stuck: stuck(ErrorKind::Output, path.display().to_string()),
        keeper: Box::new(VideoKeeper(part.clone())),
        log: Box::new(VideoLog {
            path,
            track,
            part,
            container,
            codec,
            sounds: sounds(spec),
            lines: lines(&spec.sound),
            file: None,
            early: Vec::new(),
        }),
        warning: left_out,
    })
}

/// The tracks of sound of which enough is known, named after their entities where there are several.
fn sounds(spec: &TrackSpec) -> Vec<SoundSpec> {
    let several = spec.sound.len() > 1;
    let named = |entity: &String| {
        let part = EntityPath::parse_forgiving(entity).last().cloned();
        part.map(|part| part.unescaped_str().to_owned()).filter(|_| several)
    };
    let names = spec.audio.iter().map(named).chain(std::iter::repeat(None));
    let sounds = spec.sound.iter().zip(names);
    sounds.filter_map(|(form, name)| Some(SoundSpec { form: form.clone()?, name })).collect()
}

/// The number of the track of each stream of sound of which enough is known.
fn lines(sound: &[Option<Arc<AudioForm>>]) -> Vec<Option<usize>> {
    let mut tracks = 0..;
    sound.iter().map(|form| form.as_ref().and_then(|_| tracks.next())).collect()
}

/// Describes what saving would do, without doing it.
pub(super) fn foresee(save: &SaveConfig) -> Result<String> {
    let path = &save.path;
    check(path, save.force)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !save.split && !folder.is_dir() {
        return Err(failed(path, "No such file or directory").with_remedy(no_folder(folder)));
    }
    Ok(format!("save the video as {}", path.display()))
}

/// An existing video may be the input itself.
fn check(path: &Path, force: bool) -> Result<()> {
    if path.exists() && (!force || !path.is_file()) {
        return Err(failed(path, "it is there already").with_remedy(Remedy::ReplaceOrRename));
    }
    Ok(())
}

impl VideoLog {
    fn sample(&mut self, row: &Row) -> Result<()> {
        let data: &[u8] = &row.sample.0.0;
        if self.file.is_none() {
            let (part, container, codec) = (self.part.name(), self.container, self.codec);
            let file = VideoFile::create(part, container, codec, data, &self.sounds);
            self.file = Some(file.map_err(|error| failed(&self.path, error))?);
            std::mem::take(&mut self.early).into_iter().try_for_each(|row| self.sound(row))?;
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        file.push(data, row.time, row.keyframe).map_err(|error| self.part.broke_off(error))
    }

    fn sound(&mut self, row: SoundRow) -> Result<()> {
        let Some(&Some(nth)) = self.lines.get(row.line) else { return Ok(()) };
        let Some(file) = &mut self.file else {
            self.early.push(row);
            return Ok(());
        };
        file.push_sound(nth, &row.packet).map_err(|error| self.part.broke_off(error))?;
        Ok(())
    }
}

impl Log for VideoLog {
    fn take(&mut self, entry: Entry) -> Result<()> {
        if entry.track() != self.track {
            return Ok(());
        }
        match entry {
            Entry::Sample(row) => self.sample(&row),
            Entry::Sound(row) => self.sound(row),
            // They cannot be stored in it.
            Entry::Note(_) | Entry::Clip(_) | Entry::Message(_) => Ok(()),
        }
    }

    fn tend(&mut self) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.finish().map_err(|error| self.part.broke_off(error))
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
