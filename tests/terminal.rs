//! Progress bars on a real terminal, made by `script`: they fit any width, and are erased at the end.
//! The text of the lines is tested beside the code.

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::Command;

use crate::support::run::{Workspace, program};
use crate::support::{generate, skip};

const ROWS: NonZeroU16 = NonZeroU16::new(24).unwrap();

/// Long enough that bars are drawn.
fn clip() -> Option<PathBuf> {
    let pattern = "-f lavfi -i testsrc2=size=320x240:rate=30:duration=20";
    let make = || generate::video("c.mp4", &format!("{pattern} -c:v libx264 -preset ultrafast"));
    (skip::have(&["ffmpeg", "script", "stty"]) && have_terminals()).then(make)
}

/// Whether `script` can make a terminal, which it cannot in every container.
fn have_terminals() -> bool {
    let tried = Command::new("script").args(["-qec", "true", "/dev/null"]).output();
    let made = tried.is_ok_and(|output| output.status.success());
    made || skip::missing("no pseudo-terminals")
}

/// What a terminal shows at the end of a run, and the rows of all bars it showed on the way.
struct Shown {
    end: Vec<String>,
    bars: Vec<String>,
    /// Bars that went on in the next row.
    wrapped: Vec<String>,
    /// Most rows of bars at a time.
    most: usize,
    bytes: Vec<u8>,
}

fn is_bar(row: &str) -> bool {
    row.contains(" fps ") && !row.contains("->")
}

fn show(columns: u16, words: &str) -> Shown {
    let workspace = Workspace::new();
    let binary = env!("CARGO_BIN_EXE_vstream");
    for number in 1..=30 {
        let Some(clip) = clip() else { break };
        std::os::unix::fs::symlink(&clip, workspace.path(format!("c{number:02}.mp4")))
            .expect("a link");
    }
    let line = format!(
        "stty rows {ROWS} cols {columns}; '{binary}' {words} --preset ultrafast --save o.rrd"
    );
    let run = program("script").args(["-qec", &line, "/dev/null"]).env("TERM", "xterm-256color");
    let outcome = run.current_dir(workspace.dir()).run().expect(0);
    let mut terminal = vt100::Parser::new(ROWS, NonZeroU16::new(columns).unwrap(), 0);
    let (mut bars, mut wrapped, mut most) = (Vec::new(), Vec::new(), 0);
    // As finely as the program draws: a frame ends where the cursor moves up for the next one.
    for byte in &outcome.stdout {
        terminal.process(&[*byte]);
        if *byte != b'A' && *byte != b'K' {
            continue;
        }
        let screen = terminal.screen();
        let rows: Vec<String> = screen.rows(0, columns).collect();
        let now = (0_u16..).zip(&rows).filter(|(_, row)| is_bar(row));
        let (at, now): (Vec<u16>, Vec<&String>) = now.unzip();
        wrapped.extend(
            at.iter()
                .zip(&now)
                .filter(|(at, _)| screen.row_wrapped(**at))
                .map(|(_, row)| row.to_string()),
        );
        most = most.max(now.len());
        bars.extend(now.into_iter().cloned());
    }
    let end = terminal.screen().rows(0, columns).filter(|row| !row.trim().is_empty());
    Shown { end: end.collect(), bars, wrapped, most, bytes: outcome.stdout.clone() }
}

#[test]
fn bars_fit_every_terminal_and_go_away() {
    if clip().is_none() {
        return;
    }
    for columns in [40, 80, 200] {
        for (words, lines) in [("c01.mp4", 1), ("c01.mp4 c02.mp4 c03.mp4", 4)] {
            let shown = show(columns, words);
            let what = format!("{words} at {columns} columns");
            assert!(!shown.bars.is_empty(), "{what}: no bar was drawn\n{:#?}", shown.end);
            assert!(shown.wrapped.is_empty(), "{what}: {:#?}", shown.wrapped);
            assert!(shown.most <= lines, "{what}: {} bars at once", shown.most);
            let left: Vec<_> = shown.end.iter().filter(|row| is_bar(row)).collect();
            assert!(left.is_empty(), "{what} leaves {left:#?}");
            let end = shown.end.concat();
            assert!(end.contains("0 damaged;") && end.contains("saved o.rrd"), "{what}: {end}");
            let total = shown.bars.iter().any(|row| row.starts_with("total"));
            assert_eq!(total, lines > 1, "{what}");
        }
    }
}

#[test]
fn many_inputs_do_not_overflow_the_screen() {
    if clip().is_none() {
        return;
    }
    let shown = show(80, "c*.mp4 --duration 4");
    assert!((2..usize::from(ROWS.get())).contains(&shown.most), "{} rows of bars", shown.most);
    assert!(shown.bars.iter().any(|row| row.contains("more running")), "{:#?}", shown.bars.last());
    assert!(!shown.end.iter().any(|row| is_bar(row)), "{:#?}", shown.end);
}

#[test]
fn bars_can_be_switched_off() {
    if clip().is_none() {
        return;
    }
    assert!(show(80, "c01.mp4 --progress never").bars.is_empty());
    let quiet = show(80, "c01.mp4 -q");
    assert_eq!(String::from_utf8_lossy(&quiet.bytes).trim(), "");
}

#[test]
fn reading_from_a_terminal_is_an_error_and_no_color_is_honoured() {
    if clip().is_none() {
        return;
    }
    let on_terminal = |variable: &str| {
        let line = format!("{variable} '{}' - --save out.rrd", env!("CARGO_BIN_EXE_vstream"));
        let run =
            program("script").args(["-qec", &line, "/dev/null"]).env("TERM", "xterm-256color");
        String::from_utf8_lossy(&run.run().stdout).into_owned()
    };
    let said = on_terminal("");
    assert!(said.contains("standard input") && said.contains("it is a terminal"), "{said}");
    assert!(said.contains("\u{1b}[1;31m"), "no colour: {said:?}");
    let plain = on_terminal("NO_COLOR=1");
    assert!(plain.contains("it is a terminal") && !plain.contains('\u{1b}'), "{plain:?}");
}
