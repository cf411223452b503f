//! Files that hold pictures or data and are no video: archives, arrays, databases, bags.
//! FFmpeg's probing finds the JPEGs in them and would read them all as one video, so they are detected by their first
//! bytes.

/// As far as the signatures lie.
pub(crate) const HEAD: usize = 4096;

/// What a file is instead of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// "a ZIP archive".
    pub what: &'static str,
    pub remedy: &'static str,
}

const UNPACK: &str = "unpack it; a folder of pictures is an image sequence";
const DECOMPRESS: &str = "decompress it first";
const DOWNLOAD: &str = "download it, and give the file";
const EXPORT: &str =
    "write its pictures to a folder, or pipe them as raw video: python export.py | vstream -";
const MOUNT: &str = "mount it, and name a video in it";
const PACKETS: &str = "save the video in it to a file first, such as with Wireshark's RTP player, or replay it and \
    receive that";
const CLOUD: &str = "it holds points and no pictures; `rerun` opens point clouds in PLY";
const PROGRAM: &str = "name a file that holds video";

/// Signatures at an offset.
const SIGNATURES: [(usize, &[u8], &str, &str); 49] = [
    (0, b"PK\x03\x04", "a ZIP archive", UNPACK),
    (0, b"PK\x05\x06", "an empty ZIP archive", UNPACK),
    (0, b"PK\x07\x08", "a ZIP archive", UNPACK),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (0, b"!<arch>\n", "an ar archive", UNPACK),
    (0, b"070701", "a cpio archive", UNPACK),
    (0, b"MSCF\0\0\0\0", "a cabinet archive", UNPACK),
    (0, b"\x1f\x8b\x08", "compressed with gzip", DECOMPRESS),
    (0, b"\x28\xb5\x2f\xfd", "compressed with zstd", DECOMPRESS),
    (0, b"\xfd7zXZ\0", "compressed with xz", DECOMPRESS),
    (0, b"LZIP\x01", "compressed with lzip", DECOMPRESS),
    (0, b"BZh", "compressed with bzip2", DECOMPRESS),
    (0, b"\x04\x22\x4d\x18", "compressed with LZ4", DECOMPRESS),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file", EXPORT),
    (512, b"\x89HDF\r\n\x1a\n", "an HDF5 file", EXPORT),
    (0, b"CDF\x01", "a NetCDF file", EXPORT),
    (0, b"CDF\x02", "a NetCDF file", EXPORT),
    (0, b"CDF\x05", "a NetCDF file", EXPORT),
    (0, b"MATLAB 5.0 MAT-file", "a MATLAB file", EXPORT),
    (0, b"\x93NUMPY", "a NumPy array", EXPORT),
    (0, b"PAR1", "a Parquet file", EXPORT),
    (0, b"ARROW1", "an Arrow file", EXPORT),
    (0, b"Obj\x01", "an Avro file", EXPORT),
    (16, b"\xde\xc0\xef\xbe", "an LMDB database", EXPORT),
    (128, b"DICM", "a DICOM file", "export its pictures first, such as with dcm2jpg"),
    (0, b"#!AER-DAT", "a recording of an event camera", EXPORT),
    (0, b"#ROSBAG V", "a bag of ROS 1", DOWNLOAD),
    (0, b"SQLite format 3\0", "an SQLite database, as bags of ROS 2 are", DOWNLOAD),
    (0, b"\x89MCAP0\r\n", "a bag in MCAP", DOWNLOAD),
    (0, b"\xd4\xc3\xb2\xa1", "a capture of network packets", PACKETS),
    (0, b"\xa1\xb2\xc3\xd4", "a capture of network packets", PACKETS),
    (0, b"\x4d\x3c\xb2\xa1", "a capture of network packets", PACKETS),
    (0, b"\xa1\xb2\x3c\x4d", "a capture of network packets", PACKETS),
    (0, b"\x0a\x0d\x0d\x0a", "a capture of network packets", PACKETS),
    (0, b"# .PCD", "a point cloud (PCD)", CLOUD),
    (0, b"VERSION .7\nFIELDS", "a point cloud (PCD)", CLOUD),
    (0, b"VERSION 0.7\nFIELDS", "a point cloud (PCD)", CLOUD),
    (0, b"ply\nformat ", "a point cloud or mesh (PLY)", CLOUD),
    (0, b"ply\r\nformat ", "a point cloud or mesh (PLY)", CLOUD),
    (0, b"LASF", "a point cloud (LAS)", CLOUD),
    (0, b"QFI\xfb", "a disk image", MOUNT),
    (0, b"KDMV", "a disk image", MOUNT),
    (0, b"BLENDER", "a Blender project", "render it to a video first"),
    (0, b"%PDF-", "a PDF document", "extract its pictures first"),
    (0, b"\x7fELF", "a program", PROGRAM),
    (0, b"MZ\x90\0", "a program", PROGRAM),
    (0, b"\xca\xfe\xba\xbe", "a program", PROGRAM),
];

/// What begins like this, if it is known to be no video.
pub(crate) fn of(head: &[u8]) -> Option<Foreign> {
    let at = |offset: usize, bytes: &[u8]| head.get(offset..).is_some_and(|s| s.starts_with(bytes));
    let is_npz = || at(0, b"PK\x03\x04") && memchr::memmem::find(head, b".npy").is_some();
    let found = match () {
        () if is_npz() => ("an NPZ archive of NumPy arrays", EXPORT),
        () if is_tfrecord(head) => ("a TFRecord file", EXPORT),
        () if is_safetensors(head) => ("a safetensors file", EXPORT),
        () if is_pickle(head) => ("a Python pickle", EXPORT),
        () if is_arrow_stream(head) => ("an Arrow stream", EXPORT),
        () if is_old_tar(head) => ("a tar archive", UNPACK),
        () => {
            let found = SIGNATURES.iter().find(|(offset, bytes, ..)| at(*offset, bytes))?;
            (found.2, found.3)
        }
    };
    Some(Foreign { what: found.0, remedy: found.1 })
}

/// A record's length (64 bits), then its checksum.
fn is_tfrecord(head: &[u8]) -> bool {
    let Some((length, rest)) = head.split_first_chunk::<8>() else { return false };
    let Some(checksum) = rest.first_chunk::<4>() else { return false };
    let crc = crc32c(length);
    let masked = crc.rotate_right(15).wrapping_add(0xa282_ead8);
    u64::from_le_bytes(*length) > 0 && masked == u32::from_le_bytes(*checksum)
}

fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 * (crc & 1)))
    })
}

/// The length of a header in JSON (64 bits), then the header.
fn is_safetensors(head: &[u8]) -> bool {
    /// The format allows no longer header.
    const MOST: u64 = 100_000_000;
    let Some((length, rest)) = head.split_first_chunk::<8>() else { return false };
    let length = u64::from_le_bytes(*length);
    (2..MOST).contains(&length) && rest.starts_with(b"{\"")
}

/// The protocol, then a frame, or an opcode that begins a list, a dictionary, a tuple or an object.
fn is_pickle(head: &[u8]) -> bool {
    match head {
        [0x80, 4 | 5, 0x95, ..] => true,
        [0x80, 2 | 3, code, ..] => b"]}(c".contains(code),
        _ => false,
    }
}

/// A message's mark and length, then the offset of its root table.
fn is_arrow_stream(head: &[u8]) -> bool {
    let Some((&[0xff, 0xff, 0xff, 0xff, a, b, c, d], rest)) = head.split_first_chunk::<8>() else {
        return false;
    };
    let length = u32::from_le_bytes([a, b, c, d]);
    length > 0 && length % 8 == 0 && rest.starts_with(b"\x10\0\0\0")
}

/// A header from before `ustar`, known by its checksum: the sum of its bytes, its own eight taken for spaces.
fn is_old_tar(head: &[u8]) -> bool {
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    let Some(header) = head.first_chunk::<512>() else { return false };
    let digits: Vec<u8> =
        header[CHECKSUM].iter().copied().filter(|byte| (b'0'..=b'7').contains(byte)).collect();
    let stated = String::from_utf8_lossy(&digits);
    let sum = |bytes: &[u8]| bytes.iter().map(|&byte| u32::from(byte)).sum::<u32>();
    let own = sum(header) - sum(&header[CHECKSUM]) + 8 * u32::from(b' ');
    header[0] != 0 && u32::from_str_radix(&stated, 8).is_ok_and(|stated| stated == own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;
    use crate::source::mistaken::{instead_of_video, is_mp4};

    #[test]
    fn archives_and_arrays_are_recognised() {
        let what = |head: &[u8]| of(head).map(|foreign| foreign.what);
        assert_eq!(what(b"PK\x03\x04...frame.jpg"), Some("a ZIP archive"));
        assert_eq!(what(b"PK\x03\x04...images.npy"), Some("an NPZ archive of NumPy arrays"));
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(what(&tar), Some("a tar archive"));
        let mut old = vec![0; 512];
        old[..5].copy_from_slice(b"1.jpg");
        let sum: u32 = old.iter().map(|&byte| u32::from(byte)).sum::<u32>() + 8 * 32;
        old[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        assert_eq!(what(&old), Some("a tar archive"));
        old[1] = b'x';
        assert_eq!(what(&old), None);
        assert_eq!(what(b"\x02\0\0\0\0\0\0\0{\"a\""), Some("a safetensors file"));
        assert_eq!(what(b"\x80\x04\x95\0"), Some("a Python pickle"));
        assert_eq!(what(b"\xff\xff\xff\xff\x70\0\0\0\x10\0\0\0"), Some("an Arrow stream"));
        assert_eq!(what(b"\0\0\0\x18ftypisom"), None);
        assert_eq!(what(b""), None);
    }

    #[test]
    fn a_tensorflow_record_is_recognised_by_its_checksum() {
        // Castagnoli's check value.
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        let length = 38_400_u64.to_le_bytes();
        let checksum = crc32c(&length).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
        let record = [&length[..], &checksum, b"data"].concat();
        assert_eq!(of(&record).map(|foreign| foreign.what), Some("a TFRecord file"));
        assert_eq!(of(&[1; 64]), None);
    }

    #[test]
    fn arbitrary_file_starts_do_not_panic() {
        let mut old = vec![b'1'; 512];
        old[148..156].copy_from_slice(b"061000\0 ");
        let seeds: [&[u8]; 7] = [
            b"PK\x03\x04...images.npy",
            b"\x02\0\0\0\0\0\0\0{\"a\"",
            b"\xff\xff\xff\xff\x70\0\0\0\x10\0\0\0",
            b"\x80\x04\x95\0",
            b"\xef\xbb\xbf#EXTM3U\n<!DOCTYPE html>",
            b"\0\0\0\x18ftypisom",
            &old,
        ];
        damaged(&seeds, |head| {
            let _ = of(head);
            let is_empty = head.iter().all(|&byte| byte == 0) && !head.is_empty();
            assert!(
                !is_empty || instead_of_video(head).is_some_and(|it| it.what.contains("zeros"))
            );
            assert!(!is_mp4(head) || head.len() >= 8);
        });
    }
}
