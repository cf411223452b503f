//! Whether a stream of sound is copied or encoded, and into what.
//! Pure: it sees what the container states.

use super::container::AudioContainer;
use super::targets::AudioTargets;
use crate::bitstream::aac::Aac;
use crate::config::AudioCodec;

/// What the container states of a stream of sound.
#[derive(Debug, Clone, Default)]
pub(crate) struct AudioFacts {
    /// FFmpeg's name of the codec.
    pub codec: String,
    pub sample_rate: u32,
    pub channels: u32,
    /// FFmpeg's number of the codec's profile; negative where unknown.
    pub profile: i32,
    pub extradata: Vec<u8>,
    /// Decoding gives exactly the samples that were encoded.
    pub lossless: bool,
}

/// What is done with a stream of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AudioPlan {
    /// Its packets are recorded as they are, in clips of this container. `None` if Rerun does not play them, and only
    /// ordinary video files are written.
    Copy(Option<AudioContainer>),
    Encode {
        codec: EncodedAudio,
        /// Why it is not copied.
        because: String,
    },
}

/// A codec that sound is encoded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EncodedAudio {
    Aac,
    Flac,
}

/// FFmpeg's number of the profile of AAC-LC.
const LOW_COMPLEXITY: i32 = 1;
/// More channels are mixed down, or refused by decoders.
const MOST_CHANNELS_OF_AAC: u32 = 2;
const MOST_CHANNELS: u32 = 8;
/// Codecs that a WAV file holds as they are, and that Rerun's decoder reads.
const PCM: [&str; 8] = [
    "pcm_u8",
    "pcm_s16le",
    "pcm_s24le",
    "pcm_s32le",
    "pcm_f32le",
    "pcm_f64le",
    "pcm_alaw",
    "pcm_mulaw",
];

impl AudioPlan {
    pub fn new(facts: &AudioFacts, wanted: AudioCodec, targets: AudioTargets) -> Self {
        let because = match copyable(facts, targets) {
            Ok(container) => match (wanted, facts.codec.as_str()) {
                (AudioCodec::Auto, _) | (AudioCodec::Aac, "aac") | (AudioCodec::Flac, "flac") => {
                    return Self::Copy(container);
                }
                _ => "another codec is asked for".to_owned(),
            },
            Err(reason) => reason,
        };
        let codec = match wanted {
            AudioCodec::Aac => EncodedAudio::Aac,
            AudioCodec::Flac => EncodedAudio::Flac,
            AudioCodec::Auto => EncodedAudio::usual(facts.lossless, facts.channels),
        };
        Self::Encode { codec, because }
    }

    /// The plan in one line: "aac copied", "flac; not copied: Rerun does not play ac3".
    pub fn describe(&self, codec: &str) -> String {
        match self {
            Self::Copy(_) => format!("{codec} copied"),
            Self::Encode { codec, because } => format!("{}; not copied: {because}", codec.name()),
        }
    }
}

impl EncodedAudio {
    /// For sound without a codec chosen by the user.
    pub fn usual(lossless: bool, channels: u32) -> Self {
        if lossless || channels > MOST_CHANNELS_OF_AAC { Self::Flac } else { Self::Aac }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Aac => "aac",
            Self::Flac => "flac",
        }
    }
}

/// The container of clips in which the packets are copied, if any, or why they are not.
fn copyable(facts: &AudioFacts, targets: AudioTargets) -> Result<Option<AudioContainer>, String> {
    targets.hold(&facts.codec)?;
    match playable(facts) {
        Ok(container) => Ok(Some(container)),
        Err(reason) if targets.recording => Err(reason),
        // Its frames carry their own headers, which a file needs before any of them is read.
        Err(reason) if facts.codec == "aac" && facts.extradata.is_empty() => Err(reason),
        Err(_) => Ok(None),
    }
}

/// The container in which Rerun plays the packets as they are, or why there is none.
fn playable(facts: &AudioFacts) -> Result<AudioContainer, String> {
    let AudioFacts { codec, channels, .. } = facts;
    let most = |most: u32, container| match *channels <= most {
        true => Ok(container),
        false => Err(format!("Rerun does not play {channels} channels of {codec}")),
    };
    match codec.as_str() {
        "aac" => {
            // Without a config, every frame states the same in its own header.
            let config = Aac::of_config(&facts.extradata);
            let plain = config.is_none_or(|config| config.is_plain());
            let known = facts.profile < 0 || facts.profile == LOW_COMPLEXITY;
            let container = most(MOST_CHANNELS_OF_AAC, AudioContainer::M4a)?;
            match plain && known && facts.sample_rate > 0 {
                true => Ok(container),
                false => Err("Rerun plays no other kind of AAC than LC".to_owned()),
            }
        }
        "mp3" => most(MOST_CHANNELS_OF_AAC, AudioContainer::Mp3),
        "flac" => most(MOST_CHANNELS, AudioContainer::Flac),
        "vorbis" => most(MOST_CHANNELS, AudioContainer::Ogg),
        pcm if PCM.contains(&pcm) => most(MOST_CHANNELS, AudioContainer::Wav),
        other => Err(format!("Rerun does not play {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::OutputConfig;

    fn facts(codec: &str, channels: u32) -> AudioFacts {
        let (codec, sample_rate) = (codec.to_owned(), 48_000);
        AudioFacts { codec, sample_rate, channels, profile: -99, ..AudioFacts::default() }
    }

    fn described(facts: &AudioFacts, wanted: AudioCodec) -> String {
        AudioPlan::new(facts, wanted, AudioTargets::default()).describe(&facts.codec)
    }

    #[test]
    fn video_files_hold_codecs_that_rerun_does_not_play() {
        let mp4 = AudioTargets::of(&[OutputConfig::save("a.mp4")]);
        let plan = |codec| AudioPlan::new(&facts(codec, 2), AudioCodec::Auto, mp4);
        assert_eq!(plan("ac3"), AudioPlan::Copy(None));
        assert_eq!(plan("aac"), AudioPlan::Copy(Some(AudioContainer::M4a)));
        let vorbis = plan("vorbis").describe("vorbis");
        assert_eq!(vorbis, "aac; not copied: MP4 files do not hold vorbis");
    }

    #[test]
    fn playable_audio_is_copied() {
        for codec in ["aac", "mp3", "flac", "vorbis", "pcm_s16le"] {
            let plan = described(&facts(codec, 2), AudioCodec::Auto);
            assert_eq!(plan, format!("{codec} copied"));
        }
        assert_eq!(described(&facts("flac", 6), AudioCodec::Flac), "flac copied");
    }

    #[test]
    fn audio_that_rerun_does_not_play_is_encoded_with_a_reason() {
        let opus = described(&facts("opus", 2), AudioCodec::Auto);
        assert_eq!(opus, "aac; not copied: Rerun does not play opus");
        let surround = described(&facts("aac", 6), AudioCodec::Auto);
        assert_eq!(surround, "flac; not copied: Rerun does not play 6 channels of aac");
        let he_aac = AudioFacts { profile: 4, ..facts("aac", 2) };
        assert!(described(&he_aac, AudioCodec::Auto).starts_with("aac; not copied: Rerun plays"));
        let alac = AudioFacts { lossless: true, ..facts("alac", 2) };
        assert!(described(&alac, AudioCodec::Auto).starts_with("flac; not copied"));
        let asked = described(&facts("mp3", 2), AudioCodec::Flac);
        assert_eq!(asked, "flac; not copied: another codec is asked for");
    }
}
