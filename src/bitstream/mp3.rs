//! MPEG audio layer III: what the header of a frame states.
//! It does not parse frames.

/// What must not change within a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mp3 {
    version: u8,
    rate: u8,
    mono: bool,
}

impl Mp3 {
    /// `None` if the frame does not begin with a header of this layer.
    pub fn of_frame(frame: &[u8]) -> Option<Self> {
        let &[sync, kind, rates, modes] = frame.first_chunk::<4>()?;
        let (version, layer) = (kind >> 3 & 3, kind >> 1 & 3);
        let rate = rates >> 2 & 3;
        let valid = sync == 0xff && kind >> 5 == 7 && version != 1 && layer == 1 && rate != 3;
        valid.then_some(Self { version, rate, mono: modes >> 6 == 3 })
    }

    /// MPEG-1, and not one of the lower sample rates.
    pub fn is_full(&self) -> bool {
        self.version == 3
    }

    /// Samples a second, and channels.
    pub fn shape(&self) -> (u32, u32) {
        let full = [44_100, 48_000, 32_000].get(usize::from(self.rate)).copied().unwrap_or(44_100);
        let rate = match self.version {
            3 => full,
            2 => full / 2,
            _ => full / 4,
        };
        (rate, if self.mono { 1 } else { 2 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mp3_headers_are_equal_if_one_decoder_takes_both() {
        let stereo = Mp3::of_frame(&[0xff, 0xfb, 0x90, 0x00]).unwrap();
        // Another bit rate and joint stereo; then mono; then another sample rate.
        assert_eq!(Mp3::of_frame(&[0xff, 0xfb, 0xb2, 0x44]), Some(stereo));
        assert_ne!(Mp3::of_frame(&[0xff, 0xfb, 0x90, 0xc0]), Some(stereo));
        assert_ne!(Mp3::of_frame(&[0xff, 0xfb, 0x94, 0x00]), Some(stereo));
        assert_eq!(Mp3::of_frame(&[0xff, 0xfd, 0x90, 0x00]), None);
        assert_eq!(Mp3::of_frame(&[0xff]), None);
        assert_eq!(stereo.shape(), (44_100, 2));
        let slow = Mp3::of_frame(&[0xff, 0xf3, 0x94, 0xc0]).unwrap();
        assert_eq!(slow.shape(), (24_000, 1));
    }
}
