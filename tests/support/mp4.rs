//! Changes headers of an MP4 in place.
//! It neither creates nor reads files.

/// Write how the picture is to be turned into the first track header: the 2x2 part of its matrix, where x goes and
/// where y goes.
pub fn turn(mp4: &mut [u8], [a, b, c, d]: [i32; 4]) {
    let at = mp4.windows(4).position(|four| four == b"tkhd").expect("a track header") + 4;
    // Version 0, in which the matrix lies 40 bytes behind the name, and the size behind that: 16.16 numbers, the matrix
    // in the order a b u, c d v, x y w, where the last of each three is a 2.30 number.
    assert_eq!(mp4[at], 0, "the version of the track header");
    let whole = |at: usize| i32::from(u16::from_be_bytes([mp4[at], mp4[at + 1]]));
    let (width, height) = (whole(at + 76), whole(at + 80));
    // Shifted so that the turned picture lies where the upright one does.
    let x = (a.min(0) * width + c.min(0) * height).abs();
    let y = (b.min(0) * width + d.min(0) * height).abs();
    let numbers = [a << 16, b << 16, 0, c << 16, d << 16, 0, x << 16, y << 16, 1 << 30];
    for (index, number) in numbers.into_iter().enumerate() {
        mp4[at + 40 + 4 * index..][..4].copy_from_slice(&number.to_be_bytes());
    }
}
