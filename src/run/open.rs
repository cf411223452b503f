//! Opens the inputs of a run and decides what is done with each of their streams, before any packet is read for it.
//! Whether to copy is decided in `copy`, how to encode in `run::plan`; what was decided is in `planned`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::audio::streams::{AudioStream, AudioStreams};
use crate::audio::targets::AudioTargets;
use crate::config::{CodecChoice, Config, InputConfig};
use crate::copy::examine::CopyCheck;
use crate::copy::joined::CopyRequest;
use crate::copy::remux::refused;
use crate::copy::verdict::Copyable;
use crate::devices;
use crate::encode::table::EncoderRow;
use crate::encode::trial;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Warning;
use crate::ffi::Input;
use crate::input::choice::{self, Videos};
use crate::input::find::{find, is_live};
use crate::input::parts::{Joined, Opened};
use crate::input::probe::{self, OpenStream, SelectedStream};
use crate::picture::hardware::Devices;
use crate::run::in_step;
use crate::run::plan::{Plan, SoundPlan};
use crate::run::planned::{PlannedInput, PlannedInputs, PlannedTrack, beginning};
use crate::run::retimed;
use crate::run::share::side_by_side;
use crate::source::OpenSpec;
use crate::text::lines::TextLines;
use crate::threads::Spawner;
use crate::time::GivenTimes;

/// Open every input and plan its streams.
pub(crate) fn open(config: &Config, check: &CopyCheck, threads: &Spawner) -> Result<PlannedInputs> {
    let (mut inputs, mut absent) = (Vec::new(), Vec::new());
    let several = config.inputs.len() > 1;
    let devices = Arc::new(Devices::open(&config.video.hwaccel)?);
    let tried = RefCell::new(BTreeMap::new());
    // Testing an encoder takes a while on some hardware; the result holds for all inputs.
    let works = |row: &'static EncoderRow| {
        let mut tried = tried.borrow_mut();
        tried.entry(row.name).or_insert_with(|| trial::works(row)).clone()
    };
    let mut to_open = side_by_side(config);
    for (input, found) in config.inputs.iter().zip(find(&config.inputs, threads)) {
        let opened = match found {
            Ok(opened) => opened,
            // A source that cannot be opened does not stop the others.
            Err(error) if several && !threads.cancel().is_cancelled() && is_live(input) => {
                absent.push(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        let joined = !opened.joined.parts.is_empty();
        if joined && config.recording.keep_timestamps {
            let cause = "joined files have no common timestamps that could be kept";
            return Err(Error::new(ErrorKind::Config, opened.spec.display, cause)
                .with_remedy("leave one of the two out"));
        }
        let (spec, input) = (opened.spec.clone(), opened.config.clone());
        let planner = Planner { spec: &spec, input: &input, config, check, threads };
        let mut planned = planner.plan(opened, works, devices.clone())?;
        if planned.can_wait() && planned.spec.is_file {
            planned.open.take_if(|_| to_open == 0);
            to_open = to_open.saturating_sub(1);
        }
        inputs.push(planned);
    }
    if inputs.is_empty() {
        let none = || Error::new(ErrorKind::Config, "the inputs", "there is none");
        return Err(absent.into_iter().next().unwrap_or_else(none));
    }
    if !config.recording.keep_timestamps && !config.recording.rebase {
        in_step::align(&mut inputs);
    }
    Ok(PlannedInputs { inputs, absent })
}

/// What the plan of an input depends on.
struct Planner<'a> {
    spec: &'a OpenSpec,
    input: &'a InputConfig,
    config: &'a Config,
    check: &'a CopyCheck,
    threads: &'a Spawner,
}

impl Planner<'_> {
    fn plan(
        &self,
        Opened { mut open, joined, begin, .. }: Opened,
        works: impl Fn(&'static EncoderRow) -> Result<(), String> + Copy,
        devices: Arc<Devices>,
    ) -> Result<PlannedInput> {
        let recording = &self.config.recording;
        let mut audio = self.audio(&mut open)?;
        let live = open.streams.iter().any(|taken| taken.info.live);
        let text = match recording.metadata {
            true => TextLines::find(&mut open.input, live),
            false => TextLines::default(),
        };
        let has_sound = !audio.streams.is_empty();
        if has_sound || !text.names.is_empty() {
            let files = retimed::files(self.spec, self.input, &open.streams, &joined);
            let cancel = self.threads.cancel();
            let (retimings, warnings) = retimed::retimings(files, has_sound, cancel)?;
            audio.retimings = retimings;
            audio.warnings.extend(warnings);
        }
        let sounds = match open.streams.iter().any(|taken| taken.info.sound_only) {
            true => audio.take(),
            false => Vec::new(),
        };
        let mut tracks = Vec::with_capacity(open.streams.len());
        for nth in 0..open.streams.len() {
            if let Some(stream) = open.stream(nth) {
                let plan = match sounds.get(nth) {
                    Some(sound) => self.plan_sound(sound.clone())?,
                    None => self.plan_video(&stream, (nth, &joined), works)?,
                };
                tracks.push(self.plan_track(&stream, plan, begin)?);
            }
        }
        let left_out = self.left_out(&mut open.input);
        if let Some(first) = tracks.first_mut() {
            first.warnings.extend(left_out);
            first.warnings.extend(audio.warnings.iter().cloned());
        }
        let with_text = joined.parts.iter().filter(|part| part.has_text && recording.metadata);
        if let (Some(first), count @ 1..) = (tracks.first_mut(), with_text.count()) {
            let what = format!("chapters and subtitles of {count} joined files are left out");
            first.warnings.push(Warning::LeftOut(what));
        }
        Ok(PlannedInput {
            spec: self.spec.clone(),
            config: self.input.clone(),
            joined,
            begin,
            start_time: open.input.start_time(),
            open: Some(open.input),
            tracks,
            text,
            audio,
            devices,
        })
    }

    fn audio(&self, open: &mut probe::OpenInput) -> Result<AudioStreams> {
        let videos = open.streams.iter().filter(|taken| !taken.info.sound_only);
        let video = videos.map(|taken| taken.stream.index).next();
        let wanted = (self.config.audio.codec, AudioTargets::of(&self.config.outputs));
        let (subject, choice) = (&self.spec.display, self.input.audio);
        AudioStreams::find(&mut open.input, subject, choice, wanted, video)
    }

    /// Warnings for the parts of the input that are not recorded.
    fn left_out(&self, input: &mut Input) -> Vec<Warning> {
        let videos = Videos::of(&input.format_name());
        choice::left_out(&probe::streams(input), self.input.stream, videos)
    }

    fn plan_sound(&self, (stream, name): (AudioStream, String)) -> Result<Plan> {
        Plan::of_sound(SoundPlan { stream, name }, self.input)
    }

    fn plan_video(
        &self,
        stream: &OpenStream<'_>,
        (nth, joined): (usize, &Joined),
        works: impl Fn(&'static EncoderRow) -> Result<(), String>,
    ) -> Result<Plan> {
        let &Self { spec, input, config, check, threads } = self;
        let SelectedStream { stream: described, info, .. } = stream.taken;
        let keep = config.recording.keep_timestamps;
        let video = config.video.for_input(input);
        let copyable = match video.codec {
            CodecChoice::Encode(_) => None,
            choice => {
                let (keep_timestamps, video) = (keep, &video);
                let request = CopyRequest { spec, input, video, keep_timestamps, check, threads };
                Some((choice == CodecChoice::Copy, request.verdict(stream, nth, joined)?))
            }
        };
        let copyable = match copyable {
            Some((true, Err(reason))) => return Err(refused(&info.source, &reason)),
            Some((forced, verdict)) => Some(Copyable { forced, verdict }),
            None => None,
        };
        Plan::new(info, described.average_rate, input, &video, copyable, works)
    }

    /// A track whose file begins at `first` in the whole input.
    fn plan_track(&self, stream: &OpenStream<'_>, plan: Plan, first: i64) -> Result<PlannedTrack> {
        let &Self { spec, input, config, .. } = self;
        let SelectedStream { stream: described, info, .. } = stream.taken;
        let recording = &config.recording;
        let keep = recording.keep_timestamps;
        let start_time = config.recording.start_time.map(|start| start.of(info)).transpose()?;
        // The start time is the wall-clock time of the input's beginning, whatever its timestamps start at.
        let begin = match &stream.taken.given {
            _ if !keep => 0,
            GivenTimes::List(times) => times.first().copied().unwrap_or(0),
            _ => stream.input.start_time().unwrap_or(0).saturating_mul(1000),
        };
        // The times of a list are those of the first file that is read.
        let begun = start_time.map(|start| start.saturating_add(first));
        let begun = begun.or_else(|| stream.taken.first_capture());
        let own = stream.begins_since_1970();
        let begun = begun.or(own);
        let shift = if recording.rebase && !info.live { beginning(&plan, input) } else { -first };
        let epoch = begun.map(|epoch| epoch.saturating_sub(begin).saturating_add(shift));
        let mut warnings = plan.warnings();
        warnings.extend(stream.taken.notes.iter().cloned());
        warnings.extend(own.filter(|_| start_time.is_none()).map(Warning::wall_clock));
        warnings.extend(spec.warnings.iter().cloned());
        warnings.extend(described.dolby_vision.filter(|&p| p == 5).map(Warning::DolbyVision));
        warnings.extend(devices::changed(spec, described).map(Warning::Other));
        let (taken, video) = (stream.taken.clone(), config.video.for_input(input));
        Ok(PlannedTrack { taken, plan, video, picture: stream.picture(), shift, epoch, warnings })
    }
}
