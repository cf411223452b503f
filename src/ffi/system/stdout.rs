//! Whether standard output was closed when the program began, which Rust hides: before `main` it opens `/dev/null` in
//! the place of a closed one. Writing is the caller's.

use std::sync::atomic::{AtomicBool, Ordering};

static CLOSED: AtomicBool = AtomicBool::new(false);

/// Whether the program was started with its standard output closed (`>&-`), so that whatever is written to it is lost.
/// A `/dev/null` that somebody gave it is open.
pub fn is_stdout_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

/// Run before Rust's own preparation by whatever starts the program or loads the library.
#[cfg(unix)]
#[used]
// SAFETY: the section lists functions of this type, and this one needs nothing of Rust's run time.
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
static AT_START: extern "C" fn() = {
    extern "C" fn look() {
        // SAFETY: the call takes no pointers, and fails on a descriptor that is not open.
        let flags = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
        CLOSED.store(flags < 0, Ordering::Relaxed);
    }
    look
};
