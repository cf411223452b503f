//! A video encoder.
//! The caller chooses which one, and its options.

use std::ffi::CString;
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError, Received, bytes};
use super::dict::Dict;
use super::encoder_context::EncoderContext;
use super::frame::Frame;
use super::hardware::{Device, Pool};
use super::raw;
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
    context: EncoderContext,
    packet: ffmpeg_next::Packet,
    /// What every frame must be: width, height and pixel format.
    takes: (u32, u32, raw::PixelFormat),
    pool: Option<Pool>,
}

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
        let mut context = EncoderContext::new(settings.name).map_err(failed)?;
        let known = context.option_names();
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
        let format =
            CString::new(settings.format).map_err(|_nul| failed(AvError::INVALID.into()))?;
        let side = |side| i32::try_from(side).unwrap_or(i32::MAX);
        let rate = settings.frame_rate.to_ffmpeg();
        let ptr = context.as_ptr();
        // SAFETY: the name is a C string. The context is valid and not open yet.
        let takes = unsafe {
            (*ptr).width = side(settings.width);
            (*ptr).height = side(settings.height);
            let own = raw::av_get_pix_fmt(format.as_ptr());
            let format = pool.as_ref().map_or(own, Pool::format);
            if let Some(pool) = &pool {
                (*ptr).hw_frames_ctx = pool.share();
            }
            raw::write_enum(ptr::addr_of_mut!((*ptr).pix_fmt), format);
            (*ptr).sample_aspect_ratio = ffi::AVRational { num: 1, den: 1 };
            (*ptr).time_base =
                ffi::AVRational { num: settings.time_base.num, den: settings.time_base.den };
            (*ptr).framerate = ffi::AVRational { num: rate.0, den: rate.1 };
            (settings.width, settings.height, own)
        };
        context.open(Some(&mut dict)).map_err(failed)?;
        let left = dict.keys();
        if !left.is_empty() {
            return Err((AvError::OPTION_NOT_FOUND.into(), left));
        }
        Ok(Self { context, packet: ffmpeg_next::Packet::empty(), takes, pool })
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
        // SAFETY: the context is open; the frame, if any, is valid for the call and of the kind that it takes.
        unsafe {
            let frame = frame.map_or(ptr::null(), |frame| frame.0.as_ptr());
            self.context.send(frame)
        }
    }

    /// The next picture that is ready.
    pub fn receive(&mut self) -> Result<Received<Encoded>, FfmpegError> {
        let received = self.context.receive(&mut self.packet)?;
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
        unsafe {
            let context = self.context.as_ptr();
            bytes((*context).extradata, (*context).extradata_size)
        }
    }
}
