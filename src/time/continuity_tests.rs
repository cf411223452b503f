//! Tests of the input's clock at jumps, gaps and wraps.
//! Random sequences are in `clock_properties.rs`.

use super::*;

const MPEG: TimeBase = TimeBase { num: 1, den: 90_000 };
const FRAME: i64 = 3600;
/// Ticks of half a minute, which is more than a jump needs.
const FAR: i64 = 30 * 90_000;

fn packet(stream: usize, dts: i64) -> PacketTime {
    PacketTime {
        stream,
        time_base: MPEG,
        pts: Some(dts + 2 * FRAME),
        dts: Some(dts),
        duration: FRAME,
        arrived: 0,
        steady: true,
        follows: false,
    }
}

/// The mended decoding times, and how many jumps there were.
fn mended(rule: JumpRule, packets: &[PacketTime]) -> (Vec<i64>, usize) {
    let mut clock = Continuity::new(rule);
    let mut jumps = 0;
    let times = packets.iter().map(|p| {
        let (shift, jump) = clock.shift(p);
        jumps += usize::from(jump.is_some());
        p.dts.or(p.pts).unwrap_or(0) + shift
    });
    (times.collect(), jumps)
}

fn run(from: i64, count: i64) -> impl Iterator<Item = i64> {
    (0..count).map(move |n| from + n * FRAME)
}

#[test]
fn jumps_in_either_direction_continue_from_the_last_frame() {
    for (first, second) in [(0, FAR), (FAR, 0), (FAR, (1 << 33) + 5), (5 * FRAME, 0)] {
        let packets: Vec<_> = run(first, 4).chain(run(second, 4)).map(|t| packet(0, t)).collect();
        let (times, jumps) = mended(JumpRule::Discontinuous, &packets);
        assert_eq!(times, run(first, 8).collect::<Vec<_>>(), "{first} {second}");
        assert_eq!(jumps, 1);
    }
}

#[test]
fn gaps_and_wraps_that_were_unwrapped_are_kept() {
    let wrap = (1 << 33) - 2 * FRAME;
    let packets: Vec<_> =
        [wrap, wrap + FRAME, wrap + 2 * FRAME, wrap + 9 * 90_000].map(|t| packet(0, t)).into();
    assert_eq!(mended(JumpRule::Discontinuous, &packets).1, 0);
}

#[test]
fn streams_stay_in_step() {
    // The second stream is ahead by half a frame, and its first part is shorter.
    let half = FRAME / 2;
    let packets = [
        packet(0, 0),
        packet(1, half),
        packet(0, FRAME),
        packet(1, FAR + half),
        packet(0, FAR),
        packet(1, FAR + half + FRAME),
        packet(0, FAR + FRAME),
    ];
    let (times, jumps) = mended(JumpRule::Discontinuous, &packets);
    assert_eq!(jumps, 1);
    assert_eq!(times[3] - times[4], half);
    assert_eq!(times[5] - times[6], half);
    // None is before what came before it.
    assert!(times[4] >= times[2] && times[3] > times[1], "{times:?}");
}

#[test]
fn a_stream_that_begins_late_is_where_the_others_are() {
    let packets = [packet(0, 0), packet(0, FRAME), packet(1, FAR), packet(1, FAR + FRAME)];
    let (times, jumps) = mended(JumpRule::Discontinuous, &packets);
    assert_eq!((times, jumps), (vec![0, FRAME, FRAME, 2 * FRAME], 1));
}

#[test]
fn a_subtitle_does_not_move_the_pictures() {
    let subtitle = PacketTime { steady: false, ..packet(1, 2 * FAR) };
    let packets = [packet(0, 0), subtitle, packet(0, FRAME)];
    let (times, jumps) = mended(JumpRule::Discontinuous, &packets);
    assert_eq!((times, jumps), (vec![0, 0, FRAME], 0));
}

#[test]
fn sound_does_not_move_the_pictures_and_keeps_in_step_with_them() {
    let sound = |dts| PacketTime { follows: true, ..packet(1, dts) };
    let pictures = |from: i64| run(from, 4).map(|t| packet(0, t)).collect::<Vec<_>>();
    let sounds = |from: i64| run(from, 4).map(sound).collect::<Vec<_>>();
    let (first, second) = ((pictures(FAR), sounds(FAR)), (pictures(0), sounds(0)));
    let (late, early) = (&first.1[3..], &second.1[..1]);
    // At the jump the last sound comes after the first new picture, or the first new sound before it.
    let orders = [
        [&first.0[..], &first.1[..3], &second.0[..1], late, &second.0[1..], &second.1[..]],
        [&first.0[..], &first.1[..], early, &second.0[..], &second.1[1..], &[]],
    ];
    for packets in orders.map(|parts| parts.concat()) {
        let (times, _) = mended(JumpRule::Discontinuous, &packets);
        let of = |stream| {
            let of_stream = packets.iter().zip(&times).filter(|(p, _)| p.stream == stream);
            of_stream.map(|(_, time)| *time).collect::<Vec<_>>()
        };
        let whole: Vec<i64> = run(FAR, 8).collect();
        assert_eq!((of(0), of(1)), (whole.clone(), whole));
    }
}

#[test]
fn after_a_jump_audio_is_placed_by_its_pictures() {
    let sound = |dts| PacketTime { follows: true, ..packet(1, dts) };
    // The sound of the first part ends five frames before its pictures, or as many behind them.
    for length in [5, 10, 15] {
        let mut clock = Continuity::new(JumpRule::Discontinuous);
        let pictures = run(FAR, 10).map(|t| packet(0, t));
        for packet in pictures.chain(run(FAR, length).map(sound)) {
            assert_eq!((clock.is_early(&packet), clock.shift(&packet)), (false, (0, None)));
        }
        assert!(clock.is_early(&sound(0)));
        let (shift, jump) = clock.shift(&packet(0, 0));
        assert!(jump.is_some() && shift == FAR + 10 * FRAME, "{shift}");
        for packet in run(0, 10).map(sound) {
            assert_eq!((clock.is_early(&packet), clock.shift(&packet)), (false, (shift, None)));
        }
    }
}

#[test]
fn other_formats_keep_gaps_and_correct_backward_jumps() {
    let packets: Vec<_> =
        run(0, 2).chain(run(FAR, 30)).chain(run(0, 2)).map(|t| packet(0, t)).collect();
    let (times, jumps) = mended(JumpRule::Continuous, &packets);
    let wanted: Vec<_> = run(0, 2).chain(run(FAR, 32)).collect();
    assert_eq!((times, jumps), (wanted, 1));
}

#[test]
fn live_gaps_have_the_length_of_the_arrival_gap() {
    let live = |dts, ms: i64| PacketTime { arrived: ms * 1_000_000, ..packet(0, dts) };
    // Half a second passes while the sender restarts; later it makes a pause of a minute and keeps its clock.
    let minute = 60 * 90_000;
    let packets = [
        live(FAR, 0),
        live(FAR + FRAME, 40),
        live((1 << 33) + 7, 540),
        live((1 << 33) + 7 + minute, 60_540),
    ];
    let (times, jumps) = mended(JumpRule::Live, &packets);
    let after = FAR + FRAME + 45_000;
    assert_eq!((times, jumps), (vec![FAR, FAR + FRAME, after, after + minute], 1));
}

#[test]
fn packets_without_dts_may_be_reordered() {
    let shown = |pts| PacketTime { dts: None, ..packet(0, pts - 2 * FRAME) };
    let packets = [0, 90_000, 45_000, 22_500].map(|t| PacketTime { pts: Some(t), ..shown(t) });
    for rule in [JumpRule::Discontinuous, JumpRule::Continuous, JumpRule::Live] {
        assert_eq!(mended(rule, &packets).1, 0, "{rule:?}");
    }
}
