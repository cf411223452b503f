//! The pictures of an image sequence as packets: each file is one, and its first bytes determine the codec.
//! Which files and in which order is decided in `source`; nothing is decoded.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::ptr::addr_of;
use std::sync::Arc;

use ffmpeg_next::ffi;

use super::av::{AvError, text};
use super::packet::{Packet, packet_of};
use super::raw::{self, CodecId};

/// FFmpeg's demuxer of pictures whose format only their ending tells.
pub(super) const BY_ENDING: &str = "image2";

/// Its own demuxer, which makes a video of a GIF, is what FFmpeg's probe finds.
const GIF: &[u8] = b"GIF8";

/// FFmpeg's probes look at no more of a picture.
const HEAD: usize = 2048;

/// `AVPROBE_PADDING_SIZE`: zeros behind what is probed.
const PADDING: usize = 32;

/// The files of a sequence, and which of them comes next.
pub(super) struct Pictures {
    files: Arc<[PathBuf]>,
    next: usize,
}

impl Pictures {
    pub fn new(files: Arc<[PathBuf]>) -> Self {
        Self { files, next: 0 }
    }

    /// How many there are, each of one tick.
    pub fn len(&self) -> i64 {
        i64::try_from(self.files.len()).unwrap_or(i64::MAX)
    }

    /// Go to the picture shown at `tick`.
    pub fn seek(&mut self, tick: i64) {
        self.next = usize::try_from(tick).unwrap_or(0).min(self.files.len());
    }

    /// The next picture as a packet. One that is empty or cannot be read is invalid data, and keeps its time.
    pub fn read(&mut self) -> Result<Packet, AvError> {
        use ffmpeg_next::packet::Flags;
        let file = self.files.get(self.next).ok_or(AvError::EOF)?;
        let tick = i64::try_from(self.next).unwrap_or(i64::MAX);
        self.next += 1;
        let bytes = fs::read(file).map_err(|_unreadable| AvError::INVALID_DATA)?;
        if bytes.is_empty() {
            return Err(AvError::INVALID_DATA);
        }
        let mut packet = packet_of(&bytes)?;
        packet.set_pts(Some(tick));
        packet.set_dts(Some(tick));
        packet.set_duration(1);
        packet.set_flags(Flags::KEY);
        Ok(Packet::at(packet, super::clocks::now().wall))
    }
}

/// The demuxer for one picture: by its first bytes, or else by the ending of its name.
pub(super) fn demuxer(file: &Path) -> String {
    let mut head = Vec::with_capacity(HEAD);
    let read = File::open(file).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
    let found = read.ok().and_then(|_| probe(&head));
    found.unwrap_or_else(|| BY_ENDING.to_owned())
}

/// The codec of a picture, by its first bytes.
pub(super) fn codec(picture: &[u8]) -> Option<CodecId> {
    if picture.starts_with(b"\xff\xd8\xff") && picture.get(3) != Some(&0xf7) {
        return Some(ffi::AVCodecID::AV_CODEC_ID_MJPEG as CodecId);
    }
    let demuxer = probe(picture.get(..HEAD).unwrap_or(picture))?;
    let name = match demuxer.strip_suffix("_pipe")? {
        "jpeg" => "mjpeg",
        "j2k" => "jpeg2000",
        "hdr" => "radiance_hdr",
        name => name,
    };
    let name = CString::new(name).ok()?;
    // SAFETY: the name is a C string; descriptors are static tables.
    unsafe {
        let descriptor = ffi::avcodec_descriptor_get_by_name(name.as_ptr());
        (!descriptor.is_null()).then(|| raw::read_enum(addr_of!((*descriptor).id)) as CodecId)
    }
}

/// FFmpeg's demuxer for single pictures of that format, such as `png_pipe`.
fn probe(head: &[u8]) -> Option<String> {
    if head.starts_with(GIF) {
        return Some("gif_pipe".to_owned());
    }
    let mut padded = head.to_vec();
    padded.resize(head.len() + PADDING, 0);
    let data = ffi::AVProbeData {
        filename: c"".as_ptr(),
        buf: padded.as_mut_ptr(),
        buf_size: i32::try_from(head.len()).ok()?,
        mime_type: std::ptr::null(),
    };
    let mut score = 0;
    // SAFETY: the buffer has the stated size, with zeros behind it, and outlives the call; names of demuxers are static
    // C strings.
    let name = unsafe {
        let found = ffi::av_probe_input_format3(&data, 1, &mut score);
        if found.is_null() {
            return None;
        }
        text((*found).name)?
    };
    name.ends_with("_pipe").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        super::super::init();
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";
        assert_eq!(codec(png), Some(ffi::AVCodecID::AV_CODEC_ID_PNG as CodecId));
        assert_eq!(
            codec(b"\xff\xd8\xff\xe0\0\x10JFIF"),
            Some(ffi::AVCodecID::AV_CODEC_ID_MJPEG as CodecId)
        );
        assert_eq!(codec(b"GIF89a"), Some(ffi::AVCodecID::AV_CODEC_ID_GIF as CodecId));
        assert_eq!(codec(b"no picture"), None);
    }

    #[test]
    fn an_unreadable_picture_keeps_its_time() {
        let mut pictures =
            Pictures::new(Arc::from([PathBuf::from("/no/such.png"), "Cargo.toml".into()]));
        assert!(pictures.read().is_err_and(|error| error == AvError::INVALID_DATA));
        assert_eq!(pictures.read().map(|packet| packet.pts()), Ok(Some(1)));
        assert!(pictures.read().is_err_and(|error| error == AvError::EOF));
    }
}
