//! A file in memory, to which FFmpeg's muxers write and in which they seek.
//! What is written is the muxer's.

use std::ffi::{c_int, c_void};
use std::ptr;

use ffmpeg_next::ffi;

use crate::ffi::av::{AvError, bytes};

/// Bytes that FFmpeg collects of what comes in pieces of a few: headers. Packets go to the file at once.
const COLLECTED: usize = 4096;

const SEEK_SET: c_int = 0;
const SEEK_CUR: c_int = 1;
const SEEK_END: c_int = 2;

/// An open file.
pub(super) struct MemoryFile {
    io: *mut ffi::AVIOContext,
    /// Owned, and reached by FFmpeg through `io`.
    written: *mut Written,
}

/// What was written, and where the next bytes go.
struct Written {
    bytes: Vec<u8>,
    place: usize,
}

impl MemoryFile {
    /// An empty file, of about `expected` bytes in the end: reserved at once, so that it is never moved while it grows.
    /// The system hands such memory out as it is written to.
    pub fn create(expected: usize) -> Result<Self, AvError> {
        let mut bytes = Vec::new();
        // Without so much in one piece, it grows step by step.
        let _ = bytes.try_reserve_exact(expected);
        let written = Box::into_raw(Box::new(Written { bytes, place: 0 }));
        let mut file = Self { io: ptr::null_mut(), written };
        // SAFETY: the buffer is FFmpeg's own memory, as it may replace it; what the callbacks get lives until `Drop`
        // has freed the context. The transmute is as in `log::install`: versions differ in whether they pass bytes to
        // write as `const`.
        unsafe {
            let buffer = ffi::av_malloc(COLLECTED).cast::<u8>();
            if buffer.is_null() {
                return Err(AvError::NO_MEMORY);
            }
            let write = std::mem::transmute::<
                unsafe extern "C" fn(*mut c_void, *const u8, c_int) -> c_int,
                unsafe extern "C" fn(*mut c_void, _, c_int) -> c_int,
            >(write);
            file.io = ffi::avio_alloc_context(
                buffer,
                COLLECTED as c_int,
                1,
                written.cast(),
                None,
                Some(write),
                Some(seek),
            );
            if file.io.is_null() {
                ffi::av_free(buffer.cast());
                return Err(AvError::NO_MEMORY);
            }
            (*file.io).direct = 1;
        }
        Ok(file)
    }

    /// For a muxer that is not used any more once this is dropped.
    pub fn io(&self) -> *mut ffi::AVIOContext {
        self.io
    }

    /// Everything that was written, or why something of it could not be. The file is empty then.
    pub fn take(&mut self) -> Result<Vec<u8>, AvError> {
        // SAFETY: the context is open, and uses what it refers to only while it is called.
        let mut bytes = unsafe {
            ffi::avio_flush(self.io);
            AvError::check((*self.io).error)?;
            std::mem::take(&mut (*self.written).bytes)
        };
        bytes.shrink_to_fit();
        Ok(bytes)
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        // SAFETY: both are ours, and are not used after this; the context's buffer is its own.
        unsafe {
            if !self.io.is_null() {
                ffi::av_freep(ptr::addr_of_mut!((*self.io).buffer).cast());
                ffi::avio_context_free(&mut self.io);
            }
            drop(Box::from_raw(self.written));
        }
    }
}

impl Written {
    fn write(&mut self, data: &[u8]) -> Result<(), AvError> {
        let end = self.place.checked_add(data.len()).ok_or(AvError::INVALID)?;
        let bytes = &mut self.bytes;
        bytes.try_reserve(end.saturating_sub(bytes.len())).map_err(|_full| AvError::NO_MEMORY)?;
        if self.place > bytes.len() {
            bytes.resize(self.place, 0);
        }
        let (over, behind) = data.split_at(data.len().min(bytes.len() - self.place));
        bytes[self.place..self.place + over.len()].copy_from_slice(over);
        bytes.extend_from_slice(behind);
        self.place = end;
        Ok(())
    }

    fn seek(&mut self, offset: i64, whence: c_int) -> Result<usize, AvError> {
        let from = match whence {
            SEEK_SET => 0,
            SEEK_CUR => self.place,
            SEEK_END => self.bytes.len(),
            ffi::AVSEEK_SIZE => return Ok(self.bytes.len()),
            _ => return Err(AvError::INVALID),
        };
        let place = i64::try_from(from).ok().and_then(|from| from.checked_add(offset));
        self.place = place.and_then(|place| usize::try_from(place).ok()).ok_or(AvError::INVALID)?;
        Ok(self.place)
    }
}

unsafe extern "C" fn write(written: *mut c_void, data: *const u8, size: c_int) -> c_int {
    // SAFETY: FFmpeg passes the pointer from above, which nothing else uses meanwhile, and bytes of that size.
    let (written, data) = unsafe { (&mut *written.cast::<Written>(), bytes(data, size)) };
    written.write(data).map_or_else(|error| error.0, |()| size)
}

unsafe extern "C" fn seek(written: *mut c_void, offset: i64, whence: c_int) -> i64 {
    // SAFETY: as above.
    let written = unsafe { &mut *written.cast::<Written>() };
    let place = written.seek(offset, whence).map_err(|error| i64::from(error.0));
    place.map_or_else(|code| code, |place| i64::try_from(place).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_to(file: &MemoryFile, data: &[u8]) {
        // SAFETY: the file is open, and the bytes have that size.
        unsafe { ffi::avio_write(file.io(), data.as_ptr(), data.len() as c_int) };
    }

    fn seek_in(file: &MemoryFile, offset: i64, whence: c_int) -> i64 {
        // SAFETY: the file is open.
        unsafe { ffi::avio_seek(file.io(), offset, whence) }
    }

    #[test]
    fn writes_land_at_the_position_sought() {
        let mut file = MemoryFile::create(4).unwrap();
        write_to(&file, b"size behind");
        assert_eq!(seek_in(&file, 0, SEEK_SET), 0);
        write_to(&file, b"SIZE");
        // Over the end.
        assert_eq!(seek_in(&file, 9, SEEK_SET), 9);
        write_to(&file, b"ndings");
        assert_eq!(file.take().unwrap(), b"SIZE behindings");
    }

    #[test]
    fn a_hole_left_by_seeking_reads_as_zeros() {
        let mut file = MemoryFile::create(0).unwrap();
        assert_eq!(seek_in(&file, 3, SEEK_SET), 3);
        write_to(&file, b"x");
        assert_eq!(file.take().unwrap(), b"\0\0\0x");
    }

    #[test]
    fn seeking_before_the_beginning_fails() {
        let mut written = Written { bytes: vec![0; 4], place: 2 };
        assert_eq!(written.seek(-3, SEEK_CUR), Err(AvError::INVALID));
        assert_eq!(written.seek(-1, SEEK_CUR), Ok(1));
        assert_eq!(written.seek(0, ffi::AVSEEK_SIZE), Ok(4));
        assert_eq!(written.seek(-4, SEEK_END), Ok(0));
    }

    #[test]
    fn a_file_without_room_is_an_error_and_not_a_shorter_one() {
        let mut file = MemoryFile::create(0).unwrap();
        seek_in(&file, i64::MAX - 8, SEEK_SET);
        write_to(&file, b"x");
        assert_eq!(file.take(), Err(AvError::NO_MEMORY));
    }
}
