//! AAC: what an AudioSpecificConfig or an ADTS header states.
//! It does not parse frames.

use crate::bitstream::bits::Bits;

/// The object type of AAC-LC.
const LOW_COMPLEXITY: u32 = 2;

/// The kind of AAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aac {
    /// MPEG-4's number of the audio object type.
    object_type: u32,
    /// MPEG-4's number of the sample rate.
    rate: u32,
    /// MPEG-4's number of the channel configuration.
    channels: u32,
    /// Frames have 960 samples, not 1024.
    short_frames: bool,
    /// High frequencies are coded apart (HE-AAC).
    sbr: bool,
}

/// Sample rates in the order of their numbers in MPEG-4.
const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000,
    7350,
];

/// The AudioSpecificConfig of AAC-LC with one or two channels.
pub(crate) fn plain_config(sample_rate: u32, channels: u32) -> Option<[u8; 2]> {
    let rate = RATES.iter().position(|rate| *rate == sample_rate)?;
    let channels = u16::try_from(channels).ok().filter(|channels| matches!(channels, 1 | 2))?;
    let bits = 2 << 11 | u16::try_from(rate).ok()? << 7 | channels << 3;
    Some(bits.to_be_bytes())
}

/// An ADTS frame without its header; anything else as it is.
pub(crate) fn without_header(frame: &[u8]) -> &[u8] {
    match frame {
        // The second byte ends with whether there is no checksum behind the header.
        [0xff, flags, ..] if flags & 0xf6 == 0xf0 => {
            let header = if flags & 1 == 1 { 7 } else { 9 };
            frame.get(header..).unwrap_or_default()
        }
        _ => frame,
    }
}

impl Aac {
    /// From an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).
    pub fn of_config(config: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(config);
        let object_type = match bits.bits(5)? {
            31 => 32 + bits.bits(6)?,
            number => number,
        };
        let rate = bits.bits(4)?;
        if rate == 15 {
            bits.skip(24);
        }
        let channels = bits.bits(4)?;
        let short_frames = bits.flag()?;
        if bits.flag()? {
            // The delay of the core coder.
            bits.skip(14);
        }
        bits.flag()?;
        let extension = (bits.bits(11), bits.bits(5), bits.bits(1));
        let sbr = extension == (Some(0x2b7), Some(5), Some(1));
        Some(Self { object_type, rate, channels, short_frames, sbr })
    }

    /// From the header of an ADTS frame.
    pub fn of_adts(frame: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(frame);
        if bits.bits(12)? != 0xfff {
            return None;
        }
        bits.skip(4);
        let object_type = bits.bits(2)? + 1;
        let rate = bits.bits(4)?;
        bits.skip(1);
        let channels = bits.bits(3)?;
        Some(Self { object_type, rate, channels, short_frames: false, sbr: false })
    }

    /// Samples a second, and channels, of plain AAC.
    pub fn shape(&self) -> Option<(u32, u32)> {
        let rate = RATES.get(usize::try_from(self.rate).ok()?)?;
        self.is_plain().then_some((*rate, self.channels))
    }

    /// AAC-LC with one or two channels, as every decoder takes it.
    pub fn is_plain(&self) -> bool {
        self.object_type == LOW_COMPLEXITY
            && matches!(self.channels, 1 | 2)
            && !self.short_frames
            && !self.sbr
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_aac_is_distinguished_from_its_extensions() {
        let plain = |config: &[u8]| Aac::of_config(config).unwrap().is_plain();
        // LC, 48 kHz, stereo; then with 5.1 channels, with frames of 960 samples, as SBR by either way.
        assert!(plain(&[0x11, 0x90]));
        assert!(!plain(&[0x11, 0xb0]));
        assert!(!plain(&[0x11, 0x94]));
        assert!(!plain(&[0x2b, 0x11, 0x88, 0x00]));
        assert!(!plain(&[0x13, 0x10, 0x56, 0xe5, 0x98]));
        assert_eq!(Aac::of_config(&[0x11]), None);
    }

    #[test]
    fn frames_with_headers_become_frames_with_a_config() {
        assert_eq!(plain_config(48_000, 2), Some([0x11, 0x90]));
        assert_eq!((plain_config(48_000, 6), plain_config(12_345, 2)), (None, None));
        assert_eq!(without_header(&[0xff, 0xf1, 0x4c, 0x80, 0, 0x1f, 0xfc, 1, 2]), [1, 2]);
        assert_eq!(without_header(&[0xff, 0xf0, 0x4c, 0x80, 0, 0x1f, 0xfc, 1, 2, 3]), [3]);
        assert_eq!(without_header(&[0x21, 0x10]), [0x21, 0x10]);
    }

    #[test]
    fn adts_and_config_headers_give_the_same_facts() {
        let adts = Aac::of_adts(&[0xff, 0xf1, 0x4c, 0x80, 0, 0x1f, 0xfc]).unwrap();
        assert_eq!(Some(adts), Aac::of_config(&[0x11, 0x90]));
        assert_eq!(adts.shape(), Some((48_000, 2)));
        assert_eq!(Aac::of_adts(&[0x11, 0x90, 0, 0]), None);
    }
}
