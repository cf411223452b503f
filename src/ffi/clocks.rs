//! Reads the clocks of this machine.
//! It keeps no state and compares nothing.

use std::time::{SystemTime, UNIX_EPOCH};

use ffmpeg_next::ffi;

use crate::time::Reading;

/// Wall clock and monotonic clock, now.
pub(crate) fn now() -> Reading {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // SAFETY: it only reads a clock: CLOCK_MONOTONIC, where the platform has one.
    let micros = unsafe { ffi::av_gettime_relative() };
    Reading {
        wall: i64::try_from(wall.as_nanos()).unwrap_or(i64::MAX),
        monotonic: micros.saturating_mul(1000),
    }
}
