//! A video decoder, which switches codecs when an image sequence does.
//! It neither counts damage nor corrects times.

use std::ffi::CString;
use std::num::NonZero;
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError, Received};
use super::codec_context::{Context, Settings};
use super::frame::Frame;
use super::hardware::Device;
use super::input::Input;
use super::packet::Packet;
use super::pictures;
use super::raw::{self, CodecId};
use crate::time::{FrameRate, TimeBase};

/// FFmpeg warns of more threads than this.
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
    /// `None`: as many as there are cores.
    pub threads: Option<usize>,
}

/// An open decoder for one stream.
pub(crate) struct Decoder {
    context: Context,
    device: Option<String>,
    /// For image sequences, whose pictures may be of several codecs.
    sequence: Option<Sequence>,
}

/// What another codec in mid-sequence needs.
struct Sequence {
    settings: Settings,
    time_base: TimeBase,
    /// The codec of pictures whose first bytes do not tell it.
    default: CodecId,
    /// The decoder before, which may still hold pictures.
    ending: Option<Context>,
}

impl Decoder {
    pub fn open(
        input: &Input,
        stream: usize,
        options: DecoderOptions<'_>,
    ) -> Result<Self, FfmpegError> {
        let time_base = input.stream(stream).map(|s| s.time_base);
        let (Some(parameters), Some(time_base)) = (input.parameters(stream), time_base) else {
            return Err(AvError(ffi::AVERROR_STREAM_NOT_FOUND).into());
        };
        let named = options.name.and_then(|name| CString::new(name).ok());
        let mut settings = settings(input.most_pixels(), options.threads);
        let mut flags = String::new();
        if options.low_delay {
            settings.push(("thread_type", "slice".into()));
            flags += "+low_delay";
        }
        // SAFETY: the parameters belong to the open input and are copied; descriptions of codecs are static.
        unsafe {
            let default = raw::codec_id(parameters);
            // FFmpeg 9 otherwise leaves out all pictures from a missing one to the next keyframe; 5.1 and 7.1 do not.
            if default == ffi::AVCodecID::AV_CODEC_ID_HEVC as CodecId {
                flags += "+output_corrupt";
            }
            if !flags.is_empty() {
                settings.push(("flags", flags));
            }
            let mut codec =
                named.map_or(ptr::null(), |name| ffi::avcodec_find_decoder_by_name(name.as_ptr()));
            if codec.is_null() {
                codec = raw::avcodec_find_decoder(default);
            }
            if codec.is_null() {
                return Err(AvError(ffi::AVERROR_DECODER_NOT_FOUND).into());
            }
            let device = options.devices.iter().find(|device| device.decodes(codec));
            let context = Context::open(codec, Some(parameters), time_base, device, &settings)?;
            let device = device.map(|device| device.name().to_owned());
            let sequence = Sequence { settings, time_base, default, ending: None };
            let sequence = input.is_sequence().then_some(sequence);
            Ok(Self { context, device, sequence })
        }
    }

    /// A decoder of a codec by FFmpeg's name of it, for data that comes without a container, with times in nanoseconds.
    pub fn of_codec(codec: &str, most_pixels: i64) -> Result<Self, FfmpegError> {
        super::init();
        let name = CString::new(codec).map_err(|_nul| AvError::INVALID)?;
        // SAFETY: the name is a C string; descriptions of codecs are static.
        let context = unsafe {
            let descriptor = ffi::avcodec_descriptor_get_by_name(name.as_ptr());
            let codec = match descriptor.is_null() {
                true => ptr::null(),
                false => raw::avcodec_find_decoder(
                    raw::read_enum(ptr::addr_of!((*descriptor).id)) as CodecId
                ),
            };
            if codec.is_null() {
                return Err(AvError(ffi::AVERROR_DECODER_NOT_FOUND).into());
            }
            Context::open(codec, None, TimeBase::NANOSECONDS, None, &settings(most_pixels, None))?
        };
        Ok(Self { context, device: None, sequence: None })
    }

    /// FFmpeg's name of the kind of device that the decoder may use. It may still decode in software.
    pub fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// Frames a second by the stream's own headers, once they were decoded.
    pub fn frame_rate(&self) -> Option<FrameRate> {
        // SAFETY: reads a plain field of an open context.
        let rate = unsafe { (*self.context.as_ptr()).framerate };
        FrameRate::from_ffmpeg(rate.num, rate.den)
    }

    /// How many pictures that others refer to were found missing since the last call.
    pub fn take_missing_pictures(&self) -> u64 {
        self.context.take_missing_pictures()
    }

    /// Frames that pass from decoding one to showing it, where they are reordered.
    pub fn delay(&self) -> u8 {
        // SAFETY: reads a plain field of an open context.
        u8::try_from(unsafe { (*self.context.as_ptr()).has_b_frames }).unwrap_or(0)
    }

    /// Give the decoder a packet, or `None` at the end.
    pub fn send(&mut self, packet: Option<&Packet>) -> Result<(), FfmpegError> {
        if let (Some(sequence), Some(packet)) = (&mut self.sequence, packet) {
            let codec = pictures::codec(packet.data()).unwrap_or(sequence.default);
            if codec != self.context.codec() {
                if sequence.ending.is_some() {
                    return Err(AvError::AGAIN.into());
                }
                let next = sequence.decoder(codec)?;
                // An error here is about packets that were sent before.
                let _ = self.context.send(None);
                sequence.ending = Some(std::mem::replace(&mut self.context, next));
            }
        }
        self.context.send(packet)
    }

    /// The next frame that is ready.
    pub fn receive(&mut self) -> Result<Received<Frame>, FfmpegError> {
        let ending = self.sequence.as_mut().map(|sequence| &mut sequence.ending);
        if let Some(ending @ Some(_)) = ending {
            match ending.as_mut().map(receive) {
                Some(Ok(Received::End)) | None => *ending = None,
                Some(held) => return held,
            }
        }
        receive(&mut self.context)
    }
}

fn receive(context: &mut Context) -> Result<Received<Frame>, FfmpegError> {
    let mut frame = Frame::empty()?;
    // SAFETY: the frame is valid and empty.
    let received = unsafe { context.receive(frame.0.as_mut_ptr()) }?;
    Ok(received.map(|()| frame))
}

/// What every decoder is set to.
fn settings(most_pixels: i64, threads: Option<usize>) -> Settings {
    // Frame threads hold back as many frames as there are threads; slice threads none. FFmpeg's own choice is one more
    // than cores, so that something runs while pictures are waited for; here they wait in a queue.
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.unwrap_or_else(cores).min(MOST_THREADS);
    vec![("threads", threads.to_string()), ("max_pixels", most_pixels.to_string())]
}

impl Sequence {
    fn decoder(&self, codec: CodecId) -> Result<Context, FfmpegError> {
        // SAFETY: descriptions of codecs are static; one that is not null is a decoder's.
        unsafe {
            let codec = raw::avcodec_find_decoder(codec);
            if codec.is_null() {
                return Err(AvError(ffi::AVERROR_DECODER_NOT_FOUND).into());
            }
            Context::open(codec, None, self.time_base, None, &self.settings)
        }
    }
}
