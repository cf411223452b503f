//! The terminal for progress bars: reported slightly narrower than it is, so that lines never reach its edge.
//! A terminal echoes Ctrl-C as `^C` at the cursor; at the edge that would wrap to a line that is never cleared.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use console::Term;
use indicatif::{ProgressDrawTarget, TermLike};

/// Free columns: for `^C`, and one to avoid wrapping.
const FREE: u16 = 3;

/// Maximum number of redraws per second.
const HERTZ: u8 = 20;

#[derive(Debug)]
struct Terminal {
    term: Term,
    /// A line has been drawn, and the next text starts a new one. indicatif pads lines with spaces to get there.
    behind_line: AtomicBool,
}

/// The draw target: standard error.
pub fn target() -> ProgressDrawTarget {
    let terminal = Terminal { term: Term::buffered_stderr(), behind_line: AtomicBool::new(false) };
    ProgressDrawTarget::term_like_with_hz(Box::new(terminal), HERTZ)
}

/// Rows and columns available for drawing.
pub fn size() -> (usize, usize) {
    let (rows, columns) = Term::stderr().size();
    (rows.into(), columns.saturating_sub(FREE).max(1).into())
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        self.term.size().1.saturating_sub(FREE).max(1)
    }

    fn height(&self) -> u16 {
        self.term.size().0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.behind_line.store(false, Ordering::Relaxed);
        self.term.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.term.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.term.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        if text.bytes().all(|byte| byte == b' ') {
            self.behind_line.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if self.behind_line.swap(false, Ordering::Relaxed) {
            self.term.write_str("\n")?;
        }
        self.term.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.behind_line.store(false, Ordering::Relaxed);
        self.term.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.term.flush()
    }
}
