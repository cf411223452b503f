//! Files that hold pictures or data and are no video: archives, arrays, databases, bags.
//! FFmpeg's probing finds the JPEGs in them and makes up one video of all, so they are known by their first bytes.

/// What a file is instead of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign {
    /// "a ZIP archive".
    pub what: &'static str,
    pub remedy: &'static str,
}

const UNPACK: &str = "unpack it; a folder of pictures is an image sequence";
const DECOMPRESS: &str = "decompress it first";
const BAG: &str = "convert it with `mcap convert IN OUT.mcap` (https://mcap.dev), and give that";
const EXPORT: &str =
    "write its pictures to a folder, or pipe them as raw video: python export.py | vstream -";

/// Signatures at an offset.
const SIGNATURES: [(usize, &[u8], &str, &str); 20] = [
    (0, b"PK\x03\x04", "a ZIP archive", UNPACK),
    (0, b"PK\x05\x06", "an empty ZIP archive", UNPACK),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (0, b"\x1f\x8b\x08", "compressed with gzip", DECOMPRESS),
    (0, b"\x28\xb5\x2f\xfd", "compressed with zstd", DECOMPRESS),
    (0, b"\xfd7zXZ\0", "compressed with xz", DECOMPRESS),
    (0, b"BZh", "compressed with bzip2", DECOMPRESS),
    (0, b"\x04\x22\x4d\x18", "compressed with LZ4", DECOMPRESS),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file", EXPORT),
    (512, b"\x89HDF\r\n\x1a\n", "an HDF5 file", EXPORT),
    (0, b"\x93NUMPY", "a NumPy array", EXPORT),
    (0, b"PAR1", "a Parquet file", EXPORT),
    (0, b"ARROW1", "an Arrow file", EXPORT),
    (0, b"#ROSBAG V", "a ROS 1 bag", BAG),
    (0, b"SQLite format 3\0", "an SQLite database, as ROS 2 bags are", BAG),
    (
        0,
        b"\x89MCAP0\r\n",
        "an MCAP recording",
        "write its pictures to a folder, or export a video from it",
    ),
    (0, b"%PDF-", "a PDF document", "extract its pictures first"),
    (0, b"\x7fELF", "a program", "name a file that holds video"),
];

/// What a file is that begins so, if it is known to be no video.
pub(super) fn of(head: &[u8]) -> Option<Foreign> {
    let at = |offset: usize, bytes: &[u8]| head.get(offset..).is_some_and(|s| s.starts_with(bytes));
    let is_npz = || at(0, b"PK\x03\x04") && memchr::memmem::find(head, b".npy").is_some();
    if is_npz() {
        return Some(Foreign { what: "an NPZ archive of NumPy arrays", remedy: EXPORT });
    }
    if is_tfrecord(head) {
        return Some(Foreign { what: "a TFRecord file", remedy: EXPORT });
    }
    let found = SIGNATURES.iter().find(|(offset, bytes, ..)| at(*offset, bytes));
    found.map(|&(_, _, what, remedy)| Foreign { what, remedy })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_and_arrays_are_known() {
        let what = |head: &[u8]| of(head).map(|foreign| foreign.what);
        assert_eq!(what(b"PK\x03\x04...frame.jpg"), Some("a ZIP archive"));
        assert_eq!(what(b"PK\x03\x04...images.npy"), Some("an NPZ archive of NumPy arrays"));
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(what(&tar), Some("a tar archive"));
        assert_eq!(what(b"\0\0\0\x18ftypisom"), None);
        assert_eq!(what(b""), None);
    }

    #[test]
    fn a_record_of_tensorflow_is_known_by_its_checksum() {
        // Castagnoli's check value.
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        let length = 38_400_u64.to_le_bytes();
        let checksum = crc32c(&length).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
        let record = [&length[..], &checksum, b"data"].concat();
        assert_eq!(of(&record).map(|foreign| foreign.what), Some("a TFRecord file"));
        assert_eq!(of(&[1; 64]), None);
    }
}
