//! Many files to one recording each: names, failures, existing recordings, shards, lists, interruption.
//! Several inputs in one recording are in `jobs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::support::check::assert_contract;
use crate::support::generate;
use crate::support::recording::Recording;
use crate::support::run::{Outcome, Program, Workspace, read, vstream};
use crate::support::schema::{Schema, events};
use crate::support::skip;

const FRAMES: usize = 40;

fn clip() -> Option<PathBuf> {
    skip::have(&["ffmpeg"]).then(|| generate::video("small.mkv", "{v} -c:v libx264 -bf 2"))
}

/// A folder `videos` with these files in it, all the same clip.
fn videos(workspace: &Workspace, clip: &Path, names: &[&str]) -> PathBuf {
    let folder = workspace.path("videos");
    for name in names {
        let to = folder.join(name);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::fs::copy(clip, to).expect("a copy");
    }
    folder
}

fn fast(workspace: &Workspace) -> Program {
    vstream().words("--preset ultrafast").current_dir(workspace.dir())
}

/// The files below a folder, with their folders.
fn below(folder: &Path) -> BTreeSet<String> {
    fn walk(folder: &Path, root: &Path, all: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => walk(&path, root, all),
                path => {
                    let name = path.strip_prefix(root).expect("below it").to_string_lossy();
                    all.insert(name.into_owned());
                }
            }
        }
    }
    let mut all = BTreeSet::new();
    walk(folder, folder, &mut all);
    all
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn times(folder: &Path) -> BTreeMap<String, SystemTime> {
    let time = |name: &String| folder.join(name).metadata().and_then(|m| m.modified()).unwrap();
    below(folder).iter().map(|name| (name.clone(), time(name))).collect()
}

#[track_caller]
fn assert_whole(recording: &Recording) {
    assert_contract(recording);
    let samples: Vec<usize> = recording.videos.values().map(|v| v.samples.len()).collect();
    assert_eq!(samples, [FRAMES]);
}

/// The last line for people.
fn last(outcome: &Outcome) -> &str {
    outcome.stderr.lines().last().unwrap_or_default()
}

#[test]
fn a_folder_may_also_become_one_recording() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    videos(
        &workspace,
        &clip,
        &["day 1/front.mkv", "day 1/rear.mkv", "day 2/front.mkv", ".hidden.mkv"],
    );
    fast(&workspace).words("videos --save all.rrd").run().expect(0);
    let recording = Recording::open(&workspace.path("all.rrd"));
    assert_eq!(recording.videos.len(), 3, "{:?}", recording.videos.keys());
    for video in recording.videos.values() {
        assert_eq!(video.samples.len(), FRAMES);
    }
}

#[test]
fn a_folder_becomes_a_folder_of_whole_recordings() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    let names = ["a.mkv", "day 1/a.mkv", "day 1/deep/b.mkv", "no ending", ".hidden/c.mkv"];
    let folder = videos(&workspace, &clip, &names);
    std::fs::write(folder.join("notes.txt"), "no video").unwrap();
    let outcome = fast(&workspace).words("videos --save out/").run().expect(0);
    assert_eq!(
        below(&workspace.path("out")),
        set(&["a.rrd", "day 1/a.rrd", "day 1/deep/b.rrd", "no ending.rrd"])
    );
    for name in below(&workspace.path("out")) {
        let recording = Recording::open(&workspace.path("out").join(&name));
        assert_whole(&recording);
        assert_eq!(recording.recording_id, name.strip_suffix(".rrd").unwrap());
    }
    assert!(last(&outcome).starts_with("4 converted; 160 frames"), "{}", outcome.stderr);
}

#[test]
fn files_of_one_name_get_distinct_names() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    videos(&workspace, &clip, &["front/x.mkv", "rear/x.mkv", "rear/x.mp4"]);
    let files = ["videos/front/x.mkv", "videos/rear/x.mkv", "videos/rear/x.mp4"];
    fast(&workspace).args(files).words("--save out/").run().expect(0);
    assert_eq!(
        below(&workspace.path("out")),
        set(&["front/x.rrd", "rear/x.mkv.rrd", "rear/x.mp4.rrd"])
    );
    fast(&workspace).args(files).words("--save named/{dir}-{name}.rrd").run().expect(0);
    assert_eq!(
        below(&workspace.path("named")),
        set(&["front-x.mkv.rrd", "rear-x.mkv.rrd", "rear-x.mp4.rrd"])
    );
    let outcome = fast(&workspace).args(files).words("--save clash/{stem}.rrd").run().expect(2);
    assert!(outcome.stderr.contains("would both be written there"), "{}", outcome.stderr);
    assert!(!workspace.path("clash").exists(), "nothing may be written before the names are known");
}

#[test]
fn a_failed_file_does_not_stop_the_batch_and_is_listed() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    let folder = videos(&workspace, &clip, &["a.mkv", "c.mkv", "d.mkv"]);
    std::fs::write(folder.join("b.mkv"), &read(&clip)[..100]).unwrap();
    // It looks like a video and is not one: neither converted nor failed.
    std::fs::copy(generate::words("words.mkv"), folder.join("words.mkv")).expect("a copy");
    let outcome = fast(&workspace).words("videos --save out/ --json").run().expect(1);
    assert_eq!(below(&workspace.path("out")), set(&["a.rrd", "c.rrd", "d.rrd"]));
    assert!(outcome.stderr.contains("error: cannot open videos/b.mkv"), "{}", outcome.stderr);
    assert!(
        last(&outcome).starts_with("3 converted, 1 without video, 1 failed;"),
        "{}",
        outcome.stderr
    );
    let lines = Schema::load().lines(&outcome);
    let count = |name| events(&lines).iter().filter(|&&event| event == name).count();
    assert_eq!((count("file_done"), count("file_failed"), count("file_skipped")), (3, 1, 1));
    let failed = lines.iter().find(|line| line["event"] == "file_failed").unwrap();
    assert_eq!(failed["input"], "b.mkv");
    assert!(failed["hint"].is_string() && failed["cause"].is_string(), "{failed}");
    let end = lines.iter().find(|line| line["event"] == "batch_finished").unwrap();
    assert_eq!((&end["converted"], &end["failed"]), (&3.into(), &1.into()));
}

#[test]
fn existing_recordings_are_skipped() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    let folder = videos(&workspace, &clip, &["a.mkv", "b.mkv"]);
    let out = workspace.path("out");
    let run = |words: &str| {
        let outcome = vstream().words("videos --save out/").words(words);
        outcome.current_dir(workspace.dir()).run().expect(0)
    };
    run("--preset ultrafast");
    let first = times(&out);
    run("--preset ultrafast --skip-existing");
    assert_eq!(times(&out), first, "nothing changed, so nothing is to be done");

    // Another source with the same name.
    let later = SystemTime::now() + Duration::from_secs(10);
    std::fs::File::open(folder.join("a.mkv")).unwrap().set_modified(later).unwrap();
    run("--preset ultrafast --skip-existing");
    let second = times(&out);
    assert!(second["a.rrd"] > first["a.rrd"] && second["b.rrd"] == first["b.rrd"]);

    // Other settings, and a name that is enough.
    run("--preset superfast --skip-existing=name");
    assert_eq!(times(&out), second);
    run("--preset superfast --skip-existing");
    let third = times(&out);
    assert!(third["a.rrd"] > second["a.rrd"] && third["b.rrd"] > second["b.rrd"]);

    // What is no recording, or half of one, does not count as done.
    std::fs::write(out.join("a.rrd"), &read(&out.join("a.rrd"))[..200]).unwrap();
    run("--preset superfast --skip-existing");
    assert_whole(&Recording::open(&out.join("a.rrd")));
    assert_eq!(times(&out)["b.rrd"], third["b.rrd"]);
}

#[test]
fn shards_are_disjoint_and_complete() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    let names: Vec<String> = (0..7).map(|n| format!("{n}.mkv")).collect();
    videos(&workspace, &clip, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut seen = BTreeSet::new();
    for shard in 0..3 {
        let outcome = fast(&workspace)
            .words(&format!("videos --save share{shard}/ --shard {shard}/3"))
            .run()
            .expect(0);
        let made = below(&workspace.path(format!("share{shard}")));
        assert!((2..=3).contains(&made.len()), "{made:?}");
        assert!(last(&outcome).starts_with(&format!("{} converted", made.len())));
        assert!(seen.is_disjoint(&made), "{made:?} again");
        seen.extend(made);
    }
    assert_eq!(seen.len(), 7);
    let outcome = fast(&workspace).words("videos --save out/ --shard 4/3").run().expect(2);
    assert!(outcome.stderr.contains("INDEX/COUNT"), "{}", outcome.stderr);
}

#[test]
fn inputs_can_come_from_a_list() {
    let Some(clip) = clip() else { return };
    let workspace = Workspace::new();
    videos(&workspace, &clip, &["a.mkv", "b/a.mkv", "c.mkv"]);
    std::fs::write(workspace.path("list.txt"), "videos/a.mkv\r\nvideos/b/a.mkv\n\n").unwrap();
    fast(&workspace).words("@list.txt --save out/").run().expect(0);
    assert_eq!(below(&workspace.path("out")), set(&["a.rrd", "b/a.rrd"]));

    let list = b"videos/b/a.mkv\0videos/c.mkv\0".to_vec();
    fast(&workspace).words("@- -0 --save piped/").stdin(list).run().expect(0);
    assert_eq!(below(&workspace.path("piped")), set(&["b/a.rrd", "c.rrd"]));

    // A list works for one recording as well.
    fast(&workspace).words("@list.txt --save one.rrd").run().expect(0);
    assert_eq!(Recording::open(&workspace.path("one.rrd")).videos.len(), 2);

    let outcome = fast(&workspace).words("@absent.txt --save out/").run().expect(2);
    assert!(outcome.stderr.contains("cannot read the list of inputs absent.txt"));
}

#[test]
fn contradictory_options_are_rejected() {
    let workspace = Workspace::new();
    for (words, said) in [
        ("a.mkv --save out.rrd --skip-existing", "--save FOLDER/"),
        ("a.mkv --save out.rrd --shard 0/2", "--save FOLDER/"),
        ("a.mkv --save out/ --save b.rrd", "the only output"),
        ("a.mkv --save out/{nonsense}.rrd", "{nonsense} stands for nothing"),
    ] {
        let outcome = fast(&workspace).words(words).run().expect(2);
        assert!(outcome.stderr.contains(said), "{words}: {}", outcome.stderr);
    }
}
#[test]
fn ctrl_c_starts_no_more_files_and_leaves_no_incomplete_recording() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let long = generate::video(
        "minutes.mkv",
        "-f lavfi -i testsrc2=size=640x480:rate=30:duration=60 -c:v libx264 -preset ultrafast",
    );
    let workspace = Workspace::new();
    videos(&workspace, &long, &["a.mkv", "b.mkv", "c.mkv"]);
    let mut running = vstream()
        .words("videos --save out/ --jobs 1 --preset slow --json")
        .current_dir(workspace.dir())
        .start();
    running.wait_for_samples(&workspace.path("out/a.rrd.part"));
    running.signal("INT");
    let outcome = running.finish().expect(130);
    let lines = Schema::load().lines(&outcome);
    let end = lines.iter().find(|line| line["event"] == "batch_finished").expect("an end");
    assert_eq!((&end["converted"], &end["unfinished"]), (&0.into(), &3.into()), "{end}");
    assert_eq!(events(&lines).iter().filter(|&&event| event == "file_started").count(), 1);
    let whole: Vec<String> = below(&workspace.path("out"))
        .into_iter()
        .filter(|name| name.ends_with(".rrd") && !name.ends_with(".partial.rrd"))
        .collect();
    assert_eq!(whole, Vec::<String>::new());
}
