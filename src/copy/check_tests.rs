//! The truth table of copying: each fact that rules it out gives its own reason.
//! The facts are made up; that they are found in real files is tested through the binary.

use super::*;

const SHAPE: PictureFormat = PictureFormat {
    width: 64,
    height: 48,
    depth: 8,
    chroma: Chroma::C420,
    fields: false,
    in_order: false,
};

fn keyframe(shape: PictureFormat) -> AccessUnit<'static> {
    AccessUnit {
        starts_gop: true,
        has_headers: true,
        pictures: 1,
        format: Some(shape),
        ..AccessUnit::default()
    }
}

fn inter() -> AccessUnit<'static> {
    AccessUnit { pictures: 1, ..AccessUnit::default() }
}

fn facts<'a>(at: i64, unit: &'a AccessUnit<'a>) -> PacketFacts<'a> {
    PacketFacts {
        time: at,
        pts: Some(at),
        marked: unit.starts_gop,
        discarded: false,
        new_headers: false,
        headers_known: true,
        unit,
    }
}

/// The verdict on a keyframe, then an inter frame, each changed as a row has it.
fn verdict(
    first: impl Fn(&mut AccessUnit<'static>),
    second: impl Fn(&mut AccessUnit<'static>),
    change: impl Fn(usize, &mut PacketFacts<'_>),
) -> Result<(), Reason> {
    let (mut key, mut next) = (keyframe(SHAPE), inter());
    first(&mut key);
    second(&mut next);
    let mut check = Check::default();
    for (at, unit) in [&key, &next].into_iter().enumerate() {
        let mut facts = facts(at as i64 * 40_000_000, unit);
        change(at, &mut facts);
        check.take(&facts)?;
    }
    check.end().map(drop)
}

fn same(_: &mut AccessUnit<'static>) {}

#[test]
fn a_plain_stream_is_copied() {
    assert_eq!(verdict(same, same, |_, _| {}), Ok(()));
}

#[test]
fn every_defect_of_an_access_unit_has_its_reason() {
    let at = 40_000_000;
    let defective = |defect| verdict(same, move |u| u.defect = Some(defect), |_, _| {});
    assert_eq!(defective(Defect::BSlice), Err(Reason::BFrames { at }));
    assert_eq!(defective(Defect::Leading), Err(Reason::OpenGop { at }));
    assert_eq!(defective(Defect::HiddenKeyframe), Err(Reason::OpenGop { at }));
    assert_eq!(defective(Defect::OwnSize), Err(Reason::OwnSize { at }));
    assert_eq!(defective(Defect::Unreadable), Err(Reason::Unreadable { at }));
    for count in [0, 2] {
        let several = verdict(same, move |u| u.pictures = count, |_, _| {});
        assert_eq!(several, Err(Reason::Pictures { at, count }));
    }
}

#[test]
fn the_first_packet_must_be_a_whole_keyframe() {
    let not = verdict(|u| *u = inter(), same, |_, _| {});
    assert_eq!(not, Err(Reason::NoKeyframeFirst));
    let bare = verdict(same, same, |_, f| f.headers_known = false);
    assert_eq!(bare, Err(Reason::NoHeaders));
    let unknown = verdict(|u| u.format = None, same, |_, _| {});
    assert_eq!(unknown, Err(Reason::Unreadable { at: 0 }));
}

#[test]
fn hidden_pictures_are_rejected() {
    let shaped = |shape: PictureFormat| verdict(move |u| u.format = Some(shape), same, |_, _| {});
    assert_eq!(shaped(PictureFormat { depth: 10, ..SHAPE }), Err(Reason::Depth(10)));
    let wide = PictureFormat { chroma: Chroma::C444, ..SHAPE };
    assert_eq!(shaped(wide), Err(Reason::Chroma(Chroma::C444)));
    assert_eq!(shaped(PictureFormat { width: 63, ..SHAPE }), Err(Reason::OddSize(63, 48)));
    assert_eq!(shaped(PictureFormat { fields: true, ..SHAPE }), Err(Reason::Fields));
}

#[test]
fn changes_in_mid_stream_are_rejected() {
    let at = 40_000_000;
    let bigger = verdict(same, |u| *u = keyframe(PictureFormat { width: 96, ..SHAPE }), |_, _| {});
    let sizes = ((64, 48), (96, 48));
    assert_eq!(bigger, Err(Reason::SizeChanged { at, from: sizes.0, to: sizes.1 }));
    let other = verdict(same, same, |at, f| f.new_headers = at == 1);
    assert_eq!(other, Err(Reason::HeadersChanged { at }));
}

#[test]
fn times_must_increase() {
    let at = 40_000_000;
    let second = |pts: i64| verdict(same, same, move |at, f| f.pts = Some(at as i64 * pts));
    assert_eq!(second(-1), Err(Reason::Reordered { at }));
    assert_eq!(second(0), Err(Reason::SameTime { at }));
    let stuck = verdict(same, same, |_, f| f.time = 7);
    assert_eq!(stuck, Err(Reason::SameTime { at: 7 }));
}

#[test]
fn without_times_a_copy_needs_a_stream_without_reordering() {
    let untimed = |in_order| {
        let shape = PictureFormat { in_order, ..SHAPE };
        verdict(move |u| u.format = Some(shape), same, |_, f| f.pts = None)
    };
    assert_eq!(untimed(false), Err(Reason::MayReorder));
    assert_eq!(untimed(true), Ok(()));
    assert_eq!(Check::check_headers(Some(SHAPE)), Err(Reason::MayReorder));
    assert_eq!(Check::check_headers(None), Err(Reason::MayReorder));
    assert_eq!(Check::check_headers(Some(PictureFormat { in_order: true, ..SHAPE })), Ok(()));
}

#[test]
fn the_container_s_description_is_checked_as_well() {
    let hidden = verdict(same, same, |at, f| f.discarded = at == 0);
    assert_eq!(hidden, Err(Reason::EditList));
    let marked = verdict(same, same, |_, f| f.marked = true);
    assert_eq!(marked, Err(Reason::OpenGop { at: 40_000_000 }));
    let refreshed = verdict(same, |unit| unit.recovers = true, |_, _| {});
    assert_eq!(refreshed, Err(Reason::OpenGop { at: 40_000_000 }));
    assert_eq!(Check::default().end(), Err(Reason::Empty));
}

#[test]
fn rare_keyframes_and_rotation_are_caveats() {
    let (key, next) = (AccessUnit { rotated: true, ..keyframe(SHAPE) }, inter());
    let mut check = Check::default();
    for (time, unit) in [(0, &key), (12 * NANOS, &next)] {
        assert_eq!(check.take(&facts(time, unit)), Ok(()));
    }
    assert_eq!(check.end(), Ok(vec![Caveat::Rotated, Caveat::RareKeyframes(12 * NANOS)]));
}

#[test]
fn settings_that_a_copy_cannot_follow_are_named() {
    assert_eq!(setting_that_needs_encoding(&VideoConfig::default()), None);
    let filtered = VideoConfig { filter: Some("hflip".into()), ..VideoConfig::default() };
    assert_eq!(setting_that_needs_encoding(&filtered), Some("a filter"));
}
