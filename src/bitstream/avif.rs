//! AVIF: where in the file the AV1 data of its picture is (ISO/IEC 14496-12, 8.11).
//! It parses no picture, and does not support pictures assembled from several.

/// The boxes of a part of a file, each with its type.
struct Boxes<'a>(&'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let size = u32::from_be_bytes(*self.0.first_chunk()?);
        let kind = *self.0.get(4..)?.first_chunk()?;
        let (header, size) = match size {
            0 => (8, self.0.len()),
            1 => {
                let large = u64::from_be_bytes(*self.0.get(8..)?.first_chunk()?);
                (16, usize::try_from(large).ok()?)
            }
            size => (8, usize::try_from(size).ok()?),
        };
        let content = self.0.get(header..size)?;
        self.0 = self.0.get(size..)?;
        Some((kind, content))
    }
}

/// Reads numbers of any size.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    /// A number of this many bytes; of none, it is 0.
    fn next(&mut self, bytes: usize) -> Option<u64> {
        let (number, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(number.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

/// Whether it begins like an AVIF file.
pub(crate) fn is_avif(file: &[u8]) -> bool {
    match Boxes(file).next() {
        Some((kind, brands)) if kind == *b"ftyp" => {
            brands.as_chunks::<4>().0.iter().any(|brand| brand == b"avif" || brand == b"avis")
        }
        _ => false,
    }
}

/// The AV1 data of the picture of an AVIF file.
pub(crate) fn picture(file: &[u8]) -> Option<Vec<u8>> {
    let meta = find(Boxes(file), b"meta")?.get(4..)?;
    let primary = find(Boxes(meta), b"pitm")?;
    let (version, number) = primary.split_at_checked(4)?;
    let primary = Numbers(number).next(if version[0] == 0 { 2 } else { 4 })?;
    let (within, extents) = extents(find(Boxes(meta), b"iloc")?, primary)?;
    let whole = match within {
        OffsetBase::File => file,
        OffsetBase::Meta => find(Boxes(meta), b"idat")?,
    };
    let mut data = Vec::new();
    for (offset, length) in extents {
        let rest = whole.get(usize::try_from(offset).ok()?..)?;
        let length = if length == 0 { rest.len() } else { usize::try_from(length).ok()? };
        data.extend_from_slice(rest.get(..length)?);
    }
    // A sequence header, or a temporal delimiter in front of it.
    let is_av1 = data.first().is_some_and(|first| matches!(first >> 3 & 15, 1 | 2));
    is_av1.then_some(data)
}

fn find<'a>(mut boxes: Boxes<'a>, wanted: &[u8; 4]) -> Option<&'a [u8]> {
    boxes.find(|(kind, _)| kind == wanted).map(|(_, content)| content)
}

/// What the offsets of extents count in.
enum OffsetBase {
    File,
    Meta,
}

/// The offset and the length of each part of an item.
fn extents(iloc: &[u8], wanted: u64) -> Option<(OffsetBase, Vec<(u64, u64)>)> {
    let mut numbers = Numbers(iloc);
    let version = numbers.next(1)?;
    numbers.next(3)?;
    let sizes = [numbers.next(1)?, numbers.next(1)?];
    let half = |byte: u64, shift: u32| usize::try_from(byte >> shift & 15).ok().filter(|&n| n <= 8);
    let (offset, length, base) = (half(sizes[0], 4)?, half(sizes[0], 0)?, half(sizes[1], 4)?);
    let index = if version == 0 { 0 } else { half(sizes[1], 0)? };
    let wide = if version < 2 { 2 } else { 4 };
    for _ in 0..numbers.next(wide)? {
        let item = numbers.next(wide)?;
        let method = if version == 0 { 0 } else { numbers.next(2)? & 15 };
        // Which file it is in: this one.
        numbers.next(2)?;
        let begin = numbers.next(base)?;
        let mut extents = Vec::new();
        for _ in 0..numbers.next(2)? {
            numbers.next(index)?;
            extents.push((begin.checked_add(numbers.next(offset)?)?, numbers.next(length)?));
        }
        if item == wanted {
            return match method {
                0 => Some((OffsetBase::File, extents)),
                1 => Some((OffsetBase::Meta, extents)),
                _ => None,
            };
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).unwrap();
        [&size.to_be_bytes(), &kind[..], content].concat()
    }

    /// A file with one item in two parts, which lie at these offsets behind its description.
    fn file(method: u8, parts: [u32; 2]) -> Vec<u8> {
        let mut iloc = vec![1, 0, 0, 0, 0x44, 0, 0, 1, 0, 7, 0, method, 0, 0, 0, 2];
        for part in parts {
            iloc.extend(part.to_be_bytes());
            iloc.extend(2_u32.to_be_bytes());
        }
        let idat = [0x12, 0, 9, 9, 0x0a, 5];
        let meta = [
            vec![0; 4],
            boxed(b"pitm", &[0, 0, 0, 0, 0, 7]),
            boxed(b"iloc", &iloc),
            boxed(b"idat", &idat),
        ];
        [boxed(b"ftyp", b"avif\0\0\0\0mif1avif"), boxed(b"meta", &meta.concat())].concat()
    }

    #[test]
    fn the_extents_of_a_picture_are_found() {
        let inside = file(1, [0, 4]);
        assert!(is_avif(&inside));
        assert_eq!(picture(&inside).unwrap(), [0x12, 0, 0x0a, 5]);
        let at = u32::try_from(inside.len() - 6).unwrap();
        assert_eq!(picture(&file(0, [at, at + 4])).unwrap(), [0x12, 0, 0x0a, 5]);
    }

    #[test]
    fn damaged_pictures_are_rejected() {
        let whole = file(1, [0, 4]);
        for end in 0..whole.len() {
            assert_eq!(picture(&whole[..end]), None, "{end}");
        }
        assert_eq!(picture(&file(0, [9000, 0])), None);
        assert_eq!(picture(&file(2, [0, 4])), None);
        assert!(!is_avif(b"\0\0\0\x18ftypisom") && !is_avif(b""));
    }
}
