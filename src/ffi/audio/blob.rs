//! A whole file of sound in memory.
//! Which container, and what is in it, is the caller's.

use std::ffi::CString;
use std::ptr;

use bytes::Bytes;
use ffmpeg_next::ffi;

use super::memory_file::MemoryFile;
use super::parameters::AudioParameters;
use crate::ffi::av::{AvError, FfmpegError};
use crate::ffi::dict::Dict;
use crate::ffi::log::LogOwner;
use crate::ffi::packet::Packet;
use crate::time::TimeBase;

/// A file that is being written.
pub(crate) struct BlobMuxer {
    context: *mut ffi::AVFormatContext,
    file: MemoryFile,
    time_base: ffi::AVRational,
    log: LogOwner,
}

// SAFETY: the context is used by one thread at a time, which libavformat allows.
unsafe impl Send for BlobMuxer {}

impl BlobMuxer {
    /// Begin a file in a container of that name, of about `expected` bytes at most. Times will come in ticks of
    /// `time_base`.
    pub fn create(
        container: &str,
        parameters: &AudioParameters,
        time_base: TimeBase,
        options: &[(&str, &str)],
        expected: usize,
    ) -> Result<Self, FfmpegError> {
        let container = CString::new(container).map_err(|_nul| AvError::INVALID)?;
        let mut options = Dict::new(options.iter().copied())?;
        let time_base = ffi::AVRational { num: time_base.num, den: time_base.den };
        let file = MemoryFile::create(expected)?;
        let mut muxer = Self { context: ptr::null_mut(), file, time_base, log: LogOwner::new() };
        let context = &mut muxer.context;
        // SAFETY: all strings outlive the calls; the context is freed by `Drop` whatever happens from here on, and does
        // not use its file any more then. The stream belongs to the context, and the parameters are copied.
        unsafe {
            muxer.log.check(|| {
                let container = container.as_ptr();
                ffi::avformat_alloc_output_context2(context, ptr::null(), container, ptr::null())
            })?;
            let context = muxer.context;
            let stream = ffi::avformat_new_stream(context, ptr::null());
            if stream.is_null() {
                return Err(AvError::NO_MEMORY.into());
            }
            let own = (*stream).codecpar;
            AvError::check(ffi::avcodec_parameters_copy(own, parameters.as_ptr()))?;
            // The codec tag of another container.
            (*own).codec_tag = 0;
            (*stream).time_base = time_base;
            // Equal sound gives equal bytes.
            (*context).flags |= ffi::AVFMT_FLAG_BITEXACT;
            (*context).pb = muxer.file.io();
            muxer.log.check(|| ffi::avformat_write_header(context, options.as_mut_ptr()))?;
        }
        Ok(muxer)
    }

    /// Write a packet at `time`.
    pub fn write(&mut self, packet: &Packet, time: i64, duration: i64) -> Result<(), FfmpegError> {
        use ffmpeg_next::packet::Mut as _;
        let mut packet = packet.clone().0;
        packet.set_stream(0);
        packet.set_pts(Some(time));
        packet.set_dts(Some(time));
        packet.set_duration(duration);
        packet.set_position(-1);
        self.log.check(|| unsafe {
            // SAFETY: the context is open and has one stream; the packet is valid, and only read.
            let stream = *(*self.context).streams;
            ffi::av_packet_rescale_ts(packet.as_mut_ptr(), self.time_base, (*stream).time_base);
            ffi::av_write_frame(self.context, packet.as_mut_ptr())
        })?;
        Ok(())
    }

    /// Write what belongs at the end, and return the file.
    pub fn finish(mut self) -> Result<Bytes, FfmpegError> {
        // SAFETY: the header was written, and the context is open.
        self.log.check(|| unsafe { ffi::av_write_trailer(self.context) })?;
        Ok(self.file.take()?.into())
    }
}

impl Drop for BlobMuxer {
    fn drop(&mut self) {
        let _scope = self.log.enter();
        // SAFETY: the context is ours or null, and is not used after this.
        unsafe { ffi::avformat_free_context(self.context) };
    }
}
