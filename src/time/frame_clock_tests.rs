//! Tests of the frame clock with missing, equal and backward times, with given times, and with frame rates.
//! Whole streams are tested by the integration tests.

use super::*;

fn clock(base: Option<i64>) -> FrameClock {
    FrameClock::new(ClockRules {
        time_base: TimeBase::new(1, 1000),
        base,
        no_timestamps: false,
        rate: None,
        given: GivenTimes::None,
    })
}

fn times(clock: &mut FrameClock, pts: &[Option<i64>]) -> Vec<i64> {
    let stamp = |&pts| RawTime { pts, duration: 40, ..RawTime::default() };
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
        given: GivenTimes::None,
    });
    let at: Vec<i64> = (0..3).map(|_| c.stamp(RawTime::default()).0).collect();
    assert_eq!(at, [0, 33_366_667, 66_733_333]);
}

#[test]
fn equal_times_are_set_a_nanosecond_apart() {
    let mut c = clock(Some(0));
    let raw = RawTime { pts: Some(80), duration: 40, ..RawTime::default() };
    assert_eq!(c.stamp(raw).0, 80_000_000);
    assert_eq!(c.stamp(raw), (80_000_001, Some(TimeFix::Duplicate)));
}

#[test]
fn times_continue_after_a_jump_back() {
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

fn raw_stream(rate: Option<FrameRate>) -> FrameClock {
    let time_base = TimeBase::new(1, 1_200_000);
    let given = GivenTimes::None;
    FrameClock::new(ClockRules { time_base, base: None, no_timestamps: true, rate, given })
}

#[test]
fn an_implausible_rate_is_replaced_with_a_warning() {
    let absurd = RawTime { codec_rate: FrameRate::new(1_000_000, 1), ..RawTime::default() };
    let mut c = raw_stream(FrameRate::new(1_000_000, 1));
    // The rate of a single picture does not matter.
    assert_eq!(c.stamp(absurd), (0, None));
    assert_eq!(c.stamp(absurd), (40_000_000, Some(TimeFix::Assumed(FrameRate::ASSUMED))));
    assert_eq!(c.stamp(absurd), (80_000_000, None));
    let said = RawTime { codec_rate: FrameRate::new(30, 1), ..RawTime::default() };
    let mut c = raw_stream(FrameRate::new(25, 1));
    assert_eq!([c.stamp(said), c.stamp(said)], [(0, None), (33_333_333, None)]);
}

#[test]
fn a_picture_of_two_fields_lasts_as_long_as_one_of_one_packet() {
    let mut c = raw_stream(None);
    // The parser gives a field half the duration of a picture.
    let raw =
        |duration| RawTime { duration, codec_rate: FrameRate::new(25, 1), ..RawTime::default() };
    let at: Vec<i64> = [24_000, 48_000, 24_000].map(|d| c.stamp(raw(d)).0 / 1_000_000).to_vec();
    assert_eq!(at, [0, 40, 80]);
}

#[test]
fn a_given_rate_wins_over_the_stream() {
    let given = GivenTimes::Rate(FrameRate::new(3, 1).unwrap());
    let time_base = TimeBase::new(1, 1000);
    let rules = ClockRules { time_base, base: Some(7), no_timestamps: false, rate: None, given };
    let mut c = FrameClock::new(rules);
    let raw = RawTime { pts: Some(99), duration: 40, ..RawTime::default() };
    let at: Vec<i64> = (0..3).map(|_| c.stamp(raw).0).collect();
    assert_eq!(at, [0, 333_333_333, 666_666_667]);
}

#[test]
fn given_times_are_counted() {
    let given = GivenTimes::List(vec![5, 70].into());
    let time_base = TimeBase::new(1, 1000);
    let rules = ClockRules { time_base, base: None, no_timestamps: false, rate: None, given };
    let mut c = FrameClock::new(rules);
    assert_eq!(c.stamp(RawTime::default()).0, 5);
    assert_eq!(c.missing_times(), Some((1, 2)));
    assert_eq!(c.stamp(RawTime::default()).0, 70);
    assert_eq!(c.missing_times(), None);
    assert!(c.stamp(RawTime::default()).0 > 70);
    assert_eq!(c.missing_times(), Some((3, 2)));
}

#[test]
fn the_first_picture_of_a_stream_with_decoding_times_only_is_time_zero() {
    let mut c = clock(Some(0));
    let raw =
        |pts| RawTime { pts: Some(pts), reordered: Some(2), duration: 40, ..RawTime::default() };
    let at: Vec<i64> = [80, 120, 160].map(|pts| c.stamp(raw(pts)).0 / 1_000_000).to_vec();
    assert_eq!(at, [0, 40, 80]);
}

#[test]
fn nearly_equal_times_are_one_warning() {
    let fixes = |step: i64| {
        let mut c = clock(Some(0));
        let raw = |n: i64| RawTime { pts: Some(n * step), duration: 40, ..RawTime::default() };
        let fixes = (0..30).filter(|&n| c.stamp(raw(n)).1 == Some(TimeFix::TooFast));
        fixes.count()
    };
    assert_eq!([fixes(0), fixes(1), fixes(40), fixes(20)], [1, 1, 0, 0]);
}
