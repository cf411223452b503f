//! Peeks at standard input: whether it has data, and its first bytes.
//! The caller interprets them.

use std::os::fd::AsRawFd as _;
use std::time::Duration;

/// Wait at most `limit` until there is something to read, or the end. Returns whether that came.
pub(crate) fn wait_for_stdin(limit: Duration) -> bool {
    let fd = std::io::stdin().as_raw_fd();
    let mut wanted = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    let limit = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: one descriptor is passed, and it outlives the call.
    unsafe { libc::poll(&raw mut wanted, 1, limit) > 0 }
}

/// The next bytes, which stay there to be read; fewer where fewer have come, none where that is impossible.
pub(crate) fn peek_stdin(most: usize) -> Vec<u8> {
    let mut bytes = vec![0; most];
    let got = peek_file(&mut bytes).or_else(|| peek_pipe(&mut bytes)).unwrap_or(0);
    bytes.truncate(got);
    bytes
}

/// Of a file that was redirected.
fn peek_file(bytes: &mut [u8]) -> Option<usize> {
    let fd = std::io::stdin().as_raw_fd();
    // SAFETY: the buffer has the stated size; on a descriptor that cannot seek both calls fail.
    let got = unsafe {
        let at = libc::lseek(fd, 0, libc::SEEK_CUR);
        if at < 0 {
            return None;
        }
        libc::pread(fd, bytes.as_mut_ptr().cast(), bytes.len(), at)
    };
    usize::try_from(got).ok()
}

/// Of a pipe: its content is doubled into another one.
#[cfg(target_os = "linux")]
fn peek_pipe(bytes: &mut [u8]) -> Option<usize> {
    use std::io::Read as _;

    let (mut copy, to) = std::io::pipe().ok()?;
    let fd = std::io::stdin().as_raw_fd();
    // SAFETY: both descriptors are open; of one that is no pipe the call fails.
    let got = unsafe { libc::tee(fd, to.as_raw_fd(), bytes.len(), 0) };
    let got = usize::try_from(got).ok()?;
    copy.read_exact(bytes.get_mut(..got)?).ok()?;
    Some(got)
}

#[cfg(not(target_os = "linux"))]
fn peek_pipe(_bytes: &mut [u8]) -> Option<usize> {
    None
}
