//! What the system does to a program at one of its limits.
//! The limits themselves are the user's.

/// Have writing beyond the largest size of a file (`ulimit -f`) fail as on a full disk. By default it kills the program,
/// which then cannot say why, nor finish its other outputs.
///
/// For programs; call it first thing in `main`.
pub fn survive_file_limits() {
    #[cfg(unix)]
    // SAFETY: ignoring a signal installs no handler, and no other thread runs yet that could rely on it.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}
