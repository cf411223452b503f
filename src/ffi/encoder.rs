//! A video encoder.
//! Which one, and with which options, is the caller's.

use std::ffi::CString;
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, Poll};
use super::dict::Dict;
use super::frame::Frame;
use super::hardware::{Device, Pool};
use super::options;
use crate::time::TimeBase;

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
    pub frame_rate: (i32, i32),
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
    pool: Option<Pool>,
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
    /// Open it; the error of an option nobody knows names the option.
    pub fn open(settings: &EncoderSettings<'_>) -> Result<Self, (AvError, Vec<String>)> {
        super::init();
        super::take_cause();
        let failed = |error| (error, Vec::new());
        let name = CString::new(settings.name).map_err(|_nul| failed(AvError::INVALID))?;
        let format = CString::new(settings.format).map_err(|_nul| failed(AvError::INVALID))?;
        // SAFETY: the context is ours and freed by `Drop` whatever happens; all strings outlive the calls.
        unsafe {
            let codec = ffi::avcodec_find_encoder_by_name(name.as_ptr());
            if codec.is_null() {
                return Err(failed(AvError(ffi::AVERROR_ENCODER_NOT_FOUND)));
            }
            let known = options::names_of_class((*codec).priv_class);
            let where_known =
                settings.where_known.iter().filter(|(key, _)| known.iter().any(|name| name == key));
            let options = settings.options.iter().map(|(k, v)| (k.as_str(), v.as_str()));
            let mut dict = Dict::new(where_known.copied().chain(options)).map_err(failed)?;
            // Allocated for this very codec: with none, FFmpeg's generic defaults (200 kbit/s, one thread) win over
            // the encoder's own.
            let pool = match settings.device {
                Some(kind) => Some(
                    Device::open(kind)
                        .and_then(|d| d.pool(settings.format, settings.width, settings.height))
                        .map_err(failed)?,
                ),
                None => None,
            };
            let encoder = Self {
                context: ffi::avcodec_alloc_context3(codec),
                packet: ffmpeg_next::Packet::empty(),
                pool,
            };
            let context = encoder.context;
            if context.is_null() {
                return Err(failed(AvError::NO_MEMORY));
            }
            (*context).width = settings.width as i32;
            (*context).height = settings.height as i32;
            (*context).pix_fmt = ffi::av_get_pix_fmt(format.as_ptr());
            if let Some(pool) = &encoder.pool {
                (*context).pix_fmt = pool.format();
                (*context).hw_frames_ctx = pool.share();
            }
            (*context).sample_aspect_ratio = ffi::AVRational { num: 1, den: 1 };
            (*context).time_base =
                ffi::AVRational { num: settings.time_base.num, den: settings.time_base.den };
            (*context).framerate =
                ffi::AVRational { num: settings.frame_rate.0, den: settings.frame_rate.1 };
            AvError::check(ffi::avcodec_open2(context, codec, dict.as_mut_ptr()))
                .map_err(failed)?;
            let left = dict.keys();
            if !left.is_empty() {
                return Err((AvError::OPTION_NOT_FOUND, left));
            }
            Ok(encoder)
        }
    }

    /// Give the encoder a picture with its time in ticks of the time base, or `None` at the end.
    pub fn send(&mut self, frame: Option<(&mut Frame, i64)>) -> Result<(), AvError> {
        let (mut frame, mut uploaded) = (frame, None);
        if let Some((frame, pts)) = &mut frame {
            frame.0.set_pts(Some(*pts));
            uploaded = self.pool.as_ref().map(|pool| pool.upload(frame)).transpose()?;
        }
        let frame = uploaded.as_ref().or(frame.as_ref().map(|(frame, _)| &**frame));
        // SAFETY: the context is open; the frame, if any, is valid for the call and its pixels are only read.
        AvError::check(unsafe {
            ffi::avcodec_send_frame(self.context, frame.map_or(ptr::null(), |f| f.0.as_ptr()))
        })?;
        Ok(())
    }

    pub fn receive(&mut self) -> Result<(Poll, Option<Encoded>), AvError> {
        use ffmpeg_next::packet::Mut as _;
        // SAFETY: the context is open and the packet valid; FFmpeg unrefs what the packet held.
        let poll = Poll::from_code(unsafe {
            ffi::avcodec_receive_packet(self.context, self.packet.as_mut_ptr())
        })?;
        let encoded = (poll == Poll::Ready).then(|| Encoded {
            pts: self.packet.pts(),
            dts: self.packet.dts(),
            // The one copy of the bytes: the packet is FFmpeg's, and takes 20 us at 100 KB.
            data: self.packet.data().map(<[u8]>::to_vec).unwrap_or_default(),
        });
        Ok((poll, encoded))
    }

    /// Headers that the encoder keeps apart from the stream, if it does.
    pub fn extradata(&self) -> &[u8] {
        // SAFETY: the context is open; its extradata does not change while it is.
        unsafe {
            let (data, size) = ((*self.context).extradata, (*self.context).extradata_size);
            match usize::try_from(size) {
                Ok(size) if !data.is_null() => std::slice::from_raw_parts(data, size),
                _ => &[],
            }
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: the context is ours and is not used after this.
        unsafe { ffi::avcodec_free_context(&mut self.context) };
    }
}
