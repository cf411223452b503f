//! Samples whether the clock of a file runs evenly up to a position: after a jump, a seek by timestamp would land
//! somewhere else than the recording's time says.
//! It moves the read position and decides nothing about seeking.

use crate::ffi::{AvError, Input, Packet, Stream};
use crate::time::{NANOS, TimeBase, rescale};

/// Number of positions to sample.
const SAMPLES: u64 = 16;
/// A section whose clock differs from the average rate over bytes by this factor has, or may have, a jump: still
/// pictures take few bytes too. The file is then read from the beginning, which is only slower.
const MOST: i64 = 8;
/// More than the distance of any two keyframes.
const LONGEST_GOP: i64 = 60 * NANOS;
/// Number of packets to read for one of the stream at a position.
const PACKETS: usize = 2000;

/// Whether the time of `landed`, found by a seek to `target`, matches its position in the file.
pub(super) fn leads_to(input: &mut Input, stream: &Stream, landed: &Packet, target: i64) -> bool {
    let nanos = |ticks| rescale(ticks, stream.time_base, TimeBase::NANOSECONDS);
    let Some(time) = landed.decoding_time() else {
        return false;
    };
    if nanos(target.saturating_sub(time)) > LONGEST_GOP {
        return false;
    }
    // Playlists have no byte positions; seeking uses the durations that they state.
    let (Some(end), true) = (landed.position(), input.byte_size().is_some()) else {
        return true;
    };
    let begin = input.start_time().unwrap_or(0).saturating_mul(1000);
    let mut times = vec![begin];
    for sample in 1..SAMPLES {
        let Some(time) = time_at(input, stream.index, end / SAMPLES * sample) else {
            return false;
        };
        times.push(nanos(time));
    }
    times.push(nanos(time));
    is_even(&times)
}

/// The time of the stream's first packet after a position.
fn time_at(input: &mut Input, stream: usize, place: u64) -> Option<i64> {
    input.seek_byte(place).ok()?;
    for _ in 0..PACKETS {
        match input.read() {
            Ok(packet) if packet.stream() == stream => {
                if let Some(time) = packet.decoding_time() {
                    return Some(time);
                }
            }
            Ok(_) => {}
            Err(error) if error.code == AvError::AGAIN => std::thread::yield_now(),
            Err(_) => return None,
        }
    }
    None
}

/// Whether times at equally spaced positions could come from one continuous clock.
fn is_even(times: &[i64]) -> bool {
    let mut steps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable();
    let (Some(&least), Some(&most)) = (steps.first(), steps.last()) else {
        return true;
    };
    let usual = steps[steps.len() / 2];
    // In a short file several samples hit the same packet.
    least >= 0 && most <= usual.saturating_mul(MOST).max(2 * NANOS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_are_detected_and_variable_rates_are_not() {
        let even: Vec<i64> = (0..10).map(|n| n * NANOS).collect();
        assert!(is_even(&even));
        assert!(is_even(&[0, NANOS, 4 * NANOS, 5 * NANOS, 5 * NANOS + 1]));
        assert!(!is_even(&[0, NANOS, 2 * NANOS, 500 * NANOS, 501 * NANOS]), "forward");
        assert!(!is_even(&[0, NANOS, 2 * NANOS, 0, NANOS]), "back");
    }
}
