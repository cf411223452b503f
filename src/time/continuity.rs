//! One continuous clock for all streams of an input, even if the container's clock restarts or jumps in mid-stream.
//! It reads no clock and no packet; it computes what to add to the timestamps that it is given.

use super::{NANOS, TimeBase, rescale};

/// A step of more than this is a jump, in formats whose clock may jump: `-dts_delta_threshold` of the `ffmpeg` command.
const JUMP: i64 = 10 * NANOS;
/// Decoding times do not go back. More than this is not a rounding error (ffmpeg.c has the same value).
const BACK: i64 = NANOS / 10;
/// In formats whose clock should not jump, decoding times are often made up and may go back a little.
const BACK_ELSEWHERE: i64 = NANOS;
/// A live source has jumped if clock and arrival differ by more than this over one step.
const JUMP_LIVE: i64 = 3 * NANOS;

/// How to tell a jump from a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JumpRule {
    /// A file in a format whose clock may jump (`AVFMT_TS_DISCONT`): large steps in both directions are jumps.
    Discontinuous,
    /// A file in another format: only steps back are jumps, since a gap may be intended.
    Continuous,
    /// A live source: a step that does not match the arrival is a jump, and is replaced by the arrival's step.
    Live,
}

/// The times of one packet, in ticks of its stream, as the demuxer gave them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PacketTime {
    pub stream: usize,
    pub time_base: TimeBase,
    pub pts: Option<i64>,
    pub dts: Option<i64>,
    /// 0 where unknown.
    pub duration: i64,
    /// Nanoseconds on any monotonic clock of this machine.
    pub arrived: i64,
    /// Packets of its stream are contiguous, unlike subtitles.
    pub steady: bool,
    /// Its stream is sound beside pictures, which alone move the clock.
    pub follows: bool,
}

/// A corrected jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Jump {
    /// The step of the clock, in nanoseconds; negative where it went back.
    pub step: i64,
    /// The corrected time of the first packet after it, in nanoseconds of the input's clock.
    pub at: i64,
}

/// One clock for all streams of an input.
///
/// The `ffmpeg` command does the same for files (`ts_discontinuity_process`): the first stream that jumps moves the
/// clock of all, so that they stay in sync. libavformat takes some jumps back for wraps and adds 2^33 or 2^32 ticks to
/// what follows, which appears here as a jump forward; true wraps are already continuous.
#[derive(Debug)]
pub(crate) struct Continuity {
    rule: JumpRule,
    /// Added to all timestamps, in ticks of `unit`: whole ticks, so that nothing is rounded if streams share a unit.
    offset: i64,
    unit: Option<TimeBase>,
    streams: Vec<Option<Steady>>,
    /// The last corrected decoding time of any stream, in nanoseconds.
    last: Option<i64>,
}

/// The state of a stream with contiguous packets.
#[derive(Debug, Clone, Copy)]
struct Steady {
    /// The last corrected decoding time, in ticks.
    last: i64,
    duration: i64,
    arrived: i64,
    /// What was added to its timestamps.
    shift: i64,
}

impl Continuity {
    pub fn new(rule: JumpRule) -> Self {
        Self { rule, offset: 0, unit: None, streams: Vec::new(), last: None }
    }

    /// What to add to the times of this packet, in its ticks, and the jump if this is the first packet after one.
    pub fn shift(&mut self, packet: &PacketTime) -> (i64, Option<Jump>) {
        let base = packet.time_base;
        let nanos = |ticks| rescale(ticks, base, TimeBase::NANOSECONDS);
        let Some(own) = packet.dts.or(packet.pts) else {
            return (self.offset_in(base), None);
        };
        let before = self.streams.get(packet.stream).copied().flatten();
        let (mut shift, wanted) = self.judge(packet, own, before);
        let mut jump = None;
        if let Some(wanted) = wanted {
            let step = nanos(own.saturating_add(shift).saturating_sub(wanted));
            shift = wanted.saturating_sub(own);
            // A subtitle may just be early or late; it does not move the clock of the others.
            if packet.steady && !packet.follows {
                self.unit = Some(base);
                self.offset = shift;
                let shown = packet.pts.unwrap_or(own).saturating_add(shift);
                jump = Some(Jump { step: without_wrap(step, base), at: nanos(shown) });
            }
        }
        let time = own.saturating_add(shift);
        if packet.steady {
            let duration = match before {
                _ if packet.duration > 0 => packet.duration,
                Some(before) => time.saturating_sub(before.last).clamp(0, before.duration.max(1)),
                None => 0,
            };
            if self.streams.len() <= packet.stream {
                self.streams.resize(packet.stream + 1, None);
            }
            self.streams[packet.stream] =
                Some(Steady { last: time, duration, arrived: packet.arrived, shift });
            self.last = Some(nanos(time));
        }
        (shift, jump)
    }

    /// Whether this is sound behind a jump that the pictures have not reached: they tell where it belongs.
    pub fn is_early(&self, packet: &PacketTime) -> bool {
        let before = self.streams.get(packet.stream).copied().flatten();
        let own = packet.dts.or(packet.pts).filter(|_| packet.follows && before.is_some());
        own.is_some_and(|own| self.judge(packet, own, before).1.is_some())
    }

    /// What to add to the times of a packet, and its corrected time if it has jumped nevertheless, in its ticks.
    fn judge(&self, packet: &PacketTime, own: i64, before: Option<Steady>) -> (i64, Option<i64>) {
        let base = packet.time_base;
        let offset = self.offset_in(base);
        let Some(before) = before.filter(|_| packet.steady) else {
            let time = rescale(own.saturating_add(offset), base, TimeBase::NANOSECONDS);
            return (offset, self.near_the_others(time, base));
        };
        let shift = if packet.follows { self.following(packet, own, before) } else { offset };
        let time = own.saturating_add(shift);
        // Sound joins the pictures behind their jump, wherever that of the part before it ended.
        let joins = packet.follows && shift == offset && shift != before.shift;
        let next = before.last.saturating_add(before.duration);
        let step = rescale(time.saturating_sub(next), base, TimeBase::NANOSECONDS);
        match joins && step.saturating_abs() <= JUMP {
            true => (shift, None),
            false => (shift, self.expected(packet, time, before)),
        }
    }

    /// What to add to the times of sound: where the clock jumps, its packets may come before or after those of the
    /// pictures, so that either the new or the old shift is right.
    fn following(&self, packet: &PacketTime, own: i64, before: Steady) -> i64 {
        let next = before.last.saturating_add(before.duration);
        let off = |shift: &i64| own.saturating_add(*shift).saturating_sub(next).saturating_abs();
        let shifts = [self.offset_in(packet.time_base), before.shift];
        shifts.into_iter().min_by_key(off).unwrap_or(before.shift)
    }

    fn offset_in(&self, base: TimeBase) -> i64 {
        self.unit.map_or(0, |unit| rescale(self.offset, unit, base))
    }

    /// The corrected time of a packet at `time`, if its stream has jumped there.
    fn expected(&self, packet: &PacketTime, time: i64, before: Steady) -> Option<i64> {
        let base = packet.time_base;
        let nanos = |ticks| rescale(ticks, base, TimeBase::NANOSECONDS);
        let next = before.last.saturating_add(before.duration);
        let step = nanos(time.saturating_sub(next));
        let back = nanos(before.last.saturating_sub(time));
        // Presentation times go back without a jump if pictures are reordered.
        let is_back = |limit| back > if packet.dts.is_some() { limit } else { JUMP };
        match self.rule {
            JumpRule::Discontinuous => {
                (step.saturating_abs() > JUMP || is_back(BACK)).then_some(next)
            }
            JumpRule::Continuous => is_back(BACK_ELSEWHERE).then_some(next),
            JumpRule::Live => {
                if step.saturating_abs() <= JUMP_LIVE && !is_back(BACK) {
                    return None;
                }
                let waited = packet.arrived.saturating_sub(before.arrived);
                let by_arrival = rescale(waited, TimeBase::NANOSECONDS, base);
                let wanted = before.last.saturating_add(by_arrival).max(next);
                // A sender that paused for that long has not jumped.
                (nanos(time.saturating_sub(wanted)).saturating_abs() > JUMP_LIVE || is_back(BACK))
                    .then_some(wanted)
            }
        }
    }

    /// The corrected time of a stream's first packet, or of a packet in a stream with gaps, if it is far from all
    /// others.
    fn near_the_others(&self, time: i64, base: TimeBase) -> Option<i64> {
        let last = self.last.filter(|_| self.rule == JumpRule::Discontinuous)?;
        let far = time.saturating_sub(last).saturating_abs() > JUMP;
        far.then(|| rescale(last, TimeBase::NANOSECONDS, base))
    }
}

/// The step before libavformat treated it as a wrap, if it did: the smaller step is more likely.
fn without_wrap(step: i64, base: TimeBase) -> i64 {
    // MPEG timestamps have 33 bits, those of FLV 32.
    let bits = if base.den == 90_000 { 33 } else { 32 };
    let unwrapped = step.saturating_sub(rescale(1 << bits, base, TimeBase::NANOSECONDS));
    if unwrapped.unsigned_abs() < step.unsigned_abs() { unwrapped } else { step }
}

#[cfg(test)]
#[path = "continuity_tests.rs"]
mod tests;
