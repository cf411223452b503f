//! The parameters of streams and the chapters of a file that FFmpeg writes, set before its first packet.
//! The file is written in `muxer`.

use std::ffi::CString;
use std::ptr;

use ffmpeg_next::ffi;

use super::audio::AudioParameters;
use super::av::AvError;
use super::dict::Dict;
use crate::time::TimeBase;

/// A stream of video.
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
}

/// A stream of subtitles.
#[derive(Debug, Clone)]
pub(crate) struct MuxedText<'a> {
    /// FFmpeg's name of the codec.
    pub codec: &'a str,
    pub extradata: &'a [u8],
}

/// What a stream holds.
pub(crate) enum MuxedMedium<'a> {
    Video(MuxedVideo<'a>),
    Sound(&'a AudioParameters),
    Text(MuxedText<'a>),
}

/// One stream of a file.
pub(crate) struct MuxedStream<'a> {
    pub medium: MuxedMedium<'a>,
    /// Of the times of its packets, which the container may round.
    pub time_base: TimeBase,
    pub metadata: &'a [(&'static str, String)],
}

/// A chapter, with times in ticks of `time_base`.
#[derive(Debug, Clone)]
pub(crate) struct MuxedChapter<'a> {
    pub start: i64,
    pub end: i64,
    pub time_base: TimeBase,
    pub title: &'a str,
}

impl MuxedStream<'_> {
    /// State what the stream is.
    ///
    /// # Safety
    /// `stream` is a new stream of an open context whose headers are not written yet.
    pub(super) unsafe fn describe(&self, stream: *mut ffi::AVStream) -> Result<(), AvError> {
        // SAFETY: the caller's promise; the stream owns its parameters, and takes over the metadata.
        unsafe {
            let parameters = (*stream).codecpar;
            match &self.medium {
                MuxedMedium::Video(video) => describe_video(parameters, video)?,
                MuxedMedium::Text(text) => {
                    (*parameters).codec_type = ffi::AVMediaType::AVMEDIA_TYPE_SUBTITLE;
                    describe(parameters, text.codec, text.extradata)?;
                }
                MuxedMedium::Sound(sound) => {
                    AvError::check(ffi::avcodec_parameters_copy(parameters, sound.as_ptr()))?;
                    // The codec tag of another container.
                    (*parameters).codec_tag = 0;
                    // Times are those of the packets; Matroska would move them by an encoder's delay.
                    (*parameters).initial_padding = 0;
                }
            }
            let entries = self.metadata.iter().map(|(key, value)| (*key, value.as_str()));
            (*stream).metadata = Dict::new(entries)?.take();
        }
        Ok(())
    }
}

impl MuxedChapter<'_> {
    /// State the chapters of a file.
    ///
    /// # Safety
    /// The context is open, has no chapters, and its headers are not written yet.
    pub(super) unsafe fn add_all(
        chapters: &[Self],
        context: *mut ffi::AVFormatContext,
    ) -> Result<(), AvError> {
        if chapters.is_empty() {
            return Ok(());
        }
        // SAFETY: the list has room for every chapter and belongs to the context, which frees the list and, as many as
        // it counts, the chapters; each is counted once it is in the list.
        unsafe {
            let list = ffi::av_calloc(chapters.len(), size_of::<*mut ffi::AVChapter>());
            if list.is_null() {
                return Err(AvError::NO_MEMORY);
            }
            (*context).chapters = list.cast();
            for (index, chapter) in chapters.iter().enumerate() {
                let new = ffi::av_mallocz(size_of::<ffi::AVChapter>()).cast::<ffi::AVChapter>();
                if new.is_null() {
                    return Err(AvError::NO_MEMORY);
                }
                *(*context).chapters.add(index) = new;
                (*context).nb_chapters += 1;
                let TimeBase { num, den } = chapter.time_base;
                (*new).id = index as i64;
                (*new).time_base = ffi::AVRational { num, den };
                (*new).start = chapter.start;
                (*new).end = chapter.end;
                (*new).metadata = Dict::new([("title", chapter.title)])?.take();
            }
        }
        Ok(())
    }
}

/// State what a video is.
///
/// # Safety
/// `parameters` belong to a stream whose headers are not written yet.
unsafe fn describe_video(
    parameters: *mut ffi::AVCodecParameters,
    video: &MuxedVideo<'_>,
) -> Result<(), AvError> {
    let format = video.format.map(CString::new).transpose().map_err(|_nul| AvError::INVALID)?;
    let size = |n: u32| i32::try_from(n).map_err(|_large| AvError::INVALID);
    let (width, height) = (size(video.width)?, size(video.height)?);
    // SAFETY: the caller's promise; the string outlives the call.
    unsafe {
        (*parameters).codec_type = ffi::AVMediaType::AVMEDIA_TYPE_VIDEO;
        (*parameters).width = width;
        (*parameters).height = height;
        if let Some(format) = &format {
            (*parameters).format = ffi::av_get_pix_fmt(format.as_ptr()) as i32;
        }
        describe(parameters, video.codec, video.extradata)
    }
}

/// State a codec, by FFmpeg's name of it, and its headers.
///
/// # Safety
/// `parameters` belong to a stream whose headers are not written yet.
unsafe fn describe(
    parameters: *mut ffi::AVCodecParameters,
    codec: &str,
    extradata: &[u8],
) -> Result<(), AvError> {
    let codec = CString::new(codec).map_err(|_nul| AvError::INVALID)?;
    let size = i32::try_from(extradata.len()).map_err(|_large| AvError::INVALID)?;
    // SAFETY: the caller's promise; the string outlives the call, descriptors are static, and the extradata, which is
    // padded as FFmpeg wants it, belongs to the parameters.
    unsafe {
        let descriptor = ffi::avcodec_descriptor_get_by_name(codec.as_ptr());
        if descriptor.is_null() {
            return Err(AvError::INVALID);
        }
        (*parameters).codec_id = (*descriptor).id;
        if size > 0 {
            let padded = extradata.len() + ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize;
            let own = ffi::av_mallocz(padded).cast::<u8>();
            if own.is_null() {
                return Err(AvError::NO_MEMORY);
            }
            ptr::copy_nonoverlapping(extradata.as_ptr(), own, extradata.len());
            (*parameters).extradata = own;
            (*parameters).extradata_size = size;
        }
    }
    Ok(())
}
