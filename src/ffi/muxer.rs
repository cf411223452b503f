//! An FFmpeg muxer that writes one video stream to a file.
//! The caller chooses the container and provides the packets.

use std::ffi::CString;
use std::path::Path;
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{AvError, FfmpegError};
use super::dict::Dict;
use super::log::LogOwner;
use super::packet::packet_of;
use crate::time::TimeBase;

/// What is written of the stream before its first packet.
#[derive(Debug, Clone)]
pub(crate) struct MuxedVideo<'a> {
    /// FFmpeg's name of the codec.
    pub codec: &'a str,
    pub width: u32,
    pub height: u32,
    /// Its headers, as the codec's raw streams have them.
    pub extradata: &'a [u8],
    /// FFmpeg's name of the pixel format; `None` where the container need not know.
    pub format: Option<&'a str>,
    /// Of the times that packets come with; the container may round them.
    pub time_base: TimeBase,
}

/// An open file.
pub(crate) struct Muxer {
    context: *mut ffi::AVFormatContext,
    time_base: ffi::AVRational,
    /// The time of the last packet, in ticks of the container.
    last: Option<i64>,
    log: LogOwner,
}

// SAFETY: the context is used by one thread at a time, which libavformat allows.
unsafe impl Send for Muxer {}

impl Muxer {
    /// Open the file, which is emptied if it is there, and write the headers.
    pub fn create(
        path: &Path,
        container: &str,
        video: &MuxedVideo<'_>,
        options: &[(&str, &str)],
    ) -> Result<Self, FfmpegError> {
        let invalid = |_nul| AvError::INVALID;
        // A name with a colon in it is no protocol.
        let mut url = b"file:".to_vec();
        url.extend(path.as_os_str().as_encoded_bytes());
        let url = CString::new(url).map_err(invalid)?;
        let container = CString::new(container).map_err(invalid)?;
        let codec = CString::new(video.codec).map_err(invalid)?;
        let format = video.format.map(CString::new).transpose().map_err(invalid)?;
        let size = |n: u32| i32::try_from(n).map_err(|_large| AvError::INVALID);
        let (width, height) = (size(video.width)?, size(video.height)?);
        let extradata_size =
            u32::try_from(video.extradata.len()).map_err(|_large| AvError::INVALID);
        let extradata_size = extradata_size.and_then(size)?;
        let mut options = Dict::new(options.iter().copied())?;
        let time_base = ffi::AVRational { num: video.time_base.num, den: video.time_base.den };
        let mut muxer =
            Self { context: ptr::null_mut(), time_base, last: None, log: LogOwner::new() };
        let context = &mut muxer.context;
        // SAFETY: all strings are C strings that outlive the calls; the context is freed by `Drop` whatever happens
        // from here on. The stream and its parameters belong to the context, and the extradata, which is padded as
        // FFmpeg wants it, to the parameters.
        unsafe {
            muxer.log.check(|| {
                let (container, url) = (container.as_ptr(), url.as_ptr());
                ffi::avformat_alloc_output_context2(context, ptr::null(), container, url)
            })?;
            let context = muxer.context;
            let stream = ffi::avformat_new_stream(context, ptr::null());
            let descriptor = ffi::avcodec_descriptor_get_by_name(codec.as_ptr());
            if stream.is_null() || descriptor.is_null() {
                return Err(AvError::NO_MEMORY.into());
            }
            let parameters = (*stream).codecpar;
            (*parameters).codec_type = ffi::AVMediaType::AVMEDIA_TYPE_VIDEO;
            (*parameters).codec_id = (*descriptor).id;
            (*parameters).width = width;
            (*parameters).height = height;
            if let Some(format) = &format {
                (*parameters).format = ffi::av_get_pix_fmt(format.as_ptr()) as i32;
            }
            if extradata_size > 0 {
                let padded = video.extradata.len() + ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize;
                let extradata = ffi::av_mallocz(padded).cast::<u8>();
                if extradata.is_null() {
                    return Err(AvError::NO_MEMORY.into());
                }
                ptr::copy_nonoverlapping(
                    video.extradata.as_ptr(),
                    extradata,
                    video.extradata.len(),
                );
                (*parameters).extradata = extradata;
                (*parameters).extradata_size = extradata_size;
            }
            (*stream).time_base = time_base;
            // What is whole goes to the file at once, for the case that the program is killed.
            (*context).flush_packets = 1;
            muxer.log.check(|| {
                let io = &mut (*context).pb;
                let write = ffi::AVIO_FLAG_WRITE;
                ffi::avio_open2(io, url.as_ptr(), write, ptr::null(), ptr::null_mut())
            })?;
            muxer.log.check(|| ffi::avformat_write_header(context, options.as_mut_ptr()))?;
        }
        Ok(muxer)
    }

    /// Write one packet that is shown at `time` for `duration`. Times have to grow.
    pub fn write(
        &mut self,
        data: &[u8],
        time: i64,
        duration: i64,
        keyframe: bool,
    ) -> Result<(), FfmpegError> {
        use ffmpeg_next::packet::Mut as _;
        let mut packet = packet_of(data)?;
        packet.set_stream(0);
        packet.set_pts(Some(time));
        packet.set_dts(Some(time));
        packet.set_duration(duration);
        if keyframe {
            packet.set_flags(ffmpeg_next::packet::Flags::KEY);
        }
        // SAFETY: the context is open and has one stream; the packet is valid, and only read.
        let ticks = unsafe {
            let stream = *(*self.context).streams;
            ffi::av_packet_rescale_ts(packet.as_mut_ptr(), self.time_base, (*stream).time_base);
            packet.pts().unwrap_or(time)
        };
        // Coarser ticks may make two times one.
        let ticks = self.last.map_or(ticks, |last| ticks.max(last + 1));
        packet.set_pts(Some(ticks));
        packet.set_dts(Some(ticks));
        self.last = Some(ticks);
        self.log.check(|| unsafe {
            // SAFETY: as above.
            ffi::av_write_frame(self.context, packet.as_mut_ptr())
        })?;
        self.written()
    }

    /// Write what belongs at the end.
    pub fn finish(&mut self) -> Result<(), FfmpegError> {
        // SAFETY: the header was written, and the context is open.
        self.log.check(|| unsafe { ffi::av_write_trailer(self.context) })?;
        self.written()?;
        // SAFETY: the context is open, and has its file.
        self.log.check(|| unsafe { ffi::avio_closep(&mut (*self.context).pb) })?;
        Ok(())
    }

    /// Some muxers do not say that a write failed.
    fn written(&self) -> Result<(), FfmpegError> {
        // SAFETY: the context is open, and has its file until `finish` has closed it.
        let code = unsafe { (*(*self.context).pb).error };
        AvError::check(code)?;
        Ok(())
    }
}

impl Drop for Muxer {
    fn drop(&mut self) {
        let _scope = self.log.enter();
        // SAFETY: the context is ours or null, and is not used after this.
        unsafe {
            if !self.context.is_null() {
                ffi::avio_closep(&mut (*self.context).pb);
                ffi::avformat_free_context(self.context);
            }
        }
    }
}
