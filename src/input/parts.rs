//! The files of a joined input: opened once to see that they fit together, and where each begins.
//! It reads no packet; `play` plays the files, and `length` measures those before the start.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::config::InputConfig;
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::{Cancel, Warning};
use crate::input::length;
use crate::input::lists;
use crate::input::open::is_live;
use crate::input::probe::{self, OpenInput, SelectedStream};
use crate::input::seams::{File, seams};
use crate::sample::StreamInfo;
use crate::source::{self, OpenSpec};
use crate::text::lines::TextLines;
use crate::time::NANOS;
use crate::time::wall_clock::created;

/// A file that continues the first one of an input.
#[derive(Clone)]
pub(crate) struct Part {
    pub spec: OpenSpec,
    pub config: InputConfig,
    /// Its videos, one for each track.
    pub streams: Vec<SelectedStream>,
    /// It holds chapters or subtitles.
    pub has_text: bool,
}

/// What follows the first file of an input, and where each of its files begins.
#[derive(Clone, Default)]
pub(crate) struct Joined {
    pub parts: Vec<Part>,
    /// Of the first file and of each of `parts`, in nanoseconds, where it is known.
    lengths: Vec<Option<i64>>,
    /// Where each of `parts` begins, in nanoseconds after the first file. Shared by all tracks.
    begins: Arc<Mutex<Vec<Option<i64>>>>,
    /// Several tracks have to begin a file at the same time.
    several: bool,
    /// Its first file has no timestamps, so that the start can be found only by decoding.
    pub untimed: bool,
}

/// An input that is opened at the file with its start.
pub(crate) struct Opened {
    pub spec: OpenSpec,
    /// With a start relative to that file.
    pub config: InputConfig,
    pub open: OpenInput,
    pub joined: Joined,
    /// Where that file begins in the whole input, in nanoseconds.
    pub begin: i64,
}

impl Joined {
    /// Number of files.
    pub fn count(&self) -> usize {
        self.parts.len() + 1
    }

    /// Where the file behind `part` begins, which begins at `begin` and has its last frame, if it has any, before
    /// `end`.
    pub fn next_begin(&self, part: usize, begin: i64, end: Option<i64>) -> i64 {
        let stated = self.lengths.get(part).copied().flatten().map(|length| begin + length);
        let end = match end {
            // The others may be longer.
            Some(end) if self.several => end.max(stated.unwrap_or(end)),
            Some(end) => end,
            None => stated.unwrap_or(begin),
        };
        let mut begins = self.begins.lock().unwrap_or_else(PoisonError::into_inner);
        match begins.get_mut(part) {
            Some(next) => *next.insert(next.map_or(end, |next| next.max(end))),
            None => end,
        }
    }
}

/// Open the files that continue an open input.
pub(crate) fn find(
    input: &InputConfig,
    (spec, open): (OpenSpec, OpenInput),
    cancel: &Cancel,
) -> Result<Opened> {
    let config = input.clone();
    if input.joined.is_empty() {
        return Ok(Opened { spec, config, open, joined: Joined::default(), begin: 0 });
    }
    if is_live(&spec, &open.input) {
        return Err(live(&spec));
    }
    let mut parts = Vec::with_capacity(input.joined.len() + 1);
    parts.push(Part { spec, config, streams: open.streams.clone(), has_text: false });
    for config in &input.joined {
        let part = part(config, cancel)?;
        let (count, first) = (part.streams.len(), parts[0].streams.len());
        if count != first {
            let cause =
                format!("joined files need equally many videos; it has {count}, the first {first}");
            return Err(refused(&part.spec, &cause, Remedy::PickStream));
        }
        let is_sound = |part: &Part| part.streams.iter().any(|taken| taken.info.sound_only);
        if is_sound(&part) != is_sound(&parts[0]) {
            let cause = "joined files need a video each, or none of them one";
            return Err(refused(&part.spec, cause, "name it as a separate input"));
        }
        parts.push(part);
    }
    join(input, parts, open, cancel)
}

fn refused(spec: &OpenSpec, cause: &str, remedy: impl Into<Remedy>) -> Error {
    Error::new(ErrorKind::Config, &spec.display, cause).with_remedy(remedy)
}

fn live(spec: &OpenSpec) -> Error {
    let cause = "a live source cannot be joined, since it has no end that another could begin at";
    refused(spec, cause, "record it first, or name it as a separate input")
}

fn part(config: &InputConfig, cancel: &Cancel) -> Result<Part> {
    let spec = lists::without_broken(source::resolve(config)?, cancel);
    if spec.live {
        return Err(live(&spec));
    }
    if !spec.reopens {
        let cause = "what can be read only once cannot be joined to something else";
        return Err(refused(&spec, cause, "name it first, or save it as a file"));
    }
    let open = probe::open(&spec, config, cancel)?;
    if is_live(&spec, &open.input) {
        return Err(live(&spec));
    }
    let mut input = open.input;
    let has_text = !TextLines::find(&mut input, false).names.is_empty();
    Ok(Part { spec, config: config.clone(), streams: open.streams, has_text })
}

fn join(
    input: &InputConfig,
    mut parts: Vec<Part>,
    mut open: OpenInput,
    cancel: &Cancel,
) -> Result<Opened> {
    let files: Vec<File> = parts.iter().map(Part::file).collect();
    let begins = seams(&files, input.join_times)?;
    let whole = whole(&parts, &files, &begins);
    let mut lengths: Vec<Option<i64>> = files.iter().map(|file| file.length).collect();

    // Files that end before the start are not read.
    let asked = input.window()?.start;
    let (mut first, mut begin, mut untimed) = (0, 0, false);
    while asked > begin && first + 1 < parts.len() {
        if lengths[first].is_some_and(|length| asked < begin + length - NANOS) {
            break;
        }
        lengths[first] = length::measure(&parts[first], cancel)?;
        let Some(length) = lengths[first] else {
            untimed = true;
            break;
        };
        let next = begins[first + 1].unwrap_or(begin + length);
        if asked < next {
            break;
        }
        (first, begin) = (first + 1, next);
    }
    parts.drain(..first);
    if first > 0 {
        open = parts[0].open(cancel)?;
    }
    let Part { spec, config, .. } = parts.remove(0);
    for (taken, info) in open.streams.iter_mut().zip(whole) {
        // What decides about the pictures is that of the first file that is read.
        let StreamInfo { codec, width, height, pixel_format, frame_rate, .. } = taken.info.clone();
        taken.info = StreamInfo { codec, width, height, pixel_format, frame_rate, ..info };
    }
    if let Some(taken) = open.streams.first_mut() {
        taken.notes.extend(gaps(&files, &begins));
    }
    let start = Duration::from_nanos(u64::try_from(asked - begin).unwrap_or(0));
    let of_the_whole = input.clone();
    let config = InputConfig {
        start: Some(start).filter(|start| !start.is_zero()),
        duration: of_the_whole.duration,
        realtime: of_the_whole.realtime,
        repeat: of_the_whole.repeat,
        filter: of_the_whole.filter,
        entity: of_the_whole.entity,
        ..config
    };
    let behind = begins.into_iter().skip(first + 1).map(|next| next.map(|next| next - begin));
    let joined = Joined {
        several: open.streams.len() > 1,
        begins: Arc::new(Mutex::new(behind.collect())),
        lengths: lengths.split_off(first),
        parts,
        untimed,
    };
    Ok(Opened { spec, config, open, joined, begin })
}

/// The videos of the whole input: the first file's, with the length of all.
fn whole(parts: &[Part], files: &[File], begins: &[Option<i64>]) -> Vec<StreamInfo> {
    let end = files.iter().zip(begins).try_fold(0, |end: i64, (file, begin)| {
        Some(begin.unwrap_or(end).max(end).saturating_add(file.length?))
    });
    let end = end.and_then(|nanos| u64::try_from(nanos).ok()).map(Duration::from_nanos);
    let joined: Vec<String> = parts[1..].iter().map(|part| part.spec.display.clone()).collect();
    let whole = |taken: &SelectedStream| StreamInfo {
        duration: end,
        bytes: None,
        joined: joined.clone(),
        ..taken.info.clone()
    };
    parts[0].streams.iter().map(whole).collect()
}

/// A warning for each file that begins some time after the one before it.
fn gaps(files: &[File], begins: &[Option<i64>]) -> Vec<Warning> {
    let mut end = 0;
    let mut warnings = Vec::new();
    for (nth, (file, begin)) in files.iter().zip(begins).enumerate() {
        if let Some(begin) = begin {
            let (gap, before) = ((begin - end) as f64 / NANOS as f64, &files[nth - 1].name);
            warnings.push(Warning::JoinedWithGap(format!(
                "{} begins {gap:.0} s after {before} ends, by their creation times",
                file.name
            )));
        }
        end = begin.unwrap_or(end) + file.length.unwrap_or(0);
    }
    warnings
}

impl Part {
    fn file(&self) -> File {
        let nanos = |length: Duration| i64::try_from(length.as_nanos()).ok();
        let lengths = self.streams.iter().filter_map(|taken| taken.info.duration.and_then(nanos));
        let first = self.streams.first();
        let times = first.and_then(SelectedStream::first_capture);
        File {
            name: self.spec.display.clone(),
            created: times.or_else(|| first.and_then(|taken| created(&taken.info))),
            length: lengths.max(),
        }
    }

    /// Open its videos.
    pub fn open(&self, cancel: &Cancel) -> Result<OpenInput> {
        probe::reopen(&self.spec, &self.config, &self.streams, cancel)
    }
}
