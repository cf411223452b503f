//! The folder in which the README's commands run: the files they name, and stand-ins for other programs.
//! It checks nothing.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::support::markdown::Document;
use crate::support::run::{Outcome, Workspace, program};
use crate::support::{generate, skip};

/// A folder with the files that the README names, each where it names them.
pub fn desk() -> Option<Workspace> {
    if !skip::have(&["ffmpeg"]) {
        return None;
    }
    let small = "-c:v libx264 -preset ultrafast";
    let clip = |name: &str| generate::video(name, &format!("{{v}} {small} -bf 2"));
    let long = format!("-f lavfi -i testsrc2=size=64x48:rate=5:duration=105 {small}");
    let long = generate::video("long.mp4", &long);
    let created = "-metadata creation_time=2024-05-01T12:00:00Z";
    let phone = generate::video("phone.mov", &format!("{{v}} {small} {created}"));
    let webm = generate::video("clip.webm", "{v} -c:v libvpx -deadline realtime");
    let raw = "-f lavfi -i testsrc2=size=640x480:rate=30:duration=0.2 -f rawvideo";
    let raw = generate::video("frames.yuv", &format!("{raw} -pix_fmt yuv420p"));
    let still = |name: &str| generate::video(name, "{v} -frames:v 1");
    let (png, jpeg) = (still("still.png"), still("still.jpg"));
    let (mp4, mkv, mov) = (clip("clip.mp4"), clip("clip.mkv"), clip("clip.mov"));
    let desk = Workspace::new();
    let put = |from: &Path, names: &[&str]| {
        for name in names {
            let to = desk.path(name);
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            symlink(from, to).expect("a link");
        }
    };
    put(
        &mp4,
        &[
            "input.mp4",
            "front.mp4",
            "rear.mp4",
            "drive.mp4",
            "GX01.MP4",
            "GX02.MP4",
            "clips/a.mp4",
            "clips/b 2.mp4",
        ],
    );
    put(&mkv, &["in.mkv", "film.mkv"]);
    put(&mov, &["in.mov"]);
    put(&phone, &["IMG_0042.MOV"]);
    put(&webm, &["clip.webm"]);
    put(&long, &["long.mp4"]);
    for camera in ["top", "wrist"] {
        let key = format!("observation.images.{camera}");
        put(&mp4, &[&format!("videos/chunk-000/{key}/episode_000000.mp4")]);
        put(&long, &[&format!("videos/{key}/chunk-000/file-000.mp4")]);
    }
    put(&raw, &["frames.yuv"]);
    crate::bags::small(&desk.path("drive.mcap"));
    crate::sqlite_bags::small(&desk.path("drive"));
    crate::ros1_bags::small(&desk.path("drive.bag"));
    crate::recordings::small(&desk.path("images.rrd"));
    put(&png, &["frames/00001.png", "frames/00002.png"]);
    put(&jpeg, &["frames/00001.jpg", "frames/00002.jpg"]);
    fs::write(desk.path("frames.ffconcat"), Document::readme().with("ffconcat version")).expect("");
    // One time for each frame of the mp4.
    let frames = crate::support::probe::source(&mp4).map_or(0, |source| source.frames.len());
    let times: String = (0..frames).map(|n| format!("{}\n", n * 40)).collect();
    fs::write(desk.path("times.csv"), format!("time_ms\n{times}")).expect("times");
    put(Path::new(env!("CARGO_BIN_EXE_vstream")), &["bin/vstream"]);
    // Stand-ins for what is not there or must not be started.
    let stand_in = |name: &str, script: &str| {
        let path = desk.path("bin").join(name);
        fs::write(&path, format!("#!/bin/bash\n{script}\n")).expect("a script");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
    };
    stand_in("rerun", "[ \"$1\" = - ] && exec cat > /dev/null; exit 1");
    stand_in("some-program", "exec cat in.mkv");
    Some(desk)
}

/// Runs a script of the shell on that desk.
pub fn shell(desk: &Workspace, script: &str) -> Outcome {
    let path = std::env::var("PATH").unwrap_or_default();
    program("bash")
        .args(["-e", "-o", "pipefail", "-c", script])
        .env("PATH", format!("{}:{path}", desk.path("bin").display()))
        .env("HOME", desk.dir().display().to_string())
        .env("DISPLAY", "")
        .current_dir(desk.dir())
        .run()
}
