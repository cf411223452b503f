//! The truth table of copying: for each fact that forbids it, the one reason that is given.
//! The facts are made up; that they are found in real files is tested through the binary.

use super::*;

const SHAPE: Shape =
    Shape { width: 64, height: 48, depth: 8, chroma: Chroma::C420, fields: false, in_order: false };

fn keyframe(shape: Shape) -> Unit<'static> {
    Unit { start: true, complete: true, pictures: 1, shape: Some(shape), ..Unit::default() }
}

fn inter() -> Unit<'static> {
    Unit { pictures: 1, ..Unit::default() }
}

fn facts<'a>(at: i64, unit: &'a Unit<'a>) -> Facts<'a> {
    Facts {
        time: at,
        pts: Some(at),
        marked: unit.start,
        discarded: false,
        new_headers: false,
        headers_known: true,
        unit,
    }
}

/// The verdict on a keyframe, then an inter frame, each changed as a row has it.
fn verdict(
    first: impl Fn(&mut Unit<'static>),
    second: impl Fn(&mut Unit<'static>),
    change: impl Fn(usize, &mut Facts<'_>),
) -> Result<(), Refusal> {
    let (mut key, mut next) = (keyframe(SHAPE), inter());
    first(&mut key);
    second(&mut next);
    let mut scan = Scan::default();
    for (at, unit) in [&key, &next].into_iter().enumerate() {
        let mut facts = facts(at as i64 * 40_000_000, unit);
        change(at, &mut facts);
        scan.take(&facts)?;
    }
    scan.end().map(drop)
}

fn same(_: &mut Unit<'static>) {}

#[test]
fn a_plain_stream_is_copied() {
    assert_eq!(verdict(same, same, |_, _| {}), Ok(()));
}

#[test]
fn every_flaw_of_a_unit_has_its_refusal() {
    let at = 40_000_000;
    let flawed = |flaw| verdict(same, move |u| u.flaw = Some(flaw), |_, _| {});
    assert_eq!(flawed(Flaw::BSlice), Err(Refusal::BFrames { at }));
    assert_eq!(flawed(Flaw::Leading), Err(Refusal::OpenGop { at }));
    assert_eq!(flawed(Flaw::HiddenKeyframe), Err(Refusal::OpenGop { at }));
    assert_eq!(flawed(Flaw::OwnSize), Err(Refusal::OwnSize { at }));
    assert_eq!(flawed(Flaw::Unreadable), Err(Refusal::Unreadable { at }));
    for count in [0, 2] {
        let several = verdict(same, move |u| u.pictures = count, |_, _| {});
        assert_eq!(several, Err(Refusal::Pictures { at, count }));
    }
}

#[test]
fn the_first_packet_must_be_a_whole_keyframe() {
    let not = verdict(|u| *u = inter(), same, |_, _| {});
    assert_eq!(not, Err(Refusal::NoKeyframeFirst));
    let bare = verdict(same, same, |_, f| f.headers_known = false);
    assert_eq!(bare, Err(Refusal::NoHeaders));
    let unknown = verdict(|u| u.shape = None, same, |_, _| {});
    assert_eq!(unknown, Err(Refusal::Unreadable { at: 0 }));
}

#[test]
fn a_picture_that_viewers_do_not_show_is_refused() {
    let shaped = |shape: Shape| verdict(move |u| u.shape = Some(shape), same, |_, _| {});
    assert_eq!(shaped(Shape { depth: 10, ..SHAPE }), Err(Refusal::Depth(10)));
    let wide = Shape { chroma: Chroma::C444, ..SHAPE };
    assert_eq!(shaped(wide), Err(Refusal::Chroma(Chroma::C444)));
    assert_eq!(shaped(Shape { width: 63, ..SHAPE }), Err(Refusal::OddSize(63, 48)));
    assert_eq!(shaped(Shape { fields: true, ..SHAPE }), Err(Refusal::Fields));
}

#[test]
fn changes_in_mid_stream_are_refused() {
    let at = 40_000_000;
    let bigger = verdict(same, |u| *u = keyframe(Shape { width: 96, ..SHAPE }), |_, _| {});
    let sizes = ((64, 48), (96, 48));
    assert_eq!(bigger, Err(Refusal::SizeChanged { at, from: sizes.0, to: sizes.1 }));
    let other = verdict(same, same, |at, f| f.new_headers = at == 1);
    assert_eq!(other, Err(Refusal::HeadersChanged { at }));
}

#[test]
fn times_must_increase() {
    let at = 40_000_000;
    let second = |pts: i64| verdict(same, same, move |at, f| f.pts = Some(at as i64 * pts));
    assert_eq!(second(-1), Err(Refusal::Reordered { at }));
    assert_eq!(second(0), Err(Refusal::SameTime { at }));
    let stuck = verdict(same, same, |_, f| f.time = 7);
    assert_eq!(stuck, Err(Refusal::SameTime { at: 7 }));
}

#[test]
fn without_times_only_a_promise_of_order_helps() {
    let untimed = |in_order| {
        let shape = Shape { in_order, ..SHAPE };
        verdict(move |u| u.shape = Some(shape), same, |_, f| f.pts = None)
    };
    assert_eq!(untimed(false), Err(Refusal::MayReorder));
    assert_eq!(untimed(true), Ok(()));
    assert_eq!(Scan::promise(Some(SHAPE)), Err(Refusal::MayReorder));
    assert_eq!(Scan::promise(None), Err(Refusal::MayReorder));
    assert_eq!(Scan::promise(Some(Shape { in_order: true, ..SHAPE })), Ok(()));
}

#[test]
fn what_the_container_says_counts_as_well() {
    let hidden = verdict(same, same, |at, f| f.discarded = at == 0);
    assert_eq!(hidden, Err(Refusal::EditList));
    let marked = verdict(same, same, |_, f| f.marked = true);
    assert_eq!(marked, Err(Refusal::OpenGop { at: 40_000_000 }));
    assert_eq!(Scan::default().end(), Err(Refusal::Empty));
}

#[test]
fn seldom_keyframes_and_turns_are_said() {
    let (key, next) = (Unit { turned: true, ..keyframe(SHAPE) }, inter());
    let mut scan = Scan::default();
    for (time, unit) in [(0, &key), (12 * NANOS, &next)] {
        assert_eq!(scan.take(&facts(time, unit)), Ok(()));
    }
    assert_eq!(scan.end(), Ok(vec![Look::Turned, Look::SeldomKeyframes(12 * NANOS)]));
}

#[test]
fn settings_that_a_copy_cannot_follow_are_named() {
    assert_eq!(asked(&VideoConfig::default()), None);
    let filtered = VideoConfig { filter: Some("hflip".into()), ..VideoConfig::default() };
    assert_eq!(asked(&filtered), Some("a filter"));
}
