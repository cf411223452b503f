//! The streams of an open container: what each carries, by the container's word, and which are read.
//! It reads no packet.

use std::ffi::c_int;
use std::ptr;

use ffmpeg_next::ffi;
use ffmpeg_next::format::context;

use super::dict;
use super::geometry::{Geometry, matrix_from_bytes};
use super::input::Input;
use crate::time::TimeBase;

/// What a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    Video,
    Audio,
    Subtitle,
    Other,
}

/// What the container says of one stream.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub index: usize,
    pub medium: Medium,
    pub codec: String,
    /// Every packet of it is a whole picture.
    pub intra_only: bool,
    /// Its subtitles are words, not pictures of words.
    pub text_subtitle: bool,
    /// FFmpeg has a decoder for it.
    pub decodable: bool,
    pub width: u32,
    pub height: u32,
    /// FFmpeg's number of the pixel format; negative where unknown.
    pub format: i32,
    pub time_base: TimeBase,
    pub duration: Option<i64>,
    pub average_rate: Option<(i32, i32)>,
    pub guessed_rate: Option<(i32, i32)>,
    /// Marked as the default among its kind.
    pub default: bool,
    /// A picture attached to something else: cover art.
    pub attached_picture: bool,
    /// New packets arrived while probing, which the ffmpeg command takes as a sign of life.
    pub new_packets: bool,
    /// Shape of a pixel by the container alone, which wins over the codec's; (0, 1) where it does not say.
    pub aspect: (i32, i32),
    pub rotation: Option<[i32; 9]>,
    pub metadata: Vec<(String, String)>,
}

/// A part of the input that its author gave a name.
#[derive(Debug, Clone)]
pub(crate) struct Chapter {
    pub start: i64,
    pub time_base: TimeBase,
    pub title: Option<String>,
}

impl Input {
    pub fn chapters(&self) -> Vec<Chapter> {
        let chapter = |chapter: ffmpeg_next::Chapter<'_>| {
            // SAFETY: the chapter and its dictionary belong to the open input.
            let metadata = unsafe { dict::entries((*chapter.as_ptr()).metadata) };
            let time_base = chapter.time_base();
            Chapter {
                start: chapter.start(),
                time_base: TimeBase::new(time_base.numerator(), time_base.denominator()),
                title: metadata.into_iter().find(|(key, _)| key == "title").map(|(_, title)| title),
            }
        };
        self.inner.chapters().map(chapter).collect()
    }

    pub fn stream_count(&self) -> usize {
        self.inner.nb_streams() as usize
    }

    pub fn stream(&mut self, index: usize) -> Option<Stream> {
        let context = unsafe_ptr(&mut self.inner);
        let stream = self.inner.stream(index)?;
        // SAFETY: the stream belongs to the open input; only plain fields are read, and C enums as the integers they
        // are. av_guess_frame_rate only reads.
        unsafe {
            let ptr = stream.as_ptr().cast_mut();
            let par = (*ptr).codecpar;
            let guessed = ffi::av_guess_frame_rate(context, ptr, ptr::null_mut());
            let medium = match ptr::addr_of!((*par).codec_type).cast::<i32>().read() {
                0 => Medium::Video,
                1 => Medium::Audio,
                3 => Medium::Subtitle,
                _ => Medium::Other,
            };
            let aspect = (*ptr).sample_aspect_ratio;
            Some(Stream {
                index,
                medium,
                codec: std::ffi::CStr::from_ptr(ffi::avcodec_get_name((*par).codec_id))
                    .to_string_lossy()
                    .into_owned(),
                intra_only: intra_only((*par).codec_id),
                text_subtitle: is_text((*par).codec_id),
                decodable: !ffi::avcodec_find_decoder((*par).codec_id).is_null(),
                width: u32::try_from((*par).width).unwrap_or(0),
                height: u32::try_from((*par).height).unwrap_or(0),
                format: (*par).format,
                time_base: TimeBase::new((*ptr).time_base.num, (*ptr).time_base.den),
                duration: self.sequence_length().or(Some((*ptr).duration).filter(|&d| d > 0)),
                average_rate: rate((*ptr).avg_frame_rate),
                guessed_rate: rate(guessed),
                default: (*ptr).disposition & ffi::AV_DISPOSITION_DEFAULT as c_int != 0,
                attached_picture: (*ptr).disposition & ffi::AV_DISPOSITION_ATTACHED_PIC as c_int
                    != 0,
                new_packets: (*ptr).event_flags & ffi::AVSTREAM_EVENT_FLAG_NEW_PACKETS as c_int
                    != 0,
                aspect: (aspect.num, aspect.den),
                rotation: stream
                    .side_data()
                    .find(|d| d.kind() == ffmpeg_next::packet::side_data::Type::DisplayMatrix)
                    .and_then(|d| matrix_from_bytes(d.data())),
                metadata: dict::entries((*ptr).metadata),
            })
        }
    }

    /// Let the demuxer skip every stream but these.
    pub fn keep_only(&mut self, kept: &[usize]) {
        for mut stream in self.inner.streams_mut() {
            let keep = kept.contains(&stream.index());
            // SAFETY: the stream belongs to the open input, and nothing else reads its fields now.
            unsafe {
                (*stream.as_mut_ptr()).discard = if keep {
                    ffi::AVDiscard::AVDISCARD_DEFAULT
                } else {
                    ffi::AVDiscard::AVDISCARD_ALL
                };
            }
        }
    }

    /// The picture of a stream, as far as it is known before decoding.
    pub fn picture(&self, index: usize) -> Option<Geometry> {
        // SAFETY: the parameters belong to the open input.
        self.parameters(index).map(|par| unsafe { Geometry::of_parameters(par) })
    }

    /// The headers of a stream that its container keeps apart from the packets.
    pub fn extradata(&self, index: usize) -> Vec<u8> {
        let Some(par) = self.parameters(index) else {
            return Vec::new();
        };
        // SAFETY: the parameters belong to the open input, and the extradata is as long as it is said to be.
        unsafe {
            let (data, size) = ((*par).extradata, (*par).extradata_size);
            match usize::try_from(size) {
                Ok(size) if !data.is_null() => std::slice::from_raw_parts(data, size).to_vec(),
                _ => Vec::new(),
            }
        }
    }

    pub(super) fn parameters(&self, index: usize) -> Option<*const ffi::AVCodecParameters> {
        // SAFETY: the stream belongs to the open input.
        self.inner.stream(index).map(|s| unsafe { (*s.as_ptr()).codecpar.cast_const() })
    }
}

fn unsafe_ptr(input: &mut context::Input) -> *mut ffi::AVFormatContext {
    // SAFETY: only hands the pointer out; whoever uses it says why it may.
    unsafe { input.as_mut_ptr() }
}

/// Whether no packet of a codec leans on another.
unsafe fn intra_only(codec: ffi::AVCodecID) -> bool {
    // SAFETY: descriptors are static tables of FFmpeg.
    unsafe {
        let described = ffi::avcodec_descriptor_get(codec);
        !described.is_null() && (*described).props & ffi::AV_CODEC_PROP_INTRA_ONLY as c_int != 0
    }
}

fn rate(rate: ffi::AVRational) -> Option<(i32, i32)> {
    (rate.num > 0 && rate.den > 0).then_some((rate.num, rate.den))
}

fn is_text(codec: ffi::AVCodecID) -> bool {
    // SAFETY: descriptors are static; null where there is none.
    unsafe {
        let descriptor = ffi::avcodec_descriptor_get(codec);
        !descriptor.is_null() && (*descriptor).props & ffi::AV_CODEC_PROP_TEXT_SUB != 0
    }
}
