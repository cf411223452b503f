//! The encoders that vstream can drive, and which of them work on this machine.
//! How each is driven is in `encode::table`.

use crate::config::VideoConfig;
use crate::encode::table::{EncoderRow, Gop, Place, QualityOptions, all};
use crate::encode::trial;
use crate::sample::SampleCodec;

/// An encoder that vstream can drive.
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
    /// What it makes.
    pub codec: SampleCodec,
    /// Its work is done by hardware. Such an encoder is taken where it is named, or where there is no other.
    pub hardware: bool,
    /// Why it does not work on this machine; `None` where it does.
    pub problem: Option<String>,
    /// The settings it has where nothing is asked for, for files, as the recording's properties say them:
    /// `veryfast crf 23`.
    pub defaults: String,
    /// What [`VideoConfig::preset`] may be, fastest first.
    pub presets: Vec<String>,
    /// What [`VideoConfig::tune`] may be.
    pub tunes: Vec<String>,
    /// The worst number [`Quality::Crf`](crate::Quality::Crf) may be, the best being 1; `None` where it
    /// knows bitrates only.
    pub worst_crf: Option<u8>,
}

impl EncoderInfo {
    /// Whether it works on this machine.
    pub fn works(&self) -> bool {
        self.problem.is_none()
    }
}

/// Every encoder that vstream can drive, for each codec the first choice first.
///
/// Each that this FFmpeg has is tried with two small pictures, which takes a second or so for all of them: presence
/// says nothing of the driver and the device that hardware needs.
pub fn encoders() -> Vec<EncoderInfo> {
    all().map(|row| describe(row, trial::encodes(row).err())).collect()
}

impl SampleCodec {
    /// What an encoder makes, by FFmpeg's name of it; `None` where vstream does not know how to drive it.
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
