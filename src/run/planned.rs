//! The inputs of a run with what was decided for each of their streams: plain data.
//! The decisions are made in `open`.

use std::ops::Range;
use std::sync::Arc;

use crate::audio::streams::AudioStreams;
use crate::config::{InputConfig, VideoConfig};
use crate::copy::copied::CopyFrom;
use crate::copy::observer::Observer;
use crate::copy::verdict::CopyPlan;
use crate::error::Error;
use crate::event::Warning;
use crate::ffi::{Geometry, Input};
use crate::input::parts::Joined;
use crate::input::probe::SelectedStream;
use crate::picture::hardware::Devices;
use crate::run::plan::{Plan, SoundPlan, Way};
use crate::sample::{SampleCodec, StreamInfo};
use crate::source::OpenSpec;
use crate::text::lines::TextLines;
use crate::time::GivenTimes;

/// The inputs of a run with their plans.
pub(crate) struct PlannedInputs {
    /// At least one.
    pub inputs: Vec<PlannedInput>,
    /// Live sources that could not be opened while others could.
    pub absent: Vec<Error>,
}

/// An input with the plan of each of its streams.
pub(crate) struct PlannedInput {
    pub spec: OpenSpec,
    pub config: InputConfig,
    /// The files that continue it.
    pub joined: Joined,
    /// Where the first file that is read begins in the whole input, in nanoseconds: files before the start are not
    /// read.
    pub begin: i64,
    /// `None` for a file that is closed until its turn: what FFmpeg buffered while probing would stay in memory.
    pub open: Option<Input>,
    /// At least one.
    pub tracks: Vec<PlannedTrack>,
    /// Chapters and subtitles.
    pub text: TextLines,
    pub audio: AudioStreams,
    /// The earliest start time of its streams, in microseconds.
    pub start_time: Option<i64>,
    /// The hardware decoders, shared by all inputs.
    pub devices: Arc<Devices>,
}

/// A stream and its plan.
#[derive(Clone)]
pub(crate) struct PlannedTrack {
    pub taken: SelectedStream,
    pub plan: Plan,
    /// The video settings, with the filter of its input.
    pub video: VideoConfig,
    /// The colours that the container states, if any.
    pub picture: Option<Geometry>,
    /// Subtracted from times, in nanoseconds, so that a part begins at 0; negative behind joined files that are not
    /// read.
    pub shift: i64,
    /// Wall-clock time of time 0 in nanoseconds, if configured.
    pub epoch: Option<i64>,
    /// Warnings to report before the first frame.
    pub warnings: Vec<Warning>,
}

impl PlannedInputs {
    pub fn tracks(&self) -> impl Iterator<Item = &PlannedTrack> {
        self.inputs.iter().flat_map(|input| &input.tracks)
    }

    pub fn is_live(&self) -> bool {
        self.tracks().any(|track| track.info().live)
    }

    /// What is read is due at once: anything but files that are read at full speed.
    pub fn is_paced(&self) -> bool {
        !self.inputs.iter().all(|input| input.spec.is_file && input.can_wait())
    }

    /// For a copy that is checked while it is made.
    pub fn observer(&self) -> Option<&Observer> {
        self.tracks().find_map(|track| match &track.plan.way {
            Way::Copy(copy_plan) => copy_plan.observer.as_ref(),
            Way::Encode { .. } | Way::Sound(_) => None,
        })
    }
}

impl PlannedInput {
    pub fn is_live(&self) -> bool {
        self.tracks.iter().any(|track| track.info().live)
    }

    /// It is a file with an end, read at full speed: it may wait until others have been converted.
    pub fn can_wait(&self) -> bool {
        !self.is_endless() && !self.config.realtime
    }

    /// It is live, or repeated until the run is cancelled.
    pub fn is_endless(&self) -> bool {
        self.is_live() || self.config.repeat == u32::MAX
    }

    /// Time 0 of the recording, in microseconds on the input's clock.
    pub fn zero(&self, keep_timestamps: bool) -> i64 {
        if keep_timestamps { 0 } else { self.start_time.unwrap_or(0) }
    }

    /// Subtracted from the times of chapters and subtitles too, in nanoseconds.
    pub fn shift(&self) -> i64 {
        self.tracks.first().map_or(0, |track| track.shift)
    }

    /// The time in the whole recording at which a file begins, in nanoseconds.
    pub fn begins_at(&self, keep_timestamps: bool) -> i64 {
        let given = self.tracks.first().map(|track| &track.taken.given);
        match given {
            _ if !keep_timestamps => 0,
            // Times that were given begin where the input does.
            Some(GivenTimes::List(times)) => times.first().copied().unwrap_or(0),
            Some(GivenTimes::Rate(_)) => 0,
            _ => self.zero(false).saturating_mul(1000),
        }
    }

    /// The range of times of the recording in nanoseconds for side tracks, which need not begin at a keyframe.
    pub fn exact_window(&self) -> Range<i64> {
        let window = self.config.window().unwrap_or_else(|_| self.window());
        let start = self.tracks.first().map_or(window.start, |t| beginning(&t.plan, &self.config));
        let shifted = |time: i64| if time == i64::MAX { time } else { time - self.shift() };
        shifted(start)..shifted(window.end)
    }

    /// The range of times to record, in nanoseconds.
    pub fn window(&self) -> Range<i64> {
        self.tracks.first().map_or(0..i64::MAX, |track| track.plan.window.clone())
    }
}

impl PlannedTrack {
    pub fn info(&self) -> &StreamInfo {
        &self.taken.info
    }

    /// The plan for its sound, if it has no pictures.
    pub fn sound(&self) -> Option<&SoundPlan> {
        match &self.plan.way {
            Way::Sound(sound) => Some(sound),
            Way::Copy(_) | Way::Encode { .. } => None,
        }
    }

    /// The codec of its pictures; `None` if it is sound.
    pub fn codec(&self) -> Option<SampleCodec> {
        self.plan.codec()
    }
}

/// Where a part of an input begins, in nanoseconds: the configured start, or for a copy the keyframe before it.
pub(crate) fn beginning(plan: &Plan, input: &InputConfig) -> i64 {
    let asked = input.window().map_or(plan.window.start, |window| window.start);
    match &plan.way {
        Way::Copy(CopyPlan { begin: CopyFrom::At(at), .. }) => asked.min(*at),
        _ => asked,
    }
}
