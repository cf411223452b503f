//! Opens an input and selects its video streams, by the rule of the `ffmpeg` command.
//! It reads no packet beyond what probing needs.

use std::path::Path;
use std::time::Duration;

use crate::audio::choice as sound;
use crate::config::{AudioChoice, InputConfig, StreamChoice};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::event::{Cancel, Warning};
use crate::ffi::{Geometry, Input, Medium, Stream};
use crate::input::choice::{NoChoice, Videos, choose, is_sound_alone, may_become, no_choice, why};
use crate::input::open::{is_live, open_input};
use crate::picture::untagged::Untagged;
use crate::sample::StreamInfo;
use crate::source::OpenSpec;
use crate::source::signature::is_named_as_video;
use crate::time::given::{self, TimeList, Timestamps};
use crate::time::wall_clock::is_this_century;
use crate::time::{ClockRules, FrameClock, FrameRate, GivenTimes, TimeBase, rescale};

/// Demuxers that render text as pictures. They accept any text file, so they are used only on request.
const TEXT_ART: [&str; 5] = ["tty", "bin", "xbin", "adf", "idf"];

/// An open input, and its selected video streams; if it has no video, its selected streams of sound.
pub(crate) struct OpenInput {
    pub input: Input,
    pub streams: Vec<SelectedStream>,
}

/// The properties of a selected stream.
#[derive(Debug, Clone)]
pub(crate) struct SelectedStream {
    pub stream: Stream,
    pub info: StreamInfo,
    /// Times supplied by the user.
    pub given: GivenTimes,
    /// Those times are wall-clock times since 1970.
    pub since_1970: bool,
    /// Warnings about those times.
    pub notes: Vec<Warning>,
    /// Why this stream was selected.
    pub why: String,
}

impl SelectedStream {
    /// Capture time of the first frame, if the user supplies times since 1970.
    pub fn first_capture(&self) -> Option<i64> {
        match &self.given {
            GivenTimes::List(times) if self.since_1970 => times.first().copied(),
            _ => None,
        }
    }
}

/// One stream of an open input.
pub(crate) struct OpenStream<'a> {
    pub input: &'a mut Input,
    pub taken: &'a SelectedStream,
}

impl OpenInput {
    /// The `nth` selected stream.
    pub fn stream(&mut self, nth: usize) -> Option<OpenStream<'_>> {
        let taken = self.streams.get(nth)?;
        Some(OpenStream { input: &mut self.input, taken })
    }
}

impl OpenInput {
    /// The time of a frame depends on the number of frames before it.
    pub fn counts_frames(&self) -> bool {
        let given = |taken: &SelectedStream| !taken.given.is_none();
        self.input.without_timestamps() || self.streams.iter().any(given)
    }
}

impl OpenStream<'_> {
    /// When a file begins, in nanoseconds since 1970, if its timestamps count from there.
    pub fn begins_since_1970(&self) -> Option<i64> {
        let given = !self.taken.given.is_none();
        let begin = self.input.start_time().filter(|_| !given && !self.taken.info.live)?;
        Some(begin.saturating_mul(1000)).filter(|&nanos| is_this_century(nanos))
    }

    /// The colours that the container states, if any.
    pub fn picture(&self) -> Option<Geometry> {
        let SelectedStream { stream, info, .. } = self.taken;
        let picture = self.input.picture(stream.index).filter(|picture| picture.width > 0);
        picture.map(|mut picture| {
            Untagged::of(&info.codec, false).fill(&mut picture);
            picture
        })
    }
}

/// Open `spec` and select the streams that `choice` names.
pub(crate) fn open(spec: &OpenSpec, config: &InputConfig, cancel: &Cancel) -> Result<OpenInput> {
    let mut input = open_input(spec, cancel)?;
    let streams = streams(&mut input);
    let format = input.format_name();
    let chosen = choose(&streams, config.stream);
    let is_sound = is_sound_alone(&streams);
    // A video without its pictures is broken, unless that is known.
    let wanted = match config.audio {
        AudioChoice::None => false,
        AudioChoice::Index(_) => true,
        _ => !is_named_as_video(Path::new(&spec.name)),
    };
    if chosen == Err(NoChoice::NoVideo) && is_sound && wanted {
        let chosen = sound::choose(&streams, config.audio, None)
            .map_err(|index| sound::not_sound(&streams, index, &spec.display))?;
        return sounds(spec, config, input, &chosen);
    }
    let chosen =
        chosen.map_err(|reason| no_choice(reason, &streams, &format, spec, config.audio))?;
    if config.format.is_none() && TEXT_ART.iter().any(|t| format.split(',').any(|f| f == *t)) {
        return Err(Error::new(
            ErrorKind::NoVideo,
            &spec.display,
            format!("text, which FFmpeg would draw as a picture ({format})"),
        )
        .with_remedy(Remedy::SetFormat(Some(format))));
    }
    let why = |stream: &Stream| why(stream, &streams, config.stream, &chosen).unwrap_or_default();
    taken(spec, config, input, &chosen, why)
}

/// Open the same streams again, at the input's beginning.
pub(crate) fn reopen(
    spec: &OpenSpec,
    config: &InputConfig,
    streams: &[SelectedStream],
    cancel: &Cancel,
) -> Result<OpenInput> {
    let input = open_input(spec, cancel)?;
    let indices: Vec<usize> = streams.iter().map(|taken| taken.stream.index).collect();
    match streams.iter().any(|taken| taken.info.sound_only) {
        true => sounds(spec, config, input, &indices),
        false => taken(spec, config, input, &indices, |_| String::new()),
    }
}

/// The sound of an input without a video.
fn sounds(
    spec: &OpenSpec,
    config: &InputConfig,
    mut input: Input,
    chosen: &[usize],
) -> Result<OpenInput> {
    if !matches!(config.timestamps, None | Some(Timestamps::Arrival)) {
        let cause = format!("{} has no video, and the times are those of frames", spec.display);
        return Err(Error::new(ErrorKind::Config, "timestamps", cause)
            .with_remedy("leave them out: sound has its own times"));
    }
    let taken = |&index: &usize| {
        let changed = || Error::new(ErrorKind::Open, &spec.display, "its streams have changed");
        let stream = input.stream(index).filter(|stream| stream.medium == Medium::Audio);
        let stream = stream.ok_or_else(changed)?;
        Ok(SelectedStream {
            info: info(spec, &input, &stream),
            stream,
            given: GivenTimes::None,
            since_1970: false,
            notes: Vec::new(),
            why: "there is no video".to_owned(),
        })
    };
    let streams = chosen.iter().map(taken).collect::<Result<_>>()?;
    input.keep_only(chosen);
    Ok(OpenInput { input, streams })
}

fn taken(
    spec: &OpenSpec,
    config: &InputConfig,
    mut input: Input,
    chosen: &[usize],
    why: impl Fn(&Stream) -> String,
) -> Result<OpenInput> {
    let listed = listed_times(spec, config)?;
    let given = match &listed {
        Some(listed) => GivenTimes::List(listed.times.clone()),
        None => given_rate(spec, config)?,
    };
    let since_1970 = listed.as_ref().is_some_and(|listed| listed.unix);
    let guessed = listed.and_then(|listed| listed.guessed);
    let mut notes: Vec<_> = guessed.map(Warning::UnitGuessed).into_iter().collect();
    // Of an address it is expected.
    let arrives = spec.is_pipe && input.is_real_time() && input.is_timed_by_arrival();
    notes.extend(arrives.then_some(Warning::TimedByArrival));
    let mut streams = Vec::with_capacity(chosen.len());
    for &index in chosen {
        let changed = || Error::new(ErrorKind::Open, &spec.display, "its streams have changed");
        let stream = input.stream(index).filter(|stream| stream.medium == Medium::Video);
        let stream = stream.ok_or_else(changed)?;
        let mut info = info(spec, &input, &stream);
        if let GivenTimes::Rate(rate) = given {
            info.frame_rate = Some(rate);
        }
        let (given, notes, why) = (given.clone(), notes.clone(), why(&stream));
        streams.push(SelectedStream { stream, info, given, since_1970, notes, why });
    }
    input.keep_only(chosen);
    Ok(OpenInput { input, streams })
}

/// Make the demuxer discard all streams except these and those that one of them may continue as.
pub(crate) fn keep(input: &mut Input, wanted: &[usize], choice: StreamChoice) {
    let mut kept = wanted.to_vec();
    if choice == StreamChoice::Best && Videos::of(&input.format_name()) == Videos::MayMove {
        let all = streams(input);
        let others = wanted.iter().flat_map(|&index| may_become(&all, index));
        kept.extend(others);
    }
    input.keep_only(&kept);
}

/// The user's list of frame times.
fn listed_times(spec: &OpenSpec, config: &InputConfig) -> Result<Option<TimeList>> {
    let wrong = |cause: &str| Error::new(ErrorKind::Config, "timestamps", cause);
    match &config.timestamps {
        None | Some(Timestamps::Arrival) => Ok(None),
        Some(_) if config.frame_rate.is_some() => {
            Err(wrong("there is a frame rate as well").with_remedy("give the one or the other"))
        }
        Some(Timestamps::File { path, unit }) => given::read(path, *unit).map(Some),
        Some(Timestamps::Names) => match &spec.pictures {
            Some(pictures) => given::from_names(pictures, &spec.display).map(Some),
            None => Err(wrong(&format!("{} is not an image sequence", spec.display))
                .with_remedy("give the times in a file, one for each frame")),
        },
    }
}

/// The user's frame rate. A device is asked for it, and timestamps its frames itself.
fn given_rate(spec: &OpenSpec, config: &InputConfig) -> Result<GivenTimes> {
    let option = config.options.iter().rfind(|(key, _)| key == "framerate");
    let rate = match (config.frame_rate, option) {
        _ if spec.is_device => None,
        (None, Some((_, value))) => Some(value.parse::<FrameRate>()?),
        (rate, _) => rate,
    };
    Ok(rate.map_or(GivenTimes::None, GivenTimes::Rate))
}

/// The properties of all streams, as the container states them.
pub(crate) fn streams(input: &mut Input) -> Vec<Stream> {
    (0..input.stream_count()).filter_map(|index| input.stream(index)).collect()
}

pub(crate) fn info(spec: &OpenSpec, input: &Input, stream: &Stream) -> StreamInfo {
    let micros = |us| Duration::from_micros(u64::try_from(us).unwrap_or(0));
    let own = stream
        .duration
        .map(|ticks| micros(rescale(ticks, stream.time_base, TimeBase::MICROSECONDS)));
    let mut metadata = input.metadata();
    for (key, value) in &stream.metadata {
        if !metadata.iter().any(|(k, _)| k == key) {
            metadata.push((key.clone(), value.clone()));
        }
    }
    let is_video = stream.medium == Medium::Video;
    StreamInfo {
        source: spec.display.clone(),
        name: spec.name.clone(),
        title: stream.title().map(str::to_owned),
        container: input.format_name(),
        codec: stream.codec.clone(),
        index: stream.index,
        width: stream.width,
        height: stream.height,
        pixel_format: match is_video {
            true => Geometry::format_name_of(stream.format).to_owned(),
            false => String::new(),
        },
        frame_rate: frame_rate(stream).filter(|_| is_video),
        duration: own.or(input.duration().map(micros)),
        bytes: input.byte_size().filter(|_| spec.is_file),
        live: is_live(spec, input),
        sound_only: !is_video,
        metadata,
        joined: Vec::new(),
    }
}

/// Frames per second as stated by the container, if plausible.
pub(crate) fn frame_rate(stream: &Stream) -> Option<FrameRate> {
    [stream.guessed_rate, stream.average_rate]
        .into_iter()
        .flatten()
        .find(|rate| rate.is_believable())
}

/// The clock of a stream, and whether its container has timestamps at all.
pub(crate) fn clock(opened: &OpenStream<'_>, keep_timestamps: bool) -> (FrameClock, bool) {
    let OpenStream { input, taken: SelectedStream { stream, info, given, .. } } = opened;
    let base = match input.start_time() {
        _ if keep_timestamps => Some(0),
        _ if info.live => None,
        // As in the ffmpeg command: the container's start time in ticks of this stream.
        Some(start) => Some(rescale(start, TimeBase::MICROSECONDS, stream.time_base)),
        None => Some(0),
    };
    let given = match given {
        // Relative to the first one, like container timestamps relative to the start time.
        GivenTimes::List(times) if !keep_timestamps => {
            let first = times.first().copied().unwrap_or(0);
            GivenTimes::List(times.iter().map(|time| time - first).collect())
        }
        given => given.clone(),
    };
    let no_timestamps = input.without_timestamps();
    let clock = FrameClock::new(ClockRules {
        time_base: stream.time_base,
        base,
        no_timestamps,
        rate: frame_rate(stream),
        given,
    });
    (clock, !no_timestamps)
}
