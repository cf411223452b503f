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
use super::pictures;
use crate::time::TimeBase;

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
    now: Context,
    device: Option<String>,
    /// For image sequences, whose pictures may be of several codecs.
    sequence: Option<Sequence>,
}

/// What another codec in mid-sequence needs.
struct Sequence {
    settings: Settings,
    time_base: TimeBase,
    /// The codec of pictures that their first bytes do not tell.
    usual: ffi::AVCodecID,
    /// The decoder before, which may still hold pictures.
    ending: Option<Context>,
}

type Settings = Vec<(&'static str, String)>;

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
        let mut settings =
            vec![("threads", threads.to_string()), ("max_pixels", input.most_pixels().to_string())];
        if options.low_delay {
            settings.extend([("thread_type", "slice".into()), ("flags", "low_delay".into())]);
        }
        // SAFETY: the parameters belong to the open input and are copied; descriptions of codecs are static.
        unsafe {
            let usual = (*parameters).codec_id;
            let mut codec =
                named.map_or(ptr::null(), |name| ffi::avcodec_find_decoder_by_name(name.as_ptr()));
            if codec.is_null() {
                codec = ffi::avcodec_find_decoder(usual);
            }
            if codec.is_null() {
                return Err(AvError(ffi::AVERROR_DECODER_NOT_FOUND));
            }
            let device = options.devices.iter().find(|device| device.decodes(codec));
            let now = Context::open(codec, Some(parameters), time_base, device, &settings)?;
            let sequence = input.is_sequence().then_some(Sequence {
                settings,
                time_base,
                usual,
                ending: None,
            });
            Ok(Self { now, device: device.map(|device| device.name().to_owned()), sequence })
        }
    }

    /// FFmpeg's name of the kind of device that was given the work. It may refuse the stream.
    pub fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// Give the decoder a packet, or `None` at the end.
    pub fn send(&mut self, packet: Option<&Packet>) -> Result<(), AvError> {
        if let (Some(sequence), Some(packet)) = (&mut self.sequence, packet) {
            let codec = pictures::codec(packet.data()).unwrap_or(sequence.usual);
            if codec != self.now.codec() {
                if sequence.ending.is_some() {
                    return Err(AvError::AGAIN);
                }
                let next = sequence.decoder(codec)?;
                // At the end a decoder refuses only what it was told before.
                let _ = self.now.send(None);
                sequence.ending = Some(std::mem::replace(&mut self.now, next));
            }
        }
        self.now.send(packet)
    }

    pub fn receive(&mut self, frame: &mut Frame) -> Result<Poll, AvError> {
        let ending = self.sequence.as_mut().map(|sequence| &mut sequence.ending);
        if let Some(ending @ Some(_)) = ending {
            match ending.as_mut().map(|context| context.receive(frame)) {
                Some(Ok(Poll::End)) | None => *ending = None,
                Some(held) => return held,
            }
        }
        self.now.receive(frame)
    }
}

impl Sequence {
    fn decoder(&self, codec: ffi::AVCodecID) -> Result<Context, AvError> {
        // SAFETY: descriptions of codecs are static; one that is not null is a decoder's.
        unsafe {
            let codec = ffi::avcodec_find_decoder(codec);
            if codec.is_null() {
                return Err(AvError(ffi::AVERROR_DECODER_NOT_FOUND));
            }
            Context::open(codec, None, self.time_base, None, &self.settings)
        }
    }
}

/// An open codec context.
struct Context(*mut ffi::AVCodecContext);

// SAFETY: the context is used by one thread at a time, which libavcodec allows.
unsafe impl Send for Context {}

impl Context {
    /// # Safety
    /// `codec` describes a decoder; `parameters`, if any, are valid.
    unsafe fn open(
        codec: *const ffi::AVCodec,
        parameters: Option<*const ffi::AVCodecParameters>,
        time_base: TimeBase,
        device: Option<&Device>,
        settings: &Settings,
    ) -> Result<Self, AvError> {
        let mut dict = Dict::new(settings.iter().map(|(key, value)| (*key, value.as_str())))?;
        // SAFETY: the caller's promise; the context is freed by `Drop` whatever happens from here on.
        unsafe {
            let context = Self(ffi::avcodec_alloc_context3(codec));
            let ptr = context.0;
            if ptr.is_null() {
                return Err(AvError::NO_MEMORY);
            }
            if let Some(parameters) = parameters {
                AvError::check(ffi::avcodec_parameters_to_context(ptr, parameters))?;
            }
            (*ptr).pkt_timebase = ffi::AVRational { num: time_base.num, den: time_base.den };
            // With a device, FFmpeg's own choice of a pixel format is the device's, and a software one where the
            // device refuses the stream.
            (*ptr).hw_device_ctx = device.map_or(ptr::null_mut(), Device::share);
            AvError::check(ffi::avcodec_open2(ptr, codec, dict.as_mut_ptr()))?;
            Ok(context)
        }
    }

    fn codec(&self) -> ffi::AVCodecID {
        // SAFETY: reads a plain field of an open context.
        unsafe { (*self.0).codec_id }
    }

    fn send(&mut self, packet: Option<&Packet>) -> Result<(), AvError> {
        use ffmpeg_next::packet::Ref as _;
        // SAFETY: the context is open; the packet, if any, is valid for the call.
        AvError::check(unsafe {
            ffi::avcodec_send_packet(self.0, packet.map_or(ptr::null(), |p| p.0.as_ptr()))
        })?;
        Ok(())
    }

    fn receive(&mut self, frame: &mut Frame) -> Result<Poll, AvError> {
        // SAFETY: the context is open and the frame valid; FFmpeg unrefs what the frame held.
        Poll::from_code(unsafe { ffi::avcodec_receive_frame(self.0, frame.0.as_mut_ptr()) })
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the context is ours and is not used after this.
        unsafe { ffi::avcodec_free_context(&mut self.0) };
    }
}
