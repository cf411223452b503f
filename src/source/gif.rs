//! The blocks of a GIF: whether they are complete up to its trailer, where FFmpeg ends without an error if they are not,
//! and whether they are one picture or several.
//! It decodes no picture.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::head::Head;

pub(super) const HEADER: &[u8] = b"GIF8";

/// Header and screen, before the global table of colours.
const SCREEN: usize = 13;
/// Position and size of an image, and its flags.
const IMAGE: usize = 9;

/// How much may follow the trailer: some programs append to it.
const APPENDED: usize = 1024;

/// Of longer files only the end is looked at.
const FOLLOWED: u64 = 64 << 20;

/// Whether it lacks its end, or has something else than blocks before it.
pub(super) fn is_broken(file: &mut Head) -> std::io::Result<bool> {
    let file = file.rewound()?;
    let length = file.seek(SeekFrom::End(0))?;
    if length > FOLLOWED {
        file.seek(SeekFrom::Start(length - APPENDED as u64))?;
        let mut end = Vec::new();
        file.take(APPENDED as u64).read_to_end(&mut end)?;
        // The end of a picture's blocks, then the trailer.
        return Ok(memchr::memmem::find(&end, b"\0;").is_none());
    }
    file.rewind()?;
    let mut blocks = Blocks(BufReader::new(file));
    Ok(!blocks.lead_to_the_end().unwrap_or(false))
}

/// Whether it has more than one picture, which makes it a video.
pub(super) fn is_animated(path: &Path) -> bool {
    let has_name = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gif"));
    let file = Some(path).filter(|_| has_name).and_then(|path| File::open(path).ok());
    file.is_some_and(|file| Blocks(BufReader::new(file)).are_animated())
}

struct Blocks<R>(R);

impl<R: BufRead> Blocks<R> {
    /// Whether the last of the files, of which there may be several, ends with its trailer. `None` if it ends before.
    fn lead_to_the_end(&mut self) -> Option<bool> {
        while self.header()? {}
        let mut rest = Vec::new();
        self.0.by_ref().take(APPENDED as u64 + 1).read_to_end(&mut rest).ok()?;
        Some(rest.len() <= APPENDED)
    }

    /// Whether there is a second picture in the first file. It looks no further than that.
    fn are_animated(&mut self) -> bool {
        let mut images = 0;
        let _ = self.screen().filter(|there| *there).and_then(|_| {
            self.blocks(|| {
                images += 1;
                (images < 2).then_some(())
            })
        });
        images > 1
    }

    /// Pass a header and what follows it to the trailer. `false` if there is none.
    fn header(&mut self) -> Option<bool> {
        if !self.screen()? {
            return Some(false);
        }
        self.blocks(|| Some(()))
    }

    /// Pass a header and the screen behind it. `false` if there is none.
    fn screen(&mut self) -> Option<bool> {
        if !self.0.fill_buf().ok()?.starts_with(HEADER) {
            return Some(false);
        }
        let screen: [u8; SCREEN] = self.bytes()?;
        self.colours(screen[10])?;
        Some(true)
    }

    /// Pass all blocks and the trailer, as long as there is something `at_image`.
    fn blocks(&mut self, mut at_image: impl FnMut() -> Option<()>) -> Option<bool> {
        loop {
            match self.bytes()? {
                [b'!'] => {
                    let _label: [u8; 1] = self.bytes()?;
                }
                [b','] => {
                    at_image()?;
                    let image: [u8; IMAGE] = self.bytes()?;
                    self.colours(image[IMAGE - 1])?;
                    let _code_size: [u8; 1] = self.bytes()?;
                }
                [b';'] => return Some(true),
                _ => return None,
            }
            self.parts()?;
        }
    }

    /// Pass a table of colours, if these flags say that there is one.
    fn colours(&mut self, flags: u8) -> Option<()> {
        let size = if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
        self.skip(size)
    }

    /// Pass the parts of a block, of which the last is empty.
    fn parts(&mut self) -> Option<()> {
        loop {
            match self.bytes()? {
                [0] => return Some(()),
                [size] => self.skip(u64::from(size))?,
            }
        }
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        let skipped = std::io::copy(&mut self.0.by_ref().take(count), &mut std::io::sink());
        skipped.is_ok_and(|skipped| skipped == count).then_some(())
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;

    /// A screen with two colours, an extension, and an image with two colours of its own.
    const ONE: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0abcdef!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\x80abcdef\x02\x02\x44\x01\0;";

    fn leads(bytes: &[u8]) -> bool {
        Blocks(bytes).lead_to_the_end().unwrap_or(false)
    }

    #[test]
    fn the_trailer_is_found_after_the_blocks() {
        assert!(leads(ONE));
        assert!(leads(&ONE.repeat(3)));
        assert!(leads(&[ONE, b"\nappended"].concat()));
        assert!(!leads(&[ONE, &[0; 2000]].concat()));
        for end in 0..ONE.len() {
            assert!(!leads(&[ONE, &ONE[..end]].concat()) || end < 4, "{end}");
        }
    }

    #[test]
    fn several_pictures_are_an_animation() {
        let image = ONE.iter().position(|&byte| byte == b',').unwrap();
        let (screen, first) = ONE.split_at(image);
        let first = first.strip_suffix(b";").unwrap();
        let are_animated = |bytes: &[u8]| Blocks(bytes).are_animated();
        assert!(!are_animated(ONE));
        assert!(!are_animated(&ONE.repeat(2)));
        assert!(!are_animated(b"GIF"));
        assert!(are_animated(&[screen, first, first, b";"].concat()));
        assert!(are_animated(&[screen, first, b","].concat()), "one that is cut");
    }

    #[test]
    fn foreign_data_between_blocks_is_detected() {
        let image = ONE.iter().position(|&byte| byte == b',').unwrap();
        let (before, after) = ONE.split_at(image);
        assert!(!leads(&[before, b"garbage", after].concat()));
        assert!(!leads(&[before, b";", after, &ONE.repeat(50)].concat()));
    }

    #[test]
    fn arbitrary_blocks_do_not_panic() {
        damaged(&[ONE], |bytes| {
            leads(bytes);
            Blocks(bytes).are_animated();
        });
    }
}
