//! A video encoder.
//! The caller chooses which one, and its options.

use std::ffi::CString;
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError, Received, bytes};
use super::dict::Dict;
use super::frame::Frame;
use super::hardware::{Device, Pool};
use super::log::LogOwner;
use super::{options, raw};
use crate::time::{FrameRate, TimeBase};

/// What an encoder is opened with.
#[derive(Debug, Clone)]
pub(crate) struct EncoderSettings<'a> {
    /// FFmpeg's name of the encoder.
    pub name: &'a str,
    pub width: u32,
    pub height: u32,
    /// FFmpeg's name of the pixel format.
    pub format: &'a str,
    pub time_base: TimeBase,
    pub frame_rate: FrameRate,
    /// FFmpeg's name of the kind of device whose memory its pictures are copied to.
    pub device: Option<&'a str>,
    /// Options of the codec context and of the encoder itself.
    pub options: &'a [(String, String)],
    /// Options that are set where this FFmpeg knows them.
    pub where_known: &'a [(&'a str, &'a str)],
}

/// An open encoder.
pub(crate) struct Encoder {
    context: *mut ffi::AVCodecContext,
    packet: ffmpeg_next::Packet,
    /// What every frame must be: width, height and pixel format.
    takes: (u32, u32, raw::PixelFormat),
    pool: Option<Pool>,
    log: LogOwner,
}

// SAFETY: the context is used by one thread at a time, which libavcodec allows.
unsafe impl Send for Encoder {}

/// One encoded picture.
pub(crate) struct Encoded {
    pub pts: Option<i64>,
    pub dts: Option<i64>,
    pub data: Vec<u8>,
}

impl Encoder {
    /// Open it. The error of an option that the encoder does not have names the option.
    pub fn open(settings: &EncoderSettings<'_>) -> Result<Self, (FfmpegError, Vec<String>)> {
        let failed = |error: FfmpegError| (error, Vec::new());
        let invalid = |_nul| failed(AvError::INVALID.into());
        let name = CString::new(settings.name).map_err(invalid)?;
        let format = CString::new(settings.format).map_err(invalid)?;
        let log = LogOwner::new();
        // SAFETY: the context is ours and freed by `Drop` whatever happens; all strings outlive the calls.
        unsafe {
            let codec = ffi::avcodec_find_encoder_by_name(name.as_ptr());
            if codec.is_null() {
                return Err(failed(AvError(ffi::AVERROR_ENCODER_NOT_FOUND).into()));
            }
            let known = options::names_of_class((*codec).priv_class);
            let where_known =
                settings.where_known.iter().filter(|(key, _)| known.iter().any(|name| name == key));
            let options = settings.options.iter().map(|(k, v)| (k.as_str(), v.as_str()));
            let mut dict =
                Dict::new(where_known.copied().chain(options)).map_err(|e| failed(e.into()))?;
            let pool = match settings.device {
                Some(kind) => Some(
                    Device::open(kind)
                        .and_then(|d| d.pool(settings.format, settings.width, settings.height))
                        .map_err(failed)?,
                ),
                None => None,
            };
            // Allocated for this very codec: with none, FFmpeg's generic defaults (200 kbit/s, one thread) win over
            // the encoder's own.
            let context = ffi::avcodec_alloc_context3(codec);
            let takes = (settings.width, settings.height, raw::av_get_pix_fmt(format.as_ptr()));
            let packet = ffmpeg_next::Packet::empty();
            let encoder = Self { context, packet, takes, pool, log };
            if context.is_null() {
                return Err(failed(AvError::NO_MEMORY.into()));
            }
            let side = |side| i32::try_from(side).unwrap_or(i32::MAX);
            let rate = settings.frame_rate.to_ffmpeg();
            (*context).opaque = encoder.log.token();
            (*context).width = side(settings.width);
            (*context).height = side(settings.height);
            let mut format = encoder.takes.2;
            if let Some(pool) = &encoder.pool {
                format = pool.format();
                (*context).hw_frames_ctx = pool.share();
            }
            raw::write_enum(ptr::addr_of_mut!((*context).pix_fmt), format);
            (*context).sample_aspect_ratio = ffi::AVRational { num: 1, den: 1 };
            (*context).time_base =
                ffi::AVRational { num: settings.time_base.num, den: settings.time_base.den };
            (*context).framerate = ffi::AVRational { num: rate.0, den: rate.1 };
            encoder
                .log
                .check(|| ffi::avcodec_open2(context, codec, dict.as_mut_ptr()))
                .map_err(failed)?;
            let left = dict.keys();
            if !left.is_empty() {
                return Err((AvError::OPTION_NOT_FOUND.into(), left));
            }
            Ok(encoder)
        }
    }

    /// Give the encoder a frame with its time in ticks of the time base, or `None` at the end. Every frame has the size
    /// and the format that the encoder was opened for.
    pub fn send(&mut self, frame: Option<(&mut Frame, i64)>) -> Result<(), FfmpegError> {
        let (mut frame, mut uploaded) = (frame, None);
        if let Some((frame, pts)) = &mut frame {
            // Encoders read as many pixels as they were opened for.
            if (frame.width(), frame.height(), frame.format()) != self.takes {
                return Err(AvError::INVALID.into());
            }
            frame.0.set_pts(Some(*pts));
            uploaded = self.pool.as_ref().map(|pool| pool.upload(frame)).transpose()?;
        }
        let frame = uploaded.as_ref().or(frame.as_ref().map(|(frame, _)| &**frame));
        let _scope = self.log.enter();
        // SAFETY: the context is open; the frame, if any, is valid for the call and its pixels are only read.
        let code = unsafe {
            ffi::avcodec_send_frame(self.context, frame.map_or(ptr::null(), |f| f.0.as_ptr()))
        };
        AvError::check(code).map_err(|code| self.log.error(code))?;
        Ok(())
    }

    /// The next picture that is ready.
    pub fn receive(&mut self) -> Result<Received<Encoded>, FfmpegError> {
        use ffmpeg_next::packet::Mut as _;
        // SAFETY: the context is open and the packet valid; FFmpeg unrefs what the packet held.
        let received = self.log.receive(|| unsafe {
            ffi::avcodec_receive_packet(self.context, self.packet.as_mut_ptr())
        })?;
        Ok(received.map(|()| Encoded {
            pts: self.packet.pts(),
            dts: self.packet.dts(),
            // The one copy of the bytes: the packet is FFmpeg's, and takes 20 us at 100 KB.
            data: self.packet.data().map(<[u8]>::to_vec).unwrap_or_default(),
        }))
    }

    /// Headers that the encoder keeps apart from the stream, if it does.
    pub fn extradata(&self) -> &[u8] {
        // SAFETY: the context is open; its extradata does not change while it is.
        unsafe { bytes((*self.context).extradata, (*self.context).extradata_size) }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        let _scope = self.log.enter();
        // SAFETY: the context is ours and is not used after this.
        unsafe { ffi::avcodec_free_context(&mut self.context) };
    }
}
