//! The table of encoders, and the choice among them. A new encoder is one row in the file of its codec.
//! Pure; a row becomes FFmpeg options in `settings.rs`, and encoders are opened in `ffi`.

mod av1;
mod h264;
mod h265;
mod settings;

pub(crate) use settings::Gop;

use crate::config::{CodecChoice, Quality, VideoConfig};
use crate::error::{Error, ErrorKind, Remedy, Result};
use crate::sample::SampleCodec;
use crate::suggest;

/// An FFmpeg option and its value.
pub(crate) type Setting = (&'static str, &'static str);

/// An FFmpeg encoder and the options that give what every recording needs.
#[derive(Debug)]
pub(crate) struct EncoderRow {
    /// FFmpeg's name.
    pub name: &'static str,
    pub codec: SampleCodec,
    /// Pixel format of its input.
    pub format: &'static str,
    /// Where it runs.
    pub place: Place,
    /// Options that are always set: no B-frames, closed GOPs, IDR on keyframe requests, in-band headers; and all
    /// threads, if FFmpeg's default would be one.
    pub always: &'static [Setting],
    /// As `always`, but only if this FFmpeg has the option: in other versions it has another name or is not needed.
    pub where_known: &'static [Setting],
    pub keyframes: Keyframes,
    /// Trades speed for size.
    pub preset: Option<Preset>,
    /// The option for tuning, and its values.
    pub tunes: &'static [&'static str],
    pub quality: QualityOptions,
    /// The options that take a bitrate in bits per second.
    pub bitrate: &'static [&'static str],
    pub file: &'static [Setting],
    /// For live sources: hold back no frame.
    pub live: &'static [Setting],
}

/// Where an encoder runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In software: it works wherever FFmpeg has it.
    Software,
    /// On hardware that takes frames from system memory.
    Hardware,
    /// On hardware of this kind (FFmpeg's name); frames are uploaded to its memory first.
    Device(&'static str),
}

/// How keyframes are placed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keyframes {
    /// Each is requested, by time.
    Requested,
    /// The encoder counts frames, which is equivalent at a constant frame rate.
    Counted,
    /// Requested for files with constant quality, using this option; counted otherwise.
    RequestedInFiles(Setting),
}

/// The option that trades speed for size.
#[derive(Debug)]
pub(crate) struct Preset {
    pub option: &'static str,
    /// The default for files and for live sources.
    pub file: &'static str,
    pub live: &'static str,
    /// Its values, fastest first.
    pub names: &'static [&'static str],
}

/// How constant quality is requested. The defaults of all rows look about the same.
#[derive(Debug)]
pub(crate) enum QualityOptions {
    Constant {
        /// The options that take the number.
        options: &'static [&'static str],
        default: u8,
        /// The worst number; the best is 1.
        worst: u8,
        /// Other options that it needs.
        with: &'static [Setting],
    },
    /// Not supported: a bitrate is derived from the size of the pictures.
    Bitrate,
}

/// All supported encoders, in order of preference for each codec.
pub(crate) fn all() -> impl Iterator<Item = &'static EncoderRow> {
    h264::ROWS.iter().chain(h265::ROWS).chain(av1::ROWS)
}

/// The criteria for the choice of an encoder.
pub(crate) struct Wanted<'a> {
    pub video: &'a VideoConfig,
    pub live: bool,
}

/// The requested encoder, or the first of the codec that works on this machine: `works` returns why one does not.
///
/// Software comes first because it gives the same quality everywhere; hardware is used if requested by name, or if this
/// FFmpeg has nothing else.
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
    // Prefer one that makes keyframes on request: it keeps the interval at a variable rate too.
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

/// The codec to encode to, if the video is encoded.
pub(crate) fn encoded_codec(choice: CodecChoice) -> SampleCodec {
    match choice {
        CodecChoice::Encode(codec) => codec,
        CodecChoice::Copy | CodecChoice::Auto => SampleCodec::H264,
    }
}

/// The row of a named encoder, which determines the codec unless another one was requested.
fn named(name: &str, choice: CodecChoice) -> Result<&'static EncoderRow> {
    let Some(row) = all().find(|row| row.name == name) else {
        let remedy = suggest::remedy(name, all().map(|row| row.name), Remedy::ListEncoders);
        let cause = "vstream knows no encoder of that name";
        return Err(
            Error::new(ErrorKind::Config, format!("encoder `{name}`"), cause).with_remedy(remedy)
        );
    };
    match choice {
        // H.264 is the default, so naming another encoder overrides it.
        CodecChoice::Encode(codec) if codec != row.codec && codec != SampleCodec::H264 => {
            let of: Vec<_> = all().filter(|r| r.codec == codec).map(|r| r.name).collect();
            let cause = format!("it makes {}, and the codec is to be {codec}", row.codec);
            Err(Error::new(ErrorKind::Config, format!("encoder `{name}`"), cause)
                .with_remedy(format!("leave the codec out, or take one of {}", of.join(", "))))
        }
        _ => Ok(row),
    }
}

/// The error of an encoder that does not open, with an alternative.
pub(crate) fn cannot(row: &EncoderRow, cause: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Encode, format!("with {}", row.name), cause)
        .with_remedy(row.alternative())
}

impl EncoderRow {
    /// What to do if it does not work.
    pub fn alternative(&self) -> Remedy {
        Remedy::UseEncoder(match self.codec {
            _ if self.name == "libx264" => &[],
            SampleCodec::H265 if self.name != "libx265" => &["libx265", "libx264"],
            SampleCodec::Av1 if self.name != "libsvtav1" => &["libsvtav1", "libx264"],
            _ => &["libx264"],
        })
    }

    /// Keyframes are requested, and must come where they were requested.
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
