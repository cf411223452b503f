//! The clock that turns a decoder's timestamps into recording times.
//! It reads no clock of its own and knows neither FFmpeg nor Rerun.

use super::{FrameRate, TimeBase, rescale};

/// What a decoder says about the time of one frame, in ticks of its stream.
#[derive(Debug, Clone, Copy, Default)]
pub struct RawTime {
    /// FFmpeg's best-effort timestamp.
    pub pts: Option<i64>,
    /// The container's duration of the frame; 0 where unknown.
    pub duration: i64,
    /// Extra fields to show the frame for (H.262 and H.264 pulldown).
    pub repeat_fields: i32,
}

/// What had to be mended in a frame's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeFix {
    /// The frame has the time of the one before it.
    Duplicate,
    /// The clock of the source jumped back; its times go on from the last one.
    Backwards,
}

/// How a stream's timestamps are to be read.
#[derive(Debug, Clone, Copy)]
pub struct ClockRules {
    /// The unit of the stream's timestamps.
    pub time_base: TimeBase,
    /// What counts as time 0, in ticks. `None`: the first frame's own time.
    pub base: Option<i64>,
    /// The container carries no timestamps at all (raw elementary streams), so what a parser made up is ignored.
    pub no_timestamps: bool,
    /// Frames a second by the codec or the container's average; `None` where unknown.
    pub rate: Option<FrameRate>,
}

/// Turns the timestamps of one stream into strictly increasing, never negative nanoseconds.
///
/// Missing timestamps are extrapolated by the rule of FFmpeg's own command (`video_duration_estimate` in
/// `fftools/ffmpeg_dec.c`). Equal times are set one nanosecond apart, since the Viewer shows only one picture a
/// time. After a jump back the times go on from the last one, so that no run of frames is lost.
#[derive(Debug)]
pub struct FrameClock {
    rules: ClockRules,
    base: Option<i64>,
    previous: Option<Previous>,
    /// Added to times after a jump back, in nanoseconds.
    offset: i64,
}

#[derive(Debug, Clone, Copy)]
struct Previous {
    /// Timestamp in ticks, as read or extrapolated.
    pts: i64,
    /// Estimated duration in ticks.
    duration: i64,
    /// Time given out, in nanoseconds.
    nanos: i64,
}

impl FrameClock {
    /// A clock for one stream.
    pub fn new(rules: ClockRules) -> Self {
        Self { base: rules.base, rules, previous: None, offset: 0 }
    }

    /// The time of the next frame in nanoseconds, and what had to be mended.
    pub fn stamp(&mut self, raw: RawTime) -> (i64, Option<TimeFix>) {
        let pts = self.timestamp(raw);
        let duration = self.duration(raw, pts);
        // A stream may start before its container says it does; the Viewer shows nothing before 0.
        let base = match self.base {
            Some(base) if self.previous.is_some() || base <= pts => base,
            _ => pts,
        };
        self.base = Some(base);

        let own = rescale(pts.saturating_sub(base), self.rules.time_base, TimeBase::NANOSECONDS);
        let (nanos, fix) = self.increasing(own);
        self.previous = Some(Previous { pts, duration, nanos });
        (nanos, fix)
    }

    fn timestamp(&self, raw: RawTime) -> i64 {
        match (raw.pts, self.previous) {
            (Some(pts), _) if !self.rules.no_timestamps => pts,
            (_, Some(previous)) => previous.pts.saturating_add(previous.duration),
            (_, None) => self.rules.base.unwrap_or(0),
        }
    }

    fn duration(&self, raw: RawTime, pts: i64) -> i64 {
        let previous = self.previous;
        // libavformat makes up a duration of one tick where it knows nothing.
        let made_up = raw.duration == 1 && previous.is_some_and(|p| p.duration > 2);
        if raw.duration > 0 && !self.rules.no_timestamps && !made_up {
            return raw.duration;
        }
        let by_rate = self.rules.rate.map(|rate| {
            let (num, den) = rate.to_ffmpeg();
            let field = TimeBase { num: den, den: num.saturating_mul(2) };
            rescale(i64::from(2 + raw.repeat_fields.max(0)), field, self.rules.time_base)
        });
        if let Some(ticks) = by_rate.filter(|&t| t > 0 && self.rules.no_timestamps) {
            return ticks;
        }
        match previous {
            Some(p) if pts > p.pts && raw.pts.is_some() => pts - p.pts,
            _ if raw.duration > 0 => raw.duration,
            _ => by_rate.filter(|&t| t > 0).or(previous.map(|p| p.duration)).unwrap_or(1).max(1),
        }
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
            // On its own clock again, or a small step back: no need to shift what follows.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(base: Option<i64>) -> FrameClock {
        FrameClock::new(ClockRules {
            time_base: TimeBase::new(1, 1000),
            base,
            no_timestamps: false,
            rate: None,
        })
    }

    fn times(clock: &mut FrameClock, pts: &[Option<i64>]) -> Vec<i64> {
        let stamp = |&pts| RawTime { pts, duration: 40, repeat_fields: 0 };
        pts.iter().map(|p| clock.stamp(stamp(p)).0 / 1_000_000).collect()
    }

    #[test]
    fn times_are_counted_from_the_base() {
        let mut c = clock(Some(100));
        assert_eq!(times(&mut c, &[Some(140), Some(180), Some(260)]), [40, 80, 160]);
    }

    #[test]
    fn a_frame_before_the_base_becomes_time_zero() {
        let mut c = clock(Some(100));
        assert_eq!(times(&mut c, &[Some(60), Some(100)]), [0, 40]);
    }

    #[test]
    fn missing_times_are_extrapolated() {
        let mut c = clock(Some(0));
        assert_eq!(times(&mut c, &[None, None, Some(100), None]), [0, 40, 100, 140]);
    }

    #[test]
    fn raw_streams_follow_their_frame_rate() {
        let mut c = FrameClock::new(ClockRules {
            time_base: TimeBase::new(1, 1_200_000),
            base: None,
            no_timestamps: true,
            rate: FrameRate::new(30_000, 1001),
        });
        let at: Vec<i64> = (0..3).map(|_| c.stamp(RawTime::default()).0).collect();
        assert_eq!(at, [0, 33_366_667, 66_733_333]);
    }

    #[test]
    fn equal_times_are_set_a_nanosecond_apart() {
        let mut c = clock(Some(0));
        let raw = RawTime { pts: Some(80), duration: 40, repeat_fields: 0 };
        assert_eq!(c.stamp(raw).0, 80_000_000);
        assert_eq!(c.stamp(raw), (80_000_001, Some(TimeFix::Duplicate)));
    }

    #[test]
    fn a_jump_back_goes_on_from_the_last_time() {
        let mut c = clock(Some(0));
        let pts = [0, 40, 80, 0, 40, 80].map(Some);
        assert_eq!(times(&mut c, &pts), [0, 40, 80, 120, 160, 200]);
    }

    #[test]
    fn one_stray_time_does_not_shift_the_rest() {
        let mut c = clock(Some(0));
        let pts = [1000, 1040, 0, 1120, 1160].map(Some);
        assert_eq!(times(&mut c, &pts), [1000, 1040, 1080, 1120, 1160]);
    }
}
