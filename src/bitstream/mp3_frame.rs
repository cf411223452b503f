//! Writes frames of MPEG audio layer III: one that needs no earlier frame, and the header frame that counts the others.
//! The sound is not changed.

use super::bits::Bits;
use super::mp3::Mp3;

/// The farthest that a frame looks back.
const MOST: usize = 511;
/// Bits a second, in thousands, by their index in the header: of MPEG-1, and of the lower sample rates.
const FULL: [usize; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const HALF: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/// The data that the last frames leave for the next one, which may begin in them: the bit reservoir.
#[derive(Debug, Default)]
pub(crate) struct Reservoir(Vec<u8>);

/// What the headers of a frame say.
struct Headers {
    /// MPEG-1, and not one of the lower sample rates.
    full: bool,
    sample_rate: usize,
    /// Where its side information begins and ends.
    side: std::ops::Range<usize>,
    /// How many bytes before its own data it begins.
    back: usize,
    /// The length of its data, wherever they are.
    length: usize,
}

impl Headers {
    /// `None` if it is no frame of this layer, or of a size that no header states.
    fn of(frame: &[u8]) -> Option<Self> {
        let mp3 = Mp3::of_frame(frame)?;
        let (sample_rate, channels) = mp3.shape();
        let (full, mono) = (mp3.is_full(), channels == 1);
        let size = match (full, mono) {
            (true, false) => 32,
            (true, true) | (false, false) => 17,
            (false, true) => 9,
        };
        let begin = if frame[1] & 1 == 0 { 6 } else { 4 };
        let side = begin..begin + size;
        let mut bits = Bits::new(frame.get(side.clone())?);
        let back = bits.bits(if full { 9 } else { 8 })? as usize;
        // Private bits, and which scale factors both granules share.
        bits.skip(match (full, mono) {
            (true, true) => 5 + 4,
            (true, false) => 3 + 8,
            (false, true) => 1,
            (false, false) => 2,
        });
        let mut length = 0;
        for _ in 0..if full { 2 * channels } else { channels } {
            length += bits.bits(12)? as usize;
            bits.skip(if full { 47 } else { 51 });
        }
        Some(Self {
            full,
            sample_rate: sample_rate as usize,
            side,
            back,
            length: length.div_ceil(8),
        })
    }

    /// The header of the smallest frame with room for `size` bytes behind its side information, and the size of that
    /// frame; without a checksum, and without a slot of padding.
    fn fitting(&self, frame: &[u8], size: usize) -> Option<([u8; 4], usize)> {
        let least = 4 + self.side.len() + size;
        let index = (1..FULL.len()).find(|&index| self.size(index) >= least)?;
        let &[sync, kind, rates, modes] = frame.first_chunk::<4>()?;
        let rates = u8::try_from(index).ok()? << 4 | rates & 0b1101;
        Some(([sync, kind | 1, rates, modes], self.size(index)))
    }

    /// The size of a frame with this index of a bit rate.
    fn size(&self, index: usize) -> usize {
        match self.full {
            true => 144_000 * FULL[index] / self.sample_rate,
            false => 72_000 * HALF[index] / self.sample_rate,
        }
    }
}

impl Reservoir {
    /// A frame has gone by.
    pub fn push(&mut self, frame: &[u8]) {
        let own = Headers::of(frame).and_then(|headers| frame.get(headers.side.end..));
        self.0.extend(own.unwrap_or_default());
        self.0.drain(..self.0.len().saturating_sub(MOST));
    }

    /// The next frame with all of its data in it. `None` if it needs none of the others, or if they do not fit.
    pub fn complete(&self, frame: &[u8]) -> Option<Vec<u8>> {
        let headers = Headers::of(frame)?;
        let Headers { side, back, length, .. } = &headers;
        let before =
            self.0.get(self.0.len().checked_sub(*back)?..).filter(|data| !data.is_empty())?;
        let data = [before, frame.get(side.end..)?].concat();
        // The rest belongs to the next frame, which looks back from its own header.
        let (own, rest) = data.split_at_checked(*length)?;
        let (header, size) = headers.fitting(frame, data.len())?;
        let padding = size - 4 - side.len() - data.len();
        let mut side = frame.get(side.clone())?.to_vec();
        side[0] = 0;
        if headers.full {
            side[1] &= 0x7f;
        }
        Some([&header[..], &side, own, &vec![0; padding], rest].concat())
    }
}

/// A frame without sound that states how many frames follow, the first of which is given. Without it, decoders guess
/// the number from the sizes of the first frames, and some end there.
pub(crate) fn counting(first: &[u8], frames: u32) -> Option<Vec<u8>> {
    let headers = Headers::of(first)?;
    // The only field is the number of frames.
    let tag = [&b"Xing"[..], &1_u32.to_be_bytes(), &frames.to_be_bytes()].concat();
    let (header, size) = headers.fitting(first, tag.len())?;
    let mut whole = [&header[..], &vec![0; headers.side.len()], &tag].concat();
    whole.resize(size, 0);
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;

    /// A frame of MPEG-1 in one channel at 48 kHz and 32 kbit/s, 96 bytes, whose data begin so far back.
    fn frame(back: u16, length: u16, fill: u8) -> Vec<u8> {
        let mut frame = vec![fill; 96];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x14, 0xc0]);
        frame[4..21].fill(0);
        frame[4..6].copy_from_slice(&(back << 7).to_be_bytes());
        // The length of the first granule, behind 18 bits.
        frame[6..8].copy_from_slice(&((length * 8) << 2).to_be_bytes());
        frame
    }

    #[test]
    fn a_frame_includes_the_bit_reservoir_it_needs() {
        let mut reservoir = Reservoir::default();
        assert_eq!(reservoir.complete(&frame(10, 40, 2)), None);
        reservoir.push(&frame(0, 20, 1));
        assert_eq!(reservoir.complete(&frame(0, 40, 2)), None);
        let whole = reservoir.complete(&frame(10, 40, 2)).unwrap();
        // 40 kbit/s is the next size.
        assert_eq!((whole.len(), &whole[..5]), (120, &[0xff, 0xfb, 0x24, 0xc0, 0][..]));
        let data = &whole[21..];
        assert!(data[..10].iter().all(|&byte| byte == 1) && data[10..40].iter().all(|&b| b == 2));
        // What the next frame looks back at is at the end.
        let behind = [vec![0; 14], vec![2; 45]].concat();
        assert_eq!(data[40..], behind);
        assert_eq!(Headers::of(&whole).map(|it| (it.back, it.length)), Some((0, 40)));
    }

    #[test]
    fn frames_that_would_become_too_large_are_not_changed() {
        let mut reservoir = Reservoir::default();
        (0..9).for_each(|_| reservoir.push(&frame(0, 0, 1)));
        assert_eq!(reservoir.0.len(), MOST);
        let mut large = vec![0; 960];
        large[..4].copy_from_slice(&[0xff, 0xfb, 0xe4, 0xc0]);
        large[4..6].copy_from_slice(&(511_u16 << 7).to_be_bytes());
        assert_eq!(reservoir.complete(&large), None);
        // Longer than all that is there.
        assert_eq!(reservoir.complete(&frame(10, 400, 2)), None);
    }

    #[test]
    fn a_frame_count_header_is_not_audio() {
        let whole = counting(&frame(10, 40, 2), 0x0102).unwrap();
        assert_eq!((whole.len(), &whole[..4]), (96, &[0xff, 0xfb, 0x14, 0xc0][..]));
        assert_eq!(Headers::of(&whole).map(|it| (it.back, it.length)), Some((0, 0)));
        assert_eq!(whole[21..33], *b"Xing\0\0\0\x01\0\0\x01\x02");
        assert_eq!(counting(b"no frame", 1), None);
    }

    #[test]
    fn arbitrary_frames_do_not_panic() {
        let mut reservoir = Reservoir::default();
        reservoir.push(&frame(0, 0, 1));
        damaged(&[&frame(10, 40, 2), &frame(511, 90, 3)], |bytes| {
            let both = [reservoir.complete(bytes), counting(bytes, 7)];
            for whole in both.into_iter().flatten() {
                assert_eq!(Headers::of(&whole).map(|it| it.back), Some(0));
            }
        });
    }
}
