//! Whether the clock of a file runs evenly up to a place in it, told from a few samples: where it leaps before that
//! place, a seek by its times does not find what a player would show then.

use crate::ffi::{AvError, Input, Packet, Stream};
use crate::time::{NANOS, TimeBase, rescale};

/// Places that are looked at.
const SAMPLES: u64 = 16;
/// A stretch whose clock runs so much faster or slower over its bytes than the usual one has a leap in it, or could
/// have: pictures that stand still take few bytes. Then everything from the beginning is read, which is only slower.
const MOST: i64 = 8;
/// No keyframe is as far from the next.
const LONGEST_GOP: i64 = 60 * NANOS;
/// Packets to look for one of the stream at a place.
const PACKETS: usize = 2000;

/// Whether the time of `landed`, which a seek to `target` found, is as far from the beginning as its place in the file.
pub(super) fn leads_to(input: &mut Input, stream: &Stream, landed: &Packet, target: i64) -> bool {
    let nanos = |ticks| rescale(ticks, stream.time_base, TimeBase::NANOSECONDS);
    let Some(time) = landed.decoding_time() else {
        return false;
    };
    if nanos(target.saturating_sub(time)) > LONGEST_GOP {
        return false;
    }
    // A playlist has no places; it goes by the lengths that it states.
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

/// The time of the first packet of a stream behind a place.
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

/// Whether times at places that are equally far apart could be those of one clock.
fn is_even(times: &[i64]) -> bool {
    let mut steps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable();
    let (Some(&least), Some(&most)) = (steps.first(), steps.last()) else {
        return true;
    };
    let usual = steps[steps.len() / 2];
    // In a short file several samples fall on one packet.
    least >= 0 && most <= usual.saturating_mul(MOST).max(2 * NANOS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaps_show_and_variable_rates_do_not() {
        let even: Vec<i64> = (0..10).map(|n| n * NANOS).collect();
        assert!(is_even(&even));
        assert!(is_even(&[0, NANOS, 4 * NANOS, 5 * NANOS, 5 * NANOS + 1]));
        assert!(!is_even(&[0, NANOS, 2 * NANOS, 500 * NANOS, 501 * NANOS]), "forward");
        assert!(!is_even(&[0, NANOS, 2 * NANOS, 0, NANOS]), "back");
    }
}
