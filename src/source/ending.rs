//! Detects by the last bytes of a file that its end is missing, where FFmpeg reports no error: GIF, Ogg, FLV, ASF, SWF,
//! RoQ, DV, MPEG-PS.
//! Whether the rest can be read is decided by the demuxer.

use std::io::{Read, Seek, SeekFrom};

use super::gif;
use super::head::Head;
use super::signature::ASF;

/// A page of Ogg is no longer than this.
const PAGE: u64 = 65_307;
/// Length of a page's header, without its table of lengths.
const PAGE_HEADER: usize = 27;
/// `header_type`: the last page of its stream.
const LAST_PAGE: u8 = 4;

/// The beginning of RoQ, before its frame rate.
const ROQ: &[u8] = b"\x84\x10\xff\xff\xff\xff";
/// More chunks of RoQ are not followed.
const MOST_CHUNKS: usize = 100_000;

/// The beginning of MPEG-PS.
const PACK: &[u8] = b"\0\0\x01\xba";

/// Whether a file ends before its end.
pub(super) fn is_missing(file: &mut Head) -> bool {
    let start = file.start();
    let of: fn(&[u8]) -> bool = match () {
        () if start.starts_with(gif::HEADER) => return gif::is_broken(file).unwrap_or(false),
        () if start.starts_with(PACK) => ends_with_zeros,
        () if start.starts_with(b"OggS") => is_cut_ogg,
        () if start.starts_with(b"--") => return is_cut_multipart(file).unwrap_or(false),
        () if start.starts_with(ROQ) => return is_cut_roq(file).unwrap_or(false),
        () => return has_other_size(file).unwrap_or(false),
    };
    last_bytes(file).is_ok_and(|bytes| of(&bytes))
}

fn last_bytes(file: &mut Head) -> std::io::Result<Vec<u8>> {
    let file = file.rewound()?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(PAGE)))?;
    let mut bytes = Vec::new();
    file.take(PAGE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Space that its recorder reserved and did not fill. No packet is as long.
fn ends_with_zeros(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}

/// The last page is the last of its stream, and whole.
fn is_cut_ogg(bytes: &[u8]) -> bool {
    let page = memchr::memmem::rfind(bytes, b"OggS").and_then(|at| bytes.get(at..));
    let Some(page) = page else { return true };
    let whole = || {
        let lengths = page.get(PAGE_HEADER..)?.get(..usize::from(*page.get(PAGE_HEADER - 1)?))?;
        let body: usize = lengths.iter().map(|&length| usize::from(length)).sum();
        Some(page.len() >= PAGE_HEADER + lengths.len() + body)
    };
    page.get(5).is_none_or(|kind| kind & LAST_PAGE == 0) || whole() != Some(true)
}

/// Parts with boundaries, as of saved MJPEG: there is none behind the last part.
fn is_cut_multipart(file: &mut Head) -> std::io::Result<bool> {
    let line = file.start().split(|byte| b"\r\n".contains(byte)).next().unwrap_or_default();
    let boundary = line.to_vec();
    let bytes = last_bytes(file)?;
    // The last boundary has a mark of two dashes, and the end of a line.
    let last = &bytes[bytes.len().saturating_sub(boundary.len() + 6)..];
    Ok(memchr::memmem::find(last, &boundary).is_none())
}

/// The last chunk is longer than the file. FFmpeg has one error for that and for the end.
fn is_cut_roq(file: &mut Head) -> std::io::Result<bool> {
    let file = file.rewound()?;
    let length = file.seek(SeekFrom::End(0))?;
    let mut at = ROQ.len() as u64 + 2;
    for _ in 0..MOST_CHUNKS {
        file.seek(SeekFrom::Start(at))?;
        // Its kind, its size without this, and an argument.
        let mut chunk = [0; 8];
        if at >= length || file.read_exact(&mut chunk).is_err() {
            break;
        }
        let [_, _, size @ .., _, _] = chunk;
        at += chunk.len() as u64 + u64::from(u32::from_le_bytes(size));
    }
    Ok(at > length)
}

/// Its header states a size that is not its own.
fn has_other_size(file: &mut Head) -> Option<bool> {
    let (stated, frame) = (stated_size(file.start()), dv_frame(file.start()));
    stated.or(frame)?;
    let length = file.rewound().ok()?.seek(SeekFrom::End(0)).ok()?;
    let is_shorter = stated.is_some_and(|stated| length < stated);
    Some(is_shorter || frame.is_some_and(|frame| length % frame != 0))
}

/// What the size of a raw DV frame is a multiple of, whatever its profile.
fn dv_frame(start: &[u8]) -> Option<u64> {
    match start.first_chunk()? {
        [0x1f, 7, 0, 0x3f] => Some(120_000), // 60 Hz
        [0x1f, 7, 0, 0xbf] => Some(144_000), // 50 Hz
        _ => None,
    }
}

/// The size that the header of a file states.
pub(super) fn stated_size(start: &[u8]) -> Option<u64> {
    flv_size(start).or_else(|| asf_size(start)).or_else(|| swf_size(start))
}

/// What the header of a Flash film states that is not compressed.
fn swf_size(start: &[u8]) -> Option<u64> {
    let header = start.strip_prefix(b"FWS")?;
    Some(u64::from(u32::from_le_bytes(*header.get(1..)?.first_chunk()?)))
}

/// What the File Properties Object of Windows Media states.
fn asf_size(start: &[u8]) -> Option<u64> {
    const PROPERTIES: &[u8] = b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65";
    /// Its identifier and size, and the identifier of the file.
    const SIZE: usize = 16 + 8 + 16;
    /// Behind the size: creation date, packets, two durations, preroll.
    const FLAGS: usize = SIZE + 6 * 8;
    /// The file was written as a broadcast, and its size is not valid.
    const BROADCAST: u8 = 1;
    let header = Some(start).filter(|start| start.starts_with(ASF))?;
    let properties = header.get(memchr::memmem::find(header, PROPERTIES)?..)?;
    if properties.get(FLAGS)? & BROADCAST != 0 {
        return None;
    }
    Some(u64::from_le_bytes(*properties.get(SIZE..)?.first_chunk()?)).filter(|&size| size > 0)
}

/// What the metadata of an FLV file states as its size: `filesize`, a number of AMF.
fn flv_size(start: &[u8]) -> Option<u64> {
    const KEY: &[u8] = b"\0\x08filesize\0";
    let metadata = Some(start).filter(|start| start.starts_with(b"FLV\x01"))?;
    let at = memchr::memmem::find(metadata, KEY)? + KEY.len();
    let size = f64::from_be_bytes(metadata.get(at..)?.first_chunk().copied()?);
    (size >= 1.0).then_some(size as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ogg_stream_ends_with_its_last_page() {
        let page = |kind: u8, length: u8| {
            let mut page = [b"OggS\0", &[kind][..], &[0; 20], &[1, length]].concat();
            page.extend(vec![0; usize::from(length)]);
            page
        };
        let whole = [page(2, 9), page(0, 200), page(LAST_PAGE, 20)].concat();
        assert!(!is_cut_ogg(&whole));
        for end in [1, 30, 50, whole.len() - page(LAST_PAGE, 20).len(), whole.len() - 1] {
            assert!(is_cut_ogg(&whole[..end]), "{end}");
        }
    }

    #[test]
    fn windows_media_states_its_size() {
        let guids = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11 \xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65";
        let of = |flags: u8| {
            [&guids[..], &[0; 24], &1234_u64.to_le_bytes(), &[0; 40], &[flags]].concat()
        };
        assert_eq!(stated_size(&of(2)), Some(1234));
        assert_eq!(stated_size(&of(3)), None);
        assert_eq!(stated_size(&of(2)[..60]), None);
    }

    #[test]
    fn frames_of_dv_have_one_size() {
        assert_eq!(dv_frame(b"\x1f\x07\0\x3f\0"), Some(120_000));
        assert_eq!(dv_frame(b"\x1f\x07\0\xbf\0"), Some(144_000));
        assert_eq!(dv_frame(b"\x1f\x07"), None);
    }

    #[test]
    fn metadata_of_flv_states_its_size() {
        let size = 123_456_f64.to_be_bytes();
        let start = [b"FLV\x01\x01 onMetaData \0\x08filesize\0", &size[..]].concat();
        assert_eq!(flv_size(&start), Some(123_456));
        assert_eq!(flv_size(&start[1..]), None);
        assert_eq!(flv_size(&start[..start.len() - 1]), None);
    }
}
