//! Random damage, of the kinds that disks, networks and attackers cause.
//! It knows nothing about formats.

use fastrand::Rng;

/// Numbers that headers are wrong with: none, all bits, the largest and the smallest of their kind.
const NUMBERS: [u32; 8] = [0, 1, 0x7f, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, u32::MAX];

/// One of the seeds, damaged in one to six places: which seed, and its bytes now.
pub fn damaged(seeds: &[&[u8]], random: &mut Rng) -> (usize, Vec<u8>) {
    let nth = random.usize(..seeds.len());
    let mut bytes = seeds[nth].to_vec();
    for _ in 0..random.usize(1..=6) {
        let other = seeds[random.usize(..seeds.len())];
        once(&mut bytes, other, random);
    }
    (nth, bytes)
}

fn once(bytes: &mut Vec<u8>, other: &[u8], random: &mut Rng) {
    if bytes.is_empty() {
        return;
    }
    // Most of what is fragile is at the beginning.
    let reach = if random.bool() { bytes.len().min(2048) } else { bytes.len() };
    let at = random.usize(..reach);
    let length = random.usize(1..=64).min(bytes.len() - at);
    match random.u8(..10) {
        0 => bytes[at] ^= 1 << random.u8(..8),
        1 => bytes[at] = random.u8(..),
        2 => bytes[at..at + length].fill_with(|| random.u8(..)),
        3 => bytes[at..at + length].fill(if random.bool() { 0 } else { 0xff }),
        4 | 5 => {
            let value = NUMBERS[random.usize(..NUMBERS.len())];
            let value = if random.bool() { value.to_be_bytes() } else { value.to_le_bytes() };
            let count = 4.min(bytes.len() - at);
            bytes[at..at + count].copy_from_slice(&value[..count]);
        }
        6 => bytes.truncate(at),
        7 => drop(bytes.drain(at..at + length)),
        8 => {
            let copy = bytes[at..at + length].to_vec();
            bytes.splice(at..at, copy);
        }
        _ => {
            let from = random.usize(..=other.len());
            let part = &other[from..(from + length).min(other.len())];
            bytes.splice(at..(at + part.len()).min(bytes.len()), part.iter().copied());
        }
    }
}
