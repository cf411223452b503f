//! Muxes samples, packets of sound and texts into an ordinary video file, unchanged. Of everything to the right of the
//! samples, only this module uses FFmpeg, and only its muxers: it neither decodes nor encodes. The sink names the file.

mod file;
mod order;
mod sound;
mod spool;
mod text;
mod video;

use std::path::Path;

pub(crate) use self::file::{FileSpec, VideoFile};
pub(crate) use self::sound::SoundSpec;
use self::sound::SoundTrack;
pub(crate) use self::video::VideoSpec;
use crate::config::OutputConfig;
use crate::label::Label;
use crate::sample::SampleCodec;

/// Why a file could not be written.
pub(crate) type MuxError = crate::ffi::FfmpegError;

/// What a file is to be, by the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    Mp4,
    Matroska,
}

impl Container {
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "mp4" => Some(Self::Mp4),
            "mkv" => Some(Self::Matroska),
            _ => None,
        }
    }

    /// That of the ordinary video file that an output is; `None` for everything else.
    pub fn of_output(output: &OutputConfig) -> Option<Self> {
        match output {
            OutputConfig::Save(save) => Self::of(&save.path),
            _ => None,
        }
    }

    /// Whether players expect this codec in it.
    pub fn takes(self, codec: SampleCodec) -> bool {
        self == Self::Matroska || codec != SampleCodec::Vp8
    }

    fn name(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Matroska => "matroska",
        }
    }

    /// What is stated of a track; players show the name of an MPEG-4 file's handler as its title.
    fn metadata(self, label: Label) -> Vec<(&'static str, String)> {
        let handler = label.title.clone().filter(|_| self == Self::Mp4);
        let all = [("language", label.language), ("title", label.title), ("handler_name", handler)];
        all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }

    /// In fragments, so that what is there can be played while more is written. A fragment is a GOP, or as much of a
    /// long one. Two of them keep the beginning of a video that is not at time 0: it would be moved there.
    fn options(self, sounds: &[SoundTrack]) -> Vec<(&'static str, &'static str)> {
        // Their headers are derived from their first packet.
        let late = sounds.iter().any(|sound| matches!(sound.codec().as_str(), "ac3" | "eac3"));
        let flags = match late {
            true => "frag_keyframe+delay_moov+default_base_moof+frag_discont",
            false => "frag_keyframe+empty_moov+default_base_moof+frag_discont",
        };
        match self {
            Self::Mp4 => vec![
                ("frag_duration", "5000000"),
                ("frag_size", "16777216"),
                ("movflags", flags),
                ("use_editlist", "0"),
                ("avoid_negative_ts", "disabled"),
                // Older versions of FFmpeg take FLAC in MPEG-4 for an experiment.
                ("strict", "experimental"),
            ],
            Self::Matroska => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_the_name_decides() {
        let of = |name: &str| Container::of(Path::new(name));
        assert_eq!(of("a/clip.mp4"), Some(Container::Mp4));
        assert_eq!(of("CLIP.MKV"), Some(Container::Matroska));
        assert_eq!((of("clip.rrd"), of("mp4"), of("clip.mp4.rrd")), (None, None, None));
    }
}
