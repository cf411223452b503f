//! Ctrl-C and SIGTERM: the first ends the run in good order, the second at once.
//! What good order is, the library knows.

use vstream::Cancel;

use crate::report::Exit;

/// Watch for the signals, on a thread of its own.
pub fn watch(cancel: &Cancel) -> Result<(), ctrlc::Error> {
    let cancel = cancel.clone();
    ctrlc::set_handler(move || {
        if cancel.is_cancelled() {
            std::process::exit(Exit::Interrupted as i32);
        }
        cancel.cancel();
    })
}
