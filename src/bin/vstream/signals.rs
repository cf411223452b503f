//! Ctrl-C and SIGTERM: the first ends the run in good order and says so, the second ends it at once.
//! What good order is, the library knows.

use vstream::Cancel;

use crate::report::Exit;

/// Watch for the signals, on a thread of its own; `notice` is called for the first.
pub fn watch(cancel: &Cancel, notice: impl Fn() + Send + 'static) -> Result<(), ctrlc::Error> {
    let cancel = cancel.clone();
    ctrlc::set_handler(move || {
        if cancel.is_cancelled() {
            std::process::exit(Exit::Interrupted as i32);
        }
        cancel.cancel();
        notice();
    })
}
