//! Properties of the clocks for any timestamps: many random sequences, the same in every run.
//! Single cases are tested in each clock's own file.

use std::ops::Range;

use fastrand::Rng;

use super::{
    ArrivalTime, Arrivals, ClockRules, Continuity, FrameClock, GivenTimes, JumpRule, NANOS,
    PacketTime, RawTime, TimeBase, rescale,
};

const CASES: u64 = 2000;
const MPEG: TimeBase = TimeBase { num: 1, den: 90_000 };
/// A frame at 25 a second, in ticks of `MPEG`.
const FRAME: i64 = 3600;

/// Runs a test with many seeds; each is named where the test fails.
#[track_caller]
fn always(test: impl Fn(&mut Rng) -> Result<(), String>) {
    for seed in 0..CASES {
        if let Err(what) = test(&mut Rng::with_seed(seed)) {
            panic!("seed {seed}: {what}");
        }
    }
}

fn many(random: &mut Rng, range: Range<i64>, most: usize) -> Vec<i64> {
    (0..random.usize(1..most)).map(|_| random.i64(range.clone())).collect()
}

fn time_base(random: &mut Rng) -> TimeBase {
    let bases = [(1, 90_000), (1, 1000), (1, 25), (1001, 30_000), (1, 1_000_000), (1, 12_800)];
    let (num, den) = bases[random.usize(..bases.len())];
    TimeBase::new(num, den)
}

fn clock(time_base: TimeBase, base: Option<i64>) -> FrameClock {
    let given = GivenTimes::None;
    FrameClock::new(ClockRules { time_base, base, no_timestamps: false, rate: None, given })
}

fn packet(dts: i64, duration: i64, arrived: i64) -> PacketTime {
    let (pts, dts) = (Some(dts), Some(dts));
    PacketTime {
        stream: 0,
        time_base: MPEG,
        pts,
        dts,
        duration,
        arrived,
        steady: true,
        follows: false,
    }
}

/// What `ticks` are in nanoseconds, in whole numbers that cannot overflow.
fn exact(ticks: i64, base: TimeBase) -> i64 {
    let (num, den) = (i128::from(base.num), i128::from(base.den));
    let nanos = i128::from(ticks) * num * i128::from(NANOS);
    i64::try_from((2 * nanos + den).div_euclid(2 * den)).unwrap_or(i64::MAX)
}

fn check(holds: bool, what: impl std::fmt::Debug) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{what:?}")) }
}

fn increases(times: &[i64]) -> bool {
    times.windows(2).all(|pair| pair[0] < pair[1])
}

#[test]
fn times_of_frames_increase_and_are_never_negative() {
    always(|random| {
        let base = random.bool().then(|| random.i64(-1000..1000));
        let mut clock = clock(time_base(random), base);
        let mut times = Vec::new();
        for pts in many(random, -1_000_000..1_000_000, 60) {
            let pts = (random.u8(..10) > 0).then_some(pts);
            let raw = RawTime { pts, duration: random.i64(0..5000), ..RawTime::default() };
            times.push(clock.stamp(raw).0);
        }
        check(times[0] >= 0 && increases(&times), times)
    });
}

#[test]
fn good_timestamps_are_kept_exactly_however_many_there_are() {
    always(|random| {
        let base = time_base(random);
        let first = random.i64(-100_000..1_000_000_000);
        let mut clock = clock(base, Some(first));
        let mut pts = first;
        for step in [0].into_iter().chain(many(random, 1..100_000, 200)) {
            pts += step;
            let (time, fix) = clock.stamp(RawTime { pts: Some(pts), ..RawTime::default() });
            check(fix.is_none(), fix)?;
            // Each is rounded by itself, so that errors do not add up.
            check((time - exact(pts - first, base)).abs() <= 1, (time, pts - first, base))?;
        }
        Ok(())
    });
}

#[test]
fn joined_recordings_have_no_gap_and_keep_their_order() {
    always(|random| {
        let mut clock = Continuity::new(JumpRule::Discontinuous);
        let mut times = Vec::new();
        for first in many(random, 0..1 << 33, 6) {
            let mut shifts = Vec::new();
            for n in 0..random.i64(2..30) {
                let dts = first + n * FRAME;
                let (shift, _) = clock.shift(&packet(dts, FRAME, 0));
                times.push(dts + shift);
                shifts.push(shift);
            }
            check(shifts.iter().all(|shift| *shift == shifts[0]), shifts)?;
        }
        // Ten seconds are a gap that may be meant, and a tenth of a second back a rounding error.
        let allowed = -9000..=10 * 90_000 + FRAME;
        let good = times.windows(2).all(|pair| allowed.contains(&(pair[1] - pair[0])));
        check(good, times)
    });
}

#[test]
fn a_true_wrap_is_no_jump() {
    always(|random| {
        // libavformat has added 2^33 to what comes behind the wrap.
        let (first, gap) = ((1 << 33) - random.i64(0..1000) * FRAME, random.i64(1..9 * 90_000));
        let mut clock = Continuity::new(JumpRule::Discontinuous);
        for n in 0..3 {
            let found = clock.shift(&packet(first + n * gap, gap, 0));
            check(found == (0, None), (first, gap))?;
        }
        Ok(())
    });
}

#[test]
fn a_live_clock_that_jumps_continues_by_arrival() {
    always(|random| {
        let mut clock = Continuity::new(JumpRule::Live);
        let step = random.i64(10_000_000..500_000_000);
        let (mut arrived, mut times) = (0, Vec::new());
        let jumps = many(random, -(1 << 40)..1 << 40, 10);
        for &first in &jumps {
            for n in 0..random.i64(1..20) {
                let dts = first + rescale(n * step, TimeBase::NANOSECONDS, MPEG);
                let (shift, _) = clock.shift(&packet(dts, 0, arrived));
                times.push((dts + shift, arrived));
                arrived += step;
            }
        }
        // Up to three seconds at once are no jump.
        let slack = 3 * 90_000 * i64::try_from(jumps.len()).unwrap_or(i64::MAX);
        let begin = times[0].0;
        let near = |&(time, arrived): &(i64, i64)| {
            let by_arrival = rescale(arrived, TimeBase::NANOSECONDS, MPEG);
            (time - begin - by_arrival).abs() <= slack
        };
        check(times.iter().all(near), times)
    });
}

/// The times of packets that arrive at these intervals; `own` are their own times, if they have any.
fn by_arrival(steps: &[i64], own: Option<&[i64]>) -> (Vec<i64>, i64) {
    let mut clock = Arrivals::new(MPEG);
    let (mut arrived, mut found) = (0, Vec::new());
    for (n, step) in steps.iter().enumerate() {
        arrived += step;
        found.extend(clock.push(arrived, own.map(|own| own[n])));
    }
    found.extend(clock.release());
    let time = |(n, found): (usize, &ArrivalTime)| match *found {
        ArrivalTime::At(time) => time,
        ArrivalTime::Moved(by) => own.map_or(0, |own| own[n]).saturating_add(by),
    };
    (found.iter().enumerate().map(time).collect(), arrived)
}

#[test]
fn times_by_arrival_increase_and_stay_near() {
    always(|random| {
        let steps = many(random, 0..400_000_000, 200);
        let mut own = random.i64(-1 << 50..1 << 50);
        let wild = random.bool();
        let own_times = steps.iter().map(|step| {
            own += if wild {
                random.i64(-NANOS..NANOS)
            } else {
                step / 2 + random.i64(0..200_000_000)
            };
            own
        });
        let own_times: Vec<i64> = own_times.collect();
        // Packets whose own times are believed may have been on their way for longer.
        let (own, most) = (Some(own_times.as_slice()), 251_000_000);
        for (own, early, late) in [(None, 41_000_000, 41_000_000), (own, 2 * NANOS, most)] {
            let (times, arrived) = by_arrival(&steps, own);
            let last = times.last().copied().unwrap_or(i64::MAX);
            let ticks: Vec<i64> =
                times.iter().map(|&time| rescale(time, TimeBase::NANOSECONDS, MPEG)).collect();
            let near = (-early..=late).contains(&(last - arrived));
            check(times.len() == steps.len() && increases(&ticks) && near, (arrived, times))?;
        }
        Ok(())
    });
}
