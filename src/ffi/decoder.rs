//! A video decoder.
//! It neither counts damage nor makes up times.

use std::ffi::CString;
use std::num::NonZero;
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, Poll};
use super::dict::Dict;
use super::frame::Frame;
use super::hardware::Device;
use super::input::Input;
use super::packet::Packet;

/// More threads than this FFmpeg finds no use for, and says so.
const MOST_THREADS: usize = 16;

/// How to decode.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct DecoderOptions<'a> {
    /// A decoder by name instead of FFmpeg's first choice for the codec.
    pub name: Option<&'a str>,
    /// Hold back no frame for the sake of throughput.
    pub low_delay: bool,
    /// Hand the work to the first of these that takes the codec.
    pub devices: &'a [Device],
}

/// An open decoder for one stream.
pub(crate) struct Decoder {
    context: *mut ffi::AVCodecContext,
    device: Option<String>,
}

// SAFETY: the context is used by one thread at a time, which libavcodec allows.
unsafe impl Send for Decoder {}

impl Decoder {
    pub fn open(
        input: &mut Input,
        stream: usize,
        options: DecoderOptions<'_>,
    ) -> Result<Self, AvError> {
        let time_base = input.stream(stream).map(|s| s.time_base);
        let (Some(parameters), Some(time_base)) = (input.parameters(stream), time_base) else {
            return Err(AvError(ffi::AVERROR_STREAM_NOT_FOUND));
        };
        let named = options.name.and_then(|name| CString::new(name).ok());
        // Frame threads hold back as many frames as there are threads; slice threads none. FFmpeg's own choice is one
        // more than cores, so that something runs while pictures are waited for; here they wait in a queue.
        let threads =
            std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
        let threads = threads.to_string();
        let limit = input.most_pixels().to_string();
        let mut settings = vec![("threads", threads.as_str()), ("max_pixels", limit.as_str())];
        if options.low_delay {
            settings.extend([("thread_type", "slice"), ("flags", "low_delay")]);
        }
        let mut dict = Dict::new(settings)?;
        // SAFETY: the parameters belong to the open input and are copied; the context is freed by `Drop` whatever
        // happens from here on.
        unsafe {
            let mut codec =
                named.map_or(ptr::null(), |name| ffi::avcodec_find_decoder_by_name(name.as_ptr()));
            if codec.is_null() {
                codec = ffi::avcodec_find_decoder((*parameters).codec_id);
            }
            if codec.is_null() {
                return Err(AvError(ffi::AVERROR_DECODER_NOT_FOUND));
            }
            let device = options.devices.iter().find(|device| device.decodes(codec));
            let context = ffi::avcodec_alloc_context3(codec);
            let decoder = Self { context, device: device.map(|device| device.name().to_owned()) };
            if context.is_null() {
                return Err(AvError::NO_MEMORY);
            }
            AvError::check(ffi::avcodec_parameters_to_context(context, parameters))?;
            (*context).pkt_timebase = ffi::AVRational { num: time_base.num, den: time_base.den };
            // With a device, FFmpeg's own choice of a pixel format is the device's, and a software one where the
            // device refuses the stream.
            (*context).hw_device_ctx = device.map_or(ptr::null_mut(), Device::share);
            AvError::check(ffi::avcodec_open2(context, codec, dict.as_mut_ptr()))?;
            Ok(decoder)
        }
    }

    /// FFmpeg's name of the kind of device that was given the work. It may refuse the stream.
    pub fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// Give the decoder a packet, or `None` at the end.
    pub fn send(&mut self, packet: Option<&Packet>) -> Result<(), AvError> {
        use ffmpeg_next::packet::Ref as _;
        // SAFETY: the context is open; the packet, if any, is valid for the call.
        AvError::check(unsafe {
            ffi::avcodec_send_packet(self.context, packet.map_or(ptr::null(), |p| p.0.as_ptr()))
        })?;
        Ok(())
    }

    pub fn receive(&mut self, frame: &mut Frame) -> Result<Poll, AvError> {
        // SAFETY: the context is open and the frame valid; FFmpeg unrefs what the frame held.
        Poll::from_code(unsafe { ffi::avcodec_receive_frame(self.context, frame.0.as_mut_ptr()) })
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context is ours and is not used after this.
        unsafe { ffi::avcodec_free_context(&mut self.context) };
    }
}
