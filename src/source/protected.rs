//! Files whose pictures are encrypted in a way that FFmpeg cannot undo: scrambled television, protected Windows Media.
//! What FFmpeg can decrypt with a key is found when its packets are read.

use memchr::memmem;

use super::head::Head;
use super::signature::ASF;
use super::ts::{PACKET, SYNC, pid};

/// Tables alone fill no more than a small part of this.
const HEAD: u64 = 1 << 20;

/// The highest PID that is reserved for tables.
const LAST_TABLE: u16 = 0x1f;
/// Tables of a program, sound and the beginning of a recording may be in the clear.
const MOST_CLEAR: usize = 4;

/// GUIDs of the Content Encryption Object and of the extended one.
const ENCRYPTION: [&[u8]; 2] = [
    b"\xfb\xb3\x11\x22\x23\xbd\xd2\x11\xb4\xb7\x00\xa0\xc9\x55\xfc\x6e",
    b"\x14\xe6\x8a\x29\x22\x26\x17\x4c\xb9\x35\xda\xe0\x7e\xe9\x28\x9c",
];

/// How the file is protected, if it is.
pub(super) fn of_file(file: &mut Head) -> Option<&'static str> {
    let start = file.start();
    if start.first() != Some(&SYNC) && !start.starts_with(ASF) {
        return None;
    }
    of(file.up_to(HEAD))
}

fn of(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(ASF) {
        let found = ENCRYPTION.iter().any(|guid| memmem::find(head, guid).is_some());
        return found.then_some("it is protected Windows Media (DRM)");
    }
    scrambled(head)
}

/// What to do about a protected video.
pub(crate) const REMEDY: &str =
    "record it again where it may be seen, in the clear: by the receiver or the player";

/// What the bytes of a stream are, if they are scrambled television.
pub(crate) fn scrambled(bytes: &[u8]) -> Option<&'static str> {
    // A network is joined anywhere.
    let begins = |at: usize| (0..3).all(|n| bytes.get(at + n * PACKET) == Some(&SYNC));
    let first = (0..PACKET).find(|&at| begins(at))?;
    is_scrambled(&bytes[first..]).then_some("it is scrambled MPEG-TS (conditional access)")
}

/// The packets of MPEG-TS, also where RTP puts a header before some of them.
fn packets(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        // The header is followed by a packet, and so is that.
        let is_packet = |start: usize| {
            bytes.get(start) == Some(&SYNC)
                && (start == at || bytes.get(start + PACKET).is_none_or(|&next| next == SYNC))
        };
        let start = (at..bytes.len()).find(|&start| is_packet(start))?;
        at = start + PACKET;
        bytes.get(start..at)
    })
}

/// Most packets of MPEG-TS are marked as scrambled.
fn is_scrambled(head: &[u8]) -> bool {
    let is_data = |packet: &&[u8]| pid(packet[1], packet[2]) > LAST_TABLE;
    let null = |packet: &&[u8]| packet[1] & 0x1f == 0x1f && packet[2] == 0xff;
    let data = || packets(head).filter(|packet| is_data(packet) && !null(packet));
    // `transport_scrambling_control`: 0 is in the clear.
    let scrambled = data().filter(|packet| packet[3] & 0xc0 != 0).count();
    scrambled > 0 && data().count() - scrambled < scrambled / MOST_CLEAR
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::damaged;

    /// Packets of this PID, of which `scrambled` out of ten are scrambled.
    fn stream(pid: u16, scrambled: usize) -> Vec<u8> {
        let packet = |n: usize| {
            let mut packet = [0xff; PACKET];
            let [high, low] = pid.to_be_bytes();
            let control = if n % 10 < scrambled { 0xd0 } else { 0x10 };
            packet[..4].copy_from_slice(&[SYNC, high, low, control]);
            packet
        };
        (0..100).flat_map(packet).collect()
    }

    #[test]
    fn mostly_scrambled_television_is_detected() {
        let tables = stream(0, 0);
        assert!(is_scrambled(&[tables.clone(), stream(256, 9)].concat()));
        assert!(!is_scrambled(&[tables, stream(256, 0)].concat()));
        assert!(!is_scrambled(&stream(256, 5)), "one of two programs");
        assert!(!is_scrambled(&stream(0x1fff, 9)), "stuffing");
        assert!(!is_scrambled(b""));
    }

    #[test]
    fn packets_are_found_behind_the_headers_of_rtp() {
        let datagram = |n: usize| {
            [&[0x80, 33, 0, n as u8][..], &[7; 8], &stream(256, 9)[..7 * PACKET]].concat()
        };
        let bytes: Vec<u8> = (0..20).flat_map(datagram).collect();
        assert_eq!(packets(&bytes).count(), 140);
        assert!(scrambled(&bytes).is_some());
    }

    #[test]
    fn protected_windows_media_is_detected_by_its_header() {
        let plain = [ASF, &[0; 200]].concat();
        assert_eq!(of(&plain), None);
        assert!(of(&[&plain, ENCRYPTION[0]].concat()).is_some_and(|what| what.contains("DRM")));
    }

    #[test]
    fn arbitrary_packets_do_not_panic() {
        let television = &stream(256, 9)[..5 * PACKET];
        let media = [ASF, &[0; 20], ENCRYPTION[1]].concat();
        damaged(&[television, &television[7..], &media], |bytes| {
            let _ = (of(bytes), scrambled(bytes));
        });
    }
}
