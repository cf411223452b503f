//! Goes to the keyframe from which a given time can be decoded, where the input can do that.
//! Frames between that keyframe and the time are the decoder's to leave out.

use crate::error::Result;
use crate::event::Cancel;
use crate::ffi::{AvError, Input, Packet, Stream};
use crate::input::even;
use crate::input::open::open_input;
use crate::input::probe::Opened;
use crate::source::OpenSpec;
use crate::time::{TimeBase, rescale};

/// The ffmpeg command seeks this much early, since containers index by decoding time (ffmpeg_opt.c).
const EARLY: i64 = 3_000_000 / 23;

/// How much further back the second try goes; each one after it doubles that.
const STEP: i64 = 1_000_000;

/// What a seek left to read first.
enum Landed {
    /// This keyframe, and then what follows it in the input.
    At(Packet),
    /// Nothing was read yet.
    Beginning,
    /// Somewhere that is of no use.
    Elsewhere,
}

/// Go to where frames from `micros` on, a time on the input's own clock, can be decoded. Returns the packet that was
/// read to find out. Where the input cannot seek, it is at its beginning, and everything before is decoded and left out.
pub(crate) fn go_to(
    opened: &mut Opened,
    spec: &OpenSpec,
    micros: i64,
    cancel: &Cancel,
) -> Result<Option<Packet>> {
    match keyframe_before(&mut opened.input, &opened.stream, micros) {
        Landed::At(packet) => return Ok(Some(packet)),
        Landed::Beginning => {}
        // After a failed seek raw streams are at their end, and no seek leads back.
        Landed::Elsewhere if spec.reopens => {
            opened.input = open_input(spec, cancel)?;
            opened.input.keep_only(&[opened.stream.index]);
        }
        Landed::Elsewhere => {
            let begin = opened.input.start_time().unwrap_or(0);
            // What cannot be done either is decoded from where it is.
            let _ = opened.input.seek(begin);
        }
    }
    Ok(None)
}

/// MPEG program and transport streams have no index: a seek there lands anywhere, also after the time that was asked
/// for, and in the middle of a GOP. So what came is looked at, and tried again from further back.
fn keyframe_before(input: &mut Input, stream: &Stream, micros: i64) -> Landed {
    if !input.can_seek() || input.without_timestamps() {
        return Landed::Beginning;
    }
    let begin = input.start_time().unwrap_or(0);
    let target = rescale(micros, TimeBase::MICROSECONDS, stream.time_base);
    let mut early = EARLY;
    let mut step = STEP;
    while micros.saturating_sub(early) > begin {
        let to = micros - early;
        if input.seek(to).is_err() {
            return Landed::Elsewhere;
        }
        if let Some(packet) = first_keyframe(input, stream.index, target) {
            if !input.may_leap() {
                return Landed::At(packet);
            }
            // Where the clock leaps before this place, its times are not those of the recording.
            if !even::leads_to(input, stream, &packet, target) || input.seek(to).is_err() {
                return Landed::Elsewhere;
            }
            return first_keyframe(input, stream.index, target)
                .map_or(Landed::Elsewhere, Landed::At);
        }
        early = early.saturating_add(step);
        step = step.saturating_mul(2);
    }
    if early == EARLY { Landed::Beginning } else { Landed::Elsewhere }
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
