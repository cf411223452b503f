//! The packets of MPEG-TS: their size, their header and their PID.
//! Payloads are parsed by the callers.

/// Bytes of a packet.
pub(super) const PACKET: usize = 188;
/// What a packet begins with.
pub(super) const SYNC: u8 = 0x47;

/// The PID of a packet, from its second and third byte.
pub(super) fn pid(high: u8, low: u8) -> u16 {
    u16::from_be_bytes([high & 0x1f, low])
}

/// The distance of packets in its usual forms: plain, with a time before each (M2TS), with parity behind each.
const DISTANCES: [usize; 3] = [PACKET, 192, 204];

/// Whether several packets follow each other somewhere in the beginning of a file.
pub(crate) fn begins_in(bytes: &[u8]) -> bool {
    /// Number of sync bytes in a row that hardly ever match by chance.
    const ENOUGH: usize = 5;
    let follow = |first: usize, distance: usize| {
        (0..ENOUGH).all(|n| bytes.get(first + n * distance) == Some(&SYNC))
    };
    memchr::memchr_iter(SYNC, bytes)
        .any(|first| DISTANCES.iter().any(|&distance| follow(first, distance)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_found_after_foreign_data() {
        for distance in DISTANCES {
            let mut stream = vec![0; 50];
            stream.extend((0..5 * distance).map(|at| if at % distance == 0 { SYNC } else { 0xff }));
            assert!(begins_in(&stream), "{distance}");
            assert!(!begins_in(&stream[..50 + 4 * distance]), "{distance}");
        }
    }
}
