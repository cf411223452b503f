//! Disk space for a file, reserved before it is written.
//! A disk that is full is left to the writes themselves.

use std::fs::File;

/// Reserve space for `bytes` from the offset `from` on, without a change of the file's length. Returns whether the file
/// system has done so.
pub(crate) fn reserve(file: &File, from: u64, bytes: u64) -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd as _;
        let (Ok(from), Ok(bytes)) = (from.try_into(), bytes.try_into()) else {
            return false;
        };
        // SAFETY: the descriptor is open as long as the file; the call touches no memory of ours.
        let done =
            unsafe { libc::fallocate(file.as_raw_fd(), libc::FALLOC_FL_KEEP_SIZE, from, bytes) };
        done == 0
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (file, from, bytes);
        false
    }
}
