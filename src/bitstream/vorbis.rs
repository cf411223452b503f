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

/// The headers that packets are decoded by, identification and setup, of headers that are joined in one of FFmpeg's two
/// ways (`avpriv_split_xiph_headers`): all lengths in front, or each in front of its header. `None` if they are damaged.
fn decoding(joined: &[u8]) -> Option<(&[u8], &[u8])> {
    match joined.strip_prefix(&[LENGTHS]) {
        Some(lengths) => {
            let (identification, rest) = laced_length(lengths)?;
            let (comments, rest) = laced_length(rest)?;
            let setup = identification.checked_add(comments)?;
            Some((rest.get(..identification)?, rest.get(setup..)?))
        }
        None => {
            let (identification, rest) = behind_its_length(joined)?;
            let (_comments, rest) = behind_its_length(rest)?;
            Some((identification, behind_its_length(rest)?.0))
        }
    }
}

/// A length in the manner of Ogg, and what is behind it.
fn laced_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let full = bytes.iter().take_while(|&&byte| byte == u8::MAX).count();
    let (&last, rest) = bytes.get(full..)?.split_first()?;
    Some((full * 255 + usize::from(last), rest))
}

/// A header behind its length of 16 bits, and what is behind it.
fn behind_its_length(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
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
    fn headers_are_joined_once_all_are_there_and_taken_apart() {
        let mut collector = Collector::default();
        let comments = [&[3][..], &[7; 600]].concat();
        assert_eq!(collector.take(b"\x05setup"), None);
        assert_eq!(collector.take(IDENTIFICATION), None);
        assert_eq!(collector.take(&comments), None);
        let joined = collector.take(b"\x05other").unwrap();
        assert_eq!(decoding(&joined), Some((IDENTIFICATION, &b"\x05other"[..])));
        assert_eq!(shape(&joined), Some((48000, 2)));
        let [identification, other] = [IDENTIFICATION, b"\x05other"].map(|header| {
            [&u16::try_from(header.len()).unwrap().to_be_bytes()[..], header].concat()
        });
        let joined = [&identification[..], &[0, 1, 3], &other].concat();
        assert_eq!(decoding(&joined), Some((IDENTIFICATION, &b"\x05other"[..])));
        assert_eq!(shape(&joined[..20]), None);
        // Those of the stream before are not used again.
        assert_eq!(collector.take(b"\x05setup"), None);
    }
}
