//! Converts a decoder's timestamps to recording times.
//! It reads no clock and does not depend on FFmpeg or Rerun.

use std::sync::Arc;

use super::{FrameRate, NANOS, TimeBase, rescale};

/// Number of frames after which a stream's times are judged plausible or not.
const JUDGED: u32 = 10;
/// Times that run this much faster than the frame durations are not plausible.
const TOO_FAST: i64 = 4;

/// What a decoder reports about the time of one frame, in ticks of its stream.
#[derive(Debug, Clone, Copy, Default)]
pub struct RawTime {
    /// FFmpeg's best-effort timestamp.
    pub pts: Option<i64>,
    /// The container has only decoding times, and frames are shown this many frames after decoding.
    pub reordered: Option<u8>,
    /// The container's duration of the frame; 0 where unknown.
    pub duration: i64,
    /// Extra fields to show the frame for (H.262 and H.264 pulldown).
    pub repeat_fields: i32,
    /// Frames per second from the codec's headers.
    pub codec_rate: Option<FrameRate>,
}

/// A correction of a frame's time, or a warning about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeFix {
    /// The frame has the same time as the one before it.
    Duplicate,
    /// The source's clock jumped back; times continue from the last one.
    Backwards,
    /// No plausible frame rate is stated; this many frames per second are assumed.
    Assumed(FrameRate),
    /// The times of the first frames are nearly equal.
    TooFast,
}

/// Times that do not come from the stream.
#[derive(Debug, Clone, Default)]
pub enum GivenTimes {
    /// There are none.
    #[default]
    None,
    /// Frames are evenly spaced, at this many per second.
    Rate(FrameRate),
    /// One time per frame, in nanoseconds, increasing, the first one not negative.
    List(Arc<[i64]>),
}

impl GivenTimes {
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The times of the first `frames` frames, counted from the first one; `None` if no times were given.
    pub fn since_first(&self, frames: usize) -> Option<Vec<i64>> {
        match self {
            Self::None => None,
            &Self::Rate(rate) => {
                Some((0u64..).take(frames).map(|frame| time_of_frame(frame, rate)).collect())
            }
            Self::List(times) => {
                let first = times.first().copied().unwrap_or(0);
                Some(times.iter().take(frames).map(|time| time - first).collect())
            }
        }
    }
}

/// How to interpret a stream's timestamps.
#[derive(Debug, Clone)]
pub struct ClockRules {
    /// The unit of the stream's timestamps.
    pub time_base: TimeBase,
    /// The tick that becomes time 0. `None`: the first frame's own time.
    pub base: Option<i64>,
    /// The container has no timestamps (raw elementary streams), so those made up by a parser are ignored.
    pub no_timestamps: bool,
    /// Frames per second stated by the container; `None` if unknown.
    pub rate: Option<FrameRate>,
    /// Times that replace the stream's.
    pub given: GivenTimes,
}

/// Turns the timestamps of one stream into strictly increasing, never negative nanoseconds.
///
/// Missing timestamps are extrapolated by the rule of FFmpeg's own command (`video_duration_estimate` in
/// `fftools/ffmpeg_dec.c`). Equal times are set one nanosecond apart, since the Viewer shows only one picture per time.
/// After a jump back the times continue from the last one, so that no frames are lost.
#[derive(Debug)]
pub struct FrameClock {
    rules: ClockRules,
    base: Option<i64>,
    previous: Option<Previous>,
    /// Added to times after a jump back, in nanoseconds.
    offset: i64,
    /// From decoding to presentation, in ticks, if there are only decoding times.
    delay: Option<i64>,
    frames: u64,
    /// The rate was assumed, which is not reported yet: the rate of a single picture does not matter.
    assumed: Option<FrameRate>,
    first: FirstFrames,
}

#[derive(Debug, Clone, Copy)]
struct Previous {
    /// Timestamp in ticks, as read or extrapolated.
    pts: i64,
    /// Estimated duration in ticks.
    duration: i64,
    /// The returned time, in nanoseconds.
    nanos: i64,
}

/// The first frames of a stream: their distances and their stated durations, in ticks.
#[derive(Debug, Clone, Copy, Default)]
struct FirstFrames {
    frames: u32,
    apart: i64,
    durations: i64,
}

impl FrameClock {
    /// A clock for one stream.
    pub fn new(mut rules: ClockRules) -> Self {
        rules.rate = rules.rate.filter(|rate| rate.is_believable());
        Self {
            base: rules.base,
            rules,
            previous: None,
            offset: 0,
            delay: None,
            frames: 0,
            assumed: None,
            first: FirstFrames::default(),
        }
    }

    /// Number of frames so far and number of times in the list, if they differ.
    pub fn missing_times(&self) -> Option<(u64, usize)> {
        match &self.rules.given {
            GivenTimes::List(times) if times.len() as u64 != self.frames => {
                Some((self.frames, times.len()))
            }
            _ => None,
        }
    }

    /// The time of the next frame in nanoseconds, and any correction.
    pub fn stamp(&mut self, raw: RawTime) -> (i64, Option<TimeFix>) {
        let number = self.frames;
        self.frames += 1;
        match &self.rules.given {
            GivenTimes::None => self.stamp_by_stream(raw),
            &GivenTimes::Rate(rate) => (time_of_frame(number, rate), None),
            GivenTimes::List(times) => {
                let beyond = number.saturating_sub(times.len() as u64);
                let at = usize::try_from(number).ok().and_then(|n| times.get(n));
                // More frames than times is an error, reported once the number of frames is known.
                let after = || times.last().map_or(0, |last| last + 1);
                (at.copied().unwrap_or_else(|| after() + i64::try_from(beyond).unwrap_or(0)), None)
            }
        }
    }

    fn stamp_by_stream(&mut self, raw: RawTime) -> (i64, Option<TimeFix>) {
        let assumed = self.assumed.take().map(TimeFix::Assumed);
        self.settle_rate(raw);
        let raw = self.shown(raw);
        let pts = self.timestamp(raw);
        let duration = self.duration(raw, pts);
        // A stream may start before its container says it does; the Viewer shows nothing before 0.
        let base = match self.base {
            Some(base) if self.previous.is_some() || base <= pts => base,
            _ => pts,
        };
        self.base = Some(base);
        let too_fast = self.judge(raw, pts);

        let own = rescale(pts.saturating_sub(base), self.rules.time_base, TimeBase::NANOSECONDS);
        let (nanos, fix) = self.increasing(own);
        self.previous = Some(Previous { pts, duration, nanos });
        (nanos, assumed.or(too_fast).or(fix))
    }

    /// The frame rate of a stream without times, determined with the first frame.
    fn settle_rate(&mut self, raw: RawTime) {
        if !self.rules.no_timestamps || self.previous.is_some() {
            return;
        }
        let own = raw.codec_rate.filter(|rate| rate.is_believable());
        let rate = own.or(self.rules.rate).unwrap_or(FrameRate::ASSUMED);
        self.rules.rate = Some(rate);
        self.assumed = own.is_none().then_some(rate);
    }

    /// Converts a decoding time to a presentation time, if that is missing.
    fn shown(&mut self, raw: RawTime) -> RawTime {
        let (Some(frames), Some(pts)) = (raw.reordered, raw.pts) else {
            return raw;
        };
        // AVI may count in units of half a frame, each of which FFmpeg takes for one.
        let one = self.by_rate(0).unwrap_or(0).max(raw.duration);
        let delay = *self.delay.get_or_insert(one.saturating_mul(i64::from(frames)));
        RawTime { pts: Some(pts.saturating_sub(delay)), ..raw }
    }

    fn timestamp(&self, raw: RawTime) -> i64 {
        match (raw.pts, self.previous) {
            (Some(pts), _) if !self.rules.no_timestamps => pts,
            (_, Some(previous)) => previous.pts.saturating_add(previous.duration),
            (_, None) => self.rules.base.unwrap_or(0),
        }
    }

    /// Ticks from a frame to the next one at the stream's rate.
    fn by_rate(&self, repeat_fields: i32) -> Option<i64> {
        let (num, den) = self.rules.rate?.to_ffmpeg();
        let field = TimeBase { num: den, den: num.saturating_mul(2) };
        let ticks = rescale(i64::from(2 + repeat_fields.max(0)), field, self.rules.time_base);
        Some(ticks).filter(|&ticks| ticks > 0)
    }

    fn duration(&self, raw: RawTime, pts: i64) -> i64 {
        let previous = self.previous;
        let by_rate = self.by_rate(raw.repeat_fields);
        if let Some(ticks) = by_rate.filter(|_| self.rules.no_timestamps) {
            return ticks;
        }
        // libavformat reports a duration of one tick if it is unknown, and a packet of field-coded video is one of two
        // fields.
        let made_up = raw.duration == 1 && previous.is_some_and(|p| p.duration > 2);
        let field = by_rate.is_some_and(|whole| (raw.duration * 2).abs_diff(whole) <= 2);
        if raw.duration > 0 && !made_up && !field {
            return raw.duration;
        }
        match previous {
            Some(p) if pts > p.pts && raw.pts.is_some() => pts.saturating_sub(p.pts),
            _ if field => by_rate.unwrap_or(1),
            _ if raw.duration > 0 => raw.duration,
            _ => by_rate.or(previous.map(|p| p.duration)).unwrap_or(1).max(1),
        }
    }

    /// Whether the times of the first frames are plausible.
    fn judge(&mut self, raw: RawTime, pts: i64) -> Option<TimeFix> {
        let previous = self.previous?;
        if self.first.frames >= JUDGED || self.rules.no_timestamps || raw.pts.is_none() {
            return None;
        }
        self.first.frames += 1;
        self.first.apart = self.first.apart.saturating_add(pts.saturating_sub(previous.pts).max(0));
        self.first.durations += raw.duration.max(0);
        let FirstFrames { frames, apart, durations } = self.first;
        let too_fast = apart.saturating_mul(TOO_FAST) < durations || apart == 0;
        (frames == JUDGED && too_fast).then_some(TimeFix::TooFast)
    }

    fn increasing(&mut self, own: i64) -> (i64, Option<TimeFix>) {
        let Some(previous) = self.previous else {
            return (own, None);
        };
        let last = previous.nanos;
        let duration =
            rescale(previous.duration, self.rules.time_base, TimeBase::NANOSECONDS).max(1);
        let shifted = own.saturating_add(self.offset);
        if self.offset == 0 && own > last {
            return (own, None);
        }
        if own >= last.saturating_sub(duration) {
            // Back on its own clock, or a small step back: later times need no offset.
            self.offset = 0;
            return if own > last { (own, None) } else { (last + 1, Some(TimeFix::Duplicate)) };
        }
        if self.offset != 0 && shifted > last {
            return (shifted, None);
        }
        let nanos = last.saturating_add(duration);
        self.offset = nanos - own;
        (nanos, Some(TimeFix::Backwards))
    }
}

/// The time of a frame from its number, rounded only once.
fn time_of_frame(number: u64, rate: FrameRate) -> i64 {
    let (num, den) = (i128::from(rate.numerator()), i128::from(rate.denominator()));
    let nanos = i128::from(number) * den * i128::from(NANOS);
    i64::try_from((nanos + num / 2) / num).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "frame_clock_tests.rs"]
mod tests;
