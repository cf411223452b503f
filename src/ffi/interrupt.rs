//! Ends FFmpeg's waits for data: when the run is cancelled, or after a timeout.
//! It cannot end a wait inside the operating system.

use std::ffi::{c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ffmpeg_next::ffi;

use crate::event::Cancel;

/// When data last came, shared with FFmpeg, which asks from any thread whether to go on waiting.
pub(super) struct Interrupt {
    cancel: Cancel,
    timeout: Option<Duration>,
    began: Instant,
    /// Milliseconds after `began`.
    last: AtomicU64,
    /// A wait was ended. What FFmpeg had buffered may still come after it.
    ended: AtomicBool,
}

impl Interrupt {
    pub fn new(cancel: Cancel, timeout: Option<Duration>) -> Arc<Self> {
        let (last, ended) = (AtomicU64::new(0), AtomicBool::new(false));
        Arc::new(Self { cancel, timeout, began: Instant::now(), last, ended })
    }

    /// For a context that is closed before this is dropped.
    pub fn callback(self: &Arc<Self>) -> ffi::AVIOInterruptCB {
        unsafe extern "C" fn is_over(interrupt: *mut c_void) -> c_int {
            // SAFETY: FFmpeg passes the pointer from below while the context is open.
            let interrupt = unsafe { &*interrupt.cast::<Interrupt>() };
            c_int::from(interrupt.cancel.is_cancelled() || interrupt.timed_out())
        }
        ffi::AVIOInterruptCB {
            callback: Some(is_over),
            opaque: Arc::as_ptr(self).cast::<c_void>().cast_mut(),
        }
    }

    /// Data came, or is waited for from now on.
    pub fn restart(&self) {
        if self.timeout.is_none() {
            return;
        }
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    /// A wait took too long, now or before.
    pub fn timed_out(&self) -> bool {
        let Some(timeout) = self.timeout else {
            return false;
        };
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        let late = self.began.elapsed().saturating_sub(last) > timeout;
        self.ended.fetch_or(late, Ordering::Relaxed) || late
    }
}
