//! The streams of sound of an input that are recorded, with their plans.
//! The packets come from the input's reader.

use std::sync::Arc;

use super::choice;
use super::copy::parameters_of_parts;
use super::encode;
use super::packet::{AudioClock, AudioForm};
use super::plan::{AudioFacts, AudioPlan, EncodedAudio};
use super::targets::AudioTargets;
use crate::bitstream::aac;
use crate::config::{AudioChoice, AudioCodec};
use crate::error::Result;
use crate::event::{Tally, Warning};
use crate::ffi::{AudioDecoder, AudioParameters, AudioShape, AvError, FfmpegError, Input, Stream};
use crate::input::choice::Videos;
use crate::label::Label;
use crate::time::{Retimings, TimeBase};

/// The chosen streams of sound.
#[derive(Debug, Clone, Default)]
pub(crate) struct AudioStreams {
    pub streams: Vec<AudioStream>,
    /// A name for each: `audio`, `audio/eng`.
    pub names: Vec<String>,
    /// About sound that is not recorded.
    pub warnings: Vec<Warning>,
    pub targets: AudioTargets,
    /// How sound follows times that were given for the pictures.
    pub retimings: Retimings,
}

/// A stream of sound and its plan.
#[derive(Debug, Clone)]
pub(crate) struct AudioStream {
    pub index: usize,
    pub time_base: TimeBase,
    /// FFmpeg's name of its codec.
    pub codec: String,
    pub label: Label,
    pub plan: AudioPlan,
    /// Its form in ordinary video files, before its first packet; `None` where none is written.
    pub planned: Option<PlannedAudio>,
}

/// What is known about the packets in advance.
#[derive(Debug, Clone)]
pub(crate) struct PlannedAudio {
    pub form: Arc<AudioForm>,
    /// What the encoder takes, if they are encoded.
    gives: Option<AudioShape>,
}

/// What an open stream needs besides packets.
pub(crate) struct AudioHead {
    pub form: AudioWay,
    pub clock: AudioClock,
}

/// What becomes of the packets of an open stream.
pub(crate) enum AudioWay {
    Copy(AudioForm),
    Encode {
        decoder: AudioDecoder,
        codec: EncodedAudio,
        /// What the encoder takes, if that is decided already.
        gives: Option<AudioShape>,
    },
}

impl AudioStreams {
    /// Choose among the sound of an input whose video is the stream `video`.
    pub fn find(
        input: &mut Input,
        subject: &str,
        choice: AudioChoice,
        (codec, targets): (AudioCodec, AudioTargets),
        video: Option<usize>,
    ) -> Result<Self> {
        let all = (0..input.stream_count()).filter_map(|index| input.stream(index));
        let all: Vec<Stream> = all.collect();
        let related = video.and_then(|video| input.program_of(video));
        let taken = choice::choose(&all, choice, related.as_deref())
            .map_err(|index| choice::not_sound(&all, index, subject))?;
        let variants = Videos::of(&input.format_name()) == Videos::Variants;
        let mut warnings = choice::left_out(&all, choice, &taken, variants);
        let chosen: Vec<&Stream> = all.iter().filter(|s| taken.contains(&s.index)).collect();
        let names = choice::names(&chosen);
        let mut streams = Vec::with_capacity(chosen.len());
        for stream in chosen {
            let plan = AudioPlan::new(&facts(input, stream), codec, targets);
            let planned = targets.files().then(|| planned(input, stream, &plan)).transpose();
            let planned = planned.unwrap_or_else(|why| {
                let why = format!("sound is left out of video files: {}: {why}", stream.codec);
                warnings.push(Warning::SoundLeftOut(why));
                None
            });
            let (index, time_base) = (stream.index, stream.time_base);
            let codec = stream.codec.clone();
            let label = Label::new(&stream.metadata, stream.title());
            streams.push(AudioStream { index, time_base, codec, label, plan, planned });
        }
        Ok(Self { streams, names, warnings, targets, retimings: Retimings::new() })
    }

    /// Take out the streams, each with its name.
    pub fn take(&mut self) -> Vec<(AudioStream, String)> {
        let names = std::mem::take(&mut self.names);
        std::mem::take(&mut self.streams).into_iter().zip(names).collect()
    }

    /// What the `nth` stream needs besides packets, in this file of the input; `None`, with a warning, if it cannot be
    /// read.
    pub fn head(
        &self,
        (nth, part): (usize, usize),
        input: &Input,
        live: bool,
        tally: &Tally,
    ) -> Option<AudioHead> {
        let stream = self.streams.get(nth)?;
        let mut head = stream.head(input, live);
        if let Ok(head) = &mut head {
            head.clock.retiming = self.retimings.get(part).cloned().flatten();
        }
        let left_out = |error: &FfmpegError| {
            let why = format!("sound is left out: {}: {error}", stream.codec);
            tally.warn(Warning::SoundLeftOut(why));
        };
        head.inspect_err(left_out).ok()
    }
}

impl AudioStream {
    pub fn head(&self, input: &Input, live: bool) -> Result<AudioHead, FfmpegError> {
        // The files of a joined input need not have the same streams.
        let stream = input.stream(self.index).filter(|stream| stream.codec == self.codec);
        let stream = stream.ok_or(AvError::INVALID_DATA)?;
        let form = match self.plan {
            AudioPlan::Copy(container) => {
                let parameters = parameters_of_parts(AudioParameters::of(input, self.index)?)?;
                AudioWay::Copy(AudioForm { parameters, container })
            }
            AudioPlan::Encode { codec, .. } => {
                let decoder = AudioDecoder::open(input, self.index)?;
                let gives = self.planned.as_ref().and_then(|planned| planned.gives.clone());
                AudioWay::Encode { decoder, codec, gives }
            }
        };
        // What is live has no beginning.
        let zero = input.start_time().filter(|_| !live).unwrap_or(0).saturating_mul(1000);
        Ok(AudioHead {
            form,
            clock: AudioClock { time_base: stream.time_base, zero, retiming: None },
        })
    }

    /// The plan in one line.
    pub fn describe(&self) -> String {
        self.plan.describe(&self.codec)
    }
}

/// What is known about the packets of a stream in advance.
fn planned(input: &Input, stream: &Stream, plan: &AudioPlan) -> Result<PlannedAudio, String> {
    let parameters = AudioParameters::of(input, stream.index).map_err(|e| e.to_string())?;
    let (gives, form) = match *plan {
        AudioPlan::Copy(container) => {
            let parameters = parameters_of_parts(parameters).map_err(|e| e.to_string())?;
            let config = aac::plain_config(parameters.sample_rate(), parameters.channels());
            let without = parameters.codec() == "aac" && parameters.extradata().is_empty();
            let parameters = match config.filter(|_| without) {
                Some(config) => parameters.with_extradata(&config).map_err(|e| e.to_string())?,
                None => parameters,
            };
            (None, AudioForm { parameters, container })
        }
        AudioPlan::Encode { codec, .. } => {
            let (gives, form) = encode::plan(codec, &parameters.shape())?;
            (Some(gives), form)
        }
    };
    Ok(PlannedAudio { form: Arc::new(form), gives })
}

/// What the container states of a stream of sound.
pub(crate) fn facts(input: &Input, stream: &Stream) -> AudioFacts {
    let parameters = AudioParameters::of(input, stream.index).ok();
    AudioFacts {
        codec: stream.codec.clone(),
        sample_rate: stream.sample_rate,
        channels: stream.channels,
        profile: parameters.as_ref().map_or(-1, AudioParameters::profile),
        extradata: input.extradata(stream.index),
        lossless: parameters.as_ref().is_some_and(AudioParameters::is_lossless),
    }
}
