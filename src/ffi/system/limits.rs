//! Makes the file size limit of the system an ordinary write error instead of the end of the program.
//! The limits themselves are set by the user.

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
