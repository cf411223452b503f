//! The context of an encoder, for pictures or sound.
//! Its users write the settings and type the frames.

use std::ffi::CString;
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError, Received};
use super::dict::Dict;
use super::log::LogOwner;
use super::options;

/// A codec context for one encoder.
pub(super) struct EncoderContext {
    /// Never null.
    ptr: *mut ffi::AVCodecContext,
    codec: *const ffi::AVCodec,
    log: LogOwner,
}

// SAFETY: the context is used by one thread at a time, which libavcodec allows; the codec is static.
unsafe impl Send for EncoderContext {}

impl EncoderContext {
    /// A context for the encoder of that name, before its settings are written.
    pub fn new(name: &str) -> Result<Self, FfmpegError> {
        let name = CString::new(name).map_err(|_nul| AvError::INVALID)?;
        let log = LogOwner::new();
        // SAFETY: the name is a C string. The context is allocated for this very codec: with none, FFmpeg's generic
        // defaults (200 kbit/s, one thread) win over the encoder's own.
        unsafe {
            let codec = ffi::avcodec_find_encoder_by_name(name.as_ptr());
            if codec.is_null() {
                return Err(AvError(ffi::AVERROR_ENCODER_NOT_FOUND).into());
            }
            let ptr = ffi::avcodec_alloc_context3(codec);
            if ptr.is_null() {
                return Err(AvError::NO_MEMORY.into());
            }
            (*ptr).opaque = log.token();
            Ok(Self { ptr, codec, log })
        }
    }

    /// The names of the encoder's own options.
    pub fn option_names(&self) -> Vec<String> {
        // SAFETY: the codec is valid, and so is its class, which may be null.
        unsafe { options::names_of_class((*self.codec).priv_class) }
    }

    /// Open the encoder. Options that it does not have are left in `options`.
    pub fn open(&mut self, options: Option<&mut Dict>) -> Result<(), FfmpegError> {
        let options = options.map_or(ptr::null_mut(), Dict::as_mut_ptr);
        // SAFETY: the context was allocated for this codec.
        self.log.check(|| unsafe { ffi::avcodec_open2(self.ptr, self.codec, options) })?;
        Ok(())
    }

    /// Valid for as long as the context is.
    pub fn as_ptr(&self) -> *mut ffi::AVCodecContext {
        self.ptr
    }

    /// # Safety
    /// The context is open. `frame` is null, for the end, or a valid frame like those that it was opened for.
    pub unsafe fn send(&mut self, frame: *const ffi::AVFrame) -> Result<(), FfmpegError> {
        let _scope = self.log.enter();
        // SAFETY: the caller's promise; the frame's data is only read.
        let code = unsafe { ffi::avcodec_send_frame(self.ptr, frame) };
        // An encoder's own threads may have logged the reason before this call.
        AvError::check(code).map_err(|code| self.log.error(code))?;
        Ok(())
    }

    /// Replace `packet` with the next one that is ready.
    pub fn receive(
        &mut self,
        packet: &mut ffmpeg_next::Packet,
    ) -> Result<Received<()>, FfmpegError> {
        use ffmpeg_next::packet::Mut as _;
        // SAFETY: both are valid, and FFmpeg refuses a context that is not open; it unrefs what the packet held.
        self.log.receive(|| unsafe { ffi::avcodec_receive_packet(self.ptr, packet.as_mut_ptr()) })
    }
}

impl Drop for EncoderContext {
    fn drop(&mut self) {
        let _scope = self.log.enter();
        // SAFETY: the context is ours and is not used after this.
        unsafe { ffi::avcodec_free_context(&mut self.ptr) };
    }
}
