//! Seeks to the keyframes from which a given time can be decoded, if the input supports it.
//! Frames between those keyframes and the time are discarded by the decoder stage.

use crate::error::Result;
use crate::event::Cancel;
use crate::ffi::{AvError, Input, Packet, Stream};
use crate::input::even;
use crate::input::open::open_input;
use crate::input::probe::OpenInput;
use crate::source::OpenSpec;
use crate::time::{TimeBase, rescale};

/// As in the ffmpeg command, seek this much early, since containers index by decoding time (ffmpeg_opt.c).
const EARLY: i64 = 3_000_000 / 23;

/// How much further back the second attempt goes; it doubles with each further attempt.
const STEP: i64 = 1_000_000;

/// Limit on packets held while waiting for the keyframes of all streams.
const MOST_BYTES: usize = 64 << 20;

/// The state after a seek.
enum SeekResult {
    /// Read these packets first: each stream from a keyframe on. The input continues after them.
    At(Vec<Packet>),
    /// Nothing was read yet.
    Beginning,
    /// At an unusable position.
    Elsewhere,
}

/// Seek to where the video streams among `wanted` can be decoded from `micros` on, a time on the input's own clock.
/// Returns the packets that were read to find the keyframes. If the input cannot seek, it is at its beginning, and
/// earlier frames are decoded and discarded.
pub(crate) fn go_to(
    opened: &mut OpenInput,
    spec: &OpenSpec,
    wanted: &[usize],
    micros: i64,
    cancel: &Cancel,
) -> Result<Vec<Packet>> {
    let videos = opened.streams.iter().map(|taken| &taken.stream);
    let targets: Vec<Target> = videos
        .filter(|stream| wanted.contains(&stream.index))
        .map(|stream| Target {
            stream: stream.clone(),
            time: rescale(micros, TimeBase::MICROSECONDS, stream.time_base),
        })
        .collect();
    match keyframes_before(&mut opened.input, &targets, micros) {
        SeekResult::At(packets) => return Ok(packets),
        SeekResult::Beginning => {}
        // After a failed seek raw streams are at their end, and no seek works any more.
        SeekResult::Elsewhere if spec.reopens => {
            opened.input = open_input(spec, cancel)?;
            opened.input.keep_only(wanted);
        }
        SeekResult::Elsewhere => {
            let begin = opened.input.start_time().unwrap_or(0);
            // If reopening fails too, decode from the current position.
            let _ = opened.input.seek(begin);
        }
    }
    Ok(Vec::new())
}

/// A stream, and the tick at or before which a keyframe is needed.
struct Target {
    stream: Stream,
    time: i64,
}

/// MPEG program and transport streams have no index: a seek may land anywhere, even after the requested time, and in
/// mid-GOP. So check the packets there, and retry from further back.
fn keyframes_before(input: &mut Input, targets: &[Target], micros: i64) -> SeekResult {
    if !input.can_seek() || input.without_timestamps() {
        return SeekResult::Beginning;
    }
    let begin = input.start_time().unwrap_or(0);
    let mut early = EARLY;
    let mut step = STEP;
    while micros.saturating_sub(early) > begin {
        let to = micros - early;
        if input.seek(to).is_err() {
            return SeekResult::Elsewhere;
        }
        if let Some(packets) = first_keyframes(input, targets) {
            let first = targets.iter().find_map(|target| {
                let own = |packet: &&Packet| packet.stream() == target.stream.index;
                Some((target, packets.iter().find(own)?))
            });
            let Some((target, packet)) = first.filter(|_| input.may_jump()) else {
                return SeekResult::At(packets);
            };
            // If the clock jumps before this position, its timestamps do not match the recording's times.
            if !even::leads_to(input, &target.stream, packet, target.time)
                || input.seek(to).is_err()
            {
                return SeekResult::Elsewhere;
            }
            return first_keyframes(input, targets).map_or(SeekResult::Elsewhere, SeekResult::At);
        }
        early = early.saturating_add(step);
        step = step.saturating_mul(2);
    }
    if early == EARLY { SeekResult::Beginning } else { SeekResult::Elsewhere }
}

/// Read until every stream has had a keyframe, keeping packets from there on. Stops if a stream is already past its
/// target.
fn first_keyframes(input: &mut Input, targets: &[Target]) -> Option<Vec<Packet>> {
    let mut missing: Vec<&Target> = targets.iter().collect();
    let (mut packets, mut bytes) = (Vec::new(), 0);
    while !missing.is_empty() {
        let packet = match input.read() {
            Ok(packet) if packet.size() == 0 => continue,
            Ok(packet) => packet,
            Err(error) if error.code == AvError::AGAIN => {
                std::thread::yield_now();
                continue;
            }
            Err(_) => return None,
        };
        let at = missing.iter().position(|target| target.stream.index == packet.stream());
        if let Some(at) = at {
            let target = missing[at].time;
            if packet.is_key() && packet.time().is_some_and(|time| time <= target) {
                missing.swap_remove(at);
            } else if packet.decoding_time().is_some_and(|time| time > target) {
                return None;
            } else {
                continue;
            }
        }
        bytes += packet.size();
        packets.push(packet);
        if bytes > MOST_BYTES {
            return None;
        }
    }
    Some(packets)
}
