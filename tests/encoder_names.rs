//! Encoder names: errors in names and settings come before anything is written, and the list of encoders is right.
//! What the encoders produce is in `encoders`.

use crate::encoders::{ROWS, clip};
use crate::support::run::{Workspace, vstream};
use crate::support::skip;
use crate::support::table::check_all;

struct Wrong {
    options: &'static str,
    code: i32,
    says: &'static [&'static str],
}

#[rustfmt::skip]
const WRONG: &[Wrong] = &[
    Wrong { options: "--encoder libx246", code: 2, says: &["no encoder of that name", "did you mean `libx264`"] },
    Wrong { options: "--encoder mpeg4", code: 2, says: &["no encoder of that name", "--list-encoders"] },
    Wrong { options: "--encoder libx264 --codec av1", code: 2, says: &["--codec av1", "makes h264"] },
    Wrong { options: "--encoder libaom-av1 --codec h264", code: 2, says: &["--codec h264", "makes av1"] },
    Wrong { options: "--preset veryfats", code: 2, says: &["did you mean `veryfast`", "ultrafast"] },
    Wrong { options: "--tune filn", code: 2, says: &["did you mean `film`"] },
    Wrong { options: "--crf 52", code: 2, says: &["libx264 takes 1 (best) to 51"] },
    Wrong { options: "--encoder h264_vaapi --preset fast", code: 1, says: &["h264_vaapi"] },
];

#[test]
fn wrong_settings_fail_before_anything_is_written() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let path = clip();
    check_all(
        WRONG,
        |wrong| wrong.options.to_owned(),
        |wrong| {
            let workspace = Workspace::new();
            let to = workspace.path("out.rrd");
            let outcome = vstream().words(wrong.options).arg("--save").arg(&to).arg(&path).run();
            let mut complaints: Vec<String> = outcome.check(wrong.code).err().into_iter().collect();
            let silent = wrong.says.iter().filter(|text| !outcome.stderr.contains(**text));
            complaints.extend(silent.map(|text| format!("not said: {text}\n{}", outcome.stderr)));
            let left = std::fs::read_dir(workspace.dir()).expect("the workspace").count();
            complaints.extend((left > 0).then(|| "something was written".to_owned()));
            complaints
        },
    );
}

/// What `--list-encoders` says: name, codec, whether it works, the rest.
fn listed() -> Vec<(String, String, bool, String)> {
    let outcome = vstream().arg("--list-encoders").run().expect(0);
    assert_eq!(outcome.stderr, "");
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (name, codec, works) = (word(), word(), word());
        assert!(["yes", "no"].contains(&works.as_str()), "{line}");
        (name, codec, works == "yes", words.collect::<Vec<_>>().join(" "))
    };
    text.lines().map(line).collect()
}

#[test]
fn the_encoder_list_says_which_work_and_why_others_do_not() {
    let listed = listed();
    for row in ROWS {
        let (_, codec, works, _) = listed.iter().find(|it| it.0 == row.encoder).expect("a line");
        assert_eq!(*codec, format!("{:?}", row.codec).to_lowercase());
        assert_eq!(*works, skip::have_encoder(row.encoder), "{}", row.encoder);
    }
    assert_eq!(listed[0].3, "veryfast crf 23");
    assert!(listed.iter().all(|(_, _, _, rest)| !rest.is_empty()), "{listed:?}");
}

#[test]
fn missing_hardware_is_an_error_with_a_cause_and_an_alternative() {
    let path = clip();
    let mut absent = 0;
    for (name, codec, works, why) in listed() {
        // What this FFmpeg lacks is listed with that reason; here it is about drivers and devices.
        if works || why.contains("built without it") {
            continue;
        }
        let workspace = Workspace::new();
        let to = workspace.path("out.rrd");
        let run = vstream().arg("--encoder").arg(&name).arg("--save").arg(&to).arg(&path);
        let outcome = run.run().expect(1);
        for text in [name.as_str(), why.as_str(), "--encoder libx264"] {
            assert!(outcome.stderr.contains(text), "{name} ({codec}): {}", outcome.stderr);
        }
        assert!(!to.exists(), "{name} left a recording");
        absent += 1;
    }
    if absent == 0 {
        skip::skip("every encoder this FFmpeg has works here");
    }
}
