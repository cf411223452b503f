//! MPEG-TS whose video or sound changes its codec on the way, on the same PID: FFmpeg goes on with the decoder of the
//! first one.
//! It reads tables of programs at places all over the file, and no pictures.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use super::head::Head;
use super::program_map::{Elementary, elementary_streams, first_program, section};
use super::ts::{PACKET, SYNC};

/// Of M2TS, with a time before each packet.
const TIMED_PACKET: usize = 192;

/// Number of positions in a file at which tables are looked for.
const PLACES: u64 = 32;
/// Bytes to read at each place at most. Tables are repeated more often, even in a stream of 80 Mbit/s.
const PIECE: u64 = 1 << 20;
/// Packets that are read at once.
const BLOCK: u64 = 256;

/// Where another codec than at the beginning is on a PID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodecChange {
    pub pid: u16,
    pub is_sound: bool,
    first: &'static str,
    other: &'static str,
    /// The bytes of the file that hold the other codec.
    pub bytes: Range<u64>,
    /// Size of the file.
    length: u64,
}

impl std::fmt::Display for CodecChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { first, other, bytes, length, is_sound, .. } = self;
        let percent = bytes.start * 100 / (*length).max(1);
        let what = if *is_sound { "sound" } else { "video" };
        write!(f, "its {what} changes from {first} to {other} at {percent} % of the file")?;
        let behind = bytes.start + 1;
        if bytes.end < *length {
            write!(f, ", and back at {} %", bytes.end * 100 / length)?;
        }
        write!(
            f,
            "; that part is left out: `tail -c +{behind} IN.ts > PART.ts` makes it a file of its own"
        )
    }
}

/// The parts of a transport stream whose codec is another one than at its beginning.
pub(super) fn changes(file: &mut Head) -> Option<Vec<CodecChange>> {
    let size = packet_size(file.start())? as u64;
    changes_in(file.rewound().ok()?, size)
}

/// The same for a file whose packets have this distance.
fn changes_in(mut file: impl Read + Seek, size: u64) -> Option<Vec<CodecChange>> {
    let length = file.seek(SeekFrom::End(0)).ok()?;
    let stream = &mut Stream { file, size, map: None };
    let block = stream.block();
    // All of a short file is read, without gaps between the places.
    let distance = (length / PLACES).max(block);
    let places = (0..PLACES).map(|n| n * distance).take_while(|&at| at < length);
    let mut maps: Vec<(u64, Elementary)> =
        places.flat_map(|at| stream.first_maps(block_starts(at, block))).collect();
    let from_the_end = (1..=PIECE.div_ceil(block)).map(|n| length.saturating_sub(n * block));
    maps.extend(stream.first_maps(from_the_end));
    // What two places had in common is there twice.
    maps.sort_by_key(|&(at, _)| at);
    let mut firsts: Vec<Elementary> = Vec::new();
    for &(_, found) in &maps {
        if firsts.iter().all(|first| first.pid != found.pid) {
            firsts.push(found);
        }
    }
    let of_one = |first| changes_of(stream, first, &maps, length);
    let changes: Vec<CodecChange> = firsts.into_iter().flat_map(of_one).collect();
    Some(changes).filter(|changes| !changes.is_empty())
}

/// The parts in which a stream has another codec than the first one on its PID.
fn changes_of<F: Read + Seek>(
    stream: &mut Stream<F>,
    Elementary { pid, is_sound, codec: first }: Elementary,
    maps: &[(u64, Elementary)],
    length: u64,
) -> Vec<CodecChange> {
    let mut changes: Vec<CodecChange> = Vec::new();
    let (mut place, mut before) = (0, first);
    for &(at, Elementary { codec, .. }) in maps.iter().filter(|(_, own)| own.pid == pid) {
        if codec != before {
            let begin = stream.change(place..at, pid, before);
            if let Some(open) = changes.last_mut().filter(|_| before != first) {
                open.bytes.end = begin;
            }
            if codec != first {
                let bytes = begin..length;
                changes.push(CodecChange { pid, is_sound, first, other: codec, bytes, length });
            }
        }
        (place, before) = (at, codec);
    }
    changes
}

/// The distance of the packets of a transport stream.
fn packet_size(start: &[u8]) -> Option<usize> {
    let is = |first: usize, size: usize| {
        (0..5).all(|n| start.get(first + n * size).is_none_or(|&byte| byte == SYNC))
            && start.get(first) == Some(&SYNC)
    };
    match () {
        () if is(0, PACKET) => Some(PACKET),
        () if is(4, TIMED_PACKET) => Some(TIMED_PACKET),
        () => None,
    }
}

struct Stream<F> {
    file: F,
    /// From packet to packet.
    size: u64,
    /// The PID of the first program's map.
    map: Option<u16>,
}

/// Where the blocks of a piece begin.
fn block_starts(at: u64, block: u64) -> impl Iterator<Item = u64> {
    (0..PIECE.div_ceil(block)).map(move |n| at + n * block)
}

impl<F: Read + Seek> Stream<F> {
    /// Bytes of a block.
    fn block(&self) -> u64 {
        BLOCK * self.size
    }

    /// The maps in the first block that has any, of those that begin here.
    fn first_maps(&mut self, mut starts: impl Iterator<Item = u64>) -> Vec<(u64, Elementary)> {
        let maps = starts.find_map(|at| Some(self.maps(at)).filter(|maps| !maps.is_empty()));
        maps.unwrap_or_default()
    }

    /// The streams of the program by the maps in a block, and the places of these maps.
    fn maps(&mut self, at: u64) -> Vec<(u64, Elementary)> {
        let begin = at / self.size * self.size;
        // A packet more, since the next block may begin in the middle of one.
        let length = self.block() + self.size;
        let mut bytes = Vec::with_capacity(length as usize);
        let read = self
            .file
            .seek(SeekFrom::Start(begin))
            .and_then(|_place| self.file.by_ref().take(length).read_to_end(&mut bytes));
        if read.is_err() {
            return Vec::new();
        }
        let mut maps = Vec::new();
        for (n, packet) in (0..).zip(bytes.chunks_exact(self.size as usize)) {
            let Some((pid, section)) = section(&packet[packet.len() - PACKET..]) else { continue };
            if pid == 0 {
                self.map = first_program(section).or(self.map);
            } else if Some(pid) == self.map {
                let place = begin + n * self.size;
                maps.extend(elementary_streams(section).map(|found| (place, found)));
            }
        }
        maps
    }

    /// The first map in a range that has not the codec any more that the PID has at its beginning.
    fn change(&mut self, range: Range<u64>, pid: u16, codec: &str) -> u64 {
        let Range { mut start, mut end } = range;
        while end - start > PIECE {
            let middle = start + (end - start) / 2;
            let next = self.first_maps(block_starts(middle, self.block()));
            let next = next.into_iter().find(|(_, own)| own.pid == pid);
            match next {
                Some((_, own)) if own.codec == codec => start = middle,
                _ => end = middle,
            }
        }
        let is_other = |(_, own): &(u64, Elementary)| own.pid == pid && own.codec != codec;
        let mut starts = block_starts(start, self.block());
        starts.find_map(|at| self.maps(at).into_iter().find(is_other)).map_or(end, |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;

    fn packet(pid: u16, section: &[u8]) -> Vec<u8> {
        let [high, low] = pid.to_be_bytes();
        let mut packet = [&[SYNC, high | 0x40, low, 0x10, 0][..], section].concat();
        packet.resize(PACKET, 0xff);
        packet
    }

    /// Tables of a program with these streams on PIDs from 256 on, then packets of the first.
    fn program(kinds: &[(u8, &[u8])], packets: usize) -> Vec<u8> {
        let association = packet(0, &[0, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xf0, 0, 0, 0, 0, 0]);
        let mut map = vec![2, 0xb0, 0, 0, 1, 0xc1, 0, 0, 0xe1, 0, 0xf0, 0];
        for (nth, (kind, descriptors)) in (0..).zip(kinds) {
            map.extend([*kind, 0xe1, nth, 0xf0, descriptors.len() as u8]);
            map.extend(*descriptors);
        }
        // Behind its own place, with a checksum.
        map[2] = (map.len() + 1) as u8;
        let video = packet(256, b"video").repeat(packets);
        let tables = [association, packet(4096, &map)].concat();
        (0..20).flat_map(|_| [&tables[..], &video].concat()).collect()
    }

    fn part(kind: u8, packets: usize) -> Vec<u8> {
        program(&[(kind, &[])], packets)
    }

    fn of(bytes: &[u8]) -> Option<Vec<CodecChange>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ts");
        std::fs::write(&path, bytes).unwrap();
        changes(&mut Head::open(&path).unwrap())
    }

    #[test]
    fn a_codec_change_on_the_same_pid_is_found() {
        let (h264, h265) = (part(0x1b, 100), part(0x24, 100));
        assert_eq!(of(&h264), None);
        let found = of(&[&h264[..], &h265].concat()).unwrap();
        assert_eq!(found.len(), 1);
        let said = found[0].to_string();
        assert!(said.starts_with("its video changes from H.264 to H.265 at "), "{said}");
        let half = h264.len() as u64;
        assert!(said.contains(&format!("tail -c +{}", half + PACKET as u64 + 1)), "{said}");
        // The map follows the association table.
        assert_eq!(found[0].bytes.start, half + PACKET as u64);
        let back = of(&[&h264[..], &h265, &h264].concat()).unwrap();
        assert_eq!(back.len(), 1);
        assert_eq!(back[0].bytes.end, 2 * half + PACKET as u64);
        assert!(back[0].to_string().contains(", and back at 66 %"), "{back:?}");
    }

    #[test]
    fn a_codec_change_of_sound_is_found() {
        const DVB_AC3: &[u8] = &[0x52, 1, 0, 0x6a, 1, 0];
        const OPUS: &[u8] = &[5, 4, b'O', b'p', b'u', b's', 0x7f, 2, 0x80, 2];
        let with = |sound: (u8, &'static [u8])| program(&[(0x1b, &[]), sound], 100);
        let (aac, ac3, opus) = (with((0x0f, &[])), with((0x81, &[])), with((6, OPUS)));
        assert_eq!(of(&[&ac3[..], &with((6, DVB_AC3))].concat()), None);
        // Subtitles are no sound.
        assert_eq!(of(&[with((6, &[0x59, 1, 0])), with((6, &[0x56, 1, 0]))].concat()), None);
        let found = of(&[&aac[..], &ac3, &opus].concat()).unwrap();
        let said: Vec<_> = found.iter().map(CodecChange::to_string).collect();
        assert!(said[0].starts_with("its sound changes from AAC to AC-3 at 33 %"), "{said:?}");
        assert!(said[1].starts_with("its sound changes from AAC to Opus at 66 %"), "{said:?}");
        assert_eq!((found.len(), found[0].pid, found[0].is_sound), (2, 257, true));
        assert_eq!(found[0].bytes.end, found[1].bytes.start);
    }

    /// A file that counts what is read of it.
    struct Counted(std::io::Cursor<Vec<u8>>, u64);

    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let read = self.0.read(buffer)?;
            self.1 += read as u64;
            Ok(read)
        }
    }

    impl Seek for Counted {
        fn seek(&mut self, place: SeekFrom) -> std::io::Result<u64> {
            self.0.seek(place)
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri takes an hour for 100 MB")]
    fn little_is_read_of_a_long_file() {
        // 75 kB between two tables.
        let (h264, h265) = (part(0x1b, 400), part(0x24, 400));
        let long = [h264.repeat(8), h265.repeat(2)].concat();
        let count = |bytes: &[u8]| {
            let mut file = Counted(std::io::Cursor::new(bytes.to_vec()), 0);
            (changes_in(&mut file, PACKET as u64), file.1)
        };
        let (found, _) = count(&long);
        let other = (h264.len() * 8 + PACKET) as u64;
        assert_eq!(found.unwrap()[0].bytes, other..long.len() as u64);
        let (none, read) = count(&h264.repeat(60));
        assert_eq!(none, None);
        // At each place, and at the end: two blocks for the tables that are in one of them.
        assert!(read < (PLACES + 1) * 2 * (BLOCK + 1) * PACKET as u64, "{read}");
    }

    #[test]
    fn arbitrary_tables_do_not_panic() {
        damaged(&[&part(0x1b, 1)[..PACKET * 6]], |bytes| {
            for packet in bytes.chunks(PACKET) {
                if let Some((_, section)) = section(packet) {
                    let _ = (first_program(section), elementary_streams(section).count());
                }
            }
        });
    }
}
