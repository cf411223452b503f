//! What a consumer of an input needs besides packets, made each time the input is opened.
//! The order of the stages is in `stages`.

use std::sync::Arc;

use crate::audio::streams::{AudioHead, AudioStream};
use crate::copy::copied::Clocks;
use crate::copy::form::Form;
use crate::copy::verdict::CopyPlan;
use crate::devices::colour::driver_colours;
use crate::error::{Error, ErrorKind, Result};
use crate::ffi::Decoder;
use crate::input::from_keyframe;
use crate::input::probe::{self, OpenStream, SelectedStream};
use crate::input::stated_rate::stated_rate;
use crate::picture::decode;
use crate::picture::filters::ContainerHints;
use crate::picture::hardware::Devices;
use crate::picture::untagged::{Tagger, Untagged};
use crate::run::plan::Way;
use crate::source::OpenSpec;
use crate::text::lines::SubtitleDecoders;
use crate::time::capture_clock::CaptureClock;
use crate::time::{FrameClock, GivenTimes};

/// What a consumer needs from an input besides packets, each time the input is opened.
pub(crate) enum Head {
    Frames(FramesHead),
    Copies(CopiesHead),
    Text(SubtitleDecoders),
    /// `None` if the stream cannot be read.
    Audio(Option<AudioHead>),
    Sound(SoundHead),
}

/// For sound of an input without a video.
pub(crate) struct SoundHead {
    pub audio: AudioHead,
    pub capture: Option<CaptureClock>,
}

pub(crate) struct FramesHead {
    pub decoder: Decoder,
    pub clock: FrameClock,
    pub capture: Option<CaptureClock>,
    /// Why software decodes although hardware was requested.
    pub in_software: Option<String>,
    /// There is a list of times, and this input must have a frame for each.
    pub counted: bool,
    /// Packets before the first keyframe are dropped.
    pub from_keyframe: bool,
    pub live: bool,
    pub tagger: Tagger,
    pub hints: ContainerHints,
    pub subject: String,
}

pub(crate) struct CopiesHead {
    pub form: Form,
    pub clocks: Clocks,
}

/// What makes the heads of one track.
pub(crate) struct Preparation {
    pub way: Way,
    pub devices: Arc<Devices>,
    pub codec_threads: Option<usize>,
    pub keep_timestamps: bool,
    /// How the source is opened.
    pub spec: OpenSpec,
}

impl Preparation {
    pub fn head(&self, mut stream: OpenStream<'_>) -> Result<Head> {
        match &self.way {
            Way::Copy(copy_plan) => self.copies(copy_plan, &mut stream).map(Head::Copies),
            Way::Encode { .. } => self.frames(&mut stream).map(Head::Frames),
            Way::Sound(sound) => self.sound(&sound.stream, &stream).map(Head::Sound),
        }
    }

    fn frames(&self, opened: &mut OpenStream<'_>) -> Result<FramesHead> {
        let (clock, _) = probe::clock(opened, self.keep_timestamps);
        let capture = self.capture_clock(opened);
        let OpenStream { input, taken: SelectedStream { stream, info, given, .. } } = opened;
        let options = decode::options(stream, info.live, &self.devices, self.codec_threads);
        let decoder = Decoder::open(input, stream.index, options)
            .map_err(|e| decode::cannot_open(info, &e))?;
        let in_software = self.devices.reason_for_software(&info.codec, decoder.device());
        let (counted, subject) = (matches!(given, GivenTimes::List(_)), info.source.clone());
        let from_keyframe = from_keyframe::marks_keyframes(&info.codec);
        // JPEG states its own.
        let driver = driver_colours(&self.spec).filter(|_| info.codec == "rawvideo");
        let by_codec = || Untagged::of(&info.codec, self.spec.is_device);
        let tagger = Tagger::new(driver.map_or_else(by_codec, Untagged::of_driver));
        let (live, hints) = (info.live, ContainerHints::of(stream));
        Ok(FramesHead {
            decoder,
            clock,
            capture,
            in_software,
            counted,
            from_keyframe,
            live,
            tagger,
            hints,
            subject,
        })
    }

    fn copies(&self, copy_plan: &CopyPlan, opened: &mut OpenStream<'_>) -> Result<CopiesHead> {
        let form = Form::new(copy_plan.codec, opened.input, opened.taken.stream.index)
            .map_err(|e| Error::new(ErrorKind::Copy, &opened.taken.info.source, e))?;
        let index = opened.taken.stream.index;
        let is_untimed = opened.input.without_timestamps();
        let stated_rate = is_untimed.then(|| stated_rate(opened.input, index)).flatten();
        let clocks = Clocks {
            frames: probe::clock(opened, self.keep_timestamps),
            stated_rate,
            capture: self.capture_clock(opened),
        };
        Ok(CopiesHead { form, clocks })
    }

    fn sound(&self, sound: &AudioStream, opened: &OpenStream<'_>) -> Result<SoundHead> {
        let info = &opened.taken.info;
        let mut audio = sound.head(opened.input, info.live).map_err(|error| {
            Error::new(ErrorKind::Decode, &info.source, &error).with_source(error.code)
        })?;
        if self.keep_timestamps {
            audio.clock.zero = 0;
        }
        Ok(SoundHead { audio, capture: self.capture_clock(opened) })
    }

    /// Set the capture time of each packet of a live source.
    fn capture_clock(&self, opened: &OpenStream<'_>) -> Option<CaptureClock> {
        // Devices and arrival times use the same clock, that of this machine.
        let local = self.spec.is_device || opened.input.is_timed_by_arrival();
        let (time_base, clocks) = (opened.taken.stream.time_base, opened.input.opened());
        opened.taken.info.live.then(|| CaptureClock::new(time_base, clocks, local))
    }
}

/// The error if a consumer receives the setup of another kind of consumer.
pub(crate) fn wrong_head() -> Error {
    Error::new(ErrorKind::Internal, "a track", "it was prepared for something else")
}
