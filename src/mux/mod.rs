//! Samples and packets of sound into an ordinary video file, as they are. Of all that is right of the samples, this
//! room alone knows FFmpeg, and of FFmpeg the muxer only: it neither decodes nor encodes, and what the file is called
//! is the sink's.

mod sound;

use std::path::Path;

pub(crate) use self::sound::SoundSpec;
use self::sound::SoundTrack;
use crate::audio::packet::AudioPacket;
use crate::bitstream::access_unit::{Chroma, Inspector};
use crate::config::OutputConfig;
use crate::ffi::{AvError, FfmpegError, MuxedPacket, MuxedStream, MuxedVideo, Muxer};
use crate::sample::SampleCodec;
use crate::time::{TimeBase, rescale};

/// Ticks that hold every usual frame rate and every millisecond exactly.
const TICK: TimeBase = TimeBase { num: 1, den: 720_000 };

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

/// A video file that is being written.
pub(crate) struct VideoFile {
    muxer: Muxer,
    /// A frame is written once it is known how long it is shown.
    held: Option<Held>,
    /// How long the last frame was shown, in ticks.
    duration: i64,
    /// The tracks of sound, which come behind the video.
    sounds: Vec<SoundTrack>,
}

struct Held {
    data: Vec<u8>,
    time: i64,
    keyframe: bool,
}

impl VideoFile {
    /// Begin a file, describing its video by the `first` sample, a keyframe with its headers.
    pub fn create(
        path: &Path,
        container: Container,
        codec: SampleCodec,
        first: &[u8],
        sounds: &[SoundSpec],
    ) -> Result<Self, FfmpegError> {
        let unit = Inspector::new(codec).inspect(first);
        let shape = unit.format.ok_or(AvError::INVALID_DATA)?;
        let annexb = matches!(codec, SampleCodec::H264 | SampleCodec::H265);
        let start_code: &[u8] = if annexb { &[0, 0, 0, 1] } else { &[] };
        let extradata = unit.headers.iter().flat_map(|header| [start_code, header]);
        let extradata = extradata.collect::<Vec<_>>().concat();
        let plain = shape.depth == 8 && shape.chroma == Chroma::C420;
        let video = MuxedVideo {
            codec: match codec {
                SampleCodec::H264 => "h264",
                SampleCodec::H265 => "hevc",
                SampleCodec::Av1 => "av1",
                SampleCodec::Vp8 => "vp8",
                SampleCodec::Vp9 => "vp9",
            },
            width: shape.width,
            height: shape.height,
            extradata: &extradata,
            format: plain.then_some("yuv420p"),
        };
        let sounds: Vec<SoundTrack> = sounds.iter().map(SoundTrack::new).collect();
        let tracks = sounds.iter().map(SoundTrack::stream);
        let streams: Vec<_> =
            std::iter::once(MuxedStream::Video(video, TICK)).chain(tracks).collect();
        let options = container.options(&sounds);
        let muxer = Muxer::create(path, container.name(), &streams, &options)?;
        Ok(Self { muxer, held: None, duration: 0, sounds })
    }

    /// Write a sample that is shown at `time`, in nanoseconds.
    pub fn push(&mut self, data: &[u8], time: i64, keyframe: bool) -> Result<(), FfmpegError> {
        let time = rescale(time, TimeBase::NANOSECONDS, TICK);
        let next = Held { data: data.to_vec(), time, keyframe };
        match self.held.replace(next) {
            Some(held) => {
                self.duration = time - held.time;
                self.write(&held)
            }
            None => Ok(()),
        }
    }

    /// Write a packet of the `nth` track of sound. Returns whether the track holds it.
    pub fn push_sound(&mut self, nth: usize, packet: &AudioPacket) -> Result<bool, FfmpegError> {
        let Some(track) = self.sounds.get_mut(nth) else { return Ok(false) };
        let Some(packet) = track.packet(nth + 1, packet) else { return Ok(false) };
        self.muxer.write(&packet).map(|()| true)
    }

    fn write(&mut self, held: &Held) -> Result<(), FfmpegError> {
        let Held { data, time, keyframe } = held;
        let (time, keyframe, duration) = (*time, *keyframe, self.duration);
        self.muxer.write(&MuxedPacket { stream: 0, data, time, duration, keyframe })
    }

    /// Write the last sample, shown as long as the one before it, and the end of the file.
    pub fn finish(&mut self) -> Result<(), FfmpegError> {
        if let Some(held) = self.held.take() {
            self.write(&held)?;
        }
        self.muxer.finish()
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
