//! Ctrl-C and SIGTERM: the first ends the run in good order and says so, the second ends it at once.
//! What good order is, the library knows.

use std::time::{Duration, Instant};

use vstream::Cancel;

use crate::report::Exit;

/// A signal that comes again within this time is the same wish: `timeout` sends its own to the process and to its group.
const ECHO: Duration = Duration::from_secs(1);

/// Watch for the signals, on a thread of its own; `notice` is called for the first.
pub fn watch(cancel: &Cancel, notice: impl Fn() + Send + 'static) -> Result<(), ctrlc::Error> {
    let cancel = cancel.clone();
    let mut first: Option<Instant> = None;
    ctrlc::set_handler(move || match first {
        None => {
            first = Some(Instant::now());
            cancel.cancel();
            notice();
        }
        Some(first) if first.elapsed() < ECHO => {}
        Some(_) => std::process::exit(Exit::Interrupted as i32),
    })
}
