//! A whole file of sound in memory.
//! Which container, and what is in it, is the caller's.

use std::ffi::{CString, c_int};
use std::ptr;

use bytes::Bytes;
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
        Ok(self.take_buffer().map(Bytes::from_owner).unwrap_or_default())
    }

    /// Close the buffer.
    fn take_buffer(&mut self) -> Option<Buffer> {
        // SAFETY: the context is ours; its buffer is closed once, and what that gives is ours from then on.
        unsafe {
            if self.context.is_null() || (*self.context).pb.is_null() {
                return None;
            }
            let mut data = ptr::null_mut();
            let size = ffi::avio_close_dyn_buf((*self.context).pb, &mut data);
            (*self.context).pb = ptr::null_mut();
            Some(Buffer { data, size })
        }
    }
}

/// Memory of FFmpeg's.
struct Buffer {
    data: *mut u8,
    size: c_int,
}

// SAFETY: nobody else refers to the memory, which is not changed any more.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the memory has that size, or is null, and is freed by `Drop`.
        unsafe { bytes(self.data, self.size) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: FFmpeg allocated it, or it is null.
        unsafe { ffi::av_free(self.data.cast()) };
    }
}

impl Drop for BlobMuxer {
    fn drop(&mut self) {
        drop(self.take_buffer());
        let _scope = self.log.enter();
        // SAFETY: the context is ours or null, and is not used after this.
        unsafe { ffi::avformat_free_context(self.context) };
    }
}
