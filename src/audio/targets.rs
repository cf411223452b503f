//! Which form of sound the outputs of a run need: clips for recordings, packets for ordinary video files.
//! Pure.

use crate::config::OutputConfig;
use crate::mux::Container;

/// What holds the sound of a run. By default it is a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AudioTargets {
    pub recording: bool,
    mp4: bool,
    matroska: bool,
}

impl Default for AudioTargets {
    fn default() -> Self {
        Self { recording: true, mp4: false, matroska: false }
    }
}

/// Codecs that an MPEG-4 file holds, and that players expect there.
const MP4: [&str; 7] = ["aac", "ac3", "alac", "eac3", "flac", "mp3", "opus"];
const MATROSKA: [&str; 17] = [
    "aac",
    "ac3",
    "alac",
    "dts",
    "eac3",
    "flac",
    "mp2",
    "mp3",
    "opus",
    "pcm_f32le",
    "pcm_f64le",
    "pcm_s16le",
    "pcm_s24le",
    "pcm_s32le",
    "pcm_u8",
    "truehd",
    "vorbis",
];

impl AudioTargets {
    pub fn of(outputs: &[OutputConfig]) -> Self {
        let any = |wanted| outputs.iter().map(Container::of_output).any(|found| found == wanted);
        Self {
            recording: outputs.is_empty() || any(None),
            mp4: any(Some(Container::Mp4)),
            matroska: any(Some(Container::Matroska)),
        }
    }

    /// The video files among them.
    pub fn only_files(self) -> Self {
        Self { recording: false, ..self }
    }

    /// Packets are written to an ordinary video file.
    pub fn files(self) -> bool {
        self.mp4 || self.matroska
    }

    /// Whether all video files hold packets of this codec, or why not.
    pub fn hold(self, codec: &str) -> Result<(), String> {
        let not_in = |name| Err(format!("{name} files do not hold {codec}"));
        match () {
            () if self.mp4 && !MP4.contains(&codec) => not_in("MP4"),
            () if self.matroska && !MATROSKA.contains(&codec) => not_in("Matroska"),
            () => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_output_is_a_target() {
        let of = |paths: &[&str]| {
            let outputs: Vec<_> = paths.iter().map(|path| OutputConfig::save(*path)).collect();
            AudioTargets::of(&outputs)
        };
        assert_eq!(of(&[]), AudioTargets::default());
        assert_eq!(of(&["a.rrd"]), AudioTargets::default());
        assert!(!of(&["a.rrd"]).files());
        let both = of(&["a.rrd", "a.mp4"]);
        assert!(both.recording && both.files() && both.hold("vorbis").is_err());
        let one = of(&["a.mkv"]);
        assert!(!one.recording && one.hold("vorbis").is_ok() && one.hold("wmav2").is_err());
    }
}
