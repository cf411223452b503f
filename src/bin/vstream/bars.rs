//! Progress bars on a terminal: one for each video that is running, under a total where there are several.
//! It knows counts and names; which events they come from is for `progress.rs`.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use vstream::Progress;

use crate::report::bytes;
use crate::terminal;

/// Steps of a bar: fine enough to move on a wide terminal.
const STEPS: u64 = 1000;
/// The longest name of a video that is shown whole, and on a narrow terminal.
const NAME: usize = 24;
const SHORT_NAME: usize = 12;
/// Rows of the terminal that are left for what is said above the bars.
const SPARE: usize = 3;

/// One video as the bars know it.
pub struct Track {
    pub name: String,
    /// How far it is can be known.
    pub bounded: bool,
    /// Its last sample has come.
    pub ended: bool,
    pub progress: Progress,
}

/// The bars on the terminal.
pub struct Bars {
    all: MultiProgress,
    lines: Vec<(ProgressBar, Kind)>,
}

/// What a line looks like.
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

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Width {
    Narrow,
    Normal,
    Wide,
}

impl Width {
    fn of(columns: usize) -> Self {
        match columns {
            0..60 => Self::Narrow,
            60..100 => Self::Normal,
            _ => Self::Wide,
        }
    }

    fn name(self) -> usize {
        if self == Self::Narrow { SHORT_NAME } else { NAME }
    }
}

impl Bars {
    pub fn new() -> Self {
        Self { all: MultiProgress::with_draw_target(terminal::target()), lines: Vec::new() }
    }

    /// For whoever else prints on the terminal.
    pub fn handle(&self) -> MultiProgress {
        self.all.clone()
    }

    /// Show where the tracks are.
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
        let longest = lines.iter().map(|l| l.name.chars().count()).max().unwrap_or(0);
        while self.lines.len() > lines.len() {
            if let Some((bar, _)) = self.lines.pop() {
                bar.finish_and_clear();
                self.all.remove(&bar);
            }
        }
        for (at, line) in lines.into_iter().enumerate() {
            let kind = if line.fraction.is_some() { Kind::Bar } else { Kind::Spinner };
            if self.lines.get(at).is_none_or(|(_, is)| *is != kind) {
                self.replace(at, kind);
            }
            let bar = &self.lines[at].0;
            bar.set_prefix(format!("{:longest$}", line.name));
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
        // The templates are our own and tested below.
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

    /// Take them away.
    pub fn clear(&mut self) {
        for (bar, _) in self.lines.drain(..) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }
}

/// One line before it is drawn.
struct Line {
    name: String,
    fraction: Option<f64>,
    message: String,
}

fn line(track: &Track, width: Width) -> Line {
    let fraction = track.bounded.then_some(track.progress.fraction.unwrap_or(0.0));
    Line {
        name: shorten(&track.name, width.name()),
        fraction,
        message: message(&track.progress, fraction, width),
    }
}

/// All videos as one, and how many of them are not shown for want of room.
fn total(tracks: &[Track], hidden: usize, width: Width) -> Line {
    let sum = sum(tracks);
    let ended = tracks.iter().filter(|t| t.ended).count();
    let all_bounded = tracks.iter().all(|t| t.bounded);
    let part = |t: &Track| if t.ended { 1.0 } else { t.progress.fraction.unwrap_or(0.0) };
    let fraction = all_bounded.then(|| tracks.iter().map(part).sum::<f64>() / tracks.len() as f64);
    let mut message = message(&sum, fraction, width);
    if width != Width::Narrow {
        message += &format!("  {ended} of {} done", tracks.len());
        if hidden > 0 {
            message += &format!(", {hidden} more running");
        }
    }
    Line { name: "total".into(), fraction, message }
}

fn sum(tracks: &[Track]) -> Progress {
    let mut sum = Progress::default();
    for Track { progress, .. } in tracks {
        sum.logged += progress.logged;
        sum.dropped += progress.dropped;
        sum.bytes += progress.bytes;
        sum.time = sum.time.max(progress.time);
        sum.elapsed = sum.elapsed.max(progress.elapsed);
    }
    sum
}

/// What stands behind a bar, as much of it as there is room for. Every part has its own columns.
fn message(progress: &Progress, fraction: Option<f64>, width: Width) -> String {
    let seconds = progress.elapsed.as_secs_f64().max(1e-3);
    let mut parts = Vec::new();
    if let Some(fraction) = fraction {
        parts.push(format!("{:>3.0} %", fraction * 100.0));
    }
    if width == Width::Wide || fraction.is_none() && width == Width::Normal {
        parts.push(format!("{:>6} frames", progress.logged));
    }
    parts.push(format!("{:>4.0} fps", progress.logged as f64 / seconds));
    match (fraction, width) {
        (Some(_), Width::Narrow) => {}
        (Some(_), _) => {
            parts.push(format!("{:>5.1}x", progress.time.as_secs_f64() / seconds));
        }
        // Without an end, what counts is how long it has been.
        (None, _) => parts.push(clock(progress.time)),
    }
    if width == Width::Wide {
        parts.push(format!("{:>8}", bytes(progress.bytes)));
    }
    if progress.dropped > 0 {
        parts.push(format!("{} dropped", progress.dropped));
    }
    if let Some(left) = fraction.and_then(|f| left(f, progress.elapsed)) {
        parts.push(format!("ETA {:>5}", clock(left)));
    }
    parts.join("  ")
}

/// The time that is left, where it can be guessed.
fn left(fraction: f64, elapsed: Duration) -> Option<Duration> {
    // Before that, the guess jumps.
    const EARLY: f64 = 0.01;
    let guess = elapsed.as_secs_f64() * (1.0 - fraction) / fraction;
    (fraction > EARLY).then(|| Duration::try_from_secs_f64(guess).ok()).flatten()
}

/// `1:05`, `2:00:00`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// "812 frames, 240 fps, 8.0x, 3.4 MB": for a line without a bar.
pub fn rates(progress: &Progress) -> String {
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
    if console::measure_text_width(name) <= most {
        return name.to_owned();
    }
    // The end of a name tells more: the number of a clip, its ending.
    let mut end = String::new();
    for letter in name.chars().rev() {
        if console::measure_text_width(&end) + 2 > most {
            break;
        }
        end.insert(0, letter);
    }
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(name: &str, fraction: Option<f64>, ended: bool) -> Track {
        let mut progress = Progress::default();
        (progress.logged, progress.bytes, progress.fraction) = (1234, 5_600_000, fraction);
        (progress.time, progress.elapsed) = (Duration::from_secs(49), Duration::from_secs(10));
        Track { name: name.into(), bounded: fraction.is_some(), ended, progress }
    }

    #[test]
    fn every_line_has_a_valid_template() {
        for kind in [Kind::Bar, Kind::Spinner] {
            assert!(ProgressStyle::with_template(kind.template()).is_ok());
        }
    }

    #[test]
    fn what_is_said_fits_the_room() {
        let track = track("clip.mp4", Some(0.25), false);
        for (width, columns, room) in
            [(Width::Narrow, 40, 5), (Width::Normal, 60, 8), (Width::Wide, 100, 20)]
        {
            let line = line(&track, width);
            let used = width.name() + line.message.chars().count() + 2;
            assert!(used + room <= columns + NAME - SHORT_NAME, "{width:?}: {}", line.message);
        }
        let line = line(&track, Width::Narrow);
        assert_eq!(line.message, " 25 %   123 fps  ETA  0:30");
    }

    #[test]
    fn the_total_counts_all_and_says_what_it_hides() {
        let tracks = [
            track("a", Some(1.0), true),
            track("b", Some(0.5), false),
            track("c", Some(0.0), false),
        ];
        let line = total(&tracks, 1, Width::Normal);
        assert_eq!(line.fraction, Some(0.5));
        assert!(line.message.ends_with("1 of 3 done, 1 more running"), "{}", line.message);
        let live = [track("a", None, false), track("b", Some(0.5), false)];
        assert_eq!(total(&live, 0, Width::Wide).fraction, None);
    }

    #[test]
    fn long_names_keep_their_end() {
        assert_eq!(shorten("short.mp4", 24), "short.mp4");
        assert_eq!(shorten("0123456789.mp4", 8), "…789.mp4");
        assert!(console::measure_text_width(&shorten("動画動画動画.mp4", 8)) <= 8);
    }

    #[test]
    fn times_read_as_on_a_clock() {
        assert_eq!(clock(Duration::from_secs(65)), "1:05");
        assert_eq!(clock(Duration::from_secs(7200)), "2:00:00");
    }
}
