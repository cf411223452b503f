//! The text of progress bars, shortened to the available width.
//! Pure: it draws nothing.

use std::time::Duration;

use vstream::Progress;

use crate::report::bytes;

/// The longest name that is shown in full, on a wide and on a narrow terminal.
const NAME: usize = 24;
const SHORT_NAME: usize = 12;

/// The state of one video, for its bar.
pub struct Track {
    pub name: String,
    /// Its progress is known.
    pub bounded: bool,
    /// It has ended.
    pub ended: bool,
    pub progress: Progress,
}

/// The available space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Width {
    Narrow,
    Normal,
    Wide,
}

impl Width {
    pub fn of(columns: usize) -> Self {
        match columns {
            0..60 => Self::Narrow,
            60..100 => Self::Normal,
            _ => Self::Wide,
        }
    }

    pub fn name(self) -> usize {
        if self == Self::Narrow { SHORT_NAME } else { NAME }
    }
}

/// The content of one line.
pub struct Line {
    pub name: String,
    pub fraction: Option<f64>,
    pub message: String,
}

/// Pads or shortens the names to equal length so that no line wraps; the text is cut if even that is too long.
pub fn fit(lines: &mut [Line], most: usize, columns: usize) -> Vec<String> {
    /// A shorter name would be useless.
    const LEAST: usize = 5;
    /// Two spaces, and a spinner with its own.
    const BETWEEN: usize = 4;
    let wide = |text: &str| console::measure_text_width(text);
    let said = lines.iter().map(|line| wide(&line.message)).max().unwrap_or(0);
    let room = columns.saturating_sub(said + BETWEEN).clamp(LEAST, most);
    let names: Vec<String> = lines.iter().map(|line| shorten(&line.name, room)).collect();
    let longest = names.iter().map(|name| wide(name)).max().unwrap_or(0);
    for line in lines {
        let left = columns.saturating_sub(longest + BETWEEN);
        line.message = console::truncate_str(&line.message, left, "…").into_owned();
    }
    let pad = |name: &String| {
        console::pad_str(name, longest, console::Alignment::Left, None).into_owned()
    };
    names.iter().map(pad).collect()
}

/// The line for one video.
pub fn line(track: &Track, width: Width) -> Line {
    let fraction = track.bounded.then_some(track.progress.fraction.unwrap_or(0.0));
    Line { name: track.name.clone(), fraction, message: message(&track.progress, fraction, width) }
}

/// The total line, with the number of videos that are not shown for lack of space.
pub fn total(tracks: &[Track], hidden: usize, width: Width) -> Line {
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
        sum.lost += progress.lost;
        sum.bytes += progress.bytes;
        sum.sound += progress.sound;
        sum.time = sum.time.max(progress.time);
        sum.elapsed = sum.elapsed.max(progress.elapsed);
    }
    sum
}

/// The text after a bar, as much as fits. Every part has fixed columns.
fn message(progress: &Progress, fraction: Option<f64>, width: Width) -> String {
    let seconds = progress.elapsed.as_secs_f64().max(1e-3);
    let mut parts = Vec::new();
    if let Some(fraction) = fraction {
        parts.push(format!("{:>3.0} %", fraction * 100.0));
    }
    match progress.logged {
        // Sound without a video.
        0 if !progress.sound.is_zero() => {
            parts.push(format!("{:>5.0} s of sound", progress.sound.as_secs_f64()));
        }
        frames => {
            if width == Width::Wide || fraction.is_none() && width == Width::Normal {
                parts.push(format!("{frames:>6} frames"));
            }
            parts.push(format!("{:>4.0} fps", frames as f64 / seconds));
        }
    }
    match (fraction, width) {
        (Some(_), Width::Narrow) => {}
        (Some(_), _) => {
            parts.push(format!("{:>5.1}x", progress.time.as_secs_f64() / seconds));
        }
        // Without a known end, show the elapsed time.
        (None, _) => parts.push(clock(progress.time)),
    }
    if width == Width::Wide {
        parts.push(format!("{:>8}", bytes(progress.bytes)));
    }
    if progress.dropped > 0 {
        parts.push(format!("{} dropped", progress.dropped));
    }
    if progress.lost > 0 {
        parts.push(format!("{} lost", progress.lost));
    }
    if let Some(left) = fraction.and_then(|f| left(f, progress.elapsed)) {
        parts.push(format!("ETA {:>5}", clock(left)));
    }
    parts.join("  ")
}

/// The remaining time, if it can be estimated.
pub fn left(fraction: f64, elapsed: Duration) -> Option<Duration> {
    // Earlier estimates fluctuate too much.
    const EARLY: f64 = 0.01;
    let guess = elapsed.as_secs_f64() * (1.0 - fraction) / fraction;
    (fraction > EARLY).then(|| Duration::try_from_secs_f64(guess).ok()).flatten()
}

/// `1:05`, `2:00:00`.
pub fn clock(time: Duration) -> String {
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
    let what = match progress.logged {
        0 if !progress.sound.is_zero() => {
            format!("{:.0} s of sound", progress.sound.as_secs_f64())
        }
        frames => format!("{frames} frames, {:.0} fps", frames as f64 / seconds),
    };
    format!(
        "{what}, {:.1}x, {}{dropped}",
        progress.time.as_secs_f64() / seconds,
        bytes(progress.bytes),
    )
}

fn shorten(name: &str, most: usize) -> String {
    if console::measure_text_width(name) <= most {
        return name.to_owned();
    }
    // Keep the end of a name, which is more specific: the number of a clip, its extension.
    let mut end = String::new();
    for letter in name.chars().rev() {
        end.insert(0, letter);
        // One column is for the ellipsis.
        if console::measure_text_width(&end) >= most {
            end.remove(0);
            break;
        }
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
    fn a_bar_fits_the_width_of_the_terminal() {
        let mut long = track("a long name of a clip from the garden.mp4", Some(0.25), false);
        long.progress.dropped = 12_345;
        let tracks = [long, track("動画動画動画動画動画動画.mp4", None, false)];
        for columns in 10..220 {
            let width = Width::of(columns);
            let mut lines: Vec<Line> = tracks.iter().map(|t| line(t, width)).collect();
            lines.push(total(&tracks, 3, width));
            let names = fit(&mut lines, width.name(), columns);
            for (line, name) in lines.iter().zip(names) {
                let used = [name.as_str(), &line.message].map(console::measure_text_width);
                assert!(
                    used[0] + used[1] + 4 <= columns.max(9),
                    "{columns}: {name} {}",
                    line.message
                );
            }
        }
        assert_eq!(line(&tracks[1], Width::Narrow).message, " 123 fps  0:49");
    }

    #[test]
    fn the_total_counts_all_videos_and_how_many_are_hidden() {
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
    fn durations_are_shown_as_on_a_clock() {
        assert_eq!(clock(Duration::from_secs(65)), "1:05");
        assert_eq!(clock(Duration::from_secs(7200)), "2:00:00");
    }
}
