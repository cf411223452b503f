//! The context of an open decoder, for pictures or sound.
//! The frames are typed by its users.

use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError, Received};
use super::dict::Dict;
use super::hardware::Device;
use super::log::LogOwner;
use super::packet::Packet;
use super::raw::{self, CodecId};
use crate::time::TimeBase;

/// Options of a decoder.
pub(super) type Settings = Vec<(&'static str, String)>;

/// An open codec context.
pub(super) struct Context {
    ptr: *mut ffi::AVCodecContext,
    log: LogOwner,
}

// SAFETY: the context is used by one thread at a time, which libavcodec allows.
unsafe impl Send for Context {}

impl Context {
    /// # Safety
    /// `codec` describes a decoder; `parameters`, if any, are valid.
    pub unsafe fn open(
        codec: *const ffi::AVCodec,
        parameters: Option<*const ffi::AVCodecParameters>,
        time_base: TimeBase,
        device: Option<&Device>,
        settings: &Settings,
    ) -> Result<Self, FfmpegError> {
        let mut dict = Dict::new(settings.iter().map(|(key, value)| (*key, value.as_str())))?;
        // SAFETY: the caller's promise; the context is freed by `Drop` whatever happens from here on.
        unsafe {
            let ptr = ffi::avcodec_alloc_context3(codec);
            let context = Self { ptr, log: LogOwner::new() };
            if ptr.is_null() {
                return Err(AvError::NO_MEMORY.into());
            }
            if let Some(parameters) = parameters {
                AvError::check(ffi::avcodec_parameters_to_context(ptr, parameters))?;
            }
            (*ptr).opaque = context.log.token();
            (*ptr).pkt_timebase = ffi::AVRational { num: time_base.num, den: time_base.den };
            // With a device, FFmpeg's own choice of a pixel format is the device's, and a software one where the
            // device refuses the stream.
            (*ptr).hw_device_ctx = device.map_or(ptr::null_mut(), Device::share);
            context.log.check(|| ffi::avcodec_open2(ptr, codec, dict.as_mut_ptr()))?;
            Ok(context)
        }
    }

    pub fn codec(&self) -> CodecId {
        // SAFETY: reads a plain field of an open context.
        unsafe { raw::read_enum(ptr::addr_of!((*self.ptr).codec_id)) as CodecId }
    }

    pub fn send(&mut self, packet: Option<&Packet>) -> Result<(), FfmpegError> {
        use ffmpeg_next::packet::Ref as _;
        let _scope = self.log.enter();
        // SAFETY: the context is open; the packet, if any, is valid for the call.
        let code = unsafe {
            ffi::avcodec_send_packet(self.ptr, packet.map_or(ptr::null(), |p| p.0.as_ptr()))
        };
        AvError::check(code).map_err(|code| self.log.error(code))?;
        Ok(())
    }

    /// Fill `frame` with what is ready next.
    ///
    /// # Safety
    /// `frame` is a valid frame.
    pub unsafe fn receive(
        &mut self,
        frame: *mut ffi::AVFrame,
    ) -> Result<Received<()>, FfmpegError> {
        // SAFETY: the context is open, and the caller's promise.
        self.log.receive(|| unsafe { ffi::avcodec_receive_frame(self.ptr, frame) })
    }

    /// How many pictures that others refer to were found missing since the last call.
    pub fn take_missing_pictures(&self) -> u64 {
        self.log.take_missing_pictures()
    }

    /// How many frames of sound broke off in their middle since the last call.
    pub fn take_concealed_sound(&self) -> u64 {
        self.log.take_concealed_sound()
    }

    pub fn as_ptr(&self) -> *const ffi::AVCodecContext {
        self.ptr
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        let _scope = self.log.enter();
        // SAFETY: the context is ours and is not used after this.
        unsafe { ffi::avcodec_free_context(&mut self.ptr) };
    }
}
