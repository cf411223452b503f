//! Progress of a batch for people, on stderr: a total, the running files, and the failures at the end.
//! It only shows what the library reports.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use vstream::{BatchEvent, BatchReporter, BatchSummary, Error, Progress};

use crate::args::{Args, When};
use crate::bar_text::{self, Track};
use crate::bars::Bars;
use crate::json::Lines;
use crate::plain;
use crate::progress::say;
use crate::report::{self, Exit, RED, RESET, YELLOW};

/// One line per minute: schedulers keep logs for long.
const EVERY_LINE: Duration = Duration::from_secs(60);
/// Interval of progress lines if they were requested.
const EVERY_LINE_ASKED: Duration = Duration::from_secs(1);
/// Drawing more often is not visible, and would cost more than converting short files.
const EVERY_DRAWING: Duration = Duration::from_millis(100);

/// Shows the events of a batch on stderr, and writes them as JSON.
pub struct Display<'a> {
    lines: &'a mut Lines,
    args: &'a Args,
    bars: Option<Bars>,
    count: Count,
    running: BTreeMap<usize, Running>,
    drawn: Instant,
    next_line: Duration,
}

struct Running {
    bytes: u64,
    track: Track,
}

/// Progress of the whole batch.
struct Count {
    began: Instant,
    files: usize,
    bytes: u64,
    ended: usize,
    ended_bytes: u64,
    /// Files and bytes that were skipped: they must not affect the estimate of the remaining time.
    skipped: usize,
    skipped_bytes: u64,
    failed: usize,
    time: Duration,
}

impl Count {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            files: 0,
            bytes: 0,
            ended: 0,
            ended_bytes: 0,
            skipped: 0,
            skipped_bytes: 0,
            failed: 0,
            time: Duration::ZERO,
        }
    }

    /// The converted fraction of the files that need conversion, 0 to 1: by size, which is known for all from the
    /// start.
    fn fraction(&self, running: &BTreeMap<usize, Running>) -> f64 {
        let part = |one: &Running| one.track.progress.fraction.unwrap_or(0.0);
        let bytes = self.bytes.saturating_sub(self.skipped_bytes);
        if bytes == 0 {
            let files = self.files.saturating_sub(self.skipped).max(1) as f64;
            let begun: f64 = running.values().map(part).sum();
            return ((self.ended - self.skipped) as f64 + begun) / files;
        }
        let begun: f64 = running.values().map(|one| part(one) * one.bytes as f64).sum();
        let ended = (self.ended_bytes - self.skipped_bytes) as f64;
        ((ended + begun) / bytes as f64).clamp(0.0, 1.0)
    }

    /// "123 of 500 files, 2 failed, 12.3x, ETA 1:05".
    fn describe(&self, running: &BTreeMap<usize, Running>, fraction: f64) -> String {
        let elapsed = self.began.elapsed();
        let mut text = format!("{} of {} files", self.ended, self.files);
        if self.failed > 0 {
            text += &format!(", {} failed", self.failed);
        }
        let begun: Duration = running.values().map(|one| one.track.progress.time).sum();
        let speed = (self.time + begun).as_secs_f64() / elapsed.as_secs_f64().max(1e-3);
        text += &format!(", {speed:.1}x");
        if let Some(left) = bar_text::left(fraction, elapsed) {
            text += &format!(", ETA {}", bar_text::clock(left));
        }
        text
    }
}

impl<'a> Display<'a> {
    pub fn new(args: &'a Args, lines: &'a mut Lines) -> Self {
        let (quiet, when) = (args.program.quiet, args.program.progress);
        let bars = !quiet && when != When::Never && std::io::stderr().is_terminal();
        Self {
            lines,
            args,
            bars: bars.then(Bars::new),
            count: Count::new(),
            running: BTreeMap::new(),
            drawn: Instant::now(),
            next_line: if when == When::Always { EVERY_LINE_ASKED } else { EVERY_LINE },
        }
    }

    /// For other code that prints while the bars are shown.
    pub fn bars(&self) -> Option<indicatif::MultiProgress> {
        self.bars.as_ref().map(Bars::handle)
    }

    fn say(&self, line: &str) {
        if !self.args.program.quiet {
            say(self.bars().as_ref(), line);
        }
    }

    fn ended(&mut self, file: usize) {
        if let Some(running) = self.running.remove(&file) {
            self.count.ended += 1;
            self.count.ended_bytes += running.bytes;
            self.count.time += running.track.progress.time;
        }
        self.show();
    }

    /// Draw or print a line, if it is time.
    fn show(&mut self) {
        let elapsed = self.count.began.elapsed();
        if let Some(bars) = &mut self.bars {
            if self.drawn.elapsed() >= EVERY_DRAWING {
                let fraction = self.count.fraction(&self.running);
                let total = bar_text::Line {
                    name: "total".into(),
                    fraction: Some(fraction),
                    message: self.count.describe(&self.running, fraction),
                };
                bars.draw_below(total, self.running.values().map(|one| &one.track));
                self.drawn = Instant::now();
            }
        } else if elapsed >= self.next_line {
            let always = self.args.program.progress == When::Always;
            self.next_line = elapsed + if always { EVERY_LINE_ASKED } else { EVERY_LINE };
            if self.args.program.progress != When::Never {
                let fraction = self.count.fraction(&self.running);
                let percent = fraction * 100.0;
                self.say(&format!(
                    "{percent:.0} %: {}",
                    self.count.describe(&self.running, fraction)
                ));
            }
        }
    }

    fn name(&self, file: usize) -> &str {
        self.running.get(&file).map_or("", |one| &one.track.name)
    }
}

impl BatchReporter for Display<'_> {
    fn event(&mut self, event: &BatchEvent<'_>) {
        self.lines.batch(event, self.args);
        match event {
            BatchEvent::Found { files, bytes } => {
                self.count.files = *files;
                self.count.bytes = *bytes;
                self.say(&format!("{}, {}", report::files(*files as u64), report::bytes(*bytes)));
            }
            BatchEvent::Started { file, input, bytes, .. } => {
                let track = Track {
                    name: (*input).to_owned(),
                    bounded: true,
                    ended: false,
                    progress: Progress::default(),
                };
                self.running.insert(*file, Running { bytes: *bytes, track });
            }
            BatchEvent::Progress { file, progress } => {
                if let Some(running) = self.running.get_mut(file) {
                    running.track.progress = (*progress).clone();
                }
                self.show();
            }
            BatchEvent::Warning { file, warning } => {
                self.say(&format!("{YELLOW}warning:{RESET} {}: {warning}", self.name(*file)));
            }
            BatchEvent::Skipped { file, bytes, .. } => {
                self.running.remove(file);
                self.count.ended += 1;
                self.count.skipped += 1;
                self.count.ended_bytes += bytes;
                self.count.skipped_bytes += bytes;
                self.show();
            }
            BatchEvent::Done { file, .. } => self.ended(*file),
            // Failures are listed at the end, so that they are not lost among warnings.
            BatchEvent::Failed { file, .. } => {
                self.count.failed += 1;
                self.ended(*file);
            }
            BatchEvent::Finished(_) => {
                if let Some(bars) = &mut self.bars {
                    bars.clear();
                }
            }
            _ => {}
        }
    }
}

/// Print the result of the batch.
pub fn outcome(result: &Result<BatchSummary, Error>, args: &Args) -> Exit {
    let summary = match result {
        Ok(summary) => summary,
        Err(error) => return report::library_error(error, report::advice(error, args).as_deref()),
    };
    for failed in &summary.failed {
        // An error of the input itself names it.
        let name = match failed.error.subject().contains(&failed.input) {
            true => String::new(),
            false => format!("{}: ", failed.input),
        };
        plain::say(&format!("{RED}error:{RESET} {name}{}", failed.error));
        report::hint(report::advice(&failed.error, args).as_deref());
    }
    if !args.program.quiet {
        plain::say(&sum_up(summary));
    }
    match () {
        () if summary.cancelled => Exit::Interrupted,
        () if !summary.failed.is_empty() => Exit::Failed,
        () if args.program.strict && summary.damaged > 0 => report::failure(&format!(
            "something is damaged or left out in {}; --strict makes that an error",
            report::files(summary.damaged)
        )),
        () => Exit::Done,
    }
}

/// "498 converted, 1 there already, 1 failed; 24900 frames, 61.2 MB in 12.4 s".
fn sum_up(summary: &BatchSummary) -> String {
    let counts = [
        (summary.converted, "converted"),
        (summary.damaged, "of them damaged or with parts left out"),
        (summary.existing, "there already"),
        (summary.no_video, "without video"),
        (summary.failed.len() as u64, "failed"),
        (summary.unfinished, "not finished"),
    ];
    let named = counts.iter().enumerate().filter(|(at, (n, _))| *at == 0 || *n > 0);
    let named: Vec<String> = named.map(|(_, (n, what))| format!("{n} {what}")).collect();
    format!(
        "{}; {} frames, {} in {:.1} s",
        named.join(", "),
        summary.frames,
        report::bytes(summary.bytes),
        summary.elapsed.as_secs_f64(),
    )
}
