//! Ctrl-C and SIGTERM: the first ends the run in good order, the second at once.
//! What good order is, the library knows.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use vstream::Cancel;

use crate::report::Exit;

/// Watch for the signals on a thread of its own.
pub fn watch(cancel: &Cancel) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let cancel = cancel.clone();
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for _ in signals.forever() {
            if cancel.is_cancelled() {
                std::process::exit(Exit::Interrupted as i32);
            }
            cancel.cancel();
        }
    })?;
    Ok(())
}
