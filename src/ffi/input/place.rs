//! Where an open container is in its file, and seeking.
//! Whether to seek, and where to, is decided in `input`.

use std::ffi::c_int;

use ffmpeg_next::ffi;

use super::Input;
use crate::ffi::av::{AvError, FfmpegError};
use crate::time::{TimeBase, rescale};

/// `SEEK_CUR`: from the current place on.
const SEEK_CUR: c_int = 1;

/// The state of a file or connection.
pub(super) struct Io {
    pub position: u64,
    is_at_end: bool,
    has_failed: bool,
}

impl Input {
    /// After a failed read: how many bytes of the file it began with, if it came to the end of the file. Some demuxers
    /// return an error for that.
    pub fn last_bytes(&self) -> Option<u64> {
        let io = self.io().filter(|io| io.is_at_end && self.pictures.is_none())?;
        self.byte_size()?.checked_sub(self.read_from?).filter(|_| !io.has_failed)
    }

    /// The last byte of the file was read.
    pub fn is_at_end(&self) -> bool {
        self.io().is_some_and(|io| io.is_at_end)
    }

    /// The state of the file or connection below, if there is one.
    pub(super) fn io(&self) -> Option<Io> {
        // SAFETY: reads plain fields of an open input; asked for its place, the file is not moved.
        unsafe {
            let io = (*self.inner.as_ptr()).pb;
            (!io.is_null()).then(|| Io {
                position: u64::try_from(ffi::avio_seek(io, 0, SEEK_CUR)).unwrap_or(0),
                is_at_end: (*io).eof_reached != 0,
                has_failed: (*io).error != 0,
            })
        }
    }

    /// Size in bytes, where the input is one file.
    pub fn byte_size(&self) -> Option<u64> {
        if self.pictures.is_some() {
            return None;
        }
        self.inner.io_size().and_then(|n| u64::try_from(n).ok())
    }

    /// Seeking is possible, as it is not in a pipe.
    pub fn can_seek(&self) -> bool {
        if self.pictures.is_some() {
            return true;
        }
        // SAFETY: reads plain fields of an open input; one without bytes of its own (HLS, devices) has no `pb`.
        unsafe {
            let io = (*self.inner.as_ptr()).pb;
            io.is_null() || (*io).seekable & ffi::AVIO_SEEKABLE_NORMAL as c_int != 0
        }
    }

    /// Go to the first packet behind this byte of the file.
    pub fn seek_byte(&mut self, place: u64) -> Result<(), AvError> {
        self.was_sought = true;
        let place = i64::try_from(place).map_err(|_too_large| AvError::INVALID)?;
        let flags = ffi::AVSEEK_FLAG_BYTE as c_int;
        self.unread.clear();
        // SAFETY: the input is open and ours.
        AvError::check(unsafe { ffi::av_seek_frame(self.inner.as_mut_ptr(), -1, place, flags) })?;
        Ok(())
    }

    /// Go to the last keyframe at or before `micros`.
    pub fn seek(&mut self, micros: i64) -> Result<(), FfmpegError> {
        self.was_sought = true;
        self.unread.clear();
        if self.pictures.is_some() {
            let time_base = self.time_base_of_packets(0).ok_or(AvError::INVALID)?;
            let tick = rescale(micros, TimeBase::MICROSECONDS, time_base);
            self.pictures.iter_mut().for_each(|pictures| pictures.seek(tick));
            return Ok(());
        }
        // SAFETY: the input is open and ours.
        unsafe {
            let context = self.inner.as_mut_ptr();
            self.log.check(|| ffi::avformat_seek_file(context, -1, i64::MIN, micros, micros, 0))?;
        }
        Ok(())
    }
}
