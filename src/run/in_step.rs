//! Aligns inputs whose times the user gave: such times belong to one clock, the user's.
//! Inputs with their own times each begin at 0.

use super::planned::PlannedInput;
use crate::time::GivenTimes;

/// Let the earliest of the listed times be time 0 of all inputs, separately for those since 1970 and for others.
pub(super) fn align(inputs: &mut [PlannedInput]) {
    for since_1970 in [false, true] {
        let firsts = || inputs.iter().filter_map(|input| first(input, since_1970));
        let Some(earliest) = firsts().min().filter(|_| firsts().count() > 1) else {
            continue;
        };
        for input in inputs.iter_mut() {
            if let Some(first) = first(input, since_1970) {
                later(input, first - earliest);
            }
        }
    }
}

/// The first listed time of an input, in nanoseconds.
fn first(input: &PlannedInput, since_1970: bool) -> Option<i64> {
    let taken = input.tracks.first().map(|track| &track.taken)?;
    match &taken.given {
        GivenTimes::List(times) if taken.since_1970 == since_1970 => times.first().copied(),
        _ => None,
    }
}

/// Move what is recorded of an input to later times. The part that is read is given in the times of the recording.
fn later(input: &mut PlannedInput, by: i64) {
    for track in &mut input.tracks {
        track.shift -= by;
        track.epoch = track.epoch.map(|epoch| epoch - by);
        let window = &mut track.plan.window;
        window.start = (window.start - by).max(0);
        if window.end < i64::MAX {
            window.end -= by;
        }
    }
}
