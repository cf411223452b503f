//! The encoders that vstream supports, and which of them work on this machine.
//! How each is driven is in `encode::table`.

use crate::config::VideoConfig;
use crate::encode::table::{EncoderRow, Gop, Place, QualityOptions, all};
use crate::encode::trial;
use crate::sample::SampleCodec;

/// An encoder that vstream supports.
///
/// ```
/// let works = |encoder: &vstream::EncoderInfo| encoder.works();
/// for encoder in vstream::encoders().iter().filter(|encoder| works(encoder)) {
///     println!("{} makes {}", encoder.name, encoder.codec);
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncoderInfo {
    /// FFmpeg's name, for [`VideoConfig::encoder`].
    pub name: String,
    /// The codec of its output.
    pub codec: SampleCodec,
    /// It encodes in hardware. Such an encoder is used only if requested by name, or if there is no other.
    pub hardware: bool,
    /// Why it does not work on this machine; `None` if it does.
    pub problem: Option<String>,
    /// Its default settings for files, in the form used by recording properties: `veryfast crf 23`.
    pub defaults: String,
    /// Values for [`VideoConfig::preset`], fastest first.
    pub presets: Vec<String>,
    /// Values for [`VideoConfig::tune`].
    pub tunes: Vec<String>,
    /// The worst number for [`Quality::Crf`](crate::Quality::Crf), the best being 1; `None` if it supports only
    /// bitrates.
    pub worst_crf: Option<u8>,
}

impl EncoderInfo {
    /// Whether it works on this machine.
    pub fn works(&self) -> bool {
        self.problem.is_none()
    }
}

/// Every encoder that vstream supports, in order of preference for each codec.
///
/// Each one in this FFmpeg is tested with two small pictures, which takes about a second in total: presence alone does
/// not show whether the driver and device work.
pub fn encoders() -> Vec<EncoderInfo> {
    all().map(|row| describe(row, trial::encodes(row).err())).collect()
}

impl SampleCodec {
    /// The codec of an encoder, by its FFmpeg name; `None` if vstream does not support it.
    pub fn of_encoder(name: &str) -> Option<Self> {
        all().find(|row| row.name == name).map(|row| row.codec)
    }
}

fn describe(row: &EncoderRow, problem: Option<String>) -> EncoderInfo {
    let gop = Gop { counted: 1, most: 1 };
    let options = row.options(&VideoConfig::default(), false, gop).unwrap_or_default();
    let line = row.describe(&options);
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    EncoderInfo {
        name: row.name.to_owned(),
        codec: row.codec,
        hardware: row.place != Place::Software,
        problem,
        defaults: line.strip_prefix(row.name).unwrap_or(&line).trim_start().to_owned(),
        presets: row.preset.as_ref().map(|preset| owned(preset.names)).unwrap_or_default(),
        tunes: owned(row.tunes),
        worst_crf: match row.quality {
            QualityOptions::Constant { worst, .. } => Some(worst),
            QualityOptions::Bitrate => None,
        },
    }
}
