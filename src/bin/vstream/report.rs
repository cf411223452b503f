//! Prints errors and the last line for people, and computes the exit status.
//! It draws no progress.

use std::fmt::Display;
use std::process::ExitCode;

use vstream::{Error, ErrorKind, LogLevel, Summary, Warning};

use crate::args::Args;
use crate::listing;
use crate::plain::{plain, say};
use crate::remedies;

/// Exit statuses, as documented in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    /// Ctrl-C before the end of a file: 128 + SIGINT, as in shells.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// `error: …`, followed by a line with the remedy.
fn complain(error: &dyn Display, hint: Option<&str>) {
    say(&format!("{RED}error:{RESET} {error}"));
    self::hint(hint);
}

/// The remedy of an error, on the next line.
pub fn hint(hint: Option<&str>) {
    if let Some(hint) = hint {
        say(&format!("  {BOLD}hint:{RESET} {hint}"));
    }
}

pub const RED: &str = "\x1b[1;31m";
pub const YELLOW: &str = "\x1b[1;33m";
pub const BOLD: &str = "\x1b[1m";
pub const RESET: &str = "\x1b[0m";

/// Something outside the run failed.
pub fn failure(error: &dyn Display) -> Exit {
    complain(error, None);
    Exit::Failed
}

/// The remedy for an error of the library, and where its subject comes from if it was not typed.
pub fn advice(error: &Error, args: &Args) -> Option<String> {
    let from = args.variable_of(error.subject());
    let from = from.map(|name| format!("the value comes from {name} in the environment"));
    match (error.remedy().map(remedies::words), from) {
        (Some(hint), Some(from)) => Some(format!("{from}; {hint}")),
        (hint, from) => from.or(hint),
    }
}

/// The remedy for a warning.
pub fn remedy(warning: &Warning) -> Option<&'static str> {
    match warning {
        Warning::UnitGuessed(_) => {
            Some("--timestamps FILE:ns, :us, :ms or :s says what they count")
        }
        Warning::JoinedWithGap(_) => Some("--join=end leaves the time between out"),
        Warning::ClockDrifts { .. } => {
            Some("--timestamps arrival gives frames the time of their arrival from the beginning")
        }
        Warning::WallClock(_) => Some("--start-time WHEN gives another beginning"),
        Warning::TimedByArrival => Some("--framerate RATE spaces the frames evenly"),
        Warning::RateAssumed(_) => Some("--framerate RATE gives another rate"),
        Warning::TimesTooClose | Warning::DuplicateTime => {
            Some("--framerate RATE spaces the frames evenly, --timestamps FILE gives them times")
        }
        Warning::DolbyVision(_) => Some(
            "an FFmpeg with libplacebo converts it first: ffmpeg -i IN -vf \
             libplacebo=colorspace=bt709:color_primaries=bt709:color_trc=bt709:format=yuv420p OUT.mp4",
        ),
        Warning::DeepGrey { .. } | Warning::FloatGrey(_) => {
            Some("--range LOW:HIGH shows a part of the values, in all frames alike")
        }
        Warning::VideosLeftOut(_) => {
            Some("--all-streams takes every video, --stream N another one")
        }
        Warning::OtherSoundLeftOut(_) => {
            Some("--all-streams takes every stream, --audio-stream N another one")
        }
        _ => None,
    }
}

/// The library returned an error.
pub fn library_error(error: &Error, hint: Option<&str>) -> Exit {
    complain(error, hint);
    if error.kind() == ErrorKind::Config { Exit::Usage } else { Exit::Failed }
}

/// The arguments do not make sense together.
pub fn usage(error: &anyhow::Error) -> Exit {
    let remedy = error.downcast_ref::<Error>().and_then(Error::remedy).map(remedies::words);
    let hint = remedy.unwrap_or_else(|| "`vstream --help` shows all options".to_owned());
    complain(&format!("{error:#}"), Some(&hint));
    Exit::Usage
}

/// Forward FFmpeg's log to users who asked for it.
pub fn listen(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LogLevel::Info,
        _ => LogLevel::Verbose,
    };
    vstream::on_ffmpeg_log(level, |_, line| say(&format!("ffmpeg: {line}")));
}

/// Lists the cameras: one line each, the path first, and its modes indented below.
pub fn devices(cameras: &[vstream::Camera]) -> Exit {
    use std::io::Write as _;
    if cameras.is_empty() {
        say("no camera found");
    }
    let mut out = std::io::stdout().lock();
    listed(cameras.iter().try_for_each(|camera| writeln!(out, "{}", plain(&camera.to_string()))))
}

/// The exit status after a list was written.
fn listed(written: std::io::Result<()>) -> Exit {
    listing::printed(written).map_or_else(|error| failure(&error), |()| Exit::Done)
}

/// Lists the encoders, one line each: name, codec, `yes` or `no` for whether it works on this machine, then its default
/// settings, or why it does not work.
pub fn encoders(encoders: &[vstream::EncoderInfo]) -> Exit {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    listed(encoders.iter().try_for_each(|encoder| {
        let (works, rest) = match &encoder.problem {
            None => ("yes", &encoder.defaults),
            Some(problem) => ("no", problem),
        };
        // Padding works only on strings.
        let codec = encoder.codec.to_string();
        writeln!(out, "{:<17}  {codec:<4}  {works:<3}  {rest}", encoder.name)
    }))
}

/// Print the result of the run.
pub fn outcome(
    result: &Result<Summary, Error>,
    summary: Option<&Summary>,
    interrupted: bool,
    args: &Args,
) -> Exit {
    let exit = judge(result, summary, interrupted, args);
    // Printed last, since it names the file of an incomplete run.
    let recorded = |s: &&Summary| s.total(|p| p.logged) > 0 || sound(s) > 0.0;
    if let Some(summary) = summary.filter(recorded) {
        if !args.program.quiet {
            say(&sum_up(summary));
        } else if !summary.complete {
            say(&summary.outputs.join(", "));
        }
    }
    exit
}

/// The exit status, with the error that it stands for.
fn judge(
    result: &Result<Summary, Error>,
    summary: Option<&Summary>,
    interrupted: bool,
    args: &Args,
) -> Exit {
    match result {
        // Before there was any data to keep.
        Err(error) if summary.is_none() && interrupted => {
            complain(error, None);
            Exit::Interrupted
        }
        Err(error) => library_error(error, advice(error, args).as_deref()),
        Ok(summary) if args.program.strict && !summary.is_clean() => {
            complain(&format!("{}; --strict makes that an error", losses(summary)), None);
            Exit::Failed
        }
        Ok(summary) if summary.cancelled && !summary.complete && !args.only_serves() => {
            Exit::Interrupted
        }
        Ok(_) => Exit::Done,
    }
}

/// What is damaged or missing: "2 damaged packets that could not be decoded".
fn losses(summary: &Summary) -> String {
    let warnings = summary.tracks.iter().flat_map(|track| &track.warnings);
    let lost = warnings.filter(|(warning, _)| warning.is_loss());
    let lost: Vec<String> = lost
        .map(|(warning, times)| match times {
            1 => warning.to_string(),
            times => format!("{times} × {warning}"),
        })
        .collect();
    format!("not all of the input is in the recording: {}", lost.join("; "))
}

/// "all 30 frames", "all 3.0 s of sound".
pub fn everything(summary: &Summary) -> String {
    match is_sound_only(summary) {
        true => format!("all {:.1} s of sound", sound(summary)),
        false => format!("all {} frames", summary.total(|p| p.logged)),
    }
}

/// No input has a video.
fn is_sound_only(summary: &Summary) -> bool {
    summary.tracks.iter().all(|track| track.stream.sound_only)
}

/// Seconds of sound in the recording.
fn sound(summary: &Summary) -> f64 {
    summary.tracks.iter().map(|track| track.progress.sound.as_secs_f64()).sum()
}

/// "30 frames read, 30 logged, 0 dropped, 0 damaged; 1.2 MB in 0.4 s: saved out.rrd".
fn sum_up(summary: &Summary) -> String {
    let total = |count: fn(&vstream::Progress) -> u64| summary.total(count);
    let sound = sound(summary);
    let what = match is_sound_only(summary) {
        true => format!("no video: sound only, {sound:.1} s"),
        false => {
            let frames = format!(
                "{} frames read, {} logged, {} dropped, {} damaged",
                total(|p| p.read),
                total(|p| p.logged),
                total(|p| p.dropped),
                total(|p| p.damaged),
            );
            let sound = (sound > 0.0).then(|| format!(", {sound:.1} s of sound"));
            frames + &sound.unwrap_or_default()
        }
    };
    let mut line =
        format!("{what}; {} in {:.1} s", bytes(total(|p| p.bytes)), summary.elapsed.as_secs_f64(),);
    if total(|p| p.lost) > 0 {
        line += &format!(", {} lost by slow outputs", total(|p| p.lost));
    }
    if !summary.outputs.is_empty() {
        line += &format!(": {}", summary.outputs.join(", "));
    }
    let warnings = summary.tracks.iter().flat_map(|t| &t.warnings);
    // Printed before the summary, which people and scripts expect in the last line.
    let repeated: Vec<_> =
        warnings.filter(|(_, n)| **n > 1).map(|(w, n)| format!("  {n} × {w}")).collect();
    if !repeated.is_empty() {
        line = format!("{}\n{line}", repeated.join("\n"));
    }
    line
}

/// "1 file", "12 files".
pub fn files(count: u64) -> String {
    format!("{count} file{}", if count == 1 { "" } else { "s" })
}

/// A size for people, in decimal units.
pub fn bytes(n: u64) -> String {
    match n {
        0..1000 => format!("{n} B"),
        1000..1_000_000 => format!("{:.1} kB", n as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", n as f64 / 1e6),
        _ => format!("{:.2} GB", n as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_statuses_are_what_the_help_says() {
        let all = [Exit::Done, Exit::Failed, Exit::Usage, Exit::Interrupted];
        assert_eq!(all.map(|e| e as u8), [0, 1, 2, 130]);
    }

    #[test]
    fn sizes_are_shown_in_readable_units() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1500), "1.5 kB");
        assert_eq!(bytes(2_340_000), "2.3 MB");
    }
}
