//! Ctrl-C and SIGTERM: the first ends the run cleanly, the second kills the program.
//! What ending cleanly involves is in the library.

use std::time::{Duration, Instant};

use vstream::Cancel;

use crate::report::Exit;

/// A second signal within this time is ignored: `timeout` sends one to the process and another to its group.
const ECHO: Duration = Duration::from_secs(1);

/// Handle the signals on its own thread; `notice` is called for the first one.
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
