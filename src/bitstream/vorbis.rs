//! The three headers of a Vorbis stream: collecting them from packets, and what they say.
//! Audio packets are not looked at.

/// First bytes of the headers: identification, comments, setup.
const HEADERS: [u8; 3] = [1, 3, 5];
/// The first byte of headers that are joined: how many lengths follow, since the last header's is what is left.
const LENGTHS: u8 = 2;

/// Collects the headers of a stream that begins within another one's packets, as songs do in chained Ogg files.
#[derive(Default)]
pub(crate) struct Collector([Vec<u8>; 3]);

impl Collector {
    /// The headers joined as FFmpeg keeps them, once the last of them is there.
    pub fn take(&mut self, header: &[u8]) -> Option<Vec<u8>> {
        let nth = HEADERS.iter().position(|kind| header.first() == Some(kind))?;
        self.0[nth] = header.to_vec();
        if nth + 1 < HEADERS.len() || self.0.iter().any(Vec::is_empty) {
            return None;
        }
        let [identification, comments, setup] = std::mem::take(&mut self.0);
        let mut joined = vec![LENGTHS];
        for header in [&identification, &comments] {
            joined.extend(std::iter::repeat_n(u8::MAX, header.len() / 255));
            joined.push(u8::try_from(header.len() % 255).unwrap_or_default());
        }
        Some([joined, identification, comments, setup].concat())
    }
}

/// The headers that packets are decoded by, identification and setup; `None` if they are not joined as above.
pub(crate) fn decoding(joined: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = joined.strip_prefix(&[LENGTHS])?;
    let mut length = || {
        let full = rest.iter().take_while(|&&byte| byte == u8::MAX).count();
        let last = rest.get(full)?;
        rest = rest.get(full + 1..)?;
        Some(full * 255 + usize::from(*last))
    };
    let (identification, comments) = (length()?, length()?);
    Some((rest.get(..identification)?, rest.get(identification.checked_add(comments)?..)?))
}

/// Samples a second and channels, from joined headers (Vorbis I specification, 4.2.2).
pub(crate) fn shape(joined: &[u8]) -> Option<(u32, u32)> {
    let (identification, _) = decoding(joined)?;
    // Behind the kind of header, the name of the codec and a version of 32 bits.
    let &[channels, a, b, c, d] = identification.get(11..)?.first_chunk::<5>()?;
    Some((u32::from_le_bytes([a, b, c, d]), channels.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTIFICATION: &[u8] = b"\x01vorbis\0\0\0\0\x02\x80\xbb\0\0";

    #[test]
    fn headers_are_joined_once_all_are_there() {
        let mut collector = Collector::default();
        let comments = [&[3][..], &[7; 600]].concat();
        assert_eq!(collector.take(b"\x05setup"), None);
        assert_eq!(collector.take(IDENTIFICATION), None);
        assert_eq!(collector.take(&comments), None);
        let joined = collector.take(b"\x05other").unwrap();
        assert_eq!(decoding(&joined), Some((IDENTIFICATION, &b"\x05other"[..])));
        assert_eq!(shape(&joined), Some((48000, 2)));
        // Those of the stream before are not used again.
        assert_eq!(collector.take(b"\x05setup"), None);
    }
}
