//! Options for sound: which of it is recorded, and in which codec.
//! What can be copied is decided in the library.

use vstream::{AudioChoice, AudioCodec, AudioConfig};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sound")]
pub struct AudioArgs {
    /// Leave out the sound
    #[arg(long, conflicts_with = "audio_stream", hide_short_help = true)]
    no_audio: bool,
    /// Index of the sound stream in the file, as listed by --probe
    #[arg(long, value_name = "N", hide_short_help = true)]
    audio_stream: Option<usize>,
    /// auto, aac or flac
    ///
    /// `auto` copies what Rerun plays (AAC-LC, FLAC, MP3, PCM, Vorbis), and encodes the rest to AAC, or to FLAC if it
    /// is lossless or has more than two channels. `aac` mixes more channels down to stereo.
    #[arg(
        long,
        env = "VSTREAM_AUDIO_CODEC",
        value_name = "NAME",
        default_value = "auto",
        hide_short_help = true
    )]
    audio_codec: AudioCodec,
}

impl AudioArgs {
    /// Which sound of each input; `all`: of every stream.
    pub fn choice(&self, all: bool) -> AudioChoice {
        match self.audio_stream {
            _ if self.no_audio => AudioChoice::None,
            Some(index) => AudioChoice::Index(index),
            None if all => AudioChoice::All,
            None => AudioChoice::Best,
        }
    }

    /// There is no sound to have a codec.
    pub fn excludes_codec(&self) -> bool {
        self.no_audio
    }

    pub fn config(&self) -> AudioConfig {
        AudioConfig::default().with_codec(self.audio_codec)
    }
}
