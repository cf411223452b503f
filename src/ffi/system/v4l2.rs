//! Queries Linux's video devices with V4L2: names, modes and colours.
//! FFmpeg captures; the mode is chosen in `devices`.

use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::time::FrameRate;

/// A device that captures.
#[derive(Debug)]
pub(crate) struct Device {
    file: File,
    pub name: String,
}

/// One size or a range of sizes, in pixels: smallest and largest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub smallest: (u32, u32),
    pub largest: (u32, u32),
}

/// Frame rates as fractions, and whether every rate between two of them will do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rates {
    pub rates: Vec<FrameRate>,
    pub any_between: bool,
}

// `struct v4l2_*` of <linux/videodev2.h> as the plain words they are: all fields are 32 bits or text.
const CAPABILITY_WORDS: usize = 26;
const FMTDESC_WORDS: usize = 16;
const FRMSIZE_WORDS: usize = 11;
const FRMIVAL_WORDS: usize = 13;
/// `struct v4l2_format`: its type, then a union that holds pointers, and so lies at a multiple of their size.
const FORMAT_WORDS: usize = PIX_FORMAT + 50;
const PIX_FORMAT: usize = size_of::<usize>() / 4;

const VIDEO_CAPTURE: u32 = 1; // V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_CAP_VIDEO_CAPTURE
const STREAMING: u32 = 0x0400_0000; // V4L2_CAP_STREAMING
const HAS_DEVICE_CAPS: u32 = 0x8000_0000; // V4L2_CAP_DEVICE_CAPS
const DISCRETE: u32 = 1; // V4L2_FRMSIZE_TYPE_DISCRETE, V4L2_FRMIVAL_TYPE_DISCRETE
/// Marks the fields behind `priv` as filled in.
const EXTENDED: u32 = 0xfeed_cafe; // V4L2_PIX_FMT_PRIV_MAGIC
/// Longer than any honest list.
const MOST: u32 = 512;

impl Device {
    /// Open a node, if it is one that captures. A camera has others, for metadata.
    pub fn open(path: &Path) -> std::io::Result<Option<Self>> {
        let file =
            File::options().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        let mut words = [0; CAPABILITY_WORDS];
        if !ask(&file, 0, false, &mut words) {
            return Ok(None);
        }
        let (all, own) = (words[21], words[22]);
        let can = if all & HAS_DEVICE_CAPS != 0 { own } else { all };
        let captures = can & VIDEO_CAPTURE != 0 && can & STREAMING != 0;
        Ok(captures.then(|| Self { file, name: text(&words[4..12]) }))
    }

    /// Colour space, encoding and quantization of the mode that it is in.
    pub fn colours(&self) -> Option<[u32; 3]> {
        let mut words = [0; FORMAT_WORDS];
        words[0] = VIDEO_CAPTURE;
        let pixels = ask(&self.file, 4, true, &mut words).then_some(&words[PIX_FORMAT..])?;
        let extended = pixels[7] == EXTENDED;
        Some([
            pixels[6],
            if extended { pixels[9] } else { 0 },
            if extended { pixels[10] } else { 0 },
        ])
    }

    /// Pixel formats by their four characters.
    pub fn formats(&self) -> Vec<u32> {
        let question = |index| {
            let mut words = [0; FMTDESC_WORDS];
            (words[0], words[1]) = (index, VIDEO_CAPTURE);
            ask(&self.file, 2, true, &mut words).then_some(words[11])
        };
        (0..MOST).map_while(question).collect()
    }

    pub fn sizes(&self, format: u32) -> Vec<Sizes> {
        let question = |index| {
            let mut words = [0; FRMSIZE_WORDS];
            (words[0], words[1]) = (index, format);
            ask(&self.file, 74, true, &mut words).then_some(words)
        };
        let size = |words: [u32; FRMSIZE_WORDS]| {
            let smallest = (words[3], words[4]);
            match words[2] {
                DISCRETE => Sizes { smallest, largest: smallest },
                // Smallest, largest and step of the width, then of the height.
                _ => Sizes { smallest: (words[3], words[6]), largest: (words[4], words[7]) },
            }
        };
        (0..MOST).map_while(question).map(size).collect()
    }

    pub fn rates(&self, format: u32, size: (u32, u32)) -> Rates {
        let mut found = Rates::default();
        for index in 0..MOST {
            let mut words = [0; FRMIVAL_WORDS];
            words[..4].copy_from_slice(&[index, format, size.0, size.1]);
            if !ask(&self.file, 75, true, &mut words) {
                break;
            }
            // The driver speaks of the time a frame takes.
            found.rates.extend(FrameRate::new(words[6], words[5]));
            if words[4] != DISCRETE {
                found.rates.extend(FrameRate::new(words[8], words[7]));
                found.any_between = true;
                break;
            }
        }
        found
    }
}

/// One `ioctl` of V4L2 with its number, over a structure of `N` words.
fn ask<const N: usize>(file: &File, number: u64, writes: bool, words: &mut [u32; N]) -> bool {
    // _IOR and _IOWR of <asm-generic/ioctl.h>: direction, size, group, number.
    let direction: u64 = if writes { 3 } else { 2 };
    let request = direction << 30 | (4 * N as u64) << 16 | u64::from(b'V') << 8 | number;
    loop {
        // SAFETY: the request says how many bytes the kernel reads and writes, and that is the size of `words`.
        let code = unsafe { libc::ioctl(file.as_raw_fd(), request as _, words.as_mut_ptr()) };
        let interrupted =
            || std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted;
        if code == 0 || !interrupted() {
            return code == 0;
        }
    }
}

/// A text that ends with a NUL.
fn text(words: &[u32]) -> String {
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_ne_bytes()).collect();
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_that_are_not_cameras_are_none() {
        assert!(Device::open(Path::new("/dev/null")).unwrap().is_none());
        assert!(Device::open(Path::new("/no/such/device")).is_err());
    }

    #[test]
    fn texts_of_the_driver_end_at_their_nul() {
        let words = [u32::from_ne_bytes(*b"vivi"), u32::from_ne_bytes(*b"d\0xx")];
        assert_eq!(text(&words), "vivid");
    }
}
