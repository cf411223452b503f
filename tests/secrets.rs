//! User names and passwords in addresses appear in no message, JSON, recording or FFmpeg log, however odd they are.
//! How they are removed is tested beside the code.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use ::vstream::{Config, LogLevel, OutputConfig, Silent};

use crate::support::ports::free_address;
use crate::support::run::{Workspace, read, vstream};
use crate::support::{generate, skip, web};

/// How many passwords are tried on an address where nobody listens, and on a server that gives a video.
const REFUSED: usize = 10_000;
const SERVED: usize = 50;

/// As many characters of a password in a row are not there by chance.
const WINDOW: usize = 5;

/// A fixed sequence, the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    /// 8 to 20 printable characters, of which most mean something in an address.
    fn password(&mut self) -> String {
        const SPECIAL: &[u8] = b"/#?'\"@: %&=[]{}\\|^~`<>;,+$!*()";
        let length = 8 + self.below(13);
        let one = |dice: &mut Self| match dice.below(2) {
            0 => char::from(SPECIAL[dice.below(SPECIAL.len())]),
            _ => char::from(b' ' + dice.below(95) as u8),
        };
        (0..length).map(|_| one(self)).collect()
    }
}

/// The part of a password that appears in a text.
fn leak<'a>(password: &'a str, text: &str) -> Option<&'a str> {
    let starts = 0..=password.len() - WINDOW;
    starts.map(|at| &password[at..at + WINDOW]).find(|part| text.contains(part))
}

#[test]
fn ten_thousand_passwords_leak_nowhere() {
    let log = Arc::new(Mutex::new(String::new()));
    let heard = log.clone();
    ::vstream::on_ffmpeg_log(LogLevel::Verbose, move |_, line| {
        let mut log = heard.lock().expect("the log");
        log.push_str(line);
        log.push('\n');
    });
    let address = free_address();
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut leaks = BTreeSet::new();
    for nth in 0..REFUSED {
        let password = dice.password();
        let scheme = ["rtsp", "http", "rtmp", "https"][nth % 4];
        let url = format!("{scheme}://admin:{password}@{address}/stream");
        let config = Config::new(url).with_output(OutputConfig::save("never.rrd"));
        let error = match ::vstream::run(&config, &mut Silent) {
            Err(error) => error,
            Ok(_) => panic!("somebody listens at {address}"),
        };
        let remedy = error.remedy().map(ToString::to_string).unwrap_or_default();
        let mut said = format!("{error} {} {remedy} {error:?}", error.subject());
        said.push_str(&std::mem::take(&mut *log.lock().expect("the log")));
        if let Some(part) = leak(&password, &said) {
            leaks.insert(format!("{part:?} of {password:?} in {said}"));
        }
    }
    let first = leaks.first();
    assert!(leaks.is_empty(), "{} of {REFUSED} passwords leak, such as {first:?}", leaks.len());
}

#[test]
fn a_recording_and_its_messages_hold_no_password() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let clip = generate::video("short.ts", "{v} -t 0.2 -c:v libx264 -bf 0");
    let address = web::serve(read(&clip));
    let workspace = Workspace::new();
    let to = workspace.path("out.rrd");
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for nth in 0..SERVED {
        let password = dice.password();
        // Two inputs have entities named after them.
        let url = format!("http://admin:{password}@{address}/clip.ts");
        let run = vstream().arg(&url).arg("lavfi:testsrc2=duration=0.2:size=64x48");
        let options = ["--json", "--json -vv", "--json --dry-run", "--json --probe"][nth % 4];
        let saves = nth % 4 < 3;
        let run = run.words(options).words("--preset ultrafast --force");
        let run = if saves { run.arg("--save").arg(&to) } else { run };
        let outcome = run.run();
        let mut said = outcome.stderr.clone();
        said.push_str(&String::from_utf8_lossy(&outcome.stdout));
        assert_eq!(outcome.code, Some(0), "{password:?}: {said}");
        if nth % 4 < 2 {
            said.push_str(&String::from_utf8_lossy(&read(&to)));
            assert!(said.contains("clip.ts"), "the recording does not name its source");
        }
        assert_eq!(leak(&password, &said), None, "{password:?}\n{said}");
    }
}

#[test]
fn a_password_with_characters_of_a_url_works_with_a_warning() {
    if !skip::have(&["ffmpeg"]) {
        return;
    }
    let clip = generate::video("short.ts", "{v} -t 0.2 -c:v libx264 -bf 0");
    let address = web::serve(read(&clip));
    let workspace = Workspace::new();
    for (password, odd) in
        [("hunt/er2", true), ("a#b?c d'e", true), ("p@ss", true), ("a%2Fb", false)]
    {
        let run = vstream().arg(format!("http://admin:{password}@{address}/clip.ts"));
        let outcome =
            run.words("--preset ultrafast --force --save").arg(workspace.path("out.rrd")).run();
        assert_eq!(outcome.check(0), Ok(()), "{password}");
        assert_eq!(outcome.stderr.contains("percent-encode"), odd, "{}", outcome.stderr);
        assert!(!outcome.stderr.contains(password), "{}", outcome.stderr);
    }
    // What is no address yet holds a password all the same.
    for typed in ["rtsp:/admin:hunter2@cam/s", "rtsp//admin:hunter2@cam/s", "admin:hunter2@cam/s"] {
        let outcome =
            vstream().arg(typed).arg("--save").arg(workspace.path("x.rrd")).run().expect(1);
        assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.stderr);
    }
}
