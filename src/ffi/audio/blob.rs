//! A whole file of sound in memory.
//! Which container, and what is in it, is the caller's.

use std::ffi::CString;
use std::ptr;

use ffmpeg_next::ffi;

use super::parameters::AudioParameters;
use crate::ffi::av::{AvError, FfmpegError, bytes};
use crate::ffi::dict::Dict;
use crate::ffi::log::LogOwner;
use crate::ffi::packet::Packet;
use crate::time::TimeBase;

/// A file that is being written.
pub(crate) struct BlobMuxer {
    context: *mut ffi::AVFormatContext,
    time_base: ffi::AVRational,
    log: LogOwner,
}

// SAFETY: the context is used by one thread at a time, which libavformat allows.
unsafe impl Send for BlobMuxer {}

impl BlobMuxer {
    /// Begin a file in a container of that name. Times will come in ticks of `time_base`.
    pub fn create(
        container: &str,
        parameters: &AudioParameters,
        time_base: TimeBase,
        options: &[(&str, &str)],
    ) -> Result<Self, FfmpegError> {
        let container = CString::new(container).map_err(|_nul| AvError::INVALID)?;
        let mut options = Dict::new(options.iter().copied())?;
        let time_base = ffi::AVRational { num: time_base.num, den: time_base.den };
        let mut muxer = Self { context: ptr::null_mut(), time_base, log: LogOwner::new() };
        let context = &mut muxer.context;
        // SAFETY: all strings outlive the calls; the context and its buffer are freed by `Drop` whatever happens from
        // here on. The stream belongs to the context, and the parameters are copied.
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
            AvError::check(ffi::avio_open_dyn_buf(&mut (*context).pb))?;
            muxer.log.check(|| ffi::avformat_write_header(context, options.as_mut_ptr()))?;
        }
        Ok(muxer)
    }

    /// Write a packet at `time`.
    pub fn write(&mut self, packet: &Packet, time: i64, duration: i64) -> Result<(), FfmpegError> {
        use ffmpeg_next::packet::Mut as _;
        let mut packet = packet.0.clone();
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
    pub fn finish(mut self) -> Result<Vec<u8>, FfmpegError> {
        // SAFETY: the header was written, and the context is open.
        self.log.check(|| unsafe { ffi::av_write_trailer(self.context) })?;
        Ok(self.take_buffer(<[u8]>::to_vec))
    }

    /// Close the buffer, after `read` has seen it.
    fn take_buffer<T: Default>(&mut self, read: impl FnOnce(&[u8]) -> T) -> T {
        // SAFETY: the context is ours; its buffer is closed once, and what it gives is freed here.
        unsafe {
            if self.context.is_null() || (*self.context).pb.is_null() {
                return T::default();
            }
            let mut buffer = ptr::null_mut();
            let size = ffi::avio_close_dyn_buf((*self.context).pb, &mut buffer);
            (*self.context).pb = ptr::null_mut();
            let result = read(bytes(buffer, size));
            ffi::av_free(buffer.cast());
            result
        }
    }
}

impl Drop for BlobMuxer {
    fn drop(&mut self) {
        self.take_buffer(|_| ());
        let _scope = self.log.enter();
        // SAFETY: the context is ours or null, and is not used after this.
        unsafe { ffi::avformat_free_context(self.context) };
    }
}
