//! The `clap` command: what `-h` and `--help` show beside the options, and how values are read.
//! The options themselves are in the other files.

use clap::builder::Resettable;
use clap::{Command, CommandFactory as _};

use super::Args;

/// Example command lines, and what each does.
pub const EXAMPLES: [(&str, &str); 9] = [
    ("vstream input.mp4 --spawn", "show it in a Rerun Viewer"),
    ("vstream in.mkv --save out.rrd", "convert it to a recording"),
    ("vstream /dev/video0 --connect", "a camera, to a running viewer"),
    ("vstream front.mp4 rear.mp4 --save drive.rrd", "two in step, one recording"),
    ("vstream clip.webm --stdout | rerun -", "through a pipe"),
    ("vstream 'frames/*.png' --framerate 10 --spawn", "an image sequence"),
    ("vstream lavfi:testsrc2=duration=5 --save t.rrd", "a synthetic video"),
    ("vstream clip.mov --probe", "what is in a file"),
    ("vstream clip.mov --save out.rrd --dry-run", "what would be done with it"),
];

/// Every exit status and what it means.
pub const EXIT_STATUS: [(&str, &str); 4] = [
    ("0", "done"),
    ("1", "failed"),
    ("2", "wrong usage"),
    ("130", "interrupted before a file's end"),
];

/// The clap command; for `-h` without the parts that only `--help` shows.
pub fn command(short: bool) -> Command {
    let rows = EXAMPLES.map(|(line, what)| format!("  {line:<47} {what}"));
    let statuses = EXIT_STATUS.map(|(status, what)| format!("  {status:<4} {what}"));
    let (rows, statuses) = (rows.join("\n"), statuses.join("\n"));
    let end = format!("Examples:\n{rows}\n\nExit status:\n{statuses}");
    Args::command().after_long_help(end).mut_args(|arg| {
        // An empty variable counts as unset.
        let empty = arg
            .get_env()
            .is_some_and(|name| std::env::var_os(name).is_some_and(|value| value.is_empty()));
        let arg = if empty { arg.env(Resettable::Reset) } else { arg };
        let takes_value = arg.get_action().takes_values();
        let is_option = !arg.is_positional();
        // So that a negative number is rejected as a value, and not as an unknown option.
        let arg = arg.hide_env_values(true).allow_negative_numbers(takes_value && is_option);
        if !short {
            return arg;
        }
        arg.hide_env(true).hide_possible_values(takes_value)
    })
}
