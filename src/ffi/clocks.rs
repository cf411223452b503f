//! Reads the clocks of this machine.
//! It keeps no state and compares nothing.

use std::time::{SystemTime, UNIX_EPOCH};

use ffmpeg_next::ffi;

#[cfg(target_os = "linux")]
use crate::time::NANOS;
use crate::time::Reading;

/// All clocks, now.
pub(crate) fn now() -> Reading {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let monotonic = monotonic();
    Reading {
        wall: i64::try_from(wall.as_nanos()).unwrap_or(i64::MAX),
        monotonic,
        steady: steady().unwrap_or(monotonic),
    }
}

/// The monotonic clock alone.
pub(crate) fn monotonic() -> i64 {
    // SAFETY: it only reads a clock: CLOCK_MONOTONIC, where the platform has one.
    let micros = unsafe { ffi::av_gettime_relative() };
    micros.saturating_mul(1000)
}

#[cfg(target_os = "linux")]
fn steady() -> Option<i64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes to `time` only.
    let code = unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut time) };
    (code == 0).then(|| time.tv_sec.saturating_mul(NANOS).saturating_add(time.tv_nsec))
}

/// Elsewhere the monotonic clock does not stop.
#[cfg(not(target_os = "linux"))]
fn steady() -> Option<i64> {
    None
}
