//! Goes to the keyframe from which a given time can be decoded.
//! Frames between that keyframe and the time are the decoder's to leave out.

use crate::ffi::{AvError, Input, Packet, Stream};
use crate::time::{TimeBase, rescale};

/// The ffmpeg command seeks this much early, since containers index by decoding time (ffmpeg_opt.c).
const EARLY: i64 = 3_000_000 / 23;

/// How much further back the second try goes; each one after it doubles that.
const STEP: i64 = 1_000_000;

/// What a seek left to read first.
pub(crate) enum Landed {
    /// This keyframe, and then what follows it in the input.
    At(Packet),
    /// The input is at its beginning.
    Beginning,
}

/// Go to a keyframe of `stream` at or before `micros`, a time on the input's own clock.
///
/// MPEG program and transport streams have no index: a seek there lands anywhere, also after the time that was asked
/// for, and in the middle of a GOP. So what came is looked at, and tried again from further back.
pub(crate) fn keyframe_before(input: &mut Input, stream: &Stream, micros: i64) -> Landed {
    if !input.can_seek() {
        return Landed::Beginning;
    }
    let begin = input.start_time().unwrap_or(0);
    let target = rescale(micros, TimeBase::MICROSECONDS, stream.time_base);
    let mut early = EARLY;
    let mut step = STEP;
    while micros.saturating_sub(early) > begin {
        if input.seek(micros - early).is_err() {
            break;
        }
        if let Some(packet) = first_keyframe(input, stream.index, target) {
            return Landed::At(packet);
        }
        early = early.saturating_add(step);
        step = step.saturating_mul(2);
    }
    // Where not even that can be done, nothing has been read yet: everything before is decoded and left out.
    let _ = input.seek(begin);
    Landed::Beginning
}

/// The next keyframe, unless what is read is past `target` already.
fn first_keyframe(input: &mut Input, stream: usize, target: i64) -> Option<Packet> {
    loop {
        match input.read() {
            Ok(packet) if packet.stream() != stream || packet.size() == 0 => {}
            Ok(packet) => {
                if packet.is_key() && packet.time().is_some_and(|time| time <= target) {
                    return Some(packet);
                }
                if packet.decoding_time().is_some_and(|time| time > target) {
                    return None;
                }
            }
            Err(error) if error.code == AvError::AGAIN => std::thread::yield_now(),
            Err(_) => return None,
        }
    }
}
