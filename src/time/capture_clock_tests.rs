//! Tests of the capture clock, with times from devices, from senders and from arrival.
//! Whole streams are tested by the integration tests.

use super::*;

const MS: i64 = 1_000_000;
const MICROS: TimeBase = TimeBase::MICROSECONDS;
const CLOCKS: Reading =
    Reading { wall: 1_700_000_000 * NANOS + 17, monotonic: 5000 * NANOS, steady: 6000 * NANOS };

fn frames(clock: &mut CaptureClock, pts: &[i64], arrived: i64) -> Vec<i64> {
    pts.iter()
        .map(|&p| {
            clock.packet(Some(p), None, arrived);
            clock.frame(Some(p), arrived).captured
        })
        .collect()
}

#[test]
fn a_driver_s_spacing_is_kept_to_the_tick() {
    let mut clock = CaptureClock::new(MICROS, CLOCKS, true);
    // Arrivals jitter by a second; it must not show.
    let pts = [5_001_000_000, 5_001_033_331, 5_001_066_665];
    let got: Vec<i64> = [0, NANOS, 300 * MS]
        .iter()
        .zip(pts)
        .flat_map(|(late, p)| frames(&mut clock, &[p], CLOCKS.wall + NANOS + late))
        .collect();
    let offset = CLOCKS.wall - CLOCKS.monotonic;
    assert_eq!(got, pts.map(|p| p * 1000 + offset));
}

#[test]
fn a_driver_that_uses_the_wall_clock_is_trusted() {
    let mut clock = CaptureClock::new(MICROS, CLOCKS, true);
    let pts = CLOCKS.wall / 1000 + 500;
    assert_eq!(frames(&mut clock, &[pts], CLOCKS.wall + 40 * MS), [pts * 1000]);
}

#[test]
fn a_driver_with_a_clock_of_its_own_is_placed_by_arrival() {
    let mut clock = CaptureClock::new(MICROS, CLOCKS, true);
    let got = frames(&mut clock, &[7_000, 40_000], CLOCKS.wall);
    assert_eq!(got, [CLOCKS.wall, CLOCKS.wall + 33 * MS]);
}

#[test]
fn the_sender_s_clock_wins_and_maps_by_time() {
    let mut clock = CaptureClock::new(TimeBase::new(1, 90_000), CLOCKS, false);
    let wall = CLOCKS.wall;
    // Packets run ahead of the frames by a reordering decoder's delay.
    for (n, pts) in [0, 9000, 3000, 6000].into_iter().enumerate() {
        clock.packet(Some(pts), Some(wall + pts / 9 * 100_000), wall + 200 * MS + n as i64);
    }
    let at = |clock: &mut CaptureClock, pts| clock.frame(Some(pts), wall);
    assert_eq!(at(&mut clock, 0).captured, wall);
    assert_eq!(at(&mut clock, 3000).captured, wall + 33_300_000);
    assert_eq!(at(&mut clock, 3000).arrived, wall + 200 * MS + 2);
    assert_eq!(at(&mut clock, 12_000).captured, wall + 66_600_000 + 66_666_667);
}

#[test]
fn without_a_sender_s_clock_the_first_arrival_counts() {
    let mut clock = CaptureClock::new(MICROS, CLOCKS, false);
    let got = frames(&mut clock, &[0, 33_000], CLOCKS.wall);
    assert_eq!(got, [CLOCKS.wall, CLOCKS.wall + 33 * MS]);
    // A jump in the stream's times is none of the wall clock's.
    let later = frames(&mut clock, &[90_000_000_000], CLOCKS.wall + 66 * MS);
    assert_eq!(later, [CLOCKS.wall + 66 * MS]);
}

#[test]
fn a_late_sender_report_opens_no_gap() {
    let mut clock = CaptureClock::new(MICROS, CLOCKS, false);
    let wall = CLOCKS.wall;
    let frame = |clock: &mut CaptureClock, n: i64| {
        let (pts, arrived) = (n * 40_000, wall + n * 40 * MS);
        // Its first report comes with the 10th frame: it is 100 ms behind.
        clock.packet(Some(pts), (n >= 10).then_some(arrived - 100 * MS), arrived);
        clock.frame(Some(pts), arrived).captured
    };
    let times: Vec<i64> = (0..200).map(|n| frame(&mut clock, n)).collect();
    for step in times.windows(2).map(|pair| pair[1] - pair[0]) {
        assert!((38 * MS..=42 * MS).contains(&step), "{step}");
    }
    assert_eq!(times[199], wall + 199 * 40 * MS - 100 * MS);
    assert_eq!(clock.take_error(), None);
}

#[test]
fn a_sender_clock_that_is_far_off_or_steps_is_ignored_with_one_warning() {
    for (from, off) in [(0, 28_800), (10, 28_800), (10, -18_000)] {
        let mut clock = CaptureClock::new(MICROS, CLOCKS, false);
        let wall = CLOCKS.wall;
        let times: Vec<i64> = (0..50)
            .map(|n| {
                let (pts, arrived) = (n * 40_000, wall + n * 40 * MS);
                let sent = (n >= from).then_some(arrived + off * NANOS);
                clock.packet(Some(pts), sent, arrived);
                clock.frame(Some(pts), arrived).captured
            })
            .collect();
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 40 * MS), "{times:?}");
        assert_eq!(times[0], wall);
        assert_eq!([clock.take_error(), clock.take_error()], [Some(off * NANOS), None]);
    }
}

#[test]
fn sources_share_one_time_zero() {
    let epoch = Epoch::default();
    let at = |captured, arrived| Capture { captured, arrived, ahead: 0, own: None };
    assert_eq!(epoch.since(at(1000 * NANOS, 1000 * NANOS)), 0);
    assert_eq!(epoch.since(at(1002 * NANOS, 1002 * NANOS + 50 * MS)), 2 * NANOS);
    // Its clock is a year off.
    assert_eq!(epoch.since(at(9000 * NANOS, 1003 * NANOS)), 3 * NANOS);
}

#[test]
fn setting_the_wall_clock_opens_no_gap() {
    for set in [3600 * NANOS, -3600 * NANOS, 1_700_000_000 * NANOS] {
        let epoch = Epoch::default();
        let at = |wall, ahead| Capture { captured: wall, arrived: wall, ahead, own: None };
        assert_eq!(epoch.since(at(CLOCKS.wall, 77)), 0);
        assert_eq!(epoch.since(at(CLOCKS.wall + set + 5 * NANOS, 77 + set)), 5 * NANOS);
    }
}

#[test]
fn capture_times_follow_the_timeline() {
    let captures = Captures::default();
    assert_eq!(captures.at(0), None);
    for n in 0..4 {
        captures.push(n * 100, 7000 + n * 101);
    }
    assert_eq!(captures.at(0), Some(7000));
    assert_eq!(captures.at(200), Some(7202));
    // A filter made up a time.
    assert_eq!(captures.at(250), Some(7252));
    assert_eq!(captures.at(300), Some(7303));
}

#[test]
fn a_new_session_begins_once() {
    let captures = Captures::default();
    assert!(!captures.begins(0));
    captures.begin(500);
    assert!(!captures.begins(400));
    // The frame at 500 itself was dropped.
    assert!(captures.begins(540));
    assert!(!captures.begins(580));
}
