//! Progress bars on a terminal: one for each running video, and a total if there are several.
//! Their text is in `bar_text.rs`; `progress.rs` supplies the counts.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::bar_text::{Line, Track, Width, fit, line, total};
use crate::plain::plain;
use crate::terminal;

/// Resolution of a bar: fine enough for smooth movement on a wide terminal.
const STEPS: u64 = 1000;
/// Terminal rows kept free for messages above the bars.
const SPARE: usize = 3;

/// The bars on the terminal.
pub struct Bars {
    all: MultiProgress,
    lines: Vec<(ProgressBar, Kind)>,
}

/// The style of a line.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Bar,
    Spinner,
}

impl Kind {
    fn template(self) -> &'static str {
        match self {
            Self::Bar => "{prefix} {wide_bar} {msg}",
            Self::Spinner => "{prefix} {spinner} {wide_msg}",
        }
    }
}

impl Bars {
    pub fn new() -> Self {
        Self { all: MultiProgress::with_draw_target(terminal::target()), lines: Vec::new() }
    }

    /// For other code that prints to the terminal.
    pub fn handle(&self) -> MultiProgress {
        self.all.clone()
    }

    /// Show the state of the tracks.
    pub fn draw(&mut self, tracks: &[Track]) {
        let (rows, columns) = terminal::size();
        let width = Width::of(columns);
        let mut lines: Vec<Line> = Vec::new();
        let running: Vec<&Track> = tracks.iter().filter(|t| !t.ended).collect();
        let room = rows.saturating_sub(SPARE).max(1);
        if tracks.len() > 1 {
            let shown = running.len().min(room.saturating_sub(1));
            lines.push(total(tracks, running.len() - shown, width));
        }
        let left = room.saturating_sub(lines.len());
        lines.extend(running.iter().take(left).map(|track| line(track, width)));
        self.show(lines, width, columns);
    }

    /// Show a total, and below it as many of `running` as fit.
    pub fn draw_below<'a>(&mut self, total: Line, running: impl Iterator<Item = &'a Track>) {
        let (rows, columns) = terminal::size();
        let width = Width::of(columns);
        let room = rows.saturating_sub(SPARE).max(1);
        let mut lines = vec![total];
        lines.extend(running.take(room - 1).map(|track| line(track, width)));
        self.show(lines, width, columns);
    }

    fn show(&mut self, mut lines: Vec<Line>, width: Width, columns: usize) {
        let names = fit(&mut lines, width.name(), columns);
        while self.lines.len() > lines.len() {
            if let Some((bar, _)) = self.lines.pop() {
                bar.finish_and_clear();
                self.all.remove(&bar);
            }
        }
        for (at, (line, name)) in lines.into_iter().zip(names).enumerate() {
            let kind = if line.fraction.is_some() { Kind::Bar } else { Kind::Spinner };
            if self.lines.get(at).is_none_or(|(_, is)| *is != kind) {
                self.replace(at, kind);
            }
            let bar = &self.lines[at].0;
            bar.set_prefix(plain(&name));
            bar.set_message(line.message);
            bar.set_position((line.fraction.unwrap_or(0.0) * STEPS as f64) as u64);
            bar.tick();
        }
    }

    fn replace(&mut self, at: usize, kind: Kind) {
        let bar = match kind {
            Kind::Bar => ProgressBar::new(STEPS),
            Kind::Spinner => ProgressBar::new_spinner(),
        };
        let bar = self.all.insert(at, bar);
        // The templates are constants, covered by tests.
        let style = ProgressStyle::with_template(kind.template());
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        if at < self.lines.len() {
            let (old, _) = std::mem::replace(&mut self.lines[at], (bar, kind));
            old.finish_and_clear();
            self.all.remove(&old);
        } else {
            self.lines.push((bar, kind));
        }
    }

    /// Remove the bars.
    pub fn clear(&mut self) {
        for (bar, _) in self.lines.drain(..) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_valid_template() {
        for kind in [Kind::Bar, Kind::Spinner] {
            assert!(ProgressStyle::with_template(kind.template()).is_ok());
        }
    }
}
