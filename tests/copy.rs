//! Copying: copyable streams are copied bit by bit, others are rejected with the right reason.
//! With `auto` these are encoded. The bytes are compared with `ffmpeg -c copy`.

mod rows;
mod run;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::check::{Wanted, recording_violations, sps_of, violations};
use crate::support::recording::Recording;
use crate::support::run::{Outcome, Workspace, read, vstream};
use crate::support::schema::{Schema, events};
use crate::support::table::check_all;
use crate::support::{generate, skip};
use rows::Expect::{Copied, LooksWrong, Refused};
use rows::{CORPUS, H264, ROWS, Row, SDR, made};
use run::Run;

/// Every stream of the table that can be made here.
fn check_rows(check: impl Fn(&Row, &Path) -> Vec<String> + Sync) {
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let rows: Vec<&Row> =
        ROWS.iter().filter(|r| r.needs.iter().all(|n| skip::have_encoder(n))).collect();
    check_all(&rows, |row| row.name.to_owned(), |row| check(row, &made(row)));
}

#[test]
fn every_kind_of_stream_is_copied_or_rejected_with_its_reason() {
    check_rows(|row, path| {
        let (copy, auto) = (Run::of(path, "copy"), Run::of(path, "auto"));
        let mut wrong = Vec::new();
        match row.expect {
            Copied(codec, stored) => {
                wrong.extend(copy.is_copy(path, codec, stored));
                wrong.extend(auto.is_copy(path, codec, stored));
                let warned = copy.outcome.stderr.contains("copied as it is");
                wrong.extend(warned.then(|| format!("warns:\n{}", copy.outcome.stderr)));
            }
            Refused(why) => {
                wrong.extend(copy.is_refused(why));
                wrong.extend(auto.is_encoded(why));
            }
            LooksWrong(why) => {
                wrong.extend(copy.outcome.check(0).err());
                let said = copy.outcome.stderr.lines().any(|l| {
                    l.contains("warning") && l.contains("copied as it is") && l.contains(why)
                });
                wrong.extend((!said).then(|| format!("not said:\n{}", copy.outcome.stderr)));
                let more = copy.outcome.stderr.matches("copied as it is").count() > 1;
                wrong.extend(more.then(|| format!("says more:\n{}", copy.outcome.stderr)));
                wrong.extend(auto.is_encoded(why));
            }
        }
        wrong
    });
}

/// A clock that restarts is no reason against copying: the times continue, and nothing is damaged.
#[test]
fn a_clock_that_restarts_can_be_copied() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let once = format!("{{v}} -c:v libx264 -bf 0 -g 12 {SDR} > a.ts");
    let path = generate::steps("clock_restarts.ts", &[&once, "join {0} {0}"]);
    for codec in ["copy", "auto"] {
        let run = Run::of(&path, codec);
        run.outcome.check(0).expect("a copy");
        assert_eq!(run.outcome.summary("damaged"), 0, "{}", run.outcome.stderr);
        assert!(run.outcome.stderr.contains("times continue"), "{}", run.outcome.stderr);
        assert!(!run.outcome.stderr.contains("copied as it is"), "{}", run.outcome.stderr);
        let recording = Recording::open(&run.to);
        let times: Vec<i64> = recording.only_video().samples.iter().map(|s| s.time).collect();
        assert_eq!(times, (0..80).map(|n| n * 40_000_000).collect::<Vec<_>>());
    }
}

/// What goes to files alone is judged while it is copied, since it can be taken back; all else before.
#[test]
fn checks_before_and_while_copying_agree() {
    check_rows(|_, path| {
        let differs = |codec: &str| {
            let meanwhile = Run::of(path, codec);
            let run = vstream().arg("--stdout").arg("--codec").arg(codec).arg("--").arg(path);
            let before = run.run();
            if before.code != meanwhile.outcome.code {
                return Some(format!("{codec}:\n{}", before.stderr));
            }
            let error = |said: &str| said.lines().find(|l| l.contains("error:")).map(str::to_owned);
            if error(&before.stderr) != error(&meanwhile.outcome.stderr) {
                return Some(format!("{codec}:\n{}", before.stderr));
            }
            let same = !meanwhile.to.exists() || {
                let meanwhile = Recording::open(&meanwhile.to);
                let before = Recording::from_bytes(&before.stdout);
                meanwhile.only_video().samples == before.only_video().samples
            };
            (!same).then(|| format!("{codec}: other samples"))
        };
        ["copy", "auto"].into_iter().filter_map(differs).collect()
    });
}

/// At its own pace, so that much is recorded and reported before a B-frame comes.
#[test]
fn a_copy_that_fails_late_is_discarded_and_encoded() {
    let row = ROWS.iter().find(|row| row.name == "late_b_frames.mp4").expect("the row");
    if !skip::have(&["ffmpeg", "ffprobe"]) {
        return;
    }
    let path = made(row);
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let earlier = b"RRF2 an earlier recording";
    std::fs::write(&to, earlier).expect("a file");
    let run = |codec: &str| {
        let run = vstream().words("--realtime --json --force --codec").arg(codec).arg("--save");
        run.arg(&to).arg("--").arg(&path).run()
    };
    let schema = Schema::load();
    let told = |outcome: &Outcome, event: &str, field: &str| -> Vec<String> {
        let lines = schema.lines(outcome);
        let words = |line: &Value| line[field].as_str().expect("words").to_owned();
        lines.iter().filter(|line| line["event"] == event).map(words).collect()
    };
    // All but how it goes.
    let order = |outcome: &Outcome| -> Vec<String> {
        let lines = schema.lines(outcome);
        let events = events(&lines).into_iter().filter(|it| *it != "progress" && *it != "output");
        events.map(str::to_owned).collect()
    };

    let refused = run("copy").expect(1);
    assert_eq!(order(&refused), ["opened", "error", "exit"]);
    assert_eq!(told(&refused, "opened", "plan"), ["copied"]);
    assert!(told(&refused, "error", "cause")[0].contains("B-frames"));
    assert_eq!(read(&to), earlier);
    assert_eq!(std::fs::read_dir(workspace.dir()).expect("a folder").count(), 1);

    let encoded = run("auto").expect(0);
    assert_eq!(order(&encoded), ["opened", "restarted", "opened", "ended", "finished", "exit"]);
    let plans = told(&encoded, "opened", "plan");
    assert_eq!(plans[0], "copied");
    assert!(plans[1].contains("not copied: it holds B-frames"), "{plans:?}");
    assert!(told(&encoded, "restarted", "why")[0].contains("B-frames"));
    let recording = Recording::open(&to);
    assert!(recording_violations(&recording).is_empty());
    assert!(violations(recording.only_video(), &Wanted::default()).is_empty());
    assert_eq!(recording.only_video().samples.len(), 40);
}

#[test]
fn every_file_of_the_corpus_copies_or_is_rejected_as_expected() {
    let Some(dir) = skip::corpus().filter(|_| skip::have(&["ffmpeg", "ffprobe"])) else {
        return;
    };
    check_all(
        CORPUS,
        |(name, _)| (*name).to_owned(),
        |(name, expect)| {
            let path = dir.join(name);
            if !path.is_file() {
                skip::skip(&format!("no {name} in the corpus"));
                return Vec::new();
            }
            let copy = Run::of(&path, "copy");
            match expect {
                Copied(codec, stored) => copy.is_copy(&path, *codec, *stored),
                Refused(why) => copy.is_refused(why),
                LooksWrong(why) => {
                    let said = copy.outcome.stderr.contains(why);
                    let silent = (!said).then(|| format!("not said:\n{}", copy.outcome.stderr));
                    copy.outcome.check(0).err().into_iter().chain(silent).collect()
                }
            }
        },
    );
}

fn clip(name: &str, command: &str) -> Option<PathBuf> {
    let command = command.replace("{sdr}", SDR);
    skip::have(&["ffmpeg", "ffprobe"]).then(|| generate::video(name, &command))
}

/// Runs with options, and reads back what it made.
fn copied(options: &str, path: &Path) -> (Outcome, Recording) {
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let run = vstream().words(options).arg("--save").arg(&to).arg("--").arg(path);
    let outcome = run.run().expect(0);
    (outcome, Recording::open(&to))
}

#[test]
fn a_pipe_is_copied_if_its_headers_rule_out_reordering() {
    let Some(plain) = clip("promised.mkv", H264) else { return };
    let b_frames = clip("unpromised.mkv", "{v} -c:v libx264 -bf 2 {sdr}").expect("a clip");
    let piped = |codec: &str, path: &Path, to: &Path| {
        let run = vstream().arg("-").arg("--codec").arg(codec).arg("--save").arg(to);
        run.stdin(read(path)).run()
    };
    let workspace = Workspace::new();
    for codec in ["copy", "auto"] {
        let to = workspace.path(format!("{codec}.rrd"));
        let outcome = piped(codec, &plain, &to).expect(0);
        assert!(outcome.stderr.contains("(copied)"), "{}", outcome.stderr);
        assert_eq!(Recording::open(&to).only_video().samples.len(), 40);
    }
    let refused = piped("copy", &b_frames, &workspace.path("none.rrd")).expect(1);
    assert!(refused.stderr.contains("do not promise"), "{}", refused.stderr);
    let encoded = piped("auto", &b_frames, &workspace.path("encoded.rrd")).expect(0);
    assert!(encoded.stderr.contains("not copied"), "{}", encoded.stderr);
}

/// Units that are marked as broken, or of no temporal layer: a decoder skips them, and nothing would be shown.
#[test]
fn units_that_decoders_skip_are_not_copied() {
    let encoders = [("libx264", "h264"), ("libx265", "hevc")];
    for (encoder, format) in encoders {
        let command = format!("{{v}} -c:v {encoder} -bf 0 -x265-params log-level=none:bframes=0");
        let Some(whole) = clip(&format!("whole.{format}"), &command) else { return };
        let path = generate::made(&format!("skipped.{format}"), &"marked", |to| {
            let mut bytes = read(&whole);
            let starts = bytes.windows(3).enumerate().filter(|(_, w)| *w == [0, 0, 1]);
            let units: Vec<usize> = starts.map(|(at, _)| at + 3).collect();
            for at in units {
                match encoder {
                    "libx265" => bytes[at + 1] &= 0xf8,
                    // Only slices other than of keyframes, since FFmpeg would not know the stream.
                    _ if bytes[at] & 31 == 1 => bytes[at] |= 0x80,
                    _ => {}
                }
            }
            std::fs::write(to, bytes).expect("a file");
        });
        let workspace = Workspace::new();
        let to = workspace.path("out.rrd");
        let run = vstream().arg(&path).words("-f").arg(format).words("--codec copy --save");
        let outcome = run.arg(&to).run().expect(1);
        outcome.says(&["cannot copy ", "hint: "]);
        assert!(!to.exists());
    }
}

#[test]
fn a_start_between_keyframes_is_encoded_by_auto_and_earlier_in_a_copy() {
    let Some(path) = clip("keyed.mp4", H264) else { return };
    // Keyframes are 0.4 s apart.
    let (outcome, recording) = copied("--codec copy --start 1 --duration 0.4", &path);
    assert!(outcome.stderr.contains("before the start"), "{}", outcome.stderr);
    let times = recording.only_video().times();
    assert_eq!((times[0], times.len()), (800_000_000, 15), "{times:?}");
    let (outcome, recording) = copied("--codec auto --start 1 --duration 0.4", &path);
    assert!(outcome.stderr.contains("not copied"), "{}", outcome.stderr);
    let times = recording.only_video().times();
    assert_eq!((times[0], times.len()), (1_000_000_000, 10), "{times:?}");
    let (outcome, recording) = copied("--codec auto --start 0.8 --duration 0.4", &path);
    assert!(outcome.stderr.contains("(copied)"), "{}", outcome.stderr);
    let times = recording.only_video().times();
    assert_eq!((times[0], times.len()), (800_000_000, 10), "{times:?}");
}

#[test]
fn a_copy_can_be_looped() {
    let Some(path) = clip("keyed.mp4", H264) else { return };
    let (_, recording) = copied("--codec auto --loop 2", &path);
    let times = recording.only_video().times();
    assert_eq!(times.len(), 120);
    assert!(times.windows(2).all(|p| p[1] - p[0] == 40_000_000), "{times:?}");
}

#[test]
fn encoder_settings_are_rejected_for_a_copy() {
    let Some(path) = clip("keyed.mp4", H264) else { return };
    let run = |options: &str| vstream().words(options).arg(&path).words("--save unused.rrd").run();
    let crf = run("--codec copy --crf 20").expect(2);
    assert!(crf.stderr.contains("not encoded"), "{}", crf.stderr);
    let size = run("--codec copy --size 64x64").expect(1);
    assert!(size.stderr.contains("a size needs encoding"), "{}", size.stderr);
    let (outcome, recording) = copied("--codec auto --size 64x64", &path);
    assert!(outcome.stderr.contains("not copied: a size needs encoding"), "{}", outcome.stderr);
    let sps = sps_of(recording.only_video());
    assert_eq!((sps.width, sps.height), (64, 64));
}
