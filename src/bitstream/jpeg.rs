//! JPEG pictures: whether one is complete.
//! It reads markers and decodes nothing.

/// Start of scan: what follows it is compressed data.
const SCAN: u8 = 0xda;
const END: [u8; 2] = [0xff, 0xd9];

/// Whether a JPEG picture breaks off before its end marker. `false` for what is no JPEG.
pub(crate) fn is_cut(picture: &[u8]) -> bool {
    match first_scan(picture) {
        // Compressed data holds no markers but its own.
        Some(Ok(scan)) => memchr::memmem::rfind(scan, &END).is_none(),
        Some(Err(_cut)) => true,
        None => false,
    }
}

/// It ended among the headers.
struct Cut;

/// The data behind the headers; `None` for what is no JPEG.
fn first_scan(picture: &[u8]) -> Option<Result<&[u8], Cut>> {
    let mut rest = picture.strip_prefix(b"\xff\xd8")?;
    loop {
        // A marker may have any number of 0xff in front.
        let Some(&[mark, kind]) = rest.first_chunk::<2>() else { return Some(Err(Cut)) };
        if mark != 0xff {
            return None;
        }
        rest = match kind {
            0xff => &rest[1..],
            // Markers without a length: TEM, RST, SOI.
            0x01 | 0xd0..=0xd8 => &rest[2..],
            0xd9 => return None,
            _ => {
                let Some(&[high, low]) = rest[2..].first_chunk::<2>() else {
                    return Some(Err(Cut));
                };
                let length = usize::from(u16::from_be_bytes([high, low]));
                let Some(behind) = rest.get(2 + length..) else { return Some(Err(Cut)) };
                if kind == SCAN {
                    return Some(Ok(behind));
                }
                behind
            }
        };
    }
}

/// Counts the pictures of a stream that break off.
#[derive(Debug, Default)]
pub(crate) struct CutPictures {
    seen: u64,
    /// Broken off before the first whole one. Some cameras leave out every end marker, which is no damage.
    undecided: u64,
    any_whole: bool,
}

impl CutPictures {
    /// Look at a packet of any codec. How many pictures are now known to be cut.
    pub fn look_at(&mut self, packet: &[u8]) -> u64 {
        self.seen += 1;
        match (is_cut(packet), self.any_whole) {
            (true, true) => 1,
            (true, false) => {
                self.undecided += 1;
                0
            }
            (false, _) => {
                self.any_whole = true;
                std::mem::take(&mut self.undecided)
            }
        }
    }

    /// How many more are cut, now that no packet follows: a single picture has none to be compared with.
    pub fn finish(&mut self) -> u64 {
        if self.seen == 1 { std::mem::take(&mut self.undecided) } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers with a thumbnail, which has its own end marker.
    const HEAD: &[u8] = b"\xff\xd8\xff\xe1\0\x0athumb\xff\xd9.\xff\xda\0\x04..";

    fn with(data: &[u8]) -> Vec<u8> {
        [HEAD, data].concat()
    }

    #[test]
    fn a_picture_ends_with_its_own_marker() {
        assert!(!is_cut(&with(b"data\xff\xd9")));
        assert!(!is_cut(&with(b"data\xff\xd9\0\0\0\0")), "padded");
        assert!(is_cut(&with(b"data")));
        assert!(is_cut(&with(b"")));
        assert!(is_cut(&HEAD[..10]));
        assert!(!is_cut(b"\x89PNG") && !is_cut(b""), "no JPEG");
    }

    #[test]
    fn a_camera_without_end_markers_is_not_damaged() {
        let (whole, cut) = (with(b"data\xff\xd9"), with(b"data"));
        let count = |packets: &[&Vec<u8>]| {
            let mut pictures = CutPictures::default();
            let counted: u64 = packets.iter().map(|packet| pictures.look_at(packet)).sum();
            counted + pictures.finish()
        };
        assert_eq!(count(&[&whole, &cut, &whole]), 1);
        assert_eq!(count(&[&cut, &cut, &whole]), 2);
        assert_eq!(count(&[&cut]), 1);
        assert_eq!(count(&[&cut, &cut, &cut]), 0);
    }
}
