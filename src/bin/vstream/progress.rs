//! Progress of a run for people, on stderr: messages, with bars or progress lines between them.
//! It only shows what the library reports.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::MultiProgress;
use vstream::{Event, Progress, Reporter, Summary};

use crate::args::{Args, When};
use crate::bar_text::{Track, rates};
use crate::bars::Bars;
use crate::listing;
use crate::plain;
use crate::report::{self, BOLD, RESET, YELLOW};

/// Without a terminal, the first line comes after this time, the next after twice as long, and so on.
const FIRST_LINE: Duration = Duration::from_secs(15);
/// Interval of progress lines if they were requested.
const EVERY_LINE: Duration = Duration::from_secs(1);

/// Shows the events of a run on stderr.
pub struct Display {
    quiet: bool,
    when: When,
    /// `None` if there is no terminal.
    bars: Option<Bars>,
    tracks: Vec<Track>,
    next_line: Duration,
    summary: Option<Summary>,
}

impl Display {
    pub fn new(args: &Args) -> Self {
        let (quiet, when) = (args.program.quiet, args.program.progress);
        let bars = !quiet && when != When::Never && std::io::stderr().is_terminal();
        Self {
            quiet,
            when,
            bars: bars.then(Bars::new),
            tracks: Vec::new(),
            next_line: if when == When::Always { EVERY_LINE } else { FIRST_LINE },
            summary: None,
        }
    }

    /// For other code that prints while the bars are shown.
    pub fn bars(&self) -> Option<MultiProgress> {
        self.bars.as_ref().map(Bars::handle)
    }

    /// The summary, once the run has finished.
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }

    /// Remove the bars.
    pub fn close(&mut self) {
        if let Some(bars) = &mut self.bars {
            bars.clear();
        }
    }

    /// Print a line above the bars.
    fn say(&self, line: &str) {
        say(self.bars().as_ref(), line);
    }

    fn opened(&mut self, stream: &vstream::StreamInfo, entity: &str, plan: &str) {
        // The root, which Rerun writes so.
        let entity = if entity.is_empty() { "/" } else { entity };
        let rate = stream.frame_rate.map(|rate| format!(", {} fps", listing::rate(rate)));
        let length = stream.duration.map(|d| format!(", {:.1} s", d.as_secs_f64()));
        let more = match stream.joined.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let size = match stream.sound_only {
            true => ", no video: sound only".to_owned(),
            false => format!(" {}x{}", stream.width, stream.height),
        };
        if !self.quiet {
            self.say(&format!(
                "{}{more}: {}{size}{}{} -> {entity} ({plan})",
                stream.source,
                stream.codec,
                rate.unwrap_or_default(),
                length.unwrap_or_default(),
            ));
        }
        let bounded = stream.bytes.is_some() || (stream.duration.is_some() && !stream.live);
        let (name, progress) = (stream.name.clone(), Progress::default());
        self.tracks.push(Track { name, bounded, ended: false, progress });
    }

    fn progress(&mut self, index: usize, progress: &Progress, ended: bool) {
        let Some(track) = self.tracks.get_mut(index) else {
            return;
        };
        track.progress = progress.clone();
        track.ended |= ended;
        track.bounded |= progress.fraction.is_some();
        // All tracks report in turn; drawing once per round is enough.
        let is_last = index + 1 == self.tracks.len();
        match &mut self.bars {
            Some(bars) if is_last || ended => bars.draw(&self.tracks),
            Some(_) => {}
            None if is_last && progress.elapsed >= self.next_line => self.lines(progress.elapsed),
            None => {}
        }
    }

    /// Print lines instead of bars.
    fn lines(&mut self, elapsed: Duration) {
        if self.quiet || self.when == When::Never {
            return;
        }
        let always = self.when == When::Always;
        self.next_line = if always { elapsed + EVERY_LINE } else { elapsed * 2 };
        for track in self.tracks.iter().filter(|t| !t.ended) {
            let done = track.progress.fraction.map(|f| format!("{:.0} %, ", f * 100.0));
            let (done, rates) = (done.unwrap_or_default(), rates(&track.progress));
            plain::say(&format!("{}: {done}{rates}", track.name));
        }
    }
}

/// Print a line above the bars, if there are any.
pub fn say(bars: Option<&MultiProgress>, line: &str) {
    match bars {
        Some(bars) => bars.suspend(|| plain::say(line)),
        None => plain::say(line),
    }
}

impl Reporter for Display {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Opened { stream, entity, plan, .. } => self.opened(stream, entity, plan),
            Event::Restarted { why } => {
                self.close();
                if !self.quiet {
                    self.say(&format!("not copied: {why}; starting again"));
                }
                self.tracks.clear();
            }
            Event::Output { what } if !self.quiet => self.say(what),
            Event::Progress { track, progress } => self.progress(*track, progress, false),
            Event::Ended { track, progress } => self.progress(*track, progress, true),
            Event::Warning { track, warning } if !self.quiet => {
                let name = track.and_then(|t| self.tracks.get(t)).map(|t| format!("{}: ", t.name));
                let name = name.unwrap_or_default();
                self.say(&format!("{YELLOW}warning:{RESET} {name}{warning}"));
                if let Some(remedy) = report::remedy(warning) {
                    self.say(&format!("  {BOLD}hint:{RESET} {remedy}"));
                }
            }
            Event::Finished(summary) => {
                self.close();
                self.summary = Some((*summary).clone());
            }
            Event::Serving if !self.quiet => {
                let what = self.summary.as_ref().map(report::everything).unwrap_or_default();
                self.say(&format!("{what} are there; serving until Ctrl-C"));
            }
            _ => {}
        }
    }
}
