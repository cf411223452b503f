//! Interrupts a thread that is blocked in a system call.
//! The caller decides when, and what happens next.

use std::thread::JoinHandle;

/// Have a call that `thread` is blocked in, such as reading from a pipe, return early. FFmpeg then asks its interrupt
/// callback whether to go on. A signal that comes before the call begins has no effect: ask again while it does not
/// end.
#[cfg(unix)]
pub(crate) fn interrupt<T>(thread: &JoinHandle<T>) {
    use std::os::unix::thread::JoinHandleExt as _;
    if has_handler() {
        // SAFETY: the thread is not joined while its handle exists, so its id is valid.
        unsafe { libc::pthread_kill(thread.as_pthread_t(), SIGNAL) };
    }
}

#[cfg(not(unix))]
pub(crate) fn interrupt<T>(_thread: &JoinHandle<T>) {}

/// Ignored by default, and otherwise sent only for out-of-band data.
#[cfg(unix)]
const SIGNAL: libc::c_int = libc::SIGURG;

/// Whether the signal interrupts calls: it does only where it has a handler, and one that does not restart them.
#[cfg(unix)]
fn has_handler() -> bool {
    use std::sync::LazyLock;
    extern "C" fn nothing(_signal: libc::c_int) {}
    static INSTALLED: LazyLock<bool> = LazyLock::new(|| {
        // SAFETY: a zeroed sigaction is the default one, and both pointers are valid for the calls. The handler does
        // nothing, which is safe at any time.
        unsafe {
            let mut there: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(SIGNAL, std::ptr::null(), &mut there) != 0 {
                return false;
            }
            // A handler of the program's own stays.
            if there.sa_sigaction != libc::SIG_DFL && there.sa_sigaction != libc::SIG_IGN {
                return there.sa_flags & libc::SA_RESTART == 0;
            }
            let mut ours: libc::sigaction = std::mem::zeroed();
            ours.sa_sigaction = nothing as extern "C" fn(libc::c_int) as usize;
            libc::sigaction(SIGNAL, &ours, std::ptr::null_mut()) == 0
        }
    });
    *INSTALLED
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn a_read_that_would_block_for_ever_is_interrupted() {
        let (mut reader, _writer) = std::io::pipe().unwrap();
        let thread = std::thread::spawn(move || reader.read(&mut [0]).unwrap_err().kind());
        while !thread.is_finished() {
            interrupt(&thread);
            std::thread::yield_now();
        }
        assert_eq!(thread.join().unwrap(), std::io::ErrorKind::Interrupted);
    }
}
