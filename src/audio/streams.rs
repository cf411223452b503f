//! The streams of sound of an input that are recorded, with their plans.
//! The packets come from the one that reads the input.

use super::choice;
use super::copy::parameters_of_parts;
use super::packet::{AudioClock, AudioForm};
use super::plan::{AudioFacts, AudioPlan, EncodedAudio};
use crate::config::{AudioChoice, AudioCodec};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Tally, Warning};
use crate::ffi::{AudioDecoder, AudioParameters, AvError, FfmpegError, Input, Medium, Stream};
use crate::input::choice::Videos;
use crate::time::TimeBase;

/// The chosen streams of sound.
#[derive(Debug, Clone, Default)]
pub(crate) struct AudioStreams {
    pub streams: Vec<AudioStream>,
    /// A name for each: `audio`, `audio/eng`.
    pub names: Vec<String>,
    /// About sound that is not recorded.
    pub warnings: Vec<Warning>,
}

/// A stream of sound and its plan.
#[derive(Debug, Clone)]
pub(crate) struct AudioStream {
    pub index: usize,
    pub time_base: TimeBase,
    /// FFmpeg's name of its codec.
    pub codec: String,
    pub plan: AudioPlan,
}

/// What an open stream needs besides packets.
pub(crate) struct AudioHead {
    pub form: AudioWay,
    pub clock: AudioClock,
}

/// What becomes of the packets of an open stream.
pub(crate) enum AudioWay {
    Copy(AudioForm),
    Encode(AudioDecoder, EncodedAudio),
}

impl AudioStreams {
    /// Choose among the sound of an input whose video is the stream `video`.
    pub fn find(
        input: &mut Input,
        subject: &str,
        choice: AudioChoice,
        codec: AudioCodec,
        video: Option<usize>,
    ) -> Result<Self> {
        let all = (0..input.stream_count()).filter_map(|index| input.stream(index));
        let all: Vec<Stream> = all.collect();
        let related = video.and_then(|video| input.program_of(video));
        let taken = choice::choose(&all, choice, related.as_deref())
            .map_err(|index| not_sound(&all, index, subject))?;
        let variants = Videos::of(&input.format_name()) == Videos::Variants;
        let warnings = choice::left_out(&all, choice, &taken, variants);
        let chosen: Vec<&Stream> = all.iter().filter(|s| taken.contains(&s.index)).collect();
        let names = choice::names(&chosen);
        let streams = chosen.into_iter().map(|stream| AudioStream {
            index: stream.index,
            time_base: stream.time_base,
            codec: stream.codec.clone(),
            plan: AudioPlan::new(&facts(input, stream), codec),
        });
        Ok(Self { streams: streams.collect(), names, warnings })
    }

    /// What the `nth` stream needs besides packets; `None`, with a warning, if it cannot be read.
    pub fn head(&self, nth: usize, input: &Input, live: bool, tally: &Tally) -> Option<AudioHead> {
        let stream = self.streams.get(nth)?;
        let head = stream.head(input, live);
        let left_out = |error: &FfmpegError| {
            let why = format!("sound is left out: {}: {error}", stream.codec);
            tally.warn(Warning::SoundLeftOut(why));
        };
        head.inspect_err(left_out).ok()
    }
}

impl AudioStream {
    fn head(&self, input: &Input, live: bool) -> Result<AudioHead, FfmpegError> {
        // The files of a joined input need not have the same streams.
        let stream = input.stream(self.index).filter(|stream| stream.codec == self.codec);
        let stream = stream.ok_or(AvError::INVALID_DATA)?;
        let form = match self.plan {
            AudioPlan::Copy(container) => {
                let parameters = parameters_of_parts(AudioParameters::of(input, self.index)?)?;
                AudioWay::Copy(AudioForm { parameters, container })
            }
            AudioPlan::Encode { codec, .. } => {
                AudioWay::Encode(AudioDecoder::open(input, self.index)?, codec)
            }
        };
        // What is live has no beginning.
        let zero = input.start_time().filter(|_| !live).unwrap_or(0).saturating_mul(1000);
        Ok(AudioHead { form, clock: AudioClock { time_base: stream.time_base, zero } })
    }

    /// The plan in one line.
    pub fn describe(&self) -> String {
        self.plan.describe(&self.codec)
    }
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

fn not_sound(all: &[Stream], index: usize, subject: &str) -> Error {
    let sounds = all.iter().filter(|s| s.medium == Medium::Audio);
    let sounds: Vec<String> = sounds.map(|s| format!("{} ({})", s.index, s.codec)).collect();
    let listing = match sounds.as_slice() {
        [] => "it holds no sound".to_owned(),
        sounds => format!("its streams of sound are: {}", sounds.join(", ")),
    };
    let subject = format!("stream {index} of {subject}");
    Error::new(ErrorKind::Config, subject, "it is no sound").with_remedy(listing)
}
