//! The streams of an open container: their properties as the container states them, and which are read.
//! It reads no packet.

use std::ffi::c_int;
use std::ptr;

use ffmpeg_next::ffi;

use super::av::{bytes, text};
use super::dict;
use super::geometry::{Geometry, matrix_from_bytes};
use super::input::Input;
use super::raw::{self, CodecId};
use crate::time::{FrameRate, TimeBase};

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
    /// Four characters by which the container names the codec; empty where it has none.
    pub fourcc: String,
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
    /// Of sound: samples a second; 0 where unknown.
    pub sample_rate: u32,
    /// Of sound; 0 where unknown.
    pub channels: u32,
    pub time_base: TimeBase,
    pub duration: Option<i64>,
    /// How many frames it has, where the container counts them.
    pub frames: Option<u64>,
    pub average_rate: Option<FrameRate>,
    pub guessed_rate: Option<FrameRate>,
    /// Marked as the default among its kind.
    pub default: bool,
    /// A picture attached to something else: cover art.
    pub attached_picture: bool,
    /// New packets arrived while probing, which the ffmpeg command takes as a sign of life.
    pub new_packets: bool,
    /// Shape of a pixel by the container alone, which wins over the codec's; (0, 1) where it does not say.
    pub aspect: (i32, i32),
    pub rotation: Option<[i32; 9]>,
    /// Its profile of Dolby Vision.
    pub dolby_vision: Option<u8>,
    pub metadata: Vec<(String, String)>,
}

/// A part of the input that its author gave a name.
#[derive(Debug, Clone)]
pub(crate) struct Chapter {
    pub start: i64,
    pub end: Option<i64>,
    pub time_base: TimeBase,
    pub title: Option<String>,
}

/// What a stream with these parameters carries.
///
/// # Safety
/// They are valid, and nothing changes them meanwhile.
pub(super) unsafe fn medium(par: *const ffi::AVCodecParameters) -> Medium {
    // SAFETY: the caller's promise.
    match unsafe { raw::read_enum(ptr::addr_of!((*par).codec_type)) } {
        0 => Medium::Video,
        1 => Medium::Audio,
        3 => Medium::Subtitle,
        _ => Medium::Other,
    }
}

impl Input {
    pub fn chapters(&self) -> Vec<Chapter> {
        let chapter = |chapter: ffmpeg_next::Chapter<'_>| {
            // SAFETY: the chapter and its dictionary belong to the open input.
            let metadata = unsafe { dict::entries((*chapter.as_ptr()).metadata) };
            let time_base = chapter.time_base();
            Chapter {
                start: chapter.start(),
                end: Some(chapter.end()).filter(|&end| end > chapter.start()),
                time_base: TimeBase::new(time_base.numerator(), time_base.denominator()),
                title: metadata.into_iter().find(|(key, _)| key == "title").map(|(_, title)| title),
            }
        };
        self.inner.chapters().map(chapter).collect()
    }

    pub fn stream_count(&self) -> usize {
        self.inner.nb_streams() as usize
    }

    /// The number of a stream in its container, such as the PID in MPEG-TS.
    pub fn stream_id(&self, index: usize) -> Option<i32> {
        Some(self.inner.stream(index)?.id())
    }

    pub fn stream(&self, index: usize) -> Option<Stream> {
        let stream = self.inner.stream(index)?;
        let timed_by_arrival = self.timed_by_arrival;
        // SAFETY: the stream belongs to the open input; only plain fields are read. av_guess_frame_rate only reads as
        // well, though it takes the context as mutable.
        unsafe {
            let ptr = stream.as_ptr().cast_mut();
            let par = (*ptr).codecpar;
            let context = self.inner.as_ptr().cast_mut();
            let guessed = ffi::av_guess_frame_rate(context, ptr, ptr::null_mut());
            let medium = medium(par);
            let codec = raw::codec_id(par);
            let aspect = (*ptr).sample_aspect_ratio;
            Some(Stream {
                index,
                medium,
                codec: text(raw::avcodec_get_name(codec)).unwrap_or_default(),
                fourcc: fourcc((*par).codec_tag),
                intra_only: has_property(codec, ffi::AV_CODEC_PROP_INTRA_ONLY as c_int),
                text_subtitle: has_property(codec, ffi::AV_CODEC_PROP_TEXT_SUB as c_int),
                decodable: !raw::avcodec_find_decoder(codec).is_null(),
                width: u32::try_from((*par).width).unwrap_or(0),
                height: u32::try_from((*par).height).unwrap_or(0),
                format: (*par).format,
                sample_rate: u32::try_from((*par).sample_rate).unwrap_or(0),
                channels: u32::try_from((*par).ch_layout.nb_channels).unwrap_or(0),
                time_base: if timed_by_arrival {
                    TimeBase::MICROSECONDS
                } else {
                    TimeBase::new((*ptr).time_base.num, (*ptr).time_base.den)
                },
                duration: self.sequence_length().or(Some((*ptr).duration).filter(|&d| d > 0)),
                frames: u64::try_from((*ptr).nb_frames).ok().filter(|&frames| frames > 0),
                average_rate: rate((*ptr).avg_frame_rate),
                guessed_rate: rate(guessed),
                default: (*ptr).disposition & ffi::AV_DISPOSITION_DEFAULT as c_int != 0,
                attached_picture: (*ptr).disposition & ffi::AV_DISPOSITION_ATTACHED_PIC as c_int
                    != 0,
                new_packets: (*ptr).event_flags & ffi::AVSTREAM_EVENT_FLAG_NEW_PACKETS as c_int
                    != 0,
                aspect: (aspect.num, aspect.den),
                rotation: display_matrix(&stream),
                dolby_vision: dolby_vision(&stream),
                metadata: dict::entries((*ptr).metadata),
            })
        }
    }

    /// The streams that the container presents together with this one; `None` where it groups none.
    pub fn program_of(&self, index: usize) -> Option<Vec<usize>> {
        // SAFETY: the programs and their lists of streams belong to the open input, and have the stated size.
        unsafe {
            let context = self.inner.as_ptr().cast_mut();
            let stream = c_int::try_from(index).ok()?;
            let program = ffi::av_find_program_from_stream(context, ptr::null_mut(), stream);
            if program.is_null() || (*program).stream_index.is_null() {
                return None;
            }
            let count = (*program).nb_stream_indexes as usize;
            let streams = std::slice::from_raw_parts((*program).stream_index, count);
            Some(streams.iter().map(|&stream| stream as usize).collect())
        }
    }

    /// The demuxer was not told to skip this stream. Packets read before it was told still arrive.
    pub fn keeps(&self, index: usize) -> bool {
        // SAFETY: the stream belongs to the open input; the field is read as the integer it is.
        let discard = self.inner.stream(index).map(|stream| unsafe {
            ptr::addr_of!((*stream.as_ptr()).discard).cast::<c_int>().read()
        });
        discard.is_some_and(|discard| discard < ffi::AVDiscard::AVDISCARD_ALL as c_int)
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
        // SAFETY: the parameters belong to the open input, and the extradata has the stated size.
        unsafe { bytes((*par).extradata, (*par).extradata_size) }.to_vec()
    }

    pub(super) fn parameters(&self, index: usize) -> Option<*const ffi::AVCodecParameters> {
        // SAFETY: the stream belongs to the open input.
        self.inner.stream(index).map(|s| unsafe { (*s.as_ptr()).codecpar.cast_const() })
    }
}

/// The display matrix of a stream.
fn display_matrix(stream: &ffmpeg_next::Stream<'_>) -> Option<[i32; 9]> {
    side_data(stream, ffi::AVPacketSideDataType::AV_PKT_DATA_DISPLAYMATRIX, matrix_from_bytes)
}

/// The profile in a stream's configuration of Dolby Vision: `AVDOVIDecoderConfigurationRecord`, which begins with two
/// bytes of its version.
fn dolby_vision(stream: &ffmpeg_next::Stream<'_>) -> Option<u8> {
    let kind = ffi::AVPacketSideDataType::AV_PKT_DATA_DOVI_CONF;
    side_data(stream, kind, |bytes| bytes.get(2).copied())
}

/// What is read from side data of that kind.
fn side_data<T>(
    stream: &ffmpeg_next::Stream<'_>,
    kind: ffi::AVPacketSideDataType,
    read: impl Fn(&[u8]) -> Option<T>,
) -> Option<T> {
    stream.side_data().find_map(|data| {
        // SAFETY: the side data belongs to the stream, which is borrowed, and has the stated size.
        unsafe {
            let data = data.as_ptr();
            let found = raw::read_enum(ptr::addr_of!((*data).type_));
            if found != kind as c_int || (*data).data.is_null() {
                return None;
            }
            read(std::slice::from_raw_parts((*data).data, (*data).size))
        }
    })
}

/// "vvc1"; empty for what is no text.
fn fourcc(tag: u32) -> String {
    let bytes = tag.to_le_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if bytes.iter().all(|byte| (b' '..=b'~').contains(byte)) { text } else { String::new() }
}

fn has_property(codec: CodecId, property: c_int) -> bool {
    // SAFETY: descriptors are static tables of FFmpeg, null where there is none.
    unsafe {
        let descriptor = raw::avcodec_descriptor_get(codec);
        !descriptor.is_null() && (*descriptor).props & property != 0
    }
}

fn rate(rate: ffi::AVRational) -> Option<FrameRate> {
    FrameRate::from_ffmpeg(rate.num, rate.den)
}
