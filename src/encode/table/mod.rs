//! The encoders as a table, and the choice among them. A new encoder is one row in the file of its codec.
//! Pure; what a row says to FFmpeg is put together in `settings.rs`, and opening one is `encode.rs`'s.

mod av1;
mod h264;
mod h265;
mod settings;

pub(crate) use settings::Gop;

use crate::config::{CodecChoice, Quality, VideoConfig};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::sample::SampleCodec;
use crate::suggest;

/// An option of FFmpeg's and its value.
pub(crate) type Setting = (&'static str, &'static str);

/// One encoder of FFmpeg and how it is told what every recording needs.
#[derive(Debug)]
pub(crate) struct EncoderRow {
    /// FFmpeg's name.
    pub name: &'static str,
    pub codec: SampleCodec,
    /// Pixel format it is fed with.
    pub format: &'static str,
    /// Where its work is done.
    pub place: Place,
    /// Always: no B-frames, closed GOPs, IDR where a keyframe is asked for, headers in the stream; and all threads,
    /// where it would take FFmpeg's default of one.
    pub always: &'static [Setting],
    /// As `always`, where this FFmpeg knows the option: others have it under another name, or need none.
    pub where_known: &'static [Setting],
    pub keyframes: Keyframes,
    /// Speed against size.
    pub preset: Option<Preset>,
    /// The option for a tuning, and what it may be.
    pub tunes: &'static [&'static str],
    pub quality: QualityOptions,
    /// The options that take a number of bits a second.
    pub bitrate: &'static [&'static str],
    pub file: &'static [Setting],
    /// For live sources: hold back no frame.
    pub live: &'static [Setting],
}

/// Where an encoder's work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Here: it works wherever FFmpeg has it.
    Software,
    /// On hardware that takes pictures from memory.
    Hardware,
    /// On hardware of this kind (FFmpeg's name), whose memory the pictures are copied to first.
    Device(&'static str),
}

/// How keyframes come where they belong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keyframes {
    /// Each is asked for, by its time.
    Requested,
    /// The encoder counts frames: at a constant rate that is as good.
    Counted,
    /// Asked for in files of a constant quality, with this option; counted otherwise.
    RequestedInFiles(Setting),
}

/// The option for speed against size.
#[derive(Debug)]
pub(crate) struct Preset {
    pub option: &'static str,
    /// The default for files and for live sources.
    pub file: &'static str,
    pub live: &'static str,
    /// What it may be; fastest first.
    pub names: &'static [&'static str],
}

/// How a constant quality is asked for. The defaults of the rows look about alike.
#[derive(Debug)]
pub(crate) enum QualityOptions {
    Constant {
        /// The options that take the number.
        options: &'static [&'static str],
        default: u8,
        /// The worst; the best is 1.
        worst: u8,
        /// What else has to be said.
        with: &'static [Setting],
    },
    /// It has none: a bitrate follows from the size of the pictures.
    Bitrate,
}

/// All encoders that vstream can drive, for each codec the first choice first.
pub(crate) fn all() -> impl Iterator<Item = &'static EncoderRow> {
    h264::ROWS.iter().chain(h265::ROWS).chain(av1::ROWS)
}

/// What an encoder is chosen by.
pub(crate) struct Wanted<'a> {
    pub video: &'a VideoConfig,
    pub live: bool,
}

/// The encoder that is asked for, or the first of the codec that works here: `works` says why one does not.
///
/// Software comes first, for it gives the same quality everywhere; hardware is for those who name it, and for an FFmpeg
/// that has nothing else.
pub(crate) fn choose(
    wanted: &Wanted<'_>,
    works: impl Fn(&'static EncoderRow) -> Result<(), String>,
) -> Result<&'static EncoderRow> {
    if let Some(name) = wanted.video.encoder.as_deref() {
        let row = named(name, wanted.video.codec)?;
        return works(row).map(|()| row).map_err(|cause| cannot(row, cause));
    }
    let codec = encoded_codec(wanted.video.codec);
    let mut candidates: Vec<_> = all().filter(|row| row.codec == codec).collect();
    // One that asks for each keyframe keeps the interval also where the rate varies.
    let requests = |row: &EncoderRow| row.requests_keyframes(wanted.live, wanted.video);
    candidates.sort_by_key(|row| (row.place != Place::Software, !requests(row)));
    candidates.into_iter().find(|row| works(row).is_ok()).ok_or_else(|| {
        let remedy = match codec {
            SampleCodec::H264 => Remedy::InstallFfmpeg { encoder: "libx264" },
            SampleCodec::Vp8 | SampleCodec::Vp9 => {
                Remedy::ChooseCodec(&[SampleCodec::H264, SampleCodec::H265, SampleCodec::Av1])
            }
            _ => Remedy::ChooseCodec(&[SampleCodec::H264]),
        };
        let cause = "this FFmpeg has no encoder for it that works here";
        Error::new(ErrorKind::Encode, codec.to_string(), cause).with_remedy(remedy)
    })
}

/// The codec to encode to, where something is encoded.
pub(crate) fn encoded_codec(choice: CodecChoice) -> SampleCodec {
    match choice {
        CodecChoice::Encode(codec) => codec,
        CodecChoice::Copy | CodecChoice::Auto => SampleCodec::H264,
    }
}

/// The row of a name, which decides the codec unless another one is asked for.
fn named(name: &str, choice: CodecChoice) -> Result<&'static EncoderRow> {
    let Some(row) = all().find(|row| row.name == name) else {
        let remedy = suggest::remedy(name, all().map(|row| row.name), Remedy::ListEncoders);
        let cause = "vstream knows no encoder of that name";
        return Err(
            Error::new(ErrorKind::Config, format!("encoder `{name}`"), cause).with_remedy(remedy)
        );
    };
    match choice {
        // H.264 is the default, which a name overrides.
        CodecChoice::Encode(codec) if codec != row.codec && codec != SampleCodec::H264 => {
            let of: Vec<_> = all().filter(|r| r.codec == codec).map(|r| r.name).collect();
            let cause = format!("it makes {}, and the codec is to be {codec}", row.codec);
            Err(Error::new(ErrorKind::Config, format!("encoder `{name}`"), cause)
                .with_remedy(format!("leave the codec out, or take one of {}", of.join(", "))))
        }
        _ => Ok(row),
    }
}

/// The error of an encoder that does not open, with another way.
pub(crate) fn cannot(row: &EncoderRow, cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Encode, format!("with {}", row.name), cause)
        .with_remedy(row.alternative())
}

impl EncoderRow {
    /// What to do where it does not work.
    pub fn alternative(&self) -> Remedy {
        Remedy::UseEncoder(match self.codec {
            _ if self.name == "libx264" => &[],
            SampleCodec::H265 if self.name != "libx265" => &["libx265", "libx264"],
            SampleCodec::Av1 if self.name != "libaom-av1" => &["libaom-av1", "libx264"],
            _ => &["libx264"],
        })
    }

    /// Each keyframe is asked for, and has to come then.
    pub fn requests_keyframes(&self, live: bool, video: &VideoConfig) -> bool {
        match self.keyframes {
            Keyframes::Requested => true,
            Keyframes::Counted => false,
            Keyframes::RequestedInFiles(_) => {
                !live && !matches!(video.quality, Some(Quality::Bitrate(_)))
            }
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
