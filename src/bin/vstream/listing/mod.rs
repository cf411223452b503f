//! Prints answers for people on standard output: contents of inputs, plans, cameras.
//! The same for scripts is in `json/`.

mod input;
mod plan;

pub use input::input;
pub use plan::plan;

use std::io;

use vstream::FrameRate;

use crate::plain::plain;
use crate::report::{BOLD, RESET};

/// Print whole lines, in colours only on a terminal.
pub fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    printed(anstream::stdout().lock().write_all(plain(text).as_bytes()))
}

/// The error of writing to standard output, in words. A closed pipe is not an error, nothing at all in its place is.
pub fn printed(result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        _ if vstream::cli::is_stdout_closed() => {
            Err(anyhow::anyhow!("cannot write to standard output: it is closed"))
        }
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let cause = vstream::cli::plain_error(&error);
            Err(anyhow::anyhow!("cannot write to standard output: {cause}"))
        }
        _ => Ok(()),
    }
}

/// The heading for the lines below it.
fn heading(text: &str) -> String {
    format!("{BOLD}{text}{RESET}")
}

/// `29.97`, `25`.
pub fn rate(rate: FrameRate) -> String {
    let text = format!("{:.3}", rate.as_f64());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `12.3 s`, and for longer times `1:02:03.4` as well.
fn length(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.3} s");
    }
    let (hours, minutes) = ((seconds / 3600.0) as u64, (seconds / 60.0) as u64 % 60);
    let rest = seconds % 60.0;
    match hours {
        0 => format!("{minutes}:{rest:06.3}"),
        _ => format!("{hours}:{minutes:02}:{rest:06.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_lengths_are_formatted() {
        let said = |numerator, denominator| rate(FrameRate::new(numerator, denominator).unwrap());
        assert_eq!((said(30_000, 1001).as_str(), said(25, 1).as_str()), ("29.97", "25"));
        assert_eq!(length(1.5), "1.500 s");
        assert_eq!(length(90.25), "1:30.250");
        assert_eq!(length(3723.0), "1:02:03.000");
    }
}
