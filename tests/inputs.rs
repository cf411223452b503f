//! What people have as inputs beside plain files: a part of a long one, sequences, pipes, raw pictures,
//! and files whose headers lie. What a whole file becomes is for `contract`.

use crate::support::check::{assert_contract, violations};
use crate::support::convert::convert;
use crate::support::probe::source;
use crate::support::run::read;
use crate::support::table::check_all;
use crate::support::{generate, skip};

/// A minute with a keyframe every 8 s, so that the one before 30 s is at 24 s.
const MINUTE: &str = "-f lavfi -i testsrc2=size=64x48:rate=10:duration=60";

#[test]
fn a_window_holds_exactly_the_frames_shown_in_it() {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let rows = [
        ("long.mp4", "-c:v libx264 -bf 2 -g 80"),
        ("long.mkv", "-c:v libx264 -bf 2 -g 80"),
        ("long.ts", "-c:v libx264 -bf 2 -g 80"),
        ("long.flv", "-c:v libx264 -bf 2 -g 80"),
        ("long.avi", "-c:v mpeg4 -bf 0 -g 80"),
        ("long.mpg", "-r 25 -c:v mpeg2video -bf 2 -g 200"),
        ("long.vob", "-r 25 -c:v mpeg2video -bf 2 -g 200"),
        ("late.ts", "-c:v libx264 -bf 2 -g 80 -output_ts_offset 37.123"),
        ("long.nut", "-c:v libx264 -bf 2 -g 80"),
        ("long.m3u8", "-c:v libx264 -bf 2 -g 80 -hls_time 8 -hls_list_size 0"),
        ("all_keys.mov", "-c:v mjpeg"),
    ];
    check_all(
        &rows,
        |(name, _)| name.to_string(),
        |(name, how)| {
            let path = generate::video(name, &format!("{MINUTE} -preset ultrafast {how}"));
            let all = source(&path).expect("a video stream").times();
            let inside = |time: &i64| (30_000_000_000..32_000_000_000).contains(time);
            let wanted: Vec<i64> = all.into_iter().filter(inside).collect();
            let converted = convert(&path, "--preset ultrafast --start 30 --duration 2");
            let got = converted.video().times();
            let mut wrong = violations(converted.video(), &Default::default());
            let near = |(a, b): (&i64, &i64)| (a - b).abs() <= 1;
            if got.len() != wanted.len() || !got.iter().zip(&wanted).all(near) {
                wrong.push(format!("times are {got:?}\n and not {wanted:?}"));
            }
            if wanted.is_empty() {
                wrong.push("ffprobe shows nothing in that window: the row is wrong".to_owned());
            }
            wrong
        },
    );
}

/// Everything before the keyframe at 24 s is noise: whoever decodes it meets damage.
#[test]
fn what_lies_before_a_window_is_not_decoded() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = generate::video("whole.mkv", &format!("{MINUTE} -c:v libx264 -bf 2 -g 80"));
    let noisy = generate::made("noisy.mkv", &"the first third", |to| {
        let mut bytes = read(&path);
        let third = bytes.len() / 3;
        bytes[5000..third].iter_mut().step_by(7).for_each(|byte| *byte ^= 0x55);
        std::fs::write(to, bytes).expect("a noisy file");
    });
    let converted = convert(&noisy, "--preset ultrafast --start 30 --duration 2");
    assert_contract(&converted.recording);
    assert_eq!(converted.video().samples.len(), 20);
    assert_eq!(converted.outcome.summary("damaged"), 0, "{}", converted.outcome.stderr);
}
