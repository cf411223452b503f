//! Makes small test videos from the synthetic sources of the `ffmpeg` command.
//! They are build output: kept below the target folder, by a hash of the command.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::mp4;
use super::run::{program, read};

/// The pattern that most clips show: 1.6 s, so that every one has a second GOP.
pub const PATTERN: &str = "-f lavfi -i testsrc2=size=128x96:rate=25:duration=1.6";
/// A sound to go with it.
pub const TONE: &str = "-f lavfi -i sine=duration=1.6";

/// A file with neither video nor sound, though its name sounds like it.
pub fn words(name: &str) -> PathBuf {
    // One subtitle of a second.
    let text = "MQowMDowMDowMCwwMDAgLS0+IDAwOjAwOjAxLDAwMAp3b3Jkcwo=";
    video(name, &format!("-f srt -i data:text/plain;base64,{text} -c:s copy"))
}

/// Makes a file by one `ffmpeg` command. `{v}` and `{a}` in it stand for the pattern and the tone.
#[track_caller]
pub fn video(name: &str, command: &str) -> PathBuf {
    steps(name, &[command])
}

/// Makes a file by several commands, the last of which makes it. The others may name their result
/// by ending in `> name.ext`. Besides those of `ffmpeg` there are three commands for bytes:
/// `join` puts files behind each other, `drop N` leaves out the first bytes of one, and `turn` has the pictures of an
/// MP4 turned to the right by a quarter.
/// `{prev}` is the result of the command before, `{0}` that of the first, and so on.
#[track_caller]
pub fn steps(name: &str, commands: &[&str]) -> PathBuf {
    made(name, &commands, |path| {
        let mut results: Vec<String> = Vec::new();
        for (at, command) in commands.iter().enumerate() {
            let (command, between) = command.split_once(" > ").unwrap_or((command, "step.mkv"));
            let mut command = command.replace("{v}", PATTERN).replace("{a}", TONE);
            for (index, result) in results.iter().enumerate() {
                command = command.replace(&format!("{{{index}}}"), result);
            }
            let to =
                if at + 1 == commands.len() { name.to_owned() } else { format!("{at}{between}") };
            if let Some(previous) = results.last() {
                command = command.replace("{prev}", previous);
            }
            let dir = path.parent().expect("a folder");
            match command.split_once(' ') {
                Some(("join", parts)) => join(dir, parts, 0, &to),
                Some(("drop", rest)) => {
                    let (count, part) = rest.split_once(' ').expect("a count and a file");
                    join(dir, part, count.parse().expect("a count"), &to);
                }
                Some(("turn", part)) => {
                    let mut bytes = read(&dir.join(part));
                    mp4::turn(&mut bytes, [0, 1, -1, 0]);
                    std::fs::write(dir.join(&to), bytes).expect("a turned MP4");
                }
                _ => ffmpeg(dir, &command, &to),
            }
            results.push(to);
        }
    })
}

fn join(dir: &Path, parts: &str, skip: usize, to: &str) {
    let bytes: Vec<u8> = parts.split_whitespace().flat_map(|part| read(&dir.join(part))).collect();
    std::fs::write(dir.join(to), &bytes[skip..]).expect("a file of joined bytes");
}

/// Makes a file by a function, once: `recipe` is all that decides its content.
#[track_caller]
pub fn made(name: &str, recipe: &impl Hash, make: impl FnOnce(&Path)) -> PathBuf {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let mut hasher = DefaultHasher::new();
    (name, recipe, VERSION.as_str()).hash(&mut hasher);
    let shelf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clips");
    let home = shelf.join(format!("{:016x}", hasher.finish()));
    if !home.is_dir() {
        // Made aside and moved in whole, so that tests running side by side see all of it or nothing.
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        let aside = shelf.join(format!("{}-{call}", std::process::id()));
        std::fs::create_dir_all(&aside).expect("a folder for clips");
        make(&aside.join(name));
        assert!(aside.join(name).exists(), "{name} was not made");
        if std::fs::rename(&aside, &home).is_err() {
            std::fs::remove_dir_all(&aside).ok(); // another test was faster
        }
    }
    home.join(name)
}

/// Runs `ffmpeg` as tests do: no questions, errors only, and a crash of the test when it fails.
/// In the folder of the result, because some muxers write files beside it.
#[track_caller]
fn ffmpeg(dir: &Path, command: &str, to: &str) {
    let outcome = program("ffmpeg")
        .words("-nostdin -v error -y")
        .words(command)
        .arg(to)
        .current_dir(dir)
        .run();
    assert!(outcome.code == Some(0), "ffmpeg {command} failed:\n{}", outcome.stderr);
}

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let stdout = program("ffmpeg").arg("-version").run().stdout;
    String::from_utf8_lossy(&stdout).lines().next().unwrap_or_default().to_owned()
});

/// Makes a file of one still picture, given as raw bytes, shown for some frames at 25 a second.
/// `raw` tells FFmpeg what the bytes are, as `-pix_fmt rgb24 -s 96x64`.
#[track_caller]
pub fn still(name: &str, raw: &str, picture: &[u8], frames: usize, command: &str) -> PathBuf {
    made(name, &("still", raw, picture, frames, command), |path| {
        let outcome = program("ffmpeg")
            .words("-v error -y -f rawvideo -r 25")
            .words(raw)
            .words("-i -")
            .words(command)
            .arg(path)
            .stdin(picture.repeat(frames))
            .run();
        assert!(outcome.code == Some(0), "ffmpeg {command} failed:\n{}", outcome.stderr);
    })
}
