//! Progress for people: a bar on a terminal, plain lines at growing intervals elsewhere.
//! It only shows what the library reports.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use vstream::{Cancel, Event, Progress, Reporter, Summary};

use crate::args::{Args, When};
use crate::report::{RESET, YELLOW, bytes};

/// Steps of a bar: fine enough to move on a wide terminal.
const STEPS: u64 = 1000;
/// Without a terminal, the first line comes after this, the next after twice as long, and so on.
const FIRST_LINE: Duration = Duration::from_secs(15);

/// Shows the events of a run on stderr.
pub struct Display {
    cancel: Cancel,
    quiet: bool,
    /// `None` where there is no terminal.
    bars: Option<MultiProgress>,
    tracks: Vec<Track>,
    next_line: Duration,
    summary: Option<Summary>,
}

struct Track {
    name: String,
    bar: Option<ProgressBar>,
    progress: Progress,
}

impl Display {
    pub fn new(args: &Args, cancel: Cancel) -> Self {
        let bars = match args.progress {
            _ if args.quiet => false,
            When::Always => true,
            When::Never => false,
            When::Auto => std::io::stderr().is_terminal(),
        };
        Self {
            cancel,
            quiet: args.quiet,
            bars: bars.then(MultiProgress::new),
            tracks: Vec::new(),
            next_line: FIRST_LINE,
            summary: None,
        }
    }

    /// What the run did, once it has finished.
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }

    /// Take the bars away.
    pub fn close(&mut self) {
        for track in &self.tracks {
            if let Some(bar) = &track.bar {
                bar.finish_and_clear();
            }
        }
    }

    /// A line above the bars.
    fn say(&self, line: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| anstream::eprintln!("{line}")),
            None => anstream::eprintln!("{line}"),
        }
    }

    fn opened(&mut self, stream: &vstream::StreamInfo, entity: &str, plan: &str) {
        let rate =
            stream.frames_per_second().map(|r| format!(", {r:.5} fps").replace(".00000", ""));
        let length = stream.duration.map(|d| format!(", {:.1} s", d.as_secs_f64()));
        if !self.quiet {
            self.say(&format!(
                "{}: {} {}x{}{}{} -> {entity} ({plan})",
                stream.source,
                stream.codec,
                stream.width,
                stream.height,
                rate.unwrap_or_default(),
                length.unwrap_or_default(),
            ));
        }
        let bar = self.bars.as_ref().map(|bars| {
            let known = stream.bytes.is_some() || (stream.duration.is_some() && !stream.live);
            bars.add(new_bar(known))
        });
        self.tracks.push(Track { name: stream.name.clone(), bar, progress: Progress::default() });
    }

    fn progress(&mut self, index: usize, progress: &Progress) {
        let Some(track) = self.tracks.get_mut(index) else {
            return;
        };
        track.progress = progress.clone();
        if let Some(bar) = &track.bar {
            bar.set_position((progress.fraction.unwrap_or(0.0) * STEPS as f64) as u64);
            bar.set_message(rates(progress));
            bar.set_prefix(shorten(&track.name, 24));
        }
        if self.bars.is_none() && !self.quiet && progress.elapsed >= self.next_line {
            self.next_line = progress.elapsed * 2;
            for track in &self.tracks {
                let done = track.progress.fraction.map(|f| format!("{:.0} %, ", f * 100.0));
                anstream::eprintln!(
                    "{}: {}{}",
                    track.name,
                    done.unwrap_or_default(),
                    rates(&track.progress)
                );
            }
        }
    }
}

/// The bar for a length that is known or not, and a terminal that is wide or not. The last part gives way.
fn template(known: bool, wide: bool) -> &'static str {
    match (known, wide) {
        (true, true) => "{prefix} {wide_bar} {percent:>3} % {msg} {eta}",
        (true, false) => "{percent:>3} % {eta} {wide_msg}",
        (false, true) => "{prefix} {spinner} {wide_msg}",
        (false, false) => "{spinner} {wide_msg}",
    }
}

fn new_bar(known: bool) -> ProgressBar {
    let wide = console::Term::stderr().size().1 >= 72;
    let bar = if known { ProgressBar::new(STEPS) } else { ProgressBar::new_spinner() };
    // The templates are our own and tested below.
    let style = ProgressStyle::with_template(template(known, wide));
    let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// "812 frames, 240 fps, 8.0x, 3.4 MB".
fn rates(progress: &Progress) -> String {
    let seconds = progress.elapsed.as_secs_f64().max(1e-3);
    let dropped = match progress.dropped {
        0 => String::new(),
        n => format!(", {n} dropped"),
    };
    format!(
        "{} frames, {:.0} fps, {:.1}x, {}{dropped}",
        progress.logged,
        progress.logged as f64 / seconds,
        progress.time.as_secs_f64() / seconds,
        bytes(progress.bytes),
    )
}

fn shorten(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    let end: String = name.chars().skip(name.chars().count() - most + 1).collect();
    format!("…{end}")
}

impl Reporter for Display {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Opened { stream, entity, plan, .. } => self.opened(stream, entity, plan),
            Event::Output { what } if !self.quiet => self.say(what),
            Event::Progress { track, progress } => self.progress(*track, progress),
            Event::Warning { track, warning } if !self.quiet => {
                let name = track.and_then(|t| self.tracks.get(t)).map(|t| format!("{}: ", t.name));
                let name = name.unwrap_or_default();
                self.say(&format!("{YELLOW}warning:{RESET} {name}{warning}"));
            }
            Event::Finished(summary) => {
                self.close();
                self.summary = Some((*summary).clone());
            }
            Event::Serving if !self.quiet => {
                let frames = self.summary.as_ref().map_or(0, |s| s.total(|p| p.logged));
                self.say(&format!("all {frames} frames are there; serving until Ctrl-C"));
            }
            _ => {}
        }
    }

    fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bar_has_a_valid_template() {
        for (known, wide) in [(true, true), (true, false), (false, true), (false, false)] {
            assert!(ProgressStyle::with_template(template(known, wide)).is_ok());
        }
    }

    #[test]
    fn long_names_keep_their_end() {
        assert_eq!(shorten("short.mp4", 24), "short.mp4");
        assert_eq!(shorten("0123456789.mp4", 8), "…789.mp4");
    }
}
